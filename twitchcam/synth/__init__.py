"""Synthetic clips with exactly known facial motion: a portrait photo is animated, filmed and encoded.

    portrait = read_portrait("face.jpg")
    train = Twitch("commissure_left", 0.5, 4, duration_s=6, hz=5, waveform="sine")
    clip = Clip(duration_s=10, twitches=(train,), blinks=(Blink(2.0), Blink(7.1)), sway=Sway(2.0, 1.5))
    write_clip("clip.mp4", clip, portrait)                  # with clip.truth.json beside it
    for t_s, rgb in render(clip, portrait): ...             # or the pictures themselves
    motion = truth(clip, portrait).motion_mm                # (frames, 19 regions, 2) mm, relative to the head

The drawing shares with the measuring code only the names and places of the regions, no kernel and no warp:
it is the independent side of every check.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from twitchcam.synth import recipes
from twitchcam.synth.acts import Acts, Chewing, Gesture, Turn, Yawn
from twitchcam.synth.camera import Breathing, Camera, Encoding, Exposure
from twitchcam.synth.encode import encode
from twitchcam.synth.events import TrueEvent, TrueRun, true_events
from twitchcam.synth.occluders import renderer
from twitchcam.synth.portrait import Portrait, astronaut, find_landmarks, read_portrait
from twitchcam.synth.render import Renderer
from twitchcam.synth.sidecar import sidecar_path, truth_record, write_sidecar
from twitchcam.synth.spec import Blink, Clip, Cover, Pose, Smile, Speech, Sway, Twitch
from twitchcam.synth.truth import Truth, truth
from twitchcam.types import Image

__all__ = [
    "Acts", "Blink", "Breathing", "Camera", "Chewing", "Clip", "Cover", "Encoding", "Exposure", "Gesture",
    "Portrait", "Pose", "Renderer", "Smile", "Speech", "Sway", "TrueEvent", "TrueRun", "Truth", "Turn",
    "Twitch", "Yawn", "astronaut", "encode", "find_landmarks", "read_portrait", "recipes", "render",
    "sidecar_path", "true_events", "truth", "truth_record", "write_clip", "write_sidecar",
]  # fmt: skip


def render(clip: Clip, portrait: Portrait) -> Iterator[tuple[float, Image]]:
    """Yield (media time in s, (h, w, 3) uint8 RGB) for every frame of a clip, before encoding."""
    return renderer(clip, portrait).frames()


def write_clip(path: str | Path, clip: Clip, portrait: Portrait, *, credit: str = "") -> int:
    """Render and encode a clip, write its truth sidecar beside it, and return the number of frames."""
    frames = encode(path, render(clip, portrait), clip.encoding, clip.camera.fps)
    write_sidecar(path, clip, portrait, credit=credit)
    return frames
