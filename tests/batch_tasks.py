"""A stand-in for the analysis: what happens to a clip stands in its file. Runs in worker processes."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from twitchcam.batch.executors import Finished
from twitchcam.batch.fingerprint import content_key, stat_of
from twitchcam.batch.outcome import Order, Outcome

if TYPE_CHECKING:
    from twitchcam.session import Progress


@dataclass(frozen=True)
class Plain:
    """Options of nothing: with the real ones a worker would load the whole program, which takes seconds."""


def act(order: Order, progress: Progress) -> Outcome:
    """Do what the clip's text says, and leave a summary."""
    path, folder = Path(order.job.path), Path(order.out) / order.job.name
    if not path.exists():
        return Outcome("missing", f"{path} does not exist")
    word, _, rest = path.read_text(encoding="utf-8").partition(" ")
    progress("measuring", 1, 10)
    with open(path.with_suffix(".tried"), "a", encoding="utf-8") as handle:
        handle.write(f"{os.getpid()}\n")
    if word == "refuse":
        return Outcome("refused", f"{path} is not a video", seconds=0.01)
    if word == "sleep":
        time.sleep(float(rest))
    if word == "wait":  # until the file named is there
        while not Path(rest).exists():
            time.sleep(0.02)
    if word == "eat":
        kept = []
        while True:
            kept.append(b"x" * 20_000_000)
    if word == "kill" or (word == "kill-once" and len(tries(path)) == 1):
        os.kill(os.getpid(), signal.SIGKILL)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "summary.json").write_text("{}", encoding="utf-8")
    return Outcome(seconds=0.5, stat=stat_of(path), sha256=content_key(path), values={"lips.events": 3})


def tries(path: Path) -> list[int]:
    """Return the processes that a clip was given to, one for each try."""
    tried = path.with_suffix(".tried")
    return [int(line) for line in tried.read_text(encoding="utf-8").split()] if tried.exists() else []


class Inline:
    """An executor that does the work here, when it is asked for results."""

    width = 2

    def __init__(self) -> None:
        self._orders: list[Order] = []

    def submit(self, order: Order) -> None:
        self._orders.append(order)

    def as_completed(self) -> Iterator[Finished]:
        while self._orders:
            order = self._orders.pop(0)
            yield Finished(order, act(order, lambda *_: None))

    def cancel(self) -> None:
        self._orders.clear()

    def shutdown(self, *, now: bool = False) -> None:
        pass
