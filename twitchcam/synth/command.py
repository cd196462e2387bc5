"""`twitchcam synth`: make a clip with known motion from a photo."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from twitchcam.errors import InputRefused
from twitchcam.files import replacing
from twitchcam.synth import recipes
from twitchcam.synth.acts import NO_ACTS
from twitchcam.synth.camera import Camera, Encoding
from twitchcam.synth.clip_file import read_clip
from twitchcam.synth.encode import encode
from twitchcam.synth.patients import patient as synthetic_patient
from twitchcam.synth.patients import smaller
from twitchcam.synth.portrait import ASTRONAUT_CREDIT, astronaut, read_portrait
from twitchcam.synth.render import Renderer
from twitchcam.synth.sidecar import write_sidecar
from twitchcam.synth.spec import Clip, Smile, Speech, Sway, Twitch
from twitchcam.synth.timing import frame_times
from twitchcam.types import Image

PRESETS: tuple[str, ...] = ("twitch", "spasm", "tremor", "still", "talk", "meal")
Progress = Callable[[int, int], None]
"""Called with (frames done, frames in all)."""


@dataclass(frozen=True, slots=True)
class MadeClip:
    """What was written."""

    video: Path
    sidecar: Path
    frames: int


def preset_clip(
    preset: str,
    *,
    site: str = "commissure_left",
    amplitude_mm: float = 0.6,
    hz: float = 5.0,
    duration_s: float = 12.0,
    seed: int = 0,
) -> Clip:
    """Return a ready clip: 'twitch' (one place, regular), 'spasm' (one-sided, irregular), 'tremor' (lower
    lip) or 'still'.

    All have ordinary blinks and some head sway; 'still' smiles once, 'talk' speaks, 'meal' chews and yawns.
    `site` applies to 'twitch'; its side to 'spasm'.
    """
    if not 0 < duration_s < math.inf:
        raise InputRefused(f"duration {duration_s:g}: give the length of the clip in seconds, such as 12")
    start, length = 0.25 * duration_s, 0.5 * duration_s
    twitches: tuple[Twitch, ...] = ()
    smiles: tuple[Smile, ...] = ()
    speech: tuple[Speech, ...] = ()
    acts = NO_ACTS
    if preset == "twitch":
        twitches = recipes.focal_twitch(site, start, length, hz=hz, amplitude_mm=amplitude_mm)
    elif preset == "spasm":
        side = "right" if site.endswith("_right") else "left"
        twitches = recipes.hemifacial_spasm(
            duration_s, side=side, amplitude_mm=max(amplitude_mm, 1.0), seed=seed
        )
    elif preset == "tremor":
        twitches = recipes.lip_tremor(start, length, hz=hz, amplitude_mm=amplitude_mm)
    elif preset == "still":
        smiles = (Smile(0.55 * duration_s, 0.55 * duration_s + 2.0, 7.0),) if duration_s >= 5 else ()
    elif preset == "talk":
        speech = (Speech(start, start + length, seed=seed),)
    elif preset == "meal":
        acts = recipes.meal(start, duration_s, seed=seed)
    else:
        raise InputRefused(f"preset {preset!r}: no such preset; choose one of {', '.join(PRESETS)}")
    return Clip(
        duration_s=duration_s,
        twitches=twitches,
        blinks=recipes.ordinary_blinks(duration_s, seed=seed),
        smiles=smiles,
        speech=speech,
        acts=acts,
        sway=Sway(1.5, 1.0, seed=seed),
        camera=Camera(seed=seed),
    )


def make_clip(
    out: Path,
    *,
    portrait: Path | None = None,
    settings: Path | None = None,
    patient: str = "",
    preset: str = "twitch",
    site: str = "commissure_left",
    amplitude_mm: float = 0.6,
    hz: float = 5.0,
    duration_s: float = 12.0,
    fps: float = 30.0,
    size: tuple[int, int] = (1280, 720),
    noise: float = 1.5,
    drop: float = 0.0,
    codec: str = "h264",
    bit_rate_bps: float = 12e6,
    mirrored: bool = False,
    seed: int = 0,
    credit: str = "",
    progress: Progress | None = None,
) -> MadeClip:
    """Write `out` (.mp4, .mov, .mkv, .webm, .avi) and its truth sidecar.

    With `settings` (TOML or JSON, or the sidecar of an earlier clip) everything comes from that file;
    with `patient` (a kind of `twitchcam.synth.patients`) from its seed, length, size and frame rate, and what
    the person would answer is written beside it (.answers.json); otherwise a `preset` is filmed as the other
    options say. Without `portrait` the NASA portrait of scikit-image is used, where
    installed.

    Raises
    ------
    InputRefused
        If the photo shows no face, a setting is unknown or out of range, or the file cannot be written.
    """
    if settings is not None:
        clip = read_clip(settings)
    elif patient:
        clip = _patient_clip(out, patient, seed, duration_s, size, fps, mirrored)
    else:
        base = preset_clip(
            preset, site=site, amplitude_mm=amplitude_mm, hz=hz, duration_s=duration_s, seed=seed
        )
        clip = replace(
            base,
            camera=Camera(size=size, fps=fps, noise=noise, drop=drop, seed=seed),
            encoding=Encoding(codec=codec, bit_rate_bps=bit_rate_bps),  # type: ignore[arg-type]  # checked there
            eye_distance_px=0.1435 * size[1] if size[0] >= size[1] else 0.17 * size[0],
            mirrored=mirrored,
        )
    face = astronaut() if portrait is None else read_portrait(portrait)
    credit = credit or (ASTRONAUT_CREDIT if portrait is None else f"portrait: {Path(portrait).name}")
    total = frame_times(clip.camera, clip.duration_s)[0].size
    pictures = _reporting(Renderer(clip, face).frames(), total, progress)
    frames = encode(out, pictures, clip.encoding, clip.camera.fps)
    return MadeClip(Path(out), write_sidecar(out, clip, face, credit=credit), frames)


def _patient_clip(
    out: Path, kind: str, seed: int, duration_s: float, size: tuple[int, int], fps: float, mirrored: bool
) -> Clip:
    """Return a synthetic patient's clip; the answers go to a file beside `out`."""
    made = synthetic_patient(kind, seed, duration_s=duration_s)
    clip = replace(smaller(made.clip, size, most_fps=fps), mirrored=mirrored)
    answers = Path(out).with_suffix(".answers.json")
    with replacing(answers) as handle:
        handle.write((json.dumps(dict(made.answers), indent=1) + "\n").encode())
    return clip


def _reporting(
    frames: Iterator[tuple[float, Image]], total: int, progress: Progress | None
) -> Iterator[tuple[float, Image]]:
    for done, item in enumerate(frames, start=1):
        yield item
        if progress is not None:
            progress(done, total)
