"""Telling the history in the terminal: calm tables, one line a session."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from twitchcam.course import Course, CourseMark, CoursePoint, Interval
from twitchcam.edges.report.names import LEVELS
from twitchcam.edges.store import Kept, Mark, Note, Person, Store
from twitchcam.history.compared import Comparison
from twitchcam.history.figures import FREE
from twitchcam.history_command.filmed import HOW
from twitchcam.history_command.remember import course_of

SHORT_LEVELS: Final[dict[str, str]] = {
    "emergency": "emergency", "urgent": "today", "see_doctor": "show a doctor", "self_care": "self-care",
    "no_finding": "nothing found", "unable": "cannot answer",
}  # fmt: skip
BAR: Final = 30
"""Characters of the longest bar."""


def table(head: Sequence[str], rows: Sequence[Sequence[str]], right: Sequence[int] = ()) -> Iterator[str]:
    """Yield a table's lines, columns two spaces apart; `right` names the columns that stand to the right."""
    widths = [max(len(row[i]) for row in (head, *rows)) for i in range(len(head))]
    for row in (head, *rows):
        cells = [
            c.rjust(w) if i in right else c.ljust(w) for i, (c, w) in enumerate(zip(row, widths, strict=True))
        ]
        yield "  ".join(cells).rstrip()


def day_of(kept: Kept) -> str:
    """Return when it was filmed; a tilde says that only the file's date tells."""
    return kept.filmed_at[:16].replace("T", " ") + ("~" if kept.filmed_from == "file_date" else "")


def number(value: float | None, digits: int = 1) -> str:
    """Return a number, a dash for one that could not be told."""
    return "-" if value is None else f"{value:.{digits}f}"


def span(value: float | None, ci: Interval | None, digits: int = 1) -> str:
    """Return a number with its interval."""
    if value is None or ci is None:
        return number(value, digits)
    return f"{value:.{digits}f} ({ci[0]:.{digits}f} to {ci[1]:.{digits}f})"


def list_lines(sessions: Sequence[Kept], notes: Sequence[Note], marks: Sequence[Mark]) -> Iterator[str]:
    """Yield the list of a person's sessions, oldest first, with marks and notes below."""
    head = ("no.", "filmed", "usable", "twitches a minute", "size, mm", "side", "result", "")
    rows = [_row(kept) for kept in sessions]
    if rows:
        yield from table(head, rows, right=(0, 2))
    if any(kept.filmed_from == "file_date" for kept in sessions):
        yield ""
        yield "~ the date of the file, which copying may change; 'history add FOLDER --date DAY' sets it"
    if marks:
        yield ""
        yield from (f"mark {mark.id}: {mark.day} {mark.text}" for mark in marks)
    if notes:
        yield ""
        yield from (_note(note) for note in notes)


def _row(kept: Kept) -> tuple[str, ...]:
    f = kept.figures
    extras = [*(["guided"] if f.protocol != FREE else []), *(["reviewed"] if kept.reviewed else [])]
    if f.verdict == "unusable":
        extras.append("unusable")
    return (
        str(kept.id),
        day_of(kept),
        f"{f.usable_s:.0f} s",
        span(f.rate_per_min, f.rate_ci),
        number(f.amplitude_mm, 2),
        f.side or "-",
        SHORT_LEVELS.get(f.level or "", "-"),
        ", ".join(extras),
    )


def _note(note: Note) -> str:
    about = f" (session {note.session})" if note.session is not None else ""
    return f"note {note.id}: {note.day}{about} " + note.text.replace("\n", "\n    ")


