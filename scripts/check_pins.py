"""Checks by wheels only that the locked requirements install on every system and Python, and prints a table.

    python scripts/check_pins.py                      requirements/runtime.txt
    python scripts/check_pins.py --set dev            the development set too
    python scripts/check_pins.py --platform macos-arm64 --python 3.12

Nothing is installed or built, and no wheel is fetched: uv asks the package index for its lists of
files. Then the hashes that the index gives for every file of every pin are compared with those of
the lock. Needs uv (from pip) and the network. Exit code 0 when what is promised resolves and every
hash is in the lock, 1 when a pin has no wheel there or a hash is missing, 2 when uv is missing or
fails.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PYTHONS = ("3.10", "3.11", "3.12")
UNRESOLVED = re.compile(r"Because (?:only )?([a-z0-9-]+)(?:\{[^}]*\})?==([\w.]+)")
HARDEST = 60
"""More pins than this without a wheel are no answer but a fault of the check."""


@dataclass(frozen=True)
class Platform:
    """A system as uv names it, and the oldest version of it that is promised."""

    uv: str
    shown: str
    promised: bool = True
    macos: str = ""


PLATFORMS = {
    "linux-x86_64": Platform("x86_64-manylinux_2_28", "Linux x86-64 (glibc 2.28)"),
    "linux-aarch64": Platform("aarch64-manylinux_2_28", "Linux ARM (glibc 2.28)", promised=False),
    "windows": Platform("x86_64-pc-windows-msvc", "Windows x86-64"),
    "macos-arm64": Platform("aarch64-apple-darwin", "macOS 14, Apple silicon", macos="14.0"),
    "macos-x86_64": Platform("x86_64-apple-darwin", "macOS 13, Intel", macos="13.0"),
}


def find_uv() -> str:
    """Return uv's path; end the program without it."""
    own = ROOT / ".venv" / "bin" / "uv"
    found = str(own) if own.exists() else shutil.which("uv")
    if not found:
        print("check_pins: needs uv; .venv/bin/pip install uv", file=sys.stderr)
        raise SystemExit(2)
    return found


def resolve(uv: str, lock: Path, platform: Platform, python: str) -> tuple[int, list[str]]:
    """Return how many pins have a wheel there, and which have none."""
    lacking: list[str] = []
    text = lock.read_text(encoding="utf-8")
    while True:
        resolved, unmet = _ask(uv, text, platform, python)
        if unmet is None:
            return resolved, lacking
        lacking.append(unmet)
        if len(lacking) > HARDEST:
            print(f"check_pins: {lock.name} on {platform.shown}: nothing resolves", file=sys.stderr)
            raise SystemExit(2)
        text = without(text, unmet)


def without(text: str, pin: str) -> str:
    """Return a lock without one pin and its hashes."""
    pattern = rf"^{re.escape(pin)}[ \\][^\n]*\n(?:    --hash=[^\n]*\n?)+"
    shorter, cut = re.subn(pattern, "", text, flags=re.MULTILINE)
    if not cut:
        print(f"check_pins: {pin} is not in the lock", file=sys.stderr)
        raise SystemExit(2)
    return shorter


def _ask(uv: str, text: str, platform: Platform, python: str) -> tuple[int, str | None]:
    """Let uv plan an installation; return (number of packages, the pin that it found no wheel for)."""
    with tempfile.TemporaryDirectory() as folder:
        lock = Path(folder) / "lock.txt"
        lock.write_text(text, encoding="utf-8")
        command = [
            uv, "pip", "install", "--dry-run", "--no-deps", "--require-hashes", "--only-binary", ":all:",
            "--python-platform", platform.uv, "--python-version", python, "--python", sys.executable,
            "--target", str(Path(folder) / "target"), "-r", str(lock),
        ]  # fmt: skip
        done = _run(command, {"MACOSX_DEPLOYMENT_TARGET": platform.macos} if platform.macos else {})
    if done.returncode == 0:
        return len(re.findall(r"^ \+ ", done.stderr, re.MULTILINE)), None
    found = UNRESOLVED.search(" ".join(done.stderr.split()))
    if found is None:
        print(f"check_pins: uv failed:\n{done.stderr}", file=sys.stderr)
        raise SystemExit(2)
    return 0, f"{found[1]}=={found[2]}"


