"""Traces: what the page draws over time, left and right as lanes on one time axis.

A lane shows one region, projected on the main direction of its movement: its height is the movement's size.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass

import numpy as np

from twitchcam.edges.report.axes import curve, round_ticks, spans, thin
from twitchcam.edges.report.wording import clock, gate_name, mm, region_name
from twitchcam.regions import INDEX
from twitchcam.summary import GATES, Event, Measured
from twitchcam.types import BoolArray, FloatArray

GROUPS: dict[str, tuple[str, ...]] = {
    "Lips": ("commissure", "upper_lip", "lower_lip"),
    "Eyelids": ("lower_eyelid", "upper_eyelid"),
    "Brows": ("brow",),
}
"""Lanes, and the regions of which each shows the one that moved most."""
SENT_SAMPLES = 40_000
"""Samples a lane that the page carries for zooming: 22 minutes at 30 fps undropped, 320 kB for six lanes."""
DRAWN_SAMPLES = 1600
"""Samples a lane that are drawn at first: more than the lane has pixels on a wide screen."""
SENT_EVENTS = 2000
"""Events that the page's read-out names; the others are drawn all the same."""
SMALLEST_REACH_MM = 0.1
"""A lane never shows less than +-0.1 mm: noise of a quiet face must not fill it and look like a twitch."""
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
    reach_mm: float
    """The lane shows minus this to plus this."""
    ticks_mm: list[float]
    path: str
    marks: str
    """SVG path of the counted events' peaks."""
    gated_marks: str
    extents: str
    """SVG path of the counted events' extents in time."""
    samples: str
    """Base64 of little-endian 16-bit micrometres."""


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
    step_s: float
    """Spacing of the samples that the page carries."""
    lanes: list[Lane]
    gates: list[GateRow]
    shade: str
    """SVG path of the time that is not counted."""
    ticks_s: list[float]
    events: list[tuple[float, float, float, str]]
    """Onset, peak, offset and text of each event."""
    events_left_out: int


def build_traces(measured: Measured) -> Traces | None:
    """Return what the page draws over time, or None when there is no time to draw."""
    t = measured.t_s
    if t.size < 2:
        return None
    start, step = float(t[0]), float(t[1] - t[0])
    stop = start + step * t.size
    gates = {name: measured.gates[name] for name in _gate_order(measured) if measured.gates[name].any()}
    free = ~np.any(np.stack([*gates.values(), np.zeros(t.size, bool)]), axis=0)
    lanes = [lane for group in GROUPS for lane in _lane_pair(measured, group, free)]
    listed = measured.events[:SENT_EVENTS]
    return Traces(
        start_s=start,
        stop_s=stop,
        step_s=step * thin(t, SENT_SAMPLES)[1],
        lanes=lanes,
        gates=[GateRow(gate_name(name), _boxes(mask, start, step)) for name, mask in gates.items()],
        shade=_boxes(~free, start, step),
        ticks_s=round_ticks(start, stop, 5),
        events=[(e.onset_s, e.peak_s, e.offset_s, _event_text(e)) for e in listed],
        events_left_out=len(measured.events) - len(listed),
    )


def _gate_order(measured: Measured) -> list[str]:
    return [*(g for g in GATES if g in measured.gates), *(g for g in measured.gates if g not in GATES)]


def _lane_pair(measured: Measured, group: str, free: BoolArray) -> list[Lane]:
    chosen = {side: _busiest(measured, group, side, free) for side in ("left", "right")}
    drawn = {side: _project(measured, region, free) for side, region in chosen.items()}
    reach = max(_reach(measured, region, drawn[side][0], free) for side, region in chosen.items())
    return [_lane(measured, group, side, chosen[side], *drawn[side], reach) for side in ("left", "right")]


def _busiest(measured: Measured, group: str, side: str, free: BoolArray) -> str:
    """Return the region with the most counted events; without any, the one that moved most."""
    names = [f"{stem}_{side}" for stem in GROUPS[group]]
    hits = [sum(e.region == name for e in measured.events if not e.gated) for name in names]
    if max(hits) > 0:
        return names[hits.index(max(hits))]
    # Lids blink: with no event of their own, the lower lid is the one to watch.
    if group == "Eyelids":
        return names[0]
    motion = measured.band_mm[free][:, [INDEX[name] for name in names]]
    power = np.nansum(motion**2, axis=(0, 2))
    return names[int(power.argmax())]


