"""Scheduling: what an encoder must not change for good."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def usual_scheduling() -> Iterator[None]:
    """Leave the calling thread scheduled as it was.

    SVT-AV1, run by root, puts the thread that hands it its first picture under SCHED_FIFO at the highest
    priority, and leaves it there. Everything that is started afterwards inherits that and starves the rest
    of the machine: a browser test then waits for programs that never get a turn.
    """
    if sys.platform != "linux":
        yield
        return
    policy, priority = os.sched_getscheduler(0), os.sched_getparam(0)
    try:
        yield
    finally:
        if os.sched_getscheduler(0) != policy:
            os.sched_setscheduler(0, policy, priority)
