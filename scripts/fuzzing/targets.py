"""Targets: for each kind of file, how a hostile one is made and which ways into the program it takes."""

from __future__ import annotations

import json
import random
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

from fuzzing.archives import hostile_archive
from fuzzing.databases import hostile_database
from fuzzing.judge import ANSWER, FAULT, REFUSAL, Verdict, call, run
from fuzzing.mutate import json_text, odd_bytes, odd_text, odd_tree, toml_text
from fuzzing.seeds import ANSWERS, CLIP, CLIP_NAME, PROTOCOL, make_seeds, manifest_text, review_table

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

MARK: Final = "code-ran"
Runs = Iterator[Verdict]


def judge_case(target: str, seed: int, folder: Path) -> Verdict:
    """Make the files of one case in `folder`, run the program on them, and return the worst verdict."""
    rng = random.Random(f"{target} {seed}")
    worst = Verdict(REFUSAL)
    for verdict in TARGETS[target](rng, folder):
        if (folder / MARK).exists():
            return Verdict(FAULT, "code from a file was run")
        if verdict.kind == FAULT:
            return verdict
        worst = verdict if verdict.kind == ANSWER or not worst.told else worst
    return worst


def _results(folder: Path, **changed: bytes) -> Path:
    place = folder / CLIP_NAME
    place.mkdir()
    for name, content in make_seeds().results.items():
        (place / name).write_bytes(content)
    for name, content in changed.items():
        (place / name.replace("__", ".")).write_bytes(content)
    return place


def _either(rng: random.Random, folder: Path, stem: str, table: dict[str, Any]) -> Path:
    """Write a table with odd places as TOML or JSON, sometimes under the other's name."""
    tree = odd_tree(rng, table, 3) if rng.random() < 0.8 else table
    kind = rng.choice(("toml", "json"))
    path = folder / f"{stem}.{kind if rng.random() < 0.95 else rng.choice(('toml', 'json', 'txt', 'JSON'))}"
    path.write_bytes(odd_text(rng, json_text(tree) if kind == "json" else toml_text(tree)))
    return path


def answers(rng: random.Random, folder: Path) -> Runs:
    path = _either(rng, folder, "answers", ANSWERS)
    yield run(("triage", "--answers", path, "--json"), folder)


def protocol(rng: random.Random, folder: Path) -> Runs:
    path = _either(rng, folder, "protocol", PROTOCOL)
    (folder / "recording.npz").write_bytes(make_seeds().results["recording.npz"])
    yield run(
        ("analyze", folder / "recording.npz", "--protocol", path, "--out", folder / "out", "--json"), folder
    )


def manifest(rng: random.Random, folder: Path) -> Runs:
    (folder / "answers.toml").write_bytes(odd_text(rng, toml_text(ANSWERS)) if rng.random() < 0.3 else b"")
    text = manifest_text(rng)
    for _ in range(rng.choice((0, 1, 1, 2))):
        cells = text.split("\n")
        row = rng.randrange(len(cells))
        line, odd = cells[row], rng.choice(_CELLS)
        cells[row] = rng.choice(
            (
                line * 2,
                "",
                cells[0],
                line.replace("clip", odd),
                line.replace("62", odd),
                f"{line},,,",
                f'"{line}',
            )
        )
        text = "\n".join(cells)
    path = folder / "clips.csv"
    path.write_bytes(odd_text(rng, text) if rng.random() < 0.5 else text.encode("utf-8", "surrogatepass"))
    yield call(lambda: _plan(path, folder / "out"))


_CELLS: Final = (
    "nan", "inf", "1e999", "-62", "9" * 500, "=1+1", "../../x", "a\0b", '"quoted"', "x" * 200_000, "\ud800",
    "é", "\x1b[2J", "/dev/null", "~", "|", "C:\\x", "\u202e", " ", "a\rb",
)  # fmt: skip


def _plan(path: Path, out: Path) -> None:
    """Everything that `batch` does before the first clip is measured."""
    from twitchcam.batch.command import BatchOptions, check_places, find_jobs
    from twitchcam.batch.journal import Journal
    from twitchcam.batch.ledger import newest_entries
    from twitchcam.batch.naming import named
    from twitchcam.batch.planning import Planner

    out.mkdir(exist_ok=True)
    jobs, _ = find_jobs(BatchOptions([str(path)], out))
    entries = newest_entries(out)
    jobs = named(jobs, {key: entry.row.name for key, entry in entries.items()})
    check_places(jobs, out)
    Planner(out, entries, Journal(out)).plan(jobs)


def review(rng: random.Random, folder: Path) -> Runs:
    place = _results(folder)
    if rng.random() < 0.5:
        path = _either(rng, folder, "review", tomllib.loads(make_seeds().results["review.toml"].decode()))
    else:
        path = folder / rng.choice(("r.tsv", "r.csv", "r.txt"))
        text = review_table(make_seeds().results["events.tsv"], rng)
        path.write_bytes(odd_bytes(rng, text.encode()) if rng.random() < 0.6 else text.encode())
    yield run(("review", place, "--file", path, "--out", folder / "out", "--json"), folder)


def recording(rng: random.Random, folder: Path) -> Runs:
    content = hostile_archive(rng, make_seeds().results["recording.npz"], folder / MARK)
    place = folder / CLIP_NAME
    place.mkdir()
    path = place / "recording.npz"
    path.write_bytes(content)
    first = run(("analyze", path, "--out", folder / "out", "--json"), folder)
    yield first
    if first.kind == ANSWER and rng.random() < 0.5:
        yield run(("export", path, "--format", rng.choice(_FORMATS), "--out", folder / "export"), folder)
        yield run(("history", "add", place, "--data-dir", folder / "data"), folder)
        yield run(("report", place), folder)
        yield run(
            ("analyze", path, "--real-fps", "240", "--mirrored", "--out", folder / "o2", "--json"), folder
        )


