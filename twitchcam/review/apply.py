"""Apply: the result of a recording recomputed from the events that a reviewer leaves, relabels and adds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np

from twitchcam.analysis.blinks import Blink
from twitchcam.analysis.gates import usable
from twitchcam.analysis.movements import Movement
from twitchcam.analysis.search import Answer, search, with_found
from twitchcam.analysis.signals import make_signals
from twitchcam.analysis.summarise import analyse, measured_of
from twitchcam.errors import InputRefused
from twitchcam.review.as_said import Made, added, relabelled, without_blink
from twitchcam.review.decisions import Decision, Review
from twitchcam.review.matching import match_decisions
from twitchcam.settings import AnalysisSettings
from twitchcam.summary import Event, Measured, ReviewAction, Reviewed, ReviewMark
from twitchcam.types import Recording

_STAYS: Final = ("lost_face",)
"""Gates that no reviewer lifts: nothing was measured there."""


@dataclass
class _Work:
    """The reviewed events as they grow, with what they do to the time around them."""

    answer: Answer
    blinks: list[Blink]
    marks: list[tuple[ReviewMark, Movement | None]] = field(default_factory=list)
    freed: list[tuple[float, float]] = field(default_factory=list)
    """Stretches, s, that count because an event in them does."""
    aside: list[tuple[float, float]] = field(default_factory=list)
    """Stretches of rejected events: no movement, and no rest to look for a tremor in."""
    gated: list[tuple[str, float, float]] = field(default_factory=list)
    """Stretches that do not, with the reason."""

    def add(self, action: ReviewAction, automatic: Event | None, made: Made | None, note: str) -> None:
        """Take the event that came of a decision; None when it was rejected."""
        event = None if made is None else made.event
        self.marks.append((ReviewMark(action, event, automatic, note), made.movement if made else None))
        if made is None and automatic is not None:
            self.aside.append((automatic.onset_s, automatic.offset_s))
        if made is None or action == "keep":
            return
        self.blinks += [made.blink] if made.blink is not None else []
        if made.event.gated:
            self.gated.append((made.event.gated, made.event.onset_s, made.event.offset_s))
        else:
            self.freed.append((made.event.onset_s, made.event.offset_s))


def review_recording(
    recording: Recording, review: Review, settings: AnalysisSettings | None = None
) -> Measured:
    """Return what a recording shows with a person's review of its events.

    Raises
    ------
    InputRefused
        If the review was made for another recording, or an event that it adds cannot be measured.
    """
    settings = settings or AnalysisSettings()
    signals = make_signals(recording, settings) if recording.t_s.size else None
    if signals is None:
        _check_recording(recording, review)
        return _unanswered(analyse(recording, settings), review)
    return apply_review(search(signals, settings), review)


def apply_review(answer: Answer, review: Review) -> Measured:
    """Return what the reviewed movements of a recording come to; `answer` stays as it is.

    Everything that depends on events is computed anew: counts, rates, runs, frequencies, sizes, sides,
    asymmetry, synchrony, tasks, and the gates and usable time around events that a reviewer calls movements,
    blinks or expressions. The face at rest stays as it was measured. Raises as `review_recording`.
    """
    _check_recording(answer.signals.recording, review)
    automatic = measured_of(answer)
    if automatic.quality.verdict == "unusable":
        return _unanswered(automatic, review)
    matched = match_decisions(review.decisions, answer.events)
    work = _decided(answer, review, matched)
    reviewed = _measured(work, automatic)
    unmatched = sum(d.action != "add" for d in review.decisions) - len(matched)
    return replace(reviewed, review=_reviewed(review, _with_final_events(work, reviewed), unmatched))


def _check_recording(recording: Recording, review: Review) -> None:
    mine = recording.source.sha256
    if review.sha256 is not None and mine is not None and review.sha256 != mine:
        raise InputRefused(
            f"this review was made for another clip than {recording.source.file} (its sha256 differs); give "
            "the review of this one."
        )


def _unanswered(automatic: Measured, review: Review) -> Measured:
    """Return a result without events as reviewed: a recording that cannot answer is not made to."""
    if any(d.action == "add" for d in review.decisions):
        why = " ".join(automatic.quality.reasons[:1])
        raise InputRefused(f"the recording is unusable, so no event can be added. {why}".strip())
    return replace(automatic, review=Reviewed(review.reviewer, review.when, (), len(review.decisions)))


def _decided(answer: Answer, review: Review, matched: dict[int, int]) -> _Work:
    about = {event: review.decisions[number] for number, event in matched.items()}
    work = _Work(answer, list(answer.blinks))
    for k, (event, m) in enumerate(answer.found):
        decision = about.get(k)
        note = "" if decision is None else decision.note
        if decision is None or decision.action == "keep":
            work.add("keep", event, Made(event, m), note)
            continue
        work.blinks = without_blink(work.blinks, event, answer)
        made = None if decision.action == "reject" else _made(answer, event, m, decision)
        work.add(decision.action, event, made, note)
    for decision in review.decisions:
        if decision.action == "add":
            work.add("add", None, _made(answer, None, None, decision), decision.note)
    return work


def _made(answer: Answer, event: Event | None, m: Movement | None, decision: Decision) -> Made:
    try:
        return added(answer, decision) if event is None else relabelled(answer, event, m, decision)
    except InputRefused as error:
        raise InputRefused(f"{decision.action}: {error}") from error


def _measured(work: _Work, automatic: Measured) -> Measured:
    """Return the recomputed result; the automatic one where nothing was changed."""
    if all(mark.action == "keep" for mark, _ in work.marks):
        return automatic
    answer, t = work.answer, work.answer.signals.grid.t_s
    gates = {reason: mask.copy() for reason, mask in answer.gates.items()}
    for onset_s, offset_s in work.freed:
        rows = (t >= onset_s) & (t <= offset_s)
        for reason in gates.keys() - set(_STAYS):
            gates[reason][rows] = False
    for reason, onset_s, offset_s in work.gated:
        gates[reason] |= (t >= onset_s) & (t <= offset_s)
    aside = np.zeros(t.size, dtype=bool)
    for onset_s, offset_s in work.aside:
        aside |= (t >= onset_s) & (t <= offset_s)
    changed = replace(
        with_found(answer, [(mark.event, m) for mark, m in work.marks if mark.event is not None]),
        gates=gates,
        watched=usable(gates) & answer.resting,
        blinks=sorted(work.blinks, key=lambda blink: blink.start),
        set_aside=aside,
    )
    # What moved is no rest, whatever it is called.
    return replace(measured_of(changed), rest_asymmetry=automatic.rest_asymmetry)


def _with_final_events(work: _Work, reviewed: Measured) -> tuple[ReviewMark, ...]:
    """Return the marks in time order, with the events as they stand in the result (numbered runs)."""
    final = {_key(e): e for e in reviewed.events}
    marks = [
        mark if mark.event is None else replace(mark, event=final.get(_key(mark.event), mark.event))
        for mark, _ in work.marks
    ]
    return tuple(sorted(marks, key=_onset_of))


def _key(event: Event) -> tuple[object, ...]:
    return event.onset_s, event.peak_s, event.offset_s, event.region, event.trial_type, event.amplitude_mm


def _onset_of(mark: ReviewMark) -> float:
    event = mark.event or mark.automatic
    assert event is not None
    return event.onset_s


def _reviewed(review: Review, marks: Sequence[ReviewMark], unmatched: int) -> Reviewed:
    """Return the review with how far the automatic events agree with it; only counted ones matter."""
    counted = [(_counts(mark.automatic), _counts(mark.event)) for mark in marks]
    found, meant = sum(f for f, _ in counted), sum(m for _, m in counted)
    both = sum(f and m for f, m in counted)
    return Reviewed(
        review.reviewer,
        review.when,
        tuple(marks),
        unmatched,
        precision=both / found if found else None,
        recall=both / meant if meant else None,
        f1=2 * both / (found + meant) if found + meant else None,
    )


def _counts(event: Event | None) -> bool:
    return event is not None and not event.gated
