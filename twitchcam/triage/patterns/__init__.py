"""Every pattern of the literature that is compared with a recording, in fixed order.

A pattern is a likeness: it looks like, or does not look like, what is described for a condition. It is never
the condition itself.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from twitchcam.course import Course
from twitchcam.summary import Measured, Pattern, Summary
from twitchcam.triage.answers import Answers
from twitchcam.triage.checks import NOT_MEASURED
from twitchcam.triage.clues import Clues, gather_clues
from twitchcam.triage.engine import triage
from twitchcam.triage.observed import observe
from twitchcam.triage.patterns import jerks, lids, myokymia, slow, spasm, synkinesis, tremors, weakness
from twitchcam.triage.scales import estimate_scales

PATTERNS: Final[tuple[Callable[[Clues], Pattern], ...]] = (
    spasm.hfs_like,
    jerks.benign_twitch,
    myokymia.facial_myokymia_like,
    tremors.rest_tremor_like,
    tremors.rabbit_like,
    tremors.action_tremor_like,
    slow.dyskinesia_like,
    lids.blepharospasm_like,
    lids.meige_like,
    jerks.tic_like,
    synkinesis.synkinesis_like,
    weakness.facial_weakness_like,
    jerks.clonic_run_like,
    slow.myorhythmia_like,
    slow.functional_like,
)
"""One function a pattern, named as the pattern."""


def find_patterns(measured: Measured, answers: Answers) -> tuple[Pattern, ...]:
    """Return every pattern with its status, what speaks for it and against it, and its sources."""
    clues = gather_clues(measured, answers)
    found = tuple(pattern(clues) for pattern in PATTERNS)
    if clues.assessable:
        return jerks.behind(found)
    return tuple(Pattern(p.id, "not_assessable", (), (NOT_MEASURED,), p.sources) for p in found)


def conclude(measured: Measured, answers: Answers, course: Course | None = None) -> Summary:
    """Return the summary of a measured recording: patterns, scales, and the triage with the answers and with
    what earlier recordings add, where that is known.
    """
    patterns = find_patterns(measured, answers)
    scales = estimate_scales(measured, answers, patterns)
    level = triage(answers, observe(measured, patterns, course))
    return Summary(measured, patterns, level, scales, answers.given(), course)


def with_course(summary: Summary, answers: Answers, course: Course) -> Summary:
    """Return the summary with what earlier recordings add; the triage is concluded anew."""
    video = observe(summary.measured, summary.patterns, course)
    return replace(summary, triage=triage(answers, video), history=course)
