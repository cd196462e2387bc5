"""Remembering: a session's course among the earlier ones, and keeping it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from twitchcam.course import Course, CourseMark
from twitchcam.edges.outputs import summary_to_dict
from twitchcam.edges.store import Entry, Kept, Mark, Store, data_folder, open_store
from twitchcam.edges.store.entries import ME, check_person
from twitchcam.history.build import build_course
from twitchcam.history.figures import Visit, counted_onsets, figures_of, regions_of
from twitchcam.history_command.filmed import Filmed, day_number
from twitchcam.summary import Event, Summary
from twitchcam.types import Recording


@dataclass(frozen=True, slots=True)
class Remembering:
    """Whose history, and where it lies."""

    person: str = ME
    data_dir: Path | None = None

    def __post_init__(self) -> None:
        check_person(self.person)

    def open(self) -> Store:
        """Open the store, made where there is none; raises InputRefused when that cannot be."""
        return open_store(self.data_dir)

    @property
    def place(self) -> Path:
        """The folder in which it is kept."""
        return data_folder(self.data_dir)

    def check(self) -> None:
        """Refuse, before time is spent on measuring, a history that cannot be used."""
        with self.open() as store:
            store.people()

    def course(self, recording: Recording, summary: Summary, filmed: Filmed) -> Course:
        """Return what the session shows together with the person's earlier ones."""
        with self.open() as store:
            return course_with(store, self.person, entry_of(recording, summary, filmed))

    def keep(self, recording: Recording, summary: Summary, filmed: Filmed) -> tuple[int, bool]:
        """Keep the session; return its number and whether it is new."""
        with self.open() as store:
            return store.add(self.person, entry_of(recording, summary, filmed))


def entry_of(recording: Recording, summary: Summary, filmed: Filmed) -> Entry:
    """Return what is kept of a session: numbers, never a picture. A course in the summary is not kept."""
    document = {name: part for name, part in summary_to_dict(summary).items() if name != "history"}
    return Entry(
        filmed_at=filmed.at,
        filmed_from=filmed.how,
        fingerprint=fingerprint(recording),
        summary=document,
        answers=document.get("answers", {}),
        events=tuple(map(event_row, summary.measured.events)),
        reviewed=bool(document.get("review")),
    )


def event_row(event: Event) -> dict[str, Any]:
    """Return an event as a row of events.tsv."""
    row = {
        "onset": event.onset_s,
        "duration": event.offset_s - event.onset_s,
        "peak": event.peak_s,
        "amplitude_mm": event.amplitude_mm,
        "snr": event.snr,
    }
    return {
        **{name: float(value) if np.isfinite(value) else None for name, value in row.items()},
        "trial_type": event.trial_type,
        "side": event.side,
        "region": event.region,
        "regions": event.regions,
        "run": None if event.run is None else int(event.run),
        "gated": event.gated,
    }


def fingerprint(recording: Recording) -> str:
    """Return the SHA-256 of the clip, or of the measured motion where there is no file (a camera)."""
    if recording.source.sha256:
        return recording.source.sha256
    digest = hashlib.sha256()
    for array in (recording.t_s, recording.motion_mm):
        digest.update(np.ascontiguousarray(array, dtype="<f8").tobytes())
    return digest.hexdigest()


def course_with(store: Store, person: str, entry: Entry) -> Course:
    """Return the course of a person's sessions with one more, which takes the place of an earlier result of
    the same clip.
    """
    earlier = [visit_of(k) for k in store.sessions(person) if k.fingerprint != entry.fingerprint]
    return build_course([*earlier, present_visit(entry)], course_marks(store.marks(person)))


def course_of(kept: Iterable[Kept], marks: Iterable[Mark]) -> Course:
    """Return the course of sessions that are kept."""
    return build_course([visit_of(one) for one in kept], course_marks(marks))


def course_marks(marks: Iterable[Mark]) -> list[tuple[int, CourseMark]]:
    """Return the marks with the numbers of their days."""
    return [(day_number(mark.day), CourseMark(mark.day, mark.text)) for mark in marks]


def visit_of(kept: Kept) -> Visit:
    """Return a kept session as the course sees it."""
    return Visit(kept.id, day_number(kept.day), kept.day, kept.figures, kept.regions, kept.onsets_s)


def present_visit(entry: Entry) -> Visit:
    """Return a session that is not kept yet as the course sees it."""
    figures = figures_of(entry.summary)
    return Visit(
        id=0,
        day=day_number(entry.filmed_at),
        date=entry.filmed_at[:10],
        figures=figures,
        regions=regions_of(entry.summary),
        onsets_s=counted_onsets(entry.events, figures.events),
        present=True,
    )


def fingerprint_of(summary: Mapping[str, Any]) -> str:
    """Return the clip's SHA-256 from its summary, or one of the summary's own numbers where it has none."""
    source = summary.get("source")
    told = source.get("sha256") if isinstance(source, Mapping) else None
    if isinstance(told, str) and told:
        return told
    parts = [repr(summary.get(name)) for name in ("source", "quality", "lips", "regions")]
    return hashlib.sha256("\n".join(parts).encode("utf-8", "replace")).hexdigest()
