"""EDF+: what independent readers (EDFlib, on which EDFbrowser stands, and MNE) find in the file."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import mne
import numpy as np
import pyedflib
import pytest
from exported import busy, concluded, export, first_frames, without_face
from hypothesis import given
from hypothesis import strategies as st

from twitchcam.edges.exports.edf import label_of, range_of, record_of, write_edf
from twitchcam.edges.exports.marks import Mark, marks_of
from twitchcam.edges.exports.uniform import Uniform, make_uniform
from twitchcam.errors import InputRefused
from twitchcam.regions import REGIONS
from twitchcam.types import Recording

RATES = (30.0, 25.0, 30000 / 1001, 24000 / 1001, 59.94005994, 240.0, 1000.0, 7.3, 30.00012, 0.3)


def marks_in(recording: Recording, uniform: Uniform) -> list[Mark]:
    measured = concluded(recording).measured
    return marks_of(measured, recording.segments, uniform.motion_mm, uniform.t0_s, uniform.fs)


def channel(uniform: Uniform, number: int) -> np.ndarray:
    """The values that signal `number` must hold: about their median, 0 in gaps."""
    values = uniform.motion_mm.reshape(-1, 2 * len(REGIONS))[:, number]
    middle = np.nanmedian(values) if np.isfinite(values).any() else 0.0
    return np.where(np.isfinite(values), values - middle, 0.0)


@pytest.mark.parametrize("fs", RATES)
def test_the_rate_is_kept(fs: float) -> None:
    samples, length = record_of(fs)
    assert abs(samples / float(length) / fs - 1) < 2e-7
    assert len(str(length)) <= 8
    assert 48 * 2 * samples <= 61440


def test_ntsc_is_exact() -> None:
    samples, length = record_of(30000 / 1001)
    assert (samples, str(length)) == (30, "1.001")


@pytest.mark.parametrize("region", REGIONS)
def test_labels_fit(region: str) -> None:
    assert len(label_of(region, "x")) <= 16
    assert len({label_of(r, a) for r in REGIONS for a in "xy"}) == 2 * len(REGIONS)


@given(st.floats(1e-6, 1e5))
def test_the_range_holds_the_values_and_little_more(largest: float) -> None:
    top = range_of(largest)
    assert top >= largest
    assert len(f"{-top}".removesuffix(".0")) <= 8 or top >= 1e4
    assert top <= max(1.0, 1.01 * largest)


@pytest.mark.parametrize(
    "recording", [busy(), busy(30000 / 1001), busy(jitter=0.2)], ids=["30", "ntsc", "uneven"]
)
def test_edflib_reads_numbers_and_annotations_back(recording: Recording, tmp_path: Path) -> None:
    (path,) = export(recording, "edf", tmp_path / "a.edf")
    uniform = make_uniform(recording)
    wanted = marks_in(recording, uniform)
    with pyedflib.EdfReader(str(path)) as edf:
        assert edf.getPatientCode() in ("", "X")
        assert edf.getSignalLabels()[12] == "commissure L x"
        assert edf.getPhysicalDimension(12) == "mm"
        np.testing.assert_allclose(edf.getSampleFrequencies(), uniform.fs, rtol=2e-7)
        for number in range(2 * len(REGIONS)):
            values = edf.readSignal(number)[: uniform.motion_mm.shape[0]]
            step = 2 * edf.getPhysicalMaximum(number) / 65534
            assert np.max(np.abs(values - channel(uniform, number))) <= 0.5001 * step
        flag = edf.readSignal(edf.signals_in_file - 1)[: uniform.motion_mm.shape[0]]
        np.testing.assert_array_equal(flag > 0.5, np.isfinite(uniform.motion_mm).any(axis=(1, 2)))
        onsets, durations, texts = edf.readAnnotations()
    found = sorted(
        (round(float(a), 4), round(float(b), 4), t) for a, b, t in zip(onsets, durations, texts, strict=True)
    )
    kept = [entry for entry in found if entry[2] != "BAD_padding"]
    assert kept == sorted((round(m.onset_s, 4), round(m.duration_s, 4), m.text) for m in wanted)
    kinds = {text.partition("/")[0] for text in texts}
    assert {"twitch", "blink", "gate", "task", "BAD_gap"} <= kinds


def test_mne_reads_it_and_leaves_the_gaps_out(tmp_path: Path) -> None:
    recording = busy()
    (path,) = export(recording, "edf", tmp_path / "a.edf")
    raw = mne.io.read_raw_edf(path, preload=True, verbose="error")
    uniform = make_uniform(recording)
    assert raw.info["sfreq"] == 30.0
    step = 2 * range_of(float(np.max(np.abs(channel(uniform, 12))))) / 65534
    assert (
        np.max(np.abs(raw.get_data()[12][: uniform.motion_mm.shape[0]] - channel(uniform, 12)))
        <= 0.5001 * step
    )
    twitches = [t for t in raw.annotations.description if t == "twitch/left/commissure_left"]
    assert len(twitches) == sum(
        e.region == "commissure_left" and e.side == "left" and not e.gated and e.trial_type == "twitch"
        for e in concluded(recording).measured.events
    )
    assert (
        raw.info["subject_info"] is None
        or "his_id" not in (raw.info["subject_info"] or {})
        or (raw.info["subject_info"]["his_id"] == "X")
    )
    kept = raw.get_data(reject_by_annotation="omit")
    assert raw.n_times - kept.shape[1] >= 59, "two seconds without a face"


@pytest.mark.parametrize(
    "recording",
    [without_face(busy()), first_frames(busy(), 2), first_frames(busy(), 3)],
    ids=["no face", "two frames", "three frames"],
)
def test_awkward_recordings_open_too(recording: Recording, tmp_path: Path) -> None:
    (path,) = export(recording, "edf", tmp_path / "a.edf")
    with pyedflib.EdfReader(str(path)) as edf:
        assert edf.getNSamples()[0] >= make_uniform(recording).motion_mm.shape[0]
    mne.io.read_raw_edf(path, verbose="error")


def test_a_thousand_pictures_a_second(tmp_path: Path) -> None:
    uniform = make_uniform(busy(1000.0, duration_s=3.0))
    write_edf(tmp_path / "a.edf", uniform, [])
    with pyedflib.EdfReader(str(tmp_path / "a.edf")) as edf:
        assert edf.getSampleFrequency(0) == 1000.0
        assert (
            np.max(np.abs(edf.readSignal(12)[:3000] - channel(uniform, 12)))
            <= edf.getPhysicalMaximum(12) / 65534
        )


def test_one_frame_has_no_rate(tmp_path: Path) -> None:
    with pytest.raises(InputRefused, match="no frame rate"):
        export(first_frames(busy(), 1), "edf", tmp_path / "a.edf")
    assert not list(tmp_path.iterdir())


@given(
    st.lists(
        st.tuples(st.floats(-2, 40), st.floats(0, 50), st.text("abc/_ é", min_size=1, max_size=30)),
        max_size=60,
    ),
    st.sampled_from(RATES[:6]),
    st.integers(1, 200),
)
def test_any_marks_come_back(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[float, float, str]], fs: float, m: int
) -> None:
    path = tmp_path_factory.mktemp("edf") / "a.edf"
    nothing = np.full((m, 1), np.nan)
    uniform = Uniform(
        0.0,
        fs,
        np.full((m, 19, 2), np.nan),
        nothing.repeat(3, 1),
        nothing.repeat(2, 1),
        nothing[:, 0],
        nothing[:, 0],
    )
    rows = [(round(a, 4), round(b, 4), text.strip() or "x") for a, b, text in rows]
    write_edf(path, uniform, [Mark(*row) for row in sorted(rows)])
    with pyedflib.EdfReader(str(path)) as edf:
        onsets, durations, texts = edf.readAnnotations()
    found = sorted(
        (round(float(a), 4), round(max(0.0, float(b)), 4), t)
        for a, b, t in zip(onsets, durations, texts, strict=True)
    )
    assert [f for f in found if f[2] != "BAD_padding"] == sorted((a + 0.0, b, t) for a, b, t in rows)


def test_a_subject_is_named_only_when_asked(tmp_path: Path) -> None:
    export(busy(), "edf", tmp_path / "a.edf", subject="P07")
    head = (tmp_path / "a.edf").read_bytes()[:256]
    assert head[8:88].rstrip() == b"P07 X X X"
    assert head[88:168].rstrip().startswith(b"Startdate X X X twitchcam-")
    export(busy(), "edf", tmp_path / "b.edf")
    assert (tmp_path / "b.edf").read_bytes()[8:88].rstrip() == b"X X X X"
    with pytest.raises(InputRefused, match="--subject two words"):
        export(busy(), "edf", tmp_path / "c.edf", subject="two words")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.edf", "b.edf"]


def test_the_annotation_file_is_read_by_mne(tmp_path: Path) -> None:
    recording = busy()
    (path,) = export(recording, "mne", tmp_path / "a.txt")
    found = mne.read_annotations(path)
    wanted = marks_in(recording, make_uniform(recording))
    assert list(found.description) == [m.text for m in wanted]
    np.testing.assert_allclose(found.onset, [m.onset_s for m in wanted], atol=1e-6)
    np.testing.assert_allclose(found.duration, [m.duration_s for m in wanted], atol=1e-6)


def test_an_annotation_file_without_marks(tmp_path: Path) -> None:
    quiet = replace(first_frames(busy(), 60), segments=())
    (path,) = export(quiet, "mne", tmp_path / "a.txt")
    assert len(mne.read_annotations(path)) == len(marks_in(quiet, make_uniform(quiet)))
