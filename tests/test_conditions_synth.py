"""Poses, distances, light and cameras of synthetic clips."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from twitchcam.edges.decode import open_video
from twitchcam.errors import InputRefused
from twitchcam.front.mesh_shape import head_angles
from twitchcam.synth import (
    Breathing,
    Camera,
    Clip,
    Encoding,
    Exposure,
    Portrait,
    Pose,
    Renderer,
    Sway,
    Twitch,
    astronaut,
    encode,
    find_landmarks,
    truth,
)
from twitchcam.synth.clip_file import clip_from_dict, clip_to_dict
from twitchcam.synth.filming import Filming, View
from twitchcam.synth.pose import move_head
from twitchcam.synth.scene import LUMA
from twitchcam.synth.sensor import Sensor
from twitchcam.synth.timing import frame_times

SMALL = Clip(duration_s=2.0, camera=Camera(size=(320, 240), noise=0.0), eye_distance_px=60.0)


@pytest.fixture(scope="module")
def portrait() -> Portrait:
    return astronaut()


def filmed(**camera: object) -> Clip:
    return replace(SMALL, camera=replace(SMALL.camera, **camera))  # type: ignore[arg-type]


def mesh_of(clip: Clip, portrait: Portrait) -> np.ndarray:
    return find_landmarks(Renderer(clip, portrait).picture(0.5, 15))


def test_the_mesh_sees_the_pose(portrait: Portrait) -> None:
    frontal = head_angles(mesh_of(SMALL, portrait))
    for yaw, pitch in ((-20.0, 0.0), (20.0, 0.0), (0.0, 12.0)):
        turned = head_angles(mesh_of(replace(SMALL, pose=Pose(yaw, pitch)), portrait)) - frontal
        assert turned[:2] == pytest.approx([yaw, pitch], abs=5.0)


def test_the_posed_plane_is_the_inverse_of_where_points_go(portrait: Portrait) -> None:
    scene = Renderer(replace(SMALL, pose=Pose(15.0, -8.0)), portrait).scene
    assert scene.posed is not None
    x, y = np.meshgrid(np.linspace(-25, 25, 11), np.linspace(-80, 15, 11))
    back_x, back_y = scene.posed.to_rest(*scene.posed.forward(x, y))
    assert np.quantile(np.hypot(back_x - x, back_y - y), 0.9) < 0.1


def test_a_pose_is_a_rigid_turn_of_the_face(portrait: Portrait) -> None:
    scene = Renderer(replace(SMALL, pose=Pose(15.0)), portrait).scene
    flat = Renderer(SMALL, portrait).scene
    assert scene.posed is not None
    x, y = np.array([[-20.0, 0.0, 20.0]]), np.array([[-60.0, -30.0, -60.0]])
    wanted = move_head((15.0, 0.0, 0.0), (0.0, 0.0, 0.0), (x, y, flat.depth(x, y)))
    got = scene.posed.forward(x, y)
    np.testing.assert_allclose(got, wanted[:2], atol=0.3)
    # The nose comes forward of the pivot and so goes to the subject's left.
    assert got[0][0, 1] - x[0, 1] > 20


def test_the_truth_is_the_face_s_own_and_names_the_pose(portrait: Portrait) -> None:
    clip = replace(SMALL, twitches=(Twitch("chin_mid", 0.5, 0.2, 1.0, 4.0),), sway=Sway(1, 1))
    turned = replace(clip, pose=Pose(12.0, 3.0))
    np.testing.assert_array_equal(truth(clip, portrait).motion_mm, truth(turned, portrait).motion_mm)
    step = truth(turned, portrait).turn_deg - truth(clip, portrait).turn_deg
    np.testing.assert_allclose(step, np.tile([12.0, 3.0, 0.0], (len(step), 1)))


def test_near_cameras_see_large_noses(portrait: Portrait) -> None:
    def middle_part(distance_mm: float) -> float:
        points = mesh_of(filmed(distance_mm=distance_mm), portrait)[:, :2]
        wings = float(np.linalg.norm(points[279] - points[49]))
        return wings / float(np.linalg.norm(points[454] - points[234]))

    assert middle_part(320.0) > 1.04 * middle_part(1500.0)


@given(st.floats(-30, 30), st.floats(-5, 5), st.floats(0.98, 1.02))
def test_a_view_goes_there_and_back(shift: float, turn: float, scale: float) -> None:
    view = View((159.5, 119.5), np.array([shift, -shift]), turn, scale)
    x, y = np.array([3.0, 200.0]), np.array([80.0, 10.0])
    seen = view.matrix @ np.stack([x, y, np.ones(2)])
    np.testing.assert_allclose(view.back(*seen), [x, y], atol=1e-9)


def test_the_lens_breathes_and_the_hand_rolls(portrait: Portrait) -> None:
    clip = filmed(breathing=Breathing(0.01, 1.5, 2.0), shake_deg=2.0, seed=4)
    filming = Filming(clip.camera, clip.duration_s)
    views = [filming.view(t, np.zeros(2)) for t in np.linspace(0, 2, 41)]
    assert max(v.scale for v in views) == pytest.approx(1.01)
    assert max(abs(v.turn_deg) for v in views) == pytest.approx(2.0, rel=0.2)
    assert filming.blur_px(0.5) == pytest.approx(1.5)
    assert filming.blur_px(1.0) == pytest.approx(0.0, abs=1e-9)
    renderer = Renderer(clip, portrait)
    detail = [np.abs(np.diff(renderer.light(t) @ LUMA, axis=0)).mean() for t in (0.5, 1.0)]
    assert detail[0] < 0.8 * detail[1]


def test_flicker_comes_in_bands_and_a_long_shutter_ends_it() -> None:
    def light(t_s: float, **camera: float) -> np.ndarray:
        filming = Filming(filmed(flicker=0.2, flicker_hz=100.0, **camera).camera, 2.0)
        return filming.light(t_s)[:, 0, 0]

    assert light(0.1025).tolist() == pytest.approx([1.2])
    rows = light(0.1, rolling_s=0.03)
    assert rows.size == 240
    # Three periods of 10 ms in 30 ms: every third of the rows shows the same.
    np.testing.assert_allclose(rows[:-80], rows[80:], atol=0.02)
    assert np.ptp(rows) == pytest.approx(0.4, abs=0.01)
    np.testing.assert_allclose(light(0.1025, exposure_fraction=0.3), 1.0, atol=1e-6)
    pictures = np.array([light(k / 30.0)[0] for k in range(60)])
    power = np.abs(np.fft.rfft(pictures - 1))
    assert np.fft.rfftfreq(60, 1 / 30)[power.argmax()] == pytest.approx(10.0) or power.max() < 1e-6


def test_the_dark_halves_the_rate_and_slow_cameras_repeat(portrait: Portrait) -> None:
    t, number = frame_times(filmed(slow_from_s=1.0).camera, 2.0)
    assert np.diff(t)[t[:-1] < 0.95] == pytest.approx(1 / 30)
    assert np.diff(t)[t[:-1] >= 1.0] == pytest.approx(1 / 15)
    assert (number[t >= 1.0] % 2 == 0).all()
    filming = Filming(filmed(slow_from_s=1.0, exposure_fraction=0.5).camera, 2.0)
    assert filming.shutter_s(1.5) == pytest.approx(2 * filming.shutter_s(0.5))
    clip = replace(filmed(repeat=2, noise=2.0), sway=Sway(2, 1))
    pictures = [p for _, p in Renderer(replace(clip, duration_s=0.14), portrait).frames()]
    assert len(pictures) == 4
    np.testing.assert_array_equal(pictures[0], pictures[1])
    assert (pictures[1] != pictures[2]).any()


def test_noise_grows_with_the_light_and_is_smeared() -> None:
    light = np.repeat(np.array([20.0, 180.0], np.float32), 120)[:, None, None] * np.ones(
        (1, 320, 3), np.float32
    )
    camera = filmed(noise=2.0, shot=0.2).camera
    noisy = Sensor(camera).expose(light, 3).astype(float)
    assert noisy[:120].std() == pytest.approx(np.sqrt(4 + 0.2 * 20), rel=0.05)
    assert noisy[120:].std() == pytest.approx(np.sqrt(4 + 0.2 * 180), rel=0.05)
    smeared = Sensor(replace(camera, smear=14.0)).expose(light, 3).astype(float)
    assert smeared[:120].std() < 0.6 * noisy[:120].std()
    assert abs(smeared[110:119].mean() - 20) < 2


def test_infrared_is_grey_pale_and_flat(portrait: Portrait) -> None:
    points = mesh_of(SMALL, portrait)
    night, day = (
        Renderer(c, portrait).picture(0.5, 15).astype(float) for c in (filmed(infrared=True), SMALL)
    )
    assert np.ptp(night, axis=2).max() <= 1
    x, y = points[[50, 280], 0].astype(int), points[[50, 280], 1].astype(int)
    assert night[y, x].mean() == pytest.approx(168, abs=25)
    px, py = points[473, :2].astype(int)
    assert night[py, px].mean() < 90
    face = (slice(y[0] - 5, y[0] + 30), slice(x[0], x[1]))
    assert (night @ LUMA)[face].std() < 0.75 * (day @ LUMA)[face].std()


@pytest.mark.parametrize("aspect", [4 / 3, 0.75])
def test_anamorphic_files_are_shown_as_they_were(tmp_path: Path, aspect: float) -> None:
    y, x = np.mgrid[:120, :160]
    ramp = np.repeat((60 + 0.5 * x + 0.3 * y)[..., None], 3, axis=2).astype(np.uint8)
    path = tmp_path / "wide.mp4"
    encode(path, [(k / 30, ramp) for k in range(3)], Encoding(pixel_aspect=aspect), 30.0)
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        assert float(stream.codec_context.sample_aspect_ratio) == pytest.approx(aspect, rel=0.01)
        assert stream.width == pytest.approx(160 / aspect, abs=1)
    with open_video(path) as video:
        picture = next(iter(video)).picture
        shown = picture.rgb()
    assert picture.width / picture.height == pytest.approx(160 / 120, rel=0.02)
    assert shown.mean() == pytest.approx(ramp.mean(), abs=3)


def test_new_settings_survive_the_file_and_wrong_ones_are_refused() -> None:
    clip = replace(
        SMALL,
        pose=Pose(10.0, -5.0, 3.0),
        camera=Camera(
            size=(320, 240), breathing=Breathing(0.01, 1.0), shot=0.1, rolling_s=0.02, slow_from_s=1.0,
            exposures=(Exposure(1.0, 0.5),), distance_mm=400.0, infrared=True, repeat=2,
        ),
        encoding=Encoding(pixel_aspect=4 / 3),
    )  # fmt: skip
    assert clip_from_dict(json.loads(json.dumps(clip_to_dict(clip)))) == clip
    for make in (
        lambda: Pose(50.0),
        lambda: Breathing(0.2),
        lambda: Breathing(period_s=0.0),
        lambda: Camera(flicker=1.5),
        lambda: Camera(repeat=0),
        lambda: Camera(distance_mm=100.0),
        lambda: Camera(shot=-1.0),
        lambda: Encoding(pixel_aspect=5.0),
    ):
        with pytest.raises(InputRefused):
            make()
    with pytest.raises(InputRefused, match="did you mean yaw_deg"):
        clip_from_dict({"pose": {"yaw": 3}})
