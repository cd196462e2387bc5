"""Videos as nobody should make them: each ends in an answer or in one line, and quickly."""

from __future__ import annotations

import importlib
import os
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from media import write_video

from twitchcam import cli, session
from twitchcam.batch.outcome import Limits
from twitchcam.edges import probe
from twitchcam.edges.decode import open_video
from twitchcam.edges.facemesh import FaceMeshTracker
from twitchcam.edges.packets import read_pictures
from twitchcam.errors import InputRefused
from twitchcam.session import Options, analyse_clip
from twitchcam.synth.scheduling import usual_scheduling
from twitchcam.types import FaceLandmarks, Frame, TrackerInfo

SCRIPTS = str(Path(__file__).resolve().parents[1] / "scripts")
LONG_S = 60.0
INTERLACED = av.codec.context.Flags.interlaced_dct | av.codec.context.Flags.interlaced_me
posix = pytest.mark.skipif(os.name != "posix", reason="files as POSIX has them")


class Blind:
    """A tracker that sees nothing, where the face does not matter: loading the networks takes long."""

    info = TrackerInfo("blind", "0", "0" * 64)

    def track(self, _frame: Frame) -> FaceLandmarks | None:
        return None

    def close(self) -> None:
        pass


@pytest.fixture
def blind(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "make_tracker", lambda _: Blind())


@pytest.fixture(scope="module")
def tracker() -> Iterator[FaceMeshTracker]:
    """The real tracker, whose networks are loaded once."""
    one = FaceMeshTracker()
    yield one
    one.close()


@pytest.fixture
def seeing(tracker: FaceMeshTracker, monkeypatch: pytest.MonkeyPatch) -> None:
    tracker.forget()
    monkeypatch.setattr(session, "make_tracker", lambda _: tracker)
    monkeypatch.setattr(tracker, "close", lambda: None)


@pytest.fixture(scope="module")
def faces(samples: Path) -> list[np.ndarray[Any, Any]]:
    """RGB pictures of a face, 320x240."""
    with av.open(str(samples / "left-twitch.mp4")) as container:
        frames = [frame for _, frame in zip(range(45), container.decode(video=0), strict=False)]
        return [frame.reformat(width=320, height=240).to_ndarray(format="rgb24") for frame in frames]


def write_faces(
    path: Path,
    faces: list[np.ndarray[Any, Any]],
    stamps: list[int],
    *,
    codec: str = "libx264",
    form: str = "yuv420p",
    size: tuple[int, int] = (320, 240),
    time_base: Fraction = Fraction(1, 1000),
    **colours: int,
) -> Path:
    """Write the face at the given times, in ticks."""
    with av.open(str(path), "w") as out:
        stream: Any = out.add_stream(codec, rate=30)
        stream.width, stream.height, stream.pix_fmt = *size, form
        stream.codec_context.time_base = stream.time_base = time_base
        if codec == "libx264":
            stream.options = {"preset": "ultrafast"}
        for name, value in colours.items():
            setattr(stream.codec_context, name, value)
        for k, stamp in enumerate(stamps):
            frame = av.VideoFrame.from_ndarray(faces[k % len(faces)], "rgb24")
            frame = frame.reformat(format=form, width=size[0], height=size[1], threads=1)
            frame.pts, frame.time_base = stamp, time_base
            with usual_scheduling():
                out.mux(stream.encode(frame))
        out.mux(stream.encode())
    return path


def every(ms: float, count: int) -> list[int]:
    return [round(k * ms) for k in range(count)]