def _project(measured: Measured, region: str, free: BoolArray) -> tuple[FloatArray, str]:
    """Return the region's motion along its main direction, and that direction in words."""
    motion = measured.band_mm[:, INDEX[region]]
    t = measured.t_s
    moved = np.zeros(t.size, bool)
    for event in measured.events:
        if event.region == region and not event.gated:
            moved[np.searchsorted(t, event.onset_s) : np.searchsorted(t, event.offset_s) + 1] = True
    sample = motion[(moved if moved.any() else free) & np.isfinite(motion).all(axis=1)]
    axis = np.array([0.0, 1.0])
    if sample.shape[0] >= 4 and float(sample.std()) > 0:
        axis = np.linalg.eigh(np.cov(sample.T))[1][:, -1]
    outward = -1.0 if region.endswith("_right") else 1.0
    if axis @ np.array([0.4 * outward, 1.0]) < 0:
        axis = -axis
    return motion @ axis, _direction(float(axis[0]) * outward, float(axis[1]))


def _direction(out: float, up: float) -> str:
    words = []
    if abs(up) > 0.38:
        words.append("upwards" if up > 0 else "downwards")
    if abs(out) > 0.38:
        words.append("outwards" if out > 0 else "inwards")
    return " and ".join(words)


def _reach(measured: Measured, region: str, values: FloatArray, free: BoolArray) -> float:
    """Return the half height of a lane: the counted movement, but never so little that noise fills it."""
    counted = np.abs(values[free & np.isfinite(values)])
    quality = measured.quality.by_region.get(region)
    smallest = (quality.min_detectable_mm if quality else None) or 0.0
    largest = float(counted.max()) if counted.size else 0.0
    return max(1.15 * largest, 2.0 * smallest, SMALLEST_REACH_MM)


def _lane(
    measured: Measured, group: str, side: str, region: str, values: FloatArray, direction: str, reach: float
) -> Lane:
    start, step = float(measured.t_s[0]), float(measured.t_s[1] - measured.t_s[0])
    drawn, stride = thin(values, DRAWN_SAMPLES)
    events = [e for e in measured.events if any(_is_in(name, group, side) for name in e.regions)]
    counted = [e for e in events if not e.gated]
    return Lane(
        group=group,
        side=side,
        region=region_name(region),
        direction=direction,
        reach_mm=reach,
        ticks_mm=round_ticks(-0.85 * reach, 0.85 * reach, 3),
        path=curve(start + step * stride * np.arange(drawn.size), drawn),
        marks="".join(f"M{e.peak_s:.3f} 0v1" for e in counted),
        gated_marks="".join(f"M{e.peak_s:.3f} 0v1" for e in events if e.gated),
        extents="".join(f"M{e.onset_s:.3f} 0H{e.offset_s:.3f}V1H{e.onset_s:.3f}Z" for e in counted),
        samples=_pack(thin(values, SENT_SAMPLES)[0]),
    )


def _is_in(region: str, group: str, side: str) -> bool:
    stem, tail = region.rsplit("_", 1)
    return stem in GROUPS[group] and tail in (side, "mid")


def _pack(values_mm: FloatArray) -> str:
    """Pack a curve into 16-bit micrometres; what leaves +-32 mm is cut there."""
    micrometres = np.clip(np.nan_to_num(np.round(values_mm * 1000.0), nan=_MISSING), _MISSING + 1, 32767)
    micrometres[~np.isfinite(values_mm)] = _MISSING
    return base64.b64encode(micrometres.astype("<i2").tobytes()).decode("ascii")


def _boxes(mask: BoolArray, start_s: float, step_s: float) -> str:
    edges = [(start_s + a * step_s, start_s + b * step_s) for a, b in spans(mask)]
    return "".join(f"M{a:.3f} 0H{b:.3f}V1H{a:.3f}Z" for a, b in edges)


def _event_text(event: Event) -> str:
    kind = (
        event.trial_type if not event.gated else f"{event.trial_type}, not counted: {gate_name(event.gated)}"
    )
    return f"{kind} · {region_name(event.region)} · {mm(event.amplitude_mm)} · {clock(event.onset_s)}"
