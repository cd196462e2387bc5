"""Pages: a browser to show them in, and a port on this computer to serve the live one."""

from __future__ import annotations

import os
import shutil
import socket
import sys
import webbrowser
from collections.abc import Iterator, Mapping

from twitchcam.doctor.finding import NOTE, OK, PROBLEM, Finding

GROUP = "pages"
PORT = 8765
"""Of the example only."""
_BROWSERS = ("xdg-open", "firefox", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def check_pages() -> Iterator[Finding]:
    """Look for a browser and bind a port."""
    yield check_browser(sys.platform, os.environ, next(filter(None, map(shutil.which, _BROWSERS)), None))
    yield check_port()


def check_browser(system: str, environment: Mapping[str, str], program: str | None) -> Finding:
    """Tell whether `live` and `report --open` can show a page here."""
    if system in ("darwin", "win32"):
        return _known_to_python()
    remote = bool(environment.get("SSH_CONNECTION"))
    if not (environment.get("DISPLAY") or environment.get("WAYLAND_DISPLAY")):
        text = "no screen here" + (" (you are connected by ssh)" if remote else "")
        mend = (
            f"for live: 'twitchcam live --no-browser --port {PORT}' here, 'ssh -L {PORT}:127.0.0.1:{PORT} "
            "THIS-MACHINE' on your computer, then open the printed address there (the camera is this "
            "machine's); report.html is one file: copy it"
        )
        return Finding(GROUP, "browser", NOTE, text, mend)
    if program is None and not environment.get("BROWSER"):
        text = "a screen, but no browser was found"
        return Finding(
            GROUP, "browser", NOTE, text, "sudo apt install firefox-esr (Debian); any browser will do"
        )
    return Finding(GROUP, "browser", OK, "a screen and a browser")


def _known_to_python() -> Finding:
    try:
        webbrowser.get()
    except webbrowser.Error:
        return Finding(GROUP, "browser", NOTE, "no browser was found", "install one; any will do")
    return Finding(GROUP, "browser", OK, "a browser")


def check_port() -> Finding:
    """Serve and reach a port of this computer, as the live page does."""
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as server:
            server.bind(("127.0.0.1", 0))
            server.listen(1)
            with socket.create_connection(server.getsockname(), 3.0):
                return Finding(GROUP, "port", OK, "a port on 127.0.0.1 can be served and reached")
    except OSError as error:
        text = f"no port on 127.0.0.1 can be used ({error.strerror or error}), so live has no page"
        mend = (
            "switch the loopback interface on (ip link set lo up), or ask who set up the firewall or sandbox"
        )
        return Finding(GROUP, "port", PROBLEM, text, f"{mend}; 'live --seconds 60 --json' needs no page")
