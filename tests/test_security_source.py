"""What the source may not contain: no text run as code, no other computer asked, no guessed file names."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[1] / "twitchcam"
FORBIDDEN_CALLS = {
    "eval", "exec", "compile", "__import__", "breakpoint", "os.system", "os.popen", "os.tempnam",
    "tempfile.mktemp", "yaml.load", "yaml.unsafe_load", "marshal.load", "marshal.loads", "shelve.open",
    "joblib.load", "torch.load", "pandas.read_pickle", "pd.read_pickle", "jinja2.Template", "ctypes.CDLL",
    "importlib.util.spec_from_file_location", "runpy.run_path", "code.interact", "pty.spawn", "os.startfile",
    "subprocess.getoutput", "subprocess.getstatusoutput", "asyncio.create_subprocess_shell",
}  # fmt: skip
FORBIDDEN_IMPORTS = {
    "requests", "httpx", "aiohttp", "urllib3", "ftplib", "smtplib", "telnetlib", "poplib", "imaplib",
    "xmlrpc", "http.client", "dill", "cloudpickle", "shelve", "marshal", "joblib", "yaml", "sentry_sdk",
    "posthog", "xml.etree", "xml.sax", "xml.dom", "lxml",
}  # fmt: skip
ALLOWED = {
    # Between a program and its own worker, over a pipe that nobody else can reach (docs/threat-model.md).
    "pickle": ("batch/lane.py", "batch/worker.py"),
    # Asks the camera that the person named, at the address that the person gave, why it sends nothing.
    "urllib.request": ("edges/camera/refusal.py",),
    "urllib.error": ("edges/camera/refusal.py",),
    "socket.create_connection": ("edges/camera/refusal.py", "doctor/pages.py"),
    # Listens on 127.0.0.1, or tries whether that can be done.
    "socket.socket": ("live/server.py", "doctor/pages.py"),
    # Shows a page of ours in the person's browser, or looks whether there is one.
    "webbrowser": ("report_command.py", "live/command.py", "doctor/pages.py"),
}
STARTS_PROGRAMS = {
    "subprocess.run",
    "subprocess.Popen",
    "subprocess.check_output",
    "subprocess.call",
    "os.execv",
}


@cache
def all_sources() -> dict[str, ast.Module]:
    return dict(sources())


def sources() -> Iterator[tuple[str, ast.Module]]:
    for path in sorted(PACKAGE.rglob("*.py")):
        yield path.relative_to(PACKAGE).as_posix(), ast.parse(path.read_text(encoding="utf-8"))


def dotted(node: ast.expr) -> str:
    """Return 'a.b.c' of a name or an attribute; empty for anything else."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        before = dotted(node.value)
        return f"{before}.{node.attr}" if before else ""
    return ""


