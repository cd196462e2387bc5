"""Repeated pictures: those that a camera, a program or an editor wrote twice, found after lossy coding too.

A camera that the dark slows to 15 pictures a second may still write 30, and 24 become 30 with every fifth one
doubled. Such a picture brings nothing new, and taken for new it shows movements that stop and go. Coding
hides it: the decoded copy differs here and there. Three looks:

1. identical to the last bit (`Recording.repeated`);
2. nearly so: far fewer pixels of the face change than in the pictures around (`Recording.changed`);
3. a regular beat of the two: a pattern that keeps for seconds also covers the copies that the encoder drew
   anew (key pictures), and overrules single pictures that merely look alike.

Alone, a picture counts only when it is as good as identical: encoders short of bits draw some new pictures
from their neighbours (B pictures above all), and a movement's crest must not be lost to that.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.ndimage import percentile_filter

from twitchcam.analysis.spans import mask_of
from twitchcam.analysis.timegrid import contiguous
from twitchcam.types import BoolArray, FloatArray, IntArray, Recording

AROUND: Final = (21, 121)
"""Pictures among which one is compared, near and further away. The 85th percentile, so that one new picture
in five is enough; the smaller of the two, so that a blink or a turn of the head does not set the scale."""
AROUND_PERCENTILE: Final = 85
ALIKE: Final = 0.25
"""Changed pixels over those of the pictures around: copies have 0.00-0.15 (at 12 Mb/s, to 0.3 at 1 Mb/s), new
pictures 0.3 and more (one person, nine encoders and rates; scripts/repeats.py)."""
FREEZE: Final = 6
"""So many as good as identical in a row are a frozen picture, among B pictures too: encoders put at most four
of those in a row by default, and the picture after them is new."""
ALIKE_MOST: Final = 0.1
"""However much changes around: with a tenth of the pixels new, the picture is new."""
SAME: Final = 0.002
"""Less than this changed: as good as identical."""
MOVES: Final = 0.02
"""Where hardly anything changes around either (still face, 0.3 Mb/s), likeness says nothing."""
WINDOW: Final = 60
"""Pictures over which a beat is looked for: 2 s at 30 a second; eight to thirty turns of it."""
HOP: Final = 15
CYCLES: Final = (2, 3, 4, 5, 6)
"""15 in 30, 20 or 10 in 30, 15 in 60, 24 in 30 or 60, 25 in 30 (and 12.5 in 25)."""
HIT_MISS: Final = (0.65, 0.15)
HIT_MISS_KNOWN: Final = (0.5, 0.25)
"""A place in the cycle is a copy's when so many of its pictures look like copies, a new picture's when so few
do; a beat has no other places. The second pair holds for a cycle found elsewhere in the recording."""


@dataclass(frozen=True, slots=True)
class Repeats:
    """Which pictures bring nothing new."""

    rows: BoolArray
    """(n,) the picture repeats the one before."""
    beat: IntArray
    """(n,) length of the regular cycle at that place, 0 where there is none."""


def find_repeats(recording: Recording) -> Repeats:
    """Return the repeated pictures of a recording.

    Recordings made before `changed` was measured hold NaN there: only identical pictures are found in them.
    """
    n = recording.t_s.size
    exact = recording.repeated | (np.nan_to_num(recording.changed, nan=1.0) < SAME)
    if n < 3:
        return Repeats(np.asarray(recording.repeated), np.zeros(n, dtype=np.int64))
    alike = exact | _alike(recording.changed)
    beside_b = recording.b_picture.copy()
    beside_b[1:] |= recording.b_picture[:-1]
    single = recording.repeated | (exact & ~beside_b)
    single |= mask_of([s for s in contiguous(exact) if s[1] - s[0] >= FREEZE], n)
    beat, copies = _find_beat(alike, _places(recording.t_s))
    return Repeats(np.where(beat > 0, copies | recording.repeated, single), beat)


def _alike(changed: FloatArray) -> BoolArray:
    filled = np.nan_to_num(changed, nan=1.0)
    levels = [percentile_filter(filled, AROUND_PERCENTILE, size=size, mode="nearest") for size in AROUND]
    around = np.minimum(*levels)
    return np.asarray((filled < ALIKE * around) & (filled < ALIKE_MOST) & (around > MOVES))


def _places(t_s: FloatArray) -> IntArray:
    """Number of each picture on an even count of time, so that dropped pictures do not break the beat."""
    usual = float(np.median(np.diff(t_s)))
    steps = np.maximum(1, np.round(np.diff(t_s) / usual)).astype(np.int64)
    return np.concatenate(([0], np.cumsum(steps)))


def _find_beat(alike: BoolArray, place: IntArray) -> tuple[IntArray, BoolArray]:
    """Return (n,) the cycle at each picture, 0 for none, and whether the picture is at a copy's place."""
    n = alike.size
    beat, copies = np.zeros(n, dtype=np.int64), np.zeros(n, dtype=bool)
    size = min(WINDOW, n)
    starts = list(range(0, n - size + 1, HOP))
    if not alike.any() or size < 4 * CYCLES[0]:
        return beat, copies
    if starts[-1] != n - size:
        starts.append(n - size)
    parts = [(alike[k : k + size], place[k : k + size]) for k in starts]
    found = [_beat_of(a, p, CYCLES, HIT_MISS) for a, p in parts]
    lengths = [cycle for cycle, _ in found if cycle]
    if lengths:
        usual = (max(set(lengths), key=lengths.count),)
        found = [
            f if f[0] else _beat_of(a, p, usual, HIT_MISS_KNOWN)
            for f, (a, p) in zip(found, parts, strict=True)
        ]
    for i, (start, (cycle, at_copy)) in enumerate(zip(starts, found, strict=True)):
        # Each window speaks for its middle; the first and the last for the ends as well.
        a = 0 if i == 0 else start + (size - HOP) // 2
        b = n if i == len(starts) - 1 else start + (size + HOP) // 2
        beat[a:b] = cycle
        copies[a:b] = at_copy[place[a:b] % cycle] if cycle else False
    return beat, copies


def _beat_of(
    alike: BoolArray, place: IntArray, cycles: tuple[int, ...], hit_miss: tuple[float, float]
) -> tuple[int, BoolArray]:
    """Return the shortest cycle with copies at fixed places, and (cycle,) which these are; 0 for none."""
    for cycle in cycles:
        where = place % cycle
        count = np.bincount(where, minlength=cycle)
        if count.min() < 4:
            continue
        part = np.bincount(where, weights=alike, minlength=cycle) / count
        copies = part >= hit_miss[0]
        if copies.any() and not copies.all() and bool(np.all(copies | (part <= hit_miss[1]))):
            return cycle, copies
    return 0, np.zeros(1, dtype=bool)
