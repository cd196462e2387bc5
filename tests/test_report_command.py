"""`twitchcam report`: made again it is the same page; answers, review, history and pictures are kept."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path

import pytest
import summaries
from media import remux
from test_report_figures import with_course
from typer.testing import CliRunner

from twitchcam.cli import app
from twitchcam.edges.overlay import cut_moments
from twitchcam.edges.overlay.magnify import EYES, MOUTH
from twitchcam.edges.overlay.moments import strongest
from twitchcam.edges.report.pictures import read_pictures
from twitchcam.errors import InputRefused
from twitchcam.report_command import open_report, rebuild
from twitchcam.results import open_results
from twitchcam.review_command import ReviewOptions, run_review
from twitchcam.session import PICTURES, Options, Result, analyse_clip, analyse_recording
from twitchcam.summary import Event
from twitchcam.triage.answers import parse_answers

ANSWERS = {"duration_days": 21, "spread": ["eye"], "onset": "gradual"}


@pytest.fixture(scope="module")
def filmed(samples: Path, tmp_path_factory: pytest.TempPathFactory) -> Result:
    """Eight seconds of a clip, analysed with answers and pictures."""
    out = tmp_path_factory.mktemp("filmed")
    clip = remux(samples / "spasm-left.mp4", out / "clip.mp4", lambda k, *t: t if k < 250 else None)
    return analyse_clip(clip, out, Options(answers=parse_answers(ANSWERS), pictures=True))


@pytest.fixture
def folder(filmed: Result, tmp_path: Path) -> Path:
    """A copy of its results."""
    assert filmed.folder is not None
    return Path(shutil.copytree(filmed.folder, tmp_path / "clip"))


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_a_report_made_again_is_the_same_and_so_is_everything_beside_it(folder: Path) -> None:
    before = contents(folder)
    assert b"data:image/webp" in before["report.html"]
    made = rebuild(folder)
    assert made.path == folder / "report.html"
    assert contents(folder) == before
    (folder / "report.html").unlink()
    assert rebuild(folder / "recording.npz").path == folder / "report.html"
    assert contents(folder) == before


def test_answers_are_kept_until_others_are_given(folder: Path, tmp_path: Path) -> None:
    assert json.loads((folder / "summary.json").read_text())["answers"] == {**ANSWERS, "duration_days": 21.0}
    assert rebuild(folder).summary.answers["spread"] == ("eye",)
    others = tmp_path / "answers.json"
    others.write_text('{"drooping": true}')
    made = rebuild(folder, answers=others)
    assert made.summary.triage.level == "emergency"
    assert "call the emergency number" in made.path.read_text(encoding="utf-8")
    assert json.loads((folder / "summary.json").read_text())["triage"]["level"] == "emergency"
    assert rebuild(folder).summary.triage.level == "emergency"


def test_elsewhere_only_the_report_is_written(folder: Path, tmp_path: Path) -> None:
    before = contents(folder)
    others = tmp_path / "answers.json"
    others.write_text('{"drooping": true}')
    (tmp_path / "there").mkdir()
    made = rebuild(folder, answers=others, out=tmp_path / "there")
    assert made.path == tmp_path / "there" / "report.html"
    assert rebuild(folder, out=tmp_path / "mine.html").path.read_bytes() == before["report.html"]
    assert contents(folder) == before
    assert [path.name for path in (tmp_path / "there").iterdir()] == ["report.html"]


def test_the_course_of_the_summary_stands_in_the_report_again(folder: Path) -> None:
    history = with_course(summaries.twitching()).history
    assert history is not None
    document = json.loads((folder / "summary.json").read_text())
    (folder / "summary.json").write_text(json.dumps({**document, "history": asdict(history)}))
    made = rebuild(folder)
    assert made.summary.history == history
    assert "botulinum toxin" in made.path.read_text(encoding="utf-8")
    review = folder / "mine.json"
    review.write_text('{"reviewer": "AB", "event": []}')
    run_review(folder, ReviewOptions(file=review))
    reviewed = open_results(folder).summary
    assert reviewed.measured.review is not None
    assert reviewed.history is not None
    assert reviewed.history.sentences == history.sentences


def test_a_new_analysis_without_pictures_removes_them(folder: Path) -> None:
    assert (folder / PICTURES).stat().st_mode & 0o077 == 0
    assert (folder / "report.html").stat().st_mode & 0o077 == 0
    analyse_recording(folder / "recording.npz", folder.parent, Options())
    assert not (folder / PICTURES).exists()
    assert "data:image" not in (folder / "report.html").read_text(encoding="utf-8")


def test_pictures_cannot_be_had_from_a_recording(folder: Path) -> None:
    with pytest.raises(InputRefused, match="--pictures"):
        analyse_recording(folder / "recording.npz", folder.parent, Options(pictures=True))


def test_the_pictures_show_the_strongest_twitches(filmed: Result) -> None:
    assert filmed.folder is not None
    pictures = read_pictures(filmed.folder / PICTURES)
    assert len(pictures) == 3
    events = [e for e in filmed.summary.measured.events if not e.gated]
    assert max(p.amplitude_mm for p in pictures) == max(e.amplitude_mm for e in events)
    runs = {e.run for p in pictures for e in events if e.peak_s == p.peak_s}
    assert len(runs) == 2
    for p in pictures:
        assert 10 <= p.frames <= 61
        assert p.times_s[0] == 0.0
        assert 1.0 <= p.times_larger <= 6.0
        assert p.times_s[p.peak_frame] == pytest.approx(0.25, abs=0.15)


def test_pictures_of_a_twitch_are_enlarged_and_none_of_rest(filmed: Result) -> None:
    measured = replace(filmed.summary.measured, events=())
    none = cut_moments(iter(()), filmed.recording, measured, filmed.recording.motion_mm[:, :2], 3)
    assert none == []


def twitch(peak_s: float, size_mm: float, run: int | None, *, gated: str = "") -> Event:
    model = summaries.twitching().measured.events[3]
    return replace(
        model, onset_s=peak_s - 0.05, peak_s=peak_s, offset_s=peak_s + 0.05, amplitude_mm=size_mm, run=run,
        gated=gated,
    )  # fmt: skip


def test_one_twitch_of_each_train_comes_first() -> None:
    events = [
        twitch(1.0, 3.0, 1), twitch(1.5, 2.9, 1), twitch(5.0, 1.0, 2), twitch(9.0, 9.0, 3, gated="smile"),
        twitch(7.0, 0.5, None),
    ]  # fmt: skip
    assert [e.peak_s for e in strongest(events, 3)] == [1.0, 5.0, 7.0]
    assert [e.peak_s for e in strongest(events, 4)] == [1.0, 1.5, 5.0, 7.0]
    assert strongest([], 3) == []


def test_every_region_has_its_picture() -> None:
    assert set(MOUTH.shown) | set(EYES.shown) >= {"brow_left", "chin_mid", "upper_eyelid_right"}


def run(arguments: Sequence[str | Path]) -> tuple[int, str]:
    done = CliRunner().invoke(app, [str(a) for a in arguments])
    return done.exit_code, f"{done.output}{done.exception or ''}"


def test_the_command_tells_what_was_found_and_where(folder: Path) -> None:
    status, told = run(["report", folder])
    assert status == 0
    assert "twitched" in told
    assert f"Report: {folder / 'report.html'}" in told.replace("\n", "").replace("Report", "\nReport")


@pytest.mark.parametrize(
    ("name", "complaint"),
    [("missing", "does not exist"), ("empty", "recording.npz"), ("text.txt", "is no recording")],
)
def test_what_is_no_recording_is_refused(tmp_path: Path, name: str, complaint: str) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "text.txt").write_text("no")
    with pytest.raises(InputRefused, match=complaint):
        rebuild(tmp_path / name)


def test_a_place_that_cannot_be_is_refused_before_the_work(tmp_path: Path) -> None:
    for out, complaint in (
        (tmp_path / "no" / "x.html", "make it first"),
        (tmp_path / "x.txt", "named .html"),
    ):
        with pytest.raises(InputRefused, match=complaint):
            rebuild(tmp_path / "missing", out=out)


def test_the_report_is_shown_when_asked_for(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[str] = []
    monkeypatch.setattr("webbrowser.open", lambda address: bool(shown.append(address)) or True)
    assert open_report(folder / "report.html")
    assert shown == [(folder / "report.html").resolve().as_uri()]
