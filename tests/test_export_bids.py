"""BIDS: the data set against the fields that the specification's schema (1.11.2, motion) requires."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path

import numpy as np
import pytest
from exported import busy, concluded, export, first_frames, without_face

from twitchcam.edges.exports import bids
from twitchcam.errors import InputRefused
from twitchcam.regions import REGIONS
from twitchcam.types import Recording

TYPES = {"ACCEL", "ANGACCEL", "GYRO", "JNTANG", "LATENCY", "MAGN", "MISC", "ORNT", "POS", "VEL"}
COMPONENTS = {"x", "y", "z", "quat_x", "quat_y", "quat_z", "quat_w", "n/a"}
NAME = re.compile(
    r"sub-[0-9a-zA-Z]+(_ses-[0-9a-zA-Z]+)?_task-[0-9a-zA-Z]+"
    r"(_tracksys-[0-9a-zA-Z]+_(motion|channels)|_events)\.(tsv|json)"
)


def table(path: Path) -> list[dict[str, str]]:
    with open(path, encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle, delimiter="\t"))


def one(root: Path, ending: str) -> Path:
    (found,) = root.rglob(f"*{ending}")
    return found


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("bids") / "study"
    export(busy(jitter=0.2), "bids", root)
    return root


def test_what_the_specification_requires_is_there(dataset: Path) -> None:
    about = json.loads((dataset / "dataset_description.json").read_text())
    assert {"Name", "BIDSVersion"} <= about.keys()
    assert (dataset / "README.md").stat().st_size > 150
    assert table(dataset / "participants.tsv") == [{"participant_id": "sub-01"}]
    files = [p for p in dataset.rglob("*") if p.is_file() and p.parent.name == "motion"]
    assert len(files) == 6
    assert all(NAME.fullmatch(p.name) for p in files)
    assert all(p.parent == dataset / "sub-01" / "motion" for p in files)
    assert not any(b'"' in p.read_bytes() for p in files if p.suffix == ".tsv"), "BIDS tables know no quotes"
    motion = json.loads(one(dataset, "_motion.json").read_text())
    assert motion["SamplingFrequency"] > 0
    assert motion["TaskName"] == "guided"
    assert f"task-{motion['TaskName']}_" in one(dataset, "_motion.json").name


def test_channels_have_the_columns_in_order_and_known_values(dataset: Path) -> None:
    rows = table(one(dataset, "_channels.tsv"))
    assert list(rows[0])[:5] == ["name", "component", "type", "tracked_point", "units"]
    assert {row["type"] for row in rows} <= TYPES
    assert {row["component"] for row in rows} <= COMPONENTS
    assert len({row["name"] for row in rows}) == len(rows)
    assert all(value for row in rows for value in row.values())
    about = json.loads(one(dataset, "_motion.json").read_text())
    for kind in ("POS", "ORNT", "LATENCY"):
        assert about[f"{kind}ChannelCount"] == sum(row["type"] == kind for row in rows)
    assert about["MotionChannelCount"] == len(rows)
    frames = json.loads(one(dataset, "_channels.json").read_text())["reference_frame"]["Levels"]
    assert {row["reference_frame"] for row in rows} - {"n/a"} == frames.keys()


@pytest.mark.parametrize(
    "recording", [busy(), busy(jitter=0.2), without_face(busy())], ids=["even", "uneven", "no face"]
)
def test_the_numbers_are_those_of_the_pictures(recording: Recording, tmp_path: Path) -> None:
    export(recording, "bids", tmp_path)
    names = [row["name"] for row in table(one(tmp_path, "_channels.tsv"))]
    values = np.genfromtxt(one(tmp_path, "_motion.tsv"), delimiter="\t", missing_values="n/a")
    assert values.shape == (recording.t_s.size, len(names))
    np.testing.assert_allclose(values[:, 0], recording.t_s - recording.t_s[0], atol=1e-6)
    for i, region in enumerate(REGIONS):
        found = values[:, names.index(f"{region}_x")]
        np.testing.assert_allclose(found, recording.motion_mm[:, i, 0], atol=6e-5)
    assert b"NaN" not in one(tmp_path, "_motion.tsv").read_bytes()


def test_events_count_from_the_first_sample(dataset: Path) -> None:
    rows = table(one(dataset, "_events.tsv"))
    assert list(rows[0])[:2] == ["onset", "duration"]
    onsets = [float(row["onset"]) for row in rows]
    assert onsets == sorted(onsets)
    recording = busy(jitter=0.2)
    movements = [row for row in rows if not row["trial_type"].startswith("task_")]
    events = sorted(concluded(recording).measured.events, key=lambda e: e.onset_s)
    assert len(movements) == len(events)
    for row, event in zip(movements, events, strict=True):
        assert float(row["onset"]) == pytest.approx(event.onset_s - recording.t_s[0], abs=2e-4)
        assert float(row["amplitude_mm"]) == pytest.approx(event.amplitude_mm, abs=1e-4)
    assert [row["trial_type"] for row in rows if row not in movements] == ["task_rest", "task_smile"]
    assert json.loads(one(dataset, "_events.json").read_text()).keys() == set(rows[0])


def test_more_subjects_and_sessions_join_the_data_set(tmp_path: Path) -> None:
    recording = first_frames(busy(), 90)
    export(recording, "bids", tmp_path, subject="01")
    export(recording, "bids", tmp_path, subject="P2", session="1")
    export(recording, "bids", tmp_path, subject="P2", session="2")
    assert [row["participant_id"] for row in table(tmp_path / "participants.tsv")] == ["sub-01", "sub-P2"]
    assert (tmp_path / "sub-P2" / "ses-2" / "motion").is_dir()
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(InputRefused, match=r"sub-01: is there already; give another --subject"):
        export(recording, "bids", tmp_path, subject="01")
    assert sorted(tmp_path.rglob("*")) == before


def test_refusals(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "thesis.txt").write_text("mine")
    (tmp_path / "file").write_text("mine")
    with pytest.raises(InputRefused, match="holds other things"):
        export(busy(), "bids", tmp_path / "full")
    with pytest.raises(InputRefused, match="BIDS needs a folder"):
        export(busy(), "bids", tmp_path / "file")
    with pytest.raises(InputRefused, match="letters and digits only"):
        export(busy(), "bids", tmp_path / "new", subject="a_b")
    with pytest.raises(InputRefused, match="fewer than two frames"):
        export(first_frames(busy(), 1), "bids", tmp_path / "new")
    assert not (tmp_path / "new").exists()

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(bids, "write_table", full)
    with pytest.raises(InputRefused, match="No space left"):
        export(busy(), "bids", tmp_path / "new")
    assert not list((tmp_path / "new").iterdir()), "nothing half written stays"