FACES: dict[str, tuple[str, dict[str, Any]]] = {
    "one picture": ("a.mp4", {"stamps": [0]}),
    "two pictures": ("a.mp4", {"stamps": [0, 33]}),
    "half a second": ("a.mp4", {"stamps": every(33.3, 15)}),
    "1 a second": ("a.mp4", {"stamps": every(1000, 12)}),
    "1000 a second": ("a.mkv", {"stamps": every(1, 45)}),
    "one tick apart": ("a.mp4", {"stamps": every(1, 20), "time_base": Fraction(1, 90000)}),
    "hour of a still": ("a.mp4", {"stamps": every(600_000, 7)}),
    "hour after a second": ("a.mp4", {"stamps": [*every(33.3, 20), 3_500_000, 3_500_033]}),
    "days in jumps": ("a.mkv", {"stamps": [k * 3_500_000 + 33 * j for k in range(30) for j in (0, 1)]}),
    "16x16": ("a.mp4", {"stamps": every(33.3, 10), "size": (16, 16)}),
    "17x33": ("a.mkv", {"stamps": every(33.3, 10), "size": (17, 33), "codec": "ffv1", "form": "yuv444p"}),
    "1x1": ("a.mkv", {"stamps": every(33.3, 10), "size": (1, 1), "codec": "ffv1", "form": "yuv444p"}),
    "2000x8": ("a.mkv", {"stamps": every(33.3, 10), "size": (2000, 8)}),
    "8x2000": ("a.mkv", {"stamps": every(33.3, 10), "size": (8, 2000)}),
    "7680x4320": ("a.mp4", {"stamps": [0], "size": (7680, 4320)}),
    "HDR": (
        "a.mkv",
        {"stamps": every(33.3, 20), "form": "yuv420p10le",
         "color_primaries": 9, "color_trc": 16, "colorspace": 9},
    ),
    "alpha": ("a.webm", {"stamps": every(33.3, 12), "codec": "libvpx-vp9", "form": "yuva420p"}),
    "RGBA": ("a.mov", {"stamps": every(33.3, 12), "codec": "png", "form": "rgba"}),
    "16-bit grey": ("a.mov", {"stamps": every(33.3, 12), "codec": "png", "form": "gray16be"}),
}  # fmt: skip


@pytest.mark.usefixtures("seeing")
@pytest.mark.parametrize("case", FACES)
def test_odd_clips_of_a_face_are_answered(
    tmp_path: Path, faces: list[np.ndarray[Any, Any]], case: str
) -> None:
    name, how = FACES[case]
    path = write_faces(tmp_path / name, faces, **how)
    result = analyse_clip(path, tmp_path / "out", Options())
    source, quality = result.summary.measured.source, result.summary.measured.quality
    assert source.frames == len(how["stamps"]) or case == "one tick apart"
    assert quality.verdict != "ok", "nothing of so little can be good"
    assert {p.name for p in (tmp_path / "out" / "a").iterdir()} >= {"summary.json", "report.html"}


