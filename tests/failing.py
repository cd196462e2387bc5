"""A disk that fails at the n-th thing that is asked of it, for tests."""

from __future__ import annotations

import errno
import io
import os
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

import pytest

CHANGING = ("fsync", "replace", "mkdir", "rename")


class Disk:
    """Counts what changes the disk, and fails from the n-th on, or at the n-th only."""

    def __init__(self, fail_at: int | None, code: int, *, for_good: bool) -> None:
        self.done: list[str] = []
        self._fail_at, self._code, self._for_good = fail_at, code, for_good

    def ask(self, what: str) -> None:
        self.done.append(what)
        n = len(self.done)
        if self._fail_at is not None and (n == self._fail_at or (self._for_good and n > self._fail_at)):
            raise OSError(self._code, os.strerror(self._code))


@contextmanager
def failing_disk(
    *modules: ModuleType, fail_at: int | None = None, code: int = errno.ENOSPC, for_good: bool = True
) -> Iterator[Disk]:
    """Let the `modules`' own writing fail at its `fail_at`-th step (from 1), and at all later ones.

    Steps are: a file or folder made, a write that reaches the system, fsync, rename. Removing always works.
    """
    disk = Disk(fail_at, code, for_good=for_good)

    class Raw(io.FileIO):
        def write(self, data: Any, /) -> int:
            disk.ask("write")
            return super().write(data)

    def opened(path: Any, mode: str = "r", *args: Any, **kwargs: Any) -> Any:
        if mode not in ("wb", "xb"):
            return open(path, mode, *args, **kwargs)
        if mode == "xb":
            disk.ask("create")
        return io.BufferedWriter(Raw(path, mode, opener=kwargs.get("opener")))

    def step(name: str, real: Any) -> Any:
        def asked(*args: Any, **kwargs: Any) -> Any:
            disk.ask(name)
            return real(*args, **kwargs)

        return asked

    real_open = os.open

    def created(path: Any, flags: int, *args: Any, **kwargs: Any) -> int:
        if flags & os.O_CREAT and str(path).endswith(".part"):
            disk.ask("create")
        return real_open(path, flags, *args, **kwargs)

    with pytest.MonkeyPatch.context() as patch:
        for module in modules:
            patch.setattr(module, "open", opened, raising=False)
        for name in CHANGING:
            patch.setattr(os, name, step(name, getattr(os, name)))
        patch.setattr(os, "open", created)
        yield disk
