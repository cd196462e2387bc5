"""Pictures of faces for the tests: the astronaut's portrait, drawn faces, several people in one picture."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import cv2
import numpy as np

from twitchcam.types import FloatArray, Image

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared"
CLIPS = SHARED / "clips"
PHOTOS = SHARED / "photos"
INK = (20, 20, 20)


def model_path() -> Path | None:
    """Return the Tasks model where it lies on this machine."""
    places = (ROOT / "models", SHARED / "models")
    return next((p / "face_landmarker.task" for p in places if (p / "face_landmarker.task").is_file()), None)


@cache
def portrait() -> Image:
    """Return (560, 440, 3) the head of the astronaut."""
    from skimage.data import astronaut

    head = np.ascontiguousarray(astronaut()[0:280, 110:330])  # type: ignore[no-untyped-call]
    return cv2.resize(head, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC)


def two_people() -> tuple[Image, Image]:
    """Return two heads of equal scale: two photos where present, else one head and its mirror image."""
    photos = sorted(PHOTOS.glob("*.jpg"))
    if len(photos) < 2:
        return portrait(), np.ascontiguousarray(portrait()[:, ::-1])
    heads = [cv2.imread(str(p))[..., ::-1][120:1250, 230:1120] for p in (photos[0], photos[-1])]
    first, second = (cv2.resize(h, (440, 560), interpolation=cv2.INTER_AREA) for h in heads)
    return np.ascontiguousarray(first), np.ascontiguousarray(second)


def compose(size: tuple[int, int], *heads: tuple[Image, float, float, float]) -> Image:
    """Return an RGB picture of (width, height) with heads (picture, x, y, height), later ones in front."""
    out = np.full((size[1], size[0], 3), 90, np.uint8)
    for head, x, y, height in heads:
        k = height / head.shape[0]
        small = cv2.resize(head, None, fx=k, fy=k, interpolation=cv2.INTER_AREA)
        matrix = np.array([[1, 0, x - small.shape[1] / 2], [0, 1, y - small.shape[0] / 2]], float)
        cv2.warpAffine(small, matrix, size, dst=out, borderMode=cv2.BORDER_TRANSPARENT)
    return out


def drawn_face(seed: int, size: tuple[int, int] = (640, 480)) -> Image:
    """Return a flat drawn face with ink lines, big eyes and a red mouth; skin from yellow to dark brown."""
    rng = np.random.default_rng(seed)
    image = np.full((size[1], size[0], 3), rng.integers(60, 255, 3).tolist(), np.uint8)
    skin = [(255, 220, 60), (245, 205, 170), (190, 130, 90), (110, 70, 50), (250, 224, 196)][seed % 5]
    x, y, w = size[0] // 2, size[1] // 2, int(rng.integers(90, 125))
    h = int(w * rng.uniform(1.2, 1.35))
    cv2.ellipse(image, (x, y - int(0.35 * h)), (int(1.05 * w), int(0.8 * h)), 0, 180, 360, (60, 40, 20), -1)
    for colour, line in ((skin, -1), (INK, 2)):
        cv2.ellipse(image, (x, y), (w, h), 0, 0, 360, colour, line, cv2.LINE_AA)
    for side in (-1, 1):
        eye = (x + side * int(0.42 * w), y - int(0.12 * h))
        for colour, line in (((255, 255, 255), -1), (INK, 2)):
            cv2.ellipse(image, eye, (int(0.22 * w), int(0.15 * w)), 0, 0, 360, colour, line, cv2.LINE_AA)
        cv2.circle(image, eye, int(0.11 * w), (60, 40, 20), -1, cv2.LINE_AA)
        brow = (eye[0], eye[1] - int(0.2 * w))
        cv2.ellipse(image, brow, (int(0.26 * w), int(0.15 * w)), 0, 200, 340, (40, 25, 10), 5, cv2.LINE_AA)
    nose = [(x - 4, y + 10), (x - int(0.14 * w), y + int(0.2 * h)), (x + int(0.14 * w), y + int(0.2 * h))]
    cv2.polylines(image, [np.array(nose)], False, (120, 70, 50), 3, cv2.LINE_AA)
    mouth, half = (x, y + int(0.48 * h)), int(0.4 * w)
    cv2.ellipse(image, mouth, (half, int(0.3 * half)), 0, 0, 360, (190, 60, 70), -1, cv2.LINE_AA)
    cv2.line(image, (x - half, mouth[1]), (x + half, mouth[1]), (60, 10, 10), 2, cv2.LINE_AA)
    return image


def centre(points_px: FloatArray) -> FloatArray:
    """Return the middle of a face."""
    return np.asarray((points_px[:, :2].min(axis=0) + points_px[:, :2].max(axis=0)) / 2)
