"""How much of a movement each region reads, by the movement's width: the linear answer of the registration.

No video is made: each portrait's own grey levels and the program's solver say which displacement it would
find for a small movement of known shape. Prints, for several settings of the read-out, the gain at the lips,
the mouth corners, and the chin and cheeks, and the noise of one frame for a grey-level noise of 1.

    python scripts/readout.py --photos FOLDER
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np

from twitchcam.front import basis, canonical, reference
from twitchcam.front.layout import lay_out
from twitchcam.front.reference import Reference
from twitchcam.regions import INDEX, LIP_INDEX, REGIONS
from twitchcam.synth import read_portrait
from twitchcam.types import FloatArray

PUPILS_MM = 63.0
EYE_DISTANCE_PX = 103.3
SETTINGS = (
    (10.0, reference.NOMINAL_SD),
    (reference.SMOOTHING, reference.NOMINAL_SD),
    (0.06, reference.NOMINAL_SD),
    (0.03, reference.NOMINAL_SD),
)
WIDTHS_MM = (5, 6, 7, 8, 9, 10, 12)
PARTS = {
    "lips": [i for i in LIP_INDEX if "commissure" not in REGIONS[i]],
    "mouth corners": [INDEX["commissure_left"], INDEX["commissure_right"]],
    "chin, cheeks": [i for n, i in INDEX.items() if n.startswith(("chin", "cheek"))],
}


class Face(NamedTuple):
    """A portrait as a webcam at arm's length sees it."""

    grey: FloatArray
    points_px: FloatArray
    mm_per_px: float


def read_face(path: Path) -> Face:
    """Return a portrait shrunk to `EYE_DISTANCE_PX`."""
    portrait = read_portrait(path)
    k = EYE_DISTANCE_PX / portrait.eye_distance_px
    grey = cv2.cvtColor(portrait.image, cv2.COLOR_RGB2GRAY)
    small = cv2.resize(grey, None, fx=k, fy=k, interpolation=cv2.INTER_AREA).astype(np.float32)
    points = portrait.points_px * k
    points[:, :2] += 0.5 * k - 0.5
    blurred = cv2.GaussianBlur(small, (0, 0), 0.6)
    return Face(np.asarray(blurred * np.float32(219 / 255)), points, PUPILS_MM / EYE_DISTANCE_PX)


def make(face: Face) -> tuple[Reference, float]:
    """Return the face's keyframe and the millimetres of a crop pixel."""
    geometry, to_picture = canonical.define(face.points_px)
    width, height = geometry.size
    x, y = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    m = to_picture.astype(np.float32)
    places = m[0, 0] * x + m[0, 1] * y + m[0, 2], m[1, 0] * x + m[1, 1] * y + m[1, 2]
    crop = np.asarray(cv2.remap(face.grey, *places, cv2.INTER_LANCZOS4), np.float32)
    mm = face.mm_per_px * float(np.sqrt(abs(np.linalg.det(to_picture[:, :2]))))
    return reference.make_reference(lay_out(geometry), crop, 0, 1 / 6), mm


def gains(key: Reference, mm: float, width_mm: float) -> FloatArray:
    """Return (19, 2) the part of a Gaussian movement at each region that it reads, across and down."""
    nodes, k = key.layout.nodes, key.layout.nodes.shape[0]
    steep = [g.ravel()[key.pixels] for g in reference.gradients(key.picture)]
    rows = key.solver[basis.HEAD : basis.HEAD + 2 * k]
    out = np.empty((len(REGIONS), 2))
    for r in range(len(REGIONS)):
        apart = ((key.places - nodes[r][:, None]) ** 2).sum(axis=0) * mm * mm
        shape = np.exp(-apart / (2 * width_mm**2))
        for d in (0, 1):
            out[r, d] = key.read_out[d, r] @ (rows @ (steep[d] * shape))
    return out


def study(faces: list[Face]) -> Iterator[str]:
    """Yield the table's lines."""
    yield "| smoothing | width, mm | " + " | ".join(PARTS) + " |"
    yield "| --- | --- |" + " --- |" * len(PARTS)
    for reference.SMOOTHING, reference.NOMINAL_SD in SETTINGS:
        keys = [make(face) for face in faces]
        for width in WIDTHS_MM:
            found = np.array([gains(key, mm, width) for key, mm in keys])
            cells = [spread(found[:, members]) for members in PARTS.values()]
            yield f"| {reference.SMOOTHING:g} | {width} | " + " | ".join(cells) + " |"
        noise = 1000 * np.array([key.region_gain * mm for key, mm in keys])
        cells = [f"{noise[:, members].mean():.1f} um" for members in PARTS.values()]
        yield f"| {reference.SMOOTHING:g} | noise | " + " | ".join(cells) + " |"


def spread(values: FloatArray) -> str:
    """Return 'median (lowest to highest)'."""
    return f"{np.median(values):.2f} ({values.min():.2f} to {values.max():.2f})"


def main() -> None:
    """Run the study."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--photos", type=Path, required=True, help="folder of frontal portraits (jpg)")
    photos = sorted(parser.parse_args().photos.glob("*.jpg"))
    if not photos:
        sys.exit("no .jpg portraits there; name a folder of frontal portraits with --photos")
    for line in study([read_face(p) for p in photos]):
        print(line, flush=True)


if __name__ == "__main__":
    main()
