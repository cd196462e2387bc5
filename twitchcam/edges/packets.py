"""Packets: from the container through the decoder to sound pictures, past whatever is damaged."""

from __future__ import annotations

from collections import Counter
from collections.abc import Generator

import av
from av.container import InputContainer
from av.packet import Packet
from av.video.stream import VideoStream

from twitchcam.edges.quantiser import HeaderReader, ask_for_steps

_KEY_WITHIN = 300
"""Pictures after damage in which a key picture is awaited: the longest spacing in common use is 250; streams
without any (intra refresh) have mended themselves by then."""
_READ_TRIES = 50
"""Read errors in a row after which the rest of the file is given up."""
READ_ERRORS = (av.FFmpegError, IndexError)
"""What reading a broken file raises. FLV, MPEG-PS and MPEG-TS may name a new stream in the middle, which
PyAV's list of streams lacks (IndexError in `demux`); begun again, it passes over that stream's packets."""


class _Doubt:
    """Which pictures to leave out after damage.

    Decoders patch damaged pictures up, and build the next ones on them without a word. Such pictures show
    motion that never was: from the damage to the next key picture a gap is the honest answer.
    """

    def __init__(self) -> None:
        self._left = 0
        self._since: int | None = None

    def begin(self, pts: int | None) -> None:
        """Doubt what is presented from `pts` on; None: everything that comes out from now on."""
        self._left, self._since = _KEY_WITHIN, pts

    def covers(self, frame: av.VideoFrame) -> bool:
        """Tell whether the next picture is to be left out."""
        if frame.is_corrupt:
            self.begin(None)
            return True
        if self._since is not None and frame.pts is not None and frame.pts < self._since:
            return False
        self._left = 0 if frame.key_frame else max(0, self._left - 1)
        return self._left > 0


def read_pictures(
    container: InputContainer, stream: VideoStream, odd: Counter[str]
) -> Generator[av.VideoFrame, None, None]:
    """Yield the sound pictures in order of presentation; count in `odd` what had to be skipped.

    How coarsely each was coded goes with it where that is known (`quantiser.steps_of`).
    """
    doubt = _Doubt()
    ask_for_steps(stream)
    headers = HeaderReader(stream)
    for packet in _packets(container, stream, odd):
        frames: list[av.VideoFrame] = []
        try:
            if packet.is_corrupt:
                odd["packets"] += 1
                doubt.begin(packet.pts)
            else:
                headers.hear(packet)
                frames = packet.decode()
        except EOFError:
            return
        except av.FFmpegError:
            # Raised late, by one of the packets that the decoder's threads were at.
            odd["packets"] += 1
            doubt.begin(None)
        for frame in frames:
            if doubt.covers(frame):
                odd["corrupt"] += 1
            else:
                headers.mark(frame)
                yield frame


def _packets(
    container: InputContainer, stream: VideoStream, odd: Counter[str]
) -> Generator[Packet[VideoStream], None, None]:
    """Yield the stream's packets, starting again after a read error until errors come one upon another."""
    tries = 0
    while tries < _READ_TRIES:
        try:
            for packet in container.demux(stream):
                tries = 0
                yield packet
            return
        except EOFError:
            return
        except READ_ERRORS:
            odd["reads"] += 1
            tries += 1
