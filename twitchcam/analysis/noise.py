"""Noise: how much each region trembles when nothing moves, and the smallest twitch that still stands out of
it.
"""

from __future__ import annotations

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from scipy.signal import detrend
from scipy.signal.windows import hann
from scipy.stats import t as student

from twitchcam.analysis.ordered import masked_quantile
from twitchcam.regions import INDEX, LIP_INDEX, REGIONS
from twitchcam.settings import AnalysisSettings
from twitchcam.types import FloatArray

MEDIAN_OF_EXPONENTIAL = float(np.log(2.0))
"""A spectral estimate of noise is exponentially distributed; its median is this part of its mean."""
MAX_WINDOWS = 600
"""More windows do not make the estimate better; they are taken evenly from the whole recording."""
LOWER_QUANTILE_GAIN = 0.83
"""What the lower quantile over windows yields for steady white noise of a minute and more (0.86 in 10 s;
tests/test_detector.py simulates it)."""
PREDICTED_SHARE = 0.5
"""Real noise is never below half of what pixel noise alone predicts; a lower figure is chance in a short
clip."""
OVER_OTHERS = 3.0
POWER_95 = 1.35
"""Of Gaussian noise 5 % lies below -1.645; the largest over two directions, several lengths and places is
higher by 0.3 (tests/test_detector.py simulates it)."""


def noise_density(
    x_mm: FloatArray, fs: float, settings: AnalysisSettings, predicted_sd_mm: FloatArray | None = None
) -> FloatArray:
    """Return (19, 2) noise density of (m, 19, 2) motion in mm/sqrt(Hz), one-sided, from its quiet windows.

    Within a window the median over frequencies passes by a tremor's peaks; over the windows a low quantile
    passes by the ones with twitches. NaN where no window of a third of a second is complete, and where
    nothing trembles at all: no camera is so still, so nothing was measured there.
    """
    flat = x_mm.reshape(x_mm.shape[0], -1)
    out = np.full(flat.shape[1], np.nan)
    for seconds in (settings.noise_window_s, 1.0, 0.5):
        size = max(8, round(seconds * fs))
        todo = ~np.isfinite(out)
        if todo.any() and flat.shape[0] >= size:
            out[todo] = _density(flat[:, todo], fs, size, settings)
    density = out.reshape(x_mm.shape[1:])
    if predicted_sd_mm is not None:
        floor = PREDICTED_SHARE * predicted_sd_mm[:, None] * np.sqrt(2.0 / fs)
        density = np.where(np.isfinite(density), np.fmax(density, floor), density)
        density = np.minimum(density, _most(density, floor / PREDICTED_SHARE))
    return np.where(density > 0, density, np.nan)


