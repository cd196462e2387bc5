"""The overlay video: the clip again, lips outlined by side, regions marked, twitches ringed where they are.

Drawn in a second pass over the file, when all events are known. Left and right are the subject's own: someone
who faces the camera has their left on the right of the picture.
"""

from twitchcam.edges.overlay.marks import N_MARKS, pick_marks
from twitchcam.edges.overlay.painter import write_overlay

__all__ = ["N_MARKS", "pick_marks", "write_overlay"]
