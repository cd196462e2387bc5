"""A clip played as if it came from a camera: real time, and its own time stamps."""

from __future__ import annotations

import threading
import time
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from media import number_of, write_video

from twitchcam.edges.camera import Feed, FeedState, play_clip
from twitchcam.edges.camera.clip_feed import ClipFeed
from twitchcam.edges.camera.slot import are_even
from twitchcam.edges.decode import open_video
from twitchcam.errors import InputRefused
from twitchcam.types import Frame

clock = time.perf_counter


def play(feed: Feed, pause_s: float = 0.0) -> list[tuple[Frame, float]]:
    """Return all frames until the clip ends, each with when it was handed out."""
    found = []
    while True:
        frame = feed.latest(0.5)
        if frame is not None:
            found.append((frame, clock()))
            time.sleep(pause_s)
        elif feed.state is FeedState.ENDED:
            return found


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """1.2 s at 50 a second with a pause of 0.4 s in it."""
    stamps = [20 * k + (400 if k >= 20 else 0) for k in range(40)]
    return write_video(tmp_path_factory.mktemp("camera") / "clip.mp4", stamps, rate=50)


def times_of(path: Path) -> list[float]:
    with open_video(path) as video:
        return [frame.t_s for frame in video]


def test_a_sample_plays_with_the_times_of_its_file(short_clip: Path) -> None:
    expected = times_of(short_clip)
    with play_clip(short_clip, speed=4.0) as feed:
        got = play(feed)
        assert feed.source.file == short_clip.name
        assert feed.source.fps == pytest.approx(30, rel=0.01)
    by_index = {frame.index: frame.t_s for frame, _ in got}
    assert len(by_index) >= 0.9 * len(expected)
    assert all(t_s == expected[index] for index, t_s in by_index.items())


def test_a_clip_takes_its_own_time_with_its_pauses(clip: Path) -> None:
    expected = times_of(clip)
    with play_clip(clip) as feed:
        got = play(feed)
        status = feed.status()
    assert [frame.t_s for frame, _ in got] == [expected[frame.index] for frame, _ in got]
    assert [number_of(frame.picture) for frame, _ in got] == [frame.index for frame, _ in got]
    assert status.counts.handed_out == len(got) > 20
    late_s = np.array([at - frame.t_s for frame, at in got])
    assert np.median(np.abs(late_s - late_s.min())) < 0.02
    assert status.given is None


def test_a_slow_consumer_of_a_clip_keeps_the_stamps_and_loses_evenly(clip: Path) -> None:
    expected = times_of(clip)
    with play_clip(clip) as feed:
        got = play(feed, pause_s=0.05)
        counts = feed.status().counts
    assert [frame.t_s for frame, _ in got] == [expected[frame.index] for frame, _ in got]
    assert counts.dropped + counts.unwatched == len(expected) - len(got) > 10
    skips = np.diff([frame.index for frame, _ in got]) - 1
    assert counts.drops_even is are_even([0, *skips.tolist()])
    assert got[-1][0].index == len(expected) - 1


def test_a_loop_goes_on_in_time_and_number(clip: Path) -> None:
    with play_clip(clip, speed=8.0, loop=True) as feed:
        frames: list[Frame] = []
        while not frames or frames[-1].index < 100:
            frame = feed.latest(1.0)
            assert frame is not None
            frames.append(frame)
        assert feed.state is FeedState.RUNNING
    assert np.all(np.diff([frame.t_s for frame in frames]) > 0)
    rounds, index = divmod(frames[-1].index, 40)
    assert frames[-1].t_s == pytest.approx(rounds * (1.18 + 0.02) + times_of(clip)[index], abs=0.01)


def test_closing_a_clip_is_prompt_and_leaves_no_thread(clip: Path) -> None:
    # slower than anyone may ask for: the next picture is due in half a minute
    feed = ClipFeed(clip, speed=0.001, loop=False, mirrored=False, real_fps=None)
    feed.play()
    assert feed.latest(60.0) is not None
    began = clock()
    feed.close()
    assert clock() - began < 3.0
    assert feed.latest(1.0) is None
    assert not [t.name for t in threading.enumerate() if t.name.startswith("twitchcam-feed")]


def test_slow_motion_plays_in_real_time(tmp_path: Path) -> None:
    path = write_video(tmp_path / "slow.mp4", range(0, 1600, 40), time_base=Fraction(1, 1000))
    with play_clip(path, real_fps=100.0) as feed:
        frames = [frame for frame, _ in play(feed)]
    assert frames[-1].t_s == pytest.approx(0.39, abs=0.02)


def test_a_clip_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputRefused, match="does not exist"):
        play_clip(tmp_path / "none.mp4")
    with pytest.raises(InputRefused, match="speed 0"):
        play_clip(tmp_path / "none.mp4", speed=0)
