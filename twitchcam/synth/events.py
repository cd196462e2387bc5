"""The true events and runs of a clip, in the words of `events.tsv`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np

from twitchcam.regions import INDEX, REGIONS, side_of
from twitchcam.summary import LipSide, TrialType
from twitchcam.synth import timing
from twitchcam.synth.acts import Acts, Gesture
from twitchcam.synth.motion import Script
from twitchcam.synth.portrait import Portrait
from twitchcam.synth.skin import Skin, find_slits
from twitchcam.synth.spec import Clip, Smile
from twitchcam.synth.timing import Pulse
from twitchcam.types import FloatArray

TOGETHER_S = 0.05
"""Pulses of one group whose peaks lie closer are one event."""
TONIC_S = 1.0
"""A movement that lasts longer is tonic."""
MOVED_SHARE = 0.5
"""Regions that move at least this fraction of the strongest one belong to the event, driven or not."""
LED_BY = {
    "pucker": ("commissure", 180.0), "press": ("upper_lip", 90.0), "brows": ("brow", 90.0),
    "snarl": ("upper_lip", 90.0), "squeeze": ("cheek", 90.0), "pull": ("commissure", 45.0),
}  # fmt: skip
"""The regions that lead each gesture, and the direction on the subject's left."""
PATH_POINTS = 41


@dataclass(frozen=True, slots=True)
class TrueEvent:
    """One movement that was put into the clip."""

    onset: float
    peak: float
    offset: float
    trial_type: TrialType
    side: LipSide
    region: str
    """The strongest region."""
    regions: tuple[str, ...]
    """Strongest first."""
    amplitude_mm: float
    """Peak-to-peak along the main axis of the strongest region, superposition included."""
    direction_deg: float
    run: int | None


@dataclass(frozen=True, slots=True)
class TrueRun:
    """A train of events."""

    run: int
    onset: float
    offset: float
    events: int
    hz: float
    """Mean rate: intervals between peaks over the time from the first to the last."""
    side: LipSide
    region: str
    jitter: float
    """The relative irregularity that was asked for; 0 = rhythmic."""


def true_events(clip: Clip, portrait: Portrait) -> tuple[tuple[TrueEvent, ...], tuple[TrueRun, ...]]:
    """Return (events by onset, runs): twitches, then blinks, smiles and stretches of speech as what they
    are.
    """
    skin, sites = Skin(find_slits(portrait)), portrait.sites_mm()
    events: list[TrueEvent] = []
    runs: list[TrueRun] = []
    for members in _groups(clip):
        script = Script(_only(clip, members), portrait)
        merged = _merge(
            [(clip.twitches[i].site, p) for i in members for p in timing.twitch_pulses(clip.twitches[i])]
        )
        number = len(runs) + 1 if len(merged) > 1 else None
        made = [_twitch_event(m, script, skin, sites, number) for m in merged]
        if number is not None:
            runs.append(_run(number, made, max(clip.twitches[i].jitter for i in members)))
        events += made
    events += [*_blinks(clip, portrait), *_voluntary(clip)]
    return tuple(sorted(events, key=lambda e: e.onset)), tuple(runs)


def _groups(clip: Clip) -> list[list[int]]:
    groups: dict[str, list[int]] = {}
    for i, twitch in enumerate(clip.twitches):
        groups.setdefault(twitch.group or f"\0{i}", []).append(i)
    return sorted(groups.values(), key=lambda g: min(clip.twitches[i].start_s for i in g))


def _only(clip: Clip, members: list[int]) -> Clip:
    return replace(
        clip, twitches=tuple(clip.twitches[i] for i in members), blinks=(), speech=(), smiles=(), acts=Acts()
    )


def _merge(pulses: list[tuple[str, Pulse]]) -> list[list[tuple[str, Pulse]]]:
    """Put pulses that peak together into one event."""
    merged: list[list[tuple[str, Pulse]]] = []
    for site, pulse in sorted(pulses, key=lambda sp: sp[1].peak_s):
        if merged and pulse.peak_s - merged[-1][0][1].peak_s <= TOGETHER_S:
            merged[-1].append((site, pulse))
        else:
            merged.append([(site, pulse)])
    return merged


