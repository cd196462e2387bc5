"""Recordings: the same numbers back, and no file can run code, fill the memory or escape as a traceback."""

from __future__ import annotations

import contextlib
import io
import json
import pickle
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twitchcam.edges.recordings import STEP, as_stored, load_recording, save_recording
from twitchcam.errors import InputRefused
from twitchcam.types import N_REGIONS, PER_FRAME, Recording, Scale, Source, TrackerInfo


def make_recording(n: int = 50, seed: int = 0) -> Recording:
    rng = np.random.default_rng(seed)

    def noise(*shape: int) -> np.ndarray:
        values = rng.normal(0, 1, (n, *shape))
        values[n // 3 : n // 2] = np.nan
        return values

    return Recording(
        t_s=np.cumsum(rng.uniform(0.01, 0.05, n)),
        motion_mm=noise(N_REGIONS, 2),
        mesh_mm=noise(N_REGIONS, 2),
        pose_deg=noise(3),
        head_mm=noise(2),
        eye_opening_mm=noise(2),
        mouth_opening_mm=noise(),
        mouth_width_mm=noise(),
        eye_distance_px=100 + noise(),
        residual=noise(),
        region_match=noise(N_REGIONS),
        region_sd_mm=noise(N_REGIONS),
        sharpness=noise(),
        brightness=noise(),
        clipped=noise(),
        keyframe=rng.integers(-1, 3, n),
        repeated=rng.random(n) < 0.1,
        b_picture=rng.random(n) < 0.6,
        coded_step_mm=np.abs(noise(N_REGIONS)),
        changed=rng.random(n),
        in_frame=noise(),
        plausible=noise(),
        mouth_seen=noise(),
        source=Source("Zoë's clip.mp4", "a" * 64, 1280, 720, n, n / 30, 30.0, False, 90, True, notes=("a",)),
        tracker=TrackerInfo("facemesh", "0.10.21", "b" * 64),
        scale=Scale(0.6, "iris", 0.043),
        settings={"low_hz": 2.0, "model": "attention", "refine": True},
    )


def same(a: Recording, b: Recording) -> bool:
    arrays = all(np.array_equal(getattr(a, k), getattr(b, k), equal_nan=k != "repeated") for k in PER_FRAME)
    return arrays and (a.source, a.tracker, a.scale, a.settings) == (b.source, b.tracker, b.scale, b.settings)


def test_the_order_of_an_array_in_memory_does_not_matter(tmp_path: Path) -> None:
    recording = make_recording()
    turned = replace(recording, **{name: np.asfortranarray(getattr(recording, name)) for name in PER_FRAME})
    save_recording(turned, tmp_path / "r.npz")
    assert same(load_recording(tmp_path / "r.npz"), as_stored(recording))


def test_the_file_gives_back_exactly_what_is_analysed(tmp_path: Path) -> None:
    stored = as_stored(make_recording())
    save_recording(stored, tmp_path / "recording.npz")
    back = load_recording(tmp_path / "recording.npz")
    assert same(back, stored)
    assert all(getattr(back, k).dtype == getattr(stored, k).dtype for k in PER_FRAME)
    assert [path.name for path in tmp_path.iterdir()] == ["recording.npz"]


def test_saving_the_original_gives_the_same_file_as_saving_the_stored_form(tmp_path: Path) -> None:
    recording = make_recording()
    save_recording(recording, tmp_path / "a.npz")
    save_recording(as_stored(recording), tmp_path / "b.npz")
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()


def test_rounding_stays_below_half_a_step_and_is_done_once() -> None:
    recording = make_recording(200)
    stored = as_stored(recording)
    for name, step in STEP.items():
        change = np.abs(getattr(stored, name) - getattr(recording, name))
        assert np.nanmax(change) <= step / 2 * 1.001, name
    assert same(as_stored(stored), stored)
    assert np.array_equal(stored.t_s, recording.t_s), "time is never rounded"


def test_plain_numpy_reads_the_file(tmp_path: Path) -> None:
    save_recording(make_recording(), tmp_path / "recording.npz")
    with np.load(tmp_path / "recording.npz", allow_pickle=False) as archive:
        assert archive["motion_mm"].shape == (50, N_REGIONS, 2)
        assert json.loads(str(archive["meta"]))["version"] == 1


@pytest.mark.parametrize("n", [0, 1])
def test_empty_and_one_frame_recordings(tmp_path: Path, n: int) -> None:
    stored = as_stored(make_recording(n))
    save_recording(stored, tmp_path / "r.npz")
    assert same(load_recording(tmp_path / "r.npz"), stored)


def rewrite(path: Path, name: str, content: bytes | None) -> None:
    with zipfile.ZipFile(path) as archive:
        parts = {member: archive.read(member) for member in archive.namelist()}
    parts.pop(name)
    if content is not None:
        parts[name] = content
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for member, data in parts.items():
            archive.writestr(member, data)


def npy_bytes(array: np.ndarray, *, allow_pickle: bool = False) -> bytes:
    buffer = io.BytesIO()
    np.lib.format.write_array(buffer, array, allow_pickle=allow_pickle)
    return buffer.getvalue()


class Bomb:
    def __reduce__(self) -> tuple[object, tuple[object, ...]]:
        return (Path.touch, (Path("/tmp/twitchcam-pickle-ran"),))


def meta_bytes(change: dict[str, object]) -> bytes:
    meta = {"format": "twitchcam.recording", "version": 1, "source": {}, "tracker": {}, "scale": {}}
    return npy_bytes(np.array(json.dumps(meta | {"settings": {}} | change)))


@pytest.mark.parametrize(
    ("member", "content"),
    [
        ("motion_mm.npy", None),
        ("motion_mm.npy", npy_bytes(np.zeros((50, N_REGIONS, 3), "<f4"))),
        ("motion_mm.npy", npy_bytes(np.zeros((49, N_REGIONS, 2), "<f4"))),
        ("motion_mm.npy", npy_bytes(np.zeros((50, N_REGIONS, 2), "<f8"))),
        ("motion_mm.npy", npy_bytes(np.full((50, N_REGIONS, 2), np.inf, "<f4"))),
        ("motion_mm.npy", npy_bytes(np.zeros((50, N_REGIONS, 2), "<f4"))[:300]),
        ("motion_mm.npy", npy_bytes(np.array([Bomb()], dtype=object), allow_pickle=True)),
        ("motion_mm.npy", pickle.dumps(Bomb())),
        ("motion_mm.npy", b""),
        ("t_s.npy", npy_bytes(np.zeros(50))),
        ("t_s.npy", npy_bytes(np.full(50, np.nan))),
        ("meta.npy", npy_bytes(np.array([Bomb()], dtype=object), allow_pickle=True)),
        ("meta.npy", npy_bytes(np.array("[" * 100_000))),
        ("meta.npy", npy_bytes(np.array("[1, 2]"))),
        ("meta.npy", meta_bytes({"version": 2})),
        ("meta.npy", meta_bytes({"format": "other"})),
        ("meta.npy", meta_bytes({})),
        ("meta.npy", meta_bytes({"source": {"file": 3}})),
        ("meta.npy", meta_bytes({"settings": {"x": [1]}})),
    ],
)
def test_bad_content_is_refused_in_one_line(tmp_path: Path, member: str, content: bytes | None) -> None:
    path = tmp_path / "recording.npz"
    save_recording(make_recording(), path)
    rewrite(path, member, content)
    with pytest.raises(InputRefused) as caught:
        load_recording(path)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 400
    assert not Path("/tmp/twitchcam-pickle-ran").exists()


def test_a_header_that_claims_too_much_costs_nothing(tmp_path: Path) -> None:
    path = tmp_path / "recording.npz"
    save_recording(make_recording(), path)
    honest = npy_bytes(np.zeros(50))
    rewrite(path, "t_s.npy", honest.replace(b"(50,), }", b"(9000000000,), }"))
    with pytest.raises(InputRefused):
        load_recording(path)


def test_a_size_bomb_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "recording.npz"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("t_s.npy", "w") as out:
        for _ in range(300):
            out.write(bytes(2**20))
    with pytest.raises(InputRefused, match="would unpack"):
        load_recording(path)


@pytest.mark.parametrize("content", [b"", b"not a zip", b"PK\x05\x06" + bytes(18)])
def test_other_files_are_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "recording.npz"
    path.write_bytes(content)
    with pytest.raises(InputRefused):
        load_recording(path)


def test_missing_files_and_folders_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputRefused, match="no such file"):
        load_recording(tmp_path / "none.npz")
    with pytest.raises(InputRefused):
        load_recording(tmp_path)


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_flipped_bytes_never_escape(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    folder = tmp_path_factory.mktemp("flip")
    save_recording(make_recording(5), folder / "r.npz")
    content = bytearray((folder / "r.npz").read_bytes())
    for _ in range(3):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    (folder / "r.npz").write_bytes(bytes(content))
    with contextlib.suppress(InputRefused):
        load_recording(folder / "r.npz")


def test_the_source_is_not_changed_by_replacing_arrays() -> None:
    recording = make_recording()
    assert as_stored(replace(recording, settings={})).settings == {}


def test_a_recording_without_the_later_arrays_still_loads(tmp_path: Path) -> None:
    import zipfile

    from twitchcam.edges.recordings import LATER

    recording, old, new = as_stored(make_recording()), tmp_path / "old.npz", tmp_path / "new.npz"
    save_recording(recording, new)
    with zipfile.ZipFile(new) as full, zipfile.ZipFile(old, "w") as less:
        for name in full.namelist():
            if name.removesuffix(".npy") not in LATER:
                less.writestr(name, full.read(name))
    back = load_recording(old)
    assert all(np.isnan(back.changed))
    assert same(replace(back, **{name: getattr(recording, name) for name in LATER}), recording)
