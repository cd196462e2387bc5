"""The guard at the door: who may talk to the live page's server.

It listens on this computer only, but any web page open in a browser here could try to reach it (by name
tricks or from its own address), and so could other users. So the address holds a secret, and Host and Origin
must be the server's own.
"""

from __future__ import annotations

import secrets
from typing import Any, Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

REPORT_POLICY: Final = (
    "sandbox allow-scripts; default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; "
    "img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


def page_policy(port: int) -> str:
    """Return the content security policy of the page: nothing but its own files and its own socket."""
    return (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; "
        f"connect-src 'self' ws://127.0.0.1:{port} ws://localhost:{port}; frame-ancestors 'none'; "
        "base-uri 'none'; form-action 'none'"
    )


class Guard:
    """Lets through what comes from the page itself, below the secret address."""

    def __init__(self, app: ASGIApp, *, port: int, token: str) -> None:
        """Guard `app`, which is served at `port` below /`token`/."""
        self._app, self._token = app, token
        self._hosts = (f"127.0.0.1:{port}", f"localhost:{port}")
        self._origins = tuple(f"http://{host}" for host in self._hosts)
        self._policy = page_policy(port)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it: 403 for a foreign Host or Origin, 404 without the secret."""
        if scope["type"] not in ("http", "websocket"):
            return
        refused = self._refusal(scope)
        if scope["type"] == "websocket":
            if refused is None:
                await self._app(scope, receive, send)
            else:  # before it is accepted: the handshake is answered with 403
                await send({"type": "websocket.close", "code": 1008})
            return
        answer = self._app if refused is None else Response(status_code=refused)
        await answer(scope, receive, self._with_headers(send))

    def _refusal(self, scope: Scope) -> int | None:
        headers = Headers(scope=scope)
        if headers.get("host", "").lower() not in self._hosts:
            return 403
        asks_only = scope["type"] == "http" and scope["method"] in ("GET", "HEAD")
        origin = headers.get("origin")
        if origin not in self._origins and not (asks_only and origin is None):
            return 403
        first = scope["path"].split("/")[1] if "/" in scope["path"] else ""
        return None if secrets.compare_digest(first.encode(), self._token.encode()) else 404

    def _with_headers(self, send: Send) -> Send:
        async def sent(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                fixed: dict[str, Any] = {
                    "Content-Security-Policy": self._policy,
                    "Referrer-Policy": "no-referrer",
                    "X-Content-Type-Options": "nosniff",
                    "Cache-Control": "no-store",
                    "Cross-Origin-Resource-Policy": "same-origin",
                    "Cross-Origin-Opener-Policy": "same-origin",
                    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), display-capture=()",
                    "X-Frame-Options": "DENY",
                }
                for name, value in fixed.items():
                    headers.setdefault(name, value)
            await send(message)

        return sent
