"""The back: pure functions from a `Recording` to what was measured."""

from twitchcam.analysis.summarise import analyse

__all__ = ["analyse"]