def _most(density: FloatArray, predicted: FloatArray) -> FloatArray:
    """Return the (19, 1) density that is still believed to be noise: `OVER_OTHERS` times what the quieter
    regions have above the prediction. A region that twitches all the time has no quiet windows of its own.
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        ratio = np.sqrt(np.mean(density**2, axis=1)) / predicted[:, 0]
    good = np.isfinite(ratio)
    if not good.any():
        return np.full((density.shape[0], 1), np.inf)
    limit = OVER_OTHERS * float(np.quantile(ratio[good], 0.4)) * predicted
    return np.where(limit > 0, limit, np.inf)


def _density(flat: FloatArray, fs: float, size: int, settings: AnalysisSettings) -> FloatArray:
    starts = np.arange(0, flat.shape[0] - size + 1, max(1, size // 2))
    if starts.size > MAX_WINDOWS:
        starts = starts[np.linspace(0, starts.size - 1, MAX_WINDOWS).round().astype(int)]
    windows = sliding_window_view(flat, size, axis=0)[starts]
    good = np.isfinite(windows).all(axis=2)
    taper = hann(size, sym=False)
    spectrum = np.fft.rfft(detrend(np.where(good[..., None], windows, 0.0), axis=2) * taper, axis=2)
    hz = np.fft.rfftfreq(size, 1 / fs)
    band = (hz >= settings.noise_low_hz) & (hz <= min(settings.noise_high_hz, 0.45 * fs))
    if not band.any():  # a few pictures a second
        return np.full(flat.shape[1], np.nan)
    power = np.abs(spectrum[..., band]) ** 2 * 2.0 / (fs * np.sum(taper**2))
    level = np.where(good, np.median(power, axis=2) / MEDIAN_OF_EXPONENTIAL, np.nan)
    out = np.full(flat.shape[1], np.nan)
    some = good.any(axis=0)
    enough = good.sum(axis=0) >= 4
    if some.any():
        out[some] = np.nanmedian(level[:, some], axis=0)
    if enough.any():
        out[enough] = np.nanquantile(level[:, enough], settings.noise_quantile, axis=0) / LOWER_QUANTILE_GAIN
    return np.asarray(np.sqrt(out))


def noise_sd(density: FloatArray, bandwidth_hz: float) -> FloatArray:
    """Return (19,) standard deviation in mm of one coordinate within the bandwidth."""
    return np.asarray(np.sqrt(np.mean(density**2, axis=1) * bandwidth_hz))


def region_floor_mm(settings: AnalysisSettings) -> FloatArray:
    """Return (19,) the smallest movement that is called a twitch in each region."""
    floor = np.full(len(REGIONS), settings.floor_mm)
    for name, i in INDEX.items():
        if "eyelid" in name:
            floor[i] = settings.lid_floor_mm
        elif "brow" in name:
            floor[i] = settings.brow_floor_mm
    return floor


def thresholds_mm(sd_mm: FloatArray, sigmas: float, settings: AnalysisSettings) -> FloatArray:
    """Return (19,) the prominence a peak must reach in each region; NaN where the noise is unknown."""
    return np.asarray(np.maximum(sigmas * sd_mm, region_floor_mm(settings)))


def smoothed_sd(density: FloatArray, bandwidth_hz: float, smooth_sd_s: float) -> FloatArray:
    """Return (19,) the standard deviation left after smoothing by a Gaussian of `smooth_sd_s`."""
    left_hz = 1.0 / (4.0 * np.sqrt(np.pi) * smooth_sd_s)
    return noise_sd(density, min(bandwidth_hz, left_hz))


def tail_factor(fast_mm: FloatArray) -> FloatArray:
    """Return (19,) how much further than Gaussian noise single frames jump, 1 or more.

    From the second difference, which a twitch of several frames hardly moves: the ratio of its 95 % point
    to its median, read as that of a Student t distribution, gives the point that one jump in a million
    passes.
    """
    jump = 0.5 * (fast_mm[:-2] + fast_mm[2:])
    np.subtract(fast_mm[1:-1], jump, out=jump)
    size = np.ascontiguousarray(np.abs(jump, out=jump).transpose(1, 2, 0))
    known = np.isfinite(size).all(axis=1)
    out = np.ones(fast_mm.shape[1])
    enough = np.count_nonzero(known, axis=1) >= 60
    if enough.any():
        size = size[enough]
        both = np.broadcast_to(known[enough][:, None], size.shape)
        with np.errstate(invalid="ignore", divide="ignore"):
            ratio = masked_quantile(size, both, 0.95) / masked_quantile(size, both, 0.5) - RATIO_SLACK
        out[enough] = np.interp(np.fmax(ratio[:, 0], ratio[:, 1]), _TAIL_RATIO, _TAIL_FACTOR)
    return out


RATIO_SLACK = 0.1
"""Chance raises the ratio by so much in a short clip of Gaussian noise."""
_TAIL_DOF = np.array([200.0, 30.0, 15.0, 10.0, 7.0, 5.0, 4.0, 3.0])
_TAIL_RATIO = student.ppf(0.975, _TAIL_DOF) / student.ppf(0.75, _TAIL_DOF)
_TAIL_FACTOR = np.minimum(student.ppf(1 - 1e-6, _TAIL_DOF) / student.ppf(0.75, _TAIL_DOF) / 7.05, 4.0)
"""7.05: the same ratio for Gaussian noise."""


def stiffening(tails: FloatArray, settings: AnalysisSettings) -> float:
    """Return by how much thresholds rise with the tails (19,) of the recording, the median over its lips.

    A twitch of one region raises that region's tails only.
    """
    heavy = float(np.median(tails[list(LIP_INDEX)]))
    return float(np.interp(heavy, HEAVY_TAILS, (1.0, settings.heavy_tail_factor)))


HEAVY_TAILS = (1.15, 1.8)
"""Tail factors of white noise in a short clip, and of video compressed as phones do."""


JUDGED = 1.15
"""Twitches of the detector's own 95 % size must also be shaped like one and draw their neighbours along. Put
into recordings of three people, 95 % were found from 1.37 times that size on; truly rendered ones did better
(`scripts/power.py`)."""


def min_detectable_mm(threshold_mm: FloatArray, sd_mm: FloatArray) -> FloatArray:
    """Return (19,) the amplitude of a single 150-200 ms twitch that passes the detector's threshold 95 times
    in 100.

    `threshold_mm` and `sd_mm` are the detector's: the amplitude at its threshold and the scatter of that.
    """
    return np.asarray(threshold_mm + POWER_95 * sd_mm)


def stated_mm(least_mm: FloatArray) -> FloatArray:
    """Return (19,) what is stated of `min_detectable_mm`: with what support and shape tests cost beside the
    threshold.
    """
    return least_mm * JUDGED
