"""The page's server: who may come in, what pages are told, and that none of them can hold anything up."""

from __future__ import annotations

import http.client
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from live_parts import BlindTracker, HandMeasuring, hand_session, my_threads, play, twitching_face
from mjpeg_server import MjpegServer
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from twitchcam.edges.camera import CameraSettings
from twitchcam.errors import InputRefused
from twitchcam.live.messages import read_message
from twitchcam.live.options import SessionOptions, State
from twitchcam.live.server import LiveServer, listen
from twitchcam.live.session import Session
from twitchcam.live.sources import CameraSource

WAIT_S = 20.0
"""Much longer than anything here takes; nothing is measured by it."""
FACE = twitching_face(12.0)


class Client:
    """A page as a program."""

    def __init__(self, server: LiveServer, *, token: str | None = None, **options: Any) -> None:
        where = f"ws://127.0.0.1:{server.port}/{token or server.token}/ws"
        options.setdefault("origin", f"http://127.0.0.1:{server.port}")
        self._opened = ExitStack()
        opened = connect(where, max_size=None, open_timeout=WAIT_S, **options)
        self.socket: ClientConnection = self._opened.enter_context(opened)
        self.binaries: list[bytes] = []

    def say(self, **message: Any) -> None:
        self.socket.send(json.dumps(message))

    def until(self, fits: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """Return the next message that fits; what comes before goes by."""
        end_s = time.monotonic() + WAIT_S
        while True:
            received = self.socket.recv(timeout=max(0.01, end_s - time.monotonic()))
            if isinstance(received, bytes):
                self.binaries.append(received)
                continue
            message: dict[str, Any] = json.loads(received)
            if fits(message):
                return message

    def next(self, kind: str) -> dict[str, Any]:
        return self.until(lambda m: m["type"] == kind)

    def close(self) -> None:
        self._opened.close()


@contextmanager
def serving(session: Session) -> Iterator[LiveServer]:
    server = LiveServer(session, listen())
    thread = threading.Thread(target=server.run, name="serving")
    thread.start()
    try:
        yield server
    finally:
        server.stop()
        thread.join(WAIT_S)
        session.close()
        assert not thread.is_alive()


@pytest.fixture
def session(tmp_path: Path) -> Session:
    return hand_session(tmp_path / "out")


@pytest.fixture
def server(session: Session) -> Iterator[LiveServer]:
    with serving(session) as made:
        yield made


@pytest.fixture
def client(server: LiveServer) -> Iterator[Client]:
    made = Client(server)
    yield made
    made.close()


def get(server: LiveServer, path: str, *, method: str = "GET", **headers: str) -> http.client.HTTPResponse:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=WAIT_S)
    connection.request(method, path, headers=headers)
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer


class TestDoor:
    def test_the_page_comes_with_its_policy(self, server: LiveServer) -> None:
        answer = get(server, f"/{server.token}/")
        assert answer.status == 200
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert "server" not in answer.headers

    def test_it_listens_on_this_computer_only(self, server: LiveServer) -> None:
        assert server.address.startswith("http://127.0.0.1:")
        assert server._socket.getsockname()[0] == "127.0.0.1"

    @pytest.mark.parametrize(
        "path", ["/", "/wrong/", "/wrong/ws", "/favicon.ico", "/{token}x/", "//{token}/"]
    )
    def test_without_the_secret_there_is_nothing(self, server: LiveServer, path: str) -> None:
        answer = get(server, path.format(token=server.token))
        assert answer.status == 404
        assert answer.headers["Content-Length"] == "0"

    @pytest.mark.parametrize(
        "path", ["../server.py", "..%2fserver.py", "%2e%2e/session.py", "nothing.js", "."]
    )
    def test_only_the_pages_own_files(self, server: LiveServer, path: str) -> None:
        assert get(server, f"/{server.token}/{path}").status == 404

    @pytest.mark.parametrize(
        "host", ["evil.example", "127.0.0.1", "localhost:1", "127.0.0.1.evil.example:{port}"]
    )
    def test_a_foreign_host_is_refused(self, server: LiveServer, host: str) -> None:
        named = host.format(port=server.port)
        assert get(server, f"/{server.token}/", Host=named).status == 403
        with pytest.raises(InvalidStatus) as refused:
            Client(server, additional_headers={"Host": named})
        assert refused.value.response.status_code in (400, 403)  # two Host headers are malformed

    @pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://127.0.0.1:1", None])
    def test_a_foreign_origin_is_refused(self, server: LiveServer, origin: str | None) -> None:
        with pytest.raises(InvalidStatus) as refused:
            Client(server, origin=origin)
        assert refused.value.response.status_code == 403
        headers = {} if origin is None else {"Origin": origin}
        assert get(server, f"/{server.token}/", method="POST", **headers).status == 403

    def test_localhost_is_this_computer_too(self, server: LiveServer) -> None:
        host = f"localhost:{server.port}"
        assert get(server, f"/{server.token}/", Host=host).status == 200

    def test_a_wrong_secret_opens_no_socket(self, server: LiveServer) -> None:
        with pytest.raises(InvalidStatus) as refused:
            Client(server, token="x" * 22)
        assert refused.value.response.status_code == 403

    def test_a_port_in_use_is_one_line(self, server: LiveServer) -> None:
        with pytest.raises(InputRefused, match=f"--port {server.port}: cannot be used"):
            listen(server.port)


