"""The live session measured: frames kept, time to the page, time to an announcement, CPU, memory.

    python scripts/live.py                          two minutes of a rendered 1280x720 clip at 30 a second
    python scripts/live.py --minutes 30             memory over half an hour
    python scripts/live.py --overload 4             beside four processes that take what they can

The whole program runs as for a person: clip feed, tracker, session, server; a page in a process of its own
reads everything. Both read the same clock, so times are from a frame's stamp to its value on the page.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
from websockets.sync.client import connect

from twitchcam.edges.facemesh import FaceMeshTracker
from twitchcam.live.options import SessionOptions
from twitchcam.live.server import LiveServer, listen
from twitchcam.live.session import Session
from twitchcam.live.sources import ClipSource

CLIP = Path("results/live-720p30.mp4")
CLIP_S = 40.0
EVERY_S = 5.0
SAME_S = 0.08
"""A twitch that was made and one that was told are the same when their peaks are nearer than this."""
clock = time.perf_counter


@dataclass
class Usage:
    """What the program took, every few seconds."""

    t_s: list[float] = field(default_factory=list)
    cpu_s: list[float] = field(default_factory=list)
    memory_mb: list[float] = field(default_factory=list)
    """Of the main process and of the one that looks."""

    def look(self) -> None:
        parts = [_process(pid) for pid in (os.getpid(), *_children())]
        self.t_s.append(clock())
        self.cpu_s.append(sum(cpu for cpu, _ in parts))
        self.memory_mb.append(sum(memory for _, memory in parts))


def _process(pid: int) -> tuple[float, float]:
    """Return (CPU seconds, resident megabytes) of a process; Linux."""
    try:
        parts = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except OSError:
        return 0.0, 0.0
    ticks = os.sysconf("SC_CLK_TCK")
    return (int(parts[11]) + int(parts[12])) / ticks, pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def _children() -> list[int]:
    """Return the processes that this program works with; neither the page nor the overload."""
    return [p.pid for p in multiprocessing.active_children() if p.pid and p.name.startswith("SpawnProcess")]


def read_page(address: str, origin: str) -> None:
    """Be a page: print when each sample, picture and event came, one JSON line a message."""
    with connect(address, origin=origin, max_size=None) as socket:
        seen = 0
        for received in socket:
            now = clock()
            if isinstance(received, bytes):
                continue
            message = json.loads(received)
            told: dict[str, Any] | None = None
            if message["type"] == "traces":
                told = {"t": message["t"]}
            elif message["type"] == "shot":
                seen = message["n"]
                socket.send(json.dumps({"type": "seen", "n": seen}))
                told = {"shot": message["t_s"]}
            elif message["type"] == "look":
                told = {"events": message["new_events"], "dropped": message["camera"]["dropped"]}
            if told is not None:
                print(json.dumps({"at": now, **told}), flush=True)


def _busy() -> None:
    while True:
        sum(range(100_000))


def _percentiles(values: Sequence[float], unit: str) -> str:
    if not len(values):
        return "none"
    p50, p95, most = np.percentile(values, [50, 95, 100])
    return f"p50 {p50:.0f} {unit}, p95 {p95:.0f} {unit}, max {most:.0f} {unit} (n {len(values)})"


def _announced(
    lines: list[dict[str, Any]], began: float, clip: Path, length_s: float
) -> tuple[list[float], int]:
    """Return, for the twitches that were made, the time from the end to the first announcement (ms), and how
    many there were. The first five seconds, in which the face is learnt, are left out.
    """
    truth = json.loads(clip.with_suffix(".truth.json").read_text())
    made = [e for e in truth["events"] if e["trial_type"] in ("twitch", "tonic")]
    turns = range(int(length_s // truth["duration_s"]) + 1)
    at = [
        (e["peak"] + k * truth["duration_s"], e["offset"] + k * truth["duration_s"])
        for k in turns
        for e in made
    ]
    at = [(peak, end) for peak, end in at if 5.0 < end < length_s - 1.0]
    told = [
        (event["peak_s"], line["at"] - began)
        for line in lines
        for event in line.get("events", ())
        if not event["gated"] and event["trial_type"] in ("twitch", "tonic")
    ]
    told.sort()
    peaks = np.array([p for p, _ in told])
    first: list[float | None] = []
    for peak, _ in at:
        a, b = np.searchsorted(peaks, [peak - SAME_S, peak + SAME_S])
        first.append(min((t for _, t in told[a:b]), default=None))
    return [1e3 * (t - end) for t, (_, end) in zip(first, at, strict=True) if t is not None], len(at)


def render(path: Path) -> None:
    """Render the default clip: bursts of twitches at the left corner of the mouth, blinks, head sway."""
    if path.is_file():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    print(f"rendering {path} (once, some minutes)", flush=True)
    options = ("--duration", str(CLIP_S), "--size", "1280x720", "--preset", "spasm", "--seed", "5")
    subprocess.run([sys.executable, "-m", "twitchcam", "synth", str(path), *options], check=True)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--source", type=Path, default=None)
    parser.add_argument("--minutes", type=float, default=2.0)
    parser.add_argument("--overload", type=int, default=0, help="busy processes beside it")
    parser.add_argument("--video", action="store_true", help="keep the video as well")
    parser.add_argument("--page", nargs=2, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.page:
        read_page(*given.page)
        return
    source = given.source or CLIP
    if given.source is None:
        render(source)
    measure(source, given.minutes * 60, overload=given.overload, video=given.video)


def measure(clip: Path, length_s: float, *, overload: int, video: bool) -> None:
    """Run a session for `length_s` and print what it took."""
    tracker = FaceMeshTracker()
    tracker.forget()
    session = Session(ClipSource(clip, loop=True), tracker, SessionOptions()).open()
    server = LiveServer(session, listen())
    serving = threading.Thread(target=server.run)
    serving.start()
    origin = f"http://127.0.0.1:{server.port}"
    page = subprocess.Popen(
        [sys.executable, __file__, "--page", server.address.replace("http", "ws") + "ws", origin],
        stdout=subprocess.PIPE,
        text=True,
    )
    lines: list[dict[str, Any]] = []
    reading = threading.Thread(target=lambda: lines.extend(map(json.loads, page.stdout or ())))
    reading.start()
    busy = [multiprocessing.get_context("fork").Process(target=_busy, daemon=True) for _ in range(overload)]
    for process in busy:
        process.start()
    usage = Usage()
    try:
        time.sleep(3)  # pages and processes have begun
        session.start(video=video)
        end_s = clock() + length_s
        while clock() < end_s:
            usage.look()
            time.sleep(min(EVERY_S, max(0.0, end_s - clock())))
        status = session.scene.status()
        began = getattr(session.scene.feed, "_began", 0.0)
        session.stop()
        while session.outcome is None:
            time.sleep(0.1)
        report(session, clip, status, began, lines, usage, length_s)
    finally:
        for process in busy:
            process.kill()
        page.terminate()
        server.stop()
        serving.join()
        session.close()
        tracker.close()
        reading.join()


def report(
    session: Session,
    clip: Path,
    status: Any,
    began: float,
    lines: list[dict[str, Any]],
    usage: Usage,
    length_s: float,
) -> None:
    """Print the figures."""
    counts = status.counts
    t_s = session.outcome.recording.t_s if session.outcome else np.zeros(0)
    gaps = t_s[1:][np.diff(t_s) > 0.05]
    late = [1e3 * (line["at"] - began - t) for line in lines for t in line.get("t", ()) if t > 5]
    newest = [
        1e3 * (line["at"] - began - line["t"][-1]) for line in lines if line.get("t") and line["t"][-1] > 5
    ]
    shots = [line["shot"] for line in lines if line.get("shot")]
    drawn = [1e3 * (line["at"] - began - line["shot"]) for line in lines if (line.get("shot") or 0) > 5]
    cores = np.diff(usage.cpu_s) / np.diff(usage.t_s)
    load = os.getloadavg()
    print(f"machine           {os.cpu_count()} cores, load {load[0]:.1f} (this program included)")
    print(f"recorded          {t_s.size} frames in {length_s:.0f} s")
    print(f"dropped           {counts.dropped} of {counts.grabbed} (longest in a row {counts.longest_drop}, "
          f"even {counts.drops_even}), {gaps.size} gaps, {np.count_nonzero(gaps > 5)} after 5 s")  # fmt: skip
    print(f"sample to page    {_percentiles(late, 'ms')}")
    print(f"newest to page    {_percentiles(newest, 'ms')}")
    print(f"picture to page   {_percentiles(drawn, 'ms')}, {len(shots) / length_s:.1f} a second")
    if clip.with_suffix(".truth.json").is_file():
        delays, made = _announced(lines, began, clip, length_s)
        print(f"event announced   {_percentiles(delays, 'ms')} after its end, of {made} made")
    print(f"looks             {sum('events' in line for line in lines) / length_s:.1f} messages a second")
    print(
        f"CPU               {np.median(cores):.2f} cores, at most {cores.max():.2f}"
        if cores.size
        else "CPU -"
    )
    memory = usage.memory_mb
    print(f"memory            {memory[1 if len(memory) > 1 else 0]:.0f} MB at the start, "
          f"{memory[-1]:.0f} MB at the end, most {max(memory):.0f} MB; "
          f"rows {t_s.size * 0.9e-3:.0f} MB of it")  # fmt: skip


if __name__ == "__main__":
    main()
