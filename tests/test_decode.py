"""Decoding real files: times, order, repairs, refusals, memory."""

from __future__ import annotations

import contextlib
import hashlib
import os
import socket
import threading
import tracemalloc
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest
from media import cut_tail, number_of, numbered, remux, write_sound, write_video

from twitchcam.edges.decode import open_video, prefetch
from twitchcam.errors import InputRefused
from twitchcam.types import Source


def read(path: Path) -> tuple[list[float], list[int], Source]:
    """Return times, the numbers that the pictures show, and the source."""
    with open_video(path) as video:
        seen = [(frame.index, frame.t_s, number_of(frame.picture)) for frame in video]
        source = video.source
    assert [s[0] for s in seen] == list(range(len(seen)))
    assert source.frames == len(seen)
    return [s[1] for s in seen], [s[2] for s in seen], source


def has_note(source: Source, *words: str) -> bool:
    return any(all(word in note for word in words) for note in source.notes)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("videos")


@pytest.fixture(scope="module")
def plain(folder: Path) -> Path:
    return write_video(folder / "plain.mp4")


@pytest.fixture(scope="module")
def long(folder: Path) -> Path:
    return write_video(folder / "long.mp4", range(0, 8000, 40), container_options={"movflags": "faststart"})


class TestTimes:
    def test_plain_clip(self, plain: Path) -> None:
        times, numbers, source = read(plain)
        np.testing.assert_allclose(times, np.arange(20) * 0.04, atol=1e-12)
        assert numbers == list(range(20))
        assert source == Source(
            file="plain.mp4",
            sha256=hashlib.sha256(plain.read_bytes()).hexdigest(),
            width=128,
            height=96,
            frames=20,
            duration_s=0.8,
            fps=25.0,
            vfr=False,
            rotation_deg=0,
            mirrored=False,
            codec="h264",
            pixel_format="yuv420p",
            bit_rate_bps=source.bit_rate_bps,
        )
        assert source.bit_rate_bps is not None
        assert source.bit_rate_bps > 0

    @pytest.mark.parametrize(
        ("name", "codec", "form"),
        [
            ("a.mp4", "libx265", "yuv420p"),
            ("a.webm", "libvpx-vp9", "yuv420p"),
            ("a.avi", "mjpeg", "yuvj420p"),
            ("a.avi", "mpeg4", "yuv420p"),
            ("a.mkv", "ffv1", "bgr0"),
            ("a.ts", "libx264", "yuv420p"),
            ("a.mov", "libx264", "yuv422p"),
        ],
    )
    def test_same_times_from_every_codec_and_container(
        self, tmp_path: Path, name: str, codec: str, form: str
    ) -> None:
        times, numbers, source = read(write_video(tmp_path / name, codec=codec, pixel_format=form))
        np.testing.assert_allclose(times, np.arange(20) * 0.04, atol=1e-9)
        assert numbers == list(range(20))
        assert (source.fps, source.vfr, source.duration_s, source.notes) == (25.0, False, 0.8, ())

    @pytest.mark.parametrize("name", ["b.mp4", "b.mkv", "b.ts", "b.avi"])
    def test_reordered_pictures_come_in_order_of_presentation(self, tmp_path: Path, name: str) -> None:
        times, numbers, source = read(write_video(tmp_path / name, bframes=3))
        np.testing.assert_allclose(times, np.arange(20) * 0.04, atol=1e-9)
        assert numbers == list(range(20))
        assert source.notes == ()

    def test_variable_rate_keeps_its_own_times(self, tmp_path: Path) -> None:
        stamps = [0, 40, 90, 120, 200, 333]
        times, _, source = read(write_video(tmp_path / "vfr.mp4", stamps))
        np.testing.assert_allclose(times, np.array(stamps) / 1000, atol=1e-12)
        assert source.vfr
        assert source.duration_s == pytest.approx(0.333 + 0.133)

    def test_rounding_to_milliseconds_is_no_variable_rate(self, tmp_path: Path) -> None:
        _, _, source = read(
            write_video(tmp_path / "ms.mkv", [round(k * 1000 / 30) for k in range(30)], rate=30)
        )
        assert not source.vfr
        assert source.fps == pytest.approx(30.0, abs=0.05)

    def test_starts_at_zero_wherever_the_clock_starts(self, tmp_path: Path) -> None:
        for start in (-200, 5000):
            times, numbers, _ = read(write_video(tmp_path / f"s{start}.mkv", range(start, start + 400, 40)))
            np.testing.assert_allclose(times, np.arange(10) * 0.04, atol=1e-12)
            assert numbers == list(range(10))

    def test_edit_list_hides_what_a_player_hides(self, tmp_path: Path) -> None:
        times, numbers, _ = read(write_video(tmp_path / "edit.mp4", range(-120, 400, 40)))
        assert numbers == list(range(3, 13))
        np.testing.assert_allclose(times, np.arange(10) * 0.04, atol=1e-12)

    def test_duplicate_stamps_leave_pictures_out(self, tmp_path: Path, plain: Path) -> None:
        path = remux(plain, tmp_path / "dup.mkv", lambda k, p, _: (p - 640 * (k in (5, 9)),) * 2)
        times, numbers, source = read(path)
        assert numbers == [n for n in range(20) if n not in (5, 9)]
        np.testing.assert_allclose(times, np.array(numbers) * 0.04, atol=1e-12)
        assert has_note(source, "2 pictures left out", "repeated")

    def test_no_stamps_at_all_is_told(self, tmp_path: Path) -> None:
        times, numbers, source = read(write_video(tmp_path / "raw.h264", format="h264"))
        assert numbers == list(range(20))
        np.testing.assert_allclose(times, np.arange(20) * 0.04, atol=1e-9)
        assert has_note(source, "no time stamps", "25 pictures a second")

    def test_gap_stays_a_gap(self, tmp_path: Path) -> None:
        times, _, source = read(write_video(tmp_path / "gap.mkv", [0, 40, 80, 120, 1120, 1160]))
        assert times[4] == pytest.approx(1.12)
        assert has_note(source, "Gaps between pictures: 1", "1.00 s at 0.1 s")

    def test_sound_changes_nothing(self, tmp_path: Path, plain: Path) -> None:
        times, numbers, _ = read(write_video(tmp_path / "sound.mp4", sound=True))
        assert (times, numbers) == read(plain)[:2]

    def test_one_picture_has_no_rate(self, tmp_path: Path) -> None:
        _, _, source = read(write_video(tmp_path / "one.mp4", [0]))
        assert (source.frames, source.fps, source.vfr) == (1, None, False)


