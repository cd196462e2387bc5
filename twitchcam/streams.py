"""The standard streams: what they cannot take must not cost a measurement.

Standard error only tells, so a text that does not get through (closed, full, a terminal that went away) is
dropped. Standard output is a result: what it cannot take is told in one line, and a reader that has had
enough (`| head -1`) ends the program in silence. No file's name and no note acts on the terminal: what would
is shown as its code.
"""

from __future__ import annotations

import io
import os
import sys
from typing import IO, Final, cast

from twitchcam.errors import InputRefused
from twitchcam.plain import visible

LAST_STANDARD: Final = 2
"""Descriptors 0, 1 and 2 are the standard streams."""


class OutputClosed(Exception):
    """Whoever read standard output has closed it. Ends the program; no clip's error."""


def set_up_streams() -> None:
    """Make the standard streams fit to be written to, whatever the program was started with."""
    _take_low_descriptors()
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:  # closed by whoever started us
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115 - for good
        elif stream is getattr(sys, f"__{name}__") and isinstance(stream, io.TextIOWrapper):
            setattr(sys, name, _guarded(stream, must_arrive=name == "stdout"))
        # A file name may hold characters that the terminal's encoding lacks: show them escaped.
        getattr(sys, name).reconfigure(errors="backslashreplace")


def drawing(stream: IO[str]) -> IO[str]:
    """Return the stream for a program that draws with escape sequences, and shows names as `visible`."""
    return cast("IO[str]", _Drawing(stream)) if isinstance(stream, _Plain) else stream


def flush_output() -> None:
    """Send what still waits for standard output; raises what `print` would."""
    sys.stdout.flush()


def _take_low_descriptors() -> None:
    """Fill the places of streams that are closed: else the next file that is opened gets such a number, and
    what native code prints there ends up in it.
    """
    while (descriptor := os.open(os.devnull, os.O_RDWR)) <= LAST_STANDARD:
        pass
    os.close(descriptor)


def _guarded(stream: io.TextIOWrapper, *, must_arrive: bool) -> io.TextIOWrapper:
    """Return a stream to the same place that is guarded (`_Guarded`)."""
    raw = _Guarded(stream.fileno(), must_arrive=must_arrive)
    return _Plain(
        io.BufferedWriter(raw),
        encoding=stream.encoding,
        errors="backslashreplace",
        line_buffering=stream.line_buffering or stream.write_through or not must_arrive,
    )


class _Plain(io.TextIOWrapper):
    """Text in which nothing acts on the terminal."""

    def write(self, text: str, /) -> int:
        """Write the text's visible form."""
        super().write(visible(text))
        return len(text)

    def draw(self, text: str) -> int:
        """Write the text as it is."""
        return super().write(text)


class _Drawing:
    """The same stream, everything else as there, to draw on."""

    def __init__(self, stream: _Plain) -> None:
        self._stream = stream
        self.write = stream.draw

    def __getattr__(self, name: str) -> object:
        return getattr(self._stream, name)


class _Guarded(io.RawIOBase):
    """A descriptor whose failure is told once, as an error that the program understands, or not at all."""

    def __init__(self, descriptor: int, *, must_arrive: bool) -> None:
        self._descriptor, self._must_arrive = descriptor, must_arrive
        self._broken = False

    def write(self, data: object, /) -> int:
        """Write what can be written; after a failure everything is dropped."""
        view = memoryview(data)  # type: ignore[arg-type] # the stubs' buffer type is newer than Python 3.10
        if self._broken:
            return view.nbytes
        try:
            return os.write(self._descriptor, view)
        except OSError as error:
            self._broken = True
            if not self._must_arrive:
                return view.nbytes
            if isinstance(error, BrokenPipeError):
                raise OutputClosed from error
            raise InputRefused(
                f"standard output cannot be written ({error.strerror}); send it elsewhere. Files that were "
                "written are whole"
            ) from error

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return self._descriptor

    def isatty(self) -> bool:
        return os.isatty(self._descriptor)
