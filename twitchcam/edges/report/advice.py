"""Advice: what to do apart from what was not answered, and the sources that anything rests on."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from twitchcam.edges.report.speech import t
from twitchcam.triage.rules import load_rules
from twitchcam.triage.scales import SCALE_SOURCES

_NOT_ANSWERED: Final = re.compile(r"(Also )?not answered[:,] ", re.IGNORECASE)
_PLAINLY: Final = re.compile(r"(Also )?not answered: ", re.IGNORECASE)


def part_advice(advice: Sequence[str]) -> tuple[list[str], list[str]]:
    """Part what to do, in English, from what was not answered, as it stands below a heading of its own."""
    unanswered = [_below_heading(text) for text in advice if _NOT_ANSWERED.match(text)]
    return [text for text in advice if not _NOT_ANSWERED.match(text)], unanswered


def _below_heading(advice: str) -> str:
    """Return what stands behind the colon, in the language that is spoken: the heading says the rest."""
    told = t(advice)
    rest = (told.partition(": ")[2] if _PLAINLY.match(advice) else "") or told
    return rest[:1].upper() + rest[1:]


def cite(tags: Sequence[str]) -> list[str]:
    """Return the sources behind their tags; a text that is no tag stands as it is."""
    known = {**SCALE_SOURCES, **load_rules().sources}
    return [f"{tag}: {known[tag]}" if tag in known else tag for tag in tags]
