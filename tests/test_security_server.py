"""The live page's server before hostile requests, byte by byte; ordinary ones are in test_live_server.py."""

from __future__ import annotations

import os
import secrets
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from live_parts import hand_session

from twitchcam.live import door
from twitchcam.live.door import MOST_CONNECTIONS, is_strangers, owner_of
from twitchcam.live.server import LiveServer, listen

PATIENCE_S = 60.0
KEY = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
UPGRADE = f"Upgrade: websocket\r\nConnection: Upgrade\r\n{KEY}"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    session = hand_session(tmp_path_factory.mktemp("hostile") / "out")
    serving = LiveServer(session, listen())
    thread = threading.Thread(target=serving.run, name="serving")
    thread.start()
    yield serving
    serving.stop()
    thread.join(PATIENCE_S)
    session.close()
    assert not thread.is_alive()


def dial(server: LiveServer) -> socket.socket:
    return socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE_S)


def answer_to(server: LiveServer, request: str) -> bytes:
    """Send the request as it stands; return the answer's head, empty when the line was cut without one."""
    with dial(server) as line:
        try:
            line.sendall(request.encode("latin-1"))
            head = b""
            while b"\r\n\r\n" not in head and (more := line.recv(65536)):
                head += more
        except ConnectionError:  # cut in the middle of a request that is too long
            return b""
    return head


def status_of(server: LiveServer, request: str) -> int:
    head = answer_to(server, request)
    return int(head.split()[1]) if head else 0


def asked(server: LiveServer, target: str, *, method: str = "GET", host: str = "", more: str = "") -> str:
    named = host or f"127.0.0.1:{server.port}"
    return f"{method} {target} HTTP/1.1\r\nHost: {named}\r\n{more}Connection: close\r\n\r\n"


@pytest.mark.parametrize(
    "path",
    [
        "%00", "a%00.js", "a" * 5000 + ".js", "/etc/passwd", "%2fetc%2fpasswd", "..\\..\\guard.py",
        "%252e%252e%252fguard.py", "../guard.py", "%2e%2e/%2e%2e/guard.py", "%zz%ff", "page/../main.js",
        "./main.js", "MAIN.JS", "main.js%20", "main.js.", "main.js::$DATA", "//evil.example/share/x.js",
        "%0d%0aSet-Cookie:%20a=b", "index.html%23", "../page/main.js", "__init__.py", "ws",
    ],
)  # fmt: skip
def test_no_path_leads_anywhere_else(
    server: LiveServer, path: str, capfd: pytest.CaptureFixture[str]
) -> None:
    head = answer_to(server, asked(server, f"/{server.token}/{path}"))
    assert head.startswith(b"HTTP/1.1 404")
    assert b"set-cookie" not in head.lower()
    assert capfd.readouterr().err == ""  # a refused request is no fault of ours: nothing is told


def test_secrets_that_are_nearly_right_are_wrong(server: LiveServer) -> None:
    token = server.token
    assert status_of(server, asked(server, f"/{token}/")) == 200
    near = (
        token[:-1], token[1:], token + "x", token.swapcase(), token + "%20", token + "%00", "%20" + token,
        token[:-1] + "%ff", "", ".", "..", token + ";", token + "\\", "a/" + token, "%2f" + token,
        "\u202e".encode().hex(), "%E2%80%AE" + token, "x" * 60_000,
    )  # fmt: skip
    for wrong in near:
        assert status_of(server, asked(server, f"/{wrong}/")) == 404, wrong
        assert status_of(server, asked(server, f"/?{token}", more=f"Cookie: token={token}\r\n")) == 404


