"""Whereabouts: a camera that is plugged in again may come back under another number."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from twitchcam.edges.camera.address import Address, as_device
from twitchcam.edges.camera.names import DEVICES, SYSFS, Camera, list_cameras


class Whereabouts:
    """Follows one camera of this computer by its name (Linux); elsewhere and for streams nothing moves."""

    def __init__(self, address: Address, *, sysfs: Path = SYSFS, devices: Path = DEVICES) -> None:
        self._address = address
        self._places = {"sysfs": sysfs, "devices": devices}
        there = self._list() if address.device is not None else []
        self._others: set[Path | None] = {camera.device for camera in there}
        device = None if address.device is None else as_device(address.device)
        self.camera: Camera | None = next((c for c in there if c.device == device), None)
        """The camera at that address; None where names are unknown."""

    def _list(self) -> list[Camera]:
        return list_cameras(sysfs=self._places["sysfs"], devices=self._places["devices"])

    def now(self) -> Address:
        """Return where the camera is now: where it was, or at a device that is new and has its name."""
        if self.camera is None or not is_gone(self._address.device):
            return self._address
        for other in self._list():
            # One of the same make that was there all the time is another camera.
            if other.name == self.camera.name and other.device not in self._others:
                return replace(self._address, number=other.number, device=other.device)
        return self._address


def is_gone(device: Path | None) -> bool:
    """Tell whether a camera was unplugged: its device has gone."""
    return device is not None and not device.exists()
