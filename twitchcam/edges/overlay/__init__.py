"""The videos that show a measurement, drawn in a second pass over the file, when all events are known.

The overlay is the clip again, lips outlined by side, regions marked, twitches ringed where they are. The
magnified video is the mouth held still, beside the same with the measured motion enlarged. Left and right are
the subject's own: someone who faces the camera has their left on the right of the picture.
"""

from twitchcam.edges.overlay.magnify import write_magnified
from twitchcam.edges.overlay.marks import N_MARKS, pick_marks
from twitchcam.edges.overlay.moments import Moment, cut_moments
from twitchcam.edges.overlay.painter import write_overlay

__all__ = ["N_MARKS", "Moment", "cut_moments", "pick_marks", "write_magnified", "write_overlay"]
