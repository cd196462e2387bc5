"""Views: which region each lane of the traces shows, along which direction, and how much of it.

A lane shows one region, projected on the main direction of its movement: its height is the movement's size.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np

from twitchcam.edges.report.names import DIRECTIONS
from twitchcam.edges.report.speech import t
from twitchcam.regions import INDEX, mirror_of
from twitchcam.summary import GATES, Event, Measured
from twitchcam.types import BoolArray, FloatArray

GROUPS: dict[str, tuple[str, ...]] = {
    "Lips": ("commissure", "upper_lip", "lower_lip"),
    "Eyelids": ("lower_eyelid", "upper_eyelid"),
    "Brows": ("brow",),
}
"""Groups of lanes, and the regions of which each side shows the one that twitched most, else the first."""
SMALLEST_REACH_MM = 0.2
"""A lane never shows less than +-0.2 mm: noise of a quiet face must not fill it and look like a twitch."""
SKIRT_S = 0.2
"""A blink or a smile begins before its gate and ends after it; that much beside a gate sets no scale."""
FAR_LESS = 0.2
"""With under a fifth of the other side's events, a side is drawn as the other's mirror image."""
UPWARDS = np.array([0.0, 1.0])


@dataclass(frozen=True, slots=True)
class View:
    """One region seen along one direction."""

    region: str
    axis: FloatArray
    """(2,) unit vector (outwards, up); outwards is towards the subject's left for a region of the midline."""

    def project(self, motion_mm: FloatArray) -> FloatArray:
        """Return the (m,) motion along the axis of an (m, 19, 2) array."""
        return np.asarray(motion_mm[:, INDEX[self.region]] @ (self.axis * _outward(self.region)))

    @property
    def direction(self) -> str:
        """Where the axis points, in words."""
        out, up = float(self.axis[0]), float(self.axis[1])
        along = ("up" if up > 0 else "down") if abs(up) > 0.38 else ""
        plus, minus = ("left", "right") if self.region.endswith("_mid") else ("out", "in")
        across = (plus if out > 0 else minus) if abs(out) > 0.38 else ""
        return t(DIRECTIONS[along, across])


def is_in(region: str, group: str, side: str) -> bool:
    """Tell whether a movement of `region` shows in a group's lane; the midline shows on both sides."""
    stem, tail = region.rsplit("_", 1)
    return stem in GROUPS[group] and tail in (side, "mid")


def choose_views(measured: Measured, group: str) -> dict[str, View]:
    """Return each side's view, left first.

    A side that twitched much less than the other shows the other's mirror image: like is seen beside like.
    A third view, of the midline, stands between them when most of the group's events are strongest there.
    """
    events = [e for e in measured.events if not e.gated]
    firsts = {side: _firsts(events, group, (side,)) for side in ("left", "mid", "right")}
    views = {side: _view(measured, counts) for side, counts in firsts.items() if counts}
    chosen = {}
    for side, other in (("left", "right"), ("right", "left")):
        if side in views and sum(firsts[side].values()) >= FAR_LESS * sum(firsts[other].values()):
            chosen[side] = views[side]
        else:
            twin = views.get(other, View(f"{GROUPS[group][0]}_{other}", UPWARDS))
            chosen[side] = View(mirror_of(twin.region), twin.axis)
    strongest = _firsts(events, group, ("left", "mid", "right"))
    middle = sum(count for region, count in strongest.items() if region.endswith("_mid"))
    if middle and 2 * middle >= sum(strongest.values()):
        return {"left": chosen["left"], "mid": views["mid"], "right": chosen["right"]}
    return chosen


def shown_gates(measured: Measured) -> tuple[dict[str, BoolArray], BoolArray]:
    """Return the gates that ever hold, (m,) each, in the order of their rows, and (m,) where none holds."""
    order = [*(g for g in GATES if g in measured.gates), *(g for g in measured.gates if g not in GATES)]
    gates = {name: measured.gates[name] for name in order if measured.gates[name].any()}
    return gates, ~np.any(np.stack([*gates.values(), np.zeros(measured.t_s.size, bool)]), axis=0)


def shown_range(
    measured: Measured, views: dict[str, View], values: dict[str, FloatArray], free: BoolArray
) -> tuple[float, float]:
    """Return the millimetres that all lanes of a group show.

    They hold what the counted events reach and nearly all of the counted time; never so little that noise
    fills a lane.
    """
    step = float(measured.t_s[1] - measured.t_s[0])
    skirt = round(SKIRT_S / step)
    busy = np.concatenate(([0], np.cumsum(~free)))
    at = np.arange(free.size)
    # sums to here and to there: a convolution takes minutes at thousands of pictures a second
    calm = busy[np.minimum(at + skirt + 1, free.size)] == busy[np.maximum(at - skirt, 0)]
    limits = [measured.quality.by_region.get(view.region) for view in views.values()]
    smallest = max((x.min_detectable_mm or 0.0) if x else 0.0 for x in limits)
    reach = max(2.0 * smallest, SMALLEST_REACH_MM)
    low, high = -reach, reach
    for side, view in views.items():
        curve = values[side]
        counted = curve[_rows(measured, view.region) & free & np.isfinite(curve)]
        rest = curve[calm & np.isfinite(curve)]
        ends = np.concatenate([counted, np.percentile(rest, (0.5, 99.5)) if rest.size else counted])
        if ends.size:
            margin = 0.06 * float(np.ptp(ends))
            low, high = min(low, float(ends.min()) - margin), max(high, float(ends.max()) + margin)
    return low, high


def _outward(region: str) -> FloatArray:
    """Turn (outwards, up) into the face's (x, y)."""
    return np.array([-1.0 if region.endswith("_right") else 1.0, 1.0])


def _firsts(events: list[Event], group: str, sides: tuple[str, ...]) -> Counter[str]:
    """Count, over the events, which region of a group and these sides moved most."""
    names = {f"{stem}_{side}" for stem in GROUPS[group] for side in sides}
    found = (next((region for region in e.regions if region in names), "") for e in events)
    return Counter(region for region in found if region)


def _view(measured: Measured, counts: Counter[str]) -> View:
    region = counts.most_common(1)[0][0]
    return View(region, _main_axis(measured, region))


def _rows(measured: Measured, region: str) -> BoolArray:
    """Return the (m,) rows of the region's counted events."""
    rows = np.zeros(measured.t_s.size, bool)
    for event in measured.events:
        if region in event.regions and not event.gated:
            first, last = np.searchsorted(measured.t_s, (event.onset_s, event.offset_s))
            rows[first : last + 1] = True
    return rows


def _main_axis(measured: Measured, region: str) -> FloatArray:
    """Return the unit vector (outwards, up) along which the region's counted events move most."""
    sample = measured.band_mm[_rows(measured, region), INDEX[region]] * _outward(region)
    sample = sample[np.isfinite(sample).all(axis=1)]
    if sample.shape[0] < 4:
        return UPWARDS
    axis = np.linalg.eigh(np.cov(sample.T))[1][:, -1]
    return np.asarray(axis if axis @ np.array([0.4, 1.0]) >= 0 else -axis)
