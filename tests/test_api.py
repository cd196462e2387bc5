"""The Python API: what the command line gives, typed, lazy, and every example of its page."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from recordings import StillFace

import twitchcam as tc
from twitchcam.api import functions
from twitchcam.api.tables import frame_of
from twitchcam.edges.outputs import summary_to_dict
from twitchcam.edges.recordings import as_stored, save_recording
from twitchcam.regions import REGIONS
from twitchcam.review import decision_about
from twitchcam.session import write_outputs
from twitchcam.triage.answers import parse_answers
from twitchcam.triage.engine import triage as apply_rules
from twitchcam.triage.patterns import conclude

if TYPE_CHECKING:
    from twitchcam.session import Result

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "api.md"
HEAVY = ("numpy", "scipy", "cv2", "av", "mediapipe", "pandas", "matplotlib", "duckdb", "jinja2")
IMPORT_MS = 50.0
"""Of the package beyond the interpreter's own start."""


def python(code: str, *options: str, **where: Any) -> str:
    done = subprocess.run(
        [sys.executable, *options, "-c", code], capture_output=True, text=True, check=False, **where
    )
    assert done.returncode == 0, done.stderr
    return done.stdout if "-X" not in options else done.stderr


@pytest.fixture(scope="module")
def folder(measured: Result) -> Path:
    assert measured.folder is not None
    return measured.folder


@pytest.fixture(scope="module")
def s(folder: Path) -> tc.Analysis:
    return tc.load(folder)


# --- Importing ---


def test_importing_the_package_loads_nothing_and_takes_no_time() -> None:
    loaded = python("import sys, twitchcam as tc; tc.InputRefused; dir(tc); print(*sys.modules)").split()
    assert not set(HEAVY) & set(loaded)
    times = []
    for _ in range(3):
        told = python("import twitchcam", "-X", "importtime")
        times.append(int(re.findall(r"\|\s*(\d+) \| twitchcam$", told, re.M)[-1]) / 1000)
    assert min(times) < IMPORT_MS


def test_every_name_is_there_and_an_unknown_one_is_an_attribute_error() -> None:
    assert {name for name in tc.__all__ if not hasattr(tc, name)} == set()
    stub = (ROOT / "twitchcam" / "__init__.pyi").read_text(encoding="utf-8")
    typed = set(re.findall(r" as (\w+)$", stub, re.M)) | set(re.findall(r"^(\w+):", stub, re.M))
    assert typed == set(tc.__all__)
    with pytest.raises(AttributeError, match="analyse_all"):
        getattr(tc, "analyse_all")  # noqa: B009


def test_triage_is_a_package_that_can_be_called() -> None:
    code = "import twitchcam.triage.engine\nimport twitchcam as tc\nfrom twitchcam import triage\n"
    code += "print(tc.triage({'drooping': True}).level, triage({'seizure': True}).level)"
    assert python(code).split() == ["emergency", "emergency"]


# --- The same as the command line ---