class TestDamage:
    def test_cut_tail_gives_what_there_is(self, tmp_path: Path, long: Path) -> None:
        times, numbers, source = read(cut_tail(long, tmp_path / "cut.mp4", 0.6))
        assert 60 < len(times) < 180
        assert numbers == list(range(len(numbers)))
        assert has_note(source, "announces 8.0 s", "cut short")

    def test_damaged_middle_is_skipped_and_told(self, tmp_path: Path, long: Path) -> None:
        data = bytearray(long.read_bytes())
        middle = len(data) // 2
        data[middle : middle + 1500] = np.random.default_rng(0).bytes(1500)
        path = tmp_path / "damaged.mp4"
        path.write_bytes(data)
        times, numbers, source = read(path)
        assert 120 < len(times) < 200
        assert has_note(source, "Damaged")
        assert has_note(source, "Gaps")
        # Every picture that is kept is the right one for its time.
        np.testing.assert_allclose(times, np.array(numbers) * 0.04, atol=1e-9)

    def test_cut_matroska(self, tmp_path: Path) -> None:
        whole = write_video(tmp_path / "w.mkv", range(0, 8000, 40))
        _, numbers, source = read(cut_tail(whole, tmp_path / "c.mkv", 0.5))
        assert numbers == list(range(len(numbers)))
        assert has_note(source, "cut short")

    def test_pictures_before_a_damaged_packet_are_kept(self, tmp_path: Path) -> None:
        """A cut packet, here number 8, must not cost the good pictures that the decoder still holds."""
        one, two = (write_video(tmp_path / f"{k}.ts", range(k * 400, k * 400 + 400, 40)) for k in (0, 1))
        joined = tmp_path / "joined.ts"
        joined.write_bytes(one.read_bytes() + two.read_bytes())
        times, numbers, _ = read(joined)
        assert numbers == [*range(8), *range(10)]
        np.testing.assert_allclose(times[-10:], 0.4 + np.arange(10) * 0.04, atol=1e-9)

    def test_other_size_on_the_way_is_scaled_and_told(self, tmp_path: Path) -> None:
        one = write_video(tmp_path / "1.ts", range(0, 400, 40))
        two = write_video(tmp_path / "2.ts", range(400, 800, 40), size=(160, 128))
        joined = tmp_path / "joined.ts"
        joined.write_bytes(one.read_bytes() + two.read_bytes())
        with open_video(joined) as video:
            shapes = {(f.picture.luma.shape, f.picture.rgb((3, 5, 60, 70), (30, 20)).shape) for f in video}
            assert shapes == {((96, 128), (20, 30, 3))}
            assert has_note(video.source, "another size")

    def test_recording_joined_to_itself_runs_on(self, tmp_path: Path) -> None:
        one = write_video(tmp_path / "1.ts", range(0, 2000, 40))
        joined = tmp_path / "joined.ts"
        joined.write_bytes(2 * one.read_bytes())
        times, _, source = read(joined)
        assert 90 <= len(times) <= 100
        assert source.duration_s == pytest.approx(4.0, abs=0.05)
        assert has_note(source, "clock jumped by -2.0 s")

    def test_name_that_is_no_text(self, tmp_path: Path, plain: Path) -> None:
        path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff\xfe.mp4"))
        try:
            path.write_bytes(plain.read_bytes())
        except OSError:
            pytest.skip("this file system refuses such names")
        assert read(path)[2].frames == 20


