"""Cameras of this computer, with a stand-in for cv2.VideoCapture and for the system's list of devices."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import cv2
import numpy as np
import pytest

from twitchcam.edges.camera import CameraSettings, FeedState, list_cameras, names, open_feed
from twitchcam.edges.camera.address import Address, read_address
from twitchcam.edges.camera.backends import DIALECTS
from twitchcam.edges.camera.camera_feed import CameraFeed
from twitchcam.edges.camera.refusal import programs_using, why_no_picture
from twitchcam.edges.camera.slowness import SlownessWatch
from twitchcam.edges.camera.whereabouts import Whereabouts
from twitchcam.errors import InputRefused

pytestmark = pytest.mark.skipif(not os.path.isdir("/sys"), reason="cameras of Linux")

MJPG, YUYV = (cv2.VideoWriter.fourcc(*name) for name in ("MJPG", "YUYV"))
clock = time.perf_counter
PATIENCE_S = 60.0
"""What is waited for comes much sooner, but a machine may be busy."""


class FakeCamera:
    """A V4L2 webcam: 720p at 30 a second as MJPG, at 10 as YUYV, and an exposure that can be set."""

    interval_s: ClassVar[float] = 0.02
    level: ClassVar[int] = 120
    opens: ClassVar[bool] = True
    plugged: ClassVar[bool] = True
    """False: pictures cease."""
    stale_s: ClassVar[float] = 0.0
    """How long a picture has lain in the driver when it is grabbed."""
    largest: ClassVar[tuple[int, int]] = (1280, 720)

    def __init__(self, *_: object) -> None:
        self.props: dict[int, float] = {
            cv2.CAP_PROP_FRAME_WIDTH: 640,
            cv2.CAP_PROP_FRAME_HEIGHT: 480,
            cv2.CAP_PROP_FPS: 30,
            cv2.CAP_PROP_FOURCC: YUYV,
            cv2.CAP_PROP_EXPOSURE: 156,
            cv2.CAP_PROP_AUTO_EXPOSURE: 3,
        }
        self.asked: list[tuple[int, float]] = []
        self._due = clock()

    def isOpened(self) -> bool:  # noqa: N802
        return self.opens

    def getBackendName(self) -> str:  # noqa: N802
        return "V4L2"

    def set(self, what: int, value: float) -> bool:
        self.asked.append((what, value))
        limits = {cv2.CAP_PROP_FRAME_WIDTH: self.largest[0], cv2.CAP_PROP_FRAME_HEIGHT: self.largest[1]}
        self.props[what] = min(value, limits.get(what, value))
        large = self.props[cv2.CAP_PROP_FRAME_WIDTH] > 640 and self.props[cv2.CAP_PROP_FOURCC] == YUYV
        self.props[cv2.CAP_PROP_FPS] = 10 if large else min(30.0, self.props[cv2.CAP_PROP_FPS])
        return True

    def get(self, what: int) -> float:
        if what == cv2.CAP_PROP_POS_MSEC:
            return 1e3 * (clock() - self.stale_s) if self.stale_s else 0.0
        return self.props.get(what, 0.0)

    def grab(self) -> bool:
        if not self.plugged:
            return False
        self._due = max(self._due + self.interval_s, clock() - 0.1)
        time.sleep(max(0.0, self._due - clock()))
        return True

    def retrieve(self) -> tuple[bool, Any]:
        size = int(self.props[cv2.CAP_PROP_FRAME_HEIGHT]), int(self.props[cv2.CAP_PROP_FRAME_WIDTH]), 3
        return True, np.full(size, self.level, np.uint8)

    def release(self) -> None:
        """Nothing to free."""


@pytest.fixture
def webcam(monkeypatch: pytest.MonkeyPatch) -> Iterator[type[FakeCamera]]:
    camera = type("Camera", (FakeCamera,), {})
    monkeypatch.setattr(cv2, "VideoCapture", camera)
    yield camera
    assert not [t.name for t in threading.enumerate() if t.name.startswith("twitchcam")]


def wait_for(condition: Any) -> bool:
    end = clock() + PATIENCE_S
    while not condition() and clock() < end:
        time.sleep(0.01)
    return bool(condition())


def test_a_webcam_is_asked_for_jpeg_when_its_rate_needs_it(webcam: type[FakeCamera]) -> None:
    with open_feed(0) as feed:
        given = feed.status().given
        frame = feed.latest()
    assert given is not None
    assert frame is not None
    assert (given.width, given.height, given.fps, given.pixel_format) == (1280, 720, 30, "MJPG")
    assert given.auto_exposure
    assert (frame.picture.width, frame.picture.height) == (1280, 720)
    assert feed.notes == ()
    small = CameraSettings(640, 480)
    with open_feed("0", small) as feed:
        given = feed.status().given
    assert given is not None
    assert given.pixel_format == "YUYV"


def test_what_is_not_granted_is_said(webcam: type[FakeCamera]) -> None:
    webcam.largest = (640, 480)
    with open_feed(0, CameraSettings(1920, 1080, fps=60, exposure_s=0.01)) as feed:
        status = feed.status()
    assert feed.notes == (
        "The camera gives 640x480 instead of 1920x1080, 30 pictures a second instead of 60.",
    )
    assert status.given is not None
    assert status.given.exposure_s == pytest.approx(0.01)
    assert status.given.auto_exposure is False
    assert feed.source.exposure_s == pytest.approx(0.01)


def test_an_exposure_that_is_not_kept_is_said(
    webcam: type[FakeCamera], monkeypatch: pytest.MonkeyPatch
) -> None:
    keep = webcam.set
    fixed = (cv2.CAP_PROP_EXPOSURE, cv2.CAP_PROP_AUTO_EXPOSURE)
    monkeypatch.setattr(
        webcam, "set", lambda self, what, value: what not in fixed and keep(self, what, value)
    )
    with open_feed(0, CameraSettings(exposure_s=0.005)) as feed:
        pass
    assert feed.notes == ("The camera gives an automatic one instead of an exposure of 5 ms.",)


def test_the_drivers_own_stamp_counts_when_it_is_of_the_same_clock(webcam: type[FakeCamera]) -> None:
    webcam.stale_s = 0.08
    with open_feed(0) as feed:
        frames = [feed.latest() for _ in range(5)]
        assert frames[-1] is not None
        assert feed.now_s() - frames[-1].t_s > 0.07
    webcam.stale_s = 1000.0
    with open_feed(0) as feed:
        frame = feed.latest()
        assert frame is not None
        assert 0.0 <= feed.now_s() - frame.t_s < 0.07


def test_dim_light_is_explained_and_taken_back(
    webcam: type[FakeCamera], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("twitchcam.edges.camera.slowness.LASTING_S", 0.2)
    monkeypatch.setattr("twitchcam.edges.camera.rate.WINDOW_S", 0.5)
    monkeypatch.setattr("twitchcam.edges.camera.camera_feed._LOOK_S", 0.1)
    webcam.interval_s, webcam.level = 1 / 15, 40
    with open_feed(0) as feed:
        assert wait_for(lambda: feed.status().trouble is not None)
        trouble = feed.status().trouble or ""
        assert "light is dim" in trouble
        assert "15 instead of 30" in trouble
        assert trouble in feed.notes
        webcam.interval_s, webcam.level = 1 / 30, 120
        assert wait_for(lambda: feed.status().trouble is None)


def watch_for(seconds: float, fps: float, **state: Any) -> str | None:
    watch, said = SlownessWatch(), None
    for k in range(int(2 * seconds)):
        said = watch.look(k / 2, fps, **state)
    return said


def test_slowness_is_told_from_its_cause() -> None:
    dim = watch_for(4, 15.0, promised_fps=30.0, brightness=0.2)
    assert dim is not None
    assert "dim" in dim
    # Automatic exposure can keep the picture bright; then the shutter time tells.
    filled = watch_for(4, 15.0, promised_fps=30.0, brightness=0.45, exposure_s=0.066)
    assert filled == watch_for(4, 15.0, promised_fps=30.0, brightness=0.3)
    bright = watch_for(4, 15.0, promised_fps=30.0, brightness=0.5, exposure_s=0.01)
    assert bright is not None
    assert "bright enough" in bright
    assert watch_for(1.5, 15.0, promised_fps=30.0, brightness=0.2) is None
    assert watch_for(9, 29.5, promised_fps=30.0, brightness=0.2) is None
    assert watch_for(9, 15.0, promised_fps=None, brightness=0.2) is None


def test_without_a_promise_the_best_rate_counts() -> None:
    watch = SlownessWatch()
    for k in range(20):
        said = watch.look(k / 2, 30.0 if k < 10 else 15.0, promised_fps=None, brightness=0.2)
    assert said is not None
    assert "15 instead of 30" in said


def test_a_camera_unplugged_and_plugged_in_again(
    webcam: type[FakeCamera], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # a device that is gone is known at once, without the patience for one that only stammers
    monkeypatch.setattr("twitchcam.edges.camera.camera_feed._PATIENCE_S", 10 * PATIENCE_S)
    device = tmp_path / "video0"
    device.touch()
    with CameraFeed(Address("camera 0", number=0, device=device), CameraSettings()) as feed:
        feed.wait_for_first()
        before = feed.latest()
        webcam.plugged = webcam.opens = False
        device.unlink()
        assert wait_for(lambda: feed.state is FeedState.LOST)
        assert "plug it in again" in (feed.status().trouble or "")
        time.sleep(0.3)
        device.touch()
        webcam.plugged = webcam.opens = True
        assert wait_for(lambda: feed.state is FeedState.RUNNING)
        assert wait_for(lambda: (feed.latest() or before).t_s > before.t_s + 0.3)
        assert any("came back" in note for note in feed.notes)


def make_devices(root: Path, *cameras: tuple[int, str, str]) -> dict[str, Path]:
    """Lay out (number, name, index) as the kernel does."""
    places = {"sysfs": root / "sys", "devices": root / "dev"}
    for place in places.values():
        place.mkdir(exist_ok=True)
    for number, name, index in cameras:
        entry = places["sysfs"] / f"video{number}"
        entry.mkdir()
        (entry / "name").write_text(name + "\n")
        (entry / "index").write_text(index + "\n")
        (places["devices"] / f"video{number}").touch()
    return places


def unplug(places: dict[str, Path], number: int) -> None:
    (places["devices"] / f"video{number}").unlink()
    for file in (places["sysfs"] / f"video{number}").iterdir():
        file.unlink()
    (places["sysfs"] / f"video{number}").rmdir()


def test_cameras_are_listed_by_name_without_their_metadata(tmp_path: Path) -> None:
    places = make_devices(tmp_path, (10, "Desk", "0"), (0, "Laptop", "0"), (1, "Laptop", "1"))
    found = [(camera.number, camera.name) for camera in list_cameras(**places)]
    assert found == [(0, "Laptop"), (10, "Desk")]
    assert list_cameras(sysfs=tmp_path / "none", devices=tmp_path) == []


def test_elsewhere_numbers_are_tried(webcam: type[FakeCamera], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(names, "SYSTEM", "win32")
    opened: list[object] = []

    def start(self: FakeCamera, target: object, backend: int) -> None:
        opened.append(target)

    monkeypatch.setattr(webcam, "__init__", start)
    monkeypatch.setattr(webcam, "isOpened", lambda _: opened[-1] in (0, 2))
    assert [(c.number, c.name) for c in list_cameras()] == [(0, "camera 0"), (2, "camera 2")]
    assert opened == [0, 1, 2, 3]


def test_a_camera_is_followed_to_another_number(tmp_path: Path) -> None:
    places = make_devices(tmp_path, (0, "C920", "0"), (2, "C920", "0"), (3, "Laptop", "0"))
    where = Whereabouts(Address("camera 0", number=0, device=places["devices"] / "video0"), **places)
    assert where.camera is not None
    assert where.now().number == 0
    unplug(places, 0)
    assert where.now().number == 0  # its twin is another camera
    make_devices(tmp_path, (5, "C920", "0"))
    assert where.now().number == 5
    assert where.now().device == places["devices"] / "video5"


def test_refusals_say_what_and_what_to_do(tmp_path: Path) -> None:
    places = make_devices(tmp_path, (0, "Laptop", "0"), (1, "Laptop", "1"))

    def why(number: int) -> str:
        device = places["devices"] / f"video{number}"
        return why_no_picture(Address(f"camera {number}", number=number, device=device), **places)

    assert "video7 does not exist; choose one of: 0 (Laptop)" in why(7)
    assert "second device" in why(1)
    assert "choose one of: 0 (Laptop)" in why(1)
    assert "probably another program uses it" in why(0)
    unplug(places, 0)
    unplug(places, 1)
    assert "no camera was found on this computer" in why(0)


def test_no_permission_is_told_from_in_use(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    places = make_devices(tmp_path, (0, "Laptop", "0"))
    monkeypatch.setattr(os, "access", lambda *_: False)
    told = why_no_picture(Address("camera 0", device=places["devices"] / "video0"), **places)
    assert "may not be used by you" in told
    assert "usermod" in told


def test_the_program_that_uses_a_camera_is_named(tmp_path: Path) -> None:
    device = tmp_path / "video0"
    device.touch()
    for number, target in ((11, device), (12, tmp_path)):
        handles = tmp_path / "proc" / str(number) / "fd"
        handles.mkdir(parents=True)
        (handles.parent / "comm").write_text("meetings\n")
        (handles / "3").symlink_to(target)
    assert programs_using(device, processes=tmp_path / "proc") == ["meetings (process 11)"]


def test_a_missing_camera_is_refused_in_one_silent_line(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(InputRefused, match="/dev/video63 does not exist"):
        open_feed(63)
    assert capfd.readouterr() == ("", "")


def test_a_camera_that_gives_no_picture_is_refused(
    webcam: type[FakeCamera], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("twitchcam.edges.camera.camera_feed._FIRST_PICTURE_S", 0.2)
    webcam.plugged = False
    with pytest.raises(InputRefused, match="camera 63"):
        open_feed(63)


def test_an_error_in_the_cameras_thread_is_not_lost(
    webcam: type[FakeCamera], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any) -> Any:
        raise RuntimeError("driver")

    monkeypatch.setattr(webcam, "retrieve", broken)
    with pytest.raises(RuntimeError, match="driver"):
        open_feed(0)


@pytest.mark.parametrize("backend", list(DIALECTS))
def test_exposure_goes_there_and_back(backend: int) -> None:
    dialect = DIALECTS[backend]
    for seconds in (1 / 500, 1 / 64, 1 / 8):
        back = dialect.seconds(dialect.value(seconds))
        assert back == pytest.approx(seconds, rel=0.4 if dialect.log2 else 0.02)
    assert dialect.seconds(0.0) is None


@pytest.mark.parametrize(("wrong", "what"), [({"width": 0}, "pixels"), ({"fps": 0}, "rate")])
def test_impossible_wishes_are_refused(wrong: dict[str, Any], what: str) -> None:
    with pytest.raises(InputRefused, match=what):
        CameraSettings(**wrong)
    with pytest.raises(InputRefused, match="seconds"):
        CameraSettings(exposure_s=20.0)


def test_devices_are_addresses() -> None:
    assert read_address("/dev/video3").device == Path("/dev/video3")
    assert read_address(2).device == Path("/dev/video2")
