"""Clues: what the patterns are compared with, drawn once from a measurement and the answers."""

from twitchcam.triage.clues.events import counts, covered_fraction, side_of_events
from twitchcam.triage.clues.eyes import BlinkLock, EyeClues, free_blinks
from twitchcam.triage.clues.gather import Clues, gather_clues, rest_seconds
from twitchcam.triage.clues.guided import Guided, guided_of
from twitchcam.triage.clues.mouth import Gestures, Swing
from twitchcam.triage.clues.trains import Run, interval_cv, interval_spread

__all__ = [
    "BlinkLock", "Clues", "EyeClues", "Gestures", "Guided", "Run", "Swing", "counts", "covered_fraction",
    "free_blinks", "gather_clues", "guided_of", "interval_cv", "interval_spread", "rest_seconds",
    "side_of_events",
]  # fmt: skip
