"""The regions of the face, in their fixed order, and the side each lies on.

Left and right are always the subject's own. Arrays over regions have this order on their region axis, so a
side is picked by index and never by a second code path.
"""

from __future__ import annotations

from typing import Final, Literal

Side = Literal["left", "right", "mid"]

LIPS: Final[tuple[str, ...]] = (
    "upper_lip_left",
    "upper_lip_mid",
    "upper_lip_right",
    "lower_lip_left",
    "lower_lip_mid",
    "lower_lip_right",
    "commissure_left",
    "commissure_right",
)
REGIONS: Final[tuple[str, ...]] = (
    *LIPS,
    "cheek_left",
    "cheek_right",
    "lower_eyelid_left",
    "lower_eyelid_right",
    "upper_eyelid_left",
    "upper_eyelid_right",
    "brow_left",
    "brow_right",
    "chin_left",
    "chin_mid",
    "chin_right",
)
_OPPOSITE: Final[dict[str, str]] = {"left": "right", "right": "left", "mid": "mid"}
INDEX: Final[dict[str, int]] = {name: i for i, name in enumerate(REGIONS)}


def side_of(region: str) -> Side:
    """Return the side a region lies on."""
    tail = region.rsplit("_", 1)[1]
    return "left" if tail == "left" else "right" if tail == "right" else "mid"


def mirror_of(region: str) -> str:
    """Return the region on the other side; a midline region is its own mirror image."""
    stem, tail = region.rsplit("_", 1)
    return f"{stem}_{_OPPOSITE[tail]}"


MIRROR: Final[tuple[int, ...]] = tuple(INDEX[mirror_of(name)] for name in REGIONS)
LEFT: Final[tuple[int, ...]] = tuple(i for i, name in enumerate(REGIONS) if side_of(name) == "left")
RIGHT: Final[tuple[int, ...]] = tuple(MIRROR[i] for i in LEFT)
LIP_INDEX: Final[tuple[int, ...]] = tuple(INDEX[name] for name in LIPS)
LOWER_FACE: Final[tuple[str, ...]] = tuple(n for n in REGIONS if "eyelid" not in n and "brow" not in n)
"""Lips, cheeks and chin. Lids and brows change their looks with every blink."""
LOWER_INDEX: Final[tuple[int, ...]] = tuple(INDEX[name] for name in LOWER_FACE)