def imported(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def faults(name: str, tree: ast.Module) -> list[str]:
    """Return what a module does that none may do."""
    found = []
    for module in imported(tree):
        parts = module.split(".")
        heads = {".".join(parts[:k]) for k in range(1, len(parts) + 1)}
        if heads & FORBIDDEN_IMPORTS:
            found.append(f"{name} imports {module}")
        found += [f"{name} imports {module}" for head in heads if name not in ALLOWED.get(head, (name,))]
    for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
        called = dotted(call.func)
        options = {word.arg: word.value for word in call.keywords if word.arg}
        where = f"{name}:{call.lineno} calls {called}"
        if called in FORBIDDEN_CALLS or name not in ALLOWED.get(called, (name,)):
            found.append(where)
        if not is_false(options.get("shell")):
            found.append(f"{where} with a shell")
        if called in STARTS_PROGRAMS and is_line(call.args[0]):
            found.append(f"{where} with a line of text")
        reads_arrays = called in ("numpy.load", "npy.read_array", "np.lib.format.read_array")
        if "allow_pickle" in options and not is_false(options["allow_pickle"]):
            found.append(f"{where} with pickles")
        if reads_arrays and "allow_pickle" not in options:
            found.append(f"{where} and does not say that there are no pickles")
        if called == "np.load" and "allow_pickle" not in options:
            found.append(f"{where} and does not say that there are no pickles")
    return found


def is_line(value: ast.expr) -> bool:
    """Tell whether a program is named by a line of text, which a system may take apart in its own way."""
    value = value.left if isinstance(value, ast.BinOp) else value
    return isinstance(value, (ast.Constant, ast.JoinedStr))


def is_false(value: ast.expr | None) -> bool:
    return value is None or (isinstance(value, ast.Constant) and value.value is False)


def test_no_module_does_what_none_may_do() -> None:
    modules = all_sources()
    assert len(modules) > 150
    assert [fault for name, tree in modules.items() for fault in faults(name, tree)] == []


def test_what_is_allowed_is_still_needed() -> None:
    trees = all_sources()
    for what, names in ALLOWED.items():
        for name in names:
            used = set(imported(trees[name])) | {
                dotted(node.func) for node in ast.walk(trees[name]) if isinstance(node, ast.Call)
            }
            assert any(one == what or one.startswith(f"{what}.") for one in used), (what, name)


@pytest.mark.parametrize(
    "line",
    [
        "eval(x)", "exec(x)", "import pickle", "from pickle import loads", "os.system(x)", "import requests",
        "subprocess.run(x, shell=True)", "subprocess.run(x, shell=flag)", "subprocess.run('ls ' + x)",
        "np.load(x, allow_pickle=True)", "np.load(x)", "npy.read_array(x)", "tempfile.mktemp()",
        "import urllib.request", "from urllib import request", "socket.create_connection(x)", "yaml.load(x)",
        "import http.client", "webbrowser = 1; import webbrowser", "socket.socket()",
        "import xml.etree.ElementTree",
    ],
)  # fmt: skip
def test_each_would_be_found(line: str) -> None:
    assert faults("some/module.py", ast.parse(line))


KNOWN = {
    "name", "columns", "holes", "pairs", "query", "_SESSIONS", "order", "to", "where", "table",
    "APPLICATION_ID", "schema.APPLICATION_ID", "VERSION",
}  # fmt: skip
STATEMENTS = ("SELECT", "INSERT", "UPDATE", "DELETE", "PRAGMA", "ALTER")


def test_sql_is_put_together_from_our_own_words_only() -> None:
    """A statement of the store names tables and columns in braces; values go beside it, as parameters."""
    for path in sorted((PACKAGE / "edges" / "store").glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.JoinedStr):
                continue
            parts = [p.value for p in node.values if isinstance(p, ast.Constant)]
            if str(parts[:1]).lstrip("[' ").split(" ")[0].upper() in STATEMENTS:
                put_in = {ast.unparse(p.value) for p in node.values if isinstance(p, ast.FormattedValue)}
                assert put_in <= KNOWN, f"{path.name}:{node.lineno} puts {put_in - KNOWN} into SQL"


def test_columns_of_an_imported_history_are_known_ones(tmp_path: Path) -> None:
    """Rows of an export name their columns: names that are not the table's own must not reach SQL."""
    from twitchcam.edges.store import open_store
    from twitchcam.errors import InputRefused

    bad = 'name) VALUES ("x"); DROP TABLE session; --'
    person = {"id": 1, "name": "a"}
    session = {"id": 1, "person_id": 1, bad: 1, "filmed_at": "2026-01-01", "fingerprint": "f"}
    note = {"id": 1, "person_id": 1, bad: 1, "day": "2026-01-01", "content": "x", "session_id": None}
    with open_store(tmp_path) as store:
        for tables in (
            {"person": [person], "session": [session]},
            {"person": [person], "note": [note]},
            {"person; DROP TABLE session": []},
        ):
            with pytest.raises(InputRefused):
                store.load(tables)
        assert set(store.dump()) >= {"session", "person"}
