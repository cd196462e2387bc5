"""A review in the live session, message by message, and in the report's page without the program."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from live_parts import finish, hand_session, play, twitching_face

from twitchcam.analysis import analyse
from twitchcam.edges.report import write_report
from twitchcam.edges.review_file import read_review
from twitchcam.errors import InputRefused
from twitchcam.live import messages
from twitchcam.live.pages import command
from twitchcam.live.session import Session
from twitchcam.results import open_results
from twitchcam.review import Review, decision_about, review_recording
from twitchcam.triage.answers import Answers
from twitchcam.triage.patterns import conclude


@pytest.fixture
def session(tmp_path: Path) -> Session:
    made = hand_session(tmp_path / "out")
    made.start()
    play(made, twitching_face(20.0), 0.0, 20.0, every_s=20.0)
    made.stop()
    finish(made)
    return made


def say(session: Session, event: str, **values: Any) -> dict[str, Any]:
    """Send what a page sends, and return what it is told then."""
    text = json.dumps({"type": "review", "event": event, "values": values})
    command(session, messages.read_message(text))()
    told = messages.result(session)
    assert told is not None
    json.dumps(told, allow_nan=False)
    return told


def test_a_decision_is_recomputed_at_once_and_taken_back(session: Session) -> None:
    before = messages.result(session)
    assert before is not None
    found = before["summary"]["lips"]["events"]
    twitches = [row["id"] for row in before["events"] if not row["gated"]]
    assert len(twitches) == found > 5
    version = session.versions["result"]
    told = say(session, twitches[2], action="reject")
    assert session.versions["result"] > version
    assert told["summary"]["lips"]["events"] == found - 1
    assert told["summary"]["review"]["rejected"] == 1
    assert [row["action"] for row in told["events"] if row["id"] == twitches[2]] == ["reject"]
    told = say(session, twitches[3], action="relabel", new_type="voluntary")
    assert told["summary"]["lips"]["events"] == found - 2
    assert len(told["events"]) == len(before["events"])
    say(session, twitches[3], action="keep")
    told = say(session, twitches[2], action="keep")
    assert told["summary"] == before["summary"]
    assert told["events"] == before["events"]


def test_an_event_is_added_and_taken_away(session: Session) -> None:
    first = messages.result(session)
    assert first is not None
    row = next(row for row in first["events"] if not row["gated"])
    say(session, row["id"], action="reject")
    told = say(session, "", onset=row["onset_s"], offset=row["offset_s"], new_type="twitch")
    (added,) = [one for one in told["events"] if one["action"] == "add"]
    assert added["amplitude_mm"] == pytest.approx(row["amplitude_mm"], rel=0.1)
    assert told["summary"]["review"]["added"] == 1
    told = say(session, added["id"], action="keep")
    assert not [one for one in told["events"] if one["action"] == "add"]


def test_what_cannot_be_changes_nothing(session: Session) -> None:
    before = messages.result(session)
    for event, values in (
        ("", {"onset": 900, "offset": 901}),
        ("", {}),
        ("e9999", {"action": "reject"}),
        ("x", {"action": "reject"}),
        ("e0", {"action": "remove"}),
        ("a1", {"action": "keep"}),
    ):
        with pytest.raises(InputRefused):
            say(session, event, **values)
    assert messages.result(session) == before


def test_the_review_is_saved_and_brought_up_to_date(session: Session) -> None:
    told = messages.result(session)
    assert told is not None
    rows = [row["id"] for row in told["events"] if not row["gated"]]
    say(session, rows[0], action="reject")
    folder = session.save("reviewed")
    assert len(read_review(folder / "review.toml").decisions) == 1
    say(session, rows[1], action="reject")
    opened = open_results(folder)
    assert session.outcome is not None
    assert opened.summary.measured.lips == session.outcome.measured.lips
    stored = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
    assert stored["review"]["rejected"] == 2


def test_only_a_finished_session_is_reviewed(tmp_path: Path) -> None:
    made = hand_session(tmp_path / "out")
    with pytest.raises(InputRefused, match="cannot be reviewed"):
        made.review("e0", {"action": "reject"})


@pytest.mark.browser
def test_marks_in_the_report_become_a_review_file(browser: Any, tmp_path: Path) -> None:
    recording = twitching_face(20.0)
    measured = analyse(recording)
    counted = [k for k, e in enumerate(measured.events) if not e.gated]
    reviewed = review_recording(
        recording, Review("AB", "2026-03-04", (decision_about(measured.events[counted[0]], "reject"),))
    )
    write_report(conclude(reviewed, Answers()), tmp_path / "report.html")
    complaints: list[str] = []
    with browser.new_page(accept_downloads=True) as view:
        view.set_default_timeout(60_000)
        view.on("console", lambda m: complaints.append(m.text))
        view.on("pageerror", lambda error: complaints.append(str(error)))
        view.goto((tmp_path / "report.html").as_uri())
        view.click("#check summary")
        lists = view.locator("#check-rows select")
        assert lists.count() == len(measured.events)
        assert lists.nth(counted[0]).input_value() == "reject"
        lists.nth(counted[1]).select_option("blink")
        for onset, offset in (("9,5", "9.7"), ("12", "11")):  # the second ends before it begins
            view.fill("#check-from", onset)
            view.fill("#check-to", offset)
            view.click("#check-add")
        with view.expect_download() as download:
            view.click("#check-save")
        download.value.save_as(tmp_path / "review.json")
    assert complaints == []
    review = read_review(tmp_path / "review.json")
    assert review.reviewer == "AB"
    assert [d.action for d in review.decisions] == ["reject", "relabel", "add"]
    again = review_recording(recording, Review(decisions=review.decisions[:2]))
    assert again.review is not None
    assert (again.review.rejected, again.review.relabelled, again.review.unmatched) == (1, 1, 0)
