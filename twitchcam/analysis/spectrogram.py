"""Spectrogram: how large a rhythm was, by its frequency, along the recording. For display."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from twitchcam.types import FloatArray, IntArray

WINDOW_S = 2.0
"""Long enough to part 5 from 6 Hz, short enough to show a train of two seconds where it was."""
HOP_S = 0.25
LONGEST_HOP_S = 1.0
"""Half a window: in a long recording no moment falls between two windows."""
LEAST_SEEN = 0.75
"""Part of a window that must have been measured; what lacks counts as no movement."""


@dataclass(frozen=True, slots=True)
class Spectrogram:
    """Sizes over time and frequency."""

    edges_s: FloatArray
    """(c + 1,) ends of the columns."""
    hz: FloatArray
    """(f,) middle of the rows."""
    size_mm: FloatArray
    """(c, f) peak to peak of a steady rhythm that would give this; the largest within a column. NaN where too
    little was measured."""


def short_spectra(
    values_mm: FloatArray, fs: float, *, start_s: float, high_hz: float, columns: int
) -> Spectrogram | None:
    """Return the short-time spectrum of an evenly sampled curve, or None where it is shorter than a window.

    Parameters
    ----------
    values_mm : (m,) array
        The curve, NaN where it was not measured or must not count.
    fs : float
        Samples a second.
    start_s : float
        Time of the first sample.
    high_hz : float
        Highest frequency to return; half of `fs` at most.
    columns : int
        The most columns to return. In a long recording a column holds the largest of several windows.
    """
    size = round(WINDOW_S * fs)
    m = values_mm.size
    if m < size or size < 8:
        return None
    hop_s = min(max(HOP_S, m / fs / columns), LONGEST_HOP_S)
    starts = np.arange(0, m - size + 1, max(1, round(hop_s * fs)))
    hz = np.fft.rfftfreq(size, 1.0 / fs)
    kept = (hz > 0.5 / WINDOW_S) & (hz <= min(high_hz, 0.5 * fs))
    sizes = _sizes(values_mm, starts, size)[:, kept]
    each = max(1, -(-starts.size // columns))
    groups = [sizes[k : k + each] for k in range(0, starts.size, each)]
    hop = float(starts[1] - starts[0]) if starts.size > 1 else float(size)
    middle = start_s + (starts[::each] + 0.5 * (size - hop)) / fs
    edges = np.append(middle, middle[-1] + groups[-1].shape[0] * hop / fs)
    return Spectrogram(edges, hz[kept], np.stack([_largest(group) for group in groups]))


def noise_size_mm(noise_mm_rthz: float) -> float:
    """Return the peak-to-peak size that white noise of a density shows in a window (root mean square)."""
    return 4.0 * noise_mm_rthz * float(np.sqrt(0.75 / WINDOW_S))


def _sizes(values_mm: FloatArray, starts: IntArray, size: int) -> FloatArray:
    """Return (windows, frequencies) the peak-to-peak sizes of each window."""
    taper = np.hanning(size)
    windows = np.lib.stride_tricks.sliding_window_view(values_mm, size)[starts]
    good = np.isfinite(windows)
    share = good.mean(axis=1)
    mean = np.where(good, windows, 0.0).sum(axis=1) / np.maximum(good.sum(axis=1), 1)
    flat = np.where(good, windows - mean[:, None], 0.0) * taper
    sizes = 4.0 * np.abs(np.fft.rfft(flat, axis=1)) / taper.sum()
    sizes[share < LEAST_SEEN] = np.nan
    return np.asarray(sizes)


def _largest(group: FloatArray) -> FloatArray:
    """Return the largest of each frequency; NaN only where no window was measured."""
    highest = np.where(np.isnan(group), -np.inf, group).max(axis=0)
    return np.where(np.isfinite(highest), highest, np.nan)
