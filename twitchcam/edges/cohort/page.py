"""The page: a Cohort put into its template."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

import jinja2

import twitchcam
from twitchcam.edges.cohort.charts import Histogram, histogram, quartiles, stacked
from twitchcam.edges.cohort.content import FAILED_LISTED, Cohort, Group, PatternCount
from twitchcam.edges.report import names
from twitchcam.edges.report.environment import make_environment, policy_hash
from twitchcam.files import replacing

TEMPLATES = Path(__file__).parent / "templates"


def write_cohort(cohort: Cohort, path: Path) -> None:
    """Write the page, whole or not at all.

    Raises
    ------
    InputRefused
        If it cannot be written.
    """
    text = render_cohort(cohort)
    with replacing(path) as handle:
        handle.write(text.encode("utf-8", "backslashreplace"))


def render_cohort(cohort: Cohort) -> str:
    """Return the page's HTML. It asks nothing of any other address and runs no script."""
    return _template().render(
        c=cohort,
        histograms=_histograms(cohort),
        usable=histogram(
            "Usable part of the clip", "%", 100.0 * cohort.usable_fraction, cohort.answered, span=(0.0, 100.0)
        ),
        verdicts=stacked([(key, names.VERDICTS.get(key, key), n) for key, n in cohort.verdicts.items()]),
        levels=[(key, *names.LEVELS[key], cohort.levels.get(key, 0)) for key in names.LEVELS],
        groups=[
            (
                title,
                [(group, quartiles(group.rate_per_min), quartiles(group.amplitude_mm)) for group in groups],
            )
            for title, groups in _sides(cohort)
        ],
        patterns=[(count, _pattern_bar(count)) for count in cohort.patterns],
        losses=_losses(cohort),
        failed_left_out=max(0, cohort.failed - FAILED_LISTED),
        names=names,
        number=_number,
        minutes=_minutes,
        version=twitchcam.__version__,
    )


def _histograms(cohort: Cohort) -> list[Histogram]:
    n = cohort.answered
    return [
        histogram("Twitches a minute (lips)", "per min", cohort.rate_per_min, n),
        histogram("Size of the twitches, median of each clip", "mm", cohort.amplitude_mm, n),
        histogram("Asymmetry (-1 right only, +1 left only)", "", cohort.asymmetry_index, n, span=(-1.0, 1.0)),
        histogram("Frequency, clips with a rhythm", "Hz", cohort.dominant_hz, n),
    ]


def _sides(cohort: Cohort) -> list[tuple[str, tuple[Group, ...]]]:
    sides = [("Where the lips moved (the person's own side)", cohort.sides)]
    return [*sides, ("Side that was treated", cohort.treated)] if cohort.treated else sides


def _pattern_bar(count: PatternCount) -> Any:
    return stacked(
        [(status, names.STATUSES[status][0], getattr(count, status)) for status in names.STATUS_ORDER]
    )


def _losses(cohort: Cohort) -> list[tuple[str, float, float]]:
    """Return (reason, seconds, percent of all time), largest first."""
    found = [
        (names.GATE_NAMES.get(key, key), seconds, 100.0 * seconds / cohort.total_s)
        for key, seconds in cohort.gated_s.items()
        if seconds > 0 and cohort.total_s > 0
    ]
    return sorted(found, key=lambda loss: -loss[1])


def _number(value: float | None, digits: int = 2) -> str:
    """Return a number with at most `digits` significant ones behind the point, a dash for none."""
    if value is None:
        return "–"
    if value == 0:
        return "0"
    text = f"{value:.0f}" if abs(value) >= 100 else f"{value:.{1 if abs(value) >= 10 else digits}f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return text.replace("-", "−")


def _minutes(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 2 * 3600 else f"{seconds / 3600:.1f} h"


@lru_cache(maxsize=1)
def _template() -> jinja2.Template:
    env = make_environment(TEMPLATES)
    style = (TEMPLATES / "cohort.css").read_text(encoding="utf-8")
    env.globals.update(style=style, style_hash=policy_hash(style))
    return env.get_template("cohort.html")
