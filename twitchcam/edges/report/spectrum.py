"""Spectra: the spectrum of the lips at rest, and how the size of a rhythm goes along the recording."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from twitchcam.analysis.lags import watched
from twitchcam.analysis.spectrogram import noise_size_mm, short_spectra
from twitchcam.edges.report.axes import curve, round_ticks, spans
from twitchcam.edges.report.figures import SHOWN_HZ
from twitchcam.edges.report.speech import finite
from twitchcam.edges.report.views import View
from twitchcam.summary import Measured
from twitchcam.types import FloatArray

COLUMNS = 240
LEVELS = 4
OUT_OF_NOISE = 3.0
"""Sizes from so many times the noise on are drawn."""
LEAST_MM = 0.02
"""Pulse and breathing move skin by some hundredths of a millimetre."""


@dataclass(frozen=True, slots=True)
class SpectrumFigure:
    """Curves over frequency; heights are decadic logarithms of mm/sqrt(Hz)."""

    high_hz: float
    bottom: float
    top: float
    left: str
    right: str
    noise: str
    ticks_hz: list[float]
    ticks_log: list[int]
    dominant_hz: float | None
    dominant_ci: tuple[float, float] | None
    rows: list[tuple[float, float, float, float]]
    """The numbers behind it: Hz; left, right and noise in um/sqrt(Hz)."""


@dataclass(frozen=True, slots=True)
class SpectrogramFigure:
    """Sizes over time and frequency as boxes, one path a level; 1 Hz downwards is 1 down."""

    side: str
    region: str
    high_hz: float
    levels: list[tuple[float, str]]
    """Size from which a level begins, mm, and its path."""
    blank: str
    """Path of the times at which too little was measured."""
    top_mm: float
    ticks_hz: list[float]


def build_spectrum(measured: Measured) -> SpectrumFigure | None:
    """Return the spectrum's curves, or None when there is none to draw."""
    spectrum = measured.spectrum
    if spectrum is None or spectrum.frequency_hz.size < 2:
        return None
    shown = (spectrum.frequency_hz > 0) & (spectrum.frequency_hz <= SHOWN_HZ)
    f = spectrum.frequency_hz[shown]
    both = np.concatenate([spectrum.amplitude_mm_rthz[shown], spectrum.noise_mm_rthz[shown][:, None]], axis=1)
    heights = np.where(both > 0, np.log10(np.where(both > 0, both, 1.0)), np.nan)
    if f.size < 2 or not np.isfinite(heights).any():
        return None
    bottom, top = math.floor(np.nanmin(heights) - 0.05), math.ceil(np.nanmax(heights) + 0.05)
    lips = measured.lips
    return SpectrumFigure(
        high_hz=float(f[-1]),
        bottom=bottom,
        top=top,
        left=curve(f, heights[:, 0]),
        right=curve(f, heights[:, 1]),
        noise=curve(f, heights[:, 2]),
        ticks_hz=round_ticks(0.0, float(f[-1]), 6),
        ticks_log=list(range(bottom, top + 1)),
        dominant_hz=lips.dominant_hz if finite(lips.dominant_hz) else None,
        dominant_ci=lips.dominant_hz_ci,
        rows=_rows(f, 1000.0 * both),
    )


def _rows(f: FloatArray, um: FloatArray) -> list[tuple[float, float, float, float]]:
    """Return the spectrum at whole frequencies."""
    at = [int(np.argmin(np.abs(f - hz))) for hz in range(1, int(f[-1]) + 1)]
    return [(float(f[k]), float(um[k, 0]), float(um[k, 1]), float(um[k, 2])) for k in at]


def build_spectrogram(measured: Measured, view: View, side: str) -> SpectrogramFigure | None:
    """Return how the movement of one region is spread over time and frequency, or None when it is too short.

    Time that is not counted is left out.
    """
    t = measured.t_s
    if t.size < 2:
        return None
    fs = 1.0 / float(t[1] - t[0])
    values = np.where(watched(measured), view.project(measured.band_mm), np.nan)
    found = short_spectra(values, fs, start_s=float(t[0]), high_hz=SHOWN_HZ, columns=COLUMNS)
    if found is None or not np.isfinite(found.size_mm).any():
        return None
    quality = measured.quality.by_region.get(view.region)
    noise_um = quality.noise_um_rthz if quality else None
    low = max(OUT_OF_NOISE * noise_size_mm(1e-3 * (noise_um or 0.0)), LEAST_MM)
    top = max(float(np.nanmax(found.size_mm)), low)
    starts = [low * (top / low) ** (k / LEVELS) for k in range(LEVELS)] if top > low else []
    high = float(found.hz[-1] + 0.5 * (found.hz[1] - found.hz[0]))
    ends = [*starts[1:], math.inf][: len(starts)]
    boxes = [(found.size_mm >= a) & (found.size_mm < b) for a, b in zip(starts, ends, strict=True)]
    return SpectrogramFigure(
        side=side,
        region=view.region,
        high_hz=high,
        levels=[(a, _boxes(mask, found.edges_s, found.hz)) for a, mask in zip(starts, boxes, strict=True)],
        blank=_blank(np.isnan(found.size_mm).all(axis=1), found.edges_s, high),
        top_mm=top,
        ticks_hz=[hz for hz in (5.0, 10.0, 15.0) if hz <= 0.97 * high],
    )


def _boxes(mask: np.ndarray[tuple[int, ...], np.dtype[np.bool_]], edges: FloatArray, hz: FloatArray) -> str:
    """Return one box for each stretch of columns in which a frequency is in the mask."""
    half = 0.5 * float(hz[1] - hz[0])
    parts = []
    for row, f in enumerate(hz.tolist()):
        for a, b in spans(mask[:, row]):
            parts.append(f"M{edges[a]:.2f} {-f - half:.2f}H{edges[b]:.2f}V{-f + half:.2f}H{edges[a]:.2f}Z")
    return "".join(parts)


def _blank(missing: np.ndarray[tuple[int, ...], np.dtype[np.bool_]], edges: FloatArray, high: float) -> str:
    return "".join(f"M{edges[a]:.2f} {-high:.2f}H{edges[b]:.2f}V0H{edges[a]:.2f}Z" for a, b in spans(missing))
