"""Guided: what the tasks of a protocol take away from the rest, which alone counts as rest.

Time in which a task is done is gated with the contract's words, so that rates, usable seconds and patterns
come from rest. What is found there is listed, not counted.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

import numpy as np

from twitchcam.analysis.gates.masks import Gates
from twitchcam.protocol import Segment, TaskName
from twitchcam.summary import Event
from twitchcam.types import BoolArray, FloatArray

GATE_OF: Final[dict[TaskName, str]] = {
    "eyes_gentle": "blink", "eyes_firm": "blink", "sentence": "speech",
    "brow_raise": "smile", "smile": "smile", "pucker": "smile", "snarl": "smile",
}  # fmt: skip
"""The gate of each task; rest has none."""
AFTER_S: Final = 1.5
"""People end a task up to a second after they are told to (0.5-1 s), and a face takes half a second to return
(spontaneous smiles rise and fall in about 0.5 s; clinical reference, A5). Our own choice."""
BEFORE_S: Final = 0.3
"""Who has read what comes next may begin early. Our own choice."""
HALF: Final = 0.5
EDGE_S: Final = 1e-7
ACTS: Final = ("", "smile", "speech", "chew", "blink")
"""Gates that a task explains better: what looked like an expression was asked for."""


def task_gates(t_s: FloatArray, segments: Iterable[Segment]) -> Gates:
    """Return for each gate word a (m,) mask of the tasks at `t_s` (m,), with their margins.

    A margin reaches into rest and into unguided time, never into the next task.
    """
    tasks = [s for s in segments if s.task in GATE_OF]
    doing = np.zeros(t_s.size, dtype=bool)
    for s in tasks:
        doing |= _during(t_s, s.start_s, s.end_s)
    gates = {word: np.zeros(t_s.size, dtype=bool) for word in dict.fromkeys(GATE_OF.values())}
    for s in tasks:
        around = _during(t_s, s.start_s - BEFORE_S, s.end_s + AFTER_S) & ~doing
        gates[GATE_OF[s.task]] |= around | _during(t_s, s.start_s, s.end_s)
    return gates


def with_tasks(gates: Gates, tasks: Gates) -> Gates:
    """Return the gates with the tasks' time added to their words."""
    return {reason: mask | tasks[reason] if reason in tasks else mask for reason, mask in gates.items()}


def at_rest(tasks: Gates, t_s: FloatArray) -> BoolArray:
    """Return (m,) True where no task is done."""
    busy = np.zeros(t_s.size, dtype=bool)
    for mask in tasks.values():
        busy |= mask
    return ~busy


def mark_tasks(event: Event, tasks: Gates, t_s: FloatArray) -> Event:
    """Return the event, gated with its task's word when its peak or half of it lies in a task.

    A pull that lasts is then the task itself: 'voluntary'. Blinks, and what the picture takes away, keep
    their gate.
    """
    if event.trial_type == "blink" or event.gated not in ACTS:
        return event
    first, peak, last = np.clip(
        np.searchsorted(t_s, [event.onset_s, event.peak_s, event.offset_s]), 0, t_s.size - 1
    )
    for word, mask in tasks.items():
        if mask[peak] or np.mean(mask[first : last + 1]) >= HALF:
            kind = "voluntary" if event.trial_type == "tonic" else event.trial_type
            return replace(event, gated=word, trial_type=kind)
    return event


def _during(t_s: FloatArray, start_s: float, end_s: float) -> BoolArray:
    # A sample on the edge must not change sides with the last bit of its time.
    return np.asarray((t_s >= start_s - EDGE_S) & (t_s < end_s - EDGE_S))
