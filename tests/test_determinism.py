"""The same clip gives the same numbers: in every run, folder, locale and name, with any number of threads."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from media import remux
from recordings import StillFace
from twins import differences

from twitchcam import __version__
from twitchcam.analysis import analyse
from twitchcam.edges.outputs import summary_to_dict
from twitchcam.schema import load_schema
from twitchcam.session import Result
from twitchcam.settings import AnalysisSettings
from twitchcam.triage.answers import Answers
from twitchcam.triage.patterns import conclude
from twitchcam.triage.rules import load_rules

FRAMES, TIMES_S, SIZES = 0.01, 0.02, 0.03
"""Between numbers of threads of the linear algebra, which the program sets to one: sums of 32-bit numbers are
added in another order, and the registration's steps end elsewhere. Measured: a frame's displacement is off by
0.7 um (median) and 16 um at most, as much as its noise; sums over a clip by 0.3 %."""


@pytest.fixture(scope="module")
def clip(samples: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("determined") / "clip.mp4"
    return remux(samples / "left-twitch.mp4", target, lambda k, pts, dts: (pts, dts) if k < 75 else None)


def run(clip: Path, folder: Path, way: str = "threaded", **environment: str) -> dict[str, Any]:
    """Measure a clip in a process of its own."""
    here = Path(__file__).resolve().parent
    path = os.pathsep.join([str(here.parent), str(here)])
    done = subprocess.run(
        [sys.executable, str(here / "determined.py"), str(clip), way],
        env={**os.environ, "PYTHONPATH": path, "OPENBLAS_NUM_THREADS": "1", **environment},
        cwd=folder,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


@pytest.fixture(scope="module")
def first(clip: Path) -> dict[str, Any]:
    few = {"OMP_NUM_THREADS": "1", "TWITCHCAM_THREADS": "1", "TEST_CV_THREADS": "1"}
    return run(clip, clip.parent, PYTHONHASHSEED="1", LC_ALL="C", **few)


def test_another_run_elsewhere_gives_the_same_bits(clip: Path, first: dict[str, Any], tmp_path: Path) -> None:
    """Another hash seed, folder, locale, zone and name; other threads of the decoder, none of our own."""
    copy = tmp_path / "Zoë's clip – 2.mp4"
    shutil.copy(clip, copy)
    more = {"TWITCHCAM_THREADS": "4", "TEST_CV_THREADS": "3", "LANGUAGE": "de", "TZ": "Asia/Tokyo"}
    second = run(copy, tmp_path, "plain", PYTHONHASHSEED="77", LC_ALL="C.UTF-8", **more)
    assert second["arrays"] == first["arrays"]
    assert second["events"] == first["events"]
    assert second["summary"] == first["summary"]


def test_more_threads_of_the_linear_algebra_stay_within_the_noise(clip: Path, first: dict[str, Any]) -> None:
    many = {"OPENBLAS_NUM_THREADS": "2", "OMP_NUM_THREADS": "2", "TWITCHCAM_THREADS": "2"}
    third = run(clip, clip.parent, PYTHONHASHSEED="2", **many)
    assert not list(differences(first["sums"], third["sums"], FRAMES))
    assert len(first["events"]) == len(third["events"])
    for one, other in zip(first["events"], third["events"], strict=True):
        assert one[:3] == pytest.approx(other[:3], abs=TIMES_S)
        assert one[3] == pytest.approx(other[3], rel=SIZES, abs=0.005)
    for part in ("source", "tracker", "made_by", "triage"):
        assert first["summary"][part] == third["summary"][part]
    assert first["summary"]["quality"]["verdict"] == third["summary"]["quality"]["verdict"]


def test_a_recording_in_another_memory_order_gives_the_same_bits() -> None:
    face = StillFace(duration_s=12, seed=3)
    face.train(3, 6, 5.0, "commissure_left", 0.7)
    recording = face.recording()
    other = replace(
        recording,
        motion_mm=np.asfortranarray(recording.motion_mm),
        mesh_mm=recording.mesh_mm[::1].copy(order="F"),
        region_match=np.repeat(recording.region_match, 2, axis=0)[::2],
    )
    one, two = (summary_to_dict(conclude(analyse(r), Answers())) for r in (recording, other))
    assert one == two


def test_every_result_says_what_made_it(measured: Result) -> None:
    document = summary_to_dict(measured.summary)
    made_by = document["made_by"]
    assert made_by["version"] == __version__
    assert {"python", "numpy", "scipy", "opencv", "av", "mediapipe"} <= set(made_by["libraries"])
    assert set(made_by["settings"]) == set(AnalysisSettings.__dataclass_fields__)
    assert made_by["front"]["measured_by"] == "registration"
    assert document["triage"]["rules_version"] == load_rules().version
    assert len(document["tracker"]["model_sha256"]) == 64
    assert len(document["source"]["sha256"]) == 64
    assert "made_by" in load_schema()["required"]


def test_changed_settings_are_told() -> None:
    recording = StillFace(duration_s=6).recording()
    settings = AnalysisSettings(min_snr=3.0)
    document = summary_to_dict(conclude(analyse(recording, settings), Answers()))
    assert document["made_by"]["settings"]["min_snr"] == 3.0
