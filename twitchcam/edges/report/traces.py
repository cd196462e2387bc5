"""Traces: what the page draws over time, left and right as lanes on one time axis."""

from __future__ import annotations

import base64
from dataclasses import dataclass

import numpy as np

from twitchcam.edges.report.axes import curve, round_ticks, spans, thin, time_ticks
from twitchcam.edges.report.names import TRIAL_NAMES
from twitchcam.edges.report.speech import t
from twitchcam.edges.report.views import GROUPS, View, choose_views, is_in, shown_gates, shown_range
from twitchcam.edges.report.wording import clock, gate_name, mm, region_name
from twitchcam.summary import Event, Measured
from twitchcam.types import BoolArray, FloatArray

SENT_SAMPLES: dict[str, int] = {"Lips": 120_000, "Eyelids": 30_000, "Brows": 30_000}
"""Samples a lane that the page carries for zooming: the lips undropped for an hour at 30 fps."""
DRAWN_SAMPLES = 1600
"""Samples a lane that are drawn at first: more than the lane has pixels on a wide screen."""
SENT_EVENTS = 2000
"""Events that the page's read-out names; the others are drawn all the same."""
OVERVIEW_MARKS = 600
_MISSING = -32768
"""Stands for NaN among the 16-bit micrometres that the page carries."""


@dataclass(frozen=True, slots=True)
class Lane:
    """One curve over time."""

    group: str
    side: str
    region: str
    direction: str
    """Where 'up' in the lane points in the face."""
    low_mm: float
    high_mm: float
    """What the lane shows, bottom to top."""
    ticks_mm: list[float]
    path: str
    marks: str
    """SVG path of the counted events' peaks."""
    gated_marks: str
    extents: str
    """SVG path of the counted events' extents in time."""
    samples: str
    """Base64 of little-endian 16-bit micrometres."""
    step_s: float
    """Spacing of `samples`."""
    counted: int
    """Counted events of the group on this side."""
    largest_mm: float | None
    """Amplitude of the largest of them."""
    lowest_mm: float | None
    """Of the curve in the time that counts."""
    highest_mm: float | None


@dataclass(frozen=True, slots=True)
class GateRow:
    """When one reason not to count applied."""

    name: str
    path: str


@dataclass(frozen=True, slots=True)
class Traces:
    """All lanes and their common time axis."""

    start_s: float
    stop_s: float
    lanes: list[Lane]
    gates: list[GateRow]
    shade: str
    """SVG path of the time that is not counted."""
    ticks_s: list[float]
    events: list[tuple[float, float, float, str, bool]]
    """Onset, peak, offset and text of each event, and whether it counts."""
    events_left_out: int
    overview: str
    """SVG path of all counted events' peaks, as many as the strip has pixels."""


def build_traces(measured: Measured) -> Traces | None:
    """Return what the page draws over time, or None when there is no time to draw."""
    at = measured.t_s
    if at.size < 2:
        return None
    start, step = float(at[0]), float(at[1] - at[0])
    stop = start + step * at.size
    gates, free = shown_gates(measured)
    lanes = [lane for group in GROUPS for lane in _lanes(measured, group, free)]
    listed = measured.events[:SENT_EVENTS]
    return Traces(
        start_s=start,
        stop_s=stop,
        lanes=lanes,
        gates=[GateRow(gate_name(name), _boxes(mask, start, step)) for name, mask in gates.items()],
        shade=_boxes(~free, start, step),
        ticks_s=time_ticks(start, stop, 6),
        events=[(e.onset_s, e.peak_s, e.offset_s, _event_text(e), not e.gated) for e in listed],
        events_left_out=len(measured.events) - len(listed),
        overview=_overview(measured, start, stop),
    )


def _lanes(measured: Measured, group: str, free: BoolArray) -> list[Lane]:
    views = choose_views(measured, group)
    values = {side: view.project(measured.band_mm) for side, view in views.items()}
    shown = shown_range(measured, views, values, free)
    return [_lane(measured, group, side, views[side], values[side], shown, free) for side in views]


def _lane(
    measured: Measured,
    group: str,
    side: str,
    view: View,
    values: FloatArray,
    shown: tuple[float, float],
    free: BoolArray,
) -> Lane:
    start, step = float(measured.t_s[0]), float(measured.t_s[1] - measured.t_s[0])
    drawn, stride = thin(values, DRAWN_SAMPLES)
    sent, sent_stride = thin(values, SENT_SAMPLES[group])
    events = [e for e in measured.events if any(is_in(name, group, side) for name in e.regions)]
    counted = [e for e in events if not e.gated]
    seen = values[free & np.isfinite(values)]
    return Lane(
        group=group,
        side=side,
        region=view.region,
        direction=view.direction,
        low_mm=shown[0],
        high_mm=shown[1],
        ticks_mm=_scale_ticks(*shown, low_lane=group != "Lips"),
        path=curve(start + step * stride * np.arange(drawn.size), drawn),
        marks="".join(f"M{e.peak_s:.3f} 0v1" for e in counted),
        gated_marks="".join(f"M{e.peak_s:.3f} 0v1" for e in events if e.gated),
        extents="".join(f"M{e.onset_s:.3f} 0H{e.offset_s:.3f}V1H{e.onset_s:.3f}Z" for e in counted),
        samples=_pack(sent),
        step_s=step * sent_stride,
        counted=len(counted),
        largest_mm=max((e.amplitude_mm for e in counted), default=None),
        lowest_mm=float(seen.min()) if seen.size else None,
        highest_mm=float(seen.max()) if seen.size else None,
    )


def _overview(measured: Measured, start_s: float, stop_s: float) -> str:
    """Return a mark for each of at most `OVERVIEW_MARKS` stretches of time that holds a counted event."""
    peaks = np.array([e.peak_s for e in measured.events if not e.gated])
    width = (stop_s - start_s) / OVERVIEW_MARKS
    return "".join(f"M{start_s + (k + 0.5) * width:.2f} 0v1" for k in np.unique((peaks - start_s) // width))


def _scale_ticks(low_mm: float, high_mm: float, *, low_lane: bool) -> list[float]:
    """Return a lane's ticks: three or more, and none at its edges, where other texts stand.

    In a low lane every second one is left out when there are five: their labels would touch.
    """
    edge = 0.08 * (high_mm - low_mm)
    few = round_ticks(low_mm + edge, high_mm - edge, 4)
    ticks = few if len(few) > 2 else round_ticks(low_mm + edge, high_mm - edge, 6)
    return ticks[::2] if low_lane and len(ticks) > 4 else ticks


def _pack(values_mm: FloatArray) -> str:
    """Pack a curve into 16-bit micrometres; what leaves +-32 mm is cut there."""
    micrometres = np.clip(np.nan_to_num(np.round(values_mm * 1000.0), nan=_MISSING), _MISSING + 1, 32767)
    micrometres[~np.isfinite(values_mm)] = _MISSING
    return base64.b64encode(micrometres.astype("<i2").tobytes()).decode("ascii")


def _boxes(mask: BoolArray, start_s: float, step_s: float) -> str:
    edges = [(start_s + a * step_s, start_s + b * step_s) for a, b in spans(mask)]
    return "".join(f"M{a:.3f} 0H{b:.3f}V1H{a:.3f}Z" for a, b in edges)


def _event_text(event: Event) -> str:
    kind = t(TRIAL_NAMES.get(event.trial_type, event.trial_type))
    if event.gated:
        kind = t("{kind}, not counted: {reason}", kind=kind, reason=gate_name(event.gated))
    return f"{kind} · {region_name(event.region)} · {mm(event.amplitude_mm)} · {clock(event.onset_s)}"
