"""`twitchcam live`: the command that watches a camera."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from twitchcam.errors import InputRefused

if TYPE_CHECKING:
    from twitchcam.edges.camera import CameraSettings
    from twitchcam.live.options import SessionOptions
    from twitchcam.live.sources import LiveSource

EXAMPLES = """\b
Examples:
  twitchcam live                                  the first camera; opens the page in your browser
  twitchcam live --camera 1 --size 1920x1080      another camera, larger
  twitchcam live --camera http://192.168.1.20:8080/video
  twitchcam live --source clip.mp4                a recorded clip as if it came from a camera
  twitchcam live --seconds 60 --json              no page: 60 s from the first face on, then the summary

The page and everything it shows stay on this computer. Nothing is saved unless you choose to. Ctrl-C ends it
with exit code 0; without a page (--json) what was measured is printed first (130 when nothing was).
"""


def live(
    camera: Annotated[
        str, typer.Option("--camera", metavar="N|URL", help="Camera number, device, or http/rtsp address.")
    ] = "0",
    source: Annotated[
        Path | None,
        typer.Option("--source", metavar="CLIP", help="Play this clip in real time instead of a camera."),
    ] = None,
    list_cameras: Annotated[
        bool, typer.Option("--list-cameras", help="Name the cameras of this computer and stop.")
    ] = False,
    port: Annotated[
        int, typer.Option("--port", metavar="P", min=0, max=65535, help="Port of the page; 0: any free one.")
    ] = 0,
    no_browser: Annotated[
        bool, typer.Option("--no-browser", help="Only print the address, do not open it.")
    ] = False,
    window: Annotated[
        bool, typer.Option("--window", help="A plain window instead of the page (needs OpenCV with windows).")
    ] = False,
    seconds: Annotated[
        float | None,
        typer.Option("--seconds", metavar="S", help="A free recording ends by itself after so long."),
    ] = None,
    as_json: Annotated[
        bool,
        typer.Option("--json", help="No page: record from the first face on, print the summary as JSON."),
    ] = False,
    protocol: Annotated[
        str | None,
        typer.Option("--protocol", metavar="NAME|FILE", help="Guided protocol: standard, short, or a file."),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            metavar="DIR",
            help="Folder in which sessions are saved (twitchcam_results); with --json nothing is written "
            "without it.",
        ),
    ] = None,
    data_dir: Annotated[
        Path | None,
        typer.Option(
            "--data-dir", metavar="DIR", help="Folder of the history that a session may be kept in."
        ),
    ] = None,
    pd_mm: Annotated[
        float | None,
        typer.Option("--pd-mm", metavar="X", help="Your pupillary distance in mm, for a better scale."),
    ] = None,
    mirrored: Annotated[
        bool, typer.Option("--mirrored", help="The source shows a mirror image: swap the sides back.")
    ] = False,
    size: Annotated[
        str, typer.Option("--size", metavar="WxH", help="Picture size to ask the camera for.")
    ] = "1280x720",
    fps: Annotated[float, typer.Option("--fps", metavar="X", help="Pictures a second to ask for.")] = 30.0,
    exposure_ms: Annotated[
        float | None,
        typer.Option("--exposure-ms", metavar="X", help="Fixed shutter time to ask for; of a clip: its own."),
    ] = None,
    answers: Annotated[
        Path | None,
        typer.Option("--answers", metavar="FILE", help="Answers to the questionnaire, TOML or JSON."),
    ] = None,
) -> None:
    """Watch your own face with a camera, measured as it happens.

    Opens a page in your browser that shows the picture, the twitches and what to do better; at the end come
    the questionnaire and the report.
    """
    from twitchcam.live.command import run_headless, run_page, run_window

    if list_cameras:
        _print_cameras()
        return
    if window and as_json:
        raise InputRefused("--window and --json: choose one of them")
    wanted = _camera_settings(size, fps, exposure_ms, mirrored)
    options = _options(out, pd_mm, exposure_ms if source is not None else None, seconds, answers, protocol)
    options = replace(options, data_dir=data_dir)
    if as_json and seconds is None and protocol is None and source is None:
        raise InputRefused("--json records without a page, so say how long: --seconds 60, or --protocol")

    def opened() -> LiveSource:
        from twitchcam.live.sources import CameraSource, ClipSource

        return ClipSource(source, mirrored=mirrored) if source is not None else CameraSource(camera, wanted)

    if as_json:
        run_headless(opened, options, guided=protocol is not None, save=out is not None)
    elif window:
        run_window(opened, options, guided=protocol is not None)
    else:
        run_page(opened, options, port=port, browser=not no_browser)


def _print_cameras() -> None:
    from twitchcam.edges.camera import list_cameras

    found = list_cameras()
    for camera in found:
        place = f"  ({camera.device})" if camera.device is not None else ""
        print(f"{camera.number}  {camera.name}{place}")
    if not found:
        print(
            "No camera was found. Plug one in, or give the address of one in the network with --camera URL."
        )


def _camera_settings(size: str, fps: float, exposure_ms: float | None, mirrored: bool) -> CameraSettings:
    from twitchcam.cli_synth import parse_size
    from twitchcam.edges.camera import CameraSettings

    width, height = parse_size(size)
    exposure_s = None if exposure_ms is None else 1e-3 * exposure_ms
    return CameraSettings(width, height, fps, exposure_s=exposure_s, mirrored=mirrored)


def _options(
    out: Path | None,
    pd_mm: float | None,
    exposure_ms: float | None,
    seconds: float | None,
    answers: Path | None,
    protocol: str | None,
) -> SessionOptions:
    from twitchcam.edges.answers_file import read_answers
    from twitchcam.live.options import SessionOptions, all_protocols
    from twitchcam.protocols import read_protocol
    from twitchcam.session import Options, check_folder
    from twitchcam.triage.answers import Answers

    Options(pd_mm=pd_mm, exposure_ms=exposure_ms)  # its checks, and their words
    if seconds is not None and not 1 <= seconds <= 86400:
        raise InputRefused(f"--seconds {seconds:g}: give 1 to 86400 seconds; 60 is a good start")
    protocols = all_protocols()
    if protocol is not None:
        chosen = read_protocol(protocol)
        protocols = {chosen.name: chosen, **{n: p for n, p in protocols.items() if n != chosen.name}}
    folder = out or Path("twitchcam_results")
    check_folder(folder)
    return SessionOptions(
        out=folder,
        pd_mm=pd_mm,
        exposure_ms=exposure_ms,
        limit_s=seconds,
        answers=read_answers(answers) if answers is not None else Answers(),
        protocols=protocols,
    )
