"""The Python API: what the command line does, as three functions and one object.

    import twitchcam as tc

    s = tc.analyze("clip.mp4")
    s.lips.rate_per_min

Everything here is reached as `twitchcam.<name>`, which loads this package when it is first asked for.
"""

from twitchcam.api.functions import analyze, load, triage
from twitchcam.api.result import Analysis, Region
from twitchcam.api.tables import Events, Signals

__all__ = ["Analysis", "Events", "Region", "Signals", "analyze", "load", "triage"]
