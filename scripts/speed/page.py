"""Writes what was measured into docs/speed.md and docs/scale.md, between their marks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from typing import Any

from twitchcam.bench.figures import Ratio, Speed, Spread, StageSpeed
from twitchcam.bench.tables import Table, markdown, ratio_table, speed_table, stage_table
from twitchcam.files import replacing

DOCS = Path(__file__).resolve().parents[2] / "docs"
MARK = "<!-- {name}: made by scripts/bench.py -->"
END = "<!-- end of {name} -->"
DECODERS = ("pyav", "pyav_all_cores", "opencv")
Kept = dict[str, Any]


def write_pages(kept: Kept) -> None:
    """Write the tables of what is there into both pages."""
    for page, name, lines in (
        ("speed.md", "targets", targets(kept)),
        ("speed.md", "tables", all_tables(kept)),
        ("scale.md", "cost", cost_table(kept)),
    ):
        path = DOCS / page
        with replacing(path) as handle:
            handle.write(between(path.read_text(encoding="utf-8"), name, lines).encode())


def between(text: str, name: str, lines: Sequence[str]) -> str:
    """Return the page with the lines between the marks of that name."""
    mark, end = MARK.format(name=name), END.format(name=name)
    if text.count(mark) != 1 or text.count(end) != 1:
        raise SystemExit(f"the marks of '{name}' are missing")
    before, _, rest = text.partition(mark)
    return "\n".join((f"{before}{mark}", "", *lines, "", f"{end}{rest.partition(end)[2]}"))


def targets(kept: Kept) -> list[str]:
    """Return each target with what was reached."""
    table: Table = [["asked", "reached", "met"]]
    kinds = kept.get("compare", {}).get("rows", {})
    for asked, good, value in _RATIOS:
        found = {name: value(ratios_of(rows)) for name, rows in kinds.items()}
        known = {name: number for name, number in found.items() if number is not None}
        if known:
            reached = ", ".join(f"{number:.2f} ({name})" for name, number in known.items())
            table.append([asked, reached, _met(all(good(number) for number in known.values()))])
    for row in (_memory(kept), _back(kept), _workers(kept), *_startup(kept), _report(kept)):
        if row:
            table.append(row)
    return [*markdown(table), "", machine_line(kept, "compare")]


def ratios_of(rows: Kept) -> dict[str, Ratio]:
    """Return a kind's ratios by what they are against."""
    made = {}
    for row in rows["ratios"]:
        spreads = {key: Spread(**row[key]) for key in ("throughput", "without_startup", "cpu")}
        made[row["against"]] = Ratio(row["against"], row["title"], **spreads)
    return made


def _against(name: str, field: str, turn: bool = False) -> Callable[[dict[str, Ratio]], float | None]:
    def value(found: dict[str, Ratio]) -> float | None:
        if name not in found:
            return None
        ratio: float = getattr(found[name], field).median
        return 1 / ratio if turn else ratio

    return value


def _over_decoding(field: str) -> Callable[[dict[str, Ratio]], float | None]:
    """Time over that of the fastest decoder."""

    def value(found: dict[str, Ratio]) -> float | None:
        times = [1 / getattr(found[name], field).median for name in DECODERS if name in found]
        return max(times, default=None)

    return value


_RATIOS: tuple[tuple[str, Callable[[float], bool], Callable[[dict[str, Ratio]], float | None]], ...] = (
    (
        "throughput at least 2 times OpenCV decode + refined FaceMesh on every picture",
        lambda x: x >= 2,
        _against("facemesh", "throughput"),
    ),
    (
        "throughput at least 4 times Tasks FaceLandmarker in video mode",
        lambda x: x >= 4,
        _against("tasks", "throughput"),
    ),
    (
        "total time at most 1.6 times the fastest decoding alone, whole processes",
        lambda x: x <= 1.6,
        _over_decoding("throughput"),
    ),
    (
        "the same without the start of the process",
        lambda x: x <= 1.6,
        _over_decoding("without_startup"),
    ),
    (
        "processor time a picture below the FaceMesh loop's (as a part of it)",
        lambda x: x < 1,
        _against("facemesh", "cpu", turn=True),
    ),
)


def _met(good: bool) -> str:
    return "yes" if good else "no"


def _memory(kept: Kept) -> list[str]:
    rows = kept.get("memory", {}).get("rows", [])
    if not rows:
        return []
    told = ", ".join(f"{row['peak_mb']:.0f} MB ({row['length_s'] / 60:g} min)" for row in rows)
    peaks = [row["peak_mb"] for row in rows]
    return ["memory under 450 MB, flat from a minute to an hour (720p30)", told, _met(max(peaks) < 450)]


def _back(kept: Kept) -> list[str]:
    rows = kept.get("back", {}).get("rows", [])
    if not rows:
        return []
    hour = {row["kind"]: row["cpu_s"] * 3600 / row["length_s"] for row in rows}
    memory = max(row["added_mb"] for row in rows)
    told = ", ".join(f"{s:.2f} s ({kind})" for kind, s in hour.items()) + f"; adds {memory:.0f} MB"
    return ["the back under 1 s for an hour at 30 pictures a second", told, _met(max(hour.values()) < 1)]


def _workers(kept: Kept) -> list[str]:
    rows = kept.get("workers", {}).get("rows", [])
    if not rows:
        return []
    took = {n: [row["wall_s"] for row in rows if row["workers"] == n] for n in (1, 2)}
    ratio = median(one / two for one, two in zip(took[1], took[2], strict=True))
    return ["two batch workers at least 1.8 times one", f"{ratio:.2f} times", _met(ratio >= 1.8)]


