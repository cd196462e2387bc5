"""Names: which cameras this computer has."""

from __future__ import annotations

import os
import struct
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import cv2

from twitchcam.edges.camera.backends import SYSTEM, backends
from twitchcam.edges.camera.hush import hush

SYSFS: Final = Path("/sys/class/video4linux")
DEVICES: Final = Path("/dev")
_QUERY_CAPABILITIES: Final = 0x80685600
"""VIDIOC_QUERYCAP of linux/videodev2.h: 104 bytes, `device_caps` at 88."""
_CAPTURES: Final = 0x1 | 0x1000
"""V4L2_CAP_VIDEO_CAPTURE, single- and multi-planar."""
_PROBE_S: Final = 4.0
_PROBE_NUMBERS: Final = 6


@dataclass(frozen=True, slots=True)
class Camera:
    """One camera of this computer."""

    number: int
    name: str
    device: Path | None = None
    """Linux only."""


def list_cameras(*, sysfs: Path = SYSFS, devices: Path = DEVICES) -> list[Camera]:
    """Return the cameras, lowest number first.

    Linux knows their names, and opens none of them. Elsewhere the first numbers are tried one after the
    other, which may light their lamps for a moment.
    """
    if SYSTEM == "linux":
        return _from_sysfs(sysfs, devices)
    return _by_trying()


def _from_sysfs(sysfs: Path, devices: Path) -> list[Camera]:
    found = []
    for entry in sysfs.glob("video*"):
        number = entry.name.removeprefix("video")
        device = devices / entry.name
        if number.isdigit() and _captures(entry, device):
            found.append(Camera(int(number), _read(entry / "name") or f"camera {number}", device))
    return sorted(found, key=lambda camera: camera.number)


def _captures(entry: Path, device: Path) -> bool:
    """Tell pictures from metadata: a webcam has a node for each. What may not be asked is judged by its
    place: the first node of a device (index 0) gives its pictures.
    """
    capabilities = _capabilities(device)
    return _read(entry / "index") in ("", "0") if capabilities is None else bool(capabilities & _CAPTURES)


def _capabilities(device: Path) -> int | None:
    try:
        import fcntl

        handle = os.open(device, os.O_RDWR | os.O_NONBLOCK)
    except (ImportError, OSError):
        return None
    try:
        answer = fcntl.ioctl(handle, _QUERY_CAPABILITIES, bytes(104))
        return int(struct.unpack_from("I", answer, 88)[0])
    except OSError:
        return None
    finally:
        os.close(handle)


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""


def _by_trying() -> list[Camera]:
    hush()
    found, misses = [], 0
    for number in range(_PROBE_NUMBERS):
        if _answers(number):
            found.append(Camera(number, f"camera {number}"))
        else:
            misses += 1
        if misses == 2:
            break
    return found


def _answers(number: int) -> bool:
    """Some drivers hang instead of failing, so each number is tried in a thread that may be left behind."""
    opened = threading.Event()

    def attempt() -> None:
        capture = cv2.VideoCapture(number, backends()[0])
        if capture.isOpened():
            opened.set()
        capture.release()

    thread = threading.Thread(target=attempt, name="twitchcam-probe", daemon=True)
    thread.start()
    thread.join(_PROBE_S)
    return opened.is_set()
