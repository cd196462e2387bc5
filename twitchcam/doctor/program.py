"""The program: Python, the system, and the installed versions against what twitchcam asks for."""

from __future__ import annotations

import platform
import re
import struct
import sys
from collections.abc import Iterator
from importlib import metadata

from twitchcam import __version__
from twitchcam.doctor.finding import NOTE, OK, PROBLEM, Finding

GROUP = "program"
PYTHONS = ((3, 10), (3, 12))
"""First and last that mediapipe 0.10.21 and numpy 1 are built for."""
GLIBC = (2, 28)
"""Oldest that all wheels of the lock are built for."""
TWINS = {"opencv-contrib-python": "opencv-contrib-python-headless"}
"""The locked set has the same cv2 without windows."""
INSTALL = "make a new virtual environment and install by the README"
_NEW_PYTHON = (
    "make a virtual environment with Python 3.10, 3.11 or 3.12 (Debian 12 has 3.11), and install again"
)


def check_program() -> Iterator[Finding]:
    """Look at Python, the system and the versions of what is installed."""
    yield check_python(sys.version_info[:3], platform.python_implementation(), struct.calcsize("P") * 8)
    yield check_system(platform.system(), platform.machine(), platform.libc_ver())
    yield from check_versions()
    yield check_opencv(sorted(_installed("opencv")))


def check_python(version: tuple[int, ...], implementation: str, bits: int) -> Finding:
    """Tell whether this Python is one that the libraries are built for."""
    shown = f"{implementation} {'.'.join(map(str, version))}, {bits} bit, twitchcam {__version__}"
    if implementation != "CPython" or not PYTHONS[0] <= version[:2] <= PYTHONS[1]:
        return Finding(GROUP, "python", PROBLEM, f"{shown}: needs CPython 3.10 to 3.12", _NEW_PYTHON)
    if bits != 64:
        return Finding(
            GROUP, "python", PROBLEM, f"{shown}: needs 64 bit", _NEW_PYTHON.replace("with", "with 64-bit")
        )
    return Finding(GROUP, "python", OK, shown)


def check_system(system: str, machine: str, libc: tuple[str, str]) -> Finding:
    """Tell whether there are builds of mediapipe for this system."""
    shown = " ".join(filter(None, (system, machine, *libc)))
    if system == "Linux" and machine not in ("x86_64", "AMD64"):
        text = f"{shown}: mediapipe 0.10.21 has no Linux build for this processor"
        return Finding(GROUP, "system", PROBLEM, text, "use a computer with an x86-64 processor, or a Mac")
    if system == "Linux" and libc[0] != "glibc":
        text = f"{shown}: the libraries are built for glibc (Debian, Ubuntu, Fedora), not for musl (Alpine)"
        return Finding(GROUP, "system", PROBLEM, text, "use a system or container image with glibc")
    if system == "Linux" and version_of(libc[1]) < GLIBC:
        text = f"{shown}: older than glibc 2.28"
        return Finding(GROUP, "system", PROBLEM, text, "use Debian 10, Ubuntu 20.04 or anything newer")
    if system not in ("Linux", "Windows", "Darwin"):
        return Finding(GROUP, "system", NOTE, f"{shown}: not known", "if a library does not load, use Linux")
    if system != "Linux":
        text = f"{shown}: the packages resolve for it, but only Linux is tested"
        return Finding(GROUP, "system", NOTE, text, "what fails below is worth a bug report")
    return Finding(GROUP, "system", OK, shown)


def check_versions() -> Iterator[Finding]:
    """Compare what is installed with the requirements that the installed twitchcam carries."""
    try:
        required = metadata.requires("twitchcam") or []
    except metadata.PackageNotFoundError:
        text = "twitchcam is not installed as a package here, so versions were not compared"
        yield Finding(
            GROUP, "versions", NOTE, text, "pip install --no-deps --no-build-isolation -e . in its folder"
        )
        return
    fitting = 0
    for line in required:
        name, bounds, marker = split_requirement(line)
        if not applies(marker, sys.version_info[:2]):
            continue
        version = _version(name) or _version(TWINS.get(name, name))
        if version is None:
            yield Finding(GROUP, name, PROBLEM, f"{name} is not installed", INSTALL)
        elif not satisfies(version, bounds):
            text = f"{name} {version} is installed, twitchcam needs {bounds}"
            yield Finding(GROUP, name, PROBLEM, text, f"pip install '{name}{bounds}', or {INSTALL}")
        else:
            fitting += 1
    yield Finding(GROUP, "versions", OK, f"{fitting} packages have the versions that twitchcam asks for")


def check_opencv(installed: list[str]) -> Finding:
    """Tell whether exactly one OpenCV is installed: all of them write into the same cv2 folder."""
    if len(installed) > 1:
        text = f"several OpenCVs share one folder, and the last one wins: {', '.join(installed)}"
        keep = next((name for name in installed if name in TWINS.values()), "opencv-contrib-python")
        mend = f"pip uninstall -y {' '.join(installed)}; then {INSTALL} (keep only {keep})"
        return Finding(GROUP, "opencv", NOTE, text, mend)
    return Finding(GROUP, "opencv", OK, f"one OpenCV: {installed[0] if installed else 'none as a package'}")


def split_requirement(line: str) -> tuple[str, str, str]:
    """Return name, bounds and marker of a requirement such as 'tomli>=2; python_version < "3.11"'."""
    bare, _, marker = line.partition(";")
    match = re.match(r"\s*([A-Za-z0-9._-]+)\s*(?:\[[^\]]*\])?\s*\(?([^)]*)\)?", bare)
    assert match is not None, line
    return match[1].lower(), match[2].replace(" ", ""), marker.strip()


def applies(marker: str, python: tuple[int, ...]) -> bool:
    """Tell whether a marker holds here. Extras never do; what else is not about Python's version does."""
    if "extra" in marker:
        return False
    match = re.search(r"python_(?:full_)?version\s*(<=|>=|<|>|==)\s*['\"]([\d.]+)['\"]", marker)
    return match is None or _compare(python, match[1], version_of(match[2])[:2])


def satisfies(version: str, bounds: str) -> bool:
    """Tell whether a version lies within bounds such as '>=1.24,<2'. Only its leading numbers count."""
    for bound in filter(None, bounds.split(",")):
        match = re.match(r"(<=|>=|==|!=|~=|<|>)([\d.]+)", bound)
        if match is not None and not _compare(version_of(version), match[1], version_of(match[2])):
            return False
    return True


def _compare(have: tuple[int, ...], sign: str, other: tuple[int, ...]) -> bool:
    length = max(len(have), len(other))
    left, right = (one + (0,) * (length - len(one)) for one in (have, other))
    return {
        "<": left < right, "<=": left <= right, ">": left > right, ">=": left >= right, "==": left == right,
        "!=": left != right, "~=": left >= right and left[: len(other) - 1] == right[: len(other) - 1],
    }[sign]  # fmt: skip


def version_of(text: str) -> tuple[int, ...]:
    """Return the leading numbers of a version."""
    match = re.match(r"\d+(?:\.\d+)*", text)
    return tuple(map(int, match[0].split("."))) if match else ()


def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def _installed(prefix: str) -> set[str]:
    names = (distribution.metadata["Name"] or "" for distribution in metadata.distributions())
    return {name.lower() for name in names if name.lower().startswith(prefix)}
