"""Addresses: what a user names as the camera - a number, a device, or a stream in the network."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from twitchcam.edges.camera.backends import SYSTEM
from twitchcam.errors import InputRefused

SCHEMES = ("http", "https", "rtsp", "rtsps")


@dataclass(frozen=True, slots=True)
class Address:
    """Where the pictures come from. One of number, device and url is set (number and device on Linux)."""

    shown: str
    """For messages; without the password that an address may carry."""
    number: int | None = None
    device: Path | None = None
    url: str | None = None


def read_address(source: int | str | Path) -> Address:
    """Return what `source` means: a camera's number (0 or '0'), a device path or an address.

    Raises
    ------
    InputRefused
        If it is none of them; a video file is told about `--source`.
    """
    text = str(source).strip()
    if text.isascii() and text.lstrip("-").isdigit():
        return _numbered(int(text))
    if "://" in text:
        return _of_url(text)
    path = Path(text)
    if os.path.isfile(path):  # Path's own raises for names that are too long
        raise InputRefused(f"{text} is a file, not a camera; to play a recorded clip give it with --source")
    if text.startswith("/dev/"):
        return Address(f"camera {text}", device=path)
    raise InputRefused(
        f"camera {text!r}: give a number (0 is the first camera), a device such as /dev/video0, or an "
        "address starting with http:// or rtsp://"
    )


def _numbered(number: int) -> Address:
    if not 0 <= number < 64:
        raise InputRefused(f"camera {number}: cameras are numbered from 0; --list-cameras names them")
    device = Path(f"/dev/video{number}") if SYSTEM == "linux" else None
    return Address(f"camera {number}", number=number, device=device)


def _of_url(text: str) -> Address:
    shown = without_password(text)
    try:
        parts = urlsplit(text)
        known = parts.scheme.lower() in SCHEMES and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        known = False
    if not known or any(c.isspace() or ord(c) < 32 for c in text):
        raise InputRefused(
            f"camera {shown}: not an address of a camera; it starts with http:// or rtsp:// and names a "
            "host, for example http://192.168.1.20:8080/video"
        )
    return Address(f"camera {shown}", url=text)


def without_password(url: str) -> str:
    """Return an address as it may be shown: without name and password, query values left out."""
    scheme, _, rest = url.partition("://")
    host, slash, path = rest.partition("/")
    path, mark, _ = path.partition("?")
    return f"{scheme}://{host.rpartition('@')[2]}{slash}{path}{mark and '?...'}"


def as_device(path: Path) -> Path:
    """Return the device that a link such as /dev/v4l/by-id/... points to."""
    return Path(os.path.realpath(path))
