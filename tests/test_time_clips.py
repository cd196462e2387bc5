"""Time through the whole program: real encoded files with dropped, doubled and slowed pictures."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from media import remux
from test_cli import Run
from test_time_pace import android

from twitchcam.analysis import analyse
from twitchcam.errors import InputRefused
from twitchcam.front.real_time import with_real_fps
from twitchcam.session import Options, Result, analyse_recording, record

TICK = Fraction(1, 15360)
FIRST, LAST = 80, 275
"""Frames of the sample that hold most of its 5 Hz train (3 to 9 s)."""


def recode(source: Path, target: Path, rows: np.ndarray, t_s: np.ndarray) -> Path:
    """Write the frames `rows` of a video with the time stamps `t_s`, as phones do: H.264, no B pictures."""
    with av.open(str(source)) as container:
        frames = [f.to_ndarray(format="yuv420p") for f in container.decode(video=0)]
    height, width = frames[0].shape[0] * 2 // 3, frames[0].shape[1]
    with av.open(str(target), "w") as out:
        stream = out.add_stream("libx264", rate=30)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.codec_context.time_base = TICK
        stream.options = {"preset": "veryfast", "crf": "16", "x264-params": "bframes=0"}
        for row, t in zip(rows, t_s, strict=True):
            frame = av.VideoFrame.from_ndarray(frames[row], format="yuv420p")
            frame.pts, frame.time_base = round(t / TICK), TICK
            out.mux(stream.encode(frame))
        out.mux(stream.encode())
    return target


def test_a_file_with_dropped_pictures_keeps_its_frequency(samples: Path, tmp_path: Path) -> None:
    keep = np.random.default_rng(8).uniform(size=LAST - FIRST) > 0.12
    keep[0] = True
    rows = FIRST + np.flatnonzero(keep)
    path = recode(samples / "left-twitch.mp4", tmp_path / "d.mp4", rows, (rows - FIRST) / 30)
    found = analyse(record(path, Options()))
    assert found.source.vfr
    assert found.source.fps == pytest.approx(30, abs=0.01)
    assert found.lips.dominant_hz == pytest.approx(5.0, abs=0.05)
    assert found.lips.side == "left"
    assert found.quality.nyquist_hz == pytest.approx(15, abs=0.1)


def test_a_file_with_every_picture_doubled(samples: Path, tmp_path: Path) -> None:
    n = LAST - FIRST
    path = recode(
        samples / "left-twitch.mp4", tmp_path / "d.mp4", FIRST + np.arange(n) // 2 * 2, np.arange(n) / 30
    )
    recording = record(path, Options())
    assert not recording.repeated[1::2].all()  # coding has hidden it
    found = analyse(recording)
    assert found.quality.nyquist_hz == pytest.approx(7.5, abs=0.1)
    assert found.lips.dominant_hz is None
    assert any("Every second picture repeats" in r for r in found.quality.reasons)
    assert found.lips.side == "left"


def test_slow_motion_from_file_to_summary(short_clip: Path, tmp_path: Path, run: Run) -> None:
    path = android(remux(short_clip, tmp_path / "slow.mp4", lambda _k, pts, dts: (pts, dts)), 240.0)
    ran = run("analyze", path, "--json", "--out", tmp_path / "out")
    assert ran.status == 0
    summary = json.loads(ran.out)
    assert summary["source"]["fps"] == pytest.approx(240)
    assert summary["source"]["duration_s"] == pytest.approx(60 / 240, abs=0.02)
    assert any(r.startswith("Slow motion: taken at 240") for r in summary["quality"]["reasons"])


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Run:
    return Run(monkeypatch, capfd)


def test_stated_rate_of_a_saved_recording(measured: Result) -> None:
    """The sample taken for slow motion of 60 pictures a second: its 5 Hz are 10 Hz."""
    assert measured.folder is not None
    again = analyse_recording(
        measured.folder / "recording.npz", None, Options(real_fps=60.0)
    ).summary.measured
    assert again.source.fps == pytest.approx(60)
    assert again.source.duration_s == pytest.approx(measured.recording.source.duration_s / 2)
    assert again.lips.dominant_hz == pytest.approx(10.0, abs=0.1)
    assert again.quality.nyquist_hz == pytest.approx(30, rel=1e-3)
    same = with_real_fps(measured.recording, 30.0)
    np.testing.assert_array_equal(same.t_s, measured.recording.t_s)


@pytest.mark.parametrize("rate", ["0", "-5", "nan", "1e6", "fast"])
def test_nonsense_is_refused_in_one_line(short_clip: Path, rate: str, run: Run, tmp_path: Path) -> None:
    ran = run("analyze", short_clip, "--real-fps", rate, "--out", tmp_path)
    assert ran.status == 2
    assert ran.out == ""
    assert len(ran.refusals) == 1
    assert "--real-fps" in ran.err


@pytest.mark.parametrize("ms", [0.0, -1.0, 1e4, float("nan")])
def test_shutter_times_that_cannot_be_are_refused(ms: float) -> None:
    with pytest.raises(InputRefused, match="--exposure-ms"):
        Options(exposure_ms=ms)
