"""twitchcam watches a face in a video and measures how the lips twitch."""

__version__ = "0.1.0"