def _text(path: Path) -> Path:
    path.write_bytes(b"this is no video\n" * 200)
    return path


def _picture(path: Path) -> Path:
    cv2.imwrite(str(path), numbered(3))
    return path


def _playlist(path: Path) -> Path:
    path.write_text("#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\nhttp://127.0.0.1:9/x.ts\n#EXT-X-ENDLIST\n")
    return path


def _empty(path: Path) -> Path:
    path.touch()
    return path


def _headless(path: Path) -> Path:
    return cut_tail(write_video(path.with_suffix(".mov")), path, 0.5)


REFUSED: dict[str, tuple[Callable[[Path], Path], str]] = {
    "missing.mp4": (lambda p: p, "does not exist"),
    "folder": (lambda p: p.mkdir() or p, "is a folder"),
    "empty.mp4": (_empty, "is empty"),
    "text.mp4": (_text, "is not a video"),
    "text.txt": (_text, "is not a video"),
    "picture.jpg": (_picture, "single picture"),
    "picture.png": (_picture, "single picture"),
    "sound.m4a": (write_sound, "sound but no video"),
    "cover.mp3": (lambda p: write_sound(p, cover=True), "sound but no video"),
    "list.m3u8": (_playlist, "is not a video"),
    "headless.mp4": (_headless, "without its index"),
}


