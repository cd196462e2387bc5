"""Spectrum of the lips at rest: left half, right half, and the noise of the recording."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from twitchcam.edges.figures.style import FAINT, INK, SHADE, SIDES, SMALL, plain, say, why_not
from twitchcam.summary import Measured

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LOWEST_HZ = 0.5
HIGHEST_HZ = 15.0


def draw_spectrum(axes: Axes, measured: Measured) -> None:
    """Draw both halves of the lips on a logarithmic axis, with the rhythm that passed the test."""
    title = "Spectrum"
    spectrum = measured.spectrum
    if spectrum is None or spectrum.frequency_hz.size < 3:
        reason = why_not(measured)
        say(axes, title, reason if measured.lips.events is None else "Too little usable time in one piece.")
        return
    shown = (spectrum.frequency_hz >= LOWEST_HZ) & (spectrum.frequency_hz <= HIGHEST_HZ)
    hz, noise = spectrum.frequency_hz[shown], 1000.0 * spectrum.noise_mm_rthz[shown]
    size = 1000.0 * spectrum.amplitude_mm_rthz[shown]
    if np.isfinite(noise).any():
        axes.fill_between(
            hz, noise, np.full_like(noise, 1e-3), color=SHADE, linewidth=0, label="noise", zorder=1
        )
    axes.plot(hz, size[:, 0], color=SIDES["left"], linewidth=1.1, label="left", zorder=3)
    axes.plot(
        hz, size[:, 1], color=SIDES["right"], linewidth=1.1, linestyle=(0, (4, 1.2)), label="right", zorder=3
    )
    axes.set_yscale("log")
    everything = np.concatenate([size.ravel(), noise])
    there = everything[np.isfinite(everything) & (everything > 0)]
    if there.size:
        axes.set_ylim(0.5 * float(there.min()), 3.0 * float(there.max()))
    axes.set_xlim(LOWEST_HZ, min(HIGHEST_HZ, float(hz[-1])))
    _rhythm(axes, measured)
    plain(axes, title, "Frequency (Hz)", "\u00b5m/\u221aHz")
    axes.legend(
        fontsize=SMALL, frameon=False, ncols=3, loc="lower right", bbox_to_anchor=(1.0, 1.0),
        borderaxespad=0.1, handlelength=1.8, columnspacing=1.0,
    )  # fmt: skip


def _rhythm(axes: Axes, measured: Measured) -> None:
    lips = measured.lips
    if lips.dominant_hz is None:
        return
    axes.axvline(lips.dominant_hz, color=INK, linewidth=0.7, zorder=2)
    words = f"{lips.dominant_hz:.2f} Hz"
    if lips.dominant_hz_ci is not None:
        axes.axvspan(*lips.dominant_hz_ci, color=FAINT, alpha=0.25, linewidth=0, zorder=1)
        words += f"\n[{lips.dominant_hz_ci[0]:.2f}, {lips.dominant_hz_ci[1]:.2f}]"
    if not lips.rhythmic:
        words += "\n(not above noise)"
    axes.annotate(
        words, (lips.dominant_hz, 0.97), xycoords=("data", "axes fraction"), xytext=(4, 0),
        textcoords="offset points", fontsize=SMALL, color=INK, va="top",
    )  # fmt: skip
