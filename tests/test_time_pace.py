"""Real time: slow motion known from metadata, stated by the user, or only suspected."""

from __future__ import annotations

import struct
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from media import numbered, remux, write_video
from recordings import StillFace

from twitchcam.edges.capture_rate import ANDROID_KEY, find_capture_rate
from twitchcam.edges.decode import open_video
from twitchcam.edges.recordings import as_stored, load_recording, save_recording
from twitchcam.errors import InputRefused
from twitchcam.front.real_time import (
    about_time,
    pace_as_stated,
    pace_from_metadata,
    suspicion,
    with_real_fps,
)
from twitchcam.types import Source

TICK = Fraction(1, 15360)


def box(kind: bytes, *content: bytes) -> bytes:
    body = b"".join(content)
    return struct.pack(">I4s", 8 + len(body), kind) + body


def clip(path: Path, fps: int = 30, n: int = 60, keep: np.ndarray | None = None) -> Path:
    """Write n pictures at `fps`; `keep` leaves some out but not their time."""
    stamps = np.arange(n) * (15360 // fps)
    return write_video(path, stamps[keep] if keep is not None else stamps, time_base=TICK, rate=fps)


def android(path: Path, capture_fps: float) -> Path:
    """Append the `meta` box that Android writes into `moov`: hdlr mdta, keys, ilst of a float32 (23)."""
    hdlr = box(b"hdlr", bytes(8), b"mdta", bytes(12))
    keys = box(b"keys", struct.pack(">II", 0, 1), box(b"mdta", ANDROID_KEY.encode()))
    data = box(b"data", struct.pack(">II", 23, 0), struct.pack(">f", capture_fps))
    item = struct.pack(">II", 8 + len(data), 1) + data
    return into_moov(path, box(b"meta", hdlr, keys, box(b"ilst", item)))


def into_moov(path: Path, new: bytes) -> Path:
    """Put a box at the end of moov, which stands last in the files that are written here."""
    data = bytearray(path.read_bytes())
    at = data.rfind(b"moov") - 4
    (size,) = struct.unpack_from(">I", data, at)
    assert at + size == len(data)
    struct.pack_into(">I", data, at, size + len(new))
    path.write_bytes(bytes(data) + new)
    return path


def read(path: Path, real_fps: float | None = None) -> tuple[np.ndarray, Source]:
    with open_video(path, real_fps=real_fps) as video:
        t_s = np.array([frame.t_s for frame in video])
        return t_s, video.source


def test_android_slow_motion_plays_eight_times_slower(tmp_path: Path) -> None:
    t_s, source = read(android(clip(tmp_path / "a.mp4"), 240.0))
    np.testing.assert_allclose(t_s, np.arange(60) / 240, atol=1e-6)
    assert (source.fps, source.capture_fps, source.time_scale) == (pytest.approx(240), 240.0, 0.125)
    assert source.duration_s == pytest.approx(60 / 240)
    assert not source.vfr
    assert "Slow motion: taken at 240 pictures a second and played at 30" in source.notes[0]
    assert ANDROID_KEY in source.notes[0]
    assert about_time(source.notes) == source.notes[:1]


def test_the_same_key_as_ffmpeg_writes_it(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    with av.open(str(path), "w", options={"movflags": "use_metadata_tags"}) as out:
        out.metadata[ANDROID_KEY] = "120.000000"
        stream = out.add_stream("libx264", rate=30)
        stream.width, stream.height, stream.pix_fmt = 128, 96, "yuv420p"
        for k in range(30):
            out.mux(stream.encode(av.VideoFrame.from_ndarray(numbered(k), "rgb24")))
        out.mux(stream.encode())
    _, source = read(path)
    assert source.fps == pytest.approx(120)
    assert source.time_scale == 0.25


@pytest.mark.parametrize(("fps", "capture"), [(240, 239.98), (30, 30.0), (30, 29.5), (120, 120.0)])
def test_a_rate_that_the_file_has_already_changes_nothing(tmp_path: Path, fps: int, capture: float) -> None:
    t_s, source = read(android(clip(tmp_path / "a.mp4", fps), capture))
    assert source.time_scale == 1.0
    assert source.notes == ()
    np.testing.assert_allclose(np.diff(t_s), 1 / fps, atol=1e-4)


def test_sixty_written_as_thirty_may_be_the_dark_and_is_only_told(tmp_path: Path) -> None:
    t_s, source = read(android(clip(tmp_path / "a.mp4"), 60.0))
    assert source.time_scale == 1.0
    assert t_s[-1] == pytest.approx(59 / 30, abs=1e-4)
    assert "--real-fps 60" in source.notes[0]
    assert source.capture_fps is None


def test_dropped_pictures_do_not_change_the_factor(tmp_path: Path) -> None:
    keep = np.random.default_rng(4).uniform(size=200) > 0.15
    keep[[0, -1]] = True
    t_s, source = read(android(clip(tmp_path / "a.mp4", 30, 200, keep), 240.0))
    assert source.time_scale == 0.125
    np.testing.assert_allclose(t_s, np.flatnonzero(keep) / 240, atol=1e-6)
    assert source.vfr


def test_time_lapse_is_stretched() -> None:
    pace = pace_from_metadata(2.0, 30.0, "key")
    assert pace.time_scale == pytest.approx(15.0)
    assert pace.notes[0].startswith("Time lapse:")


@pytest.mark.parametrize(("mode", "extra", "fps"), [(12, None, 240), (13, None, 120), (21, 480.0, 480)])
def test_samsung_slow_motion(tmp_path: Path, mode: int, extra: float | None, fps: int) -> None:
    saut = box(b"saut", b"SAMS", bytes([0, mode, 1, 4]))
    rate = b"" if extra is None else box(b"srfr", struct.pack(">I", int(extra * 65536)))
    path = into_moov(clip(tmp_path / "s.mp4"), box(b"udta", box(b"smta", bytes(4), saut, rate)))
    _, source = read(path)
    assert source.fps == pytest.approx(fps)
    assert "smta" in source.notes[0]


def test_sony_slow_and_quick_motion(tmp_path: Path) -> None:
    path = clip(tmp_path / "s.mp4")
    xml = b'<NonRealTimeMeta><VideoFrame captureFps="119.88p" formatFps="29.97p"/></NonRealTimeMeta>'
    path.write_bytes(path.read_bytes() + box(b"meta", bytes(4), box(b"xml ", bytes(4), xml)))
    _, source = read(path)
    assert source.time_scale == 0.25
    assert source.fps == pytest.approx(120)


@pytest.mark.parametrize("mode", [0, 5, 99])
def test_other_samsung_modes_are_ordinary(tmp_path: Path, mode: int) -> None:
    smta = box(b"smta", bytes(4), box(b"saut", b"SAMS", bytes([0, mode, 1, 4])))
    assert find_capture_rate(into_moov(clip(tmp_path / "s.mp4"), box(b"udta", smta)), {}) is None


def test_broken_boxes_and_values_are_as_none(tmp_path: Path) -> None:
    broken = tmp_path / "b.mp4"
    for content in (b"", b"\0\0\0\x08ftyp", b"\0\0\0\x10ftypisom\xff\xff\xff\xffmoov", b"\0\0\0\x01ftyp" * 3):
        broken.write_bytes(content)
        assert find_capture_rate(broken, {}) is None
    for value in ("", "fast", "nan", "-3", "0", "inf"):
        assert find_capture_rate(broken, {ANDROID_KEY: value}) is None
    assert pace_from_metadata(1e9, 30.0, "x").ratio == 1.0
    assert pace_from_metadata(240.0, None, "x").ratio == 1.0


def test_stated_rate(tmp_path: Path) -> None:
    t_s, source = read(clip(tmp_path / "a.mp4"), real_fps=120.0)
    np.testing.assert_allclose(t_s, np.arange(60) / 120, atol=1e-6)
    assert "as stated by --real-fps" in source.notes[0]


def test_stated_rate_goes_before_the_metadata(tmp_path: Path) -> None:
    path = android(clip(tmp_path / "a.mp4"), 240.0)
    assert read(path, real_fps=30.0)[1].time_scale == 1.0
    assert read(path, real_fps=960.0)[1].fps == pytest.approx(960)


@pytest.mark.parametrize("real_fps", [0.0, -30.0, float("nan"), float("inf"), 5000.0, 0.5])
def test_rates_that_no_camera_has_are_refused(tmp_path: Path, real_fps: float) -> None:
    with pytest.raises(InputRefused, match="--real-fps"):
        read(clip(tmp_path / "a.mp4", n=10), real_fps=real_fps)


def test_rates_that_do_not_fit_the_file_are_refused() -> None:
    with pytest.raises(InputRefused, match="check the number"):
        pace_as_stated(1.0, 60.0)
    with pytest.raises(InputRefused, match="check the number"):
        pace_as_stated(2000.0, 24.0)
    with pytest.raises(InputRefused, match="no frame rate"):
        pace_as_stated(240.0, None)


@pytest.mark.parametrize(
    ("encoder", "played", "said"),
    [(240.0, 30.0, True), (119.88, 29.97, True), (90000.0, 30.0, False), (600.0, 30.0, False),
     (30.0, 30.0, False), (120.0, 120.0, False), (None, 30.0, False), (240.0, None, False)],
)  # fmt: skip
def test_encoders_hint(encoder: float | None, played: float | None, said: bool) -> None:
    assert bool(suspicion(encoder, played)) is said


def test_slow_file_of_a_fast_encoder_is_suspected_and_left_alone(tmp_path: Path) -> None:
    fast = tmp_path / "fast.mp4"
    with av.open(str(fast), "w") as out:
        stream = out.add_stream("libx264", rate=240)
        stream.width, stream.height, stream.pix_fmt, stream.options = 128, 96, "yuv420p", {"bf": "0"}
        for k in range(60):
            out.mux(stream.encode(av.VideoFrame.from_ndarray(numbered(k), "rgb24")))
        out.mux(stream.encode())
    slow = remux(fast, tmp_path / "slow.mp4", lambda _k, pts, dts: (8 * pts, 8 * dts))
    t_s, source = read(slow)
    assert t_s[-1] == pytest.approx(59 / 30, abs=0.01)
    assert source.time_scale == 1.0
    assert "This may be slow motion" in source.notes[0]
    assert "--real-fps 240" in source.notes[0]


def test_a_saved_recording_takes_the_stated_rate(tmp_path: Path) -> None:
    face = StillFace(duration_s=8.0, fps=30.0)
    face.train(1.0, 6.0, 1.0, "commissure_left", 1.0)
    recording = as_stored(face.recording())
    fast = with_real_fps(recording, 120.0)
    np.testing.assert_allclose(fast.t_s, recording.t_s / 4)
    assert (fast.source.fps, fast.source.time_scale) == (pytest.approx(120), 0.25)
    assert fast.source.duration_s == pytest.approx(2.0)
    save_recording(fast, tmp_path / "r.npz")
    again = with_real_fps(load_recording(tmp_path / "r.npz"), 240.0)
    np.testing.assert_allclose(again.t_s, recording.t_s / 8)
    assert len(about_time(again.source.notes)) == 1
    back = with_real_fps(again, 30.0)
    np.testing.assert_allclose(back.t_s, recording.t_s)
    assert back.source.time_scale == 1.0
    assert about_time(back.source.notes) == ()
