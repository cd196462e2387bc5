"""The timeline of a session: windows that overlap give what one look at the whole gives."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from recordings import StillFace

from twitchcam.analysis import analyse
from twitchcam.live.timeline import Timeline
from twitchcam.types import PER_FRAME, Recording


def part(recording: Recording, start_s: float, end_s: float) -> Recording:
    keep = (recording.t_s >= start_s) & (recording.t_s < end_s)
    return replace(recording, **{name: getattr(recording, name)[keep] for name in PER_FRAME})


def face() -> Recording:
    still = StillFace(duration_s=60, seed=5)
    for k, at in enumerate(np.arange(3.0, 58.0, 2.7)):
        still.twitch(float(at), ("commissure_left", "upper_lip_right")[k % 2], 0.8)
    still.speak(24.0, 6.0)
    return still.recording()


def test_windows_add_up_to_the_whole() -> None:
    recording = face()
    whole = analyse(recording)
    timeline = Timeline()
    for end in np.arange(4.0, 61.5, 1.5):
        timeline.update(analyse(part(recording, max(0.0, end - 20.0), end)))
    wanted = [e.peak_s for e in whole.events if not e.gated]
    got = [e.peak_s for e in timeline.events if not e.gated]
    assert len(got) == pytest.approx(len(wanted), abs=1)
    assert sum(min(abs(p - q) for q in got) < 0.05 for p in wanted) >= len(wanted) - 1
    assert timeline.usable_s == pytest.approx(whole.quality.usable_s, abs=2.5)
    assert timeline.end_s == pytest.approx(60.0, abs=0.1)


def test_the_same_window_twice_changes_nothing() -> None:
    window = analyse(part(face(), 0.0, 12.0))
    timeline = Timeline()
    timeline.update(window)
    first = timeline.events, timeline.usable_s, timeline.rate_per_min
    timeline.update(window)
    assert (timeline.events, timeline.usable_s, timeline.rate_per_min) == first


def test_too_little_time_has_no_rate() -> None:
    timeline = Timeline()
    timeline.update(analyse(part(face(), 0.0, 6.0)))
    assert timeline.rate_per_min is None