def test_a_clip_gives_what_the_command_line_gives(
    measured: Result, samples: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The clip is measured once for all tests; what `analyze` hands on is what counts."""
    asked: list[Any] = []

    def clip(path: Any, out: Any, options: Any, *, progress: Any) -> Result:
        asked.append((path, out, options))
        progress("measuring", 1, 2)
        return measured

    monkeypatch.setattr(functions, "analyse_clip", clip)
    seen: list[Any] = []
    got = tc.analyze(
        samples / "left-twitch.mp4",
        answers={"duration_days": 3},
        segments=[("rest", 0, 5), tc.Segment("smile", 6, 8)],
        mirrored=True,
        pd_mm=61,
        out="somewhere",
        progress=lambda *step: seen.append(step),
    )
    _, out, options = asked[0]
    assert out == Path("somewhere")
    assert (options.mirrored, options.pd_mm, options.answers) == (
        True,
        61,
        parse_answers({"duration_days": 3}),
    )
    assert [segment.words for segment in options.segments] == ["rest 0-5 s", "smile 6-8 s"]
    assert seen == [("measuring", 1, 2)]
    assert got.summary is measured.summary
    assert got.name == "left-twitch"


def test_a_saved_recording_gives_the_numbers_of_the_clip(folder: Path, measured: Result) -> None:
    again = tc.analyze(folder / "recording.npz")
    assert again.to_dict() == summary_to_dict(measured.summary)
    guided = tc.analyze(folder / "recording.npz", protocol="short")
    assert guided.tasks[0].task == "rest"
    told: list[str] = []
    tc.analyze(folder / "recording.npz", progress=lambda stage, _done, _all: told.append(stage))
    assert told == ["analysing"]


def test_triage_takes_answers_and_results_in_every_form(s: tc.Analysis, folder: Path, tmp_path: Path) -> None:
    file = tmp_path / "me.toml"
    file.write_text("seizure = true\n", encoding="utf-8")
    given = parse_answers({"seizure": True})
    for answers in ({"seizure": True}, file, str(file), given):
        for summary in (None, s, s.to_dict(), folder / "summary.json"):
            assert tc.triage(answers, summary=summary).level == "emergency"
    assert tc.triage(given) == apply_rules(given, None)
    assert tc.triage({}, summary=s) == s.triage == tc.triage({}, summary=folder / "summary.json")


# --- What a result gives ---


def test_events_signals_and_regions(s: tc.Analysis, measured: Result) -> None:
    assert list(s.events) == list(measured.summary.measured.events)
    assert s.events[1:3] == s.events[1:3] != s.events
    assert all(not event.gated for event in s.events.counted)
    assert s.signals.mm.shape == (len(s.signals), 19, 2)
    assert np.array_equal(
        s.signals["chin_mid"], s.recording.motion_mm[:, REGIONS.index("chin_mid")], equal_nan=True
    )
    with pytest.raises(KeyError, match="no such region"):
        s.signals["nose"]
    regions = list(s)
    assert [region.name for region in regions] == list(REGIONS) == list(s.signals)
    assert s["commissure_left"].events == s.regions["commissure_left"].events
    assert [len(repr(thing)) < 120 for thing in (s, s.events, s.signals, regions[0])] == [True] * 4
    assert json.loads(json.dumps(s.to_dict(), allow_nan=False))["lips"]["events"] == s.lips.events


def test_tables_in_pandas(s: tc.Analysis, folder: Path) -> None:
    import pandas

    table = s.to_dataframe()
    written = pandas.read_csv(folder / "events.tsv", sep="\t", keep_default_na=False)
    assert len(table) == len(written) == len(s.events)
    assert set(written.columns) <= set(table.columns)
    assert np.allclose(table["onset"], written["onset"], atol=1e-3)
    assert str(table["run"].dtype) == "Int64"
    signals = s.to_dataframe("signals")
    assert len(signals) == len(s.signals)
    assert np.allclose(
        signals["commissure_left_dy"], s.signals["commissure_left"][:, 1], atol=1e-3, equal_nan=True
    )
    assert list(s.to_dataframe("regions")["name"]) == list(REGIONS)
    with pytest.raises(tc.InputRefused, match="events, signals and regions"):
        s.to_dataframe("faces")


def test_without_pandas_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(tc.InputRefused, match="pip install pandas"):
        frame_of({"a": [1]})


def test_a_notebook_shows_numbers_and_no_markup_of_a_file_name(s: tc.Analysis) -> None:
    html = s._repr_html_()
    assert "150.0 a minute" in html
    assert "not a diagnosis" in html
    from dataclasses import replace

    assert "<img" not in replace(s, name='<img src="x">')._repr_html_()
    quiet = as_stored(StillFace(duration_s=1.0).recording())
    unusable = tc.Analysis(
        "none", quiet, conclude(functions_analyse(quiet), parse_answers({})), parse_answers({})
    )
    assert "None" not in unusable._repr_html_()
    assert "unusable" in repr(unusable)


def functions_analyse(recording: Any) -> Any:
    from twitchcam.analysis import analyse

    return analyse(recording)


def test_a_result_saves_loads_and_is_reviewed(s: tc.Analysis, tmp_path: Path) -> None:
    event = s.events.counted[0]
    reviewed = s.review(tc.Review("AB", "2026-03-04", (decision_about(event, "reject"),)))
    assert reviewed.lips.events == (s.lips.events or 0) - 1
    assert s.reviewed is None
    kept = tc.load(reviewed.save(tmp_path / "kept"))
    assert kept.lips == reviewed.lips
    assert kept.reviewed is not None
    assert kept.reviewed.reviewer == "AB"
    by_table = s.review(tmp_path / "kept" / "review.toml")
    assert by_table.lips == reviewed.lips
    assert "reviewed" in repr(kept)
    assert reviewed.answered({"drooping": True}).triage.level == "emergency"


def test_a_results_folder_keeps_the_answers_that_it_rests_on(measured: Result, tmp_path: Path) -> None:
    answers = parse_answers({"drooping": True, "face_weakness_since_hours": 2})
    summary = conclude(measured.summary.measured, answers)
    folder = write_outputs(measured.recording, summary, tmp_path / "clip")
    assert tc.load(folder).triage == summary.triage
    assert tc.load(folder, answers={}).triage.level != "emergency"


@pytest.mark.parametrize(
    ("call", "complaint"),
    [
        (lambda: tc.analyze("no such clip.mp4"), "no such clip.mp4"),
        (lambda: tc.analyze("clip.mp4", pd_mm=6.3), "pupillary distance"),
        (lambda: tc.analyze("clip.mp4", overlay=True), "out="),
        (lambda: tc.analyze("clip.mp4", answers={"droping": True}), "nearest known one is 'drooping'"),
        (lambda: tc.analyze("clip.mp4", segments=[("rest", 5, 1)]), "segments"),
        (lambda: tc.analyze("clip.mp4", segments=[("rest",)]), "segments"),  # type: ignore[list-item]
        (lambda: tc.analyze("clip.mp4", protocol="nothing"), "nothing"),
        (lambda: tc.load("no such folder"), "does not exist"),
        (lambda: tc.triage("no such file.toml"), "no such"),
        (lambda: tc.triage({}, summary={"schema": "other"}), "schema"),
    ],
)
def test_what_cannot_be_used_is_refused_in_one_line(call: Any, complaint: str) -> None:
    with pytest.raises(tc.InputRefused, match=complaint) as refused:
        call()
    assert "\n" not in str(refused.value)


# --- The page ---


def blocks() -> list[str]:
    return re.findall(r"^```python\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.M | re.S)


def test_every_example_of_the_page_runs(
    measured: Result, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """In one namespace, in a folder of its own; the clip is the sample that was measured already."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "clip.mp4").write_bytes(b"")
    save_recording(measured.recording, tmp_path / "clip.npz")

    def clip(_path: Any, out: Any, options: Any, *, progress: Any) -> Any:
        from twitchcam.session import analyse_recording

        return analyse_recording(tmp_path / "clip.npz", out, options, progress=progress, name="clip")

    monkeypatch.setattr(functions, "analyse_clip", clip)
    names: dict[str, Any] = {}
    assert len(blocks()) >= 6
    for block in blocks():
        exec(compile(block, str(PAGE), "exec"), names)
    assert "emergency" in capsys.readouterr().out
    for made in ("overview.png", "report.html", "report.pdf", "clip.edf", "kept/reviewed/review.toml"):
        assert (tmp_path / made).stat().st_size > 100


def test_the_examples_are_typed(tmp_path: Path) -> None:
    example = tmp_path / "example.py"
    checks = "from typing_extensions import assert_type\nassert_type(s.lips.rate_per_min, float | None)\n"
    checks += "assert_type(s, tc.Analysis)\nassert_type(s.events[0], tc.Event)\n"
    example.write_text("\n".join(blocks()[:2]) + "\n" + checks, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--follow-imports=silent", example],
        capture_output=True, text=True, check=False, cwd=ROOT,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout
