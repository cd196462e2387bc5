"""The door: which connections are taken at all, before a word of them is read.

The page's secret stands on the command line of the browser that is started with it, and on many systems other
users may read that. So on Linux the system is asked whose a connection is, and those of other users are not
taken. Nobody may keep many connections open, or take long to say what is wanted, or the program would run out
of them.
"""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import Final

from uvicorn.protocols.http.h11_impl import H11Protocol

MOST_CONNECTIONS: Final = 64
"""Open at once; sixteen pages need sixteen, and a browser asks over six more at a time."""
LONGEST_ASK_S: Final = 10.0
"""From connecting, or from the last answer, to the end of the next request's headers."""
TABLES: Final = ("/proc/net/tcp", "/proc/net/tcp6")
"""Connections of this computer with their owners (Linux)."""
ROOT: Final = 0


class Door(H11Protocol):
    """One connection of uvicorn's, taken from the person's own programs only."""

    _due: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Take a connection, or drop it."""
        super().connection_made(transport)
        if len(self.connections) > MOST_CONNECTIONS or is_strangers(self.client, self.server):
            transport.abort()
        else:
            self._expect()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget a connection."""
        self._expect(again=False)
        super().connection_lost(exc)

    def on_response_complete(self) -> None:
        """Wait for the next request."""
        super().on_response_complete()
        self._expect()

    def _expect(self, *, again: bool = True) -> None:
        if self._due is not None:
            self._due.cancel()
        self._due = self.loop.call_later(LONGEST_ASK_S, self._hang_up) if again else None

    def _hang_up(self) -> None:
        """Drop a connection over which nothing whole was asked. One that became a WebSocket is not ours."""
        if self.transport.is_closing() or self.transport.get_protocol() is not self:
            return
        if self.cycle is not None and not self.cycle.response_complete:  # type: ignore[redundant-expr]
            self._expect()
        else:
            self.transport.abort()


Address = tuple[str, int | None] | None


def is_strangers(client: Address, server: Address, *, tables: tuple[str, ...] = TABLES) -> bool:
    """Tell whether the other end of a connection belongs to another user; False where that is not known."""
    owner = owner_of(client, server, tables=tables)
    return owner is not None and owner not in _own()


def _own() -> set[int]:
    """Return the users whose programs may come in: this one, and the administrator, who can do anything."""
    own = {os.getuid(), os.geteuid(), ROOT}
    for name in ("SUDO_UID", "PKEXEC_UID"):  # root on behalf of somebody, who sits before the browser
        if os.geteuid() == ROOT and (value := os.environ.get(name, "")).isdecimal():
            own.add(int(value))
    return own


def owner_of(client: Address, server: Address, *, tables: tuple[str, ...] = TABLES) -> int | None:
    """Return the user id of the program at the other end; None where the system does not tell."""
    if client is None or server is None or client[1] is None or server[1] is None:
        return None
    ends = (f":{client[1]:04X}", f":{server[1]:04X}")
    for table in tables:
        try:
            lines = Path(table).read_text(encoding="ascii", errors="replace").splitlines()[1:]
        except OSError:
            continue
        for cells in map(str.split, lines):
            # 127.0.0.1, byte by byte backwards; with IPv6 in front of it where a program asked that way
            here = len(cells) > 7 and cells[1].rpartition(":")[0].endswith("0100007F")
            if here and cells[1].endswith(ends[0]) and cells[2].endswith(ends[1]):
                return int(cells[7])
    return None