def _twitch_event(
    parts: list[tuple[str, Pulse]], script: Script, skin: Skin, sites: FloatArray, run: int | None
) -> TrueEvent:
    onset, offset = min(p.onset_s for _, p in parts), max(p.offset_s for _, p in parts)
    strongest = max(parts, key=lambda sp: sp[1].amplitude_mm)[1]
    times = np.append(np.linspace(onset, offset, PATH_POINTS), strongest.peak_s)
    path = np.array([skin.displacement_mm(script.state(float(t)), sites) for t in times])
    size = np.array([_peak_to_peak(path[:, i]) for i in range(len(REGIONS))])
    driven = {site for site, _ in parts}
    order = [REGIONS[i] for i in np.argsort(-size)]
    regions = tuple(r for r in order if r in driven or size[INDEX[r]] >= MOVED_SHARE * size.max())
    dx, dy = path[-1, INDEX[regions[0]]] - path[0, INDEX[regions[0]]]
    return TrueEvent(
        onset, strongest.peak_s, offset, "tonic" if offset - onset >= TONIC_S else "twitch", _side(driven),
        regions[0], regions, float(size.max()), float(np.degrees(np.arctan2(dy, dx))), run,
    )  # fmt: skip


def _peak_to_peak(path: FloatArray) -> float:
    """Extent of a (n, 2) path along its main axis."""
    centred = path - path.mean(axis=0)
    axis = np.linalg.svd(centred, full_matrices=False)[2][0]
    return float(np.ptp(centred @ axis))


def _side(regions: Iterable[str]) -> LipSide:
    sides = {side_of(r) for r in regions} - {"mid"}
    if sides == {"left"}:
        return "left"
    return "right" if sides == {"right"} else "bilateral"


def _run(number: int, events: list[TrueEvent], jitter: float) -> TrueRun:
    first, last = events[0], events[-1]
    region = max(events, key=lambda e: e.amplitude_mm).region
    hz = (len(events) - 1) / (last.peak - first.peak)
    return TrueRun(number, first.onset, last.offset, len(events), hz, first.side, region, jitter)


def _blinks(clip: Clip, portrait: Portrait) -> list[TrueEvent]:
    slits = find_slits(portrait)
    gap = {
        side: float(slits[f"eye_{side}"].gap(slits[f"eye_{side}"].x_mm).max()) for side in ("left", "right")
    }
    found = []
    for b in clip.blinks:
        sides = ("left", "right") if b.side == "both" else (b.side,)
        regions = tuple(sorted((f"upper_eyelid_{s}" for s in sides), key=lambda r: -gap[side_of(r)]))
        peak = b.t_s + b.duration_s * (timing.CLOSING + timing.HELD / 2) + b.held_s / 2
        found.append(
            TrueEvent(b.t_s, peak, b.stop_s, "blink", _side(regions), regions[0], regions,
                      max(gap[s] for s in sides) * b.depth, -90.0, None)
        )  # fmt: skip
    return found


def _voluntary(clip: Clip) -> list[TrueEvent]:
    lips = ("lower_lip_mid", "upper_lip_mid")
    found = [
        _act(s.start_s, s.stop_s, _driven(s, "commissure"), s.amplitude_mm * max(s.left, s.right), 47.0)
        for s in clip.smiles
    ]
    found += [_act(s.start_s, s.stop_s, lips, s.opening_mm, -90.0) for s in clip.speech]
    found += [_act(c.start_s, c.stop_s, ("chin_mid",), c.opening_mm, -90.0) for c in clip.acts.chewing]
    found += [_act(y.start_s, y.stop_s, lips, y.opening_mm, -90.0) for y in clip.acts.yawns]
    for g in clip.acts.gestures:
        stem, turned = LED_BY[g.kind]
        regions = lips if g.kind == "press" else _driven(g, stem)
        if regions:
            found.append(_act(g.start_s, g.stop_s, regions, g.amplitude_mm * max(g.left, g.right), turned))
    return found


def _driven(act: Smile | Gesture, stem: str) -> tuple[str, ...]:
    """Return the regions that an act moves, the one that goes further first."""
    shares = {f"{stem}_left": act.left, f"{stem}_right": act.right}
    return tuple(sorted((name for name in shares if shares[name] > 0), key=lambda n: -shares[n]))


def _act(start: float, stop: float, regions: tuple[str, ...], mm: float, direction_deg: float) -> TrueEvent:
    side = _side(regions)
    return TrueEvent(
        start, (start + stop) / 2, stop, "voluntary", side, regions[0], regions, mm, direction_deg, None
    )
