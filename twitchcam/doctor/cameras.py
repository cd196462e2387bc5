"""Cameras: which there are and who may use them. None is switched on unless one is named."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from twitchcam.doctor.children import Ended, run_probe
from twitchcam.doctor.finding import NOTE, OK, PROBLEM, Finding

GROUP = "cameras"
DEVICES = Path("/dev")
LIST_S, OPEN_S = 30.0, 60.0
DARK = 0.03
_WITHOUT = "recorded clips work without one"
_ALLOW = {
    "darwin": "System Settings > Privacy & Security > Camera: allow your terminal",
    "win32": "Settings > Privacy & security > Camera: allow desktop apps",
}


def check_cameras(asked: str | None = None) -> Iterator[Finding]:
    """Name the cameras; open the one that was asked for."""
    if sys.platform.startswith("linux"):
        yield from _check_listed()
    elif asked is None:
        text = "not looked for: on this system that would switch them on"
        mend = (
            f"twitchcam doctor --camera 0 tries one; {_ALLOW.get(sys.platform, 'allow it in the settings')}"
        )
        yield Finding(GROUP, "cameras", OK, text, mend)
    if asked is not None:
        yield tell_opened(run_probe("camera", asked, timeout_s=OPEN_S))


def _check_listed() -> Iterator[Finding]:
    ended = run_probe("cameras", timeout_s=LIST_S)
    if ended.code == 0 and ended.reports:
        for camera in ended.reports:
            yield tell_camera(camera)
        return
    nodes = sorted(path.name for path in DEVICES.glob("video*"))
    if ended.code != 0:
        text = f"{', '.join(nodes) or 'none'} in /dev; their names could not be read: {ended.how}"
        yield Finding(GROUP, "cameras", NOTE, text, "mend what is named under libraries")
    else:
        yield tell_none(nodes, _surroundings())


def tell_camera(camera: dict[str, Any]) -> Finding:
    """Word one camera of Linux: its name, whether it may be used, and who uses it."""
    shown = f"{camera['number']}: {camera['name']} ({camera['device']})"
    name = f"camera {camera['number']}"
    if not camera["allowed"]:
        mend = f"sudo usermod -aG {_group(camera['device'])} $USER, then log out and in again"
        return Finding(GROUP, name, NOTE, f"{shown} may not be used by you", mend)
    if camera["users"]:
        return Finding(
            GROUP, name, NOTE, f"{shown} is in use by {', '.join(camera['users'])}", "close it there"
        )
    return Finding(GROUP, name, OK, f"{shown}; --camera {camera['number']} would open it")


def tell_none(nodes: list[str], surroundings: str) -> Finding:
    """Word that no camera was found, and what that may come from."""
    text = "no camera was found" if not nodes else f"{', '.join(nodes)} give no pictures"
    where = {
        "container": "start the container with --device /dev/video0",
        "wsl": "WSL does not pass cameras on by itself: use Windows for live, or usbipd",
    }.get(surroundings, "plug one in, switch its shutter or key on")
    return Finding(GROUP, "cameras", NOTE, text, f"for live: {where}; {_WITHOUT}")


def tell_opened(ended: Ended) -> Finding:
    """Word what came of opening the camera that was asked for."""
    if ended.code != 0 or not ended.reports:
        text = f"opening the camera failed: {ended.how or 'it reported nothing'}"
        return Finding(GROUP, "picture", PROBLEM, text, "unplug it and plug it in again; try another one")
    seen = ended.reports[-1]
    if "refused" in seen:
        return Finding(
            GROUP, "picture", PROBLEM, seen["refused"], "'twitchcam live --list-cameras' names all"
        )
    shown = f"{seen['camera']} gives pictures of {seen['size']}"
    if seen["brightness"] is not None and seen["brightness"] < DARK:
        return Finding(GROUP, "picture", NOTE, f"{shown}, but they are black", "open its shutter, more light")
    return Finding(GROUP, "picture", OK, shown)


def _group(device: str) -> str:
    try:
        return Path(device).group()
    except (KeyError, OSError, NotImplementedError):
        return "video"


def _surroundings() -> str:
    if "microsoft" in platform.release().lower():
        return "wsl"
    return "container" if os.path.exists("/.dockerenv") or os.path.exists("/run/.containerenv") else ""
