"""Artificial recordings with known movements, for tests and studies of the analysis.

A recording is built up from a still face: `face = StillFace(duration_s=20); face.twitch(...); recording =
face.recording()`. Movements spread to neighbouring regions with distance, as the front's overlapping
spatial basis makes them.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from twitchcam.regions import INDEX, MIRROR, REGIONS, side_of
from twitchcam.types import FloatArray, Recording, Scale, Source, TrackerInfo

_RIGHT_HALF = {
    "upper_lip": (12, -58), "lower_lip": (12, -70), "commissure": (25, -64), "cheek": (40, -45),
    "lower_eyelid": (31, -7), "upper_eyelid": (31, 6), "brow": (32, 22), "chin": (18, -88),
}  # fmt: skip
_MID = {"upper_lip_mid": (0, -56), "lower_lip_mid": (0, -72), "chin_mid": (0, -92)}
SPREAD_MM = 12.0


def position_mm(region: str) -> tuple[float, float]:
    """Return where a region lies: millimetres from the midpoint of the eyes, subject's left and up
    positive."""
    if region in _MID:
        return _MID[region]
    x, y = _RIGHT_HALF[region.rsplit("_", 1)[0]]
    return (x if side_of(region) == "left" else -x, y)


POSITIONS = np.array([position_mm(n) for n in REGIONS], dtype=float)


def spread_from(region: str) -> FloatArray:
    """Return (19,) how much of a movement of `region` shows in each region, 1 in itself."""
    away = np.sum((POSITIONS - POSITIONS[INDEX[region]]) ** 2, axis=1)
    share = np.exp(-away / (2 * SPREAD_MM**2))
    return np.where(share < 0.02, 0.0, share)


@dataclass(frozen=True)
class TrueEvent:
    onset_s: float
    peak_s: float
    offset_s: float
    region: str
    amplitude_mm: float
    kind: str = "twitch"


@dataclass
class StillFace:
    """A face at rest with head sway, noise and drift, to which movements are added."""

    duration_s: float = 20.0
    fps: float = 30.0
    seed: int = 0
    noise_um_rthz: float = 8.0
    sway_leak_mm: float = 0.03
    drift_mm: float = 0.2
    tail_dof: float | None = None
    """Degrees of freedom of Student's t for heavy-tailed noise; None for Gaussian noise."""
    jitter: float = 0.0
    """Random part of the frame intervals (standard deviation in intervals): variable frame rate."""
    exposure: float = 0.5
    """Part of the frame interval over which the shutter averages."""
    keyframe_s: float | None = None
    truth: list[TrueEvent] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.rng = np.random.default_rng(self.seed)
        n = round(self.duration_s * self.fps)
        steps = 1 + self.jitter * np.clip(self.rng.standard_normal(n), -2, 2)
        self.t = np.cumsum(np.maximum(steps, 0.4)) / self.fps if self.jitter else np.arange(n) / self.fps
        self.n = n
        self.motion = np.zeros((n, len(REGIONS), 2))
        self.opening = np.full((n, 2), 9.5)
        self.mouth = np.full(n, 0.3)
        self.mesh_extra = np.zeros((n, len(REGIONS), 2))
        self.match = np.full((n, len(REGIONS)), 0.97)
        self.head = np.zeros((n, 2))
        self.pose = np.zeros((n, 3))
        self.lost = np.zeros(n, dtype=bool)
        self.dropped = np.zeros(n, dtype=bool)
        self.repeated = np.zeros(n, dtype=bool)
        self.rest_mm = np.zeros((len(REGIONS), 2))

    def add(self, curve: FloatArray, region: str, direction_deg: float) -> None:
        """Move `region` (and its neighbours) by the (n,) curve in mm."""
        d = np.radians(direction_deg)
        vector = np.array([np.cos(d), np.sin(d)])
        self.motion += curve[:, None, None] * spread_from(region)[None, :, None] * vector

    def shutter(self, f) -> FloatArray:
        """Return the mean of `f(t)` over each exposure."""
        offsets = (np.arange(9) - 4) / 9 * self.exposure / self.fps
        return np.mean([f(self.t + o) for o in offsets], axis=0)

    def twitch(
        self, at_s: float, region: str, mm: float, *, length_s: float = 0.15, direction_deg: float = 60.0
    ) -> None:
        """One raised-cosine pulse whose peak is at `at_s`."""
        half = length_s / 2

        def pulse(t: FloatArray) -> FloatArray:
            return np.where(np.abs(t - at_s) < half, 0.5 * mm * (1 + np.cos(np.pi * (t - at_s) / half)), 0.0)

        self.add(self.shutter(pulse), region, direction_deg)
        self.truth.append(TrueEvent(at_s - half, at_s, at_s + half, region, mm))

    def train(
        self, start_s: float, length_s: float, hz: float, region: str, mm: float, *, irregular: float = 0.0,
        direction_deg: float = 60.0, pulse_s: float | None = None,
    ) -> None:  # fmt: skip
        """Pulses at `hz` (intervals scattered by `irregular` of themselves); without `pulse_s` they fill
        the cycle."""
        at = start_s + 0.5 / hz
        while at < start_s + length_s:
            self.twitch(at, region, mm, length_s=pulse_s or 1 / hz, direction_deg=direction_deg)
            at += (1 + irregular * np.clip(self.rng.standard_normal(), -2, 2)) / hz

    def sine(
        self,
        start_s: float,
        length_s: float,
        hz: float,
        region: str,
        mm: float,
        *,
        direction_deg: float = 90.0,
    ) -> None:
        """A sine of peak-to-peak `mm` with soft ends."""

        def wave(t: FloatArray) -> FloatArray:
            ramp = np.clip(np.minimum(t - start_s, start_s + length_s - t) / 0.15, 0, 1)
            return 0.5 * mm * ramp * np.sin(2 * np.pi * hz * (t - start_s))

        self.add(self.shutter(wave), region, direction_deg)
        for k in range(int(length_s * hz)):
            at = start_s + (k + 0.25) / hz
            self.truth.append(TrueEvent(at - 0.5 / hz, at, at + 0.5 / hz, region, mm))

    def tonic(
        self,
        start_s: float,
        length_s: float,
        region: str,
        mm: float,
        *,
        attack_s: float = 0.15,
        direction_deg: float = 60.0,
    ) -> None:
        """A pull that is held."""

        def pull(t: FloatArray) -> FloatArray:
            up = np.clip((t - start_s) / attack_s, 0, 1)
            down = np.clip((start_s + length_s - t) / attack_s, 0, 1)
            return mm * 0.5 * (1 - np.cos(np.pi * np.minimum(up, down)))

        self.add(self.shutter(pull), region, direction_deg)
        self.truth.append(TrueEvent(start_s, start_s + length_s / 2, start_s + length_s, region, mm, "tonic"))

    def close_eye(
        self,
        at_s: float,
        *,
        left: float = 0.0,
        right: float = 0.0,
        length_s: float = 0.3,
        leak_mm: float = 0.2,
    ) -> None:
        """Close the eyes by these fractions; lids move, neighbours leak."""
        x = np.clip((self.t - at_s + 0.4 * length_s) / length_s, 0, 1)
        shape = np.where(
            x < 0.4, 0.5 - 0.5 * np.cos(np.pi * x / 0.4), 0.5 + 0.5 * np.cos(np.pi * (x - 0.4) / 0.6)
        )
        for i, (side, part) in enumerate((("left", left), ("right", right))):
            self.opening[:, i] -= 9.0 * part * shape
            self.motion[:, INDEX[f"upper_eyelid_{side}"], 1] -= 8.0 * part * shape
            self.motion[:, INDEX[f"lower_eyelid_{side}"], 1] += 1.0 * part * shape
            for name, share in (("cheek", 1.0), ("brow", -1.0), ("commissure", 0.4), ("upper_lip", 0.3)):
                self.motion[:, INDEX[f"{name}_{side}"], 1] += leak_mm * share * part * shape

    def blink(self, at_s: float, *, length_s: float = 0.25, leak_mm: float = 0.2) -> None:
        """Both eyes close and open."""
        self.close_eye(at_s, left=1.0, right=0.93, length_s=length_s, leak_mm=leak_mm)
        self.truth.append(
            TrueEvent(at_s - 0.4 * length_s, at_s, at_s + 0.6 * length_s, "upper_eyelid_left", 8.0, "blink")
        )

    def spasm(
        self, at_s: float, side: str, mm: float, *, length_s: float = 0.15, brow_mm: float = 0.0
    ) -> None:
        """Hemifacial spasm: one eye closes half-way, the same corner is pulled, the brow may rise."""
        part = {side: 0.5}
        self.close_eye(at_s, **part, length_s=1.6 * length_s, leak_mm=0.1)
        self.twitch(
            at_s, f"commissure_{side}", mm, length_s=length_s, direction_deg=45 if side == "left" else 135
        )
        if brow_mm:
            n = len(self.truth)
            self.twitch(at_s, f"brow_{side}", brow_mm, length_s=1.3 * length_s, direction_deg=90)
            del self.truth[n:]

    def speak(self, start_s: float, length_s: float) -> None:
        """Mouth opening of irregular rhythm, 2-7 Hz; lips and chin move by millimetres, the lips' look
        changes."""
        inside = np.clip(np.minimum(self.t - start_s, start_s + length_s - self.t) / 0.15, 0, 1)
        phase = self.rng.uniform(0, 2 * np.pi, 12)
        hz = self.rng.uniform(1.2, 7.0, 12)
        wave = (
            np.mean([np.sin(2 * np.pi * f * self.t + p) for f, p in zip(hz, phase, strict=True)], axis=0)
            * 1.6
        )
        gap = np.maximum(0.0, 4.0 + 5.0 * wave) * inside
        self.mouth += gap
        for name, share in (("lower_lip", 0.7), ("chin", 0.6), ("commissure", 0.2), ("upper_lip", -0.12)):
            for i, n in enumerate(REGIONS):
                if n.startswith(name):
                    self.motion[:, i, 1] -= share * gap
        for i, n in enumerate(REGIONS):
            if "lip" in n or n.startswith("commissure"):
                self.match[:, i] -= np.clip(gap / 12, 0, 0.6)

    def smile(self, start_s: float, length_s: float, mm: float = 8.0) -> None:
        """Both corners are drawn out and up slowly and return."""
        shape = np.clip(np.minimum((self.t - start_s) / 0.5, (start_s + length_s - self.t) / 0.7), 0, 1)
        shape = 0.5 - 0.5 * np.cos(np.pi * shape)
        for side, angle, size in (("left", 47.0, mm), ("right", 133.0, 0.9 * mm)):
            self.add(size * shape, f"commissure_{side}", angle)
            self.add(0.4 * size * shape, f"cheek_{side}", 90.0)

    def turn_head(self, start_s: float, length_s: float, deg: float = 20.0, leak_mm: float = 1.0) -> None:
        """A quick turn there and back, with an error left in the lips."""
        shape = np.clip(np.minimum(self.t - start_s, start_s + length_s - self.t) / 0.3, 0, 1)
        shape = 0.5 - 0.5 * np.cos(np.pi * shape)
        self.pose[:, 0] += deg * shape
        self.head[:, 0] += 0.5 * deg * shape
        self.motion[..., 0] += leak_mm * shape[:, None] * self.rng.uniform(0.5, 1, len(REGIONS))

    def lose_face(self, start_s: float, length_s: float) -> None:
        """No face is tracked; the registration starts anew with another constant."""
        self.lost |= (self.t >= start_s) & (self.t < start_s + length_s)
        self.motion[self.t >= start_s + length_s] += 0.8

    def drop(self, fraction: float) -> None:
        """Single frames are missing from the file."""
        self.dropped |= self.rng.uniform(size=self.n) < fraction

    def recording(self) -> Recording:
        """Return the recording with sway, drift and noise added."""
        n, k, rng, t = self.n, len(REGIONS), self.rng, self.t
        sway = self._sway()
        gain = rng.standard_normal((k, 2)) * 0.7 + 0.5
        drift = self.drift_mm * self._brown(rng, (n, k, 2))
        sd = 1e-3 * self.noise_um_rthz * np.sqrt(self.fps / 2)
        noise = (
            rng.standard_normal((n, k, 2))
            if self.tail_dof is None
            else rng.standard_t(self.tail_dof, (n, k, 2))
        )
        if self.tail_dof is not None:
            noise = noise / np.sqrt(self.tail_dof / (self.tail_dof - 2))
        scale = np.array([1.6 if "eyelid" in r else 1.0 for r in REGIONS])
        motion = (
            self.motion + drift + self.sway_leak_mm * sway[:, None, None] * gain + sd * scale[:, None] * noise
        )
        motion = motion + rng.uniform(-1, 1, (k, 2))
        keyframe = np.zeros(n, dtype=np.int64)
        if self.keyframe_s:
            keyframe = (t / self.keyframe_s).astype(np.int64)
            motion = motion + 0.04 * rng.standard_normal((keyframe.max() + 1, k, 2))[keyframe]
        mesh = POSITIONS + self.rest_mm + 0.4 * self.motion + 0.12 * rng.standard_normal((n, k, 2))
        columns: dict[str, FloatArray] = {
            "motion_mm": motion,
            "mesh_mm": mesh,
            "pose_deg": self.pose + 1.5 * sway[:, None] + 0.1 * rng.standard_normal((n, 3)),
            "head_mm": self.head + 2.0 * sway[:, None] + 0.05 * rng.standard_normal((n, 2)),
            "eye_opening_mm": np.maximum(self.opening + 0.25 * rng.standard_normal((n, 2)), 0.0),
            "mouth_opening_mm": np.maximum(self.mouth + 0.2 * rng.standard_normal(n), 0.0),
            "mouth_width_mm": 50 + 0.3 * rng.standard_normal(n),
            "eye_distance_px": np.full(n, 110.0),
            "residual": np.full(n, 1.0),
            "region_match": self.match + 0.005 * rng.standard_normal((n, k)),
            "region_sd_mm": np.broadcast_to(sd * scale, (n, k)).copy(),
            "sharpness": np.full(n, 0.9),
            "brightness": np.full(n, 0.45),
            "clipped": np.full(n, 0.01),
            "in_frame": np.ones(n),
            "plausible": np.full(n, 0.95),
            "mouth_seen": np.full(n, 0.95),
        }
        for c in columns.values():
            c[self.lost] = np.nan
        return self._make(columns, keyframe)

    def _make(self, columns: dict[str, FloatArray], keyframe: np.ndarray) -> Recording:
        keep = ~self.dropped
        source = Source(
            file="artificial", sha256=None, width=1280, height=720, frames=int(keep.sum()),
            duration_s=self.duration_s, fps=self.fps, vfr=self.jitter > 0, rotation_deg=0, mirrored=False,
        )  # fmt: skip
        return Recording(
            t_s=self.t[keep],
            keyframe=np.where(self.lost, -1, keyframe)[keep],
            repeated=self.repeated[keep],
            b_picture=np.zeros_like(self.repeated[keep]),
            changed=np.full(int(keep.sum()), np.nan),
            coded_step_mm=np.full((int(keep.sum()), len(REGIONS)), np.nan),
            **{name: c[keep] for name, c in columns.items()},
            source=source,
            tracker=TrackerInfo("artificial", "1", ""),
            scale=Scale(0.57, "iris+eye_distance", 0.04),
        )

    def _sway(self) -> FloatArray:
        hz = self.rng.uniform(0.05, 0.8, 6)
        phase = self.rng.uniform(0, 2 * np.pi, 6)
        return (
            np.mean([np.sin(2 * np.pi * f * self.t + p) for f, p in zip(hz, phase, strict=True)], axis=0)
            * 1.5
        )

    def _brown(self, rng: np.random.Generator, shape: tuple[int, ...]) -> FloatArray:
        """A slow wander of about unit size over 30 s, without power above 0.3 Hz."""
        knots = max(4, int(self.duration_s / 5) + 3)
        steps = np.cumsum(rng.standard_normal((knots, shape[1] * shape[2])), axis=0) * np.sqrt(5 / 30)
        at = np.linspace(0, knots - 1, shape[0])
        k = np.clip(at.astype(int), 0, knots - 2)
        u = (at - k)[:, None]
        u = u * u * (3 - 2 * u)
        return np.asarray((steps[k] * (1 - u) + steps[k + 1] * u).reshape(shape))


def mirrored(recording: Recording) -> Recording:
    """Return the recording as if the subject had been the mirror image: sides swapped, x negated."""
    from dataclasses import replace

    swap = list(MIRROR)
    flip = np.array([-1.0, 1.0])
    return replace(
        recording,
        motion_mm=recording.motion_mm[:, swap] * flip,
        mesh_mm=recording.mesh_mm[:, swap] * flip,
        pose_deg=recording.pose_deg * np.array([-1.0, 1.0, -1.0]),
        head_mm=recording.head_mm * flip,
        eye_opening_mm=recording.eye_opening_mm[:, ::-1],
        region_match=recording.region_match[:, swap],
        region_sd_mm=recording.region_sd_mm[:, swap],
    )
