"""Synthetic patients: made as described, and told apart from artificial recordings of them.

The whole suite, rendered videos included, is `scripts/patients.py`; its figures stand in
docs/patients.md. The floors here may only rise.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from artificial import measure
from recordings import mirrored

from twitchcam.analysis import analyse
from twitchcam.cli import app_main
from twitchcam.errors import InputRefused
from twitchcam.regions import side_of
from twitchcam.summary import Status
from twitchcam.synth import astronaut
from twitchcam.synth.clip_file import clip_from_dict, clip_to_dict
from twitchcam.synth.command import make_clip
from twitchcam.synth.patients import EXPECTED, KINDS, Patient, patient, smaller
from twitchcam.synth.patients.spasm import ENOUGH, joint_movements
from twitchcam.synth.portrait import Portrait
from twitchcam.triage.answers import Answers, parse_answers
from twitchcam.triage.observed import PATTERN_IDS
from twitchcam.triage.patterns import find_patterns
from twitchcam.types import Recording

SEEN: tuple[Status, ...] = ("flagged", "possible")


@cache
def face() -> Portrait:
    return astronaut()


@cache
def recorded(kind: str, seed: int) -> tuple[Patient, Recording]:
    made = patient(kind, seed)
    return made, measure(smaller(made.clip, (1280, 720)), face(), seed=seed)


def statuses(recording: Recording, answers: Answers) -> dict[str, Status]:
    return {p.id: p.status for p in find_patterns(analyse(recording), answers)}


@cache
def seen(kind: str, seed: int) -> dict[str, Status]:
    made, recording = recorded(kind, seed)
    return statuses(recording, parse_answers(made.answers))


@pytest.mark.parametrize("kind", KINDS)
def test_a_patient_is_the_same_for_the_same_seed_and_another_for_another(kind: str) -> None:
    assert patient(kind, 3) == patient(kind, 3)
    assert patient(kind, 3).clip != patient(kind, 4).clip


@pytest.mark.parametrize("kind", KINDS)
def test_everything_a_patient_does_lies_in_the_clip_and_can_be_kept_in_a_file(kind: str) -> None:
    made = patient(kind, 5, duration_s=40)
    assert clip_from_dict(clip_to_dict(made.clip)) == made.clip
    parse_answers(made.answers)
    assert all(t.start_s < 40 for t in made.clip.twitches)
    assert all(b.stop_s <= 40.5 for b in made.clip.blinks)
    assert EXPECTED.get(kind, "hfs_like") in PATTERN_IDS


@pytest.mark.parametrize("kind", ["hfs", "hfs_atypical", "clonic_run", "synkinesis", "myokymia"])
def test_one_sided_kinds_stay_on_the_side_they_name_and_come_on_both(kind: str) -> None:
    made = [patient(kind, seed) for seed in range(12)]
    for one in made:
        assert {side_of(t.site) for t in one.clip.twitches} == {one.side}
    assert {one.side for one in made} == {"left", "right"}


def test_spasms_keep_to_the_published_rate_and_hold_enough_to_judge() -> None:
    for seed in range(40):
        made = patient("hfs", seed)
        starts = {t.start_s for t in made.clip.twitches}
        assert len(starts) <= 2 * 24.7 * 1.6  # a tonic spasm may carry jerks; the count is a Poisson number
        assert joint_movements(made.clip.twitches) >= ENOUGH


def test_ordinary_blinks_keep_to_the_published_rate() -> None:
    rates = [len(patient("still", seed).clip.blinks) for seed in range(40)]
    assert 8 <= np.mean(rates) <= 21


@pytest.mark.parametrize(("kind", "seconds"), [("nobody", 60.0), ("hfs", 5.0), ("hfs", float("nan"))])
def test_a_patient_that_cannot_be_made_is_refused(kind: str, seconds: float) -> None:
    with pytest.raises(InputRefused, match="patient"):
        patient(kind, 0, duration_s=seconds)


@pytest.mark.parametrize("seed", [200, 201])
def test_hemifacial_spasm_is_seen(seed: int) -> None:
    assert seen("hfs", seed)["hfs_like"] in SEEN


@pytest.mark.parametrize(
    "kind", ["benign", "rest_tremor", "synkinesis", "blepharospasm", "speech", "smile", "still"]
)
def test_others_are_never_flagged_as_hemifacial_spasm(kind: str) -> None:
    assert seen(kind, 200)["hfs_like"] != "flagged"


@pytest.mark.parametrize("kind", ["rest_tremor", "blepharospasm", "benign"])
def test_the_pattern_of_a_kind_is_seen(kind: str) -> None:
    assert seen(kind, 200)[EXPECTED[kind]] in SEEN


@pytest.mark.parametrize("kind", ["speech", "smile", "still"])
def test_nothing_is_flagged_in_everyday_clips(kind: str) -> None:
    assert "flagged" not in [s for name, s in seen(kind, 200).items() if name != "benign_twitch"]


def test_a_patient_is_filmed_and_the_answers_lie_beside(tmp_path: Path) -> None:
    made = make_clip(tmp_path / "p.mp4", patient="hfs", seed=3, duration_s=20.0, fps=2.0, size=(320, 240))
    assert made.frames == 40
    answers = json.loads((tmp_path / "p.answers.json").read_text(encoding="utf-8"))
    assert answers == dict(patient("hfs", 3, duration_s=20.0).answers)


@pytest.mark.parametrize("options", [["hfs", "--hz", "3"], ["hsf"], ["hfs", "--duration", "5"]])
def test_what_a_patient_decides_is_no_option(
    options: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.argv", ["twitchcam", "synth", str(tmp_path / "p.mp4"), "--patient", *options])
    with pytest.raises(SystemExit) as stop:
        app_main()
    assert stop.value.code == 2
    assert not list(tmp_path.iterdir())


def test_a_mirrored_patient_has_the_same_patterns() -> None:
    made, recording = recorded("hfs", 200)
    assert statuses(mirrored(recording), parse_answers(made.answers)) == seen("hfs", 200)
