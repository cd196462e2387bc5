"""Findings: what one check saw, and what mends it."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from typing import NamedTuple

OK, NOTE, PROBLEM = "ok", "note", "problem"
"""A problem stops analyze or live; a note costs something else, or may do so."""
_HOMES = re.compile(r"((?:/home|/Users|[A-Za-z]:[\\/]Users)[\\/])[^\\/\s:;,'\")]+")


class Finding(NamedTuple):
    """What one check saw."""

    group: str
    name: str
    state: str
    """ok, note or problem."""
    text: str
    """One sentence or less."""
    mend: str = ""
    """What to do about it; empty where nothing is to be done."""


def hide_person(text: str) -> str:
    """Return a text without the home folder's path or a user's name in a path."""
    home = os.path.expanduser("~")
    if len(home) > 3:
        text = re.sub(re.escape(home) + r"(?![\w.-])", "~", text)
    return _HOMES.sub(r"\1USER", text)


def worst(findings: Iterable[Finding]) -> str:
    """Return the worst state among findings."""
    states = {finding.state for finding in findings}
    return PROBLEM if PROBLEM in states else NOTE if NOTE in states else OK
