"""The session: its states, its clock, what it keeps and leaves behind. Fed by hand, without a clock."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from histories import entry_of
from live_parts import HandMeasuring, HandSource, finish, hand_session, play, twitching_face

from twitchcam.analysis import analyse
from twitchcam.edges.camera import FeedState
from twitchcam.edges.decode import open_video
from twitchcam.edges.outputs import summary_to_dict
from twitchcam.edges.recordings import as_stored, load_recording
from twitchcam.edges.store import FILE, open_store
from twitchcam.errors import InputRefused
from twitchcam.live.guide import Guide
from twitchcam.live.options import State
from twitchcam.live.saving import check_name
from twitchcam.live.session import Session
from twitchcam.protocol import Protocol, Step
from twitchcam.triage.answers import Answers, parse_answers
from twitchcam.triage.patterns import conclude

FIVE = {"summary.json", "events.tsv", "signals.csv", "recording.npz", "report.html"}
BRIEF = Protocol(
    "brief",
    "rest, smile, rest",
    (Step("rest", 6, "Rest."), Step("smile", 3, "Smile."), Step("rest", 3, "Rest.")),
)
FACE = twitching_face()


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    made = hand_session(tmp_path / "out", protocols={"brief": BRIEF})
    yield made
    made.close()


def finished(session: Session, stop_s: float = 8.0) -> Session:
    session.start()
    play(session, FACE, 0.0, stop_s, every_s=stop_s)
    session.stop()
    finish(session)
    return session


class TestStates:
    def test_the_usual_way(self, session: Session) -> None:
        assert session.state is State.READY
        session.start()
        play(session, FACE, 0.0, 3.0)
        assert session.state is State.RUNNING
        session.pause()
        assert session.state is State.PAUSED
        session.resume()
        session.stop()
        assert session.state is State.FINISHING
        finish(session)
        assert session.outcome is not None

    def test_what_does_not_fit_is_refused_in_a_sentence(self, session: Session) -> None:
        for command in (session.pause, session.resume, session.stop, session.mark, session.restart):
            with pytest.raises(InputRefused, match="A session that is ready cannot"):
                command()
        with pytest.raises(InputRefused, match="that is ready cannot save"):
            session.save("x")
        session.start()
        with pytest.raises(InputRefused, match="that is running cannot start"):
            session.start()
        with pytest.raises(InputRefused, match="no protocol 'none'"):
            finished(hand_session(session.options.out)).start("protocol", "none")

    def test_nothing_is_recorded_before_the_start(self, session: Session) -> None:
        play(session, FACE, 0.0, 4.0)
        assert not session.take.samples
        session.start()
        play(session, FACE, 4.0, 8.0, every_s=4)
        session.stop()
        finish(session)
        assert session.outcome is not None
        assert session.outcome.recording.t_s[0] == 0.0
        assert session.outcome.recording.t_s.size == 120

    def test_stopped_at_once_nothing_was_recorded(self, session: Session) -> None:
        session.start()
        session.stop()
        assert session.state is State.READY
        assert session.failed is not None
        assert "Nothing was recorded" in session.failed

    def test_restart_begins_anew(self, session: Session) -> None:
        session.start("protocol", "brief")
        play(session, FACE, 0.0, 5.0)
        session.mark("here")
        session.restart()
        assert (session.state, session.take.mode, session.take.marks) == (State.RUNNING, "protocol", [])
        assert session.take.guide.recorded_s == 0.0
        assert session.take.guide.step is not None
        play(session, FACE, 5.0, 18.0, every_s=0.1)
        finish(session)
        assert session.outcome is not None
        assert session.outcome.recording.t_s[-1] == pytest.approx(12.0, abs=0.15)

    def test_frames_of_the_recording_before_are_left_out(self, session: Session) -> None:
        session.start()
        play(session, FACE, 0.0, 5.0)
        late = session.shot
        session.restart()
        assert late is not None
        session._show(late)  # was on its way when the restart came
        assert not session.take.samples
        assert session.take.guide.end_s == 0.0

    def test_discard_is_ready_again(self, session: Session) -> None:
        finished(session).discard()
        assert (session.state, session.outcome, len(session.take.samples)) == (State.READY, None, 0)

    def test_a_limit_ends_a_free_recording(self, tmp_path: Path) -> None:
        limited = hand_session(tmp_path, limit_s=5.0)
        limited.start()
        play(limited, FACE, 0.0, 8.0, every_s=0.1)
        assert limited.state is not State.RUNNING
        finish(limited)
        assert limited.outcome is not None
        assert limited.outcome.recording.t_s[-1] == pytest.approx(5.0, abs=0.15)

    def test_a_clip_that_ends_is_finished(self, tmp_path: Path) -> None:
        session = hand_session(tmp_path, source=HandSource(ends=True))
        session.start()
        play(session, FACE, 0.0, 4.0)
        HandMeasuring.newest.ended = True
        finish(session)
        session.discard()
        assert not HandMeasuring.newest.ended  # it plays again

    def test_a_failure_is_told_and_keeps_what_was_recorded(self, session: Session) -> None:
        session.start()
        play(session, FACE, 0.0, 6.0)
        HandMeasuring.newest.failed = RuntimeError("network lost its weights")
        HandMeasuring.newest.ended = True
        finish(session)
        assert session.failed is not None
        assert "network lost its weights" in session.failed
        assert session.outcome is not None

    def test_a_result_outlives_a_camera_that_has_ended(self, session: Session) -> None:
        HandMeasuring.newest.ended = False
        finished(session)
        HandMeasuring.newest.ended = True
        for again in (session.start, session.restart):
            with pytest.raises(InputRefused, match="No more pictures"):
                again()
        assert session.outcome is not None
        assert session.save("kept").is_dir()

    def test_a_lost_camera_is_told_and_waited_for(self, session: Session) -> None:
        session.start()
        play(session, FACE, 0.0, 6.0)
        feed: Any = session.scene.feed
        feed.state, feed.trouble = FeedState.LOST, "camera 0 sends no pictures any more; plug it in again."
        for _ in range(6):
            session.turn()
        lamps = {lamp.id: lamp for lamp in session.scene.lamps}
        assert (session.state, lamps["camera"].level, lamps["face"].level) == (State.RUNNING, "bad", "bad")
        assert "plug it in" in lamps["camera"].text
        feed.state, feed.trouble = FeedState.RUNNING, None
        play(session, FACE, 16.0, 19.0)
        assert session.take.guide.recorded_s == pytest.approx(9.0, abs=0.1)
        session.stop()
        finish(session)
        assert session.outcome is not None
        assert np.diff(session.outcome.recording.t_s).max() == pytest.approx(10.0, abs=0.1)


class TestProtocol:
    def test_it_runs_by_recorded_time_and_ends_by_itself(self, session: Session) -> None:
        session.start("protocol")
        play(session, FACE, 0.0, 4.0, every_s=0.5)
        session.pause()
        play(session, FACE, 4.0, 7.0)
        assert session.take.guide.step is not None
        number, step, left_s = session.take.guide.step
        assert (number, step.task, left_s) == (0, "rest", pytest.approx(2.0, abs=0.05))
        session.resume()
        play(session, FACE, 7.0, 16.0, every_s=0.1)
        finish(session)
        assert session.outcome is not None
        segments = session.outcome.recording.segments
        assert [s.task for s in segments] == ["rest", "smile", "rest"]
        times = [(s.start_s, s.end_s) for s in segments]
        assert np.allclose(times, [(0, 9), (9, 12), (12, 15)], atol=0.1)
        assert [t.task for t in session.outcome.measured.tasks] == ["rest", "smile", "rest"]

    def test_stopped_early_the_steps_that_were_begun_stay(self, session: Session) -> None:
        session.start("protocol", "brief")
        play(session, FACE, 0.0, 7.0)
        session.stop()
        finish(session)
        assert session.outcome is not None
        assert [s.task for s in session.outcome.recording.segments] == ["rest", "smile"]

    def test_a_pause_on_a_boundary_belongs_to_no_step(self) -> None:
        guide = Guide(BRIEF)
        for t_s in np.arange(0, 6.05, 0.1):
            guide.add(float(t_s))
        guide.recorded_s = 6.0
        guide.stop_clock()
        guide.add(20.0)
        assert guide.recorded_s == 6.0
        guide.add(20.1)
        first, second = guide.segments()[:2]
        assert (first.end_s, second.start_s) == (6.0, pytest.approx(20.0, abs=0.01))

    def test_a_free_recording_has_no_steps(self) -> None:
        guide = Guide()
        guide.add(0.0)
        assert (guide.step, guide.segments(), guide.done) == (None, (), False)


class TestResult:
    def test_it_is_the_analysis_of_the_whole(self, session: Session) -> None:
        outcome = finished(session, 12.0).outcome
        assert outcome is not None
        again = conclude(analyse(as_stored(outcome.recording)), Answers())
        assert summary_to_dict(outcome.summary) == summary_to_dict(again)

    def test_answers_conclude_anew(self, session: Session) -> None:
        finished(session).answer(Answers(arm_or_leg_weakness=True, drooping=True), final=True)
        assert session.outcome is not None
        assert session.outcome.summary.triage.level == "emergency"
        session.answer(Answers())
        assert session.outcome.summary.triage.level != "emergency"

    def test_answers_before_the_end_count(self, session: Session) -> None:
        session.answer(Answers(arm_or_leg_weakness=True, drooping=True))
        assert finished(session).outcome is not None
        assert session.outcome is not None
        assert session.outcome.summary.triage.level == "emergency"

    def test_windows_are_looked_at_meanwhile(self, tmp_path: Path) -> None:
        session = hand_session(tmp_path, looks=True)
        session.start()
        play(session, FACE, 0.0, 15.0, every_s=1.5)
        finding = session.finding
        assert finding is not None
        assert len(finding.timeline.counted) == pytest.approx(8, abs=1)
        assert finding.timeline.usable_s == pytest.approx(14, abs=1.5)
        numbers = [n for n, _ in (*finding.book.settled, *finding.book.open)]
        assert len(set(numbers)) == len(numbers)


class TestSaving:
    def test_nothing_is_written_unless_asked(self, session: Session, tmp_path: Path) -> None:
        finished(session).discard()
        session.close()
        assert list(tmp_path.iterdir()) == []

    def test_saved_are_the_five_files(self, session: Session, tmp_path: Path) -> None:
        folder = finished(session).save("Monday 1")
        assert folder == tmp_path / "out" / "Monday 1"
        assert {p.name for p in folder.iterdir()} == FIVE
        assert [p.name for p in folder.parent.iterdir()] == ["Monday 1"]
        assert session.outcome is not None
        stored = analyse(load_recording(folder / "recording.npz"))
        assert summary_to_dict(conclude(stored, Answers())) == summary_to_dict(session.outcome.summary)

    def test_marks_come_along(self, session: Session) -> None:
        session.start()
        play(session, FACE, 0.0, 3.0)
        session.mark("cold\tair\n")
        session.mark()
        play(session, FACE, 3.0, 8.0, every_s=5)
        session.stop()
        finish(session)
        folder = session.save("marked")
        rows = (folder / "marks.tsv").read_text().splitlines()
        assert rows == ["onset\tduration\tnote", "2.967\t0\tcold air", "2.967\t0\tn/a"]

    def test_another_sessions_folder_is_left_alone(self, session: Session, tmp_path: Path) -> None:
        (tmp_path / "out" / "mine").mkdir(parents=True)
        finished(session)
        with pytest.raises(InputRefused, match="exists already"):
            session.save("mine")
        assert session.saved is None
        assert [p.name for p in (tmp_path / "out").iterdir()] == ["mine"]

    def test_saved_again_after_more_answers(self, session: Session) -> None:
        folder = finished(session).save("one")
        session.answer(Answers(arm_or_leg_weakness=True, drooping=True))
        assert session.save("one") == folder
        assert "emergency" in (folder / "summary.json").read_text()
        assert [p.name for p in folder.parent.iterdir()] == ["one"]

    def test_remembered_only_when_asked_and_set_beside_earlier_ones(
        self, session: Session, tmp_path: Path
    ) -> None:
        session.options = replace(session.options, data_dir=tmp_path / "data")
        finished(session).save("one")
        assert session.remembered is None
        assert not (tmp_path / "data").exists()
        with open_store(tmp_path / "data") as store:
            store.add("anna", entry_of(1, "2026-01-05"))
        folder = session.save("one", person="anna")
        assert session.remembered == "session 2 in the history of anna"
        with open_store(tmp_path / "data") as store:
            kept = store.sessions("anna")
            assert [one.filmed_from for one in kept] == ["given", "clock"]
            assert "history" not in store.summary(2)
        told = json.loads((folder / "summary.json").read_text(encoding="utf-8"))["history"]
        assert [point["present"] for point in told["points"]] == [False, True]
        session.answer(parse_answers({"pain": True}))
        assert session.outcome is not None
        history = session.outcome.summary.history
        assert history is not None
        session.review("e0", {"action": "reject"})
        assert session.outcome.summary.history == history
        assert "history" in json.loads((folder / "summary.json").read_text(encoding="utf-8"))

    def test_a_history_that_cannot_be_used_saves_nothing(self, session: Session, tmp_path: Path) -> None:
        (tmp_path / "data").mkdir()
        (tmp_path / "data" / FILE).write_bytes(b"no database at all" * 400)
        session.options = replace(session.options, data_dir=tmp_path / "data")
        finished(session)
        with pytest.raises(InputRefused, match="history is damaged"):
            session.save("one", person="me")
        assert session.saved is None
        assert session.save("one").is_dir()

    def test_a_failed_save_leaves_nothing(self, session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
        def fail(*_: object, **__: object) -> None:
            raise OSError(28, "No space left on device")

        finished(session)
        monkeypatch.setattr("twitchcam.session.write_report", fail)
        with pytest.raises(InputRefused, match="No space left"):
            session.save("full")
        assert list(session.options.out.iterdir()) == []
        monkeypatch.undo()
        assert session.save("full").is_dir()

    @pytest.mark.parametrize(
        "name", ["", "..", ".hidden", "a/b", "a\\b", "con", "x" * 81, "a\0b", "_x", "dot."]
    )
    def test_names_that_no_folder_may_have(self, name: str) -> None:
        with pytest.raises(InputRefused, match="cannot be named"):
            check_name(name)

    @pytest.mark.parametrize("name", ["Montag früh", "2026-11-21 05.36", "a (2)", "  two  spaces "])
    def test_names_that_are_fine(self, name: str) -> None:
        assert check_name(name) == " ".join(name.split())


class TestVideo:
    def test_kept_only_when_ticked(self, session: Session) -> None:
        finished(session)
        assert session.take.keeper is None
        with pytest.raises(InputRefused, match="No video was kept"):
            session.save("x", video=True)

    def test_saved_with_its_own_times(self, session: Session) -> None:
        session.start(video=True)
        play(session, FACE, 0.0, 2.0, every_s=0.2)
        session.stop()
        finish(session)
        folder = session.save("with video", video=True)
        assert {p.name for p in folder.iterdir()} == FIVE | {"video.mov"}
        with open_video(folder / "video.mov") as video:
            times = [frame.t_s for frame in video]
        assert session.take.keeper is not None
        assert len(times) + session.take.keeper.left_out == 60
        assert np.isin(np.round(times, 4), np.round(FACE.t_s, 4)).all()

    def test_ticked_in_between_it_has_the_rest(self, session: Session) -> None:
        session.start()
        play(session, FACE, 0.0, 1.0)
        session.set_video(True)
        play(session, FACE, 1.0, 1.2)
        session.set_video(False)
        play(session, FACE, 1.2, 2.0)
        session.stop()
        assert session.take.keeper is not None
        assert session.take.keeper.frames + session.take.keeper.left_out == 6

    def test_dropped_with_the_session(self, session: Session, tmp_path: Path, monkeypatch: Any) -> None:
        hidden = tmp_path / "temporary"
        hidden.mkdir()
        monkeypatch.setattr("tempfile.tempdir", str(hidden))
        session.start(video=True)
        play(session, FACE, 0.0, 1.0)
        session.discard()
        assert session.take.keeper is None
        assert not session.keep_video
        assert list(hidden.iterdir()) == []


def test_traces_show_the_twitch_on_its_own_side(session: Session) -> None:
    session.start()
    play(session, replace(FACE), 0.0, 18.0)
    values = np.array([v for _, _, v in session.take.samples])
    left, right = np.ptp(values[150:, 0]), np.ptp(values[150:, 1])
    assert left == pytest.approx(0.8, abs=0.25)
    assert right < 0.5 * left
    numbers = [n for n, _, _ in session.take.samples]
    assert [n for n, _, _ in session.samples_since(numbers[9])] == numbers[10:]
