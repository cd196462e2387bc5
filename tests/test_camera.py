"""Feeds from a network camera: the real OpenCV and FFmpeg code against a server on this machine."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator

import cv2
import numpy as np
import pytest
from media import number_of
from mjpeg_server import MjpegServer, clock, encode, moving_picture

from twitchcam.edges.camera import CameraSettings, Feed, FeedState, open_feed
from twitchcam.edges.camera.address import read_address, without_password
from twitchcam.edges.camera.picture import fit, from_bgr, from_jpeg
from twitchcam.edges.camera.rate import RateMeter
from twitchcam.edges.camera.slot import Slot, are_even
from twitchcam.errors import InputRefused
from twitchcam.types import Frame

PATIENCE_S = 60.0
"""What is waited for comes much sooner, but a machine may be busy."""
PROMPT_S = 3.0
"""Less than any wait that closing must not sit out."""


@pytest.fixture
def server() -> Iterator[MjpegServer]:
    with MjpegServer() as camera:
        yield camera


@pytest.fixture(autouse=True)
def _no_thread_is_left() -> Iterator[None]:
    yield
    assert not [t.name for t in threading.enumerate() if t.name.startswith("twitchcam")]


def collect(feed: Feed, seconds: float, pause_s: float = 0.0) -> list[tuple[Frame, float]]:
    """Return the frames that come within `seconds`, each with when it was handed out."""
    found, end = [], clock() + seconds
    while clock() < end:
        frame = feed.latest(0.1)
        if frame is not None:
            found.append((frame, clock()))
            time.sleep(pause_s)
    return found


def wait_for(condition: Callable[[], bool]) -> bool:
    end = clock() + PATIENCE_S
    while not condition() and clock() < end:
        time.sleep(0.01)
    return condition()


def test_every_picture_arrives_with_the_time_it_was_sent(server: MjpegServer) -> None:
    with open_feed(server.url) as feed:
        got = collect(feed, 1.0)
        status = feed.status()
    frames = [frame for frame, _ in got]
    sent = dict(server.sent)
    numbers = [number_of(frame.picture) for frame in frames]
    assert np.all(np.diff(numbers) == np.diff([frame.index for frame in frames]))
    t_s = np.array([frame.t_s for frame in frames])
    late_s = t_s - np.array([sent[number] for number in numbers])
    assert t_s[0] == 0.0
    assert np.all(np.diff(t_s) > 0)
    assert np.median(np.abs(late_s - np.median(late_s))) < 0.003
    assert status.state is FeedState.RUNNING
    assert status.fps == pytest.approx(server.fps, rel=0.05)
    assert status.counts.handed_out == len(frames) > 20
    assert feed.source.width == 160
    assert feed.notes == ()


def test_a_slow_consumer_gets_the_newest_picture_and_even_drops(server: MjpegServer) -> None:
    with open_feed(server.url) as feed:
        got = collect(feed, 1.2, pause_s=0.06)
        counts = feed.status().counts
        ages = [at - frame.t_s for frame, at in got]
    indices = [frame.index for frame, _ in got]
    numbers = [number_of(frame.picture) for frame, _ in got]
    assert np.array_equal(np.diff(indices), np.diff(numbers))
    assert counts.handed_out == len(got)
    assert counts.unwatched == indices[0]
    waiting = counts.grabbed - counts.unwatched - counts.handed_out - counts.dropped
    assert waiting in (0, 1)
    assert counts.dropped >= indices[-1] - indices[0] + 1 - len(got)
    assert counts.dropped > counts.handed_out
    skips = [0, *(np.diff(indices) - 1).tolist()]
    assert counts.drops_even is are_even(skips)
    assert counts.longest_drop in (max(skips), counts.grabbed - indices[-1] - 2)
    # The newest one lies there for less than an interval: no backlog grows.
    assert abs(np.median(ages[-8:]) - np.median(ages[:8])) < 0.03


def test_a_cut_stream_comes_back_with_a_gap(server: MjpegServer) -> None:
    with open_feed(server.url) as feed:
        before = collect(feed, 0.3)
        server.cut()
        assert wait_for(lambda: feed.state is FeedState.LOST)
        lost = feed.status()
        assert lost.trouble is not None
        assert "looked for" in lost.trouble
        assert lost.fps is None
        collect(feed, 0.1)
        assert feed.latest(0.05) is None
        time.sleep(0.3)
        server.start()
        assert wait_for(lambda: feed.state is FeedState.RUNNING)
        after = collect(feed, 0.3)
        assert feed.status().trouble is None
        notes = feed.notes
    t_s = np.array([frame.t_s for frame, _ in before + after])
    assert np.all(np.diff(t_s) > 0)
    assert np.max(np.diff(t_s)) > 0.35
    assert [frame.index for frame, _ in after] == sorted(frame.index for frame, _ in after)
    assert after[0][0].index > before[-1][0].index
    assert any("stopped sending pictures" in note for note in notes)
    assert any("came back" in note for note in notes)


def test_a_stalled_stream_is_lost_and_found(server: MjpegServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("twitchcam.edges.camera.capture.READ_S", 0.4)
    with open_feed(server.url) as feed:
        collect(feed, 0.2)
        server.stalled.set()
        assert wait_for(lambda: feed.state is FeedState.LOST)
        server.stalled.clear()
        assert wait_for(lambda: feed.state is FeedState.RUNNING)


def test_a_server_gone_for_good_is_given_up_when_asked(server: MjpegServer) -> None:
    with open_feed(server.url, CameraSettings(give_up_s=0.3)) as feed:
        server.cut()
        assert wait_for(lambda: feed.state is FeedState.ENDED)
        collect(feed, 0.05)
        began = clock()
        assert feed.latest(PATIENCE_S) is None
        assert clock() - began < PROMPT_S
        assert "given up" in feed.notes[-1]


def test_closing_is_prompt(server: MjpegServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("twitchcam.edges.camera.capture.READ_S", 0.4)
    feed = open_feed(server.url)
    waiting = threading.Timer(0.1, feed.close)
    collect(feed, 0.05)
    server.stalled.set()
    time.sleep(0.05)
    waiting.start()
    began = clock()
    assert feed.latest(PATIENCE_S) is None
    assert clock() - began < PROMPT_S
    waiting.join()
    assert feed.state is FeedState.ENDED
    server.stalled.clear()
    running = open_feed(server.url)
    began = clock()
    running.close()
    running.close()
    assert clock() - began < PROMPT_S
    server.cut()


def test_closing_while_it_is_looked_for_is_prompt(
    server: MjpegServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("twitchcam.edges.camera.camera_feed._BACK_OFF_S", (PATIENCE_S,))
    feed = open_feed(server.url)
    server.cut()
    assert wait_for(lambda: feed.state is FeedState.LOST)
    began = clock()
    feed.close()
    assert clock() - began < PROMPT_S


def test_another_size_is_fitted_into_the_first(server: MjpegServer) -> None:
    with open_feed(server.url) as feed:
        collect(feed, 0.1)
        server.resize((320, 160))
        after = [frame for frame, _ in collect(feed, 0.4)]
        notes = feed.notes
    picture = after[-1].picture
    assert (picture.width, picture.height) == (160, 120)
    assert picture.rgb().shape == (120, 160, 3)
    assert picture.luma[:15].max() < 10  # black above and below
    assert any("320x160" in note and "160x120" in note for note in notes)


def test_damaged_pictures_are_left_out(server: MjpegServer) -> None:
    server.damage_every = 5
    with open_feed(server.url) as feed:
        frames = [frame for frame, _ in collect(feed, 0.6)]
        status = feed.status()
    assert 3 <= status.damaged <= 12
    numbers = [number_of(frame.picture) for frame in frames]
    index = np.array([frame.index for frame in frames])
    # Every fifth number is missing, whatever else a busy machine dropped.
    assert np.all(np.diff(numbers) - np.diff(index) >= np.diff(index) // 5)
    assert len(numbers) > 10


def test_pictures_from_a_buffer_are_left_out(server: MjpegServer) -> None:
    server.burst = 20
    with open_feed(server.url) as feed:
        frames = [frame for frame, _ in collect(feed, 0.4)]
    numbers = [number_of(frame.picture) for frame in frames]
    assert numbers[0] >= 20
    sent = dict(server.sent)
    late_s = np.array([f.t_s - sent[n] for f, n in zip(frames, numbers, strict=True)])
    assert np.median(np.abs(late_s - np.median(late_s))) < 0.003


@pytest.mark.parametrize(
    ("path", "what"),
    [
        ("/page", "web page"),
        ("/still", "single picture"),
        ("/nowhere", "no such page"),
        ("/locked", "name and password"),
    ],
)
def test_a_wrong_address_is_refused_in_one_line(server: MjpegServer, path: str, what: str) -> None:
    address = server.url.replace("/video", path).replace("//", "//me:secret@")
    with pytest.raises(InputRefused, match=what) as refused:
        open_feed(address)
    assert "secret" not in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("scheme", ["http", "rtsp"])
def test_a_server_that_is_not_there_is_refused_in_silence(
    server: MjpegServer, scheme: str, capfd: pytest.CaptureFixture[str]
) -> None:
    server.cut()
    with pytest.raises(InputRefused, match="nothing answers there"):
        open_feed(server.url.replace("http", scheme))
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("source", "what"),
    [
        ("-1", "numbered from 0"),
        ("webcam", "give a number"),
        ("ftp://host/x", "not an address"),
        ("http://", "not an address"),
        ("http://host:port/", "not an address"),
        (__file__, "--source"),
    ],
)
def test_what_is_no_camera_is_refused(source: str, what: str) -> None:
    with pytest.raises(InputRefused, match=what):
        read_address(source)


def test_an_address_is_shown_without_its_secrets() -> None:
    assert without_password("http://me:a@b@host:80/video?key=1&x=2") == "http://host:80/video?..."
    assert read_address("rtsp://me:word@10.0.0.1/live").shown == "camera rtsp://10.0.0.1/live"
    assert read_address("0") == read_address(0)


def test_luma_is_what_was_coded_and_grey_of_the_colours() -> None:
    image = np.random.default_rng(3).integers(0, 256, (8, 12, 3), np.uint8)
    data = np.frombuffer(encode(cv2.resize(image, (96, 64), interpolation=cv2.INTER_CUBIC)), np.uint8)
    coded, decoded = from_jpeg(data), from_bgr(cv2.imdecode(data, cv2.IMREAD_COLOR))
    assert coded is not None
    assert coded.jpeg == data.tobytes()
    assert np.array_equal(coded.luma, cv2.imdecode(data, cv2.IMREAD_GRAYSCALE))
    assert abs(float(coded.luma.mean()) - float(decoded.luma.mean())) < 0.1
    assert np.array_equal(coded.rgb(), decoded.rgb())
    assert np.array_equal(coded.rgb((8, 4, 40, 36)), coded.rgb()[4:36, 8:40])
    assert coded.rgb(size=(24, 16)).shape == (16, 24, 3)
    grey = from_bgr(np.full((4, 6), 90, np.uint8))
    assert np.all(grey.luma == 90)
    assert (grey.black, grey.white) == (0.0, 255.0)


def test_a_mirrored_picture_is_flipped_back() -> None:
    data = np.frombuffer(encode(moving_picture(9, (160, 120))), np.uint8)
    plain, flipped = from_jpeg(data), from_jpeg(data, mirrored=True)
    assert plain is not None
    assert flipped is not None
    assert np.array_equal(plain.luma[:, ::-1], flipped.luma)
    assert np.array_equal(plain.rgb()[:, ::-1], flipped.rgb())
    assert flipped.jpeg is None
    assert np.array_equal(from_bgr(plain.bgr, mirrored=True).rgb(), flipped.rgb())


def test_a_cut_off_jpeg_is_no_picture() -> None:
    data = np.frombuffer(encode(moving_picture(1, (160, 120))), np.uint8)
    assert from_jpeg(data[: data.size // 2]) is None
    assert from_jpeg(np.zeros(100, np.uint8)) is None


def test_fitting_keeps_the_proportions() -> None:
    out = fit(np.full((100, 100, 3), 255, np.uint8), (160, 120))
    assert out.shape == (120, 160, 3)
    assert int((out[60] > 0).all(axis=1).sum()) == 120


@pytest.mark.parametrize(
    ("skips", "even"),
    [
        ([0] * 100, None),
        ([1, 2] * 40, True),
        ([0, 0, 0, 1] * 30, True),
        ([2, 3, 2, 4] * 30, True),
        ([0] * 100 + [10], False),
        ([0, 0, 0, 8] * 20, False),
    ],
)
def test_evenness_of_drops(skips: list[int], even: bool | None) -> None:
    assert are_even(skips) is even


def test_the_slot_counts_what_it_loses() -> None:
    slot, picture = Slot(), from_bgr(np.zeros((2, 2, 3), np.uint8))
    for index in range(10):
        slot.put(Frame(index, index / 10, picture))
        if index % 3 == 2:
            frame = slot.take(0.0)
            assert frame is not None
            assert frame.index == index
    counts = slot.counts()
    assert (counts.grabbed, counts.unwatched, counts.handed_out) == (10, 2, 3)
    assert (counts.dropped, counts.longest_drop) == (4, 2)
    assert counts.drops_even
    slot.finish()
    assert slot.take(1.0) is not None
    assert slot.take(9.0) is None


@pytest.mark.parametrize("fps", [7.5, 29.97, 120.0])
def test_the_rate_is_measured_through_jitter_and_gaps(fps: float) -> None:
    meter, rng = RateMeter(), np.random.default_rng(5)
    t_s = np.arange(int(8 * fps)) / fps
    t_s[t_s > 6] += 1.5
    for t in t_s + rng.uniform(0, 0.3 / fps, t_s.size):
        meter.add(float(t))
    assert meter.fps == pytest.approx(fps, rel=0.02)


def test_lost_pictures_lower_the_rate() -> None:
    meter = RateMeter()
    for k in range(90):
        if k % 3:
            meter.add(k / 30)
    assert meter.fps == pytest.approx(20, rel=0.03)
