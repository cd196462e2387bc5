"""A camera as a feed: opened, watched, lost and found again."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Final

from twitchcam.edges.camera.address import Address, read_address
from twitchcam.edges.camera.capture import Capture, clock, open_capture
from twitchcam.edges.camera.feed import Feed, FeedState
from twitchcam.edges.camera.picture import CameraPicture
from twitchcam.edges.camera.refusal import why_no_picture
from twitchcam.edges.camera.settings import CameraSettings
from twitchcam.edges.camera.slowness import SlownessWatch
from twitchcam.edges.camera.whereabouts import Whereabouts, is_gone
from twitchcam.edges.planes import Size
from twitchcam.errors import InputRefused
from twitchcam.types import Frame, Source

_OPEN_S, _REOPEN_S = 5.0, 2.0
_FIRST_PICTURE_S: Final = 6.0
"""Cameras need up to some seconds from opening to the first picture."""
_SIGNS_OF_LIFE: Final = 2
_PATIENCE_S: Final = 1.5
"""A camera of this computer that gives no picture for so long is lost."""
_REFUSED_S: Final = 30.0
"""A driver that has not answered by then hangs."""
_BACK_OFF_S: Final = (0.2, 0.5, 1.0, 2.0)
_AGAIN_S: Final = 0.05
_BACKLOG_WAIT_S, _BACKLOG_S = 0.008, 0.5
"""Pictures that come without waiting after connecting lay in a buffer, and their stamps would be wrong: they
are left out, for half a second at most."""
_LOOK_S: Final = 0.5
"""How often brightness and exposure are looked at."""


def open_feed(source: int | str | Path, wanted: CameraSettings | None = None) -> Feed:
    """Open a camera and return its feed once the first picture is there.

    Parameters
    ----------
    source
        A camera's number (0 or '0'), a device such as /dev/video0, or an http or rtsp address.
    wanted
        Size, rate and exposure to ask for.

    Raises
    ------
    InputRefused
        If there is no such camera, it is in use, may not be used, or sends no picture.
    """
    feed = CameraFeed(read_address(source), wanted or CameraSettings())
    try:
        feed.wait_for_first()
    except BaseException:
        feed.close()
        raise
    return feed


class CameraFeed(Feed):
    """A camera or a stream that is being watched."""

    def __init__(self, address: Address, wanted: CameraSettings) -> None:
        super().__init__(address.shown)
        self._address = address
        self._wanted = wanted
        self._whereabouts = Whereabouts(address)
        if self._whereabouts.camera is not None:
            self.name = f"{address.shown} ({self._whereabouts.camera.name})"
        self._watch = SlownessWatch()
        self._refused: str | None = None
        self._size: Size | None = None
        self._first_s: float | None = None
        self._last_s = 0.0
        self._looked_s = -_LOOK_S
        self._index = -1
        self._thread.start()

    def wait_for_first(self) -> None:
        """Wait until the first picture is there; raise InputRefused if none comes."""
        self._begun.wait(_REFUSED_S)
        if self._error is not None:
            raise self._error
        if self._first_s is None:
            silent = f"{self.name} does not answer; unplug it and plug it in again"
            raise InputRefused(self._refused or silent)

    def now_s(self) -> float:
        return 0.0 if self._first_s is None else clock() - self._first_s

    @property
    def source(self) -> Source:
        width, height = self._size or (0, 0)
        given, fixed = self._given, self._wanted.exposure_s is not None
        return Source(
            file=self.name,
            sha256=None,
            width=width,
            height=height,
            frames=self._index + 1,
            duration_s=self._last_s,
            fps=self._rate.fps,
            vfr=True,
            rotation_deg=0,
            mirrored=self._wanted.mirrored,
            pixel_format=given.pixel_format if given else "",
            exposure_s=given.exposure_s if given and fixed else None,
            notes=self.notes,
        )

    def _run(self) -> None:
        capture = self._open_first()
        while capture is not None:
            try:
                self._stream(capture)
            finally:
                capture.release()
            capture = None if self._stop.is_set() else self._find_again()

    def _open_first(self) -> Capture | None:
        capture = self._open(_OPEN_S, _FIRST_PICTURE_S)
        if capture is None:
            self._refused = why_no_picture(self._address)
        elif not capture.is_stream and (sentence := capture.given.differs(self._wanted)):
            self._note(sentence)
        return capture

    def _open(self, timeout_s: float, first_picture_s: float) -> Capture | None:
        """Return the source, opened and giving pictures; None otherwise."""
        capture = open_capture(self._address, self._wanted, timeout_s=timeout_s)
        if capture is None:
            return None
        if not self._is_alive(capture, first_picture_s):
            capture.release()
            return None
        self._given = capture.given
        self._rate.restart()
        return capture

    def _is_alive(self, capture: Capture, within_s: float) -> bool:
        """Wait for a sign of life. These pictures are left: a camera's first ones are often black, and what
        sends one only is no stream.
        """
        end_s, seen = clock() + within_s, 0
        while not self._stop.is_set():
            if capture.grab() is not None:
                seen += 1
                if seen == _SIGNS_OF_LIFE:
                    return True
            elif capture.is_stream or clock() > end_s or is_gone(self._address.device):
                return False
            else:
                self._stop.wait(_AGAIN_S)
        return False

    def _stream(self, capture: Capture) -> None:
        """Hand pictures on until none come any more."""
        began_s = seen_s = clock()
        draining = capture.is_stream
        while not self._stop.is_set():
            before_s = clock()
            stamp = capture.grab()
            if stamp is None:
                if capture.is_stream or clock() - seen_s > _PATIENCE_S or is_gone(self._address.device):
                    return
                self._stop.wait(_AGAIN_S)
                continue
            seen_s = clock()
            draining &= seen_s - before_s < _BACKLOG_WAIT_S and seen_s - began_s < _BACKLOG_S
            if not draining:
                self._hand_on(stamp, capture)

    def _hand_on(self, stamp: float, capture: Capture) -> None:
        picture = capture.retrieve(size=self._size, mirrored=self._wanted.mirrored)
        if picture is None:
            self._damaged += 1
            return
        if self._size is None or self._first_s is None:
            self._size, self._first_s = (picture.width, picture.height), stamp
        self._last_s = stamp - self._first_s
        if picture.fitted_from is not None:
            came, kept = ("{}x{}".format(*size) for size in (picture.fitted_from, self._size))
            self._note_once(f"The pictures changed to {came} and are fitted into {kept}.")
        self._index += 1
        self._lost = None
        self._put(Frame(self._index, self._last_s, picture))
        if self._last_s - self._looked_s >= _LOOK_S:
            self._looked_s = self._last_s
            self._look(picture, capture)

    def _look(self, picture: CameraPicture, capture: Capture) -> None:
        self._brightness = picture.brightness()
        exposure_s = capture.exposure_s()
        if exposure_s is not None:
            self._given = replace(capture.given, exposure_s=exposure_s)
        self._slow = self._watch.look(
            self._last_s,
            self._rate.fps,
            promised_fps=capture.given.fps,
            brightness=self._brightness,
            exposure_s=exposure_s,
        )
        if self._slow is not None:
            self._note_once(self._slow)

    def _find_again(self) -> Capture | None:
        """Look for the lost source until it is back; None when it is given up or the feed closed."""
        lost_s, tries = clock(), 0
        self._lost = (
            f"{self.name} sends no pictures any more; {self._advice()}, it is looked for all the time."
        )
        self._state = FeedState.LOST
        self._note(f"{self.name} stopped sending pictures at {self._last_s:.1f} s.")
        while not self._stop.wait(_BACK_OFF_S[min(tries, len(_BACK_OFF_S) - 1)]):
            tries += 1
            self._address = self._whereabouts.now()
            capture = self._open(_REOPEN_S, _PATIENCE_S)
            if capture is not None:
                self._note(f"{self.name} came back after {clock() - lost_s:.1f} s without pictures.")
                return capture
            if self._wanted.give_up_s is not None and clock() - lost_s > self._wanted.give_up_s:
                self._note(f"{self.name} did not come back and was given up.")
                break
        return None

    def _advice(self) -> str:
        if self._address.url is not None:
            return "check that the camera is on and in the network"
        return "plug it in again, or close other programs that use it"