@pytest.mark.usefixtures("blind")
class TestNames:
    """File names that some part of the way could trip over."""

    @pytest.mark.parametrize(
        "name",
        ["two words.mp4", "it's \"quoted\".mp4", "new\nline.mp4", "😀 é.mp4", "--out.mp4", "-.mp4",
         "%s{0}.mp4", "a:b.mp4", "<b>&amp;.mp4", "x" * 240 + ".mp4", ".mp4", "noending", "dots....mp4",
         "$(id) `id`.mp4"],
    )  # fmt: skip
    def test_results_lie_under_the_name(
        self, clip: Path, tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch, capfd: Any
    ) -> None:
        (tmp_path / name).write_bytes(clip.read_bytes())
        monkeypatch.chdir(tmp_path)
        assert run(monkeypatch, "analyze", "--out", "out", "--", name) == 0
        out, err = capfd.readouterr()
        assert err == ""
        assert len(out.splitlines()) == 2, "what was found, and where"
        assert (tmp_path / "out" / Path(name).stem / "summary.json").is_file()

    @posix
    def test_bytes_that_are_no_text(
        self, clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        path = os.fsdecode(os.fsencode(tmp_path) + b"/\xff\xfe.mp4")
        try:
            Path(path).write_bytes(clip.read_bytes())
        except OSError:
            pytest.skip("this file system refuses such names")
        assert run(monkeypatch, "analyze", path, "--out", str(tmp_path / "out")) == 0
        assert next((tmp_path / "out").rglob("summary.json")).read_text(encoding="utf-8")


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    """Return the exit status of the command line in this process."""
    monkeypatch.setattr(sys, "argv", ["twitchcam", *arguments])
    with pytest.raises(SystemExit) as stopped:
        cli.app_main()
    assert isinstance(stopped.value.code, int)
    return stopped.value.code


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_video(tmp_path_factory.mktemp("clip") / "plain.mp4")


def _pipe(path: Path, _: Path) -> Path:
    os.mkfifo(path)
    return path


def _circle(path: Path, _: Path) -> Path:
    path.symlink_to(path.with_name("other"))
    path.with_name("other").symlink_to(path)
    return path


def _dangling(path: Path, _: Path) -> Path:
    path.symlink_to(path.with_name("nothing"))
    return path


def _below_a_file(path: Path, clip: Path) -> Path:
    return clip / path.name


SPECIAL: dict[str, tuple[Callable[[Path, Path], Path], str]] = {
    "pipe": (_pipe, "not a regular file"),
    "links in a circle": (_circle, "cannot be opened"),
    "link to nothing": (_dangling, "does not exist"),
    "too long": (lambda p, _: p.with_name("x" * 300), "cannot be opened"),
    "below a file": (_below_a_file, "does not exist"),
    "zeros for ever": (lambda *_: Path("/dev/zero"), "not a regular file"),
    "nothing": (lambda *_: Path(os.devnull), "not a regular file"),
    "terminal": (lambda *_: Path("/dev/tty"), "not a regular file"),
    "no picture of the system": (lambda *_: Path("/proc/self/status"), "is empty"),
    "zero byte in the name": (lambda p, _: Path(f"{p}\0.mp4"), "cannot be opened"),
}


@posix
@pytest.mark.parametrize("case", SPECIAL)
def test_special_files_are_refused_at_once(tmp_path: Path, clip: Path, case: str) -> None:
    make, words = SPECIAL[case]
    path = make(tmp_path / "a.mp4", clip)
    if not path.parent.is_dir() and path.parent != clip:
        pytest.skip("not on this system")
    with pytest.raises(InputRefused, match=words) as refused:
        open_video(path)
    assert ";" in str(refused.value)


@posix
def test_a_link_to_a_clip_is_that_clip(tmp_path: Path, clip: Path) -> None:
    (tmp_path / "link.mp4").symlink_to(clip)
    with open_video(tmp_path / "link.mp4") as video:
        assert sum(1 for _ in video) == 20


class TestUnreadable:
    """Imitated: for root everything is readable."""

    def test_folder_that_may_not_be_entered(self, clip: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        def denied(_: Path, **__: Any) -> os.stat_result:
            raise PermissionError(13, "Permission denied")

        monkeypatch.setattr(Path, "stat", denied)
        with pytest.raises(InputRefused, match="may not be read; change"):
            open_video(clip)

    def test_disk_that_fails(self, clip: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        def failing(*_: Any, **__: Any) -> Any:
            raise OSError(5, "Input/output error")

        monkeypatch.setattr(probe.av, "open", failing)
        monkeypatch.setattr(Path, "open", failing)
        with pytest.raises(InputRefused, match=r"cannot be read \(Input/output error\); copy"):
            open_video(clip)


class TestWhileItIsRead:
    @pytest.mark.usefixtures("blind")
    @posix
    def test_a_clip_that_vanishes_is_answered(self, tmp_path: Path, clip: Path) -> None:
        path = tmp_path / "gone.mp4"
        path.write_bytes(clip.read_bytes())

        def vanish(stage: str, done: int, _: int | None) -> None:
            if stage == "measuring" and done == 1:
                path.unlink()

        result = analyse_clip(path, tmp_path / "out", Options(), progress=vanish)
        assert result.summary.measured.source.frames == 20
        assert (tmp_path / "out" / "gone" / "summary.json").is_file()

    def test_a_clip_that_is_cut_off_ends_early(self, tmp_path: Path) -> None:
        path = write_video(tmp_path / "cut.ts", range(0, 40_000, 40), size=(320, 240))
        with open_video(path) as video:
            frames = iter(video)
            next(frames)
            os.truncate(path, path.stat().st_size // 2)
            seen = 1 + sum(1 for _ in frames)
            assert 100 < seen < 1000
            assert video.source.frames == seen

    def test_a_clip_that_grows(self, tmp_path: Path) -> None:
        whole = write_video(tmp_path / "whole.ts", range(0, 4000, 40)).read_bytes()
        path = tmp_path / "growing.ts"
        path.write_bytes(whole[: len(whole) // 2])
        with open_video(path) as video, path.open("ab") as more:
            frames = iter(video)
            next(frames)
            more.write(whole[len(whole) // 2 :])
            more.flush()
            seen = 1 + sum(1 for _ in frames)
        assert 20 < seen <= 100


@pytest.mark.parametrize("codec", ["libx264", "mpeg2video"])
def test_interlaced_pictures_are_told(tmp_path: Path, faces: list[np.ndarray[Any, Any]], codec: str) -> None:
    path = write_faces(tmp_path / "i.mpg", faces, every(1, 10), codec=codec, time_base=Fraction(1, 25),
                       flags=INTERLACED)  # fmt: skip
    with open_video(path) as video:
        assert sum(1 for _ in video) == 10
        assert any(note.startswith("Interlaced pictures: 10; ") for note in video.source.notes)


class TestBombs:
    """Small files that announce much."""

    def test_pictures_larger_than_any_camera_has(self, tmp_path: Path) -> None:
        path = write_faces(
            tmp_path / "large.mov", [np.zeros((16, 16, 3), np.uint8)], [0], codec="png", form="rgb24",
            size=(17000, 16),
        )  # fmt: skip
        with pytest.raises(InputRefused, match="announces pictures of 17000x16, more than can be measured; "):
            open_video(path)

    def test_larger_pictures_on_the_way_are_left_out(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(probe, "MOST_PIXELS", 20_000)
        one = write_video(tmp_path / "1.ts", range(0, 400, 40))
        two = write_video(tmp_path / "2.ts", range(400, 800, 40), size=(320, 240))
        joined = tmp_path / "joined.ts"
        joined.write_bytes(one.read_bytes() + two.read_bytes())
        with open_video(joined) as video:
            assert sum(1 for _ in video) <= 10

    def test_fragments_that_announce_millions_of_pictures(self, tmp_path: Path) -> None:
        """FFmpeg fills its memory with a table of them when such a file is opened."""
        path = write_video(
            tmp_path / "f.mp4", container_options={"movflags": "frag_keyframe+empty_moov+default_base_moof"}
        )
        with open_video(path) as video:
            assert sum(1 for _ in video) == 20
        data = bytearray(path.read_bytes())
        at = data.index(b"trun")
        data[at + 8 : at + 12] = (1 << 26).to_bytes(4, "big")
        path.write_bytes(data)
        with pytest.raises(InputRefused, match="more pictures than it has bytes; it is damaged: copy it"):
            open_video(path)

    def test_pixels_as_no_camera_has_them(self, tmp_path: Path) -> None:
        path = write_video(tmp_path / "wide.mp4", aspect=Fraction(50, 1))
        with open_video(path) as video:
            assert {frame.picture.luma.shape for frame in video} == {(96, 128)}
            assert any("pixel shape that no camera has" in note for note in video.source.notes)


class Adding:
    """A container whose demuxer meets a new stream after some packets, as PyAV's does in FLV and MPEG-PS."""

    def __init__(self, container: Any) -> None:
        self._container, self._met = container, False

    def demux(self, stream: Any) -> Iterator[Any]:
        for k, packet in enumerate(self._container.demux(stream)):
            if k == 7 and not self._met:
                self._met = True
                raise IndexError("list index out of range")
            yield packet


def test_a_stream_that_appears_in_the_middle(clip: Path) -> None:
    odd: Counter[str] = Counter()
    with av.open(str(clip)) as container:
        stream = container.streams.video[0]
        adding: Any = Adding(container)
        assert len(list(read_pictures(adding, stream, odd))) >= 15
    assert odd["reads"] == 1


def test_some_hundreds_of_damaged_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The short run of scripts/fuzz_videos.py; docs/hostile-input.md has the figures of the long ones."""
    monkeypatch.setattr(sys, "path", [SCRIPTS, *sys.path])
    fuzz = importlib.import_module("fuzz_videos")
    fuzzer = fuzz.Fuzzer(tmp_path, seed=8, keep=None, limits=Limits(LONG_S, 2500.0))
    fuzzer.run(fuzzer.seeds([]), 400, fuzz.DECODE)
    total = fuzzer.tally.total
    assert fuzzer.tally.faults == []
    assert total["answered"] + total["refused"] == 400
    assert min(total["answered"], total["refused"]) > 80
