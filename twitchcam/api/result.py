"""Result: one analysed recording, with everything that can be asked of it or made from it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from twitchcam.api.inputs import answers_of
from twitchcam.api.notebook import html_of, text_of
from twitchcam.api.tables import Events, Signals, frame_of
from twitchcam.edges.outputs import summary_to_dict
from twitchcam.edges.review_file import read_review, write_review
from twitchcam.errors import InputRefused
from twitchcam.regions import REGIONS, Side, side_of
from twitchcam.result_files import REVIEW
from twitchcam.review import Review, review_of_rows, review_recording
from twitchcam.session import write_outputs, write_printed
from twitchcam.summary import (
    Lips,
    Measured,
    Pattern,
    Quality,
    RegionSummary,
    RestAsymmetry,
    Reviewed,
    ScaleEstimate,
    Summary,
    Synchrony,
    TaskMeasure,
    Triage,
)
from twitchcam.triage.answers import Answers
from twitchcam.triage.patterns import conclude
from twitchcam.types import FloatArray, Recording, Source, TrackerInfo

if TYPE_CHECKING:
    import pandas
    from matplotlib.figure import Figure


@dataclass(frozen=True, eq=False)
class Region:
    """One region of the face: what was counted there, and how it moved."""

    name: str
    side: Side
    events: int | None
    rate_per_min: float | None
    amplitude_mm: float | None
    dominant_hz: float | None
    min_detectable_mm: float | None
    """The single twitch that would have been seen 95 times in 100."""
    signal_mm: FloatArray
    """(n, 2) displacement, x towards the subject's left, y up."""

    def __repr__(self) -> str:
        """Return its name and its count."""
        return f"<{self.name}: {self.events} events>"


