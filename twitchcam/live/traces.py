"""Traces: what the page draws of each frame, in millimetres, from that frame and earlier ones only.

The lips of one side are drawn as the movement of the side's strongest region along its main axis. Drift is
taken off as it can be while it happens; the analysis looks again, from both sides, and its numbers count.
"""

from __future__ import annotations

from collections import deque
from typing import Final

import numpy as np

from twitchcam.live.measuring import Shot
from twitchcam.regions import INDEX, LEFT, LIP_INDEX, MIRROR, REGIONS, RIGHT
from twitchcam.types import FloatArray

LINES: Final[tuple[tuple[str, str, str], ...]] = (
    ("lips_left", "Lips, your left", "left"),
    ("lips_right", "Lips, your right", "right"),
    ("eye_left", "Eye, your left", "left"),
    ("eye_right", "Eye, your right", "right"),
    ("brow_left", "Brow, your left", "left"),
    ("brow_right", "Brow, your right", "right"),
)
"""Id, label and the subject's side of each trace, in the order of the values."""
USUAL_EYES_MM: Final = 63.0
"""Distance between the eye centres until the recording has measured it."""
BLOCK_S: Final = 0.25
BLOCKS: Final = 32
"""The baseline is the median over so many blocks (8 s): pulls of half of it keep their height."""
EASE_S: Final = 0.3
"""The baseline follows that median within about this time, so that the trace has no steps."""
AXIS_S: Final = 3.0
"""The main axis and the strongest region are those of about so long."""
SWITCH: Final = 2.0
"""Another region leads its side when it varies by so much more (variance)."""
GAP_S: Final = 0.5
"""After a longer pause everything starts anew."""
ACTIVE_S: Final = 0.2
ACTIVE_MM: Final = (0.08, 1.1)
"""Peak-to-peak movement at which a region's dot begins to light, and how much more lights it fully."""
FLOOR_TIMES: Final = 2.5
"""A dot begins to light at so many times the region's own unrest, if that is more."""
FLOOR_S: Final = 20.0
"""The unrest of a region is the least movement of about so long."""
SLOW_S: Final = 0.4
"""What changes over longer than this (sway, a held smile) does not light."""
BROW_MM: Final = 0.3
"""Brow skin follows the lids by so much."""
_SIDES: Final = tuple([i for i in side if i in LIP_INDEX] for side in (LEFT, RIGHT))
_LIDS: Final = [i for i, name in enumerate(REGIONS) if "eyelid" in name]
_OTHER_LIDS: Final = [MIRROR[i] for i in _LIDS]
_BROWS: Final = (INDEX["brow_left"], INDEX["brow_right"])
_UP: Final = np.array([1.0, -1.0])
"""From right and down in the picture to the subject's left and up."""


class LiveTraces:
    """Takes the shots of one recording in turn."""

    def __init__(self, eyes_mm: float | None = None) -> None:
        """Begin; `eyes_mm` is the distance between the eyes where it is known."""
        self.eyes_mm = eyes_mm or USUAL_EYES_MM
        self.activity = np.zeros(len(REGIONS))
        """(19,) 0-1 how much each region moves now."""
        self.moved_mm = np.full((len(REGIONS), 2), np.nan)
        """(19, 2) the latest displacement from rest, subject's left and up."""
        self._last_s = -np.inf
        self._start_again()

    def _start_again(self) -> None:
        n = len(REGIONS)
        self._block: list[FloatArray] = []
        self._block_s = -np.inf
        self._blocks: deque[FloatArray] = deque(maxlen=BLOCKS)
        self._base: FloatArray | None = None
        self._spread = np.zeros((n, 2, 2))
        self._axes = np.tile([0.0, 1.0], (n, 1))
        self._leads = [_SIDES[0][-1], _SIDES[1][-1]]
        self._power = np.zeros(n)
        self._unrest = np.full(n, np.inf)
        self._slow: FloatArray | None = None

    def add(self, shot: Shot) -> FloatArray:
        """Return the (6,) values of a recorded shot, in the order of `LINES`; NaN where nothing is known."""
        values = np.full(len(LINES), np.nan)
        if shot.t_s is None or shot.motion is None or shot.eye_opening is None:
            self.activity = np.zeros(len(REGIONS))
            return values
        step_s = shot.t_s - self._last_s
        if step_s > GAP_S:
            self._start_again()
        self._last_s = shot.t_s
        moved = self._from_rest(shot.motion * _UP * self.eyes_mm, shot.t_s, step_s)
        self.moved_mm = moved
        self._follow_axes(moved, min(step_s, GAP_S))
        self._light(moved, min(step_s, GAP_S))
        for side in (0, 1):
            lead = self._lead(side)
            values[side] = moved[lead] @ self._axes[lead]
            values[4 + side] = moved[_BROWS[side], 1]
        values[2:4] = shot.eye_opening * self.eyes_mm
        return values

    def _from_rest(self, motion_mm: FloatArray, t_s: float, step_s: float) -> FloatArray:
        if t_s - self._block_s >= BLOCK_S:
            if self._block:
                self._blocks.append(np.mean(self._block, axis=0))
            self._block, self._block_s = [], t_s
        self._block.append(motion_mm)
        known = list(self._blocks) or [np.mean(self._block, axis=0)]
        level = np.median(known, axis=0)
        if self._base is None or len(known) < 4:
            self._base = level
        else:
            self._base = self._base + (level - self._base) * (1 - np.exp(-step_s / EASE_S))
        return np.asarray(motion_mm - self._base)

    def _follow_axes(self, moved: FloatArray, step_s: float) -> None:
        slow = 1 - np.exp(-step_s / AXIS_S)
        self._spread += slow * (moved[:, :, None] * moved[:, None, :] - self._spread)
        xx, yy, xy = self._spread[:, 0, 0], self._spread[:, 1, 1], self._spread[:, 0, 1]
        turn = 0.5 * np.arctan2(2 * xy, xx - yy)
        axes = np.column_stack([np.cos(turn), np.sin(turn)])
        same = np.where((axes * self._axes).sum(axis=1) < 0, -1.0, 1.0)
        self._axes = axes * same[:, None]

    def _light(self, moved: FloatArray, step_s: float) -> None:
        """Tell how active each region is, beyond its own unrest. Of the lids what one side does alone counts:
        both move in every blink.
        """
        slow = moved if self._slow is None else self._slow
        self._slow = slow + (1 - np.exp(-step_s / SLOW_S)) * (moved - slow)
        fast = ((moved - self._slow) ** 2).sum(axis=1)
        self._power += (1 - np.exp(-step_s / ACTIVE_S)) * (fast - self._power)
        size_mm = 2 * np.sqrt(2 * self._power)
        self._unrest = np.minimum(self._unrest * np.exp(step_s / FLOOR_S), np.maximum(size_mm, 1e-3))
        begin_mm = np.maximum(ACTIVE_MM[0], FLOOR_TIMES * self._unrest)
        begin_mm[list(_BROWS)] += BROW_MM
        size_mm[_LIDS] -= 2 * size_mm[_OTHER_LIDS]
        self.activity = np.clip((size_mm - begin_mm) / ACTIVE_MM[1], 0.0, 1.0)

    def _lead(self, side: int) -> int:
        varies = np.trace(self._spread, axis1=1, axis2=2)
        best = max(_SIDES[side], key=lambda i: varies[i])
        if varies[best] > SWITCH * varies[self._leads[side]]:
            self._leads[side] = best
        return self._leads[side]
