"""Acts of synthetic faces: what moves, when, and that a clip's file keeps them."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from recordings import POSITIONS

from twitchcam.errors import InputRefused
from twitchcam.regions import INDEX
from twitchcam.synth.acting import Acting, bites
from twitchcam.synth.acts import Acts, Chewing, Gesture, Turn, Yawn
from twitchcam.synth.clip_file import clip_from_dict, clip_to_dict
from twitchcam.synth.command import PRESETS, preset_clip
from twitchcam.synth.skin import bump_at
from twitchcam.synth.spec import Blink, Clip, Smile
from twitchcam.synth.timing import blink_closure, smile_level

ALL = Acts(
    chewing=(Chewing(1, 4), Chewing(5, 7, lips="open", seed=2)),
    yawns=(Yawn(8, 12),),
    gestures=(Gesture("pucker", 13, 14), Gesture("press", 15, 16), Gesture("brows", 17, 18)),
    turns=(Turn(19, 21, -20.0),),
)


def moved(acting: Acting, region: str, t_s: float) -> np.ndarray:
    at = POSITIONS[INDEX[region]]
    dx, dy = bump_at(tuple(acting.bumps(t_s)), at[:1], at[1:])
    return np.array([dx[0], dy[0]])


def test_bites_have_their_rate_and_size() -> None:
    cycles = bites(Chewing(0, 40, 8.0, 1.6))
    assert len(cycles) / 40 == pytest.approx(1.6, rel=0.08)
    assert np.mean([b.opening_mm for b in cycles]) == pytest.approx(8.0, rel=0.15)
    assert {b.side for b in cycles} == {-1.0, 1.0}


def test_each_act_moves_what_it_should_and_ends() -> None:
    acting = Acting(ALL, POSITIONS)
    t = np.arange(0, 22, 0.02)
    chin = np.array([moved(acting, "chin_mid", x)[1] for x in t])
    assert chin[(t > 1) & (t < 4)].min() < -4
    opening = np.array([acting.opening_mm(x) for x in t])
    assert opening[(t > 1) & (t < 4)].max() == 0
    assert opening[(t > 5) & (t < 7)].max() > 4
    assert opening[(t > 8) & (t < 12)].max() == pytest.approx(22.0)
    assert moved(acting, "commissure_left", 13.5)[0] < -3
    assert moved(acting, "commissure_right", 13.5)[0] > 3
    assert moved(acting, "upper_lip_mid", 15.5)[1] < 0 < moved(acting, "lower_lip_mid", 15.5)[1]
    assert moved(acting, "brow_left", 17.5)[1] > 3
    assert acting.turn_deg(20.0) == pytest.approx([-20.0, 0, 0])
    assert acting.bumps(0.5) == []
    assert acting.bumps(21.5) == []
    assert acting.turn_deg(21.5) == pytest.approx([0, 0, 0])


def test_a_smile_may_be_weak_on_one_side() -> None:
    smile = (Smile(1, 3, 8.0, right=0.25),)
    t = np.array([2.0])
    assert smile_level(smile, t, "left")[0] == pytest.approx(8.0)
    assert smile_level(smile, t, "right")[0] == pytest.approx(2.0)


def test_eyes_may_stay_closed() -> None:
    blink = Blink(1.0, held_s=2.0)
    t = np.array([0.9, 1.2, 2.9, 3.5])
    assert blink_closure((blink,), "left", t) == pytest.approx([0, 1, 1, 0], abs=0.01)
    assert blink.stop_s == pytest.approx(3.25)


def test_a_clips_file_keeps_the_acts() -> None:
    clip = Clip(duration_s=22, acts=ALL, smiles=(Smile(1, 3, left=0.5),), blinks=(Blink(2, held_s=1.0),))
    assert clip_from_dict(json.loads(json.dumps(clip_to_dict(clip)))) == clip
    assert replace(clip, acts=Acts()).acts.largest_turn_deg == 0
    assert ALL.largest_turn_deg == 20


@pytest.mark.parametrize("name", PRESETS)
def test_presets_fit_their_length(name: str) -> None:
    for seconds in (6.0, 20.0):
        clip = preset_clip(name, duration_s=seconds)
        stops = [a.stop_s for a in (*clip.speech, *clip.smiles, *clip.acts.chewing, *clip.acts.yawns)]
        assert all(stop <= seconds for stop in stops)


@pytest.mark.parametrize(
    "make",
    [
        lambda: Chewing(1, 1.2),
        lambda: Chewing(1, 4, hz=9),
        lambda: Yawn(1, 2),
        lambda: Yawn(1, 5, 40.0),
        lambda: Gesture("wink", 1, 2),
        lambda: Turn(1, 1.5),
        lambda: Turn(1, 4, 80.0),
        lambda: Smile(1, 3, left=1.5),
        lambda: Blink(1, held_s=-1),
    ],
)
def test_impossible_acts_are_refused(make) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(InputRefused):
        make()
