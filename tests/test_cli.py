"""The command line: what it prints where, its exit codes, and refusals in one line."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest
from media import write_sound
from recordings import StillFace
from running import Ran, Run

from twitchcam import __version__, cli, progress, session
from twitchcam.edges.recordings import save_recording
from twitchcam.errors import InputRefused
from twitchcam.schema import load_schema
from twitchcam.session import Result

COMMANDS = (
    "analyze", "batch", "bench", "doctor", "export", "history", "live", "report", "review", "synth", "triage",
)  # fmt: skip
HEAVY = {"numpy", "scipy", "cv2", "av", "mediapipe", "jinja2", "plotly", "rich", "starlette", "uvicorn"}


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Run:
    return Run(monkeypatch, capfd)


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to work in."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def python(*arguments: object, cwd: Path) -> Ran:
    """Run python in a process of its own, as from a script: nothing is a terminal."""
    done = subprocess.run(
        [sys.executable, *map(str, arguments)],
        cwd=cwd,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    return Ran(done.returncode, done.stdout, done.stderr)


@pytest.fixture(scope="module")
def still(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A recording of a still face."""
    path = tmp_path_factory.mktemp("still") / "face.npz"
    save_recording(StillFace(duration_s=12.0).recording(), path)
    return path


class TestHelp:
    @pytest.mark.parametrize("command", COMMANDS)
    def test_every_command_has_an_example(self, run: Run, command: str) -> None:
        shown = run(command, "--help")
        assert (shown.status, shown.err) == (0, "")
        assert f"twitchcam {command} " in shown.out.partition("Example")[2]

    def test_these_are_all_commands(self) -> None:
        names = {c.name or getattr(c.callback, "__name__", "") for c in cli.app.registered_commands}
        names |= {group.name or "" for group in cli.app.registered_groups}
        assert names == set(COMMANDS)

    def test_without_arguments_it_says_what_it_is(self, run: Run) -> None:
        shown = run()
        assert (shown.status, shown.err) == (0, "")
        assert "never diagnoses" in shown.out
        assert shown == run("--help") == run("-h")

    def test_version(self, run: Run) -> None:
        assert run("--version") == (0, f"twitchcam {__version__}\n", "")

    def test_it_is_quick_because_nothing_heavy_is_loaded(self, tmp_path: Path) -> None:
        code = "import sys, twitchcam.cli; print(*sys.modules)"
        loaded = python("-c", code, cwd=tmp_path)
        assert loaded.status == 0
        assert not HEAVY & set(loaded.out.split())


@pytest.fixture(scope="module")
def mixed(short_clip: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Ran]:
    """`python -m twitchcam analyze` on one good clip among bad ones, in a process of its own."""
    folder = tmp_path_factory.mktemp("mixed")
    (folder / "text.mp4").write_text("not a video")
    shutil.copy(short_clip, folder / "good.mp4")
    clips = ("missing.mp4", "good.mp4", "text.mp4")
    return folder, python("-m", "twitchcam", "analyze", *clips, "--out", "results", cwd=folder)


class TestAnalyze:
    def test_bad_clips_are_named_and_good_ones_written(self, mixed: tuple[Path, Ran]) -> None:
        folder, ran = mixed
        assert ran.status == 2
        assert [p.name for p in (folder / "results").iterdir()] == ["good"]
        assert len(list((folder / "results" / "good").iterdir())) == 5

    def test_standard_error_holds_the_refusals_and_nothing_of_the_libraries(
        self, mixed: tuple[Path, Ran]
    ) -> None:
        _, ran = mixed
        # On a busy machine even this clip may take long enough for a line of progress.
        first, second = (line for line in ran.refusals if not line.startswith("good.mp4: measuring, frame "))
        assert first == "twitchcam: missing.mp4 does not exist; check the spelling and the folder"
        assert second.startswith("twitchcam: text.mp4 is not a video that can be read; give ")

    def test_standard_output_says_what_was_found_and_where(self, mixed: tuple[Path, Ran]) -> None:
        _, ran = mixed
        found, report = ran.out.splitlines()
        assert found.startswith("good.mp4: ")
        assert report == f"Report: {Path('results', 'good', 'report.html')}"

    @pytest.mark.usefixtures("here")
    def test_json_is_one_valid_object_a_line(self, run: Run, measured: Result, still: Path) -> None:
        assert measured.folder is not None
        ran = run("analyze", measured.folder / "recording.npz", still, "--json", "--out", "out")
        assert (ran.status, ran.err) == (0, "")
        first, second = (json.loads(line) for line in ran.out.splitlines())
        for summary in (first, second):
            jsonschema.Draft202012Validator(load_schema()).validate(summary)
        assert first == json.loads((measured.folder / "summary.json").read_text(encoding="utf-8"))
        assert second == json.loads(Path("out/face/summary.json").read_text(encoding="utf-8"))
        assert sorted(p.name for p in Path("out").iterdir()) == ["face", "left-twitch"]

    def test_unusable_is_an_answer(self, run: Run, here: Path) -> None:
        face = StillFace(duration_s=4.0)
        face.lost[:] = True
        save_recording(face.recording(), here / "dark.npz")
        ran = run("analyze", "dark.npz", "--json")
        assert (ran.status, ran.err) == (0, "")
        assert json.loads(ran.out)["quality"]["verdict"] == "unusable"
        assert (here / "twitchcam_results" / "dark" / "report.html").exists()

    def test_a_name_that_is_no_text_is_shown_escaped(self, run: Run, here: Path, still: Path) -> None:
        name = b"caf\xe9.npz".decode("utf-8", "surrogateescape")
        try:
            shutil.copy(still, here / name)
        except OSError:
            pytest.skip("this file system takes only text as names")
        ran = run("analyze", name)
        assert (ran.status, ran.err) == (0, "")
        assert "caf\\udce9.npz: " in ran.out


