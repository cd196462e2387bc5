"""A stopwatch with named laps, where a lap inside another one stops the outer one."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TypeVar

T = TypeVar("T")
A = TypeVar("A")


@dataclass
class Lap:
    """What one name took so far."""

    wall_s: float = 0.0
    cpu_s: float = 0.0
    """Processor time of all threads of this process."""
    calls: int = 0


@dataclass
class Stopwatch:
    """Gives every moment to the innermost lap that runs."""

    laps: dict[str, Lap] = field(default_factory=dict)
    _running: list[str] = field(default_factory=list)
    _last: tuple[float, float] = (0.0, 0.0)

    @contextmanager
    def lap(self, name: str) -> Iterator[None]:
        """Give the time of the block to `name`."""
        self._turn()
        self.laps.setdefault(name, Lap()).calls += 1
        self._running.append(name)
        try:
            yield
        finally:
            self._turn()
            self._running.pop()

    def each(self, name: str, items: Iterable[T], prepare: Callable[[T], object]) -> Iterator[T]:
        """Yield the items; making and preparing each is a lap."""
        source = iter(items)
        while True:
            with self.lap(name):
                try:
                    item = next(source)
                except StopIteration:
                    return
                prepare(item)
            yield item

    def around(self, name: str, function: Callable[[A], T]) -> Callable[[A], T]:
        """Return the function with each call as a lap."""

        def timed(argument: A) -> T:
            with self.lap(name):
                return function(argument)

        return timed

    def _turn(self) -> None:
        now = time.perf_counter(), time.process_time()
        if self._running:
            lap = self.laps[self._running[-1]]
            lap.wall_s += now[0] - self._last[0]
            lap.cpu_s += now[1] - self._last[1]
        self._last = now
