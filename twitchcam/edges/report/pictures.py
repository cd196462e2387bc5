"""Pictures: the strongest twitches as short loops, as the page carries them and as they are kept beside it.

They show a face: they are made only when asked for, and their file can be read by its owner only.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, Final

import numpy as np

from twitchcam.errors import InputRefused
from twitchcam.files import replacing
from twitchcam.regions import REGIONS
from twitchcam.types import Image

FORMAT: Final = "twitchcam.pictures/1"
FILE: Final = "pictures.json"
SLOWER: Final = 4.0
"""A twitch of a tenth of a second then takes as long as a blink of the eye: it can be followed."""
QUALITY: Final = 72
TALLEST_PX: Final = 16_000
"""WebP pictures end at 16383 pixels."""
MOST_PICTURES: Final = 12
MAX_BYTES: Final = 30_000_000
_DATA: Final = re.compile(r"data:image/webp;base64,[A-Za-z0-9+/]+={0,2}")


@dataclass(frozen=True, slots=True)
class EventPicture:
    """One twitch as a strip of frames, one below the other: as filmed on the left, enlarged on the right."""

    region: str
    peak_s: float
    amplitude_mm: float
    times_larger: float
    """How many times the movement is enlarged at the peak."""
    limited: bool
    """It is less than was wanted, for more would fold the picture."""
    slower: float
    """How many times slower than real it is played."""
    times_s: tuple[float, ...]
    """When each frame was taken, from the first one on."""
    peak_frame: int
    width: int
    """Of one frame, pixels."""
    height: int
    data: str
    """The strip as a data: address."""

    @property
    def frames(self) -> int:
        """Number of frames."""
        return len(self.times_s)


def make_strip(frames: Sequence[Image]) -> str:
    """Return frames of one size (h, w, 3), RGB, as one picture below each other, as a data: address.

    Raises
    ------
    ValueError
        If they are too many for one picture.
    """
    import cv2

    strip = np.concatenate(list(frames), axis=0)
    if strip.shape[0] > TALLEST_PX:
        raise ValueError(f"a strip may be {TALLEST_PX} pixels tall, got {strip.shape[0]}; cut the event")
    _, coded = cv2.imencode(".webp", strip[..., ::-1], [cv2.IMWRITE_WEBP_QUALITY, QUALITY])
    return "data:image/webp;base64," + base64.b64encode(coded.tobytes()).decode("ascii")


def write_pictures(path: Path, pictures: Sequence[EventPicture]) -> None:
    """Keep the pictures beside the results, so that the page can be made again.

    Raises
    ------
    InputRefused
        If the file cannot be written.
    """
    document = {"format": FORMAT, "pictures": [asdict(picture) for picture in pictures]}
    with replacing(path, private=True) as handle:
        handle.write(json.dumps(document, allow_nan=False, indent=1).encode())


def read_pictures(path: Path) -> tuple[EventPicture, ...]:
    """Return the pictures that are kept at `path`; none where there is no such file.

    Raises
    ------
    InputRefused
        If the file is something else or damaged.
    """
    if not path.is_file():
        return ()
    try:
        if path.stat().st_size > MAX_BYTES:
            raise ValueError("too large")
        document = json.loads(path.read_bytes())
        if document["format"] != FORMAT or len(document["pictures"]) > MOST_PICTURES:
            raise ValueError("of another kind")
        return tuple(_picture(values) for values in document["pictures"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError) as error:
        raise InputRefused(
            f"{path}: is no file of pictures as analyze --pictures writes it; remove it, or analyse the "
            "video again"
        ) from error


def _picture(values: dict[str, Any]) -> EventPicture:
    """Check one entry: everything in it goes into the page."""
    kinds: dict[str, Any] = {field.name: str(field.type) for field in fields(EventPicture)}
    if values.keys() != kinds.keys() or values["region"] not in REGIONS:
        raise ValueError("unknown entries")
    if not _DATA.fullmatch(values["data"]):
        raise ValueError("no picture")
    numbers: dict[str, Any] = {name: float(values[name]) for name in kinds if kinds[name] == "float"}
    whole: dict[str, Any] = {name: int(values[name]) for name in kinds if kinds[name] == "int"}
    times = tuple(float(t) for t in values["times_s"])
    if not 0 <= whole["peak_frame"] < len(times) or min(whole["width"], whole["height"]) < 1:
        raise ValueError("wrong sizes")
    if not np.isfinite([*numbers.values(), *times]).all() or numbers["slower"] <= 0:
        raise ValueError("wrong numbers")
    return EventPicture(
        region=values["region"],
        limited=bool(values["limited"]),
        data=values["data"],
        times_s=times,
        **numbers,
        **whole,
    )