def _run(command: list[str], more: dict[str, str]) -> subprocess.CompletedProcess[str]:
    fixed = {"UV_NO_CONFIG": "1", "UV_PYTHON_DOWNLOADS": "never", "NO_COLOR": "1"}
    return subprocess.run(
        command, capture_output=True, text=True, env={**os.environ, **fixed, **more}, check=False
    )


def hashes_of(text: str) -> dict[str, set[str]]:
    """Return {pin: hashes} of a lock."""
    found: dict[str, set[str]] = {}
    pin = ""
    for line in text.splitlines():
        if (match := re.match(r"([a-z0-9-]+==[\w.]+)", line)) is not None:
            pin = match[1]
        found.setdefault(pin, set()).update(re.findall(r"--hash=sha256:([0-9a-f]{64})", line))
    return {pin: hashes for pin, hashes in found.items() if pin}


def missing_hashes(uv: str, lock: Path) -> list[str]:
    """Return the pins of which the index has files whose hash is not in the lock."""
    text = lock.read_text(encoding="utf-8")
    bare = re.sub(
        r" \\$", "", re.sub(r"^(    --hash.*|#.*)\n", "", text, flags=re.MULTILINE), flags=re.MULTILINE
    )
    with tempfile.TemporaryDirectory() as folder:
        pins, output = Path(folder) / "pins.txt", Path(folder) / "lock.txt"
        pins.write_text(bare, encoding="utf-8")
        command = [
            uv, "pip", "compile", "--quiet", "--universal", "--python-version", PYTHONS[0], "--no-deps",
            "--generate-hashes", "--no-header", "--no-annotate", "--output-file", str(output), str(pins),
        ]  # fmt: skip
        done = _run(command, {})
        if done.returncode:
            print(f"check_pins: uv failed:\n{done.stderr}", file=sys.stderr)
            raise SystemExit(2)
        there = hashes_of(output.read_text(encoding="utf-8"))
    locked = hashes_of(text)
    return sorted(pin for pin, hashes in there.items() if hashes - locked.get(pin, set()))


def cell(resolved: int, lacking: list[str]) -> str:
    """Return what a table's cell says."""
    return f"all {resolved}" if not lacking else f"{resolved}; no wheel: {', '.join(lacking)}"


def main() -> int:
    """Ask for every platform and Python, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--set", choices=("runtime", "dev"), default="runtime")
    parser.add_argument("--platform", choices=PLATFORMS, action="append")
    parser.add_argument("--python", choices=PYTHONS, action="append")
    given = parser.parse_args()
    uv, lock = find_uv(), ROOT / "requirements" / f"{given.set}.txt"
    pythons = given.python or PYTHONS
    print(
        f"| {lock.name}: pins with a wheel | " + " | ".join(f"Python {python}" for python in pythons) + " |"
    )
    print("|---" * (len(pythons) + 1) + "|", flush=True)
    broken = False
    for name in given.platform or PLATFORMS:
        platform = PLATFORMS[name]
        found = [resolve(uv, lock, platform, python) for python in pythons]
        broken |= platform.promised and any(lacking for _, lacking in found)
        print(f"| {platform.shown} | " + " | ".join(cell(*one) for one in found) + " |", flush=True)
    unknown = missing_hashes(uv, lock)
    known = (
        f"every file of the {len(hashes_of(lock.read_text(encoding='utf-8')))} pins has its hash in the lock"
    )
    print(f"\n{'not in the lock, run make lock: ' + ', '.join(unknown) if unknown else known}")
    return int(broken or bool(unknown))


if __name__ == "__main__":
    sys.exit(main())
