"""How processes of this program are started: none looks for modules in the working folder.

A folder of clips from elsewhere may hold Python files named like our modules. `python -m` looks there first.
"""

from __future__ import annotations


def code_running(module: str) -> str:
    """Return the code, for `python -c`, that runs `main` of a module."""
    return f"import sys; sys.path = [p for p in sys.path if p]; from {module} import main; main()"
