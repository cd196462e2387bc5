"""The truth about a clip: what every region did, and the sidecar file that says so."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from twitchcam.synth import timing
from twitchcam.synth.motion import Script
from twitchcam.synth.portrait import Portrait
from twitchcam.synth.skin import Skin, find_slits
from twitchcam.synth.spec import Clip
from twitchcam.types import FloatArray


@dataclass(frozen=True)
class Truth:
    """True motion at the clip's frame times; n frames."""

    t_s: FloatArray
    """(n,)"""
    motion_mm: FloatArray
    """(n, 19, 2) displacement of each region's site from rest, relative to the head; x to the subject's
    left, y up."""
    head_mm: FloatArray
    """(n, 3) position of the head: subject's left, up, towards the camera."""
    turn_deg: FloatArray
    """(n, 3) yaw, pitch, roll with the signs of `Recording.pose_deg`, the fixed pose included."""
    closure: FloatArray
    """(n, 2) of the left and right eye: 0 open to 1 closed (blinks; lid twitches are in `motion_mm`)."""
    opening_mm: FloatArray
    """(n,) of the mouth, beyond rest."""
    mm_per_px: float


def truth(clip: Clip, portrait: Portrait, t_s: FloatArray | None = None) -> Truth:
    """Return the true motion at `t_s`, or at the clip's own frame times."""
    if t_s is None:
        t_s, _ = timing.frame_times(clip.camera, clip.duration_s)
    script, skin = Script(clip, portrait), Skin(find_slits(portrait))
    sites = portrait.sites_mm()
    states = [script.state(float(t)) for t in t_s]
    head_mm, turn_deg = script.head(t_s)
    return Truth(
        t_s=t_s,
        motion_mm=np.array([skin.displacement_mm(s, sites) for s in states]),
        head_mm=head_mm,
        turn_deg=turn_deg + np.array([clip.pose.yaw_deg, clip.pose.pitch_deg, clip.pose.roll_deg]),
        closure=np.array([[s.closure["left"], s.closure["right"]] for s in states]),
        opening_mm=np.array([s.opening_mm for s in states]),
        mm_per_px=clip.mm_per_px,
    )
