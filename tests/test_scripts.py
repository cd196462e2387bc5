"""The scripts: what each of them uses of the program, the tests and the other scripts is there.

Most of them take hours, so nothing runs them here; a name that has moved would be noticed by nobody.
"""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SCRIPTS = sorted((ROOT / "scripts").rglob("*.py"))


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def module_at(name: str) -> Path | None:
    """Return the file of a module of ours, None for a library's."""
    for folder in (ROOT, ROOT / "scripts", ROOT / "tests"):
        place = folder.joinpath(*name.split("."))
        for path in (place.with_suffix(".py"), place / "__init__.py"):
            if path.is_file():
                return path
    return None


@cache
def names_of(path: Path) -> frozenset[str]:
    """Return what a module defines or imports at its top, in `if` and `try` too."""
    found: set[str] = set()
    waiting: list[ast.AST] = list(tree_of(path).body)
    while waiting:
        node = waiting.pop()
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            found.add(node.name)
            continue
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            found.update((alias.asname or alias.name).split(".")[0] for alias in node.names)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.add(node.id)
        waiting += ast.iter_child_nodes(node)
    return frozenset(found)


def modules_in(script: Path) -> dict[str, Path]:
    """Return the modules of ours that a script has under a name of its own."""
    found: dict[str, Path | None] = {}
    for node in ast.walk(tree_of(script)):
        if isinstance(node, ast.ImportFrom) and node.module:
            parent = module_at(node.module)
            taken = names_of(parent) if parent else frozenset()
            whole = [alias for alias in node.names if alias.name not in taken]
            found |= {a.asname or a.name: module_at(f"{node.module}.{a.name}") for a in whole}
        elif isinstance(node, ast.Import):
            found |= {alias.asname or alias.name: module_at(alias.name) for alias in node.names}
    return {name: path for name, path in found.items() if path is not None}


def missing_in(script: Path) -> list[str]:
    modules = modules_in(script)
    missing = [
        f"{node.value.id}.{node.attr}"
        for node in ast.walk(tree_of(script))
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)
        if node.value.id in modules and not node.attr.startswith("__")
        if not {node.attr, "__getattr__"} & names_of(modules[node.value.id])
    ]
    for node in ast.walk(tree_of(script)):
        if not isinstance(node, ast.ImportFrom) or not node.module:
            continue
        path = module_at(node.module)
        if path is None or "__getattr__" in names_of(path):
            if path is None and node.module.startswith("twitchcam"):
                missing.append(node.module)
            continue
        missing += [
            f"{node.module}.{alias.name}"
            for alias in node.names
            if alias.name not in names_of(path) and module_at(f"{node.module}.{alias.name}") is None
        ]
    return missing


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.relative_to(ROOT / "scripts").as_posix())
def test_what_a_script_uses_is_there(script: Path) -> None:
    assert missing_in(script) == []


def test_a_name_that_moved_is_noticed(tmp_path: Path) -> None:
    script = tmp_path / "x.py"
    script.write_text(
        "from accuracy import gone\nfrom twitchcam.gone import x\nfrom twitchcam.regions import INDEX, gone\n"
        "from twitchcam.edges import decode\nfrom numpy import gone\ndecode.open_video\ndecode.away()\n"
    )
    moved = ["decode.away", "accuracy.gone", "twitchcam.gone", "twitchcam.regions.gone"]
    assert missing_in(script) == moved
