"""The measurement as tables: plain columns for a terminal, or Markdown for a page."""

from __future__ import annotations

from collections.abc import Sequence

from twitchcam.bench.clip import ClipFacts
from twitchcam.bench.figures import Ratio, Speed, Spread, StageSpeed
from twitchcam.bench.machine import Machine

Table = list[list[str]]
"""Rows of cells, the first one the heads."""
STAGE_TITLES = {
    "decode": "decode (luma only)",
    "mesh": "face mesh",
    "registration": "registration",
    "back": "back: analysis and triage",
    "writing": "the five files, report included",
}


def speed_table(rows: Sequence[Speed]) -> Table:
    """Return the works with what they take."""
    table = [["", "frames/s", "ms a frame", "processor ms a frame", "start-up s", "memory MB"]]
    for row in rows:
        if row.frames_per_s is None:
            table.append([row.title, f"not measured: {row.reason}", "", "", "", ""])
            continue
        cells = (row.frames_per_s, row.wall_ms, row.cpu_ms, row.startup_s, row.peak_mb)
        table.append([row.title, *(number(cell, k) for cell, k in zip(cells, (0, 2, 2, 2, 0), strict=True))])
    return table


def stage_table(rows: Sequence[StageSpeed], frames: int) -> Table:
    """Return the stages with what each takes when it runs alone."""
    table = [["stage, alone", "ms a frame", "processor ms a frame", "frames/s", "runs on"]]
    for row in rows:
        alone = 1e3 / row.wall_ms.median if row.wall_ms.median else float("inf")
        share = f"{row.calls} of {frames} frames" if row.stage in ("decode", "mesh", "registration") else ""
        if row.stage in ("decode", "registration"):  # one call more ends it
            share = f"{frames} of {frames} frames"
        table.append(
            [STAGE_TITLES[row.stage], number(row.wall_ms, 2), number(row.cpu_ms, 2), f"{alone:.0f}", share]
        )
    return table


def ratio_table(rows: Sequence[Ratio]) -> Table:
    """Return how analyze compares with each baseline."""
    table = [["analyze against", "throughput", "without start-up", "processor time"]]
    table += [
        [row.title, times(row.throughput), times(row.without_startup), f"{1 / row.cpu.median:.2f} of it"]
        for row in rows
    ]
    return table


def number(value: Spread | None, places: int) -> str:
    """Return a median with its range, or a dash."""
    if value is None:
        return "-"
    if value.low == value.high:
        return f"{value.median:.{places}f}"
    return f"{value.median:.{places}f} ({value.low:.{places}f}-{value.high:.{places}f})"


def times(value: Spread) -> str:
    """Return a ratio, `2.10 times (2.05-2.20)`."""
    text, _, spread = number(value, 2).partition(" ")
    return f"{text} times" + (f" {spread}" if spread else "")


def plain(table: Table) -> list[str]:
    """Return the lines of a table for a terminal."""
    widths = [max(len(row[k]) for row in table if "not measured" not in row[k]) for k in range(len(table[0]))]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in table
    ]


def markdown(table: Table) -> list[str]:
    """Return the lines of a table for a page."""
    heads, *rows = table
    return [_line(heads), _line(["---"] * len(heads)), *(_line(row) for row in rows)]


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def clip_line(clip: ClipFacts, frames: int) -> str:
    """Say what was measured."""
    rate = f", {clip.bit_rate_bps / 1e6:.1f} Mb/s" if clip.bit_rate_bps else ""
    fps = f", {clip.fps:.4g} pictures a second" if clip.fps else ""
    return f"{clip.file}: {clip.width}x{clip.height}{fps}, {clip.codec}{rate}, {frames} frames"


def machine_lines(machine: Machine) -> list[str]:
    """Say on what, and by which versions."""
    versions = ", ".join(f"{name} {version}" for name, version in machine.libraries.items())
    lines = [
        f"{machine.processor}, {machine.cores} cores; {machine.system}, Python {machine.python}",
        f"twitchcam {machine.twitchcam}; {versions}",
    ]
    if machine.busy:
        lines.append(
            f"The machine was doing other things too (load {machine.load:.1f}): "
            "read processor times and ratios, not seconds."
        )
    return lines
