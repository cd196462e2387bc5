"""Gates: times at which movement of the lips is seen but must not be counted, each with its reason.

`speech`: talking. `chew`: the jaw chews or yawns. `smile`: an expression of the mouth that both sides make
together, a pucker and pressed lips among them. `blink`: both eyes closed. `head_motion`: the head moves fast
or is turned away. `occluded`: something covers the mouth. `lost_face`, `blur`, `dark`: the picture.
"""

from __future__ import annotations

import numpy as np

from twitchcam.analysis.blinks import Blink
from twitchcam.analysis.gates.expression import find_brow_lifts, find_expressions
from twitchcam.analysis.gates.label import gate_of, mark_event
from twitchcam.analysis.gates.masks import Gates, wider
from twitchcam.analysis.gates.picture import blurred, dark, lost_face, occluded
from twitchcam.analysis.gates.work import find_work
from twitchcam.analysis.signals import Signals
from twitchcam.analysis.spans import mask_of
from twitchcam.analysis.timegrid import contiguous
from twitchcam.settings import AnalysisSettings
from twitchcam.summary import GATES
from twitchcam.types import BoolArray

__all__ = ["Gates", "find_brow_lifts", "find_gates", "gate_of", "mark_event", "usable"]


def find_gates(signals: Signals, blinks: list[Blink], settings: AnalysisSettings) -> Gates:
    """Return a (m,) mask for every reason in `GATES`."""
    m, fs = signals.grid.t_s.size, signals.fs
    gates = {reason: np.zeros(m, dtype=bool) for reason in GATES}
    gates["lost_face"] = lost_face(signals, settings)
    gates["blink"] = mask_of([(b.start, b.stop) for b in blinks], m, round(0.5 * settings.gate_margin_s * fs))
    work = find_work(signals, settings)
    seen = ~gates["lost_face"]
    gates["speech"], gates["chew"] = work.speech & seen, work.chew & seen
    expressions = _unexplained(find_expressions(signals, settings), work.speech | work.chew)
    gates["smile"] = (expressions | work.smile) & seen
    gates["head_motion"] = signals.head_moves.copy()
    explained = gates["speech"] | gates["smile"] | gates["chew"]
    gates["occluded"] = wider(occluded(signals, settings, explained), fs, settings)
    gates["blur"], gates["dark"] = blurred(signals, settings), dark(signals, settings)
    return gates


def _unexplained(mask: BoolArray, explained: BoolArray) -> BoolArray:
    """Return the mask's stretches that are not mostly something else."""
    spans = [(a, b) for a, b in contiguous(mask) if np.mean(explained[a:b]) < 0.5]
    return mask_of(spans, mask.size)


def usable(gates: Gates) -> BoolArray:
    """Return (m,) True where lip movement counts. A blink does not stop the lips from being watched."""
    stopped = np.zeros_like(gates["lost_face"])
    for reason, mask in gates.items():
        if reason != "blink":
            stopped |= mask
    return ~stopped
