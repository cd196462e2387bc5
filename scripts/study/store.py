"""The cache: clips are rendered once with their truth; recordings are made again for a changed program."""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from queue import Full, Queue
from typing import Any

import numpy as np
from scipy.signal import welch

from study.baselines import with_landmarks
from study.case import Case, Version
from twitchcam.edges.decode import open_video
from twitchcam.edges.recordings import load_recording, save_recording
from twitchcam.front.anatomy import EYES, OVAL
from twitchcam.regions import INDEX
from twitchcam.session import Options, record
from twitchcam.synth import Portrait, Renderer, Sway, encode, read_portrait, true_events, truth
from twitchcam.types import FloatArray, Image, Recording

Facts = dict[str, Any]
REGISTRATION = "registration"
METHODS = (REGISTRATION, "facemesh", "tasks_video")
CODED = 219.0 / 255.0
"""Luma codes for one grey level of the renderer (BT.601, limited range)."""
LUMA = np.array([0.299, 0.587, 0.114])
HEARD = (30, 94)
"""Frames whose stored noise is measured."""
EVERY = 11
"""Every so many face pixels show the noise's spectrum well enough."""
BAND_HZ = (2.0, 12.0)


@dataclass(frozen=True)
class Store:
    """Where everything is kept."""

    folder: Path

    def clip_path(self, case: Case, version: Version) -> Path:
        return self.folder / "clips" / f"{_name(case, version)}{version.suffix}"

    def facts_path(self, case: Case) -> Path:
        return self.folder / "clips" / f"{case.name}.facts.npz"

    def recording_path(self, case: Case, version: Version, method: str) -> Path:
        return self.folder / "recordings" / f"{_name(case, version)}.{method}.npz"

    def is_rendered(self, case: Case) -> bool:
        # The facts are written last.
        return self.facts_path(case).exists()

    def facts(self, case: Case) -> Facts:
        """Return the truth of a clip, which is rendered when it is not there."""
        if not self.is_rendered(case):
            render(self, case)
        with np.load(self.facts_path(case)) as archive:
            return dict(archive)

    def recording(self, case: Case, version: Version, method: str = REGISTRATION) -> Recording:
        """Return what the program (or a baseline) recorded of a clip, made when it is not there."""
        path = self.recording_path(case, version, method)
        if path.exists():
            return load_recording(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        clip = self.clip_path(case, version)
        if not self.is_rendered(case):
            render(self, case)
        if method == REGISTRATION:
            made = record(clip, Options())
        else:
            made = with_landmarks(self.recording(case, version), clip, method)
        save_recording(made, path)
        return load_recording(path)

    def forget_recordings(self) -> None:
        """Throw the recordings away; the clips stay."""
        for path in (self.folder / "recordings").glob("*.npz"):
            path.unlink()


def _name(case: Case, version: Version) -> str:
    return f"{case.name}.{version.tag}" if version.tag else case.name


def render(store: Store, case: Case) -> None:
    """Draw a case's clip, store its versions, and write the truth beside them."""
    store.facts_path(case).parent.mkdir(parents=True, exist_ok=True)
    portrait = read_portrait(case.photo)
    drawn = _Drawn(case, portrait)
    _write_versions(store, case, drawn)
    facts = _truth_of(case, portrait)
    if case.listen:
        facts |= _at_rest(case, portrait)
        mask = face_mask(facts["points_px"], drawn.heard[0].shape, case.clip.mm_per_px)
        for version in case.versions:
            found = _listen(store.clip_path(case, version), np.array(drawn.heard), mask)
            facts |= {f"{key}_{version.tag}": value for key, value in found.items()}
    part = store.facts_path(case).with_suffix(f".part{os.getpid()}.npz")
    np.savez_compressed(part, **facts)
    part.replace(store.facts_path(case))


class _Drawn:
    """The pictures of a case: drawn once, with each version's camera noise."""

    def __init__(self, case: Case, portrait: Portrait) -> None:
        self.case = case
        self.heard: list[FloatArray] = []
        self._first = Renderer(case.clip, portrait)
        self._light: tuple[float, FloatArray] | None = None
        self._still = case.clip.sway == Sway() and not case.clip.twitches and not case.clip.blinks
        seeds = {v.noise_seed for v in case.versions}
        self._takes = {seed: self._take(seed, portrait) for seed in seeds}

    def _take(self, seed: int | None, portrait: Portrait) -> Renderer:
        clip = self.case.clip
        if seed is not None and seed != clip.camera.seed:
            clip = replace(clip, camera=replace(clip.camera, seed=seed))
        take = Renderer(clip, portrait)
        take.light = self.light  # type: ignore[assignment,method-assign]  # drawn once for all takes
        return take

    def light(self, t_s: float) -> FloatArray:
        if self._light is None or (self._light[0] != t_s and not self._still):
            self._light = (t_s, self._first.light(t_s))
        return self._light[1].copy()

    def __iter__(self) -> Iterator[tuple[float, dict[int | None, Image]]]:
        """Yield (time, picture by noise seed) of every frame."""
        camera, n = self.case.clip.camera, self.case.frames
        for k in range(n):
            t_s = k / camera.fps
            yield t_s, {seed: take.picture(t_s, k) for seed, take in self._takes.items()}
            if self.case.listen and HEARD[0] <= k < HEARD[1]:
                self.heard.append(coded(self.light(t_s)))


def coded(light: FloatArray) -> FloatArray:
    """Return the luma codes (h, w) float32 of a noiseless picture (h, w, 3)."""
    return np.asarray(16 + CODED * (np.clip(light, 0, 255) @ LUMA), np.float32)


def _write_versions(store: Store, case: Case, drawn: _Drawn) -> None:
    """Encode all versions side by side while the clip is drawn once."""
    fps = case.clip.camera.fps
    queues: list[Queue[tuple[float, Image] | None]] = [Queue(4) for _ in case.versions]
    paths = [store.clip_path(case, v) for v in case.versions]
    parts = [p.with_name(f"part{os.getpid()}.{p.name}") for p in paths]
    with ThreadPoolExecutor(len(queues)) as pool:
        jobs = [
            pool.submit(encode, part, iter(queue.get, None), version.encoding, fps)  # type: ignore[arg-type]
            for part, queue, version in zip(parts, queues, case.versions, strict=True)
        ]
        try:
            for t_s, pictures in drawn:
                for queue, version, job in zip(queues, case.versions, jobs, strict=True):
                    _hand_on(queue, (t_s, pictures[version.noise_seed]), job)
        finally:
            for queue, job in zip(queues, jobs, strict=True):
                _hand_on(queue, None, job)
        for job in jobs:
            job.result()
    for part, path in zip(parts, paths, strict=True):
        part.replace(path)


def _hand_on(queue: Queue[Any], item: Any, job: Future[int]) -> None:
    while not job.done():
        try:
            queue.put(item, timeout=1.0)
        except Full:
            continue
        return


def _truth_of(case: Case, portrait: Portrait) -> Facts:
    true = truth(case.clip, portrait)
    events = [e for e in true_events(case.clip, portrait)[0] if e.trial_type in ("twitch", "tonic")]
    return {
        "t_s": true.t_s,
        "motion": true.motion_mm.astype(np.float32),
        "mm_per_px": true.mm_per_px,
        "onset_s": np.array([e.onset for e in events]),
        "peak_s": np.array([e.peak for e in events]),
        "offset_s": np.array([e.offset for e in events]),
        "amplitude_mm": np.array([e.amplitude_mm for e in events]),
        "direction_deg": np.array([e.direction_deg for e in events]),
        "region": np.array([INDEX[e.region] for e in events], dtype=int),
    }


def _at_rest(case: Case, portrait: Portrait) -> Facts:
    """Return the noiseless resting picture and where the face's landmarks lie in it."""
    still = replace(case.clip, twitches=(), blinks=(), sway=Sway())
    renderer = Renderer(still, portrait)
    mm = portrait.landmarks_mm()
    x, y = renderer.scene.to_px(mm[:, 0], mm[:, 1])
    points = np.column_stack([x, y, -mm[:, 2] / still.mm_per_px])
    return {"clean": coded(renderer.light(0.0)), "points_px": points}


def face_mask(points_px: FloatArray, shape: tuple[int, ...], mm_per_px: float) -> FloatArray:
    """Return (h, w) bool: inside the outline of the face and outside the eye openings."""
    import cv2

    def filled(outline: tuple[int, ...]) -> Any:
        mask = np.zeros(shape[:2], np.uint8)
        cv2.fillPoly(mask, [np.round(points_px[list(outline), :2] * 16).astype(np.int32)], (1,), shift=4)
        return mask

    eyes = np.maximum(filled(EYES[0]), filled(EYES[1]))
    margin = max(1, round(1.0 / mm_per_px))
    eyes = cv2.dilate(eyes, np.ones((2 * margin + 1,) * 2, np.uint8))
    return np.asarray((filled(OVAL) > 0) & (eyes == 0))


def _listen(path: Path, clean: FloatArray, mask: FloatArray) -> Facts:
    """Return what the stored pictures have beyond the noiseless ones, on the face, in luma codes.

    `noise_sd`: standard deviation of a pixel; `noise_band`: its density between 2 and 12 Hz.
    """
    with open_video(path) as video:
        stored = [np.asarray(f.picture.luma, np.float32) for f in video if HEARD[0] <= f.index < HEARD[1]]
    beyond = np.array([(s - c)[mask] for s, c in zip(stored, clean, strict=True)])
    # A part that never changes (rounding of a picture that does not move) moves no landmark.
    beyond = beyond - beyond.mean(axis=1, keepdims=True) - beyond.mean(axis=0)
    n = len(stored)
    with open_video(path) as video:
        fps = float(video.source.fps or 30.0)
    hz, power = welch(beyond[:, ::EVERY], fps, nperseg=n, axis=0, detrend=False)
    band = (hz >= BAND_HZ[0]) & (hz <= BAND_HZ[1])
    sd = float(np.sqrt((beyond**2).mean() * n / (n - 1)))
    return {"noise_sd": sd, "noise_band": float(np.sqrt(power[band].mean()))}
