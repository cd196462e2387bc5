"""Showing: findings as lines, or as JSON."""

from __future__ import annotations

import json
import platform
from collections.abc import Iterable

from twitchcam import __version__
from twitchcam.doctor.finding import NOTE, PROBLEM, Finding, worst

SCHEMA = "twitchcam.doctor/1"


def line_of(finding: Finding) -> str:
    """Return a finding as one line: state, what, and how to mend it."""
    mend = f" -> {finding.mend}" if finding.mend else ""
    text = " ".join(f"{finding.name}: {finding.text}{mend}".split())
    return f"  {finding.state:<8} {text}"


def show(findings: Iterable[Finding]) -> list[Finding]:
    """Print each finding as it comes, below its group's name; return them all."""
    seen: list[Finding] = []
    for finding in findings:
        if not seen or seen[-1].group != finding.group:
            print(finding.group.capitalize())
        print(line_of(finding), flush=True)
        seen.append(finding)
    print(sentence_of(seen), flush=True)
    return seen


def sentence_of(findings: list[Finding]) -> str:
    """Return what it comes to."""
    problems = sum(finding.state == PROBLEM for finding in findings)
    notes = sum(finding.state == NOTE for finding in findings)
    told = f"{notes} note{'' if notes == 1 else 's'}"
    if problems:
        return f"{problems} problem{'' if problems == 1 else 's'} to mend, {told}."
    return f"twitchcam works here, {told}." if notes else "twitchcam works here."


def to_json(findings: Iterable[Finding]) -> str:
    """Return the findings as one JSON object on one line."""
    seen = list(findings)
    return json.dumps(
        {
            "schema": SCHEMA,
            "version": __version__,
            "python": platform.python_version(),
            "system": f"{platform.system()} {platform.machine()}",
            "works": worst(seen) != PROBLEM,
            "checks": [finding._asdict() for finding in seen],
        }
    )