_FORMATS: Final = ("csv", "tsv", "parquet", "edf", "bids", "mne", "fhir", "svg", "png")


def summary(rng: random.Random, folder: Path) -> Runs:
    document = json.loads(make_seeds().results["summary.json"])
    tree = odd_tree(rng, document, rng.choice((1, 2, 6)))
    content = odd_text(rng, json_text(tree))
    place = _results(folder, summary__json=content)
    path = place / "summary.json"
    (folder / "a.toml").write_text("pain = false\n")
    data = folder / "data"
    yield run(("triage", "--answers", folder / "a.toml", "--summary", path, "--json"), folder)
    yield run(("history", "add", path, "--data-dir", data, "--date", "2026-03-05"), folder)
    yield from (
        run(("history", *what, "--data-dir", data), folder) for what in (("list",), ("show", 1), ("trend",))
    )
    yield run(("export", path, "--format", "fhir", "--out", folder / "f.json"), folder)
    yield call(lambda: _earlier(folder))
    yield run(("report", place), folder)


def _earlier(folder: Path) -> None:
    """What the live page shows of earlier sessions."""
    from twitchcam.live.earlier import earlier_sessions

    json.dumps(earlier_sessions(folder), allow_nan=False)


def results(rng: random.Random, folder: Path) -> Runs:
    """The other files of a results folder: its events, its own review, its pictures."""
    name = rng.choice(("events.tsv", "events_reviewed.tsv", "review.toml", "pictures.json"))
    good = make_seeds().results[name]
    if name == "pictures.json":
        content = odd_text(rng, json_text(odd_tree(rng, json.loads(good), 2)))
    else:
        content = odd_bytes(rng, good)
    place = _results(folder)
    (place / name).write_bytes(content)
    yield run(("history", "add", place, "--data-dir", folder / "data"), folder)
    yield run(("history", "show", 1, "--data-dir", folder / "data", "--json"), folder)
    yield run(("report", place), folder)


def history(rng: random.Random, folder: Path) -> Runs:
    data = folder / "data"
    hostile_database(rng, make_seeds().history, data / "history.db")
    where = ("--data-dir", data)
    looks: list[tuple[Any, ...]] = [
        ("list", "--json"), ("list",), ("trend", "--json"), ("show", 1), ("show", 1, "--json"), ("compare",),
        ("export", folder / "h.json"), ("note", "a note"), ("trend", "--out", folder / "t.html"), ("check",),
        ("delete", "--session", 1, "--yes"),
    ]  # fmt: skip
    for what in rng.sample(looks, 4):
        yield run(("history", *what, *where), folder)
    mended = run(("history", "check", "--repair", *where), folder)
    yield mended
    if mended.kind == ANSWER:  # then everything must work again
        for what in (("check",), ("list",), ("trend",), ("export", folder / "again.json")):
            after = run(("history", *what, *where), folder)
            yield after if after.kind != REFUSAL else Verdict(FAULT, f"refused after repair: {after.told}")


def exported(rng: random.Random, folder: Path) -> Runs:
    path = folder / "history.json"
    tree = odd_tree(rng, make_seeds().exported, rng.choice((1, 3)))
    path.write_bytes(odd_text(rng, json_text(tree)))
    where = ("--data-dir", folder / "data")
    yield run(("history", "import", path, *where), folder)
    for what in (
        ("list", "--json"),
        ("trend", "--json"),
        ("show", 1),
        ("show", 2, "--json"),
        ("compare", 1, 2),
    ):
        yield run(("history", *what, *where), folder)


def batch(rng: random.Random, folder: Path) -> Runs:
    out = folder / "out"
    for name, content in make_seeds().batch.items():
        (out / name).parent.mkdir(parents=True, exist_ok=True)
        if name.endswith(".jsonl"):
            content = _odd_lines(rng, content)
        elif rng.random() < 0.1:
            content = odd_bytes(rng, content)
        (out / name).write_bytes(content)
    yield run(("batch", "--merge", "--out", out), folder)
    clip = folder / "clip.mp4"
    clip.write_bytes(b"no video")
    yield call(lambda: _plan(clip, out))


def _odd_lines(rng: random.Random, content: bytes) -> bytes:
    if rng.random() < 0.3:
        return odd_bytes(rng, content)
    lines = content.splitlines()
    for _ in range(rng.choice((1, 2))):
        k = rng.randrange(len(lines))
        try:
            lines[k] = json.dumps(
                odd_tree(rng, json.loads(lines[k]), 2), default=str, separators=(",", ":")
            ).encode()
        except ValueError:
            continue
    return b"\n".join(lines) + b"\n"


def synth(rng: random.Random, folder: Path) -> Runs:
    """The settings of an artificial clip."""
    from twitchcam.synth.clip_file import read_clip

    path = _either(rng, folder, "clip", CLIP)
    yield call(lambda: read_clip(path) and None)


TARGETS: Final[dict[str, Callable[[random.Random, Path], Runs]]] = {
    "answers": answers, "protocol": protocol, "manifest": manifest, "review": review, "recording": recording,
    "summary": summary, "results": results, "history": history, "exported": exported, "batch": batch,
    "synth": synth,
}  # fmt: skip