def test_secrets_are_compared_in_constant_time_and_are_long(
    server: LiveServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    compared = []
    truly = secrets.compare_digest

    def compare(one: bytes, other: bytes) -> bool:
        compared.append((one, other))
        return truly(one, other)

    monkeypatch.setattr(secrets, "compare_digest", compare)
    assert status_of(server, asked(server, "/wrong/")) == 404
    assert compared == [(b"wrong", server.token.encode())]
    assert len(server.token) >= 22  # 128 bits, six in each letter


HOSTS = (
    "127.0.0.1.evil.example:{port}", "evil.example", "evil.example:{port}", "127.0.0.1", "127.0.0.1:1",
    "[::1]:{port}", "0.0.0.0:{port}", "127.1:{port}", "127.0.0.1.:{port}", "2130706433:{port}",
    "127.0.0.1:{port}@evil.example", "evil.example@127.0.0.1:{port}", "127.0.0.1:{port}, evil.example",
    "127.0.0.1:0{port}", "localhost.:{port}", "localhost.evil.example:{port}",
)  # fmt: skip


@pytest.mark.parametrize("host", HOSTS)
def test_a_name_that_is_not_the_servers_own(server: LiveServer, host: str) -> None:
    """A page at evil.example whose name leads to 127.0.0.1 (DNS rebinding) sends its own name."""
    named = host.format(port=server.port)
    assert status_of(server, asked(server, f"/{server.token}/", host=named)) == 403
    own = f"Origin: http://127.0.0.1:{server.port}\r\n{UPGRADE}"
    shake = f"GET /{server.token}/ws HTTP/1.1\r\nHost: {named}\r\n{own}\r\n"
    assert status_of(server, shake) in (400, 403)


def test_names_that_contradict_each_other(server: LiveServer) -> None:
    token, own = server.token, f"127.0.0.1:{server.port}"
    twice = f"GET /{token}/ HTTP/1.1\r\nHost: {own}\r\nHost: evil.example\r\n\r\n"
    assert status_of(server, twice) == 400
    assert status_of(server, f"GET /{token}/ HTTP/1.1\r\n\r\n") == 400
    assert status_of(server, f"GET /{token}/ HTTP/1.0\r\n\r\n") == 403
    assert status_of(server, f"GET /{token}/ HTTP/1.1\r\nHost: {own}\r\n evil.example\r\n\r\n") == 403
    assert status_of(server, f"GET /{token}/ HTTP/1.1\r\nHost : {own}\r\n\r\n") == 400
    # The address stands in the request line of a proxy's request; whatever it says, no page is there.
    assert status_of(server, asked(server, f"http://evil.example/{token}/")) == 404
    forwarded = f"X-Forwarded-Host: {own}\r\nForwarded: host={own}\r\nX-Forwarded-For: 127.0.0.1\r\n"
    assert status_of(server, asked(server, f"/{token}/", host="evil.example", more=forwarded)) == 403


@pytest.mark.parametrize(
    "origin",
    [
        None, "null", "", "http://evil.example", "https://127.0.0.1:{port}", "http://127.0.0.1",
        "http://127.0.0.1:{port}.evil.example", "http://127.0.0.1:{port}/", "file://", "http://[::1]:{port}",
        "HTTP://127.0.0.1:{port}", "http://evil.example\r\nOrigin: http://127.0.0.1:{port}",
        "http://127.0.0.1:{port}\r\nOrigin: http://evil.example",
    ],
)  # fmt: skip
def test_a_socket_is_opened_to_the_page_only(server: LiveServer, origin: str | None) -> None:
    line = "" if origin is None else f"Origin: {origin.format(port=server.port)}\r\n"
    more = f"Host: 127.0.0.1:{server.port}\r\n{line}{UPGRADE}"
    assert status_of(server, f"GET /{server.token}/ws HTTP/1.1\r\n{more}\r\n") in (400, 403)


def test_pages_of_others_cannot_make_it_do_anything(server: LiveServer) -> None:
    """A form or a fetch of another page carries its own Origin; the page itself only ever asks with GET."""
    own = f"http://127.0.0.1:{server.port}"
    for method in ("POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT", "PROPFIND"):
        for origin in ("http://evil.example", "null"):
            more = f"Origin: {origin}\r\n"
            assert status_of(server, asked(server, f"/{server.token}/", method=method, more=more)) == 403
        assert status_of(server, asked(server, f"/{server.token}/", method=method)) == 403
        more = f"Origin: {own}\r\n"
        assert status_of(server, asked(server, f"/{server.token}/", method=method, more=more)) == 405
    foreign = asked(server, f"/{server.token}/", more="Origin: http://evil.example\r\n")
    head = answer_to(server, foreign)
    assert head.startswith(b"HTTP/1.1 403")
    assert b"access-control" not in head.lower()


SMUGGLED = "GET /{token}/ HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n"


@pytest.mark.parametrize(
    "lengths",
    [
        "Content-Length: 5\r\nContent-Length: 6\r\n", "Content-Length: -1\r\n", "Content-Length: 0x10\r\n",
        "Transfer-Encoding: xchunked\r\n", "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n",
        "Transfer-Encoding : chunked\r\n", "X: a\rb\r\n", "X: a\x00b\r\n", "Content-Length: 5, 6\r\n",
    ],
)  # fmt: skip
def test_requests_with_two_readings_are_refused(server: LiveServer, lengths: str) -> None:
    rest = SMUGGLED.format(token=server.token, port=server.port)
    assert status_of(server, asked(server, f"/{server.token}/", method="POST", more=lengths) + rest) == 400


def test_a_request_hidden_in_a_body_is_not_answered(server: LiveServer) -> None:
    hidden = "0\r\n\r\n" + SMUGGLED.format(token=server.token, port=server.port)
    more = f"Content-Length: {len(hidden)}\r\nTransfer-Encoding: chunked\r\n"
    request = f"POST / HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\n{more}\r\n{hidden}"
    with dial(server) as line:
        line.sendall(request.encode())
        line.shutdown(socket.SHUT_WR)
        told = b""
        while more_told := line.recv(65536):
            told += more_told
    assert told.startswith(b"HTTP/1.1 403")
    assert b"200 OK" not in told.partition(b"\r\n\r\n")[0]


def test_too_much_at_once_is_cut(server: LiveServer) -> None:
    for request in (
        asked(server, "/" + "a" * 200_000),
        asked(server, "/", more="X: " + "a" * 200_000 + "\r\n"),
        asked(server, "/", more="".join(f"X{k}: {k}\r\n" for k in range(20_000))),
        "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + "\0" * 300,
        "\n" * 100_000,
    ):
        assert status_of(server, request) in (0, 400, 404)
    enormous = f"Origin: http://127.0.0.1:{server.port}\r\nContent-Length: 99999999999\r\n"
    # answered without waiting for the body, which nobody reads
    assert status_of(server, asked(server, f"/{server.token}/", method="POST", more=enormous)) == 405
    assert status_of(server, asked(server, f"/{server.token}/")) == 200


HEADERS = {
    "cache-control": "no-store",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "cross-origin-resource-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
}


def test_every_answer_of_the_page_carries_the_rules(server: LiveServer) -> None:
    names = ["", "main.js", "report", "nothing", "../x"]
    for request in [asked(server, f"/{server.token}/{name}") for name in names] + [
        asked(server, f"/{server.token}"),
        asked(server, "/"),
        asked(server, f"/{server.token}/", host="evil.example"),
    ]:
        lines = answer_to(server, request).decode("latin-1").split("\r\n")[1:]
        told = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
        for name, value in HEADERS.items():
            assert told[name] == value, (request, name)
        policy = dict(rule.strip().split(" ", 1) for rule in told["content-security-policy"].split(";"))
        assert policy["default-src"] == "'none'"
        assert policy["frame-ancestors"] == "'none'"
        assert policy["form-action"] == "'none'"
        assert "unsafe" not in told["content-security-policy"]
        assert "camera=()" in told["permissions-policy"]
        assert "server" not in told
        if "location" in told:  # nothing of what was asked for comes back in it
            assert told["location"] == f"/{server.token}/"


def test_what_is_asked_is_not_told_to_anybody(server: LiveServer, capfd: pytest.CaptureFixture[str]) -> None:
    for request in (asked(server, f"/{server.token}/"), "nonsense\r\n\r\n", asked(server, "/wrong/")):
        answer_to(server, request)
    told = capfd.readouterr()
    assert (told.out, told.err) == ("", "")


class TestConnections:
    def test_who_never_says_what_he_wants_is_hung_up_on(
        self, server: LiveServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(door, "LONGEST_ASK_S", 0.3)
        for beginning in ("", "GET / HT", f"GET /{server.token}/ HTTP/1.1\r\nHost: 127.0.0.1\r\nX: "):
            with dial(server) as line:
                line.sendall(beginning.encode())
                with suppress(ConnectionError):
                    assert line.recv(1) == b""

    def test_nor_who_stops_in_the_second_request(
        self, server: LiveServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(door, "LONGEST_ASK_S", 0.3)
        with dial(server) as line:
            line.sendall(asked(server, "/").replace("Connection: close\r\n", "").encode() + b"GET / HT")
            told = b""
            with suppress(ConnectionError):
                while more := line.recv(65536):
                    told += more
        assert told.startswith(b"HTTP/1.1 404")

    def test_many_lines_are_not_held_open(self, server: LiveServer) -> None:
        held = [dial(server) for _ in range(3 * MOST_CONNECTIONS)]
        try:
            end = time.monotonic() + PATIENCE_S
            while len(server._server.server_state.connections) > MOST_CONNECTIONS:
                assert time.monotonic() < end
                time.sleep(0.02)
        finally:
            for line in held:
                line.close()
        end = time.monotonic() + PATIENCE_S
        while status_of(server, asked(server, f"/{server.token}/")) != 200:  # once they are gone
            assert time.monotonic() < end
            time.sleep(0.05)

    def test_whose_the_other_end_is(self, tmp_path: Path) -> None:
        table = tmp_path / "tcp"
        line = "   0: {} {} 01 00000000:00000000 00:00000000 00000000 {:5d}        0 1 1\n"
        other = os.getuid() + 1
        table.write_text(
            "  sl  local_address rem_address   st\n"
            + line.format("0100007F:1F90", "0100007F:C001", 12345)  # our own end of the connection
            + line.format("0500A8C0:C001", "0100007F:1F90", 12345)  # not from this computer
            + line.format("0100007F:C001", "0100007F:1F90", other)
            + line.format("0000000000000000FFFF00000100007F:C002", "0000000000000000FFFF00000100007F:1F90", 0)
            + "cut",
            encoding="ascii",
        )
        tables = (str(tmp_path / "none"), str(table))
        here = ("127.0.0.1", 0x1F90)
        assert owner_of(("127.0.0.1", 0xC001), here, tables=tables) == other
        assert is_strangers(("127.0.0.1", 0xC001), here, tables=tables)
        assert not is_strangers(("127.0.0.1", 0xC002), here, tables=tables)  # root
        assert owner_of(("127.0.0.1", 1), here, tables=tables) is None
        assert not is_strangers(("127.0.0.1", 1), here, tables=tables)
        assert owner_of(None, here, tables=tables) is None

    def test_root_lets_in_whom_it_works_for(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(os, "geteuid", lambda: 0)
        monkeypatch.setattr(os, "getuid", lambda: 0)
        monkeypatch.setenv("SUDO_UID", "1000")
        assert door._own() == {0, 1000}
        monkeypatch.setattr(os, "geteuid", lambda: 7)
        assert 1000 not in door._own()

    @pytest.mark.skipif(not Path("/proc/net/tcp").exists(), reason="only Linux tells whose a connection is")
    def test_my_own_connection_is_known_as_mine(self, server: LiveServer) -> None:
        with dial(server) as line:
            client, there = line.getsockname(), line.getpeername()
            assert owner_of(client, there) == os.geteuid()

    @pytest.mark.skipif(
        sys.platform != "linux" or os.geteuid() != 0 or not shutil.which("setpriv"),
        reason="only root can become another user to try it",
    )
    def test_another_user_of_this_computer_is_not_let_in(self, server: LiveServer) -> None:
        program = (
            "import os, socket, sys\n"
            "line = socket.create_connection(('127.0.0.1', int(sys.argv[1])), timeout=60)\n"
            "try:\n"
            "    line.sendall(sys.argv[2].encode())\n"
            "    print(len(line.recv(100)))\n"
            "except ConnectionError:\n"
            "    print(0)\n"
        )
        request = asked(server, f"/{server.token}/")
        command = [sys.executable, "-I", "-S", "-c", program, str(server.port), request]
        mine = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_S, check=True)
        assert int(mine.stdout) > 0
        python = shutil.which("python3", path="/usr/bin:/usr/local/bin") or sys.executable
        as_nobody = ["setpriv", "--reuid=65534", "--clear-groups", python, *command[1:]]
        theirs = subprocess.run(as_nobody, capture_output=True, text=True, timeout=PATIENCE_S, check=False)
        if theirs.returncode:
            pytest.skip(f"could not become another user: {theirs.stderr[-200:]}")
        assert int(theirs.stdout) == 0
