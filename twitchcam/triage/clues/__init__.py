"""Clues: what the patterns are compared with, drawn once from a measurement and the answers."""

from twitchcam.triage.clues.events import covered_fraction, side_of_events
from twitchcam.triage.clues.eyes import BlinkLock, EyeClues
from twitchcam.triage.clues.gather import Clues, gather_clues
from twitchcam.triage.clues.guided import Guided
from twitchcam.triage.clues.mouth import Gestures, Swing
from twitchcam.triage.clues.trains import Run, interval_cv, interval_spread

__all__ = [
    "BlinkLock", "Clues", "EyeClues", "Gestures", "Guided", "Run", "Swing", "covered_fraction",
    "gather_clues", "interval_cv", "interval_spread", "side_of_events",
]  # fmt: skip
