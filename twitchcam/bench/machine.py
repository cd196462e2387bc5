"""The machine and the versions that a measurement belongs to."""

from __future__ import annotations

import os
import platform
from contextlib import suppress
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Final

from twitchcam import __version__

LIBRARIES: Final = (
    "mediapipe", "opencv-contrib-python", "opencv-contrib-python-headless", "av", "numpy", "scipy",
)  # fmt: skip
BUSY: Final = 0.3
"""Load for each core above which times are not this program's alone."""


@dataclass(frozen=True, slots=True)
class Machine:
    """What ran, where, and how busy it was when the measurement began."""

    processor: str
    cores: int
    system: str
    python: str
    twitchcam: str
    libraries: dict[str, str]
    load: float | None
    """Processes that wanted a core, mean of the last minute."""

    @property
    def busy(self) -> bool:
        """Whether something else was using the processor."""
        return self.load is not None and self.load > BUSY * self.cores


def this_machine() -> Machine:
    """Return the machine that this runs on."""
    return Machine(
        processor=_processor(),
        cores=usable_cores(),
        system=f"{platform.system()} {platform.machine()}",
        python=platform.python_version(),
        twitchcam=__version__,
        libraries=_versions(),
        load=os.getloadavg()[0] if hasattr(os, "getloadavg") else None,
    )


def usable_cores() -> int:
    """Return the number of cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _processor() -> str:
    with suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _versions() -> dict[str, str]:
    found = {}
    for name in LIBRARIES:
        with suppress(metadata.PackageNotFoundError):
            found[name] = metadata.version(name)
    return found
