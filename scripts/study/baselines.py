"""The baselines: landmarks in place of the registration, measured by the same back."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from twitchcam.edges.decode import open_video
from twitchcam.edges.recordings import as_stored
from twitchcam.errors import InputRefused
from twitchcam.front.anatomy import STABLE, region_places
from twitchcam.front.canonical import apply, fit_similarity_robust, invert
from twitchcam.session import make_tracker
from twitchcam.types import FloatArray, Recording


def has_tasks_model() -> bool:
    """Tell whether the Tasks model is at hand (`TWITCHCAM_MODEL_DIR`, or models/)."""
    from twitchcam.edges.tasks import find_model

    try:
        find_model()
    except InputRefused:
        return False
    return True


def landmark_motion(points: list[FloatArray | None], mm: float) -> FloatArray:
    """Return (n, 19, 2) motion of the regions' landmarks after a similarity from the stable points."""
    first = next(p for p in points if p is not None)
    home = first[list(STABLE), :2]
    out = np.full((len(points), 19, 2), np.nan)
    for i, p in enumerate(points):
        if p is not None:
            to_here = fit_similarity_robust(home, p[list(STABLE), :2])
            out[i] = apply(invert(to_here), region_places(p)[:, :2])
    return out * [mm, -mm]


def track_all(path: Path, backend: str) -> list[FloatArray | None]:
    """Return a backend's landmarks of every frame: 'facemesh' (refined) or 'tasks_video'."""
    if backend == "tasks_video":
        from twitchcam.edges.tasks import TasksTracker

        tracker: Any = TasksTracker(smoothed=True)
    else:
        tracker = make_tracker(backend)
    try:
        with open_video(path) as video:
            found = [tracker.track(frame) for frame in video]
    finally:
        tracker.close()
    return [None if f is None else f.points_px for f in found]


def with_landmarks(recording: Recording, path: Path, backend: str) -> Recording:
    """Return the recording with the landmarks' motion in place of the registration's."""
    mm_per_px = recording.scale.mm_per_px or 1.0
    motion = landmark_motion(track_all(path, backend), mm_per_px)
    # The back takes its noise from the recording itself; registration's prediction means nothing here.
    spread = np.nanmedian(np.abs(np.diff(motion, axis=0)), axis=(0, 2)) * 1.4826 / np.sqrt(2)
    return as_stored(
        replace(
            recording,
            motion_mm=motion,
            region_sd_mm=np.broadcast_to(spread, recording.region_sd_mm.shape).copy(),
        )
    )