class TestRefusals:
    @pytest.mark.parametrize("name", REFUSED)
    def test_refused_in_one_line_that_names_the_file(self, tmp_path: Path, name: str) -> None:
        make, words = REFUSED[name]
        path = make(tmp_path / name)
        with pytest.raises(InputRefused, match=words) as caught:
            open_video(path)
        text = str(caught.value)
        assert str(path) in text
        assert "\n" not in text
        assert ";" in text, "says what to do after the semicolon"

    def test_unreadable(self, plain: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(os, "access", lambda *_: False)
        with pytest.raises(InputRefused, match="may not be read"):
            open_video(plain)

    def test_device_is_no_file(self) -> None:
        with pytest.raises(InputRefused, match="not a regular file"):
            open_video(os.devnull)

    def test_playlist_reaches_no_network(self, tmp_path: Path) -> None:
        with socket.socket() as server:
            server.bind(("127.0.0.1", 0))
            server.listen()
            server.settimeout(0.2)
            path = _playlist(tmp_path / "list.m3u8")
            path.write_text(path.read_text().replace(":9/", f":{server.getsockname()[1]}/"))
            with pytest.raises(InputRefused):
                open_video(path)
            with pytest.raises(TimeoutError):
                server.accept()

    def test_file_name_is_never_an_address(self, tmp_path: Path, plain: Path) -> None:
        path = tmp_path / "http:x %03d.mp4"
        path.write_bytes(plain.read_bytes())
        assert read(path)[2].frames == 20

    def test_cover_picture_beside_video_is_ignored(self, tmp_path: Path) -> None:
        _, numbers, source = read(write_video(tmp_path / "cover.mp4", cover=True))
        assert numbers == list(range(20))
        assert (source.width, source.height) == (128, 96)

    def test_second_pass_needs_a_second_opening(self, plain: Path) -> None:
        with open_video(plain) as video:
            list(video)
            with pytest.raises(RuntimeError, match="open the file again"):
                iter(video)


class TestExpected:
    def test_frame_count_announced(self, plain: Path) -> None:
        with open_video(plain) as video:
            assert video.expected_frames == 20

    def test_from_length_and_rate(self, tmp_path: Path) -> None:
        with open_video(write_video(tmp_path / "a.mkv")) as video:
            assert video.expected_frames == 20

    def test_none_when_nothing_is_known(self, tmp_path: Path) -> None:
        with open_video(write_video(tmp_path / "a.h264", format="h264")) as video:
            assert video.expected_frames is None


class TestPrefetch:
    def test_same_as_plain_iteration(self, plain: Path) -> None:
        with open_video(plain) as video, contextlib.closing(prefetch(video, depth=3)) as frames:
            ahead = [(f.index, f.t_s, f.picture.luma.copy()) for f in frames]
            source = video.source
        with open_video(plain) as video:
            direct = [(f.index, f.t_s, f.picture.luma.copy()) for f in video]
            assert video.source == source
        assert [a[:2] for a in ahead] == [d[:2] for d in direct]
        for a, d in zip(ahead, direct, strict=True):
            np.testing.assert_array_equal(a[2], d[2])

    def test_error_comes_after_the_items_before_it(self) -> None:
        def broken() -> Iterator[int]:
            yield 1
            yield 2
            raise ValueError("third")

        seen: list[int] = []
        with pytest.raises(ValueError, match="third"):
            seen.extend(iter_all(prefetch(broken()), seen))
        assert seen == [1, 2]

    def test_closing_early_ends_the_thread(self) -> None:
        made = []

        def endless() -> Iterator[int]:
            k = 0
            while True:
                made.append(k)
                yield k
                k += 1

        frames = prefetch(endless(), depth=2)
        assert next(frames) == 0
        frames.close()
        assert not [t for t in threading.enumerate() if t.name == "twitchcam-prefetch"]
        assert len(made) <= 6

    def test_prepare_runs_ahead_in_the_thread(self) -> None:
        names = set()
        assert list(prefetch([1, 2], prepare=lambda _: names.add(threading.current_thread().name))) == [1, 2]
        assert names == {"twitchcam-prefetch"}


def iter_all(items: Iterator[int], seen: list[int]) -> Iterator[int]:
    """Append as items come, so that those before an error are kept."""
    for item in items:
        seen.append(item)
    return iter(())


def test_memory_does_not_grow_with_length(tmp_path: Path) -> None:
    path = write_video(tmp_path / "m.mkv", range(0, 20000, 40), size=(320, 240))

    def resident_kb() -> int:
        return int(Path("/proc/self/statm").read_text().split()[1]) * 4

    if not Path("/proc/self/statm").exists():
        pytest.skip("needs /proc")
    tracemalloc.start()
    with open_video(path) as video:
        sizes = [
            (resident_kb(), tracemalloc.get_traced_memory()[0]) for f in video if f.picture.luma is not None
        ]
    tracemalloc.stop()
    # 400 more pictures of 115 kB are 46 MB if kept.
    assert sizes[-1][0] - sizes[99][0] < 8000
    assert sizes[-1][1] - sizes[99][1] < 200_000


@pytest.mark.parametrize("degrees", [0, 90, 180, 270])
@pytest.mark.parametrize("hflip", [False, True])
def test_rotation_is_applied(tmp_path: Path, degrees: int, hflip: bool) -> None:
    path = write_video(tmp_path / "r.mp4", [0, 40], rotation_deg=degrees, hflip=hflip)
    with open_video(path) as video:
        picture = next(iter(video)).picture
        source = video.source
    coded = numbered(0)
    # PyAV's angle is counterclockwise and its flip comes after the turn; the ffmpeg command shows the same.
    wanted = np.rot90(coded, degrees // 90)
    wanted = wanted[:, ::-1] if hflip else wanted
    assert source.rotation_deg == (-degrees) % 360
    assert (picture.height, picture.width) == wanted.shape[:2] == picture.luma.shape
    assert (source.height, source.width) == wanted.shape[:2]
    assert np.abs(picture.rgb().astype(float) - wanted).mean() < 6
    assert has_note(source, "flipped") == hflip


def test_mirrored_flips_the_picture_back(plain: Path) -> None:
    with open_video(plain) as video, open_video(plain, mirrored=True) as mirrored:
        as_is, back = next(iter(video)).picture, next(iter(mirrored)).picture
        np.testing.assert_array_equal(back.luma, as_is.luma[:, ::-1])
        np.testing.assert_array_equal(back.rgb(), as_is.rgb()[:, ::-1])
        assert mirrored.source.mirrored
        assert mirrored.source.rotation_deg == 0


@pytest.mark.parametrize(("aspect", "size"), [(Fraction(4, 3), (171, 96)), (Fraction(1, 2), (128, 192))])
def test_pixels_become_square(tmp_path: Path, aspect: Fraction, size: tuple[int, int]) -> None:
    with open_video(write_video(tmp_path / "sar.mp4", [0, 40], aspect=aspect)) as video:
        picture = next(iter(video)).picture
        assert (video.width, video.height) == (picture.width, picture.height) == size
        assert picture.luma.shape == size[::-1]
        assert video.source.sample_aspect == pytest.approx(float(aspect))
        wanted = cv2.resize(numbered(0), size, interpolation=cv2.INTER_CUBIC)
        assert np.abs(picture.rgb().astype(float) - wanted).mean() < 6


@pytest.mark.parametrize(
    ("codec", "form", "color_range", "codes", "kind"),
    [
        ("libx264", "yuv420p", 0, (16, 235), np.uint8),
        ("libx264", "yuv420p", 2, (0, 255), np.uint8),
        ("libx264", "yuvj420p", 2, (0, 255), np.uint8),
        ("libx264", "yuv420p10le", 0, (64, 940), np.uint16),
        ("libx265", "yuv420p10le", 1, (64, 940), np.uint16),
        ("ffv1", "yuv444p12le", 0, (256, 3760), np.uint16),
        ("ffv1", "gray", 0, (0, 255), np.uint8),
        ("ffv1", "bgr0", 0, (0, 255), np.uint8),
    ],
)
def test_depth_and_range(
    tmp_path: Path, codec: str, form: str, color_range: int, codes: tuple[float, float], kind: type
) -> None:
    path = write_video(tmp_path / "d.mkv", [0, 40], codec=codec, pixel_format=form, color_range=color_range)
    with open_video(path) as video:
        frames = list(video)
    picture = frames[1].picture
    assert (picture.black, picture.white) == codes
    assert picture.luma.dtype == kind
    # Block 0 of picture 1 is white, block 1 black.
    span = picture.white - picture.black
    assert float(np.median(picture.luma[4:20, 3:13])) == pytest.approx(picture.white, abs=0.03 * span)
    assert float(np.median(picture.luma[4:20, 19:29])) == pytest.approx(picture.black, abs=0.03 * span)
    if form != "gray":
        assert np.abs(picture.rgb().astype(float) - numbered(1)).mean() < 6