REFUSED = {
    "missing": (["missing.mp4"], "missing.mp4 does not exist; check"),
    "folder": (["folder"], "folder is a folder; name the videos in it"),
    "empty": (["empty.mp4"], "empty.mp4 is empty (0 bytes); copy it again"),
    "text": (["text.mp4"], "text.mp4 is not a video that can be read; give"),
    "sound": (["sound.mp4"], "sound.mp4 holds sound but no video; give"),
    "no recording": (["text.npz"], "text.npz: is not a readable recording"),
    "option": (["clip.mp4", "--fast"], "No such option: --fast"),
    "argument": ([], "Missing argument 'CLIP' (see 'twitchcam analyze --help')"),
    "value": (["clip.mp4", "--pd-mm", "wide"], "Invalid value for '--pd-mm': "),
    "no value": (["clip.mp4", "--out"], "requires an argument"),
    "distance": (["clip.mp4", "--pd-mm", "6.2"], "--pd-mm 6.2: a pupillary distance lies between"),
    "tracker": (["clip.mp4", "--backend", "dlib"], "--backend dlib: no such face tracker; use facemesh"),
    "answer": (
        ["clip.mp4", "--answers", "typo.toml"],
        "typo.toml: answers: unknown key 'duration_dais'; the nearest known one is 'duration_days'",
    ),
    "no answers": (["clip.mp4", "--answers", "no.toml"], "no.toml: no such answers file. Check"),
    "out": (["clip.mp4", "--out", "empty.mp4"], "empty.mp4: is not a folder, so no results fit in it"),
    "twice": (
        ["clip.mp4", "folder/clip.mp4"],
        "clip.mp4 and folder/clip.mp4 would both be written to the folder clip; give",
    ),
    "line break": (["two\nlines.mp4"], "two lines.mp4 does not exist"),
}  # fmt: skip


