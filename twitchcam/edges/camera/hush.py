"""OpenCV's and FFmpeg's chatter: a missing camera is told by us, in one line."""

from __future__ import annotations

import os
import sys

import cv2


def hush() -> None:
    """Silence both, before a camera is opened. No file descriptor is touched: other messages stay.

    FFmpeg's level is read once, when OpenCV opens its first stream; so is the time that V4L2 waits for a
    picture (10 s, in which nothing could be closed). macOS asks for permission by itself; OpenCV's own
    question works in the main thread only.
    """
    os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")
    os.environ.setdefault("OPENCV_VIDEOIO_V4L_SELECT_TIMEOUT", "1")
    if sys.platform == "darwin":
        os.environ.setdefault("OPENCV_AVFOUNDATION_SKIP_AUTH", "1")
    cv2.setLogLevel(0)
