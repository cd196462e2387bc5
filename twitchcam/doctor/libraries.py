"""Libraries: whether each one loads on this machine, and what is missing where it does not."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from typing import Any, NamedTuple

from twitchcam.doctor.children import run_each
from twitchcam.doctor.finding import NOTE, OK, PROBLEM, Finding
from twitchcam.doctor.program import INSTALL

GROUP = "libraries"
IMPORTS_S = 120.0


class Library(NamedTuple):
    """An outside library, and what does not work without it."""

    module: str
    package: str
    use: str
    main: bool = True
    """analyze or live needs it."""


LIBRARIES = (
    Library("numpy", "numpy", "everything"),
    Library("scipy.signal", "scipy", "the analysis"),
    Library("cv2", "opencv-contrib-python-headless", "pictures and cameras"),
    Library("av", "av", "reading videos"),
    Library("mediapipe.python.solutions.face_mesh", "mediapipe", "finding the face"),
    Library("jinja2", "jinja2", "the report"),
    Library("typer", "typer", "the command line"),
    Library("rich", "rich", "progress on a terminal"),
    *([] if sys.version_info >= (3, 11) else [Library("tomli", "tomli", "answers and protocols")]),
    Library("starlette.applications", "starlette", "the live page"),
    Library("uvicorn", "uvicorn", "the live page"),
    Library("websockets", "websockets", "the live page"),
    Library("typst", "typst", "PDF reports (--pdf)", main=False),
    Library("fontTools", "fonttools", "PDF reports (--pdf)", main=False),
    Library("duckdb", "duckdb", "Parquet tables", main=False),
    Library("edfio", "edfio", "EDF+ export", main=False),
    Library("matplotlib", "matplotlib", "figures (export, plot)", main=False),
)
DEBIAN = {
    "libGL.so.1": "libgl1", "libEGL.so.1": "libegl1", "libGLESv2.so.2": "libgles2",
    "libgomp.so.1": "libgomp1",
    "libgthread-2.0.so.0": "libglib2.0-0", "libglib-2.0.so.0": "libglib2.0-0", "libSM.so.6": "libsm6",
    "libICE.so.6": "libice6", "libX11.so.6": "libx11-6", "libXext.so.6": "libxext6", "libxcb.so.1": "libxcb1",
    "libXrender.so.1": "libxrender1", "libstdc++.so.6": "libstdc++6", "libgcc_s.so.1": "libgcc-s1",
    "libz.so.1": "zlib1g", "libatomic.so.1": "libatomic1", "libportaudio.so.2": "libportaudio2",
    "libfontconfig.so.1": "libfontconfig1", "libfreetype.so.6": "libfreetype6",
    "libusb-1.0.so.0": "libusb-1.0-0",
    "libdl.so.2": "libc6", "libm.so.6": "libc6", "libffi.so.8": "libffi8", "libsqlite3.so.0": "libsqlite3-0",
}  # fmt: skip
"""Which Debian package has which shared library."""
_ABSENT = "No module named"
_NOT_FOUND = re.compile(r"(lib[\w.+-]+?\.so[.\d]*)['\"]?: cannot open shared object file")


def check_libraries() -> Iterator[Finding]:
    """Import every library in a process of its own, so that a crash costs a line and not the doctor."""
    modules = [library.module for library in LIBRARIES]
    yield from tell(run_each("imports", modules, timeout_s=IMPORTS_S))


def tell(outcomes: dict[str, dict[str, Any]]) -> Iterator[Finding]:
    """Word what became of the imports: one line for each that failed, one for all the others."""
    loaded, absent = [], []
    elsewhere: dict[str, str] = {}
    for library in LIBRARIES:
        outcome = outcomes.get(library.module, {"crash": "it was not tried, because Python itself stopped"})
        why = outcome.get("crash") or outcome.get("error")
        if why is None:
            loaded.append(f"{library.package} {_version(library.package)}".strip())
            if (folder := _folder_outside(library.module, outcome["file"])) is not None:
                elsewhere[library.package] = folder
            continue
        if _ABSENT in why and "crash" not in outcome:
            absent.append(library)
            continue
        text = f"does not load, so that {library.use} will not work: {why}"
        yield Finding(GROUP, library.package, PROBLEM if library.main else NOTE, text, remedy(library, why))
    if elsewhere:
        yield _tell_elsewhere(elsewhere)
    if absent:
        yield _tell_absent(absent)
    if loaded:
        yield Finding(GROUP, "loading", OK, f"{len(loaded)} of {len(LIBRARIES)} load: {', '.join(loaded)}")


def _tell_absent(libraries: list[Library]) -> Finding:
    state = PROBLEM if any(library.main for library in libraries) else NOTE
    packages = ", ".join(library.package for library in libraries)
    uses = ", ".join(dict.fromkeys(library.use for library in libraries))
    text = f"not installed, or not whole: {packages}. Will not work: {uses}"
    return Finding(GROUP, "missing", state, text, INSTALL)


def remedy(library: Library, why: str) -> str:
    """Return what helps against an import's error or crash."""
    if (missing := _NOT_FOUND.search(why)) is not None:
        return _shared_library(missing[1])
    if "_ARRAY_API" in why or "numpy.core.multiarray" in why or "compiled using NumPy 1" in why:
        return f"it was built for another numpy: pip install 'numpy>=1.24,<2', or {INSTALL}"
    if "GLIBC_" in why or "GLIBCXX_" in why:
        return (
            "this system's C library is older than the package: use Debian 10, Ubuntu 20.04 or anything newer"
        )
    if "DLL load failed" in why or "a DLL is missing" in why:
        return "install Microsoft's 'Visual C++ Redistributable' (x64), then try again"
    if "does not have" in why:
        return (
            "the packages need a processor with AVX (since 2011); in a virtual machine choose CPU type 'host'"
        )
    if "memory ran out" in why or "MemoryError" in why:
        return "close other programs, or give the machine or container at least 1 GB"
    if _ABSENT in why:
        return INSTALL
    return f"pip install --force-reinstall --no-deps {library.package}, or {INSTALL}"


def _shared_library(name: str) -> str:
    package = DEBIAN.get(name)
    if package is not None:
        return f"sudo apt install {package} (Debian, Ubuntu)"
    return f"install the package that has {name} (Debian: apt-file search {name})"


def _tell_elsewhere(found: dict[str, str]) -> Finding:
    """Name libraries that do not lie where pip puts them here: old ones in their place are a common trap."""
    folders = ", ".join(dict.fromkeys(found.values()))
    text = f"{', '.join(found)} come from {folders}, not from this Python's own packages"
    return Finding(
        GROUP, "origin", NOTE, text, "if something fails: unset PYTHONPATH, set PYTHONNOUSERSITE=1"
    )


def _folder_outside(module: str, file: str) -> str | None:
    """Return the folder that a module's package lies in when it is not one of this Python's."""
    if not file or _lies_in(file, sys.prefix) or _lies_in(file, sys.base_prefix):
        return None
    top = module.split(".")[0]
    return next(
        (str(parent.parent) for parent in Path(file).parents if parent.name == top), str(Path(file).parent)
    )


def _lies_in(file: str, folder: str) -> bool:
    real = os.path.realpath(folder)
    return os.path.realpath(file).startswith(real + os.sep)


def _version(package: str) -> str:
    for name in (package, package.replace("-headless", "")):
        try:
            return metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return ""
