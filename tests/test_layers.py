"""Imports go one way: words <- maths <- edges <- programs, and each outside library has its own place.

Read from the source, so imports inside functions count too.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from twitchcam.batch.fingerprint import _sources

PACKAGE = Path(__file__).resolve().parents[1] / "twitchcam"

# A module belongs to the layer of the longest prefix of its name that stands here.
LAYERS = {
    "": "words",
    "types": "words",
    "errors": "words",
    "regions": "words",
    "settings": "words",
    "summary": "words",
    "protocol": "words",
    "course": "words",
    "result_files": "words",
    "phrases": "words",
    "plain": "words",
    "languages": "words",
    "front": "maths",
    "analysis": "maths",
    "triage": "maths",
    "review": "maths",
    "history": "maths",
    "scoring": "maths",
    "files": "edges",
    "schema": "edges",
    "edges": "edges",
    "protocols": "edges",
    "synth": "programs",
    "session": "programs",
    "api": "programs",
    "progress": "programs",
    "stopping": "programs",
    "streams": "programs",
    "triage_command": "programs",
    "history_command": "programs",
    "cli_export": "programs",
    "cli_doctor": "programs",
    "doctor": "programs",
    "cli_history": "programs",
    "exporting": "programs",
    "live": "programs",
    "batch": "programs",
    "bench": "programs",
    "cli_bench": "programs",
    "cli": "programs",
    "cli_batch": "programs",
    "cli_language": "programs",
    "cli_live": "programs",
    "cli_review": "programs",
    "cli_synth": "programs",
    "results": "programs",
    "review_command": "programs",
    "cli_report": "programs",
    "report_command": "programs",
    "stored_course": "words",
    "cli_triage": "programs",
    "terminal": "programs",
    "supervise": "programs",
    "__main__": "programs",
}
HEIGHT = {"words": 0, "maths": 1, "edges": 2, "programs": 3}

# Which modules may import which outside library. numpy is free everywhere, scipy from the maths upwards.
HOMES: dict[str, tuple[str, ...]] = {
    "cv2": ("front", "edges.decode", "edges.pictures", "edges.planes", "edges.facemesh", "edges.tasks",
            "edges.overlay", "edges.report", "edges.camera", "synth", "batch.worker", "bench.baselines",
            "bench.guard"),
    "av": ("edges.decode", "edges.packets", "edges.pictures", "edges.planes", "edges.probe",
           "edges.quantiser", "edges.overlay", "synth", "bench.baselines", "bench.clip"),
    "mediapipe": ("edges.facemesh", "edges.tasks", "edges.mediapipe_quiet", "synth.portrait",
                  "bench.baselines"),
    "distributed": ("batch.cluster",),
    "duckdb": ("edges.tables", "edges.long_tables"),
    "edfio": ("edges.exports.edf",),
    "jinja2": ("edges.cohort", "edges.report",),
    "markupsafe": ("edges.report",),
    "matplotlib": ("api", "edges.figures"),
    "fontTools": ("edges.pdf",),
    "pandas": ("api",),
    "skimage": ("synth",),
    "tomli": (
        "edges.text_files", "protocols", "triage.questions", "triage.rules",
    ),
    "starlette": ("live.guard", "live.pages", "live.server"),
    "typer": ("cli", "cli_batch", "cli_bench", "cli_doctor", "cli_export", "cli_history",
              "cli_language",
              "cli_live", "cli_report", "cli_review", "cli_synth", "cli_triage"),
    "typst": ("edges.pdf",),
    "uvicorn": ("live.door", "live.server"),
    "rich": ("batch.showing", "progress", "terminal",),
}  # fmt: skip

# Edges do not import each other, except these, and inside one group (one outside library in several files).
SHARED_EDGES = ("edges.pictures", "edges.tables", "edges.text_files", "files", "schema")
EDGE_GROUPS = (
    (
        "edges.decode",
        "edges.packets",
        "edges.planes",
        "edges.probe",
        "edges.timestamps",
        "edges.pictures",
        "edges.boxes",
        "edges.capture_rate",
        "edges.filming_time",
        "edges.quantiser",
        "edges.camera",
    ),
    ("edges.facemesh", "edges.tasks", "edges.mediapipe_quiet"),
    ("edges.report", "edges.pdf", "edges.cohort"),
)

# The maths knows no clock, no file, no log and no chance that is not handed in.
WORLD = frozenset((
    "asyncio", "datetime", "io", "logging", "multiprocessing", "os", "random", "shutil", "socket",
    "subprocess", "tempfile", "threading", "time",
))  # fmt: skip


@dataclass(frozen=True)
class Import:
    """One import statement: the module that has it, its line, and the dotted name it asks for."""

    importer: str
    line: int
    name: str

    def __str__(self) -> str:
        return f"twitchcam/{self.importer.replace('.', '/') or '__init__'}:{self.line} imports {self.name}"


def within(module: str, prefix: str) -> bool:
    """Tell whether a module is `prefix` or lies below it."""
    return module == prefix or module.startswith(f"{prefix}.")


def layer_of(module: str) -> str | None:
    """Return a module's layer, None where the table does not know it."""
    return LAYERS.get(module.split(".")[0])


