"""Shared by all tests: seeded hypothesis, no network, the sample clips and the browser."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

# As the program does before it imports NumPy: sums come out the same here and in its own processes.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import hypothesis
import numpy as np
import pytest
from numpy.typing import NDArray

if TYPE_CHECKING:
    from twitchcam.session import Result

ROOT = Path(__file__).resolve().parents[1]
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")

hypothesis.settings.register_profile(
    "twitchcam", derandomize=True, deadline=None, max_examples=40, database=None
)
hypothesis.settings.load_profile("twitchcam")


@pytest.fixture(autouse=True, scope="session")
def _no_network() -> Any:
    """Let connections reach this machine only: nothing in twitchcam may talk to another."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        if self.family != socket.AF_UNIX and address[0] not in ("127.0.0.1", "::1", "localhost"):
            raise AssertionError(f"a test tried to reach {address}; tests and twitchcam stay on this machine")
        connect(self, address)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", guarded)
        yield


@pytest.fixture(autouse=True, scope="session")
def _no_history_of_the_user(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Keep the tests, and the programs that they start, away from the user's own history."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TWITCHCAM_DATA_DIR", str(tmp_path_factory.mktemp("history")))
        yield


@pytest.fixture(scope="session")
def samples() -> Path:
    """Return the folder of the bundled sample clips."""
    return ROOT / "sample_videos"


@pytest.fixture(scope="session")
def measured(samples: Path, tmp_path_factory: pytest.TempPathFactory) -> Result:
    """Return what the sample with a twitch at the left gave, written to its folder, with the overlay.

    Measuring takes seconds: every test that wants a real clip's files shares this one.
    """
    from twitchcam.session import Options, analyse_clip

    out = tmp_path_factory.mktemp("measured")
    return analyse_clip(samples / "left-twitch.mp4", out, Options(overlay=True))


@pytest.fixture(scope="session")
def short_clip(samples: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the first two seconds of a sample clip."""
    from media import remux

    target = tmp_path_factory.mktemp("short") / "short.mp4"
    return remux(samples / "left-twitch.mp4", target, lambda k, pts, dts: (pts, dts) if k < 60 else None)


def _driver_starts() -> bool:
    """Tell whether playwright's own node runs; on a bare Debian it lacks libatomic."""
    import playwright

    node = Path(playwright.__file__).parent / "driver" / ("node.exe" if os.name == "nt" else "node")
    return subprocess.run([node, "--version"], capture_output=True, check=False).returncode == 0


@pytest.fixture(scope="session")
def chromium() -> str:
    """Return the browser's path; where browser tests cannot run, skip, or fail where CI=true."""
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if found and _driver_starts():
        return found
    message = "browser tests need: apt install chromium libatomic1"
    if os.environ.get("CI", "").lower() in ("1", "true"):
        pytest.fail(message)
    pytest.skip(message)


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Any]:
    """Yield a running browser, one for the tests of a file."""
    from playwright.sync_api import sync_playwright

    flags = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
    with sync_playwright() as driver:
        running = driver.chromium.launch(executable_path=chromium, args=flags)
        yield running
        running.close()


@pytest.fixture(scope="session")
def face_points() -> NDArray[np.float64]:
    """(478, 3) landmarks of the astronaut portrait, pixels."""
    from twitchcam.synth import astronaut

    return np.asarray(astronaut().points_px, dtype=float)
