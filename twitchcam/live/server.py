"""The live page's server: its files, its socket and the report, on this computer only."""

from __future__ import annotations

import asyncio
import secrets
import socket
from functools import lru_cache
from pathlib import Path
from typing import Final

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket

from twitchcam.edges.report import render_report
from twitchcam.errors import InputRefused
from twitchcam.live.door import Door
from twitchcam.live.guard import REPORT_POLICY, Guard
from twitchcam.live.messages import LONGEST
from twitchcam.live.pages import Page
from twitchcam.live.preview import Previewer
from twitchcam.live.session import Session

HOST: Final = "127.0.0.1"
PAGE: Final = Path(__file__).parent / "page"
TYPES: Final = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".webmanifest": "application/manifest+json",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".ico": "image/x-icon",
    ".woff2": "font/woff2",
    ".mp3": "audio/mpeg",
    ".wav": "audio/wav",
}
"""What is served, whatever the system believes about file names."""
SEND_BUFFER: Final = 1 << 17
"""Bytes: two pictures. What lies in the system's buffers is sent late to a slow page."""
MOST_PAGES: Final = 16
GRACE_S: Final = 1


class LiveServer:
    """Serves one session's page."""

    def __init__(self, session: Session, listening: socket.socket) -> None:
        """Take over a socket from `listen`."""
        self._socket = listening
        self.port: int = self._socket.getsockname()[1]
        self.token = secrets.token_urlsafe(16)
        self._session = session
        self._pages: set[Page] = set()
        self._previewer = Previewer(session, self._wake)
        self.app = Guard(self._routes(), port=self.port, token=self.token)
        config = uvicorn.Config(
            self.app,
            http=Door,
            ws="websockets-sansio",
            ws_max_size=4 * LONGEST,
            ws_per_message_deflate=False,
            lifespan="off",
            proxy_headers=False,
            log_config=None,
            log_level="error",  # anybody here can send nonsense; it is not to fill the terminal
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=GRACE_S,
        )
        self._server = uvicorn.Server(config)

    @property
    def address(self) -> str:
        """The page's address, with its secret."""
        return f"http://{HOST}:{self.port}/{self.token}/"

    def run(self) -> None:
        """Serve until `stop` is called or a signal comes (Ctrl-C ends in a KeyboardInterrupt)."""
        try:
            self._server.run(sockets=[self._socket])
        finally:
            self._previewer.close()
            self._socket.close()

    def stop(self) -> None:
        """End `run`, from any thread."""
        self._server.should_exit = True

    @property
    def started(self) -> bool:
        """Whether it answers."""
        return self._server.started

    def _wake(self) -> None:
        for page in list(self._pages):
            page.wake()

    def _routes(self) -> Starlette:
        below = f"/{self.token}"
        return Starlette(
            routes=[
                Route(below, self._to_page),
                Route(f"{below}/report", self._report),
                WebSocketRoute(f"{below}/ws", self._talk),
                Route(f"{below}/{{path:path}}", _page_file),
            ]
        )

    async def _to_page(self, _request: Request) -> Response:
        return RedirectResponse(f"/{self.token}/", status_code=307)

    async def _report(self, _request: Request) -> Response:
        outcome = self._session.outcome
        if outcome is None:
            return Response("There is no result yet.", status_code=404, media_type="text/plain")
        html = await asyncio.to_thread(render_report, outcome.summary)
        content = html.encode("utf-8", errors="backslashreplace")
        return Response(
            content, media_type=TYPES[".html"], headers={"Content-Security-Policy": REPORT_POLICY}
        )

    async def _talk(self, websocket: WebSocket) -> None:
        if len(self._pages) >= MOST_PAGES:
            await websocket.close(1013)
            return
        await websocket.accept()
        page = Page(websocket, self._session, self._previewer)
        self._pages.add(page)
        self._previewer.watched = True
        try:
            await page.run()
        finally:
            self._pages.discard(page)
            self._previewer.watched = bool(self._pages)


async def _page_file(request: Request) -> Response:
    """Return a file of the page; everything else is not there, and no path is made of what was asked for."""
    path = _files().get(request.path_params["path"] or "index.html")
    if path is None:
        return Response(status_code=404)
    return Response(path.read_bytes(), media_type=TYPES[path.suffix])


@lru_cache(maxsize=1)
def _files() -> dict[str, Path]:
    """Return the page's files by the name under which they are served."""
    found = (path for path in PAGE.rglob("*") if path.suffix in TYPES and path.is_file())
    return {path.relative_to(PAGE).as_posix(): path for path in found}


def listen(port: int = 0) -> socket.socket:
    """Return a socket that listens on this computer only; `port` 0 takes any free one.

    Raises
    ------
    InputRefused
        If the port is taken.
    """
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        if hasattr(socket, "SO_EXCLUSIVEADDRUSE"):  # Windows: else two programs may share a port
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
        else:
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
        listening.bind((HOST, port))
        listening.listen()
    except (OSError, OverflowError) as error:
        listening.close()
        reason = getattr(error, "strerror", None) or "no such port"
        raise InputRefused(
            f"--port {port}: cannot be used ({reason}); take another one, or leave it out to get a free one"
        ) from error
    return listening
