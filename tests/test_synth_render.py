"""The generator against itself and against the mesh, on a small clip."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import av
import numpy as np
import pytest
from scipy.ndimage import map_coordinates

from twitchcam.errors import InputRefused
from twitchcam.regions import INDEX, LEFT, REGIONS, RIGHT
from twitchcam.synth import (
    Blink,
    Camera,
    Clip,
    Encoding,
    Portrait,
    Renderer,
    Smile,
    Speech,
    Sway,
    Twitch,
    astronaut,
    encode,
    find_landmarks,
    read_portrait,
    recipes,
    true_events,
    truth,
    write_clip,
)
from twitchcam.synth.scene import LUMA
from twitchcam.synth.skin import Skin, bump_at, find_slits
from twitchcam.types import Image

SMALL = Clip(duration_s=2.0, camera=Camera(size=(320, 240), noise=0.0), eye_distance_px=60.0)


@pytest.fixture(scope="module")
def portrait() -> Portrait:
    return astronaut()


def luma(renderer: Renderer, t_s: float) -> np.ndarray:
    return renderer.light(t_s) @ LUMA


def test_rest_is_the_photo(portrait: Portrait) -> None:
    renderer = Renderer(SMALL, portrait)
    difference = np.abs(renderer.light(0.3) - renderer.scene.background)
    assert np.quantile(difference, 0.999) < 2.0


def test_geometry(portrait: Portrait) -> None:
    scene = Renderer(SMALL, portrait).scene
    found = find_landmarks(np.clip(scene.background, 0, 255).astype(np.uint8))
    assert np.hypot(*(found[473] - found[468])[:2]) == pytest.approx(60.0, rel=0.03)
    x, y = scene.to_mm(*scene.to_px(np.array([12.0]), np.array([-30.0])))
    assert (x[0], y[0]) == (pytest.approx(12.0), pytest.approx(-30.0))
    sites = portrait.sites_mm()
    assert (sites[list(LEFT), 0] > 0).all()
    assert (sites[list(RIGHT), 0] < 0).all()


@pytest.mark.parametrize("sway", [Sway(), Sway(2.0, 1.5, seed=3)])
@pytest.mark.parametrize(("mm", "angle"), [(0.02, 0.0), (0.1, 90.0), (0.5, 35.0)])
def test_a_small_movement_is_drawn_in_its_true_size(
    portrait: Portrait, sway: Sway, mm: float, angle: float
) -> None:
    """Against another route: exact inverse in double precision, quintic spline of the texture."""
    still = Renderer(replace(SMALL, sway=sway), portrait)
    twitch = Twitch("commissure_left", mm, 0.5, width_s=1.0, direction_deg=angle)
    moving = Renderer(replace(SMALL, sway=sway, twitches=(twitch,)), portrait)
    drawn = luma(moving, 1.0) - luma(still, 1.0)
    state = moving.script.state(1.0)
    hx, hy = (a.astype(float) for a in moving._behind_head(state, np.zeros(2)))
    ux = uy = np.zeros_like(hx)
    for _ in range(15):
        ux, uy = bump_at(state.bumps, hx - ux, hy - uy)
    x0, y0, x1, y1 = moving.scene.box
    texture = (moving.scene.texture @ LUMA).astype(float)

    def seen(x: np.ndarray, y: np.ndarray) -> np.ndarray:
        tx, ty = moving.scene.to_texture(x, y)
        return map_coordinates(texture, [ty, tx], order=5)

    wanted = seen(hx - ux, hy - uy) - seen(hx, hy)
    # Inside the mouth the teeth stand still, so only the skin is compared.
    skin = (np.hypot(ux, uy) > 0) & (hx > portrait.sites_mm()[INDEX["commissure_left"], 0] + 2)
    drawn = drawn[y0:y1, x0:x1]
    gain = (drawn * wanted)[skin].sum() / (wanted * wanted)[skin].sum()
    assert gain == pytest.approx(1.0, abs=0.02)
    far = np.hypot(hx - 25, hy + 60) > 60
    assert np.abs(drawn[far]).max() < 1e-3


def test_truth_is_the_sum_of_the_movements(portrait: Portrait) -> None:
    twitches = (
        Twitch("commissure_left", 0.6, 0.5, 1.0, 5.0, direction_deg=0.0),
        Twitch("brow_right", 0.4, 0.5, 1.0, 5.0),
    )
    t = np.linspace(0.5, 1.5, 401)
    motion = truth(replace(SMALL, twitches=twitches), portrait, t).motion_mm
    assert np.ptp(motion[:, INDEX["commissure_left"]], axis=0) == pytest.approx([0.6, 0.0], abs=1e-3)
    assert np.ptp(motion[:, INDEX["brow_right"]], axis=0) == pytest.approx([0.0, 0.4], abs=1e-3)
    assert not motion[:, INDEX["commissure_right"]].any()


def test_truth_does_not_depend_on_the_head(portrait: Portrait) -> None:
    clip = replace(SMALL, twitches=(Twitch("chin_mid", 0.5, 0.2, 1.0, 4.0),))
    swaying = replace(clip, sway=Sway(3.0, 2.0))
    np.testing.assert_array_equal(truth(clip, portrait).motion_mm, truth(swaying, portrait).motion_mm)


def test_the_backward_map_undoes_the_forward_one(portrait: Portrait) -> None:
    clip = replace(SMALL, smiles=(Smile(0.1, 1.9, 8.0),), speech=(Speech(0.1, 1.9),), blinks=(Blink(0.9),))
    skin, state = Skin(find_slits(portrait)), Renderer(clip, portrait).script.state(0.95)
    assert state.opening_mm + max(state.closure.values()) > 0.5
    for motion in skin.slit_motions(state):
        slit = motion.slit
        x = np.linspace(slit.x_mm[6], slit.x_mm[-7], 15)
        for y in (slit.upper(x) + 2.0, slit.lower(x) - 2.0):
            rest = motion.backward(x, y + motion.forward(x, y))
            np.testing.assert_allclose(rest, y, atol=0.01)


def test_the_mesh_sees_blinks_on_their_side(portrait: Portrait) -> None:
    clip = replace(
        SMALL, blinks=(Blink(0.5), Blink(1.2, "left")), camera=Camera(size=(640, 480)), eye_distance_px=90.0
    )
    renderer = Renderer(clip, portrait)

    def gaps(t_s: float) -> np.ndarray:
        p = find_landmarks(renderer.picture(t_s, 0))
        return np.array([p[374, 1] - p[386, 1], p[145, 1] - p[159, 1]])

    rest, both, left = gaps(0.1), gaps(0.6), gaps(1.3)
    assert (both < 0.4 * rest).all()
    assert left[0] < 0.4 * rest[0]
    assert left[1] > 0.8 * rest[1]


def test_a_blink_moves_the_lid_and_not_the_brow(portrait: Portrait) -> None:
    motion = truth(replace(SMALL, blinks=(Blink(0.5),)), portrait, np.arange(0.4, 0.8, 0.01)).motion_mm
    extent = np.ptp(motion[..., 1], axis=0)
    assert extent[INDEX["upper_eyelid_left"]] > 4.0
    assert 0.3 < extent[INDEX["lower_eyelid_left"]] < 2.0
    still = [i for name, i in INDEX.items() if not name.endswith(("eyelid_left", "eyelid_right"))]
    assert extent[still].max() < 0.1


def test_a_lid_twitch_leaves_the_eyeball(portrait: Portrait) -> None:
    clip = replace(SMALL, twitches=(Twitch("lower_eyelid_left", 0.8, 0.5, width_s=1.0),))
    renderer = Renderer(clip, portrait)
    iris = portrait.landmarks_mm()[473, :2]
    x, y = (round(float(v)) for v in renderer.scene.to_px(*iris))
    change = np.abs(renderer.light(1.0) - renderer.light(0.0))
    assert change[y - 1 : y + 2, x - 1 : x + 2].max() < 0.5
    assert truth(clip, portrait, np.array([1.0])).motion_mm[
        0, INDEX["lower_eyelid_left"], 1
    ] == pytest.approx(0.8)


def test_mirrored_flips_the_picture_not_the_truth(portrait: Portrait) -> None:
    clip = replace(SMALL, twitches=(Twitch("commissure_left", 0.5, 0.2),))
    mirrored = replace(clip, mirrored=True)
    straight, flipped = (Renderer(c, portrait).picture(0.3, 1) for c in (clip, mirrored))
    np.testing.assert_array_equal(straight, flipped[:, ::-1])
    assert true_events(clip, portrait) == true_events(mirrored, portrait)


def test_pictures_do_not_depend_on_their_order(portrait: Portrait) -> None:
    renderer = Renderer(replace(SMALL, camera=Camera(size=(320, 240)), sway=Sway(1, 1)), portrait)
    first = renderer.picture(0.5, 15)
    renderer.picture(1.0, 30)
    np.testing.assert_array_equal(first, renderer.picture(0.5, 15))


def test_noise_has_its_size(portrait: Portrait) -> None:
    noisy = Renderer(replace(SMALL, camera=Camera(size=(320, 240), noise=3.0)), portrait)
    difference = noisy.picture(0.0, 0).astype(float) - noisy.light(0.0)
    grey = (noisy.light(0.0) > 40) & (noisy.light(0.0) < 215)
    assert difference[grey].std() == pytest.approx(3.0, rel=0.05)


def test_events_of_a_spasm(portrait: Portrait) -> None:
    clip = replace(
        SMALL, duration_s=3.0, twitches=recipes.spasm_burst(0.5, jerks=5, seed=2), blinks=(Blink(2.5),)
    )
    events, runs = true_events(clip, portrait)
    twitches = [e for e in events if e.trial_type == "twitch"]
    assert len(runs) == 1
    assert runs[0].events == len(twitches)
    assert {e.side for e in twitches} == {"left"}
    assert twitches[0].region == "upper_eyelid_left"
    assert "commissure_left" in twitches[0].regions
    assert set(twitches[0].regions) <= set(REGIONS)
    motion = truth(clip, portrait, np.arange(0.4, 2.0, 0.02)).motion_mm
    assert np.ptp(motion[:, INDEX["brow_left"]], axis=0).max() < 0.15
    assert not motion[:, list(RIGHT)].any()
    (blink,) = [e for e in events if e.trial_type == "blink"]
    assert blink.side == "bilateral"


def test_events_of_a_train(portrait: Portrait) -> None:
    twitch = Twitch("lower_lip_right", 0.7, 0.4, 1.2, 5.0, waveform="sine", direction_deg=180.0)
    events, (run,) = true_events(replace(SMALL, twitches=(twitch,)), portrait)
    assert len(events) == 6
    assert run.hz == pytest.approx(5.0)
    assert {e.side for e in events} == {"right"}
    assert [e.amplitude_mm for e in events] == pytest.approx([0.7] * 6, rel=0.01)
    assert abs(events[0].direction_deg) == pytest.approx(180.0)


@pytest.mark.parametrize(
    ("codec", "suffix"),
    [("h264", "mp4"), ("hevc", "mp4"), ("vp9", "webm"), ("mjpeg", "avi"), ("ffv1", "mkv")],
)
def test_files_hold_every_frame_at_its_time(
    portrait: Portrait, tmp_path: Path, codec: str, suffix: str
) -> None:
    clip = replace(
        SMALL, duration_s=0.5, camera=Camera(size=(160, 120), drop=0.3), eye_distance_px=30.0,
        encoding=Encoding(codec=codec),  # type: ignore[arg-type]
    )  # fmt: skip
    path = tmp_path / f"clip.{suffix}"
    n = write_clip(path, clip, portrait)
    with av.open(str(path)) as container:
        times = [float(f.pts * f.time_base) for f in container.decode(video=0)]
    wanted = truth(clip, portrait).t_s
    assert n == len(times) == wanted.size < 15
    np.testing.assert_allclose(times, wanted, atol=0.001)
    sidecar = json.loads((tmp_path / "clip.truth.json").read_text())
    assert sidecar["schema"] == "twitchcam.truth/1"
    assert sidecar["frames"] == n


@pytest.mark.parametrize("turn", [90, 180, 270])
def test_rotation_metadata(portrait: Portrait, tmp_path: Path, turn: int) -> None:
    camera = Camera(size=(160, 120), noise=0.0)
    clip = replace(
        SMALL, duration_s=0.1, camera=camera, eye_distance_px=30.0, encoding=Encoding(rotation_deg=turn)
    )
    write_clip(tmp_path / "turned.mp4", clip, portrait)
    with av.open(str(tmp_path / "turned.mp4")) as container:
        frame = next(container.decode(video=0))
    # PyAV gives the counter-clockwise angle.
    upright = np.rot90(frame.to_ndarray(format="rgb24"), round(frame.rotation / 90))
    difference = upright.astype(float) - Renderer(clip, portrait).picture(0.0, 0)
    assert frame.rotation % 360 == (-turn) % 360
    assert np.abs(difference).mean() < 4.0


@pytest.mark.skipif(not hasattr(os, "sched_getscheduler"), reason="this system has no such scheduling")
def test_an_encoder_does_not_take_the_machine_for_itself(tmp_path: Path) -> None:
    """SVT-AV1 run by root makes its caller a real-time process, and with it all that is started later."""
    before = os.sched_getscheduler(0)
    black = np.zeros((64, 64, 3), np.uint8)
    encode(tmp_path / "a.mp4", [(k / 30, black) for k in range(3)], Encoding(codec="av1"), 30.0)
    assert os.sched_getscheduler(0) == before


def test_a_clip_that_is_broken_off_leaves_the_one_before(tmp_path: Path) -> None:
    def broken_off() -> Iterator[tuple[float, Image]]:
        yield 0.0, np.zeros((64, 64, 3), np.uint8)
        raise KeyboardInterrupt

    (tmp_path / "a.mp4").write_bytes(b"before")
    with pytest.raises(KeyboardInterrupt):
        encode(tmp_path / "a.mp4", broken_off(), Encoding(), 30.0)
    assert [path.name for path in tmp_path.iterdir()] == ["a.mp4"]
    assert (tmp_path / "a.mp4").read_bytes() == b"before"


def test_wrong_inputs_are_refused(portrait: Portrait, tmp_path: Path) -> None:
    with pytest.raises(InputRefused, match="no such picture"):
        read_portrait(tmp_path / "none.jpg")
    with pytest.raises(InputRefused, match="no face"):
        find_landmarks(np.zeros((120, 160, 3), np.uint8))
    with pytest.raises(InputRefused, match="end in"):
        write_clip(tmp_path / "clip.txt", SMALL, portrait)
    with pytest.raises(InputRefused, match="does not exist"):
        write_clip(tmp_path / "no" / "clip.mp4", SMALL, portrait)
