"""Children: a probe in a process of its own, whatever becomes of it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    Outcome = dict[str, Any]

MARK = "twitchcam-doctor:"
"""Begins each line that a probe reports; native libraries print lines of their own."""
_START = (
    "import json, sys; sys.path[:] = json.loads(sys.argv.pop(1)); "
    "from twitchcam.doctor.probe import main; main()"
)
_WINDOWS = {
    0xC000001D: "it used an instruction that this processor does not have",
    0xC0000005: "it crashed (access violation)",
    0xC0000135: "a DLL is missing",
}


class Ended(NamedTuple):
    """How a probe ended, and what it had reported by then."""

    code: int | None
    """Exit code, negative for a signal; None when it took too long."""
    reports: list[dict[str, Any]]
    said: str
    """The last line of its standard error."""

    @property
    def how(self) -> str:
        """Say in a few words how it ended; empty when it ended well."""
        return how_it_ended(self.code, self.said)


def run_probe(task: str, *arguments: str, timeout_s: float) -> Ended:
    """Run one task of `probe` with the module path of this process, for so long at most."""
    command = [sys.executable, "-c", _START, json.dumps(sys.path), task, *arguments]
    environment = {**os.environ, "PYTHONIOENCODING": "utf-8", "OPENBLAS_NUM_THREADS": "1"}
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=timeout_s,
            env=environment,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        return Ended(None, _reports(error.stdout or b""), "")
    except OSError as error:
        return Ended(1, [], f"{sys.executable} cannot be started ({error.strerror})")
    lines = done.stderr.decode("utf-8", "replace").strip().splitlines()
    return Ended(done.returncode, _reports(done.stdout), lines[-1][:200] if lines else "")


def run_each(task: str, names: Sequence[str], *arguments: str, timeout_s: float) -> dict[str, Outcome]:
    """Run a task for each name, in one process as long as none of them ends it.

    Returns
    -------
    dict
        What was reported for each name, put together. One that took the process with it has `crash`; when not
        even one began (Python itself does not start) the first has it, and the others are missing.
    """
    outcomes: dict[str, Outcome] = {}
    waiting = list(names)
    while waiting:
        ended = run_probe(task, *arguments, *waiting, timeout_s=timeout_s)
        for report in ended.reports:
            outcomes.setdefault(report["name"], {}).update(report)
        begun = [name for name in waiting if name in outcomes]
        if ended.code != 0:
            outcomes.setdefault(begun[-1] if begun else waiting[0], {})["crash"] = ended.how
        waiting = [name for name in waiting if name not in outcomes] if begun else []
    return outcomes


def _reports(output: bytes) -> list[dict[str, Any]]:
    lines = output.decode("utf-8", "replace").splitlines()
    return [json.loads(line[len(MARK) :]) for line in lines if line.startswith(MARK) and line.endswith("}")]


def how_it_ended(code: int | None, said: str) -> str:
    """Return an exit code in words; empty for 0."""
    if code == 0:
        return ""
    if code is None:
        return "it did not end in time"
    if code in (-4, 132):
        return "it used an instruction that this processor does not have (probably AVX)"
    if code in (-9, 137):
        return "it was ended from outside, probably because memory ran out"
    if code & 0xFFFFFFFF in _WINDOWS:
        return _WINDOWS[code & 0xFFFFFFFF]
    if code < 0:
        return f"it crashed ({_signal_name(-code)})"
    return said or f"it ended with exit code {code}"


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