class TestMessages:
    def test_greeting(self, client: Client) -> None:
        hello = client.next("hello")
        assert len(hello["regions"]) == 19
        assert hello["protocols"][0]["name"] == "standard"
        assert {s["id"] for s in hello["questions"]["sections"]} == {
            item["section"] for item in hello["questions"]["items"]
        }
        assert client.next("state")["state"] == "ready"

    def test_a_session_from_start_to_discard(self, client: Client, session: Session, tmp_path: Path) -> None:
        client.say(type="start", mode="free")
        client.until(lambda m: m["type"] == "state" and m["state"] == "running")
        play(session, FACE, 0.0, 6.0)
        traces = client.next("traces")
        assert set(traces["v"]) == {
            "lips_left",
            "lips_right",
            "eye_left",
            "eye_right",
            "brow_left",
            "brow_right",
        }
        assert len(traces["t"]) == len(traces["v"]["lips_left"])
        client.say(type="mark", note="now")
        assert client.until(lambda m: m["type"] == "state" and m["marks"])["marks"][0]["note"] == "now"
        client.say(type="stop")
        client.until(lambda m: m["type"] == "state" and m["state"] == "finishing")
        session.turn()
        result = client.next("result")
        assert result["summary"]["schema"] == "twitchcam.summary/1"
        client.say(type="answers", values={"drooping": True, "arm_or_leg_weakness": True}, final=True)
        assert client.next("result")["level"] == "emergency"
        client.say(type="save", name="one", video=False)
        saved = client.until(lambda m: m["type"] == "state" and m["saved"])
        assert Path(saved["saved"]) == tmp_path / "out" / "one"
        assert client.next("earlier")["earlier"][0]["name"] == "one"
        client.say(type="discard")
        client.until(lambda m: m["type"] == "state" and m["state"] == "ready")
        assert (tmp_path / "out" / "one").is_dir()

    def test_the_report_has_its_own_policy(
        self, client: Client, server: LiveServer, session: Session
    ) -> None:
        assert get(server, f"/{server.token}/report").status == 404
        session.start()
        play(session, FACE, 0.0, 6.0)
        session.stop()
        session.turn()
        client.next("result")
        answer = get(server, f"/{server.token}/report")
        assert answer.status == 200
        assert answer.headers["Content-Security-Policy"].startswith(
            "sandbox allow-scripts; default-src 'none'"
        )

    def test_pictures_come_with_what_belongs_to_them(self, client: Client, session: Session) -> None:
        client.next("state")
        for at in range(40):
            play(session, FACE, at / 10, at / 10 + 0.1)
            if client.until(lambda m: m["type"] in ("shot", "state"))["type"] == "shot":
                break
        client.until(lambda _: bool(client.binaries))
        assert client.binaries[0][:3] == b"\x01\xff\xd8"

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "nonsense",
            "[1]",
            "{}",
            '{"type": 3}',
            '{"type": "fly"}',
            '{"type": "mark", "note": 3}',
            '{"type": "mark", "colour": "red"}',
            '{"type": "save", "video": 1}',
            "[" * 50_000,
            '{"type": "mark", "note": "' + "x" * 70_000 + '"}',
        ],
    )
    def test_what_is_malformed_is_refused(self, text: str) -> None:
        with pytest.raises(InputRefused):
            read_message(text)

    def test_the_connection_survives_malformed_messages(self, client: Client) -> None:
        for text in ("nonsense", '{"type": "fly"}', '{"type": "pause"}', '{"type": "save", "name": "../x"}'):
            client.socket.send(text)
            assert client.next("error")["text"]
        client.socket.send(b"\x00\x01")
        assert client.next("error")["text"] == "Messages are text."
        client.say(type="answers", values={"dropping": True})
        assert "drooping" in client.next("error")["text"]
        client.say(type="start", mode="free")
        client.until(lambda m: m["type"] == "state" and m["state"] == "running")

    def test_an_enormous_message_ends_that_page_only(self, client: Client, server: LiveServer) -> None:
        with suppress(ConnectionClosed):
            client.socket.send("x" * 2_000_000)
        with pytest.raises(ConnectionClosed):
            client.until(lambda _: False)
        again = Client(server)
        again.next("hello")
        again.close()


