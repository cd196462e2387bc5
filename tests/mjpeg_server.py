"""A network camera on this machine: MJPEG over HTTP at an even rate; it can stall, go away and come back."""

from __future__ import annotations

import contextlib
import http.server
import socket
import threading
import time
from types import TracebackType
from typing import Any

import cv2
import numpy as np
from media import BITS

clock = time.perf_counter
_PICTURES = 1 << BITS


def moving_picture(number: int, size: tuple[int, int], level: float = 1.0) -> np.ndarray[Any, Any]:
    """Return BGR pixels: a bar that moves over a slope, the number as blocks above; `level` dims it."""
    width, height = size
    slope = np.linspace(60, 200, width)[None, :] * np.ones((height, 1))
    image = np.repeat(slope[:, :, None], 3, axis=2)
    x = number * 5 % (width - width // 8)
    image[height // 2 : height // 2 + height // 8, x : x + width // 8] = (30, 30, 220)
    step = width // BITS
    for bit in range(BITS):
        image[: height // 4, bit * step : (bit + 1) * step] = 255 if number >> bit & 1 else 0
    return (image * level).astype(np.uint8)


def encode(image: np.ndarray[Any, Any]) -> bytes:
    return bytes(cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, 90])[1])


class MjpegServer:
    """Serves pictures 0, 1, 2, ... (modulo 256) to each client from its own first picture on."""

    def __init__(self, fps: float = 50.0, size: tuple[int, int] = (160, 120)) -> None:
        self.fps = fps
        self.sent: list[tuple[int, float]] = []
        """(number shown, `clock` when its sending began), all clients in one row."""
        self.stalled = threading.Event()
        self.damage_every = 0
        """Each so many-th picture is cut in half."""
        self.burst = 0
        """So many old pictures are sent at once to a client that connects."""
        self.path = "/video"
        self._size = size
        self._cut = threading.Event()
        self._number = -1
        self._pictures: dict[tuple[int, tuple[int, int]], bytes] = {}
        self._server: http.server.ThreadingHTTPServer | None = None
        self._port = 0
        self.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}{self.path}"

    def start(self) -> None:
        """Listen (again): at the same port when it had one."""
        self._cut = threading.Event()
        handler = type("Handler", (_Handler,), {"camera": self, "cut": self._cut})
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", self._port), handler)
        self._port = self._server.server_port
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def cut(self) -> None:
        """Cut every connection and refuse new ones."""
        self._cut.set()
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    def resize(self, size: tuple[int, int]) -> None:
        """Send pictures of another size from now on, over the same connection."""
        self._size = size

    def next_picture(self) -> tuple[int, bytes]:
        self._number = (self._number + 1) % _PICTURES
        key = self._number, self._size
        if key not in self._pictures:
            self._pictures[key] = encode(moving_picture(*key))
        return self._number, self._pictures[key]

    def __enter__(self) -> MjpegServer:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.cut()


class _Handler(http.server.BaseHTTPRequestHandler):
    camera: MjpegServer
    cut: threading.Event

    def log_message(self, *_: Any) -> None:
        """Stay silent."""

    def do_GET(self) -> None:
        if self.path == "/page":
            self._answer("text/html")
            self.wfile.write(b"<html></html>")
        elif self.path == "/still":
            self._answer("image/jpeg")
            self.wfile.write(encode(moving_picture(0, (160, 120))))
        elif self.path == self.camera.path:
            self._answer("multipart/x-mixed-replace; boundary=frame")
            with contextlib.suppress(OSError):
                self._stream()
        else:
            self.send_error(401 if self.path == "/locked" else 404)

    def _answer(self, kind: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.end_headers()

    def _stream(self) -> None:
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for _ in range(self.camera.burst):
            self._send()
        due, count = clock(), 0
        while not self.cut.wait(max(0.0, due - clock())):
            due += 1.0 / self.camera.fps
            if self.camera.stalled.is_set():
                continue
            count += 1
            every = self.camera.damage_every
            self._send(whole=not every or count % every != 0)

    def _send(self, *, whole: bool = True) -> None:
        number, data = self.camera.next_picture()
        if not whole:
            data = data[: len(data) // 2]
        else:
            self.camera.sent.append((number, clock()))
        head = f"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: {len(data)}\r\n\r\n"
        self.wfile.write(head.encode() + data + b"\r\n")
