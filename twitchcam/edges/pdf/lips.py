"""Lips: the key figures of their movement."""

from __future__ import annotations

from twitchcam.edges.pdf.blocks import Value
from twitchcam.edges.report import wording as w
from twitchcam.edges.report.findings import smallest_visible
from twitchcam.edges.report.names import SIDE_WORDS
from twitchcam.edges.report.speech import decimal, t
from twitchcam.summary import Lips, Measured


def key_figures(measured: Measured) -> tuple[Value, ...]:
    """Return the figures, each with its unit and, where there is one, its 95 % interval."""
    lips, quality = measured.lips, measured.quality
    none = t("none") if lips.events == 0 else None
    index = lips.asymmetry.index
    return (
        Value(
            t("Twitches counted"),
            w.number(None) if lips.events is None else str(lips.events),
            t("in {time} usable", time=w.length(quality.usable_s)),
        ),
        Value(t("Rate"), w.per_minute(lips.rate_per_min), w.rate_note(lips.events, quality.usable_s)),
        Value(t("Rhythm"), none or _frequency(lips), _rhythm_note(lips)),
        Value(
            t("Size, median"),
            none or w.mm(lips.amplitude_mm.median),
            w.join("; ", w.ci_note(lips.amplitude_mm.median_ci, 2, " mm"), t("peak to peak")),
        ),
        Value(
            t("Size, largest"),
            none or w.mm(lips.amplitude_mm.max),
            t("95th percentile {size}", size=w.mm(lips.amplitude_mm.p95))
            if w.known(lips.amplitude_mm.p95)
            else "",
        ),
        Value(
            t("Runs"),
            w.number(None) if lips.runs is None else str(lips.runs),
            t("trains of twitches in a row"),
        ),
        Value(
            t("Side"), t(SIDE_WORDS[lips.side]) if lips.side in SIDE_WORDS else w.number(None), _where(lips)
        ),
        Value(
            t("Asymmetry index"),
            decimal(index, 2, signed=True)
            if index is not None and w.known(index)
            else none or w.number(None),
            w.join("; ", _signed_ci(lips), t("−1 right only, +1 left only")),
        ),
        Value(
            t("Smallest visible twitch"),
            smallest_visible(quality) or w.number(None),
            t("of the lips, in this recording"),
        ),
    )


def _frequency(lips: Lips) -> str:
    hz = lips.dominant_hz
    return f"{decimal(hz, 2)}{w.NB}Hz" if hz is not None and w.known(hz) else w.number(None)


def _rhythm_note(lips: Lips) -> str:
    return w.join("; ", w.ci_note(lips.dominant_hz_ci, 2, " Hz"), w.rhythm_note(lips.rhythmic))


def _signed_ci(lips: Lips) -> str:
    text = w.interval(lips.asymmetry.ci, 2, signed=True)
    return t("95 %: {interval}", interval=text) if text else ""


def _where(lips: Lips) -> str:
    return "; ".join(w.region_name(region) for region in lips.regions[:3])
