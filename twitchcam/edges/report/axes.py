"""Axes: round tick values, and curves as SVG paths in data coordinates.

The page stretches each curve with the `viewBox` of its SVG, so a path keeps its data units (seconds across,
millimetres down) and zooming only changes four numbers. Strokes do not scale; texts are HTML beside the SVG.
"""

from __future__ import annotations

import math

import numpy as np

from twitchcam.types import FloatArray


def round_ticks(low: float, high: float, count: int) -> list[float]:
    """Return about `count` round values (1, 2 or 5 times a power of ten apart) inside [low, high]."""
    if not high > low:
        return [low]
    rough = (high - low) / max(count, 1)
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(m * power for m in (1.0, 2.0, 5.0, 10.0) if m * power >= rough * 0.999)
    first = math.ceil(low / step - 1e-9)
    last = math.floor(high / step + 1e-9)
    return [round(k * step, 10) + 0.0 for k in range(first, last + 1)]


_TIME_STEPS_S = (15.0, 30.0, 60.0, 120.0, 300.0, 600.0, 900.0, 1800.0, 3600.0, 7200.0, 14400.0)


def time_ticks(start_s: float, stop_s: float, count: int) -> list[float]:
    """Return about `count` round times; long axes step by quarter minutes, minutes and quarter hours."""
    rough = (stop_s - start_s) / count
    step = next((s for s in _TIME_STEPS_S if s >= rough * 0.999), None)
    if rough < 10.0 or step is None:
        return round_ticks(start_s, stop_s, count)
    first, last = math.ceil(start_s / step - 1e-9), math.floor(stop_s / step + 1e-9)
    return [k * step for k in range(first, last + 1)]


def thin(values: FloatArray, limit: int) -> tuple[FloatArray, float]:
    """Keep the lowest and the highest value of each bucket, in the order in which they came.

    Parameters
    ----------
    values : (n,) array
        Evenly spaced samples, NaN in gaps.
    limit : int
        The most samples to return.

    Returns
    -------
    (m,) array and float
        The samples, again evenly spaced, and their spacing in units of the old one (1 when nothing was
        dropped). A bucket that holds only gaps stays a gap.
    """
    n = values.shape[0]
    if n <= limit:
        return values, 1.0
    width = math.ceil(2 * n / limit)
    rows = math.ceil(n / width)
    padded = np.full(rows * width, np.nan)
    padded[:n] = values
    buckets = padded.reshape(rows, width)
    gap = np.isnan(buckets)
    low = np.where(gap, np.inf, buckets)
    high = np.where(gap, -np.inf, buckets)
    low_first = low.argmin(axis=1) <= high.argmax(axis=1)
    pair = np.stack([low.min(axis=1), high.max(axis=1)], axis=1)
    pair[~low_first] = pair[~low_first][:, ::-1]
    pair[gap.all(axis=1)] = np.nan
    return pair.reshape(-1), width / 2.0


def curve(x: FloatArray, y: FloatArray, *, digits: int = 3) -> str:
    """Return the SVG path of y over x, broken at NaN; y grows upwards, as in a diagram."""
    parts: list[str] = []
    pen_down = False
    for across, up in zip(x.tolist(), y.tolist(), strict=True):
        if not math.isfinite(up):
            pen_down = False
            continue
        parts.append(f"{'L' if pen_down else 'M'}{across:.{digits}f} {-up:.{digits}f}")
        pen_down = True
    return "".join(parts)


def spans(mask: FloatArray | np.ndarray[tuple[int, ...], np.dtype[np.bool_]]) -> list[tuple[int, int]]:
    """Return the (start, stop) rows of each stretch where `mask` is true; stop is one past the end."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], mask.astype(bool), [False]]).astype(np.int8)))
    return [(int(a), int(b)) for a, b in zip(edges[::2], edges[1::2], strict=True)]
