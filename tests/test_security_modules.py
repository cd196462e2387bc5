"""A folder of clips from elsewhere may hold Python files named like our modules: none is ever run."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PATIENCE_S = 600.0
NAMES = (
    "pickle", "queue", "json", "numpy", "cv2", "scipy", "av", "multiprocessing", "twitchcam", "typing",
    "sitecustomize", "usercustomize", "rich", "typer", "duckdb", "selectors", "importlib", "mediapipe",
)  # fmt: skip
SCRIPT = """
import sys
from twitchcam.__main__ import main
main()
"""
IN_A_POOL = """
import sys
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
import twitchcam.cli as cli
import os
if __name__ == "__main__":
    sys.argv = ["twitchcam", "--version"]
    try:
        cli.app_main()
    except SystemExit:
        pass
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        assert pool.submit(os.getpid).result() != os.getpid()
"""


@pytest.fixture
def hostile(tmp_path: Path) -> Path:
    """A folder with a module of every name, each of which would tell that it was run."""
    folder = tmp_path / "clips"
    folder.mkdir()
    for name in NAMES:
        told = f"open({str(tmp_path / 'ran')!r}, 'a').write({name!r} + chr(10))\nraise SystemExit(77)\n"
        (folder / f"{name}.py").write_text(told, encoding="utf-8")
    return folder


def run_in(folder: Path, script: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a script that lies elsewhere, as an installed command does."""
    place = folder.parent / "bin"
    place.mkdir()
    (place / "twitchcam-run").write_text(script, encoding="utf-8")
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONSAFEPATH"}
    return subprocess.run(
        [sys.executable, str(place / "twitchcam-run"), *arguments], cwd=folder, env=environment,
        capture_output=True, text=True, timeout=PATIENCE_S, check=False,
    )  # fmt: skip


@pytest.mark.parametrize("command", ["batch", "analyze"])
def test_no_module_of_the_folder_is_run(command: str, hostile: Path, short_clip: Path) -> None:
    shutil.copyfile(short_clip, hostile / "clip.mp4")
    more = ["--workers", "1"] if command == "batch" else []
    done = run_in(hostile, SCRIPT, command, "clip.mp4", "--out", "out", *more)
    assert not (hostile.parent / "ran").exists(), (hostile.parent / "ran").read_text(encoding="utf-8")
    assert done.returncode == 0, done.stderr


def test_no_process_of_ours_is_started_by_a_module_s_name() -> None:
    """`python -m` looks in the working folder first."""
    sources = (Path(__file__).resolve().parents[1] / "twitchcam").rglob("*.py")
    assert not [path for path in sources if '"-m"' in path.read_text(encoding="utf-8")]


@pytest.mark.skipif(sys.version_info < (3, 11), reason="Python 3.10 has no way to forbid it")
def test_nor_by_a_process_of_a_pool(hostile: Path) -> None:
    done = run_in(hostile, IN_A_POOL)
    assert not (hostile.parent / "ran").exists(), (hostile.parent / "ran").read_text(encoding="utf-8")
    assert done.returncode == 0, done.stderr