class TestRefusals:
    @pytest.fixture
    def files(self, here: Path) -> None:
        (here / "folder").mkdir()
        (here / "empty.mp4").touch()
        (here / "text.mp4").write_text("not a video")
        (here / "text.npz").write_text("not a recording")
        (here / "typo.toml").write_text("duration_dais = 3")
        (here / "clip.mp4").write_bytes(b"never read")
        write_sound(here / "sound.mp4")

    @pytest.mark.usefixtures("files")
    @pytest.mark.parametrize(("arguments", "said"), REFUSED.values(), ids=REFUSED)
    def test_analyze_says_one_line_and_exits_with_2(self, run: Run, arguments: list[str], said: str) -> None:
        before = sorted(Path.cwd().iterdir())
        ran = run("analyze", *arguments)
        assert (ran.status, ran.out) == (2, "")
        (line,) = ran.refusals
        assert line.startswith("twitchcam: ")
        assert said in line
        assert sorted(Path.cwd().iterdir()) == before, "a refused input leaves nothing behind"

    @pytest.mark.parametrize(
        ("arguments", "said"),
        [
            (["analyse"], "No such command 'analyse'. Did you mean 'analyze'? (see 'twitchcam --help')"),
            (["--loud"], "No such option: --loud (see 'twitchcam --help')"),
            (["triage"], "there are no answers, and this is not a terminal"),
            (["report", "x" * 300], "cannot be used (File name too long)"),
            (["review", "x" * 300], "cannot be used (File name too long)"),
            (["history", "add", "x" * 300], "cannot be used (File name too long)"),
            (["analyze", "x" * 300 + ".npz"], "cannot be read ("),
            (["live", "--camera", "x" * 300], "give a number (0 is the first camera)"),
            (["synth", "a.mp4", "--portrait", "x" * 300], "no such picture"),
            (["synth", "x" * 300 + ".mp4", "--duration", "1"], "cannot write here ("),
            (["synth"], "Missing argument 'CLIP'"),
            (["synth", "a.mp4", "--portrait", "no.jpg"], "no.jpg: no such picture; check the path"),
            (["synth", "a.mp4", "--portrait", __file__], "test_cli.py: not a picture that can be read"),
            (["synth", "a.mp4", "--size", "big"], "--size big: give width and height"),
            (["synth", "a.mp4", "--site", "nose"], "'nose'"),
            (["synth", "a.mp4", "--preset", "wink"], "'wink'"),
            (["synth", "a.mp4", "--duration", "-1"], "duration -1: give the length"),
            (["synth", "a.mp4", "--mbit", "0"], "bit_rate_bps"),
            (["synth", "a.mp4", "--settings", "s.toml", "--hz", "3"], "--hz: --settings describes"),
        ],
    )  # fmt: skip
    def test_other_commands_do_too(self, run: Run, here: Path, arguments: list[str], said: str) -> None:
        ran = run(*arguments)
        assert (ran.status, ran.out) == (2, "")
        (line,) = ran.refusals
        assert line.startswith("twitchcam: ")
        assert said in line
        assert not list(here.iterdir())

    @pytest.mark.usefixtures("here")
    def test_a_bug_is_not_dressed_up_as_a_refusal(
        self, run: Run, still: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(session, "analyse", lambda _: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            run("analyze", still)


@pytest.mark.usefixtures("here")
def test_ctrl_c_ends_with_130(run: Run, still: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(recording: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(session, "analyse", stop)
    assert run("analyze", still) == (130, "", "twitchcam: stopped\n")


class TestSynth:
    @pytest.mark.usefixtures("here")
    def test_makes_a_clip_and_its_truth(self, run: Run) -> None:
        pytest.importorskip("skimage")
        ran = run("synth", "t.mp4", "--size", "320x240", "--duration", "0.5", "--hz", "8", "--seed", "3")
        assert (ran.status, ran.err) == (0, "")
        assert ran.out == "t.mp4: 15 frames; its truth is in t.truth.json\n"
        truth = json.loads(Path("t.truth.json").read_text(encoding="utf-8"))
        assert (truth["frames"], truth["fps"]) == (15, 30.0)
        again = run("synth", "again.mp4", "--settings", "t.truth.json")
        assert again.status == 0
        assert json.loads(Path("again.truth.json").read_text(encoding="utf-8"))["events"] == truth["events"]

    @pytest.mark.parametrize("text", ["1280", "x720", "1280x", "-3x4", "1.5x2", "²x2", ""])
    def test_sizes_are_two_numbers(self, text: str) -> None:
        from twitchcam.cli_synth import parse_size

        assert parse_size("1280X720") == (1280, 720)
        with pytest.raises(InputRefused, match="--size"):
            parse_size(text)


class TestProgress:
    """Off a terminal: nothing for short work, then a plain line now and then."""

    @pytest.fixture
    def clock(self, monkeypatch: pytest.MonkeyPatch) -> list[float]:
        now = [100.0]
        monkeypatch.setattr(progress.time, "monotonic", lambda: now[0])
        return now

    def test_lines_come_every_ten_seconds(
        self, clock: list[float], capsys: pytest.CaptureFixture[str]
    ) -> None:
        with progress.ProgressDisplay("long.mp4") as display:
            for frame in range(1, 601):
                clock[0] += 0.05
                display("measuring", frame, 1200)
        out, err = capsys.readouterr()
        lines = err.splitlines()
        assert out == ""
        assert len(lines) == 2
        assert lines[0].startswith("long.mp4: measuring, frame 20")
        assert "of 1200, 20 a second, about 50 s left" in lines[0]

    def test_short_or_silent_work_shows_nothing(
        self, clock: list[float], capsys: pytest.CaptureFixture[str]
    ) -> None:
        for quiet, step in ((False, 0.05), (True, 5.0)):
            with progress.ProgressDisplay("a.mp4", quiet=quiet) as display:
                for frame in range(1, 101):
                    clock[0] += step
                    display("measuring", frame, None)
        assert capsys.readouterr() == ("", "")

    def test_on_a_terminal_there_is_a_bar(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
        monkeypatch.setenv("TERM", "xterm")
        with progress.ProgressDisplay("[/b]{0}.mp4") as display:
            for frame in range(1, 11):
                display("measuring", frame, 10)
            display("analysing", 0, None)
            bar = display._bar
            assert [task.description for task in bar.tasks] == ["[/b]{0}.mp4: analysing"]
        assert bar.live.is_started is False
        assert "[/b]{0}.mp4" in capsys.readouterr().err
