"""Records the ratios that `tests/test_bench.py` guards."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median
from typing import Any

from twitchcam.bench.clip import SAMPLE, fit_length
from twitchcam.bench.guard import ratios_of
from twitchcam.bench.machine import this_machine
from twitchcam.files import replacing

FLOORS = Path(__file__).resolve().parents[2] / "tests" / "speed_floors.json"
SECONDS = 3.0
RUNS = 5


def record_floors() -> dict[str, float]:
    """Measure the ratios several times and write their medians; return them."""
    with tempfile.TemporaryDirectory() as folder:
        clip = fit_length(SAMPLE, SECONDS, Path(folder))
        found = [_once(clip) for _ in range(RUNS)]
    ratios = {name: round(median(one[name] for one in found), 3) for name in found[0]}
    machine = this_machine()
    kept: dict[str, Any] = {
        "about": "processor time of a plain loop over ours, larger is faster (twitchcam.bench.guard)",
        "clip": SAMPLE.name,
        "seconds": SECONDS,
        "processor": machine.processor,
        "cores": machine.cores,
        "libraries": machine.libraries,
        "ratios": ratios,
    }
    with replacing(FLOORS) as handle:
        handle.write(json.dumps(kept, indent=2).encode() + b"\n")
    return ratios


def _once(clip: Path) -> dict[str, float]:
    command = [sys.executable, "-m", "twitchcam.bench.guard", str(clip), "3"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return ratios_of(json.loads(done.stdout))
