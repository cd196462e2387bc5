"""What the encoder takes, on rendered clips: steps are read, a lost twitch is not denied, good clips stay."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import av
import numpy as np
import pytest

from twitchcam.analysis import analyse
from twitchcam.edges.decode import open_video
from twitchcam.edges.packets import read_pictures
from twitchcam.edges.quantiser import HeaderReader
from twitchcam.regions import LIPS
from twitchcam.session import Options, record
from twitchcam.summary import Measured
from twitchcam.synth import Camera, Clip, Encoding, Renderer, Sway, Twitch, astronaut, encode
from twitchcam.types import FloatArray, Recording

SIZE = (160, 112)
Frames = list[tuple[float, np.ndarray]]


def noise_frames(n: int = 8) -> Frames:
    """Pictures with something to code in every block of every frame."""
    rng = np.random.default_rng(4)
    base = rng.integers(40, 200, (SIZE[1] // 4, SIZE[0] // 4, 3)).repeat(4, 0).repeat(4, 1)
    return [(k / 30, (base + rng.integers(-20, 20, base.shape)).astype(np.uint8)) for k in range(n)]


def steps(path: Path) -> list[FloatArray | None]:
    with open_video(path) as video:
        return [frame.picture.quantiser_steps for frame in video]


CASES = {
    "h264": (Encoding("h264", None, params="qp=30:bframes=0:ipratio=1"), "mp4", 2 ** (26 / 6)),
    "hevc": (Encoding("hevc", None, params="qp=30:bframes=0:ipratio=1:pbratio=1"), "mp4", 2 ** (26 / 6)),
    "vp9": (Encoding("vp9", None, crf=40), "webm", None),
    "mjpeg": (Encoding("mjpeg", 2e6), "mkv", 0.0),
}


@pytest.mark.parametrize("codec", CASES)
def test_the_step_is_the_encoders(codec: str, tmp_path: Path) -> None:
    encoding, suffix, wanted = CASES[codec]
    encode(tmp_path / f"clip.{suffix}", noise_frames(), encoding, 30.0)
    found = steps(tmp_path / f"clip.{suffix}")
    assert len(found) == 8
    if wanted == 0.0:
        assert found == [None] * 8
        return
    levels = np.array([np.median(one) for one in found if one is not None])
    assert levels.size == 8
    if wanted is None:
        assert ((levels > 3) & (levels < 100)).all()
    else:
        np.testing.assert_allclose(levels[1:], wanted, rtol=0.02)


def test_the_blocks_turn_with_the_picture(tmp_path: Path) -> None:
    frames = noise_frames()
    for _, picture in frames:
        picture[:, : SIZE[0] // 2] = 90
    for degrees in (0, 90):
        encoding = Encoding("h264", 2e5, rotation_deg=degrees, params="bframes=0:aq-mode=3:aq-strength=2")
        encode(tmp_path / f"{degrees}.mp4", frames, encoding, 30.0)
    upright, turned = (steps(tmp_path / f"{degrees}.mp4")[5] for degrees in (0, 90))
    assert upright is not None
    assert turned is not None
    assert upright.shape == turned.shape == (7, 10)
    for one in (upright, turned):
        # The flat half is coded more finely.
        assert one[:, :5].mean() < 0.8 * one[:, 5:].mean()


def test_reading_headers_leaves_the_pictures_alone(tmp_path: Path) -> None:
    path = tmp_path / "clip.mp4"
    encode(path, noise_frames(), Encoding("hevc", 1e6), 30.0)
    with av.open(str(path)) as container:
        plain = [f.to_ndarray() for f in container.decode(video=0)]
    with av.open(str(path)) as container:
        read = [f.to_ndarray() for f in read_pictures(container, container.streams.video[0], Counter())]
    np.testing.assert_array_equal(plain, read)


def test_garbage_in_a_packet_is_no_step(tmp_path: Path) -> None:
    path = tmp_path / "clip.mp4"
    encode(path, noise_frames(), Encoding("hevc", 1e6), 30.0)
    with av.open(str(path)) as container:
        headers = HeaderReader(container.streams.video[0])
        packet = av.Packet(bytes(range(1, 200)))
        packet.pts = 0
        headers.hear(packet)
        headers.hear(av.Packet(b""))
        frame = av.VideoFrame(16, 16, "yuv420p")
        frame.pts = 0
        headers.mark(frame)
    assert not isinstance(frame.opaque, float) or frame.opaque > 0


TWITCHES = tuple(Twitch("commissure_left", 0.5, at_s, width_s=0.18, direction_deg=60) for at_s in (2.2, 3.3))


@pytest.fixture(scope="module")
def coded(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Encoding], Recording]:
    """Return how to code and record one small clip of two twitches; it is drawn once."""
    camera = Camera(size=(400, 300), noise=1.0, seed=2)
    clip = Clip(
        duration_s=4.2, twitches=TWITCHES, sway=Sway(2, 1.5, seed=2), camera=camera, eye_distance_px=70
    )
    frames = list(Renderer(clip, astronaut()).frames())
    out = tmp_path_factory.mktemp("coded")

    def measure(encoding: Encoding) -> Recording:
        encode(out / "clip.mp4", frames, encoding, 30.0)
        return record(out / "clip.mp4", Options())

    return measure


def lips_found(measured: Measured) -> int:
    return sum(e.region in LIPS and not e.gated and e.trial_type != "blink" for e in measured.events)


def limit(measured: Measured) -> float:
    return measured.quality.by_region["commissure_left"].min_detectable_mm or np.nan


@pytest.mark.parametrize(
    "encoding",
    [
        Encoding("h264", None, crf=31, params="bframes=0"),
        Encoding("hevc", None, crf=28, preset="ultrafast"),
    ],
    ids=["x264", "x265"],
)
def test_a_lost_twitch_is_not_denied(coded: Callable[[Encoding], Recording], encoding: Encoding) -> None:
    measured = analyse(coded(encoding))
    assert lips_found(measured) == 0
    assert measured.quality.verdict != "ok"
    assert limit(measured) > 0.5
    assert any("compressed" in r and "could not have been seen" in r for r in measured.quality.reasons)


def test_in_a_good_clip_it_is_found(coded: Callable[[Encoding], Recording]) -> None:
    recording = coded(Encoding("h264", None, crf=14, params="bframes=0"))
    measured = analyse(recording)
    unaware = analyse(replace(recording, coded_step_mm=np.full_like(recording.coded_step_mm, np.nan)))
    assert lips_found(measured) >= 2
    assert limit(measured) < 1.1 * limit(unaware)
    assert not any("compress" in r.lower() for r in measured.quality.reasons)
