"""Where clips are analysed: behind one small interface, worker processes here or a cluster."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, Protocol

from twitchcam.batch.lane import TASK, Lane
from twitchcam.batch.outcome import Limits, Order, Outcome

Watch = Callable[[Order, str, int, "int | None"], None]
"""Called from any thread with (order, stage, frames done, frames expected or None)."""


def unwatched(_order: Order, _stage: str, _done: int, _expected: int | None) -> None:
    """Ignore progress."""


@dataclass(frozen=True, slots=True)
class Finished:
    """An order, and what became of it."""

    order: Order
    outcome: Outcome


class Executor(Protocol):
    """Takes orders and gives each back, once, in the order in which they finish."""

    @property
    def width(self) -> int:
        """How many orders it works at at the same time."""
        ...

    def submit(self, order: Order) -> None:
        """Take an order."""
        ...

    def as_completed(self) -> Iterator[Finished]:
        """Yield finished orders until none is left; orders may be submitted meanwhile."""
        ...

    def cancel(self) -> None:
        """Drop the orders that have not begun."""
        ...

    def shutdown(self, *, now: bool = False) -> None:
        """End the workers: after what they are at, or `now`."""
        ...


class LanePool:
    """Worker processes on this machine, each with a thread that watches it."""

    def __init__(
        self, workers: int, *, limits: Limits, watch: Watch = unwatched, task: str = TASK, threads: int = 1
    ) -> None:
        self.width = workers
        self._watch = watch
        self._orders: queue.Queue[Order | None] = queue.Queue()
        self._finished: queue.Queue[Finished] = queue.Queue()
        self._left = 0
        self._lanes = [Lane(task, limits, threads) for _ in range(workers)]
        self._threads = [
            threading.Thread(target=self._serve, args=(lane,), daemon=True) for lane in self._lanes
        ]
        for thread in self._threads:
            thread.start()

    def submit(self, order: Order) -> None:
        """Take an order."""
        self._left += 1
        self._orders.put(order)

    def as_completed(self) -> Iterator[Finished]:
        """Yield finished orders until none is left."""
        while self._left:
            try:  # with a time, for a wait without one holds Ctrl-C up on some systems
                finished = self._finished.get(timeout=0.5)
            except queue.Empty:
                continue
            self._left -= 1
            yield finished

    def cancel(self) -> None:
        """Drop the orders that have not begun."""
        while True:
            try:
                self._orders.get_nowait()
            except queue.Empty:
                return
            self._left -= 1

    def shutdown(self, *, now: bool = False) -> None:
        """End the workers."""
        self.cancel()
        for lane in self._lanes if now else ():
            lane.kill()
        for _ in self._threads:
            self._orders.put(None)
        for thread in self._threads:
            thread.join()

    def _serve(self, lane: Lane) -> None:
        while (order := self._orders.get()) is not None:
            outcome = lane.run(order, lambda *told, o=order: self._watch(o, *told))
            self._finished.put(Finished(order, outcome))
        lane.close()


MOST_WORKERS: Final = 256
