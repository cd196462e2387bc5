"""The probe: tries what may crash, and reports line by line to the process that started it (`children`)."""

from __future__ import annotations

import contextlib
import importlib
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from twitchcam.doctor.children import MARK

PICTURES, SIDE_PX = 12, 128
"""Of the clip that is encoded and decoded again: small, but larger than every codec's smallest block."""
SETTLED = 35
"""The first second is kept back to learn from and then measured in one go; the pace is counted after it."""


def say(**report: Any) -> None:
    """Hand a report to the parent at once: the next step may end this process."""
    print(MARK + json.dumps(report), flush=True)


def main() -> None:
    """Run the task that the arguments name."""
    task, *arguments = sys.argv[1:]
    tasks: dict[str, Callable[..., None]] = {
        "imports": try_imports,
        "codecs": try_codecs,
        "measure": try_measuring,
        "cameras": list_them,
        "camera": try_camera,
    }
    tasks[task](*arguments)


def try_imports(*names: str) -> None:
    """Import each module; report it before and after, so that the one that crashes is known."""
    for name in names:
        say(name=name, began=True)
        try:
            with _as_we_do(name):
                module = importlib.import_module(name)
        except Exception as error:  # whatever a broken library raises is its fault, and is told
            say(name=name, error=f"{type(error).__name__}: {error}".strip()[:400])
        else:
            say(name=name, file=getattr(module, "__file__", None) or "")


def _as_we_do(name: str) -> contextlib.AbstractContextManager[None]:
    if not name.startswith("mediapipe"):
        return contextlib.nullcontext()
    from twitchcam.edges.mediapipe_quiet import without_drawing

    return without_drawing()


def try_codecs(folder: str, *codecs: str) -> None:
    """Try each codec; report it before and after."""
    for codec in codecs:
        say(name=codec, began=True)
        try:
            _try_codec(codec, folder)
        except Exception as error:  # of the encoder or the decoder, which one is known from the reports
            say(name=codec, error=f"{type(error).__name__}: {error}".strip()[:400])


def _try_codec(codec: str, folder: str) -> None:
    """Encode a few moving pictures and decode them again; report how many came back, and how true."""
    import numpy as np

    from twitchcam.edges.decode import open_video
    from twitchcam.synth.camera import Encoding
    from twitchcam.synth.encode import encode

    rows, columns = np.mgrid[0:SIDE_PX, 0:SIDE_PX]
    greys = [
        (128 + 60 * np.sin((columns + 2 * k) / 9) + 40 * np.cos(rows / 13)).astype(np.uint8)
        for k in range(PICTURES)
    ]
    path = Path(folder) / f"{codec}.mkv"
    frames = [(k / 30, np.repeat(grey[..., None], 3, axis=2)) for k, grey in enumerate(greys)]
    encode(path, frames, Encoding(codec=codec, bit_rate_bps=2e6), 30.0)  # type: ignore[arg-type]
    say(name=codec, encoded=True)
    with open_video(path) as video:
        decoded = [np.asarray(frame.picture.luma, float) for frame in video]
    # limited range: 16 is black and 235 white
    wrong = [
        float(np.abs(16 + grey * (219 / 255) - luma).mean())
        for grey, luma in zip(greys, decoded, strict=False)
    ]
    say(name=codec, pictures=len(decoded), off=max(wrong, default=0.0))


def try_measuring(clip: str) -> None:
    """Measure a clip from beginning to end as `analyze` does, but write nothing; report how fast it went."""
    import numpy as np

    from twitchcam.session import Options, analyse_clip

    stamps: list[tuple[int, float]] = []

    def progress(stage: str, done: int, _expected: int | None) -> None:
        if stage == "measuring":
            stamps.append((done, time.perf_counter()))

    began = time.perf_counter()
    result = analyse_clip(clip, None, Options(), progress=progress)
    total_s = time.perf_counter() - began
    steady = stamps[SETTLED:] if len(stamps) > SETTLED + 10 else stamps
    recording = result.recording
    say(
        frames=len(recording.t_s),
        faces=int(np.isfinite(recording.eye_distance_px).sum()),
        width=recording.source.width,
        height=recording.source.height,
        total_s=total_s,
        fps=(len(steady) - 1) / max(steady[-1][1] - steady[0][1], 1e-6),
        tracker=recording.tracker.backend,
        model_sha256=recording.tracker.model_sha256,
    )


def list_them() -> None:
    """Report the cameras of this computer. On Linux only: elsewhere they are found by opening them."""
    import os

    from twitchcam.edges.camera import list_cameras
    from twitchcam.edges.camera.refusal import programs_using

    for camera in list_cameras():
        assert camera.device is not None
        say(
            number=camera.number,
            name=camera.name,
            device=str(camera.device),
            allowed=os.access(camera.device, os.R_OK | os.W_OK),
            users=programs_using(camera.device),
        )


def try_camera(source: str) -> None:
    """Open a camera, wait for its first picture, and let it go."""
    from twitchcam.edges.camera import open_feed
    from twitchcam.errors import InputRefused

    try:
        with open_feed(source) as feed:
            frame = feed.latest(timeout_s=5.0)
            if frame is None:
                say(refused=f"{feed.name} opened, but gave no picture; close other programs that use it")
                return
            size = f"{frame.picture.width}x{frame.picture.height}"
            say(camera=feed.name, size=size, brightness=feed.status().brightness)
    except InputRefused as error:
        say(refused=str(error))
