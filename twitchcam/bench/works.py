"""What is measured, by name: twitchcam itself and the baselines beside it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

COMMAND: Final = "command"
ANALYZE: Final = "analyze"
IN_STAGES: Final = "stages"
FACEMESH: Final = "facemesh"
TASKS: Final = "tasks"
STAGES: Final = ("decode", "mesh", "registration", "back", "writing")
"""Of the program, in the order of the work."""


@dataclass(frozen=True, slots=True)
class Work:
    """One thing that a process of its own does with the clip."""

    name: str
    function: str
    """Module and function below `twitchcam.bench`."""
    title: str


WORKS: Final = (
    Work("pyav", "baselines:decode_with_av", "decoding alone, PyAV"),
    Work("pyav_all_cores", "baselines:decode_with_av_on_all_cores", "decoding alone, PyAV on all cores"),
    Work("opencv", "baselines:decode_with_opencv", "decoding alone, OpenCV"),
    Work(
        FACEMESH, "baselines:facemesh_on_every_picture", "OpenCV decode + refined FaceMesh on every picture"
    ),
    Work(TASKS, "baselines:tasks_on_every_picture", "OpenCV decode + Tasks FaceLandmarker, video mode"),
    Work(COMMAND, "program:run_command", "twitchcam analyze"),
    Work(ANALYZE, "stages:analyse_whole", "its work, without starting the command"),
    Work(IN_STAGES, "stages:run_stages", "its stages, one after the other"),
)
"""In the order in which each round runs them."""
BY_NAME: Final = {work.name: work for work in WORKS}
