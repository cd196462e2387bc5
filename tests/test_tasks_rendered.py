"""The synthetic performer, and the whole way from a rendered clip to the measure of its tasks."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from guided import COMPACT, by_task, laid

from twitchcam.analysis import analyse
from twitchcam.errors import InputRefused
from twitchcam.regions import INDEX
from twitchcam.session import Options, record
from twitchcam.synth import Camera, Encoding, Gesture, Sway, astronaut, truth, write_clip
from twitchcam.synth.clip_file import clip_from_dict, clip_to_dict
from twitchcam.synth.performer import Person, perform

SEGMENTS = laid(("rest", 4), ("smile", 3.5), ("rest", 4))


def test_a_person_does_what_the_protocol_asks_for() -> None:
    person = Person(weak="left", strength=0.5, brow=0.4, lid=0.6, pull_mm=2.0, narrowing=0.3)
    clip = perform(COMPACT, person)
    true = truth(clip, astronaut(), np.array([s.start_s + 0.75 * (s.end_s - s.start_s) for s in COMPACT]))
    at = {s.task: k for k, s in enumerate(COMPACT)}
    left, right = (true.motion_mm[:, INDEX[f"commissure_{s}"]] for s in ("left", "right"))
    assert np.hypot(*right[at["smile"]]) == pytest.approx(9.0, rel=0.02)
    assert np.hypot(*left[at["smile"]]) == pytest.approx(4.5, rel=0.02)
    assert (left[at["pucker"], 0], right[at["pucker"], 0]) == pytest.approx((-2.5, 5.0), abs=0.1)
    brows = [true.motion_mm[at["brow_raise"], INDEX[f"brow_{s}"], 1] for s in ("left", "right")]
    assert brows == pytest.approx([2.0, 5.0], abs=0.1)
    assert true.closure[at["eyes_gentle"]] == pytest.approx([0.6, 1.0], abs=0.01)
    assert true.closure[at["smile"]] == pytest.approx([0.3, 0.0], abs=0.01)
    assert np.hypot(*left[at["eyes_gentle"]]) == pytest.approx(2.0, rel=0.05)
    assert np.hypot(*right[at["eyes_gentle"]]) < 0.05
    assert true.motion_mm[at["rest"]] == pytest.approx(0.0, abs=0.05)


def test_the_same_person_is_the_same_clip_and_survives_a_file() -> None:
    person = Person(strength=0.2, tremor_mm=0.5, seed=4)
    clip = perform(COMPACT, person)
    assert clip == perform(COMPACT, person)
    assert clip_from_dict(clip_to_dict(clip)) == clip
    assert perform(COMPACT, replace(person, seed=5)).blinks != clip.blinks


def test_impossible_people_are_refused() -> None:
    for wrong in ({"strength": 1.5}, {"lid": -0.1}, {"reaction_s": -1}):
        with pytest.raises(InputRefused):
            Person(**wrong)  # type: ignore[arg-type]
    with pytest.raises(InputRefused):
        Gesture("snarl", 1, 3, left=1.2)
    with pytest.raises(InputRefused, match="too short to be performed"):
        perform(laid(("rest", 2), ("smile", 1)), Person())


@pytest.fixture(scope="module")
def video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    clip = perform(
        SEGMENTS,
        Person(weak="right", strength=0.4, smile_mm=7.0),
        sway=Sway(1.0, 0.5),
        camera=Camera(size=(256, 288), fps=20.0, noise=1.0),
        encoding=Encoding(params="bframes=0", bit_rate_bps=4e6),
        eye_distance_px=60.0,
    )
    path = tmp_path_factory.mktemp("tasks") / "smile.mp4"
    write_clip(path, clip, astronaut())
    return path


def test_a_rendered_smile_has_its_sides(video: Path) -> None:
    measured = analyse(replace(record(video, Options()), segments=SEGMENTS))
    smile = by_task(measured.tasks, "smile")
    assert smile.assessable
    assert smile.excursion_mm.left == pytest.approx(7.0, rel=0.2)
    assert smile.excursion_index == pytest.approx(0.6 / 1.4, abs=0.1)
    assert smile.excursion_index_ci[0] > 0.2
    assert measured.lips.events == 0
