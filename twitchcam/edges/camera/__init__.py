"""Cameras: live pictures with honest time stamps, the newest one at any moment, and a word when something is
wrong. A recorded clip can be played as if it came from a camera.
"""

from twitchcam.edges.camera.camera_feed import open_feed
from twitchcam.edges.camera.clip_feed import play_clip
from twitchcam.edges.camera.feed import Feed, FeedState, FeedStatus
from twitchcam.edges.camera.names import Camera, list_cameras
from twitchcam.edges.camera.picture import CameraPicture
from twitchcam.edges.camera.settings import CameraSettings, Given
from twitchcam.edges.camera.slot import Counts

__all__ = [
    "Camera",
    "CameraPicture",
    "CameraSettings",
    "Counts",
    "Feed",
    "FeedState",
    "FeedStatus",
    "Given",
    "list_cameras",
    "open_feed",
    "play_clip",
]
