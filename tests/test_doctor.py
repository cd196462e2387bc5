"""The doctor: what it says of sound and broken machines, that it survives them, what it keeps to itself."""

from __future__ import annotations

import hashlib
import json
import os
import socket
import sqlite3
import subprocess
import sys
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest
from media import remux

from twitchcam.doctor import cameras, machine, pages, places, program, tracker, uploader, video
from twitchcam.doctor import libraries as libs
from twitchcam.doctor.children import Ended, how_it_ended, run_each
from twitchcam.doctor.command import main
from twitchcam.doctor.examination import guarded
from twitchcam.doctor.finding import NOTE, OK, PROBLEM, Finding, hide_person, worst
from twitchcam.doctor.showing import line_of, sentence_of
from twitchcam.doctor.start import without_library

ROOT = Path(__file__).resolve().parents[1]
GROUPS = ["program", "libraries", "measuring", "codecs", "cameras", "pages", "places", "machine"]


def run(*arguments: str, **environment: str) -> tuple[int, str, str]:
    """Run Python in a process of its own, in the checkout, as a person's shell would."""
    shell = {
        k: v for k, v in os.environ.items() if k != "PYTHONSAFEPATH"
    }  # the program sets it for its children
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        encoding="utf-8",
        env={**shell, **environment},
        check=False,
    )
    return done.returncode, done.stdout, done.stderr


@pytest.fixture(scope="module")
def here() -> tuple[int, dict[str, Any], str]:
    """Return what the doctor says of this machine: exit code, JSON, standard error."""
    status, out, err = run("-m", "twitchcam", "doctor", "--json")
    return status, json.loads(out), err


class TestThisMachine:
    def test_the_main_job_works_where_its_tests_run(self, here: tuple[int, dict[str, Any], str]) -> None:
        status, told, err = here
        assert [check for check in told["checks"] if check["state"] == PROBLEM] == []
        assert (status, told["works"], err) == (0, True, "")

    def test_every_group_says_something_and_each_fault_how_to_mend_it(
        self, here: tuple[int, dict[str, Any], str]
    ) -> None:
        checks = here[1]["checks"]
        assert list(dict.fromkeys(check["group"] for check in checks)) == GROUPS
        for check in checks:
            assert set(check) == {"group", "name", "state", "text", "mend"}
            assert check["mend"] or check["state"] == OK
        named = {check["name"] for check in checks}
        assert {"python", "models", "uploader", "tracker", "speed", "decoding", "port", "history"} <= named

    def test_it_can_be_pasted_into_a_bug_report(self, here: tuple[int, dict[str, Any], str]) -> None:
        text = json.dumps(here[1])
        home = os.path.expanduser("~")
        assert len(home) < 4 or home not in text
        assert len(socket.gethostname()) < 4 or socket.gethostname() not in text

    def test_the_clip_is_the_beginning_of_a_sample(self, samples: Path, tmp_path: Path) -> None:
        again = remux(
            samples / "left-twitch.mp4",
            tmp_path / "a.mp4",
            lambda k, pts, dts: (pts, dts) if k < 75 else None,
        )
        assert (
            hashlib.sha256(again.read_bytes()).digest() == hashlib.sha256(tracker.CLIP.read_bytes()).digest()
        )

    def test_the_models_are_those_of_the_manifest(self) -> None:
        listed = json.loads((ROOT / "models/manifest.json").read_text(encoding="utf-8"))["models"]
        wheel = {m["name"]: m["sha256"] for m in listed if m["where"].startswith("mediapipe")}
        assert {Path(name).name: sha256 for name, sha256 in tracker.MODELS.items()} == wheel


