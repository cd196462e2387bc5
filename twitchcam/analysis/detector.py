"""Detector: single twitches that stand out of the recording's own noise, region by region and jointly.

Every region is tested alone and together with all others of the lower face: a twitch spreads to its
neighbours in a known way, and what the others share with a region without it (errors of the head's motion)
is noise that can be taken away. The statistic is the largest over directions, lengths and the two ways, in
units of a threshold that noise passes once in ten minutes.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy.ndimage import convolve1d, uniform_filter1d

from twitchcam.analysis.bank import Matched, make_bank, quantile_gain
from twitchcam.analysis.filters.smooth import hold
from twitchcam.analysis.noise import region_floor_mm, tail_factor
from twitchcam.analysis.ordered import masked_quantile
from twitchcam.analysis.signals import Signals
from twitchcam.regions import LOWER_INDEX, REGIONS
from twitchcam.settings import AnalysisSettings
from twitchcam.types import BoolArray, FloatArray, IntArray

DENSEST_HZ = 50.0
"""Faster recordings are tested at every second, third ... sample: the motion ends at 20 Hz."""
SPREAD_MM = 8.5
"""Standard deviation of a movement's spread over neighbouring regions, as registration shows it (regression
of the regions on a site's true motion, four people: 0.25 at 14 mm, 0.6 at 9 mm)."""
QUIET = 3.5
"""Noise alone stays below this in a region 99.8 % of the time."""
MOST_COLOUR = 6.0
"""Sway raises the noise of the slow filters over the white one's by up to 1.5 on clips; what is more than
this is movement that never rests."""
SPREAD_WINDOW_S = 0.6
"""The scatter of a filter is told from windows this long: they fit between the movements of a busy face."""
LEAST_SHARE = 0.1
"""Shrinkage of the regions' correlations towards none."""
QUIET_MIN_S = 8.0
"""With less quiet time the correlations are not known, and regions are tested alone."""
TAIL_QUANTILE = 0.99
TAIL_REACH = 2.0
"""The tail of the noise beyond its 99 % point exceeds the Gaussian one so much more than that point does."""
MOST_TAIL = 1.3
LOCAL_S = 2.0
"""The noise varies with the head's motion and the encoder's budget; the median region tells, over this
time."""
LOCAL_SLACK = 1.06
"""Chance raises that median by so much."""
BRIEF_FRAMES = 3.2
BRIEF_SHARE = 0.3
"""Filters of three frames and less answer to jumps of single frames; so much of their heavy tail (as read
by `noise.tail_factor`) is left (least that keeps still clips free)."""
LOWER: IntArray = np.array(LOWER_INDEX)


@dataclass(frozen=True)
class Bump:
    """A single twitch that the detector found; time in samples of the grid."""

    at: float
    length_s: float
    region: int
    size_mm: float
    level: float


@dataclass(frozen=True)
class Detector:
    """The statistic over a whole recording. k tested samples, every `step`-th of the grid."""

    level: FloatArray
    """(k, 19) in units of the threshold: 1 and more is a movement."""
    length_s: FloatArray
    """(k, 19) the twitch length that fits best."""
    size_mm: FloatArray
    """(k, 19) its amplitude."""
    step: int
    threshold_mm: FloatArray
    """(19,) amplitude at the threshold for a twitch of `TYPICAL_S`, the better of the two ways."""
    sd_mm: FloatArray
    """(19,) scatter of that amplitude."""


TYPICAL_S = 0.17
"""A single twitch of 150-200 ms is what the smallest detectable one is given for."""


