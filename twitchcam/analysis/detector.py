"""Detector: single twitches that stand out of the recording's own noise, region by region and jointly.

Every region is tested alone and together with all others of the lower face: a twitch spreads to its
neighbours in a known way, and what the others share with a region without it (errors of the head's motion)
is noise that can be taken away. The statistic is the largest over directions, lengths and the two ways, in
units of a threshold that noise passes once in ten minutes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import convolve1d, maximum_filter1d, uniform_filter1d

from twitchcam.analysis.bank import Matched, make_bank, quantile_gain
from twitchcam.analysis.filters.smooth import hold
from twitchcam.analysis.noise import region_floor_mm, tail_factor
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

    def near(self, at: float, region: int, reach: float) -> float:
        """Return the highest level of a region within `reach` samples of the grid around a place."""
        first = max(0, int(np.ceil((at - reach) / self.step)))
        last = int((at + reach) / self.step) + 1
        part = self.level[first:last, region]
        return float(part.max()) if part.size else 0.0


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
    x = signals.work_mm[::step]
    known = np.isfinite(x).all(axis=2)
    filled = hold(x)
    floor = region_floor_mm(settings)
    level = np.zeros(known.shape)
    amplitude = np.zeros(known.shape)
    length = np.full(known.shape, TYPICAL_S)
    threshold, scatter = np.full(len(REGIONS), np.nan), np.full(len(REGIONS), np.nan)
    for filt in make_bank(fs):
        one = _Test(filt, fs, density, signals, settings, rest, step)
        size, alone, joint = one.run(filled, known)
        better = np.maximum(alone, joint)
        better = np.where(size >= floor, better, 0.0)
        longer = better > level
        level = np.where(longer, better, level)
        length = np.where(longer, filt.length_s, length)
        amplitude = np.where(longer, size, amplitude)
        response = filt.response(TYPICAL_S, fs)
        lower = ~(threshold <= one.threshold_mm / response)
        threshold = np.where(lower, one.threshold_mm / response, threshold)
        scatter = np.where(lower, one.scatter_mm / response, scatter)
    return Detector(level, length, amplitude, step, np.fmax(threshold, floor), scatter)


class _Test:
    """One filter of the bank on one recording."""

    def __init__(
        self,
        filt: Matched,
        fs: float,
        density: FloatArray,
        signals: Signals,
        settings: AnalysisSettings,
        rest: BoolArray,
        step: int,
    ) -> None:
        self.filt, self.fs, self.settings = filt, fs, settings
        self.acting = (~rest[::step]).astype(np.int8)
        still = np.where(rest[:, None, None], signals.fast_mm, np.nan)
        self.white = density * filt.white_gain
        self.brief = filt.length_s * fs < BRIEF_FRAMES
        self.places = _places(signals)
        self.jumps = float(np.median(tail_factor(still)[LOWER])) if self.brief else 1.0

    def run(self, x: FloatArray, known: BoolArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Return (k, 19) amplitude, and the statistic of each region alone and jointly."""
        filt = self.filt
        size = convolve1d(x, filt.taps, axis=0, mode="nearest")
        reach = max(1, round((0.5 * filt.length_s + 0.1) * self.fs))
        whole = (
            maximum_filter1d((~known).astype(np.int8), 2 * reach + 1, axis=0, mode="constant", cval=1) == 0
        )
        calm = whole & (maximum_filter1d(self.acting, 2 * reach + 1) == 0)[:, None]
        sd = self._spread(size, calm, self.white)
        z = np.where(whole[..., None] & np.isfinite(sd), size / sd, 0.0)
        alone = np.hypot(z[..., 0], z[..., 1])
        local = _local_noise(alone, calm, round(LOCAL_S * self.fs))
        alone, z = alone / local[:, None], z / local[:, None, None]
        limit = _tail(alone, calm) * self.settings.matched_sigma
        if self.brief:
            limit *= 1.0 + BRIEF_SHARE * (self.jumps - 1.0)
        joint, gain = self._jointly(z, alone, whole, sd)
        rms = np.sqrt(np.mean(sd**2, axis=1))
        self.scatter_mm = rms / np.fmax(gain, 1.0)
        self.threshold_mm = limit * self.scatter_mm
        return np.hypot(size[..., 0], size[..., 1]), alone / limit, joint / limit

    def _spread(self, size: FloatArray, whole: BoolArray, least: FloatArray) -> FloatArray:
        """Return (19, 2) standard deviation of the estimate where nothing moves, from its quiet windows."""
        window = SPREAD_WINDOW_S
        n = max(4, round(window * self.fs))
        blocks = size.shape[0] // n
        out = least.copy()
        if blocks < 2:
            return out
        square = np.where(whole[..., None], size, 0.0)[: blocks * n] ** 2
        count = whole[: blocks * n].reshape(blocks, n, -1).sum(axis=1)
        mean = square.reshape(blocks, n, *size.shape[1:]).sum(axis=1) / np.maximum(count, 1)[..., None]
        q = self.settings.noise_quantile if blocks >= 4 else 0.5
        gain = quantile_gain(q, self.filt.bandwidth_hz, window)
        for r in range(size.shape[1]):
            good = count[:, r] >= n // 2
            if good.sum() >= 2:
                found = np.sqrt(np.quantile(mean[good, r], q, axis=0) / gain)
                out[r] = np.clip(found, least[r], MOST_COLOUR * least[r])
        return out

    def _jointly(
        self, z: FloatArray, alone: FloatArray, whole: BoolArray, sd: FloatArray
    ) -> tuple[FloatArray, FloatArray]:
        """Return (k, 19) statistic of a twitch at each region seen in all regions of the lower face, and
        (19,) by how much its signal to noise exceeds that of the region alone.
        """
        joint, gain = np.zeros_like(alone), np.ones(alone.shape[1])
        regions = LOWER[whole[:, LOWER].any(axis=0) & np.isfinite(sd[LOWER]).all(axis=1)]
        moving = (alone[:, regions] > QUIET).any(axis=1)
        reach = round(0.4 * self.fs)
        rest = maximum_filter1d(moving.astype(np.int8), 2 * reach + 1) == 0
        rest &= whole[:, regions].all(axis=1)
        if regions.size < 3 or rest.sum() < QUIET_MIN_S * self.fs:
            return joint, gain
        quiet = z[rest][:, regions]
        noise = np.einsum("krc,ksc->rs", quiet, quiet) / (2 * quiet.shape[0])
        scale = np.sqrt(np.diag(noise))
        noise = (1 - LEAST_SHARE) * noise / np.outer(scale, scale) + LEAST_SHARE * np.eye(regions.size)
        unit = np.sqrt(np.mean(sd[regions] ** 2, axis=1))
        apart = np.sum((self.places[regions][:, None] - self.places[regions][None]) ** 2, axis=2)
        shape = np.exp(-apart / (2 * SPREAD_MM**2)) / unit
        weights = np.linalg.solve(noise, shape.T).T
        strength = np.sqrt(np.sum(weights * shape, axis=1))
        y = np.einsum("krc,sr->ksc", z[:, regions], weights / strength[:, None])
        ok = whole[:, regions].all(axis=1)
        spread = np.sqrt(np.maximum(1.0, np.mean(y[rest] ** 2, axis=(0, 2))))
        joint[:, regions] = np.where(ok[:, None], np.hypot(y[..., 0], y[..., 1]) / spread, 0.0)
        gain[regions] = strength * unit / spread
        return joint, gain