def show_lines(store: Store, kept: Kept) -> Iterator[str]:
    """Yield everything that is kept of a session, in words."""
    f, summary = kept.figures, store.summary(kept.id)
    source, tracker = summary.get("source", {}), summary.get("tracker", {})
    yield f"Session {kept.id} of {kept.person}"
    yield f"  filmed     {day_of(kept).rstrip('~')} ({HOW[kept.filmed_from]})"
    yield f"  added      {kept.added_at.replace('T', ' ')}, twitchcam {kept.program_version}"
    yield f"  clip       {source.get('file')}, {f.duration_s:.0f} s, {number(f.fps)} pictures a second"
    yield f"  measured   {tracker.get('backend')} {tracker.get('version')}, what was asked: {f.protocol}"
    least = number(f.min_detectable_mm, 2)
    yield f"  quality    {f.verdict}, {f.usable_s:.0f} s usable, twitches from {least} mm"
    yield f"  twitches   {number(f.events, 0)}, {span(f.rate_per_min, f.rate_ci)} a minute"
    yield f"  size       {span(f.amplitude_mm, f.amplitude_ci, 2)} mm"
    yield f"  side       {f.side or '-'}, asymmetry {span(f.asymmetry, f.asymmetry_ci, 2)}"
    yield f"  rhythm     {'none found' if f.dominant_hz is None else f'{f.dominant_hz:.2f} Hz'}"
    moved = [(name, r) for name, r in kept.regions.items() if r.events]
    for name, region in sorted(moved, key=lambda pair: -(pair[1].events or 0)):
        yield f"  {name.replace('_', ' ')}: {region.events} twitches, {number(region.amplitude_mm, 2)} mm"
    level = f.level or ""
    yield f"  result     {LEVELS[level][0] if level in LEVELS else '-'} (rules {kept.rules_version or '-'})"
    answers = store.answers(kept.id)
    if answers:
        yield "  answers    " + ", ".join(f"{key} = {_plain(value)}" for key, value in answers.items())
    for note in store.notes(kept.person):
        if note.session == kept.id:
            yield "  " + _note(note)


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def trend_lines(course: Course) -> Iterator[str]:
    """Yield the course as bars in the terminal, with treatment marks between, and in sentences."""
    most = max((p.rate_per_min or 0.0 for p in course.points), default=0.0)
    marks = sorted(course.marks, key=lambda mark: mark.date)
    rows, head = [], ("filmed", "twitches a minute", "size, mm", "asymmetry", "")
    for point in course.points:
        while marks and marks[0].date <= point.date:
            rows.append(_mark_row(marks.pop(0)))
        rows.append(_point_row(point, most))
    rows += [_mark_row(mark) for mark in marks]
    yield from table(head, rows)
    yield ""
    yield from course.sentences
    yield ""
    yield (
        "Intervals, 95 %: of a rate the exact Poisson one, as if twitches came independently (trains make "
        "the true one wider); of a trend from the scatter of the recordings round it. o: not comparable with "
        "the latest recording."
    )


def _mark_row(mark: CourseMark) -> tuple[str, ...]:
    return (mark.date, f"-- {' '.join(mark.text.split())[:60]} --", "", "", "")


def _point_row(point: CoursePoint, most: float) -> tuple[str, ...]:
    long = round(BAR * (point.rate_per_min or 0.0) / most) if most > 0 else 0
    bar = ("#" if point.comparable else "o") * long
    return (
        point.date,
        span(point.rate_per_min, point.rate_ci),
        number(point.amplitude_mm, 2),
        number(point.asymmetry, 2),
        bar if point.rate_per_min is not None else "could not be counted",
    )


def compare_lines(c: Comparison) -> Iterator[str]:
    """Yield a comparison in sentences, with what was left out and why."""
    yield from c.sentences
    for out in c.left_out:
        yield f"Left out: session {out.visit} ({out.date}). {' '.join(out.why)}"
    if c.before is not None:
        yield (
            "Compared are only recordings of the same tasks, face tracker, and about the same distance, "
            "frame rate and smallest visible twitch. In brackets: exact 95 % Poisson intervals, as if "
            "twitches came independently; the interval of the ratio takes the scatter from the recordings."
        )


def kept_to_dict(kept: Kept) -> dict[str, Any]:
    """Return a session's figures as plain values."""
    from dataclasses import asdict

    return {
        "session": kept.id,
        "person": kept.person,
        "filmed_at": kept.filmed_at,
        "filmed_from": kept.filmed_from,
        "added_at": kept.added_at,
        "fingerprint": kept.fingerprint,
        "program_version": kept.program_version,
        "rules_version": kept.rules_version,
        "reviewed": kept.reviewed,
        **asdict(kept.figures),
        "regions": {name: asdict(region) for name, region in kept.regions.items()},
    }


def course_in(store: Store, person: str) -> Course:
    """Return the course of everything that is kept of a person."""
    return course_of(store.sessions(person), store.marks(person))


def nothing_kept(person: str, people: Sequence[Person] = ()) -> str:
    """Say that nothing is kept of a person, and of whom there is something."""
    others = [p.name for p in people if p.name != person]
    beside = f" There is a history of: {', '.join(others)} (--person)." if others else ""
    return (
        f"Nothing is kept of {person!r} yet. 'twitchcam analyze CLIP --history' keeps a recording, "
        f"'twitchcam history add FOLDER' takes results that were made earlier.{beside}"
    )


def plain(value: Mapping[str, Any]) -> str:
    """Return one JSON object on one line."""
    import json

    from twitchcam.edges.outputs import to_plain

    return json.dumps(to_plain(value), ensure_ascii=False, allow_nan=False)