@dataclass(frozen=True, eq=False, repr=False)
class Analysis:
    """One analysed recording. What it cannot answer is None; left and right are the subject's own."""

    name: str
    recording: Recording
    summary: Summary
    answers: Answers
    _review: Review | None = None
    folder: Path | None = None
    """Where it was written to or read from; None for neither."""

    # What was measured

    @property
    def measured(self) -> Measured:
        """Everything that was measured, before the rules."""
        return self.summary.measured

    @property
    def source(self) -> Source:
        """What the pictures came from."""
        return self.measured.source

    @property
    def tracker(self) -> TrackerInfo:
        """Which face tracker ran."""
        return self.measured.tracker

    @property
    def quality(self) -> Quality:
        """Whether the recording can answer, and why not."""
        return self.measured.quality

    @property
    def lips(self) -> Lips:
        """The lips: events, rate, rhythm, size, side."""
        return self.measured.lips

    @property
    def regions(self) -> dict[str, RegionSummary]:
        """Every region's numbers by its name."""
        return self.measured.regions

    @property
    def synchrony(self) -> dict[str, Synchrony]:
        """Eye against mouth, for each side."""
        return self.measured.synchrony

    @property
    def rest_asymmetry(self) -> RestAsymmetry:
        """The face at rest, left against right."""
        return self.measured.rest_asymmetry

    @property
    def tasks(self) -> tuple[TaskMeasure, ...]:
        """The segments of a guided protocol."""
        return self.measured.tasks

    @property
    def events(self) -> Events:
        """The events, in time order; those that a review left, if there is one."""
        return Events(self.measured.events)

    @property
    def signals(self) -> Signals:
        """How each region moved."""
        return Signals(self.recording, self.measured)

    def __iter__(self) -> Iterator[Region]:
        """Yield every region."""
        return (self[name] for name in REGIONS)

    def __getitem__(self, region: str) -> Region:
        """Return one region by its name."""
        signal = self.signals[region]
        numbers, noise = self.regions[region], self.quality.by_region.get(region)
        return Region(
            region,
            side_of(region),
            numbers.events,
            numbers.rate_per_min,
            numbers.amplitude_mm,
            numbers.dominant_hz,
            None if noise is None else noise.min_detectable_mm,
            signal,
        )

    # What follows from it

    @property
    def patterns(self) -> tuple[Pattern, ...]:
        """Likenesses to what the literature describes, each with what speaks for and against it."""
        return self.summary.patterns

    @property
    def triage(self) -> Triage:
        """How soon someone should look at it, why, and what to do."""
        return self.summary.triage

    @property
    def scales(self) -> tuple[ScaleEstimate, ...]:
        """Estimates after clinical scales."""
        return self.summary.scales

    @property
    def reviewed(self) -> Reviewed | None:
        """What a person's review changed; None without one."""
        return self.measured.review

    def answered(self, answers: Mapping[str, Any] | Answers | str | Path) -> Analysis:
        """Return it concluded with other answers."""
        given = answers_of(answers)
        summary = conclude(self.measured, given, self.summary.history)
        return replace(self, answers=given, summary=summary, folder=None)

    def review(self, review: Review | Mapping[str, Any] | str | Path) -> Analysis:
        """Return it with a person's review of its events, everything computed anew.

        `review` is a file (TOML, JSON, or events.tsv with a column review), or the same as a dict. A review
        replaces an earlier one.

        Raises
        ------
        InputRefused
            If the review cannot be used or was made for another clip.
        """
        if isinstance(review, (str, Path)):
            review = read_review(Path(review))
        elif isinstance(review, Mapping):
            review = review_of_rows(review)
        if not review.when:
            review = replace(review, when=datetime.now().astimezone().isoformat(timespec="seconds"))
        measured = review_recording(self.recording, review)
        summary = conclude(measured, self.answers, self.summary.history)
        return replace(self, summary=summary, _review=review, folder=None)

    # What can be made of it

    def to_dict(self) -> dict[str, Any]:
        """Return what summary.json holds."""
        return summary_to_dict(self.summary)

    def to_columns(self) -> dict[str, Any]:
        """Return the events as {name: values}, one row an event."""
        return self.events.to_columns()

    def to_dataframe(self, what: str = "events") -> pandas.DataFrame:
        """Return "events", "signals" or "regions" as a pandas data frame."""
        if what == "events":
            return self.events.to_dataframe()
        if what == "signals":
            return self.signals.to_dataframe()
        if what != "regions":
            raise InputRefused(f"to_dataframe({what!r:.40}): there are events, signals and regions")
        names = ("name", "side", "events", "rate_per_min", "amplitude_mm", "dominant_hz", "min_detectable_mm")
        rows = list(self)
        return frame_of({name: [getattr(row, name) for row in rows] for name in names})

    def plot(self, kind: str = "overview") -> Figure:
        """Return a matplotlib figure: overview, traces, spectrum, events, asymmetry or face."""
        from twitchcam.edges.figures import draw_figure

        return draw_figure(self.summary, kind)

    def save(self, folder: str | Path, *, language: str = "en") -> Path:
        """Write the five files of `twitchcam analyze` into `folder`, and the review if there is one."""
        written = write_outputs(self.recording, self.summary, Path(folder), language)
        if self._review is not None:
            write_review(written / REVIEW, self._review)
        return written

    def report(self, path: str | Path, *, language: str = "en") -> Path:
        """Write the report: one HTML file, or a PDF when the name ends so."""
        path = Path(path)
        if path.suffix.lower() == ".pdf":
            write_printed(self.recording, self.summary, path, language=language)
        else:
            from twitchcam.edges.report import write_report

            write_report(self.summary, path, language=language)
        return path

    def export(
        self, export_format: str, path: str | Path, *, subject: str = "", session: str = ""
    ) -> list[Path]:
        """Write csv, tsv, parquet, edf, bids, mne, fhir, svg or png; return the files."""
        from twitchcam.exporting import ExportOptions, write_export

        options = ExportOptions(subject=subject, session=session)
        return write_export(
            export_format, Path(path), self.summary, self.recording, options=options, name=self.name
        )

    def __repr__(self) -> str:
        """Return one line."""
        return text_of(self.name, self.summary)

    def _repr_html_(self) -> str:
        """Return what a notebook shows."""
        return html_of(self.name, self.summary)
