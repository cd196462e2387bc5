"""A synthetic person who goes through a guided protocol: how strong each side is, and what moves along.

Made for the segments of a protocol: perform(read_protocol("standard").segments(), Person(strength=0.3)).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from twitchcam.protocol import Segment
from twitchcam.synth.acts import Acts, Gesture
from twitchcam.synth.refuse import require
from twitchcam.synth.spec import Blink, Clip, Smile, Speech, Twitch

LID_S = 0.45
"""A lid that closes on request takes a third of this down and half of it up."""
GESTURE_OF = {"brow_raise": "brows", "pucker": "pucker", "snarl": "snarl"}
LEAST_HOLD_S = 1.2


@dataclass(frozen=True, slots=True)
class Person:
    """Who performs. Millimetres of a healthy side; shares are parts of that on the weak side."""

    weak: Literal["left", "right"] = "left"
    """The side that the shares and what moves along belong to."""
    strength: float = 1.0
    """Share of smile, pucker and snarl on the weak side."""
    brow: float = 1.0
    """Share of the brow."""
    lid: float = 1.0
    """Share of the eye's closing."""
    smile_mm: float = 9.0
    pucker_mm: float = 5.0
    snarl_mm: float = 5.0
    brow_mm: float = 5.0
    squeeze_mm: float = 2.0
    """What brows and cheeks of both sides do when the eyes are shut firmly."""
    pull_mm: float = 0.0
    """The weak side's mouth corner is pulled by this along with closed eyes and raised brows (synkinesis)."""
    narrowing: float = 0.0
    """Part by which the weak side's eye closes along with smile, pucker and snarl (synkinesis)."""
    tremor_mm: float = 0.0
    """Peak to peak, of the lower lip while a position is held or the eyes are closed."""
    rest_tremor_mm: float = 0.0
    tremor_hz: float = 5.0
    reaction_s: float = 0.5
    """From the prompt to the movement, at the beginning and at the end of a task."""
    blinks_per_min: float = 14.0
    idle: tuple[str, ...] = ()
    """Tasks that are not performed."""
    seed: int = 0

    def __post_init__(self) -> None:
        shares = (self.strength, self.brow, self.lid, self.narrowing)
        require(all(0 <= s <= 1 for s in shares), "person", "shares are parts of the way, 0-1")
        require(self.reaction_s >= 0, "person", "reaction_s must not be negative")

    def sides(self, share: float) -> dict[str, float]:
        """Return {'left': ..., 'right': ...} with the weak side's share."""
        return {side: share if side == self.weak else 1.0 for side in ("left", "right")}

    def only(self) -> dict[str, float]:
        """Return the sides for what moves on the weak side alone."""
        return {side: float(side == self.weak) for side in ("left", "right")}


def perform(segments: Iterable[Segment], person: Person, **more: Any) -> Clip:
    """Return the clip in which `person` does the tasks; `more` are further settings of the clip.

    A task begins and ends `reaction_s` after its segment. The clip is as long as the last segment unless
    `duration_s` says otherwise.
    """
    laid = tuple(segments)
    duration_s = more.pop("duration_s", laid[-1].end_s)
    done = [s for s in laid if s.task not in person.idle]
    return Clip(
        duration_s=duration_s,
        smiles=tuple(_smiles(done, person)),
        speech=tuple(
            Speech(*_span(s, person, duration_s), seed=person.seed + k)
            for k, s in enumerate(done)
            if s.task == "sentence"
        ),
        acts=Acts(gestures=tuple(_gestures(done, person, duration_s))),
        blinks=(*_closings(done, person, duration_s), *_blinks(laid, person)),
        twitches=tuple(_tremor(laid, person, duration_s)),
        **more,
    )


def _span(segment: Segment, person: Person, duration_s: float) -> tuple[float, float]:
    start = segment.start_s + person.reaction_s
    stop = min(segment.end_s + person.reaction_s, duration_s - 0.05)
    require(stop - start >= LEAST_HOLD_S, segment.words, f"too short to be performed ({LEAST_HOLD_S:g} s)")
    return start, stop


def _smiles(done: list[Segment], person: Person) -> Iterator[Smile]:
    for s in done:
        if s.task == "smile":
            yield Smile(*_span(s, person, s.end_s + 9), person.smile_mm, **person.sides(person.strength))


def _gestures(done: list[Segment], person: Person, duration_s: float) -> Iterator[Gesture]:
    mm = {"brow_raise": person.brow_mm, "pucker": person.pucker_mm, "snarl": person.snarl_mm}
    for s in done:
        if s.task in ("rest", "sentence", "smile"):
            continue
        span = _span(s, person, duration_s)
        if kind := GESTURE_OF.get(s.task):
            share = person.brow if s.task == "brow_raise" else person.strength
            yield Gesture(kind, *span, mm[s.task], **person.sides(share))  # type: ignore[arg-type]
        elif s.task == "eyes_firm" and person.squeeze_mm:
            yield Gesture("squeeze", *span, person.squeeze_mm, **person.sides(person.lid))
        if s.task in ("eyes_gentle", "eyes_firm", "brow_raise") and person.pull_mm:
            yield Gesture("pull", *span, person.pull_mm, **person.only())


def _closings(done: list[Segment], person: Person, duration_s: float) -> Iterator[Blink]:
    for s in done:
        if s.task in ("eyes_gentle", "eyes_firm"):
            depths = person.sides(person.lid)
        elif s.task in ("smile", "pucker", "snarl"):
            depths = {person.weak: person.narrowing}
        else:
            continue
        start, stop = _span(s, person, duration_s)
        for side, depth in depths.items():
            if depth > 0:
                yield Blink(start, side, LID_S, depth, stop - start - LID_S)  # type: ignore[arg-type]


def _blinks(laid: tuple[Segment, ...], person: Person) -> Iterator[Blink]:
    """Blinks while the eyes are not asked to be closed."""
    rng = np.random.default_rng([person.seed, 71])
    closed = [s for s in laid if s.task in ("eyes_gentle", "eyes_firm")]
    if person.blinks_per_min <= 0:
        return
    t = laid[0].start_s + float(rng.uniform(0.8, 2.0))
    while t < laid[-1].end_s - 0.5:
        if not any(s.start_s - 0.3 < t < s.end_s + person.reaction_s + 0.5 for s in closed):
            yield Blink(round(t, 3))
        t += float(np.clip(rng.normal(1.0, 0.35), 0.4, 2.0)) * 60.0 / person.blinks_per_min


def _tremor(laid: tuple[Segment, ...], person: Person, duration_s: float) -> Iterator[Twitch]:
    for s in laid:
        mm = person.rest_tremor_mm if s.task == "rest" else person.tremor_mm
        if mm <= 0 or s.task == "sentence":
            continue
        start, stop = _span(s, person, duration_s)
        for site, share in (("lower_lip_left", 0.7), ("lower_lip_mid", 1.0), ("lower_lip_right", 0.7)):
            yield Twitch(
                site, share * mm, start + 0.4, stop - start - 0.8, person.tremor_hz, waveform="sine",
                spread_mm=9.0, group="tremor", seed=person.seed,
            )  # fmt: skip
