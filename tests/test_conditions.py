"""The whole pipeline under other conditions than the best: short clips, one face (the study has more)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from twitchcam.analysis import analyse
from twitchcam.front.mesh_shape import head_angles
from twitchcam.session import Options, record
from twitchcam.summary import Measured
from twitchcam.synth import (
    Camera,
    Clip,
    Encoding,
    Exposure,
    Portrait,
    Pose,
    Sway,
    Twitch,
    astronaut,
    write_clip,
)

BASE = Clip(
    duration_s=4.5,
    sway=Sway(1.0, 0.7, seed=2),
    camera=Camera(size=(480, 360), noise=1.0, seed=2),
    encoding=Encoding(bit_rate_bps=5e6, params="bframes=0"),
    eye_distance_px=60.0,
)


def corner(side: str, mm: float = 0.8) -> Twitch:
    angle = 40.0 if side == "left" else 140.0
    return Twitch(f"commissure_{side}", mm, 1.0, 2.6, 5.0, direction_deg=angle)


@pytest.fixture(scope="module")
def portrait() -> Portrait:
    return astronaut()


@pytest.fixture(scope="module")
def film(portrait: Portrait, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Measured]:
    """Render a clip, measure it, return what was measured."""
    folder = tmp_path_factory.mktemp("conditions")

    def measure(clip: Clip, **options: bool) -> Measured:
        path: Path = folder / "clip.mp4"
        write_clip(path, clip, portrait)
        return analyse(record(path, Options(**options)))

    return measure


def counted(measured: Measured) -> int:
    return sum(not e.gated and e.trial_type in ("twitch", "tonic") for e in measured.events)


def check_train(measured: Measured, side: str) -> None:
    """A train of 13 twitches at 5 Hz, of which two may be missed or doubled."""
    assert measured.quality.verdict != "unusable"
    assert measured.lips.side == side
    assert measured.lips.dominant_hz == pytest.approx(5.0, abs=0.1)
    assert counted(measured) == pytest.approx(13, abs=2)
    assert measured.lips.amplitude_mm.median == pytest.approx(0.8, rel=0.2)


def test_mirrored_video_of_a_phone_held_upright(film: Callable[..., Measured]) -> None:
    clip = replace(
        BASE,
        twitches=(corner("left"),),
        mirrored=True,
        camera=replace(BASE.camera, size=(360, 480)),
        encoding=replace(BASE.encoding, rotation_deg=90),
    )
    measured = film(clip, mirrored=True)
    assert (measured.source.width, measured.source.height) == (360, 480)
    check_train(measured, "left")


def test_infrared_with_oblong_pixels(film: Callable[..., Measured]) -> None:
    clip = replace(
        BASE,
        twitches=(corner("left"),),
        camera=replace(BASE.camera, infrared=True),
        encoding=replace(BASE.encoding, pixel_aspect=4 / 3),
    )
    measured = film(clip)
    assert measured.source.sample_aspect == pytest.approx(4 / 3, rel=0.01)
    check_train(measured, "left")


def test_a_turned_head_is_not_asymmetric(film: Callable[..., Measured], portrait: Portrait) -> None:
    own = float(head_angles(portrait.points_px)[0])
    clip = replace(BASE, twitches=(corner("left"), corner("right")), pose=Pose(13.0 - own))
    lips = film(clip).lips
    assert lips.side == "bilateral"
    assert lips.asymmetry.index == pytest.approx(0.0, abs=0.1)
    assert lips.asymmetry.ci is not None
    assert lips.asymmetry.ci[0] <= 0 <= lips.asymmetry.ci[1]


def test_a_hand_held_camera_moves_no_lip(film: Callable[..., Measured]) -> None:
    camera = replace(BASE.camera, shake_mm=2.0, shake_deg=0.7, exposures=(Exposure(2.1, 0.85),))
    measured = film(replace(BASE, camera=camera))
    assert counted(measured) == 0
    assert not measured.lips.rhythmic


def test_mains_flicker_is_no_tremor(film: Callable[..., Measured]) -> None:
    camera = replace(BASE.camera, flicker=0.08, flicker_hz=100.0, rolling_s=0.025)
    measured = film(replace(BASE, camera=camera))
    assert counted(measured) == 0
    assert not measured.lips.rhythmic
    assert any("flickers at 10.0 Hz" in reason for reason in measured.quality.reasons)
