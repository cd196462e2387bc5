"""Orders on a Dask cluster, through the same interface as here.

Each thread of a Dask worker keeps a lane of its own, so that on the cluster too a poisoned clip costs one
process and not the Dask worker. A Dask worker that dies gives its clips back, and others take them.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final

from twitchcam.batch.executors import Finished
from twitchcam.batch.fingerprint import program_key
from twitchcam.batch.lane import TASK, Lane
from twitchcam.batch.outcome import Limits, Order, Outcome
from twitchcam.errors import InputRefused

CONNECT_S: Final = 20
_HERE = threading.local()


def in_lane(order: Order, task: str, limits: Limits, threads: int) -> Outcome:
    """Analyse one clip in this thread's lane. Runs on the cluster."""
    key = (task, limits, threads)
    if getattr(_HERE, "key", None) != key:
        _HERE.lane, _HERE.key = Lane(task, limits, threads), key
    lane: Lane = _HERE.lane
    return lane.run(order, lambda *_: None)


class DaskPool:
    """A Dask cluster that runs already; its workers see clips and results folder at the same paths."""

    def __init__(self, address: str, *, limits: Limits, task: str = TASK, threads: int = 1) -> None:
        """Connect.

        Raises
        ------
        InputRefused
            If Dask is not installed or no scheduler answers.
        """
        try:
            import distributed
        except ImportError:
            raise InputRefused(
                "--scheduler needs Dask: pip install distributed 'numpy<2', here and on the cluster"
            ) from None
        try:
            client: Any = distributed.Client
            self._client = client(address, timeout=CONNECT_S, set_as_default=False)
        except (OSError, ValueError) as error:  # a timeout is an OSError
            raise InputRefused(
                f"--scheduler {address}: no Dask scheduler answers there; start one with 'dask scheduler' "
                "and give the address that it prints"
            ) from error
        self._arguments = (task, limits, threads)
        self._orders: dict[str, Order] = {}
        as_completed: Any = distributed.as_completed
        self._futures = as_completed(loop=self._client.loop)

    @property
    def width(self) -> int:
        """Threads of all workers that are there now; twice as many clips are kept waiting on the cluster."""
        threads: dict[str, int] = self._client.nthreads()
        return max(1, sum(threads.values())) * 2

    def submit(self, order: Order) -> None:
        """Take an order."""
        sent = replace(order, program=program_key())
        future = self._client.submit(in_lane, sent, *self._arguments, pure=False)
        self._orders[future.key] = order
        self._futures.add(future)

    def as_completed(self) -> Iterator[Finished]:
        """Yield finished orders until none is left."""
        for future in self._futures:
            order = self._orders.pop(future.key, None)
            if order is not None:
                yield Finished(order, _outcome(future))

    def cancel(self) -> None:
        """Drop the orders that no worker has taken up yet."""
        running = {key for keys in self._client.processing().values() for key in keys}
        waiting = [future for future in list(self._futures.futures) if future.key not in running]
        for future in waiting:
            self._orders.pop(future.key, None)
        self._client.cancel(waiting)

    def shutdown(self, *, now: bool = False) -> None:
        """Leave the cluster as it was; what has not finished is dropped."""
        del now
        self._client.close(timeout=CONNECT_S)


def _outcome(future: Any) -> Outcome:
    if future.status == "finished":
        outcome: Outcome = future.result()
        return outcome
    error = future.exception() if future.status == "error" else None
    if type(error).__name__ == "KilledWorker":
        return Outcome("crashed", "several workers of the cluster died over this clip")
    short = " ".join(str(error).split())[:300]
    return Outcome("bug", f"the cluster could not run it ({type(error).__name__}: {short})")
