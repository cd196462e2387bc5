"""Gates: times at which movement of the lips is seen but must not be counted, each with its reason.

`speech` talking; `chew` the jaw chews or yawns; `smile` an expression of the mouth that both sides make together;
`blink` both eyes closed; `head_motion` the head moves too fast; `occluded` something covers the mouth; `lost_face`,
`blur`, `dark` the picture.
"""

from __future__ import annotations

import numpy as np

from twitchcam.analysis.blinks import Blink
from twitchcam.analysis.gates.expression import find_brow_lifts, find_expressions
from twitchcam.analysis.gates.head import head_motion
from twitchcam.analysis.gates.masks import Gates, wider
from twitchcam.analysis.gates.picture import blurred, dark, lost_face, occluded
from twitchcam.analysis.gates.work import find_work
from twitchcam.analysis.signals import Signals
from twitchcam.analysis.spans import mask_of
from twitchcam.analysis.timegrid import contiguous
from twitchcam.settings import AnalysisSettings
from twitchcam.summary import GATES
from twitchcam.types import BoolArray

__all__ = ["Gates", "find_brow_lifts", "find_gates", "gate_of", "usable"]

ENDS_S = 0.15
"""A pull that lasts begins and ends within this of its onset and offset."""


def find_gates(signals: Signals, blinks: list[Blink], settings: AnalysisSettings) -> Gates:
    """Return a (m,) mask for every reason in `GATES`."""
    m, fs = signals.grid.t_s.size, signals.fs
    gates = {reason: np.zeros(m, dtype=bool) for reason in GATES}
    gates["lost_face"] = lost_face(signals, settings)
    gates["blink"] = mask_of([(b.start, b.stop) for b in blinks], m, round(0.5 * settings.gate_margin_s * fs))
    work = find_work(signals, settings)
    gates["speech"], gates["chew"] = work.speech, work.chew
    gates["smile"] = _unexplained(find_expressions(signals, settings), work.speech | work.chew)
    gates["head_motion"] = wider(head_motion(signals, settings), fs, settings)
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


def gate_of(gates: Gates, first: int, last: int, *, ends: int = 0) -> str:
    """Return the reason that covers at least half of the samples first..last, or ''. Blinks are handled on
    their own.

    With `ends` (samples) a pull that begins or ends within a gate, so far around its first and last sample,
    is that gate's too: it is what the act left behind in the signal.
    """
    best, most = "", 0.5
    for reason, mask in gates.items():
        if reason == "blink" or last < first:
            continue
        share = float(np.mean(mask[first : last + 1]))
        if ends:
            at = [mask[max(0, k - ends) : k + ends + 1] for k in (first, last)]
            share = max(share, *(float(np.mean(a)) for a in at))
        if share >= most:
            best, most = reason, share + 1e-9
    return best