def group_of(module: str) -> tuple[str, ...]:
    """Return the group of an edge module; a package such as edges.report is its own group."""
    for group in EDGE_GROUPS:
        if any(within(module, member) for member in group):
            return group
    return (".".join(module.split(".")[:2]),)


def imports_of(module: str, source: str, *, package: bool) -> Iterator[Import]:
    """Yield every import of a module; `from a import b` asks for a.b, relative imports are made absolute."""
    here = ["twitchcam", *filter(None, module.split("."))]
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield Import(module, node.lineno, alias.name)
        elif isinstance(node, ast.ImportFrom):
            base = here[: len(here) - node.level + package] if node.level else []
            stem = ".".join([*base, *filter(None, [node.module])])
            for alias in node.names:
                yield Import(module, node.lineno, f"{stem}.{alias.name}")


def modules() -> dict[str, Path]:
    """Return every module of the package by its name relative to twitchcam, '' for the package itself."""
    found = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(PACKAGE).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def target_of(name: str, known: dict[str, Path]) -> str:
    """Return the module that a name inside twitchcam belongs to (`twitchcam.types.Frame` -> types)."""
    parts = name.split(".")[1:]
    while parts and ".".join(parts) not in known:
        parts.pop()
    return ".".join(parts)


def inside_violation(found: Import, target: str) -> str | None:
    """Say what is wrong with an import of twitchcam itself, None when nothing is."""
    mine, theirs = layer_of(found.importer), layer_of(target)
    if mine is None or theirs is None:
        return f"{found}: give {found.importer if mine is None else target} a layer in tests/test_layers.py"
    if HEIGHT[theirs] > HEIGHT[mine]:
        return f"{found}: {mine} must not import {theirs}"
    if mine == theirs == "edges" and target != "edges":
        free = any(within(target, shared) for shared in SHARED_EDGES)
        if not free and group_of(found.importer) != group_of(target):
            return f"{found}: edges do not import each other"
    return None


def outside_violation(found: Import) -> str | None:
    """Say what is wrong with an import from outside twitchcam, None when nothing is."""
    library = found.name.split(".")[0]
    mine = layer_of(found.importer)
    if library in sys.stdlib_module_names or library == "tomllib":
        low = mine in ("words", "maths")
        return f"{found}: {mine} stay pure" if low and library in WORLD else None
    if library == "numpy" or (library == "scipy" and mine != "words"):
        return None
    if any(within(found.importer, home) for home in HOMES.get(library, ())):
        return None
    return f"{found}: {library} belongs to {', '.join(HOMES.get(library, ())) or 'no module yet'}"


def violation(found: Import, known: dict[str, Path]) -> str | None:
    """Say what is wrong with one import, None when nothing is."""
    if found.name.split(".")[0] == "twitchcam":
        return inside_violation(found, target_of(found.name, known))
    return outside_violation(found)


def all_imports(known: dict[str, Path]) -> list[Import]:
    return [
        found
        for module, path in known.items()
        for found in imports_of(module, path.read_text(encoding="utf-8"), package=path.stem == "__init__")
    ]


def test_imports_go_downwards_only() -> None:
    known = modules()
    wrong = [text for found in all_imports(known) if (text := violation(found, known))]
    assert not wrong, "\n" + "\n".join(wrong)


def test_a_batch_knows_every_module_that_measures() -> None:
    """Else it would let a row stand that the program would measure otherwise by now."""
    known = modules()
    names = {path: module for module, path in known.items()}
    listed = {names[path] for path in _sources() if path.suffix == ".py"}
    idle = {"", "course", "errors", "files", "plain", "edges", "edges.mediapipe_quiet"}
    used = {
        target_of(found.name, known)
        for found in all_imports(known)
        if found.importer in listed - {"session"} and found.name.split(".")[0] == "twitchcam"
    }
    assert used - listed - idle == set()


def test_no_import_cycle() -> None:
    known = modules()
    graph: dict[str, set[str]] = {module: set() for module in known}
    for found in all_imports(known):
        if found.name.split(".")[0] == "twitchcam" and (target := target_of(found.name, known)):
            graph[found.importer].add(target)
    while leaves := {module for module, below in graph.items() if not below - {module}}:
        graph = {module: below - leaves for module, below in graph.items() if module not in leaves}
    assert not graph, f"these modules import each other in a circle: {graph}"


@pytest.mark.parametrize(
    ("importer", "line", "complaint"),
    [
        ("types", "from twitchcam.edges.decode import open_clip", "words must not import edges"),
        ("analysis.events", "import time", "maths stay pure"),
        ("analysis.events", "import cv2", "cv2 belongs to"),
        ("analysis.events", "def f():\n    from twitchcam import cli", "maths must not import programs"),
        ("edges.recordings", "from ..edges import decode", "edges do not import each other"),
        ("edges.report.page", "import mediapipe as mp", "mediapipe belongs to"),
        ("session", "import requests", "requests belongs to no module yet"),
        ("novelty", "from twitchcam.types import Frame", "give novelty a layer"),
    ],
)
def test_the_check_sees_what_is_wrong(importer: str, line: str, complaint: str) -> None:
    known = modules() | dict.fromkeys(("cli", "edges.decode", "edges"), PACKAGE)
    found = list(imports_of(importer, line, package=False))
    assert complaint in "".join(violation(one, known) or "" for one in found)