def _startup(kept: Kept) -> list[list[str]]:
    rows = kept.get("startup", {}).get("rows")
    if not rows:
        return []
    shown, first = rows["help"]["wall_s"], rows["first_frame"]["wall_s"]
    return [
        ["`--help` under 0.3 s", f"{shown:.2f} s", _met(shown < 0.3)],
        ["`analyze` to its first picture under 1.5 s", f"{first:.2f} s", _met(first < 1.5)],
    ]  # fmt: skip


def _report(kept: Kept) -> list[str]:
    kinds = kept.get("compare", {}).get("rows", {})
    shares = {}
    for name, rows in kinds.items():
        stages = {row["stage"]: row["wall_ms"]["median"] for row in rows["stages"]}
        shares[name] = stages["writing"] / sum(stages.values())
    if not shares:
        return []
    told = ", ".join(f"{100 * share:.0f} % ({name})" for name, share in shares.items())
    asked = "writing the report and the other files not the bottleneck (part of all stages' time)"
    return [asked, told, _met(max(shares.values()) < 0.2)]


def all_tables(kept: Kept) -> list[str]:
    """Return the tables of each kind of clip, then workers, memory and start-up."""
    lines: list[str] = []
    for name, rows in kept.get("compare", {}).get("rows", {}).items():
        clip = rows["clip"]
        people = "one person" if rows["people"] == 1 else f"{rows['people']} people"
        lines += [
            f"### {name}",
            "",
            f"{clip['width']}x{clip['height']}, {clip['fps']:.4g} pictures a second, {clip['codec']}, "
            f"{clip['bit_rate_bps'] / 1e6:.0f} Mb/s, {rows['frames']} pictures; {people}, "
            f"{rows['rounds']} round{'s' * (rows['rounds'] > 1)}. Median (range).",
            "",
            *markdown(speed_table([_speed(row) for row in rows["speeds"]])),
            "",
            *markdown(stage_table([_stage(row) for row in rows["stages"]], rows["frames"])),
            "",
            *markdown(ratio_table(list(ratios_of(rows).values()))),
            "",
        ]
    return lines[:-1]


def _speed(row: Kept) -> Speed:
    names = ("frames_per_s", "wall_ms", "cpu_ms", "startup_s", "peak_mb")
    return Speed(**{**row, **{n: Spread(**row[n]) if row[n] else None for n in names}})


def _stage(row: Kept) -> StageSpeed:
    return StageSpeed(row["stage"], Spread(**row["wall_ms"]), Spread(**row["cpu_ms"]), row["calls"])


def cost_table(kept: Kept) -> list[str]:
    """Return what a minute of each kind of video costs."""
    rows = kept.get("cost", {}).get("rows", [])
    table: Table = [
        ["a minute of", "film, MB", "pictures", "processor s", "time, s", "memory, MB", "`recording.npz`, KB",
         "`signals.csv`, KB", "report and the rest, KB"],
    ]  # fmt: skip
    for row in rows:
        minute = 60.0 / row["length_s"]
        sizes = dict(row["bytes"])
        rate = minute / 1e3
        film = minute * row["clip_bytes"] / 1e6
        recording, signals = sizes.pop("recording.npz"), sizes.pop("signals.csv")
        # Starting takes the same for a short clip and a long one.
        cpu_s = row["startup_cpu_s"] + minute * row["work_cpu_s"]
        table.append(
            [
                f"{row['size'][0]}x{row['size'][1]} at {row['fps']:g}", f"{film:.0f}",
                f"{minute * row['frames']:.0f}", f"{cpu_s:.1f}", f"{minute * row['wall_s']:.1f}",
                f"{row['peak_mb']:.0f}", f"{rate * recording:.0f}", f"{rate * signals:.0f}",
                f"{sum(sizes.values()) / 1e3:.0f}",
            ]
        )  # fmt: skip
    if not rows:
        return []
    return [*markdown(table), "", *markdown(million_table(rows)), "", machine_line(kept, "cost")]


def million_table(rows: Sequence[Kept]) -> Table:
    """Return what a million clips of a minute cost."""
    table: Table = [
        ["1,000,000 minutes of", "core hours", "days on 100 cores", "days on 1000 cores", "films, TB",
         "`recording.npz`, GB", "all results, TB", "memory for each core, MB"],
    ]  # fmt: skip
    for row in rows:
        minute = 60.0 / row["length_s"]
        hours = 1e6 * minute * row["work_cpu_s"] / 3600  # a worker starts once
        sizes = dict(row["bytes"])
        growing = minute * (sizes.pop("recording.npz") + sizes.pop("signals.csv"))
        table.append(
            [
                f"{row['size'][0]}x{row['size'][1]} at {row['fps']:g}", f"{hours:,.0f}",
                f"{hours / 2400:.1f}", f"{hours / 24000:.2f}", f"{minute * row['clip_bytes'] / 1e6:.1f}",
                f"{minute * row['bytes']['recording.npz'] / 1e3:.0f}",
                f"{(growing + sum(sizes.values())) / 1e6:.2f}", f"{row['peak_mb']:.0f}",
            ]
        )  # fmt: skip
    return table


def machine_line(kept: Kept, part: str) -> str:
    """Say where it was measured, and whether the machine did other things."""
    machine = kept.get(part, {}).get("machine")
    if not machine:
        return ""
    versions = ", ".join(f"{name} {version}" for name, version in machine["libraries"].items())
    busy = (
        " **The machine was busy with other work: ratios and processor times only.**"
        if machine["busy"]
        else ""
    )
    return (
        f"Measured on {machine['processor']}, {machine['cores']} cores, {machine['system']}, "
        f"Python {machine['python']}; {versions}.{busy}"
    )  # fmt: skip
