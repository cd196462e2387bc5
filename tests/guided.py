"""Artificial recordings of people who go through a guided protocol.

recording = guided(Person(strength=0.5), SHORT)
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from acts import perform as move
from recordings import StillFace

from twitchcam.protocol import Segment, in_order
from twitchcam.synth import timing
from twitchcam.synth.performer import Person, perform
from twitchcam.types import Recording

SHUT_READS = 0.15
"""Part of the lid gap that is read in a shut eye."""


def laid(*steps: tuple[str, float]) -> tuple[Segment, ...]:
    """Return segments of these tasks and lengths, one after the other."""
    found, at = [], 0.0
    for task, seconds in steps:
        found.append(Segment(task, at, at + seconds))  # type: ignore[arg-type]
        at += seconds
    return in_order(found)


COMPACT = laid(
    ("rest", 8), ("eyes_gentle", 4), ("brow_raise", 4), ("smile", 4), ("pucker", 4), ("snarl", 4),
    ("sentence", 9), ("rest", 9),
)  # fmt: skip


def still(person: Person, segments: Iterable[Segment], *, seed: int = 0) -> StillFace:
    """Return a face that does the tasks; more may be added to it."""
    clip = perform(segments, person)
    face = StillFace(duration_s=clip.duration_s, seed=seed)
    move(face, acts=clip.acts, speech=clip.speech, smiles=clip.smiles, bend=0.0)
    for i, side in enumerate(("left", "right")):
        face.opening[:, i] *= 1 - (1 - SHUT_READS) * timing.blink_closure(clip.blinks, side, face.t)
    for twitch in clip.twitches:
        if not twitch.site.endswith("mid"):
            continue  # regions of an artificial face move their neighbours along already
        pulses = timing.twitch_pulses(twitch)
        face.add(timing.pulse_value(pulses, twitch.waveform, face.t), twitch.site, twitch.direction_deg)
    return face


def guided(person: Person, segments: Iterable[Segment] = COMPACT, *, seed: int = 0) -> Recording:
    """Return the recording of a person who does the tasks of the segments."""
    laid_out = tuple(segments)
    return replace(still(person, laid_out, seed=seed).recording(), segments=laid_out)


def by_task(tasks: Iterable, name: str):  # type: ignore[no-untyped-def, type-arg]
    """Return the first measure of a task."""
    return next(t for t in tasks if t.task == name)