class TestBrokenMachines:
    def test_without_any_library_it_still_speaks(self) -> None:
        status, out, err = run("-S", "-m", "twitchcam.doctor", PYTHONPATH="")
        assert (status, err) == (1, "")
        assert "problem  missing: not installed, or not whole: numpy, scipy" in out
        assert "No module named 'numpy'" in out
        assert len(out.splitlines()) < 40

    def test_it_needs_the_standard_library_only(self) -> None:
        code = "import sys, twitchcam.doctor.command, twitchcam.doctor.probe as _; print(*sys.modules)"
        status, out, _ = run("-c", code)
        outside = {name.split(".")[0] for name in out.split()} - set(sys.stdlib_module_names) - {"twitchcam"}
        # what site itself loads (editable installs, coverage) has a name with an underscore in front
        assert (status, {name for name in outside if not name.startswith("_")}) == (0, set())

    def test_without_the_command_line_s_own_library(self) -> None:
        code = (
            "import sys, runpy; sys.modules['typer'] = None; sys.argv[0] = 'twitchcam'; "
            "runpy.run_module('twitchcam', run_name='__main__')"
        )
        status, out, err = run("-c", code, "history", "list")
        assert (status, out) == (1, "")
        assert err.startswith("twitchcam: a library does not load (import of typer halted")
        assert err.endswith("'twitchcam doctor' says how to mend it\n")
        status, out, err = run("-c", code, "doctor", "--help")
        assert (status, err) == (0, "")
        assert "--camera" in out

    def test_a_missing_module_of_ours_is_a_bug(self) -> None:
        with pytest.raises(ModuleNotFoundError):
            without_library(ModuleNotFoundError("no", name="twitchcam.nothing"), ["doctor"])

    def test_a_crash_on_import_costs_a_line(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        bodies = {
            "no_avx": "import os, signal; os.kill(os.getpid(), getattr(signal, 'SIGILL', 15))",
            "no_gl": "raise ImportError('libGL.so.1: cannot open shared object file: No such file')",
            "loud": "import sys; print('twitch', flush=True); sys.exit(7)",
        }
        for name, body in bodies.items():
            (tmp_path / f"{name}.py").write_text(body)
        monkeypatch.syspath_prepend(str(tmp_path))
        names = ["json", "no_avx", "no_gl", "loud", "not_there_at_all", "csv"]
        outcomes = run_each("imports", names, timeout_s=60)
        assert list(outcomes) == names
        assert "file" in outcomes["json"]
        assert "file" in outcomes["csv"]
        assert "ImportError: libGL.so.1" in outcomes["no_gl"]["error"]
        assert "No module named" in outcomes["not_there_at_all"]["error"]
        assert outcomes["loud"]["crash"] == "it ended with exit code 7"
        if os.name == "posix":
            assert "AVX" in outcomes["no_avx"]["crash"]

    def test_a_hang_ends(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        (tmp_path / "hangs_for_good.py").write_text("import time; time.sleep(600)")
        monkeypatch.syspath_prepend(str(tmp_path))
        outcomes = run_each("imports", ["hangs_for_good"], timeout_s=3)
        assert outcomes["hangs_for_good"]["crash"] == "it did not end in time"

    def test_a_check_that_fails_itself_is_one_line_and_the_others_follow(self) -> None:
        def broken() -> list[Finding]:
            raise RuntimeError("two\nlines")

        (finding,) = guarded("places", broken)
        assert (finding.state, finding.group) == (NOTE, "places")
        assert "RuntimeError: two lines" in finding.text

    def test_exit_code_one_is_for_problems(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        from twitchcam.doctor import command

        for state, status in ((OK, 0), (NOTE, 0), (PROBLEM, 1)):
            found = [Finding("machine", "cores", state, "one", "two")]
            monkeypatch.setattr(command, "examine", lambda _camera, found=found: iter(found))
            assert main([]) == status
            assert main(["--json"]) == status
        assert "1 problem to mend" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("code", "said", "told"),
    [
        (0, "x", ""),
        (None, "", "it did not end in time"),
        (-4, "", "probably AVX"),
        (-9, "", "memory ran out"),
        (-11, "", "it crashed (SIGSEGV)"),
        (0xC000001D, "", "this processor does not have"),
        (0xC0000135 - 2**32, "", "a DLL is missing"),
        (1, "ValueError: why", "ValueError: why"),
    ],
)
def test_how_a_process_ended_is_said_in_words(code: int | None, said: str, told: str) -> None:
    assert told in how_it_ended(code, said)


@pytest.mark.parametrize(
    ("why", "mend"),
    [
        ("ImportError: libGL.so.1: cannot open shared object file: No such file", "apt install libgl1 "),
        (
            "ImportError: libgomp-a34b.so.1: cannot open shared object file: No such",
            "apt-file search libgomp",
        ),
        ("OSError: libEGL.so.1: cannot open shared object file", "apt install libegl1 "),
        ("AttributeError: _ARRAY_API not found", "numpy>=1.24,<2"),
        ("ImportError: numpy.core.multiarray failed to import", "numpy>=1.24,<2"),
        ("ImportError: /lib/libc.so.6: version `GLIBC_2.28' not found", "newer"),
        ("ImportError: DLL load failed while importing cv2", "Visual C++"),
        (how_it_ended(-4, ""), "AVX"),
        (how_it_ended(-9, ""), "1 GB"),
        ("ModuleNotFoundError: No module named 'cv2'", "virtual environment"),
        ("SyntaxError: source code cannot contain null bytes", "--force-reinstall --no-deps av"),
    ],
)
def test_what_an_import_says_has_a_remedy(why: str, mend: str) -> None:
    assert mend in libs.remedy(libs.Library("av", "av", "reading videos"), why)


def test_a_library_from_elsewhere_is_named_once(tmp_path: Path) -> None:
    outcomes = {library.module: {"file": os.path.join(sys.prefix, "x.py")} for library in libs.LIBRARIES}
    for module, parts in (("cv2", ("cv2",)), ("scipy.signal", ("scipy", "signal"))):
        outcomes[module] = {"file": str(tmp_path.joinpath(*parts, "__init__.py"))}
    origin, loading = libs.tell(outcomes)
    assert (origin.state, loading.state) == (NOTE, OK)
    assert origin.text.startswith(f"scipy, opencv-contrib-python-headless come from {tmp_path}, not")


class TestProgram:
    @pytest.mark.parametrize(
        ("version", "implementation", "bits", "state"),
        [
            ((3, 10, 0), "CPython", 64, OK),
            ((3, 12, 9), "CPython", 64, OK),
            ((3, 9, 18), "CPython", 64, PROBLEM),
            ((3, 13, 0), "CPython", 64, PROBLEM),
            ((3, 11, 2), "PyPy", 64, PROBLEM),
            ((3, 11, 2), "CPython", 32, PROBLEM),
        ],
    )
    def test_python(self, version: tuple[int, ...], implementation: str, bits: int, state: str) -> None:
        assert program.check_python(version, implementation, bits).state == state

    @pytest.mark.parametrize(
        ("system", "machine_", "libc", "state"),
        [
            ("Linux", "x86_64", ("glibc", "2.36"), OK),
            ("Linux", "aarch64", ("glibc", "2.36"), PROBLEM),
            ("Linux", "x86_64", ("", ""), PROBLEM),
            ("Linux", "x86_64", ("glibc", "2.17"), PROBLEM),
            ("Windows", "AMD64", ("", ""), NOTE),
            ("FreeBSD", "amd64", ("", ""), NOTE),
        ],
    )
    def test_system(self, system: str, machine_: str, libc: tuple[str, str], state: str) -> None:
        assert program.check_system(system, machine_, libc).state == state

    @pytest.mark.parametrize(
        ("version", "bounds", "fits"),
        [
            ("1.26.4", "<2,>=1.24", True),
            ("2.0.0", "<2,>=1.24", False),
            ("0.10.21", "==0.10.21", True),
            ("0.10.3", "==0.10.21", False),
            ("4.11.0.86", "<4.12,>=4.8", True),
            ("18", ">=18.0.0", True),
            ("1.4.2", "~=1.4.1", True),
            ("1.5.0", "~=1.4.1", False),
            ("9.9", "", True),
        ],
    )
    def test_bounds(self, version: str, bounds: str, fits: bool) -> None:
        assert program.satisfies(version, bounds) is fits

    def test_requirements(self) -> None:
        name, bounds, marker = program.split_requirement('tomli>=2.0; python_version < "3.11"')
        assert (name, bounds) == ("tomli", ">=2.0")
        assert program.applies(marker, (3, 10))
        assert not program.applies(marker, (3, 11))
        assert not program.applies(
            program.split_requirement('pandas>=2.1; extra == "dataframes"')[2], (3, 10)
        )

    def test_a_wrong_version_is_named(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(program.metadata, "requires", lambda _: ["numpy<1.20", "nothing-such>=3"])
        wrong, absent, _ = program.check_versions()
        assert "twitchcam needs <1.20" in wrong.text
        assert absent.text == "nothing-such is not installed"

    def test_two_opencvs(self) -> None:
        finding = program.check_opencv(["opencv-contrib-python-headless", "opencv-python"])
        assert finding.state == NOTE
        assert "pip uninstall -y opencv-contrib-python-headless opencv-python" in finding.mend


class TestTracker:
    def test_a_damaged_model_is_named(self, tmp_path: Path) -> None:
        (first, *_) = tracker.MODELS
        (tmp_path / first).parent.mkdir(parents=True)
        (tmp_path / first).write_bytes(b"half")
        (finding,) = tracker.check_models(tmp_path)
        assert finding.state == PROBLEM
        assert "face_landmark_with_attention.tflite is not the file" in finding.text
        assert "face_landmark.tflite cannot be read (No such file" in finding.text

    def test_an_uploader_is_found(self, tmp_path: Path) -> None:
        assert tracker.check_uploader(tmp_path).state == OK
        (tmp_path / "empty.so").touch()
        (tmp_path / "framework.so").write_bytes(b"\0" * 5000 + uploader.WORDS[0] + b"\0")
        finding = tracker.check_uploader(tmp_path)
        assert finding.state == PROBLEM
        assert "framework.so contains" in finding.text

    def test_speed_and_faces_are_judged(self) -> None:
        seen = {"frames": 75, "faces": 75, "width": 640, "height": 480, "fps": 80.0}
        assert [f.state for f in tracker.tell_measuring(Ended(0, [seen], ""), 0.5, 2)] == [OK, OK]
        slow = Ended(0, [{**seen, "fps": 12.0, "faces": 3}], "")
        faces, speed = tracker.tell_measuring(slow, 9.0, 2)
        assert (faces.state, speed.state) == (PROBLEM, NOTE)
        assert "load 9.0 on 2 cores" in speed.text
        (crash,) = tracker.tell_measuring(Ended(-11, [], ""), None, 2)
        assert (crash.state, "SIGSEGV" in crash.text) == (PROBLEM, True)


class TestCodecs:
    def test_a_codec_is_judged_by_what_comes_back(self) -> None:
        right = {"encoded": True, "pictures": video.PICTURES, "off": 1.0}
        assert video.tell_codec("h264", right) is None
        for facts, state in (
            ({**right, "pictures": 3}, PROBLEM),
            ({**right, "off": 90.0}, PROBLEM),
            ({"encoded": True, "crash": "it crashed (SIGSEGV)"}, PROBLEM),
            ({"error": "no such encoder"}, NOTE),
        ):
            found = video.tell_codec("h264", facts)
            assert found is not None
            assert found.state == state
        other = video.tell_codec("av1", {"encoded": True, "error": "broken"})
        assert other is not None
        assert other.state == NOTE


class TestCameras:
    def test_none_is_switched_on_unasked(self, monkeypatch: pytest.MonkeyPatch) -> None:
        asked: list[tuple[str, ...]] = []

        def probe(*arguments: str, timeout_s: float) -> Ended:
            asked.append(arguments)
            return Ended(0, [], "")

        monkeypatch.setattr(cameras, "run_probe", probe)
        monkeypatch.setattr(cameras, "DEVICES", Path("/nowhere"))
        for system in ("darwin", "win32", "linux"):
            monkeypatch.setattr(cameras.sys, "platform", system)
            assert PROBLEM not in {finding.state for finding in cameras.check_cameras()}
        assert asked == [("cameras",)]
        monkeypatch.setattr(cameras.sys, "platform", "darwin")
        assert [f.state for f in cameras.check_cameras("1")] == [PROBLEM]
        assert asked[1:] == [("camera", "1")]

    def test_a_camera_that_does_not_exist_is_a_problem_with_a_way_out(self) -> None:
        finding = cameras.tell_opened(cameras.run_probe("camera", "/nowhere/video9", timeout_s=60))
        assert finding.state == PROBLEM
        assert "/nowhere/video9" in finding.text
        assert "Traceback" not in line_of(finding)

    def test_permission_use_and_darkness_are_worded(self) -> None:
        camera = {"number": 0, "name": "Cam", "device": "/dev/video0", "allowed": True, "users": []}
        assert cameras.tell_camera(camera).state == OK
        assert "usermod -aG" in cameras.tell_camera({**camera, "allowed": False}).mend
        assert "zoom (process 7)" in cameras.tell_camera({**camera, "users": ["zoom (process 7)"]}).text
        dark = Ended(0, [{"camera": "Cam", "size": "640x480", "brightness": 0.0}], "")
        assert cameras.tell_opened(dark).state == NOTE
        assert "--device" in cameras.tell_none([], "container").mend


class TestPages:
    def test_a_server_without_a_screen_is_told_of_ssh(self) -> None:
        finding = pages.check_browser("linux", {"SSH_CONNECTION": "1 2 3 4"}, None)
        assert finding.state == NOTE
        assert "ssh -L" in finding.mend
        assert pages.check_browser("linux", {"DISPLAY": ":0"}, "/usr/bin/firefox").state == OK
        assert pages.check_browser("linux", {"DISPLAY": ":0"}, None).state == NOTE

    def test_no_port(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def refuse(*_: object) -> socket.socket:
            raise PermissionError(1, "Operation not permitted")

        assert pages.check_port().state == OK
        monkeypatch.setattr(pages.socket, "socket", refuse)
        assert pages.check_port().state == PROBLEM


class TestPlaces:
    def test_folders(self, tmp_path: Path) -> None:
        assert places.check_folder("results", lambda: tmp_path, "x").state in (OK, NOTE)
        gone = places.check_folder("results", lambda: tmp_path / "gone", "choose another")
        assert (gone.state, gone.mend) == (PROBLEM, "choose another")
        assert list(tmp_path.iterdir()) == []
        assert places.tell_room("results", "here", 12.0, "x").state == PROBLEM
        assert places.tell_room("results", "here", 120.0, "x").state == NOTE

    def test_a_history_that_is_not_there_is_not_made(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("TWITCHCAM_DATA_DIR", str(tmp_path / "a" / "b"))
        (finding,) = places.check_history()
        assert finding.state == OK
        assert list(tmp_path.iterdir()) == []

    def test_a_damaged_or_open_history_is_told(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("TWITCHCAM_DATA_DIR", str(tmp_path))
        with sqlite3.connect(tmp_path / "history.db") as db:
            db.execute("create table sessions (id integer)")
        db.close()
        os.chmod(tmp_path / "history.db", 0o644)
        found = list(places.check_history())
        assert worst(found) == (NOTE if os.name == "posix" else OK)
        assert any(f.mend.startswith("chmod 600") for f in found) or os.name != "posix"
        (tmp_path / "history.db").write_bytes(b"not a database" * 500)
        assert "history check --repair" in list(places.check_history())[-1].mend


class TestMachine:
    def test_memory_is_that_of_the_container(self, tmp_path: Path) -> None:
        meminfo = tmp_path / "meminfo"
        meminfo.write_text("MemTotal: 9000000 kB\nMemAvailable: 8000000 kB\n")
        assert machine.available_mb(meminfo, tmp_path) == 8000
        (tmp_path / "memory.max").write_text("600000000\n")
        (tmp_path / "memory.current").write_text("200000000\n")
        assert machine.available_mb(meminfo, tmp_path) == 400
        assert machine.available_mb(tmp_path / "none", tmp_path / "none") is None
        states = [machine.tell_memory(mb).state for mb in (None, 400, 700, 4000)]
        assert states == [OK, PROBLEM, NOTE, OK]

    def test_a_narrow_address_space_is_named(self) -> None:
        assert list(machine.tell_limit(None)) == []
        assert list(machine.tell_limit(64000.0)) == []
        (finding,) = machine.tell_limit(1000.0)
        assert (finding.state, finding.mend) == (NOTE, "ulimit -v unlimited")

    def test_a_clock_before_the_program_is_wrong(self) -> None:
        made = datetime(2026, 1, 1, tzinfo=timezone.utc).timestamp()
        assert machine.check_clock(datetime(2026, 2, 1, tzinfo=timezone.utc), made).state == OK
        assert machine.check_clock(datetime(1970, 1, 2, tzinfo=timezone.utc), made).state == NOTE
        assert machine.check_clock(datetime(2025, 2, 1, tzinfo=timezone.utc), made).state == NOTE

    def test_letters(self) -> None:
        assert machine.check_letters("UTF-8", "utf-8").state == OK
        assert machine.check_letters("ANSI_X3.4-1968", "utf-8").state == NOTE
        assert machine.check_letters(None, "ascii").state == NOTE

    def test_variables_are_named_without_their_values(self) -> None:
        found = list(machine.check_variables({"PYTHONPATH": "/secret", "TWITCHCAM_THREADS": "2"}))
        assert [finding.text.split()[0] for finding in found] == ["PYTHONPATH"]
        assert "secret" not in str(found)
        (fine,) = machine.check_variables({"TWITCHCAM_THREADS": "2"})
        assert "TWITCHCAM_THREADS" in fine.text


def test_nobody_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    home = os.sep.join(("", "srv", "people", "anna"))
    monkeypatch.setenv("HOME", home)
    monkeypatch.setenv("USERPROFILE", home)
    assert hide_person(f"{home}/clips") == "~/clips"
    assert hide_person(f"{home}bel/clips") == f"{home}bel/clips"
    for top in ("/ho" + "me/", "/Us" + "ers/"):
        assert hide_person(f"{top}berta/x") == f"{top}USER/x"


def test_lines_and_sentence() -> None:
    note = Finding("machine", "cores", NOTE, "one\ncore", "two")
    assert line_of(note) == "  note     cores: one core -> two"
    assert sentence_of([note]) == "twitchcam works here, 1 note."
    assert sentence_of([]) == "twitchcam works here."
    assert sentence_of([note._replace(state=PROBLEM)]) == "1 problem to mend, 0 notes."