def run_detector(
    signals: Signals, density: FloatArray, settings: AnalysisSettings, rest: BoolArray | None = None
) -> Detector:
    """Test every sample of a recording; `density` (19, 2) is the noise of the regions in mm/sqrt(Hz).

    `rest` (m,) says when noise can be told: not while the face speaks, smiles, blinks or turns. Without it a
    minute with some seconds of speech hides twitches of 0.8 mm at rest.
    """
    rest = np.ones(signals.face.size, dtype=bool) if rest is None else rest
    step = max(1, int(signals.fs // DENSEST_HZ))
    fs = signals.fs / step
    ground = _ground(signals, rest, step)
    floor = region_floor_mm(settings)
    shape = ground.known.shape
    level, amplitude, length = np.zeros(shape), np.zeros(shape), np.full(shape, TYPICAL_S)
    threshold, scatter = np.full(len(REGIONS), np.nan), np.full(len(REGIONS), np.nan)
    for filt in cached_bank(fs):
        one = _Test(filt, fs, density, ground, settings)
        size, better = one.run()
        longer = (better > level) & (size >= floor[:, None])
        np.copyto(level, better, where=longer)
        np.copyto(amplitude, size, where=longer)
        length[longer] = filt.length_s
        response = filt.response(TYPICAL_S, fs)
        lower = ~(threshold <= one.threshold_mm / response)
        threshold = np.where(lower, one.threshold_mm / response, threshold)
        scatter = np.where(lower, one.scatter_mm / response, scatter)
    return Detector(
        np.ascontiguousarray(level.T), length.T, amplitude.T, step, np.fmax(threshold, floor), scatter
    )


@dataclass(frozen=True)
class _Ground:
    """What all filters of the bank work on; k tested samples, each region's samples side by side."""

    x: FloatArray
    """(19, 2, k) motion, mm, gaps held."""
    known: BoolArray
    """(19, k)"""
    acting: BoolArray
    """(k,) not the time to tell noise."""
    places: FloatArray
    """(19, 2) where the regions lie, mm."""
    jumps: float
    """Tails of the noise at rest, the median over the lower face."""


def _ground(signals: Signals, rest: BoolArray, step: int) -> _Ground:
    x = signals.work_mm[::step]
    known = np.isfinite(x).all(axis=2)
    still = signals.fast_mm if rest.all() else np.where(rest[:, None, None], signals.fast_mm, np.nan)
    return _Ground(
        np.ascontiguousarray(hold(x).transpose(1, 2, 0)),
        np.ascontiguousarray(known.T),
        ~rest[::step],
        _places(signals),
        float(np.median(tail_factor(still[:, LOWER]))),
    )


class _Test:
    """One filter of the bank on one recording."""

    def __init__(
        self, filt: Matched, fs: float, density: FloatArray, ground: _Ground, settings: AnalysisSettings
    ) -> None:
        self.filt, self.fs, self.settings, self.ground = filt, fs, settings, ground
        self.white = density * filt.white_gain
        self.brief = filt.length_s * fs < BRIEF_FRAMES

    def run(self) -> tuple[FloatArray, FloatArray]:
        """Return (19, k) amplitude, and the statistic of each region, alone or jointly, whichever is more."""
        filt, ground = self.filt, self.ground
        z = convolve1d(ground.x, filt.taps, axis=2, mode="nearest")
        size = _length(z)
        reach = max(1, round((0.5 * filt.length_s + 0.1) * self.fs))
        whole = ~_around(~ground.known, reach, outside=True)
        calm = whole & ~_around(ground.acting[None], reach, outside=False)
        sd = self._spread(z, calm, self.white)
        some = np.isfinite(sd).all(axis=1)
        z *= np.where(some[:, None], 1.0 / np.where(some[:, None], sd, 1.0), 0.0)[..., None]
        z *= whole[:, None]
        alone = _length(z)
        local = 1.0 / _local_noise(alone, calm, round(LOCAL_S * self.fs))
        alone *= local
        z *= local
        limit = _tail(alone, calm) * self.settings.matched_sigma
        if self.brief:
            limit *= 1.0 + BRIEF_SHARE * (ground.jumps - 1.0)
        joint, gain = self._jointly(z, alone, whole, sd)
        rms = np.sqrt(np.mean(sd**2, axis=1))
        self.scatter_mm = rms / np.fmax(gain, 1.0)
        self.threshold_mm = limit * self.scatter_mm
        for regions, values in joint:
            alone[regions] = np.maximum(alone[regions], values)
        alone /= limit
        return size, alone

    def _spread(self, size: FloatArray, calm: BoolArray, least: FloatArray) -> FloatArray:
        """Return (19, 2) standard deviation of the estimate where nothing moves, from its quiet windows."""
        window = SPREAD_WINDOW_S
        n = max(4, round(window * self.fs))
        blocks = size.shape[2] // n
        if blocks < 2:
            return least.copy()
        parts = size[..., : blocks * n].reshape(*size.shape[:2], blocks, n)
        there = calm[:, : blocks * n].reshape(-1, blocks, n)
        count = np.count_nonzero(there, axis=2)
        mean = (
            np.einsum("rcbn,rcbn,rbn->rcb", parts, parts, there.astype(float)) / np.maximum(count, 1)[:, None]
        )
        q = self.settings.noise_quantile if blocks >= 4 else 0.5
        gain = quantile_gain(q, self.filt.bandwidth_hz, window)
        good = count >= n // 2
        found = np.sqrt(masked_quantile(mean, np.broadcast_to(good[:, None], mean.shape), q) / gain)
        enough = (good.sum(axis=1) >= 2)[:, None]
        return np.where(enough, np.clip(found, least, MOST_COLOUR * least), least)

    def _jointly(
        self, z: FloatArray, alone: FloatArray, whole: BoolArray, sd: FloatArray
    ) -> tuple[list[tuple[IntArray, FloatArray]], FloatArray]:
        """Return, as [(regions (r,), (r, k))] or nothing, the statistic of a twitch at each region seen in
        all regions of the lower face, and (19,) by how much its signal to noise exceeds that of the region
        alone.
        """
        gain = np.ones(alone.shape[0])
        regions = LOWER[whole[LOWER].any(axis=1) & np.isfinite(sd[LOWER]).all(axis=1)]
        moving = alone[regions].max(axis=0, initial=0.0) > QUIET
        reach = round(0.4 * self.fs)
        ok = whole[regions].all(axis=0)
        rest = ~_around(moving[None], reach, outside=False)[0] & ok
        if regions.size < 3 or rest.sum() < QUIET_MIN_S * self.fs:
            return [], gain
        r, n = regions.size, int(rest.sum())
        theirs = z[regions].reshape(r, -1)
        quiet = z[regions][:, :, rest].reshape(r, -1)
        power = quiet @ quiet.T / (2 * n)
        scale = np.sqrt(np.diag(power))
        noise = (1 - LEAST_SHARE) * power / np.outer(scale, scale) + LEAST_SHARE * np.eye(r)
        unit = np.sqrt(np.mean(sd[regions] ** 2, axis=1))
        places = self.ground.places[regions]
        apart = np.sum((places[:, None] - places[None]) ** 2, axis=2)
        shape = np.exp(-apart / (2 * SPREAD_MM**2)) / unit
        weights = np.linalg.solve(noise, shape.T).T
        strength = np.sqrt(np.sum(weights * shape, axis=1))
        weights = weights / strength[:, None]
        spread = np.sqrt(np.maximum(1.0, np.sum((weights @ power) * weights, axis=1)))
        y = (weights / spread[:, None]) @ theirs
        joint = _length(y.reshape(r, 2, -1))
        joint *= ok
        gain[regions] = strength * unit / spread
        return [(regions, joint)], gain


@lru_cache(maxsize=16)
def cached_bank(fs: float) -> tuple[Matched, ...]:
    """Return the bank's filters for a rate; their design takes some milliseconds."""
    return make_bank(fs)


def _length(x: FloatArray) -> FloatArray:
    """Return (r, k) the length of (r, 2, k) displacements."""
    out = x[:, 0] * x[:, 0]
    out += x[:, 1] * x[:, 1]
    return np.asarray(np.sqrt(out, out=out))


def _around(mask: BoolArray, reach: int, *, outside: bool) -> BoolArray:
    """Return (r, k) True within `reach` samples of a True one; `outside`: beyond the ends all is True."""
    out = np.empty(mask.shape, dtype=bool)
    patterns: dict[bytes, int] = {}
    for r, row in enumerate(mask):
        key = row.tobytes()
        if key not in patterns:
            out[r] = _widened(row, reach)
            if outside:
                out[r, :reach] = out[r, max(0, row.size - reach) :] = True
            patterns[key] = r
        else:
            out[r] = out[patterns[key]]
    return out


def _widened(row: BoolArray, reach: int) -> BoolArray:
    at = np.flatnonzero(np.diff(row.astype(np.int8), prepend=0, append=0))
    change = np.zeros(row.size + 1, dtype=np.int64)
    np.add.at(change, np.maximum(at[::2] - reach, 0), 1)
    np.add.at(change, np.minimum(at[1::2] + reach, row.size), -1)
    return np.asarray(np.cumsum(change[:-1]) > 0)


def _places(signals: Signals) -> FloatArray:
    """Return (19, 2) where the regions lie, mm; far apart where the mesh does not say."""
    mesh = signals.recording.mesh_mm
    seen = mesh[np.isfinite(mesh).all(axis=(1, 2))][:: max(1, mesh.shape[0] // 200)]
    if seen.shape[0] == 0:
        return np.arange(2 * len(REGIONS), dtype=float).reshape(-1, 2) * 1000.0
    return np.asarray(np.median(seen, axis=0))


def _local_noise(alone: FloatArray, calm: BoolArray, window: int) -> FloatArray:
    """Return (k,) how much louder than usual it is around each sample, 1 or more: the median over the lower
    face, which no single twitch moves.
    """
    values = np.where(calm[LOWER], alone[LOWER], np.inf).T
    values = np.sort(values, axis=1)
    count = np.count_nonzero(calm[LOWER], axis=0)
    row = np.arange(count.size)
    low, high = np.maximum(count - 1, 0) // 2, np.minimum(count // 2, LOWER.size - 1)
    middle = 0.5 * (values[row, low] + values[row, high]) / np.sqrt(2 * np.log(2))
    smooth = uniform_filter1d(np.where(count > 0, middle, 1.0), max(3, window), mode="nearest")
    return np.asarray(np.maximum(1.0, smooth / LOCAL_SLACK))


def _tail(alone: FloatArray, calm: BoolArray) -> float:
    """Return how much further than Gaussian noise the statistic reaches, the median over the lower face."""
    gauss = np.sqrt(-2 * np.log(1 - TAIL_QUANTILE))
    regions = LOWER[np.count_nonzero(calm[LOWER], axis=1) >= 200]
    if regions.size == 0:
        return 1.0
    ratios = masked_quantile(alone[regions], calm[regions], TAIL_QUANTILE) / gauss
    return float(np.clip(1.0 + TAIL_REACH * (float(np.median(ratios)) - 1.0), 1.0, MOST_TAIL))


def find_bumps(detector: Detector, span: tuple[int, int], fs: float) -> list[Bump]:
    """Return the single twitches within a span of grid samples, strongest first.

    What lies within another one's length is the same; what lies in its surroundings and is less than half as
    strong is the shadow that its filter casts.
    """
    a, b = max(0, span[0] // detector.step - 1), -(-span[1] // detector.step) + 1
    part = detector.level[a:b]
    top = part.max(axis=1) if part.size else np.zeros(0)
    if top.size < 3:
        return []
    crest = np.r_[False, (top[1:-1] >= top[:-2]) & (top[1:-1] > top[2:]), False] & (top >= 1.0)
    found: list[Bump] = []
    for k in sorted(np.flatnonzero(crest).tolist(), key=lambda k: -top[k]):
        r = int(np.argmax(part[k]))
        new = Bump(
            float((a + k) * detector.step),
            float(detector.length_s[a + k, r]),
            r,
            float(detector.size_mm[a + k, r]),
            float(top[k]),
        )
        if not any(_shadowed(new, old, fs) for old in found):
            found.append(new)
    return found


def _shadowed(new: Bump, old: Bump, fs: float) -> bool:
    apart = abs(new.at - old.at) / fs
    reach = 0.5 * (new.length_s + old.length_s)
    return apart < max(0.08, reach) or (apart < reach + 0.35 and new.level < 0.5 * old.level)
