"""Messages: what a page is told, and what it may say, as plain JSON values."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from twitchcam import __version__
from twitchcam.analysis.timegrid import contiguous
from twitchcam.edges.camera import FeedState
from twitchcam.edges.outputs import summary_to_dict, to_plain
from twitchcam.edges.overlay import pick_marks
from twitchcam.edges.overlay.marks import INNER, OUTER, PLACES
from twitchcam.edges.report.findings import findings_and_level
from twitchcam.edges.report.names import LEVELS
from twitchcam.edges.store import data_folder
from twitchcam.errors import InputRefused
from twitchcam.live.earlier import earlier_sessions
from twitchcam.live.event_book import Numbered
from twitchcam.live.measuring import Shot
from twitchcam.live.session import Session
from twitchcam.live.traces import LINES
from twitchcam.protocol import Protocol
from twitchcam.regions import LIPS, REGIONS
from twitchcam.summary import Event, Measured, ReviewMark
from twitchcam.triage.questions import SECTIONS, Question
from twitchcam.types import FloatArray

Message = dict[str, Any]
LONGEST: Final = 64_000
"""Characters of a message from a page; answers to every question are some thousands."""
FIELDS: Final[dict[str, dict[str, type]]] = {
    "hello": {},
    "start": {"mode": str, "protocol": str, "video": bool},
    "pause": {},
    "resume": {},
    "mark": {"note": str},
    "restart": {},
    "stop": {},
    "answers": {"values": dict, "final": bool},
    "save": {"name": str, "video": bool, "remember": bool, "person": str},
    "discard": {},
    "video": {"on": bool},
    "seen": {"n": int},
    "review": {"event": str, "values": dict},
}
"""Every message of a page with its fields; each field may be left out."""


def read_message(text: str) -> Message:
    """Return a page's message, checked.

    Raises
    ------
    InputRefused
        If it is not one of `FIELDS`.
    """
    if len(text) > LONGEST:
        raise InputRefused("This message is too long.")
    try:
        message = json.loads(text)
    except (ValueError, RecursionError):
        raise InputRefused("This message is not JSON.") from None
    if not isinstance(message, dict) or not isinstance(message.get("type"), str):
        raise InputRefused("A message is a JSON object with a type.")
    kind = message["type"]
    if kind not in FIELDS:
        raise InputRefused(f"There is no message of type {kind[:40]!r}.")
    known = FIELDS[kind]
    for name, value in message.items():
        if name == "type" or value is None:
            continue
        if name not in known:
            raise InputRefused(f"{kind}: unknown field {name[:40]!r}.")
        if type(value) is not known[name]:
            raise InputRefused(f"{kind}: {name} must be of type {known[name].__name__}.")
    return {name: value for name, value in message.items() if value is not None}


def error(sentence: str) -> Message:
    """Return what says that something was refused."""
    return {"type": "error", "text": sentence}


def hello(session: Session) -> Message:
    """Return everything that stays the same."""
    feed = session.scene.feed
    source = feed.source if feed is not None else None
    return {
        "type": "hello",
        "version": __version__,
        "source": {
            "name": feed.name if feed is not None else "",
            "width": source.width if source is not None else 0,
            "height": source.height if source is not None else 0,
            "ends": session.scene.source.ends,
        },
        "mirror": True,
        "regions": list(REGIONS),
        "traces": [{"id": id, "label": label, "side": side, "unit": "mm"} for id, label, side in LINES],
        "protocols": [_protocol(name, p) for name, p in session.options.protocols.items()],
        "questions": questions(),
        "answers": to_plain(session.answers.given()),
        "out": str(session.options.out.absolute()),
        "history": str(data_folder(session.options.data_dir)),
        "earlier": earlier_sessions(session.options.out),
        "tones": [],
    }


def _protocol(name: str, protocol: Protocol) -> Message:
    steps = [
        {"task": s.task, "seconds": s.seconds, "prompt": s.prompt, "voice": s.voice or s.prompt}
        for s in protocol.steps
    ]
    return {"name": name, "title": protocol.title, "length_s": protocol.length_s, "steps": steps}


def questions() -> Message:
    """Return the questionnaire."""
    return {
        "sections": [{"id": s.id, "title": s.title, "intro": s.intro} for s in SECTIONS],
        "items": [_question(question) for section in SECTIONS for question in section.questions],
    }


def _question(q: Question) -> Message:
    number = q.kind == "number"
    options: list[Message] = [
        {"value": float(value) if number else value, "label": label} for value, label in q.labels.items()
    ]
    return {
        "key": q.key,
        "section": q.section,
        "title": q.title,
        "text": q.text,
        "help": q.help,
        "kind": q.kind,
        "options": options,
        "low": q.low,
        "high": q.high if math.isfinite(q.high) else None,
        "unit": q.unit,
        "asked_if": dict(q.asked_if),
        "red_flag": q.red_flag,
    }


def state(session: Session) -> Message:
    """Return where the session stands."""
    guide, keeper, at = session.take.guide, session.take.keeper, session.take.guide.step
    running = session.state.value in ("running", "paused")
    step = None
    if at is not None and running:
        number, words, left_s = at
        step = {
            "index": number,
            "task": words.task,
            "prompt": words.prompt,
            "voice": words.voice or words.prompt,
            "seconds": words.seconds,
            "left_s": round(left_s, 2),
        }
    return {
        "type": "state",
        "state": session.state.value,
        "mode": session.take.mode,
        "protocol": guide.protocol.name if guide.protocol is not None else None,
        "t_s": round(guide.end_s, 3),
        "recorded_s": round(guide.recorded_s, 3),
        "length_s": guide.length_s,
        "step": step,
        "marks": [{"t_s": round(m.t_s, 3), "note": m.note} for m in session.take.marks],
        "saved": str(session.saved) if session.saved is not None else None,
        "remembered": session.remembered,
        "unsaved": session.outcome is not None and session.saved is None,
        "failed": session.failed,
        "source_ends": session.scene.source.ends,
        "video": {
            "on": session.keep_video,
            "frames": keeper.frames if keeper is not None else 0,
            "mb": round(keeper.megabytes, 1) if keeper is not None else 0.0,
            "full": keeper.full if keeper is not None else False,
        },
    }


def shot(session: Session, taken: Shot, size: tuple[int, int], *, number: int, inset: bool) -> Message:
    """Return what belongs to a preview picture of `size` (w, h)."""
    feed, picture = session.scene.feed, taken.frame.picture
    outline: list[Any] = []
    inner: list[Any] = []
    places: Message = {}
    if taken.points_px is not None:
        marks = np.round(pick_marks(taken.points_px) / [picture.width, picture.height], 4).tolist()
        outline, inner = marks[OUTER], marks[INNER]
        places = dict(zip(REGIONS, marks[PLACES], strict=True))
    activity = session.take.traces.activity if taken.t_s is not None else np.zeros(len(REGIONS))
    age_s = feed.now_s() - taken.frame.t_s if feed is not None else 0.0
    return {
        "type": "shot",
        "n": number,
        "t_s": None if taken.t_s is None else round(taken.t_s, 3),
        "age_ms": round(1e3 * age_s),
        "width": size[0],
        "height": size[1],
        "outline": outline,
        "outline_inner": inner,
        "regions": places,
        "activity": dict(zip(REGIONS, np.round(activity, 2).tolist(), strict=True)),
        "inset": inset,
    }


def traces(samples: Sequence[tuple[int, float, FloatArray]]) -> Message:
    """Return samples of the traces, oldest first."""
    table = np.round(np.array([values for _, _, values in samples]), 3)
    columns = [[v if v == v else None for v in column] for column in table.T.tolist()]
    names = [name for name, _, _ in LINES]
    return {
        "type": "traces",
        "t": [round(t_s, 3) for _, t_s, _ in samples],
        "v": dict(zip(names, columns, strict=True)),
    }


def look(session: Session, new: Sequence[Numbered], removed: Sequence[int]) -> Message:
    """Return what the newest window says, with the events that a page lacks."""
    return {
        "type": "look",
        **to_plain(_measured(session)),
        "new_events": [_event(number, event) for number, event in new],
        "removed": list(removed),
        "lamps": [{"id": lamp.id, "level": lamp.level, "text": lamp.text} for lamp in session.scene.lamps],
        "camera": _camera(session),
    }


def _measured(session: Session) -> Message:
    finding = session.finding
    if finding is None:
        names = ("rate_per_min", "dominant_hz", "dominant_hz_ci", "side", "min_detectable_mm", "verdict")
        return {
            "t_s": 0.0,
            "usable_s": 0.0,
            "events": 0,
            **dict.fromkeys(names),
            "amplitude_mm": {"median": None, "p95": None, "max": None},
            "asymmetry": {"index": None, "ci": None},
            "gates": [],
            "reasons": [],
            "gates_now": [],
        }
    lips, quality = finding.window.lips, finding.window.quality
    counted = finding.timeline.counted
    sizes = np.array([e.amplitude_mm for e in counted if any(r in LIPS for r in e.regions)])
    least = [quality.by_region[name].min_detectable_mm for name in LIPS]
    known = [x for x in least if x is not None]
    return {
        "t_s": finding.timeline.end_s,
        "usable_s": finding.timeline.usable_s,
        "events": len(counted),
        "rate_per_min": finding.timeline.rate_per_min,
        "dominant_hz": lips.dominant_hz,
        "dominant_hz_ci": lips.dominant_hz_ci,
        "amplitude_mm": {
            "median": float(np.median(sizes)) if sizes.size else None,
            "p95": float(np.percentile(sizes, 95)) if sizes.size else None,
            "max": float(sizes.max()) if sizes.size else None,
        },
        "asymmetry": {"index": lips.asymmetry.index, "ci": lips.asymmetry.ci},
        "gates": _gates(finding.window),
        "side": lips.side,
        "min_detectable_mm": float(np.median(known)) if known else None,
        "verdict": quality.verdict,
        "reasons": quality.reasons,
        "gates_now": finding.gates_now,
    }


def _gates(window: Measured) -> list[Message]:
    """Return when what stopped the counting, within the window."""
    return [
        {"reason": reason, "from_s": float(window.t_s[a]), "to_s": float(window.t_s[b - 1])}
        for reason, mask in window.gates.items()
        for a, b in contiguous(mask)
    ]


def _event(number: int, event: Event) -> Message:
    names = ("onset_s", "peak_s", "offset_s", "side", "region", "amplitude_mm", "trial_type", "gated")
    plain: Message = to_plain({name: getattr(event, name) for name in names})
    return {"id": number, **plain}


def _camera(session: Session) -> Message:
    status, feed = session.scene.status(), session.scene.feed
    if status is None or feed is None:
        return {"fps": None, "dropped": 0, "state": "starting", "trouble": None, "notes": []}
    ended = "The clip has ended." if status.state is FeedState.ENDED and session.scene.source.ends else None
    return {
        "fps": None if status.fps is None else round(status.fps, 2),
        "dropped": status.counts.dropped,
        "frames": status.counts.handed_out,
        "even": status.counts.drops_even,
        "state": status.state.value,
        "trouble": status.trouble or ended,
        "notes": list(feed.notes),
    }


def earlier(session: Session) -> Message:
    """Return what the results folder holds now."""
    return {"type": "earlier", "earlier": earlier_sessions(session.options.out)}


def result(session: Session) -> Message | None:
    """Return the finished session's result; None while there is none."""
    if session.outcome is None:
        return None
    summary = session.outcome.summary
    return {
        "type": "result",
        "summary": summary_to_dict(summary),
        "level": summary.triage.level,
        "title": LEVELS[summary.triage.level][0],
        "findings": list(findings_and_level(summary)),
        "answers": to_plain(session.answers.given()),
        "answers_final": session.answers_final,
        "report": True,
        "events": [_reviewed(name, mark) for name, mark in session.outcome.book.rows(summary.measured)],
    }


def _reviewed(name: str, mark: ReviewMark) -> Message:
    """Return one event of the result with what its review says."""
    event = mark.event or mark.automatic
    assert event is not None
    return {**_event(0, event), "id": name, "action": mark.action}
