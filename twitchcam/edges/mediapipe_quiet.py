"""Loading and starting MediaPipe's networks without their chatter."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Final, Protocol

from twitchcam.types import FloatArray, Image

FIRST_CALLS: Final = 2
"""The graph's threads report in a network's first two calls: while they start, and at the first picture that
is tracked instead of searched."""


_ONE_AT_A_TIME = threading.RLock()
"""Two threads that each put standard error aside and back could end with it gone."""


@contextmanager
def quiet_native() -> Iterator[None]:
    """Send what native code writes to standard error to nowhere.

    MediaPipe and TensorFlow Lite log to the file descriptor itself when a graph starts; no setting stops it.
    """
    os.environ.setdefault("GLOG_minloglevel", "2")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    with _ONE_AT_A_TIME:
        sys.stderr.flush()
        kept = os.dup(2)
        nowhere = os.open(os.devnull, os.O_WRONLY)
        try:
            os.dup2(nowhere, 2)
            yield
        finally:
            os.dup2(kept, 2)
            os.close(kept)
            os.close(nowhere)


@contextmanager
def without_drawing() -> Iterator[None]:
    """Let MediaPipe be imported without its drawing helpers, which load matplotlib (0.3 s) and are not used
    here.
    """
    absent = [name for name in _DRAWING if name not in sys.modules]
    for name in absent:
        sys.modules[name] = ModuleType(name)
    try:
        yield
    finally:
        for name in absent:
            sys.modules.pop(name, None)


_DRAWING = ("mediapipe.python.solutions.drawing_utils", "mediapipe.python.solutions.drawing_styles")


class Network(Protocol):
    """Finds faces: (m, 3) landmarks each, in fractions of the picture."""

    def __call__(self, rgb: Image, /) -> list[FloatArray]: ...

    def close(self) -> None: ...


class Hushed:
    """A network that is made when it is first needed, and whose first calls are silent."""

    def __init__(self, make: Callable[[], Network]) -> None:
        self._make = make
        self._network: Network | None = None
        self._calls = 0

    def __call__(self, rgb: Image) -> list[FloatArray]:
        """Return the faces in an RGB picture."""
        self._calls += 1
        if self._calls > FIRST_CALLS and self._network is not None:
            return self._network(rgb)
        with quiet_native():
            if self._network is None:
                self._network = self._make()
            return self._network(rgb)

    def close(self) -> None:
        """Free the network. Harmless when it was never made, or is closed already."""
        network, self._network = self._network, None
        if network is not None:
            network.close()
