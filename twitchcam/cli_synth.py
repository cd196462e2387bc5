"""`twitchcam synth`: the command that makes a clip with known twitches."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from twitchcam.errors import InputRefused
from twitchcam.progress import ProgressDisplay

EXAMPLES = """\b
Examples:
  twitchcam synth twitch.mp4 --site commissure_left --amplitude-mm 0.5 --hz 5
  twitchcam synth spasm.mp4 --preset spasm --portrait me.jpg --duration 20
  twitchcam synth patient.mp4 --patient hfs --seed 3 --portrait me.jpg
  twitchcam synth again.mp4 --settings twitch.truth.json
"""


def synth(
    context: typer.Context,
    clip: Annotated[
        Path, typer.Argument(metavar="CLIP", help="Video to write: .mp4, .mov, .mkv, .webm or .avi.")
    ],
    portrait: Annotated[
        Path | None,
        typer.Option("--portrait", metavar="FILE", help="Frontal photo; without it one from scikit-image."),
    ] = None,
    settings: Annotated[
        Path | None,
        typer.Option("--settings", metavar="FILE", help="The whole clip from a TOML, JSON or truth file."),
    ] = None,
    patient: Annotated[
        str,
        typer.Option("--patient", metavar="KIND", help="A synthetic patient (60 s), such as hfs or benign."),
    ] = "",
    preset: Annotated[
        str, typer.Option("--preset", metavar="NAME", help="twitch, spasm, tremor, still, talk or meal.")
    ] = "twitch",
    site: Annotated[
        str, typer.Option("--site", metavar="REGION", help="Region that twitches, such as lower_lip_right.")
    ] = "commissure_left",
    amplitude_mm: Annotated[
        float, typer.Option("--amplitude-mm", metavar="X", help="Peak to peak, in mm.")
    ] = 0.6,
    hz: Annotated[float, typer.Option("--hz", metavar="X", help="Twitches a second.")] = 5.0,
    duration: Annotated[float, typer.Option("--duration", metavar="S", help="Length in seconds.")] = 12.0,
    fps: Annotated[float, typer.Option("--fps", metavar="X", help="Pictures a second.")] = 30.0,
    size: Annotated[str, typer.Option("--size", metavar="WxH", help="Size of the picture.")] = "1280x720",
    noise: Annotated[float, typer.Option("--noise", metavar="X", help="Camera noise in grey levels.")] = 1.5,
    drop: Annotated[float, typer.Option("--drop", metavar="X", help="Fraction of pictures left out.")] = 0.0,
    codec: Annotated[
        str, typer.Option("--codec", metavar="NAME", help="h264, hevc, vp9, av1, mjpeg or ffv1.")
    ] = "h264",
    mbit: Annotated[float, typer.Option("--mbit", metavar="X", help="Bit rate in Mbit/s.")] = 12.0,
    mirrored: Annotated[bool, typer.Option("--mirrored", help="Film it as a mirror image.")] = False,
    seed: Annotated[int, typer.Option("--seed", metavar="N", help="Of everything random.")] = 0,
) -> None:
    """Make a video with exactly known twitches from a photo, and its truth beside it."""
    from twitchcam.synth.command import make_clip

    if settings is not None:
        refuse_beside_settings(context)
    elif patient:
        duration = refuse_beside_patient(context, duration)
    with ProgressDisplay(clip.name) as progress:
        made = make_clip(
            clip,
            portrait=portrait,
            settings=settings,
            patient=patient,
            preset=preset,
            site=site,
            amplitude_mm=amplitude_mm,
            hz=hz,
            duration_s=duration,
            fps=fps,
            size=parse_size(size),
            noise=noise,
            drop=drop,
            codec=codec,
            bit_rate_bps=mbit * 1e6,
            mirrored=mirrored,
            seed=seed,
            progress=lambda done, total: progress("filming", done, total),
        )
    print(f"{made.video}: {made.frames} frames; its truth is in {made.sidecar}")


def parse_size(text: str) -> tuple[int, int]:
    """Return (width, height) from a text such as 1280x720.

    Raises
    ------
    InputRefused
        If the text is not two whole numbers with an x between them.
    """
    width, _, height = text.lower().partition("x")
    if not (width.isascii() and width.isdigit() and height.isascii() and height.isdigit()):
        raise InputRefused(f"--size {text}: give width and height in pixels, such as 1280x720")
    return int(width), int(height)


def refuse_beside_settings(context: Any) -> None:
    """Refuse options that say what the settings file says already: one of the two would be ignored."""
    free = {"context", "clip", "settings", "portrait"}
    for option in _given(context, free):
        raise InputRefused(f"{option}: --settings describes the whole clip; change that file instead")


def refuse_beside_patient(context: Any, duration_s: float) -> float:
    """Refuse options that a synthetic patient decides; return the clip's length: a minute unless it was
    given.
    """
    free = {"context", "clip", "portrait", "patient", "seed", "duration", "size", "fps", "mirrored"}
    for option in _given(context, free):
        raise InputRefused(f"{option}: --patient decides that; leave it out, or use --preset instead")
    return duration_s if context.get_parameter_source("duration").name == "COMMANDLINE" else 60.0


def _given(context: Any, free: set[str]) -> list[str]:
    """Return the options on the command line that are not in `free`."""
    return [
        option.opts[0]
        for option in context.command.params
        if option.name not in free
        and (source := context.get_parameter_source(option.name)) is not None
        and source.name == "COMMANDLINE"
    ]