class TestSeveralPages:
    def test_a_page_that_reloads_goes_on(self, server: LiveServer, session: Session) -> None:
        first = Client(server)
        first.say(type="start", mode="free")
        first.until(lambda m: m["type"] == "state" and m["state"] == "running")
        play(session, FACE, 0.0, 6.0)
        first.close()
        again = Client(server)
        again.next("hello")
        assert again.next("state")["state"] == "running"
        assert len(again.next("traces")["t"]) == 180
        again.say(type="hello")
        assert len(again.next("traces")["t"]) == 180
        again.close()

    def test_two_pages_see_the_same_session(self, server: LiveServer, session: Session) -> None:
        one, other = Client(server), Client(server)
        one.say(type="start", mode="protocol", protocol="short")
        running = other.until(lambda m: m["type"] == "state" and m["state"] == "running")
        assert (running["mode"], running["protocol"], running["step"]["index"]) == ("protocol", "short", 0)
        play(session, FACE, 0.0, 2.0)
        for page in (one, other):
            times: list[float] = []
            while len(times) < 60:
                times += page.next("traces")["t"]
            assert times == [round(k / 30, 3) for k in range(60)]
        other.say(type="pause")
        for page in (one, other):
            page.until(lambda m: m["type"] == "state" and m["state"] == "paused")
        one.close()
        other.close()

    def test_events_of_a_page_that_comes_late(self, tmp_path: Path) -> None:
        session = hand_session(tmp_path, looks=True)
        with serving(session) as server:
            session.start()
            play(session, FACE, 0.0, 11.0, every_s=2.75)
            client = Client(server)
            look = client.until(lambda m: m["type"] == "look" and bool(m["new_events"]))
            known = [e["id"] for e in look["new_events"]]
            assert len(set(known)) == len(known)
            assert look["events"] == sum(not e["gated"] for e in look["new_events"]) >= 4
            assert all(e["side"] == "left" for e in look["new_events"] if not e["gated"])
            client.close()

    def test_a_page_that_does_not_read_holds_up_nothing(self, server: LiveServer, session: Session) -> None:
        slow, quick = Client(server), Client(server)
        slow.next("hello")
        session.start()
        for at in range(0, 110):
            play(session, FACE, at / 10, at / 10 + 0.1)
        quick.until(lambda m: m["type"] == "traces" and m["t"][-1] > 10.9)
        # What it reads in the end is new, and all that the traces still keep is there.
        t_s: list[float] = []
        while not t_s or t_s[-1] < 10.9:
            t_s += slow.next("traces")["t"]
        assert len(t_s) == 330
        slow.close()
        quick.close()

    def test_a_page_that_says_what_it_has_seen_gets_few_pictures_ahead(
        self, client: Client, session: Session
    ) -> None:
        client.say(type="seen", n=0)
        client.say(type="mark")
        client.next("error")  # both have arrived
        for at in range(30):
            play(session, FACE, at / 10, at / 10 + 0.1)
            time.sleep(0.02)
        session.start()
        client.until(lambda m: m["type"] == "state" and m["state"] == "running")
        client.until(lambda m: m["type"] == "state")
        before = len(client.binaries)
        assert before <= 2 + 1  # one may have been sent before the first word
        client.say(type="seen", n=10**6)
        play(session, FACE, 3.0, 3.1)
        client.next("shot")


def test_a_camera_that_goes_away_is_told_and_survived(tmp_path: Path) -> None:
    with MjpegServer() as camera:
        source = CameraSource(camera.url, CameraSettings(160, 120))
        session = Session(source, BlindTracker(), SessionOptions(out=tmp_path)).open()
        with serving(session) as server:
            client = Client(server)
            client.say(type="start", mode="free")
            client.until(lambda m: m["type"] == "state" and m["recorded_s"] > 0.3)
            camera.cut()
            lost = client.until(lambda m: m["type"] == "look" and m["camera"]["state"] == "lost")
            assert "sends no pictures any more" in lost["camera"]["trouble"]
            told = client.until(lambda m: m["type"] == "look" and m["lamps"][-1]["level"] == "bad")
            assert told["lamps"][-1]["id"] == "camera"
            assert session.state is State.RUNNING
            camera.start()
            client.until(lambda m: m["type"] == "look" and m["camera"]["state"] == "running")
            before = session.take.guide.recorded_s
            client.until(lambda m: m["type"] == "state" and m["recorded_s"] > before + 0.2)
            client.say(type="stop")
            result = client.next("result")
            assert result["summary"]["quality"]["verdict"] == "unusable"  # nobody was there
            client.close()
    assert my_threads() == set()


def test_a_closed_session_leaves_no_thread(tmp_path: Path) -> None:
    session = hand_session(tmp_path)
    with serving(session) as server:
        client = Client(server)
        client.next("hello")
        client.close()
    assert my_threads() == set()
    assert HandMeasuring.newest.ended
