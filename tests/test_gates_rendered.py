"""Gates on a short rendered clip, through the whole front: chewing, a twitch, a smile."""

from __future__ import annotations

from pathlib import Path

import pytest

from twitchcam.analysis import analyse
from twitchcam.session import Options, record
from twitchcam.synth import Acts, Camera, Chewing, Clip, Encoding, Smile, Sway, Twitch, astronaut, write_clip


@pytest.fixture(scope="module")
def video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    clip = Clip(
        duration_s=8.5,
        twitches=(
            Twitch("commissure_left", 1.0, 4.2, direction_deg=40.0),
            Twitch("commissure_right", 1.0, 7.6),
        ),
        smiles=(Smile(5.2, 6.9, 8.0, right=0.5),),
        acts=Acts(chewing=(Chewing(1.2, 3.6, 8.0, seed=3),)),
        sway=Sway(1.0, 0.5),
        camera=Camera(size=(256, 288), fps=24.0, noise=1.0),
        encoding=Encoding(params="bframes=0", bit_rate_bps=4e6),
        eye_distance_px=60.0,
    )
    path = tmp_path_factory.mktemp("gates") / "meal.mp4"
    write_clip(path, clip, astronaut())
    return path


def test_a_rendered_meal_and_smile_are_gated_and_the_twitches_found(video: Path) -> None:
    m = analyse(record(video, Options()))
    assert [round(e.peak_s, 1) for e in m.events if not e.gated] == [4.3, 7.7]
    assert m.quality.gated_s["chew"] > 1.8
    assert m.quality.gated_s["smile"] > 1.3
