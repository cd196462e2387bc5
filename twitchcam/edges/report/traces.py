"""Traces: what the page draws over time, left and right as lanes on one time axis.

A lane shows one region, projected on the main direction of its movement: its height is the movement's size.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass

import numpy as np

from twitchcam.edges.report.axes import curve, round_ticks, spans, thin, time_ticks
from twitchcam.edges.report.wording import clock, gate_name, mm, region_name
from twitchcam.regions import INDEX, mirror_of
from twitchcam.summary import GATES, Event, Measured
from twitchcam.types import BoolArray, FloatArray

GROUPS: dict[str, tuple[str, ...]] = {
    "Lips": ("commissure", "upper_lip", "lower_lip"),
    "Eyelids": ("lower_eyelid", "upper_eyelid"),
    "Brows": ("brow",),
}
"""Lanes, and the regions of which each shows the one that moved most."""
SENT_SAMPLES: dict[str, int] = {"Lips": 120_000, "Eyelids": 30_000, "Brows": 30_000}
"""Samples a lane that the page carries for zooming: the lips undropped for an hour at 30 fps."""
DRAWN_SAMPLES = 1600
"""Samples a lane that are drawn at first: more than the lane has pixels on a wide screen."""
SENT_EVENTS = 2000
"""Events that the page's read-out names; the others are drawn all the same."""
SMALLEST_REACH_MM = 0.2
"""A lane never shows less than +-0.2 mm: noise of a quiet face must not fill it and look like a twitch."""
UPWARDS = np.array([0.0, 1.0])
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
        lanes=lanes,
        gates=[GateRow(gate_name(name), _boxes(mask, start, step)) for name, mask in gates.items()],
        shade=_boxes(~free, start, step),
        ticks_s=time_ticks(start, stop, 6),
        events=[(e.onset_s, e.peak_s, e.offset_s, _event_text(e), not e.gated) for e in listed],
        events_left_out=len(measured.events) - len(listed),
    )


def _gate_order(measured: Measured) -> list[str]:
    return [*(g for g in GATES if g in measured.gates), *(g for g in measured.gates if g not in GATES)]


def _lane_pair(measured: Measured, group: str, free: BoolArray) -> list[Lane]:
    """Return both sides' lanes: one region along mirrored directions, unless both sides twitched."""
    found = {side: _busiest(measured, group, side) for side in ("left", "right")}
    axes = {side: _main_axis(measured, region) for side, region in found.items() if region}
    drawn: dict[str, tuple[str, FloatArray]] = {}
    for side, other in (("left", "right"), ("right", "left")):
        region = found[side] or mirror_of(found[other] or f"{GROUPS[group][0]}_{other}")
        drawn[side] = (region, axes.get(side, axes.get(other, UPWARDS)))
    values = {s: measured.band_mm[:, INDEX[r]] @ (a * _outward(s)) for s, (r, a) in drawn.items()}
    low, high = _range(measured, [r for r, _ in drawn.values()], [v[free] for v in values.values()])
    return [_lane(measured, group, s, *drawn[s], values[s], (low, high)) for s in ("left", "right")]


def _outward(side: str) -> FloatArray:
    """Turn (outwards, up) into the face's (x, y)."""
    return np.array([-1.0 if side == "right" else 1.0, 1.0])


def _busiest(measured: Measured, group: str, side: str) -> str:
    """Return the region with the most counted events, or an empty text."""
    names = [f"{stem}_{side}" for stem in GROUPS[group]]
    hits = [sum(e.region == name for e in measured.events if not e.gated) for name in names]
    return names[hits.index(max(hits))] if max(hits) > 0 else ""


def _main_axis(measured: Measured, region: str) -> FloatArray:
    """Return the unit vector (outwards, up) along which the region's counted events move most."""
    moved = np.zeros(measured.t_s.size, bool)
    for event in measured.events:
        if event.region == region and not event.gated:
            first, last = np.searchsorted(measured.t_s, (event.onset_s, event.offset_s))
            moved[first : last + 1] = True
    sample = measured.band_mm[moved, INDEX[region]] * _outward(region.rsplit("_", 1)[1])
    sample = sample[np.isfinite(sample).all(axis=1)]
    if sample.shape[0] < 4:
        return UPWARDS
    axis = np.linalg.eigh(np.cov(sample.T))[1][:, -1]
    return np.asarray(axis if axis @ np.array([0.4, 1.0]) >= 0 else -axis)


def _direction(axis: FloatArray) -> str:
    """Say where an (outwards, up) axis points."""
    out, up = float(axis[0]), float(axis[1])
    words = ["up" if up > 0 else "down"] if abs(up) > 0.38 else []
    if abs(out) > 0.38:
        words.append("out" if out > 0 else "in")
    return " and ".join(words)


def _range(measured: Measured, regions: list[str], counted: list[FloatArray]) -> tuple[float, float]:
    """Return what both lanes show: the counted movement, but never so little that noise fills the lane."""
    limits = [measured.quality.by_region.get(name) for name in regions]
    seen = max([(x.min_detectable_mm or 0.0) if x else 0.0 for x in limits])
    floor = max(2.0 * seen, SMALLEST_REACH_MM)
    values = np.concatenate(counted)
    values = values[np.isfinite(values)]
    low, high = (float(values.min()), float(values.max())) if values.size else (0.0, 0.0)
    margin = 0.06 * (high - low)
    return min(low - margin, -floor), max(high + margin, floor)


def _lane(
    measured: Measured, group: str, side: str, region: str, axis: FloatArray, values: FloatArray,
    shown: tuple[float, float],
) -> Lane:  # fmt: skip
    start, step = float(measured.t_s[0]), float(measured.t_s[1] - measured.t_s[0])
    drawn, stride = thin(values, DRAWN_SAMPLES)
    sent, sent_stride = thin(values, SENT_SAMPLES[group])
    room = shown[1] - shown[0]
    events = [e for e in measured.events if any(_is_in(name, group, side) for name in e.regions)]
    counted = [e for e in events if not e.gated]
    return Lane(
        group=group,
        side=side,
        region=region,
        direction=_direction(axis),
        low_mm=shown[0],
        high_mm=shown[1],
        ticks_mm=round_ticks(shown[0] + 0.08 * room, shown[1] - 0.08 * room, 4),
        path=curve(start + step * stride * np.arange(drawn.size), drawn),
        marks="".join(f"M{e.peak_s:.3f} 0v1" for e in counted),
        gated_marks="".join(f"M{e.peak_s:.3f} 0v1" for e in events if e.gated),
        extents="".join(f"M{e.onset_s:.3f} 0H{e.offset_s:.3f}V1H{e.onset_s:.3f}Z" for e in counted),
        samples=_pack(sent),
        step_s=step * sent_stride,
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
