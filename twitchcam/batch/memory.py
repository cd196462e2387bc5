"""How much memory a process uses, and how much there is; where the system tells."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from pathlib import Path
from typing import Final

_PROC: Final = Path("/proc/self")
SHARE: Final = 0.9
"""Of the machine's memory that the workers may take together."""
LEAST_MB: Final = 1000.0
_CGROUP: Final = (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"))


def resident_mb(process: int) -> float | None:
    """Return the memory that a process holds; None when it is gone or the system does not tell."""
    if _PROC.is_dir():
        with contextlib.suppress(OSError, ValueError, IndexError):
            pages = int(Path(f"/proc/{process}/statm").read_text(encoding="ascii").split()[1])
            return pages * os.sysconf("SC_PAGE_SIZE") / 1e6
        return None
    if sys.platform == "win32":
        return None
    with contextlib.suppress(OSError, ValueError):
        told = subprocess.run(
            ["ps", "-o", "rss=", "-p", str(process)], capture_output=True, text=True, check=False
        )
        return int(told.stdout) * 1024 / 1e6
    return None


def fair_share_mb(workers: int) -> float | None:
    """Return what each worker may use so that together they do not exhaust the machine (or container)."""
    if sys.platform == "win32":
        return None
    found = []
    with contextlib.suppress(OSError, ValueError):
        found.append(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 1e6)
    for limit in _CGROUP:
        with contextlib.suppress(OSError, ValueError):
            found.append(int(limit.read_text(encoding="ascii")) / 1e6)
    return max(LEAST_MB, SHARE * min(found) / workers) if found else None
