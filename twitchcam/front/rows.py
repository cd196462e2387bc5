"""Rows: the numbers of each frame, in blocks of plain memory, so that hours of frames stay small.

A frame costs 0.7 kB here, a tenth of what the same numbers cost as Python objects.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from twitchcam.regions import REGIONS

_K: Final = len(REGIONS)
ROW: Final = np.dtype(
    [
        ("t_s", "f8"),
        ("repeated", "?"),
        ("b_picture", "?"),
        ("changed", "f4"),
        # a glance at the face
        ("in_frame", "f4"),
        ("brightness", "f4"),
        ("clipped", "f4"),
        ("detail", "f8"),
        ("mouth_seen", "f4"),
        # registration; lengths in eye distances of the crop
        ("measured", "?"),
        ("motion", "f4", (_K, 2)),
        ("sd", "f4", (_K,)),
        ("match", "f4", (_K,)),
        ("residual", "f4"),
        ("to_picture", "f8", (2, 3)),
        ("crop_eye_distance_px", "f4"),
        ("keyframe", "i4"),
        ("head_px", "f8", (2,)),
        ("plausible", "f4"),
        ("coded_step", "f4", (_K,)),
        # the mesh; lengths in eye distances
        ("eye_distance_px", "f8"),
        ("angles_deg", "f4", (3,)),
        ("eye_opening", "f4", (2,)),
        ("mouth_opening", "f4"),
        ("mouth_width", "f4"),
        ("pupils", "f8"),
        ("iris", "f8"),
        ("regions", "f4", (_K, 2)),
    ]
)
BLOCK: Final = 1024


def _blank() -> Any:
    """A row of which nothing is known."""
    row = np.zeros((), ROW)
    for name in ROW.names or ():
        if np.issubdtype(row[name].dtype, np.floating):
            row[name] = np.nan
    row["keyframe"] = -1
    return row


BLANK: Final = _blank()


class Rows:
    """The frames so far, one after the other."""

    def __init__(self) -> None:
        self._blocks: list[NDArray[Any]] = []
        self._count = 0

    def __len__(self) -> int:
        return self._count

    @property
    def last(self) -> Any:
        """The newest row; an IndexError when there is none."""
        return self._blocks[-1][(self._count - 1) % BLOCK]

    def new(self, t_s: float) -> Any:
        """Append a row of which only the time is known; return it, to be written to by field name."""
        if self._count == BLOCK * len(self._blocks):
            self._blocks.append(np.full(BLOCK, BLANK))
        row = self._blocks[-1][self._count % BLOCK]
        row["t_s"] = t_s
        self._count += 1
        return row

    def column(self, name: str, first: int = 0) -> NDArray[Any]:
        """Return (n - first, ...) one field of the rows from `first` on: a copy, numbers as float64."""
        skipped = first // BLOCK
        parts = [self._view(k)[name] for k in range(skipped, len(self._blocks))]
        if not parts:
            return np.zeros((0, *ROW[name].shape), ROW[name].base)
        joined: NDArray[Any] = np.concatenate(parts)[first - skipped * BLOCK :]
        return np.asarray(joined, np.float64) if joined.dtype.kind == "f" else joined

    def since(self, t_s: float) -> int:
        """Return the number of the first row at or after a time."""
        return int(np.searchsorted(self.column("t_s"), t_s))

    def put(self, name: str, which: NDArray[np.bool_], value: Any, regions: Any = slice(None)) -> None:
        """Overwrite `regions` of one field in the rows of the (n,) mask `which`."""
        for k in range(len(self._blocks)):
            block = self._view(k)
            at = np.flatnonzero(which[k * BLOCK : k * BLOCK + len(block)])
            field = block[name]
            field[np.ix_(at, np.arange(field.shape[1])[regions])] = value

    def _view(self, k: int) -> NDArray[Any]:
        block: NDArray[Any] = self._blocks[k][: min(BLOCK, self._count - k * BLOCK)]
        return block
