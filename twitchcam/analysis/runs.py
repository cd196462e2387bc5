"""Runs: events in a row, a burst train."""

from __future__ import annotations

from dataclasses import replace

from twitchcam.settings import AnalysisSettings
from twitchcam.summary import Event


def number_runs(events: list[Event], settings: AnalysisSettings) -> list[Event]:
    """Return the events with their run numbers, from 1.

    A run is at least `run_min_events` counted twitches, each at most `run_gap_s` after the one before.
    Gated events and blinks belong to none and do not end one.
    """
    counted = [i for i, e in enumerate(events) if not e.gated and e.trial_type == "twitch"]
    groups: list[list[int]] = []
    for i in counted:
        if groups and events[i].peak_s - events[groups[-1][-1]].peak_s <= settings.run_gap_s:
            groups[-1].append(i)
        else:
            groups.append([i])
    out = list(events)
    number = 0
    for group in groups:
        if len(group) >= settings.run_min_events:
            number += 1
            for i in group:
                out[i] = replace(out[i], run=number)
    return out


def events_of_runs(events: list[Event]) -> dict[int, list[Event]]:
    """Return the events of each run."""
    runs: dict[int, list[Event]] = {}
    for e in events:
        if e.run is not None:
            runs.setdefault(e.run, []).append(e)
    return runs
