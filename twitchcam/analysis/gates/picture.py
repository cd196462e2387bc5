"""What the picture itself takes away: no face, a covered mouth, blur, darkness."""

from __future__ import annotations

import numpy as np
from scipy.ndimage import uniform_filter1d

from twitchcam.analysis.signals import Signals
from twitchcam.analysis.spans import mask_of, merged
from twitchcam.analysis.timegrid import contiguous
from twitchcam.regions import LIP_INDEX
from twitchcam.settings import AnalysisSettings
from twitchcam.types import BARE_MOUTH, BoolArray, FloatArray

_LIPS = np.array(LIP_INDEX)
MATCH_SHARE = 0.82
"""A region is covered when its match falls below this part of its usual value. Twitches, an 8 mm tonic pull
and smiles keep 0.94 of it, speech 0.85; under a hand 6 or 7 of the 8 lip regions keep 0.1 to 0.8 (synthetic
clips)."""
MOSTLY = 0.45
COVERED_S = 0.35
"""A cover lasts at least this long: two looks at the mouth, 0.2 s apart, agree."""
BARE_S = 1.5
"""A mouth that seems bare for a shorter time between two covers is a mistake of the look, or too short to be
of use."""


def lost_face(signals: Signals, settings: AnalysisSettings) -> BoolArray:
    """True where no face was measured for longer than the filters can bridge."""
    longest = min(2, int(settings.bridge_s * signals.fs))
    spans = [s for s in contiguous(~signals.face) if s[1] - s[0] > longest]
    return mask_of(spans, signals.face.size)


def occluded(signals: Signals, settings: AnalysisSettings, explained: BoolArray) -> BoolArray:
    """True where no bare mouth is seen, and where most lip regions stop looking like their reference for a
    third of a second or more.

    Times that are `explained` by something else are left out. When the lips are gone for about half of the
    others, the reference was not the mouth: the recording began with a hand over it. Then nothing counts.
    """
    hidden = mouth_hidden(signals, explained)
    match = np.nan_to_num(signals.match[:, _LIPS], nan=1.0)
    limit = np.maximum(settings.match_low, MATCH_SHARE * np.quantile(match, 0.9, axis=0))
    gone = (match < limit).sum(axis=1) >= settings.occluded_lips
    out_of_picture = np.nan_to_num(signals.grid.resample(signals.recording.in_frame), nan=1.0) < 0.8
    spans = merged(contiguous(gone | out_of_picture), round(0.2 * signals.fs))
    covered = mask_of([s for s in spans if s[1] - s[0] >= 0.3 * signals.fs], gone.size) & ~explained
    watched = signals.face & ~explained & ~hidden
    if np.count_nonzero(covered & watched) > MOSTLY * np.count_nonzero(watched):
        return ~explained
    return covered | hidden


def mouth_hidden(signals: Signals, explained: BoolArray) -> BoolArray:
    """True where the pixels show no bare mouth: a mask, a hand, a cup, food, a scarf.

    What the registration cannot see: a cover that is there from the first frame is its reference. An open
    mouth may look like a cover for a moment, so times that are `explained` do not count as one.
    """
    seen = np.nan_to_num(signals.grid.resample(signals.recording.mouth_seen), nan=1.0)
    covers = contiguous((seen < BARE_MOUTH) & ~explained)
    spans = merged([s for s in covers if s[1] - s[0] >= COVERED_S * signals.fs], round(BARE_S * signals.fs))
    return mask_of(spans, seen.size)


def blurred(signals: Signals, settings: AnalysisSettings) -> BoolArray:
    """True where the picture stays much less sharp than the recording's best."""
    sharpness = signals.grid.resample(signals.recording.sharpness)
    return _steadily_below(sharpness, settings.sharpness_low, signals.fs)


def dark(signals: Signals, settings: AnalysisSettings) -> BoolArray:
    """True where the face stays dark."""
    brightness = signals.grid.resample(signals.recording.brightness)
    return _steadily_below(brightness, settings.brightness_low, signals.fs)


def _steadily_below(x: FloatArray, limit: float, fs: float) -> BoolArray:
    part = uniform_filter1d((np.nan_to_num(x, nan=1.0) < limit).astype(float), max(1, round(0.3 * fs)))
    return np.asarray(part > 0.5)
