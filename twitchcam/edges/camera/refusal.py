"""Refusals: why a camera gives no picture, as one line that says what, where and what to do."""

from __future__ import annotations

import os
import socket
import urllib.error
import urllib.request
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from twitchcam.edges.camera.address import Address, as_device
from twitchcam.edges.camera.backends import SYSTEM
from twitchcam.edges.camera.names import DEVICES, SYSFS, Camera, list_cameras

_ASK_S: Final = 3.0
_PROCESSES: Final = Path("/proc")
_PERMISSION: Final = {
    "darwin": "System Settings > Privacy & Security > Camera",
    "win32": "Settings > Privacy & security > Camera",
}


def why_no_picture(address: Address, *, sysfs: Path = SYSFS, devices: Path = DEVICES) -> str:
    """Return the reason why nothing comes from `address`. Looks at the device, or asks the server once."""
    if address.url is not None:
        return f"{address.shown}: {_why_no_stream(address.url)}"
    if SYSTEM != "linux" or address.device is None:
        return (
            f"{address.shown} gives no picture: close other programs that use it (video calls, browser "
            f"tabs), allow this program to use it under {_PERMISSION.get(SYSTEM, 'the system settings')}, "
            "or name another one (--list-cameras)"
        )
    return f"{address.shown}: {_why_no_device(address.device, list_cameras(sysfs=sysfs, devices=devices))}"


def _why_no_device(device: Path, cameras: list[Camera]) -> str:
    real = as_device(device)
    if not real.exists():
        return f"{device} does not exist; {_others(cameras, real)}"
    if not os.access(real, os.R_OK | os.W_OK):
        return (
            f"{device} may not be used by you; join its group (sudo usermod -aG {_group(real)} $USER), "
            "then log out and in again"
        )
    if cameras and real.name not in {c.device.name for c in cameras if c.device is not None}:
        return f"{device} gives no pictures (a camera's second device carries other data); " + _others(
            cameras, real
        )
    users = programs_using(real)
    if users:
        return f"{device} is in use by {', '.join(users)}; close it there and try again"
    return (
        f"{device} gives no picture; probably another program uses it (a video call, a browser tab): close "
        "that, or unplug the camera and plug it in again"
    )


def _others(cameras: list[Camera], missing: Path) -> str:
    there = [f"{c.number} ({c.name})" for c in cameras if c.device is None or c.device.name != missing.name]
    if there:
        return f"choose one of: {', '.join(there)}"
    return "no camera was found on this computer: plug one in, switch its shutter or key on"


def _group(device: Path) -> str:
    try:
        return device.group()
    except (KeyError, OSError, NotImplementedError):
        return "video"


def programs_using(device: Path, *, processes: Path = _PROCESSES) -> list[str]:
    """Return 'name (process 123)' of the user's other programs that hold a device open (Linux)."""
    found = []
    for process in processes.glob("[0-9]*"):
        if process.name == str(os.getpid()):
            continue
        try:
            held = any(os.readlink(handle) == str(device) for handle in (process / "fd").iterdir())
            name = (process / "comm").read_text(encoding="utf-8", errors="replace").strip() if held else ""
        except OSError:
            continue
        if held:
            found.append(f"{name} (process {process.name})")
    return sorted(found)


def _why_no_stream(url: str) -> str:
    parts = urlsplit(url)
    try:
        if parts.scheme.lower() in ("http", "https"):
            return _ask_server(url)
        port = parts.port or (322 if parts.scheme.lower() == "rtsps" else 554)
        socket.create_connection((parts.hostname or "", port), _ASK_S).close()
    except urllib.error.HTTPError as error:
        return _of_code(error.code)
    except (OSError, ValueError) as error:
        return _of_network(error)
    return "answers, but sends no picture that can be read; check the path in the address, name and password"


def _ask_server(url: str) -> str:
    parts = urlsplit(url)
    bare = parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
    with urllib.request.urlopen(bare, timeout=_ASK_S) as answer:
        kind = answer.headers.get_content_type()
    if kind == "text/html":
        return (
            "that is a web page, not a stream of pictures; give the address of the stream itself (often "
            "ending in /video or /mjpeg)"
        )
    if kind.startswith("image/"):
        return "sends a single picture, not a stream; give the address of the stream (often /video or /mjpeg)"
    return f"answers with {kind}, but no picture could be read; give the address of an MJPEG or RTSP stream"


def _of_code(code: int) -> str:
    if code in (401, 403):
        return "asks for a name and password; write them into the address: http://name:password@host/path"
    if code == 404:
        return "the server has no such page; check the path of the stream (often /video or /mjpeg)"
    return f"the server answers with error {code}; check the camera and the address"


def _of_network(error: Exception) -> str:
    reason = getattr(error, "reason", error)
    if isinstance(reason, ConnectionRefusedError):
        return "nothing answers there (connection refused); start the camera's server, check host and port"
    if isinstance(reason, socket.gaierror):
        return "no such host is known; check the spelling, or give its number such as 192.168.1.20"
    if isinstance(reason, TimeoutError):
        return "no answer; check that the camera is on and in the same network"
    return f"cannot be reached ({reason}); check the address and the network"