def _places(signals: Signals) -> FloatArray:
    """Return (19, 2) where the regions lie, mm; far apart where the mesh does not say."""
    mesh = signals.recording.mesh_mm
    seen = mesh[np.isfinite(mesh).all(axis=(1, 2))][:: max(1, mesh.shape[0] // 200)]
    if seen.shape[0] == 0:
        return np.arange(2 * len(REGIONS), dtype=float).reshape(-1, 2) * 1000.0
    return np.asarray(np.median(seen, axis=0))


def _local_noise(alone: FloatArray, whole: BoolArray, window: int) -> FloatArray:
    """Return (k,) how much louder than usual it is around each sample, 1 or more: the median over the lower
    face, which no single twitch moves.
    """
    values = np.where(whole[:, LOWER], alone[:, LOWER], np.nan)
    some = np.isfinite(values).any(axis=1)
    middle = np.ones(values.shape[0])
    middle[some] = np.nanmedian(values[some], axis=1) / np.sqrt(2 * np.log(2))
    smooth = uniform_filter1d(middle, max(3, window), mode="nearest")
    return np.asarray(np.maximum(1.0, smooth / LOCAL_SLACK))


def _tail(alone: FloatArray, whole: BoolArray) -> float:
    """Return how much further than Gaussian noise the statistic reaches, the median over the lower face."""
    ratios = []
    gauss = np.sqrt(-2 * np.log(1 - TAIL_QUANTILE))
    for r in LOWER:
        values = alone[whole[:, r], r]
        if values.size >= 200:
            ratios.append(float(np.quantile(values, TAIL_QUANTILE)) / gauss)
    if not ratios:
        return 1.0
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
