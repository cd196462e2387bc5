"""The truth sidecar: `<clip stem>.truth.json` beside the clip."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from twitchcam.files import replacing
from twitchcam.synth import timing
from twitchcam.synth.clip_file import clip_to_dict
from twitchcam.synth.events import true_events
from twitchcam.synth.portrait import Portrait
from twitchcam.synth.spec import Clip

SCHEMA = "twitchcam.truth/1"


def sidecar_path(video: str | Path) -> Path:
    """Return where a clip's truth lies."""
    return Path(video).with_suffix(".truth.json")


def truth_record(clip: Clip, portrait: Portrait, *, video: str, credit: str) -> dict[str, Any]:
    """Return the content of the sidecar.

    Times are seconds of media time; `events` has the columns of `events.tsv` (and `direction_deg`),
    `intervals` what is not
    to be counted, `clip` the full settings from which the same clip can be made again.
    """
    events, runs = true_events(clip, portrait)
    times, _ = timing.frame_times(clip.camera, clip.duration_s)
    return {
        "schema": SCHEMA,
        "video": video,
        "credit": credit,
        "mm_per_px": clip.mm_per_px,
        "eye_distance_px": clip.eye_distance_px,
        "fps": clip.camera.fps,
        "vfr": clip.camera.drop > 0,
        "frames": len(times),
        "duration_s": clip.duration_s,
        "mirrored": clip.mirrored,
        "events": [asdict(e) for e in events],
        "runs": [asdict(r) for r in runs],
        "intervals": {
            "blink": [[b.t_s, b.stop_s] for b in clip.blinks],
            "speech": [[s.start_s, s.stop_s] for s in clip.speech],
            "smile": [[s.start_s, s.stop_s] for s in clip.smiles],
            "chew": [[c.start_s, c.stop_s] for c in clip.acts.chewing],
            "yawn": [[y.start_s, y.stop_s] for y in clip.acts.yawns],
            "gesture": [[g.start_s, g.stop_s] for g in clip.acts.gestures],
            "turn": [[t.start_s, t.stop_s] for t in clip.acts.turns],
        },
        "clip": clip_to_dict(clip),
    }


def write_sidecar(video: str | Path, clip: Clip, portrait: Portrait, *, credit: str = "") -> Path:
    """Write the truth beside a clip and return its path."""
    path = sidecar_path(video)
    record = truth_record(clip, portrait, video=Path(video).name, credit=credit)
    with replacing(path) as handle:
        handle.write((json.dumps(_rounded(record), indent=1) + "\n").encode())
    return path


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return round(value, 6)
    if isinstance(value, dict):
        return {k: _rounded(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [_rounded(v) for v in value]
    return value
