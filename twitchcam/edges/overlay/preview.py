"""Preview: a picture as a small JPEG for showing it live."""

from __future__ import annotations

from typing import Final

import cv2

from twitchcam.types import Image, Picture

WIDEST: Final = 640
QUALITY: Final = 70
"""Clear enough for a preview, 20-30 kB; not for measuring."""


def as_jpeg(picture: Picture, *, widest: int = WIDEST, quality: int = QUALITY) -> tuple[bytes, int, int]:
    """Return a picture as JPEG, at most `widest` pixels wide, with its width and height.

    What a camera sent as a small enough JPEG is passed on as it is.
    """
    if picture.width <= widest:
        coded: bytes | None = getattr(picture, "jpeg", None)
        if coded is not None:
            return coded, picture.width, picture.height
    width = min(widest, picture.width)
    height = max(1, round(picture.height * width / picture.width))
    return encode(picture.rgb(None, (width, height)), quality=quality), width, height


def encode(rgb: Image, *, quality: int = QUALITY) -> bytes:
    """Return (h, w, 3) RGB as JPEG."""
    bgr = cv2.cvtColor(rgb, cv2.COLOR_RGB2BGR)
    return bytes(cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, quality])[1])
