"""The machine: memory, cores, clock, letters on the terminal, and variables that hurt."""

from __future__ import annotations

import locale
import os
import sys
import time
from collections.abc import Iterator, Mapping
from datetime import datetime, timezone
from pathlib import Path

import twitchcam
from twitchcam.doctor.finding import NOTE, OK, PROBLEM, Finding

GROUP = "machine"
NEEDED_MB, GOOD_MB = 500, 1000
"""analyze takes up to 450 MB, a live session about 650."""
ADDRESSES_MB = 4000
"""A limit of 2 GB was enough for a short clip; with 1 GB libraries do not load."""
HARMFUL = {
    "PYTHONPATH": "it puts other libraries before the installed ones",
    "PYTHONHOME": "it makes Python look for its own files elsewhere",
    "LD_LIBRARY_PATH": "it puts other shared libraries before the bundled ones",
    "LD_PRELOAD": "it loads a library into every program",
    "DYLD_LIBRARY_PATH": "it puts other shared libraries before the bundled ones",
    "QT_PLUGIN_PATH": "OpenCV's windows may load plugins of another Qt",
    "QT_QPA_PLATFORM_PLUGIN_PATH": "OpenCV's windows may load plugins of another Qt",
    "OPENCV_OPENCL_RUNTIME": "OpenCV may run on a graphics driver that twitchcam was not tested with",
    "OMP_NUM_THREADS": "more or fewer threads than cores slow the program down",
    "MKL_NUM_THREADS": "more or fewer threads than cores slow the program down",
    "PYTHONOPTIMIZE": "it takes checks out of the program",
    "PYTHONWARNINGS": "a warning of a library may become an error",
}


def check_machine() -> Iterator[Finding]:
    """Look at the machine itself."""
    yield tell_memory(available_mb())
    yield from tell_limit(address_space_mb())
    yield check_cores()
    yield check_clock(datetime.now(timezone.utc), _made())
    yield check_letters(getattr(sys.stdout, "encoding", None), sys.getfilesystemencoding())
    yield from check_variables(os.environ)


def available_mb(
    meminfo: Path = Path("/proc/meminfo"), cgroup: Path = Path("/sys/fs/cgroup")
) -> float | None:
    """Return the memory that a new program can have, less in a container; None if unknown."""
    known = []
    try:
        for line in meminfo.read_text().splitlines():
            if line.startswith("MemAvailable:"):
                known.append(int(line.split()[1]) / 1e3)
    except (OSError, ValueError):
        pass
    for limit, used in (
        ("memory.max", "memory.current"),
        ("memory/memory.limit_in_bytes", "memory/memory.usage_in_bytes"),
    ):
        try:
            known.append((int((cgroup / limit).read_text()) - int((cgroup / used).read_text())) / 1e6)
        except (OSError, ValueError):  # no such group, or its limit is 'max'
            continue
    return min(known) if known else None


def tell_memory(free_mb: float | None) -> Finding:
    """Word whether the memory is enough."""
    if free_mb is None:
        return Finding(
            GROUP, "memory", OK, f"not known on this system; about {GOOD_MB / 1000:.0f} GB is enough"
        )
    shown = f"{free_mb / 1000:.1f} GB free"
    if free_mb < NEEDED_MB:
        text = f"{shown}; analyze takes up to {NEEDED_MB} MB"
        return Finding(GROUP, "memory", PROBLEM, text, "close other programs, or give the container more")
    if free_mb < GOOD_MB:
        return Finding(GROUP, "memory", NOTE, f"{shown}; a live session takes 650 MB", "close other programs")
    return Finding(GROUP, "memory", OK, shown)


def address_space_mb() -> float | None:
    """Return the limit of this shell on a program's address space (ulimit -v); None where there is none."""
    try:
        import resource

        soft = resource.getrlimit(resource.RLIMIT_AS)[0]
        return None if soft == resource.RLIM_INFINITY else soft / 1e6
    except (ImportError, AttributeError, OSError, ValueError):  # Windows has no such limits
        return None


def tell_limit(limit_mb: float | None) -> Iterator[Finding]:
    """Name a limit that is too narrow: the libraries reserve several times what they use."""
    if limit_mb is not None and limit_mb < ADDRESSES_MB:
        text = f"a program may have addresses for {limit_mb / 1000:.1f} GB only, the libraries reserve more"
        yield Finding(GROUP, "limits", NOTE, text, "ulimit -v unlimited")


def check_cores() -> Finding:
    """Count the cores that this process may use."""
    try:
        count = len(os.sched_getaffinity(0))
    except (AttributeError, OSError):
        count = os.cpu_count() or 1
    if count < 2:
        text = "one core: measuring takes twice as long, and live leaves pictures out"
        return Finding(GROUP, "cores", NOTE, text, "give the virtual machine or container two")
    return Finding(GROUP, "cores", OK, f"{count} cores")


def _made() -> float:
    return os.path.getmtime(twitchcam.__file__)


def check_clock(now: datetime, made: float) -> Finding:
    """Tell whether the clock can be right: sessions of the history are ordered by their day.

    `now` knows its zone; `made` is when this program was put here, in seconds since 1970.
    """
    local = now.astimezone()
    shown = f"{local:%Y-%m-%d %H:%M} UTC{local:%z}"
    if now.timestamp() < made - 86400 or not 2024 <= now.year < 2100:
        text = f"{shown} cannot be right"
        return Finding(GROUP, "clock", NOTE, text, "set the date and time; the history is ordered by it")
    began = time.monotonic()
    if time.monotonic() < began:
        return Finding(GROUP, "clock", NOTE, "the steady clock runs backwards", "restart the machine")
    return Finding(GROUP, "clock", OK, shown)


def check_letters(terminal: str | None, names: str) -> Finding:
    """Tell whether letters beyond ASCII can be shown and stand in file names."""
    preferred = locale.getpreferredencoding(False)
    shown = f"terminal {terminal or 'none'}, file names {names}, files {preferred}"
    if not _is_utf8(names):
        mend = "export LANG=C.UTF-8 (Linux, macOS); set PYTHONUTF8=1 (Windows)"
        return Finding(
            GROUP, "letters", NOTE, f"{shown}: clips with umlauts in their name may not open", mend
        )
    if terminal is not None and not _is_utf8(terminal):
        mend = "export LANG=C.UTF-8 (Linux, macOS); set PYTHONUTF8=1 (Windows)"
        return Finding(GROUP, "letters", NOTE, f"{shown}: letters such as ä are shown as \\xe4", mend)
    return Finding(GROUP, "letters", OK, shown)


def _is_utf8(name: str) -> bool:
    return name.lower().replace("-", "").replace("_", "") in ("utf8", "cp65001")


def check_variables(environment: Mapping[str, str]) -> Iterator[Finding]:
    """Name the environment variables that may hurt; their values stay here."""
    found = [name for name in HARMFUL if environment.get(name)]
    for name in found:
        yield Finding(
            GROUP, "variables", NOTE, f"{name} is set: {HARMFUL[name]}", f"if something fails: unset {name}"
        )
    ours = sorted(name for name in environment if name.startswith("TWITCHCAM_"))
    if not found:
        text = "none that hurts" + (f"; set: {', '.join(ours)}" if ours else "")
        yield Finding(GROUP, "variables", OK, text)
