"""`twitchcam history` and `analyze --history` as a person uses them."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import stat
from datetime import datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from histories import entry_of, summary_of
from recordings import StillFace
from running import Run

from twitchcam.cli_history import app
from twitchcam.edges.filming_time import parse_time
from twitchcam.edges.recordings import as_stored, save_recording
from twitchcam.edges.store import FILE, open_store
from twitchcam.errors import InputRefused
from twitchcam.history_command.filmed import in_name, parse_date
from twitchcam.schema import load_schema
from twitchcam.session import Result

COMMANDS = (
    "list", "show", "trend", "note", "mark", "compare", "add", "delete", "export", "import", "check",
)  # fmt: skip


class HistoryRun(Run):
    """Runs the program on a history of its own."""

    def done(self, *arguments: object) -> str:
        """Run `twitchcam history ...` and return what it said; nothing may be refused."""
        ran = self("history", *arguments)
        assert (ran.status, ran.err) == (0, "")
        return ran.out

    def refused(self, *arguments: object) -> str:
        """Run `twitchcam history ...` and return the one line of refusal."""
        ran = self("history", *arguments)
        assert (ran.status, ran.err.count("\n")) == (2, 1), ran
        return ran.err


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], tmp_path: Path) -> HistoryRun:
    monkeypatch.setenv("TWITCHCAM_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.chdir(tmp_path)
    return HistoryRun(monkeypatch, capfd)


@pytest.fixture
def filled(run: HistoryRun, tmp_path: Path) -> HistoryRun:
    """Six sessions that grow, the eye joining in; one filmed otherwise; a treatment; a quiet end."""
    with open_store(tmp_path / "data") as store:
        for i in range(6):
            areas = {"lower_eyelid_left": 9 * (i > 2)}
            store.add("me", entry_of(i, f"2026-01-{1 + 5 * i:02d}T18:00", round(6 * 1.5**i), areas=areas))
        store.add("me", entry_of(50, "2026-01-29", 40, fps=60.0))
        for i in range(4):
            store.add("me", entry_of(60 + i, f"2026-03-{1 + 7 * i:02d}", 2 + i % 2))
        store.add_mark("me", "2026-02-10", "botulinum toxin")
    return run


class TestHelp:
    def test_these_are_all_commands(self) -> None:
        names = [c.name or getattr(c.callback, "__name__", "") for c in app.registered_commands]
        assert sorted(names) == sorted(COMMANDS)

    @pytest.mark.parametrize("command", COMMANDS)
    def test_every_command_has_an_example(self, run: HistoryRun, command: str) -> None:
        assert f"twitchcam history {command} " in run.done(command, "--help").partition("Example")[2] + " "

    def test_without_a_command_it_says_what_there_is(self, run: HistoryRun) -> None:
        assert run.done() == run.done("--help")


class TestEmpty:
    @pytest.mark.parametrize("command", ["list", "trend"])
    def test_it_says_how_to_begin_and_makes_no_file(
        self, run: HistoryRun, tmp_path: Path, command: str
    ) -> None:
        assert "Nothing is kept of 'me' yet" in run.done(command)
        assert json.loads(run.done(command, "--json"))
        assert not (tmp_path / "data").exists()

    @pytest.mark.parametrize(
        "arguments", [("show", 1), ("compare",), ("delete", "--all", "--yes"), ("export", "x.json")]
    )
    def test_what_needs_one_is_refused(self, run: HistoryRun, arguments: tuple[object, ...]) -> None:
        assert "no history is kept here yet" in run.refused(*arguments)

    def test_somebody_else_is_named(self, filled: HistoryRun) -> None:
        assert "There is a history of: me (--person)" in filled.done("list", "--person", "anna")
        assert "no history" not in filled.done("trend", "--person", "anna")
        assert "whole" in filled.done("check")


class TestLooking:
    def test_list_is_one_line_a_session(self, filled: HistoryRun) -> None:
        lines = filled.done("list").splitlines()
        assert lines[0] == "no.  filmed            usable  twitches a minute    size, mm  side  result"
        assert lines[1] == "  1  2026-01-01 18:00    60 s  6.0 (2.2 to 13.1)    0.40      left  self-care"
        assert lines[-1] == "mark 1: 2026-02-10 botulinum toxin"
        assert len(lines) == 1 + 11 + 2

    def test_list_as_json(self, filled: HistoryRun) -> None:
        told = json.loads(filled.done("list", "--json"))
        assert [s["events"] for s in told["sessions"]][:3] == [6, 9, 14]
        assert told["sessions"][0]["rate_ci"] == pytest.approx([2.20189, 13.0595], abs=1e-4)
        assert (told["people"], told["marks"][0]["day"]) == (["me"], "2026-02-10")

    def test_show_tells_all_of_one(self, filled: HistoryRun) -> None:
        text = filled.done("show", 6)
        for words in ("Session 6 of me", "as given", "facemesh 0.10.21", "46.0 (33.7 to 61.4) a minute",
                      "lower eyelid left: 9 twitches", "Self-care", "pain = no"):  # fmt: skip
            assert words in text
        assert json.loads(filled.done("show", 6, "--json"))["summary"]["lips"]["events"] == 46
        assert "there is no session 99" in filled.refused("show", 99)

    def test_trend_in_the_terminal(self, filled: HistoryRun) -> None:
        text = filled.done("trend")
        assert "2026-02-10  -- botulinum toxin --" in text
        assert "seen in 11 of 11 recordings" in text
        assert "1 recording could not be compared" in text
        assert "oooo" in text  # filmed otherwise
        assert "exact Poisson" in text
        points = json.loads(filled.done("trend", "--json"))["points"]
        assert [point["comparable"] for point in points].count(False) == 1

    def test_a_mark_begins_a_new_trend(self, filled: HistoryRun) -> None:
        trends = json.loads(filled.done("trend", "--json"))["trends"]
        assert [trend["sessions"] for trend in trends] == [4, 4]

    def test_the_page_of_the_trend_works_offline(self, filled: HistoryRun, tmp_path: Path) -> None:
        filled.done("mark", "2026-03-05", "<script>alert(1)</script>")
        assert "Plots: course.html" in filled.done("trend", "--out", "course.html")
        text = (tmp_path / "course.html").read_text(encoding="utf-8")
        HTMLParser().feed(text)
        assert "<script" not in text
        assert "&lt;script&gt;" in text
        assert "http" not in text.replace("http://www.w3.org/2000/svg", "").replace("http-equiv", "")
        assert text.count("<circle") >= 4 * 11
        assert text.count('class="mark"') == 2 * 4
        assert "left eye" in text
        assert "exact Poisson interval" in text
        filled.done("trend", "--out", "course.svg")
        svg = (tmp_path / "course.svg").read_text(encoding="utf-8")
        assert svg.startswith("<svg")
        assert svg.rstrip().endswith("</svg>")
        if os.name == "posix":
            assert stat.S_IMODE((tmp_path / "course.svg").stat().st_mode) == 0o600

    @pytest.mark.parametrize("day", ["0001-01-01", "1215-06-15"])
    def test_a_mark_may_lie_in_any_year(self, filled: HistoryRun, tmp_path: Path, day: str) -> None:
        filled.done("mark", day, "a slip of the pen")
        filled.done("trend", "--out", "course.svg")
        dates = re.findall(r">(\d{4}-\d\d-\d\d)<", (tmp_path / "course.svg").read_text(encoding="utf-8"))
        assert 2 <= len(set(dates)) <= 7

    def test_compare_across_the_last_mark(self, filled: HistoryRun) -> None:
        text = filled.done("compare")
        assert "a clear change" in text
        assert "Left out: session 7 (2026-01-29). The frame rates differ: 60 and 30" in text
        assert json.loads(filled.done("compare", "--json"))["after"]["visits"] == [8, 9, 10, 11]
        near = json.loads(filled.done("compare", "--days", 24, "--json"))
        assert (near["before"]["visits"], near["after"]["visits"]) == ([5, 6], [8])

    def test_compare_two_or_a_day(self, filled: HistoryRun) -> None:
        assert "not the treatment" in filled.done("compare", 8, 5)
        assert "they cannot be compared: The frame rates differ" in filled.done("compare", 5, 7)
        assert "There is no recording before that day" in filled.done("compare", "--at", "2025-01-01")
        assert "has no session 99" in filled.refused("compare", 1, 99)
        assert "give two numbers" in filled.refused("compare", 1)
        assert "there is no mark of 'anna'" in filled.refused("compare", "--person", "anna")
        assert "give a day as 2026-03-05" in filled.refused("compare", "--at", "soon")


class TestWriting:
    def test_notes(self, filled: HistoryRun) -> None:
        filled.done("note", "slept badly", "--date", "2026-01-02")
        assert "2026-01-06" in filled.done("note", "new glasses", "--session", 2)
        text = filled.done("list")
        assert "note 1: 2026-01-02 slept badly" in text
        assert "note 2: 2026-01-06 (session 2) new glasses" in text
        assert "new glasses" in filled.done("show", 2)
        assert "this day has not come yet" in filled.refused("note", "x", "--date", "2999-01-01")

    def test_delete_asks_unless_told(self, filled: HistoryRun, tmp_path: Path) -> None:
        assert "nothing was deleted; --yes" in filled.refused("delete", "--session", 1)
        assert "name what to delete" in filled.refused("delete", "--yes")
        assert (
            filled.done("delete", "--session", 1, "--mark", 1, "--yes")
            == "Deleted: session 1, mark 1 of me.\n"
        )
        assert "nothing is kept of 'anna'" in filled.refused("delete", "--all", "--yes", "--person", "anna")
        filled.done("delete", "--all", "--yes")
        assert "Nothing is kept" in filled.done("list")
        assert b"facemesh" not in (tmp_path / "data" / FILE).read_bytes()

    def test_export_and_import(self, filled: HistoryRun, tmp_path: Path) -> None:
        assert "11 recordings, 0 notes, 1 marks" in filled.done("export", "h.json")
        if os.name == "posix":
            assert stat.S_IMODE((tmp_path / "h.json").stat().st_mode) == 0o600
        assert "exists already" in filled.refused("export", "h.json")
        assert filled.done("import", "h.json") == "0 recordings added, 11 were there already.\n"
        assert filled.done("import", "h.json", "--data-dir", "other") == "11 recordings added.\n"
        theirs, mine = filled.done("trend", "--data-dir", "other"), filled.done("trend")
        assert theirs == mine
        assert "11 recordings added" in filled.done("import", "h.json", "--person", "anna")
        for text, why in (
            ("{", "not JSON"),
            ("{}", "of this version"),
            ('{"format": "twitchcam.history/1"}', "tables"),
        ):
            (tmp_path / "bad.json").write_text(text)
            assert why in filled.refused("import", "bad.json")
        assert "check the path" in filled.refused("import", "gone.json")

    def test_check_finds_and_mends(self, filled: HistoryRun, tmp_path: Path) -> None:
        path = tmp_path / "data" / FILE
        content = bytearray(path.read_bytes())
        content[4 * 4096 : 7 * 4096] = b"\xa5" * (3 * 4096)
        path.write_bytes(content)
        assert "check --repair' saves what can" in filled.refused("check")
        assert "The damaged file is" in filled.done("check", "--repair")
        assert "whole" in filled.done("check")


class TestAdding:
    def results(self, folder: Path, number: int = 1, **changes: Any) -> Path:
        folder.mkdir()
        summary = summary_of(7, sha=f"{number:064x}", **changes)
        (folder / "summary.json").write_text(json.dumps(summary), encoding="utf-8")
        return folder

    def test_the_day_is_given_or_in_the_name(self, run: HistoryRun, tmp_path: Path) -> None:
        plain = self.results(tmp_path / "phone")
        named = self.results(tmp_path / "live 2026-03-05 14.05.33", 2)
        assert "does not say when it was filmed" in run.refused("add", plain)
        assert "filmed 2026-03-04" in run.done("add", plain, "--date", "2026-03-04")
        assert "filmed 2026-03-05 14:05" in run.done("add", named)
        assert "again session 1" in run.done("add", plain, "--date", "2026-03-03")
        assert "2026-03-03" in run.done("show", 1)

    def test_bad_ones_are_named_and_good_ones_added(self, run: HistoryRun, tmp_path: Path) -> None:
        good = self.results(tmp_path / "good 2026-03-05")
        (tmp_path / "empty").mkdir()
        (tmp_path / "odd 2026-03-06.json").write_text('{"schema": "other"}')
        ran = run("history", "add", "missing", good, "empty", "odd 2026-03-06.json")
        assert ran.status == 2
        assert len(ran.err.splitlines()) == 3
        assert "session 1 of me" in ran.out

    def test_results_of_analyze_with_events(self, run: HistoryRun, measured: Result) -> None:
        assert measured.folder is not None
        run.done("add", measured.folder, "--date", "2026-03-05")
        with open_store() as store:
            (kept,) = store.sessions("me")
            assert len(kept.onsets_s) == kept.figures.events == measured.summary.measured.lips.events
            assert kept.fingerprint == measured.recording.source.sha256
        assert "again session 1" in run.done("add", measured.folder / "recording.npz", "--date", "2026-03-05")
        with open_store() as store:
            (again,) = store.sessions("me")
            assert again.figures == kept.figures


class TestAnalyze:
    @pytest.fixture
    def still(self, tmp_path: Path) -> Path:
        path = tmp_path / "face.npz"
        save_recording(as_stored(StillFace(duration_s=12.0).recording()), path)
        return path

    def test_nothing_is_kept_unless_asked(self, run: HistoryRun, still: Path, tmp_path: Path) -> None:
        assert run("analyze", still).status == 0
        assert not (tmp_path / "data").exists()
        summary = json.loads((tmp_path / "twitchcam_results/face/summary.json").read_text(encoding="utf-8"))
        assert "history" not in summary
        refused = run("analyze", still, "--person", "anna")
        assert (refused.status, "add --history" in refused.err) == (2, True)

    def test_kept_and_set_beside_earlier_ones(
        self, run: HistoryRun, measured: Result, tmp_path: Path
    ) -> None:
        assert measured.folder is not None
        clip = measured.folder / "recording.npz"
        with open_store(tmp_path / "data") as store:
            for i in range(3):
                store.add("me", entry_of(i, f"2026-01-{10 + 10 * i}"))
        ran = run("analyze", clip, "--history", "--date", "2026-02-03")
        assert (ran.status, ran.err) == (0, "")
        assert "History: Twitches of the lips were seen in 4 of 4 recordings" in ran.out
        assert "Kept as session 4 of me, filmed 2026-02-03 (as given)." in ran.out
        out = tmp_path / "twitchcam_results" / "left-twitch" / "summary.json"
        summary = json.loads(out.read_text(encoding="utf-8"))
        jsonschema.Draft202012Validator(load_schema()).validate(summary)
        assert summary["history"]["lasting_days"] == 24
        assert summary["triage"]["level"] == "see_doctor"
        assert measured.summary.triage.level == "self_care"
        without = {k: v for k, v in summary.items() if k not in ("history", "triage")}
        plain = json.loads((measured.folder / "summary.json").read_text(encoding="utf-8"))
        assert without == {k: v for k, v in plain.items() if k != "triage"}
        again = run("analyze", clip, "--history", "--date", "2026-02-03", "--json")
        assert json.loads(again.out)["history"] == summary["history"]
        with open_store(tmp_path / "data") as store:
            assert len(store.sessions("me")) == 4

    def test_a_recording_that_does_not_say_when_is_refused_first(self, run: HistoryRun, still: Path) -> None:
        ran = run("analyze", still, "--history")
        assert (ran.status, "--date 2026-03-05" in ran.err) == (2, True)
        assert not Path("twitchcam_results").exists()

    def test_a_damaged_history_is_refused_before_measuring(
        self, run: HistoryRun, still: Path, tmp_path: Path
    ) -> None:
        (tmp_path / "data").mkdir()
        (tmp_path / "data" / FILE).write_bytes(b"no database at all" * 400)
        ran = run("analyze", still, "--history", "--date", "2026-03-05")
        assert (ran.status, "history is damaged" in ran.err) == (2, True)
        assert not Path("twitchcam_results").exists()

    def test_a_video_without_a_date_takes_that_of_its_file(self, run: HistoryRun, short_clip: Path) -> None:
        ran = run("analyze", short_clip, "--history")
        assert ran.status == 0
        assert "the file's date, which copying may have changed" in ran.out
        assert "~" in run.done("list")


class TestDates:
    @pytest.mark.parametrize(
        ("name", "wanted"),
        [
            ("live 2026-03-05 14.05.33", "2026-03-05T14:05"),
            ("2026-01-31 1405", "2026-01-31T14:05"),
            ("VID_20260305_140533", "2026-03-05T14:05"),
            ("PXL_20260305_140533123", "2026-03-05T14:05"),
            ("WhatsApp Video 2026-03-05 at 14.05.33", "2026-03-05T14:05"),
            ("phone-2026-03-05", "2026-03-05"),
            ("20260305", "2026-03-05"),
            ("20260305140533", "2026-03-05T14:05"),
            ("20111231999999", None),
            ("IMG_1234", None),
            ("2026-13-45", None),
            ("clip-2999-01-01", None),
            ("12026030512", None),
        ],
    )
    def test_in_names(self, name: str, wanted: str | None) -> None:
        assert in_name(name) == wanted

    def test_given(self) -> None:
        assert parse_date("2026-03-05") == "2026-03-05"
        assert parse_date("2026-03-05T14:30") == "2026-03-05T14:30"
        for odd in ("", "yesterday", "05.03.2026", "2026-02-30"):
            with pytest.raises(InputRefused, match="give a day as"):
                parse_date(odd)

    def test_in_the_videos_own_data(self) -> None:
        noon = parse_time("2026-03-05T12:00:00.000000Z")
        assert noon is not None
        assert noon == datetime.fromisoformat("2026-03-05T12:00:00+00:00").astimezone().replace(tzinfo=None)
        future = (datetime.now() + timedelta(days=3)).isoformat()
        for odd in ("", "1904-01-01T00:00:00Z", "1970-01-01T00:00:00Z", "soon", future):
            assert parse_time(odd) is None


def test_the_examples_of_the_docs_are_what_the_program_says(run: HistoryRun, tmp_path: Path) -> None:
    path = Path(__file__).parents[1] / "scripts" / "make_history_page.py"
    spec = importlib.util.spec_from_file_location("make_history_page", path)
    assert spec is not None
    assert spec.loader is not None
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    script.fill(tmp_path)
    kept = script.PAGE.read_text(encoding="utf-8")
    assert script.page(tmp_path) == kept, "run python scripts/make_history_page.py"
    assert kept.count("    $ twitchcam history ") == 3
