"""Pages: each open page has a sender of its own that sends what is newest, and never queues.

A page that takes long to receive gets fewer pictures; the samples of the traces it gets all, as far back as
they are kept. It slows nothing else.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Callable
from typing import Final

from starlette.websockets import WebSocket, WebSocketDisconnect

from twitchcam.edges.store.entries import ME
from twitchcam.errors import InputRefused
from twitchcam.live import messages
from twitchcam.live.event_book import EventBook, Shown
from twitchcam.live.messages import Message
from twitchcam.live.preview import Previewer
from twitchcam.live.session import Session
from twitchcam.triage.answers import parse_answers

PREVIEW, INSET = b"\x01", b"\x02"
"""First byte of a binary message."""
STATE_EVERY_S: Final = 0.45
TRACES_EVERY_S: Final = 0.05
UNSEEN: Final = 2
"""A page that says which pictures it has shown ('seen') gets no more than so many ahead."""
IDLE_S: Final = 0.2
"""Longest time between two looks at whether something is due."""
MOST_ERRORS: Final = 20


class Page:
    """One open page."""

    def __init__(self, socket: WebSocket, session: Session, previewer: Previewer) -> None:
        """Take over an accepted socket."""
        self._socket, self._session, self._previewer = socket, session, previewer
        self._wake = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self._errors: list[str] = []
        self._start_again()

    def _start_again(self) -> None:
        self._greeted = False
        self._versions = dict.fromkeys(self._session.versions, -1)
        self._sample = 0
        self._sent_state_s = self._sent_traces_s = -1e9
        self._book: EventBook | None = None
        self._shown = Shown()
        self._preview = 0
        self._seen: int | None = None

    def wake(self) -> None:
        """Tell, from any thread, that there is something new."""
        with contextlib.suppress(RuntimeError):  # the loop has ended
            self._loop.call_soon_threadsafe(self._wake.set)

    async def run(self) -> None:
        """Serve the page until it goes."""
        self._session.listeners.append(self.wake)
        sending = asyncio.create_task(self._send())
        receiving = asyncio.create_task(self._receive())
        try:
            await asyncio.wait((sending, receiving), return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._session.listeners.remove(self.wake)
            for task in (sending, receiving):
                task.cancel()
            for done in await asyncio.gather(sending, receiving, return_exceptions=True):
                gone = isinstance(done, (asyncio.CancelledError, WebSocketDisconnect, RuntimeError, OSError))
                if isinstance(done, BaseException) and not gone:
                    raise done

    async def _send(self) -> None:
        while True:
            if not self._greeted:
                self._greeted = True
                self._changed("earlier")
                await self._tell(await asyncio.to_thread(messages.hello, self._session))
            await self._send_errors()
            await self._send_state()
            await self._send_traces()
            await self._send_picture()
            await self._send_look()
            await self._send_result()
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self._wake.wait(), IDLE_S)
            self._wake.clear()

    async def _send_errors(self) -> None:
        while self._errors:
            await self._tell(messages.error(self._errors.pop(0)))

    async def _send_state(self) -> None:
        if not self._changed("state") and self._loop.time() - self._sent_state_s < STATE_EVERY_S:
            return
        self._sent_state_s = self._loop.time()
        await self._tell(messages.state(self._session))

    async def _send_traces(self) -> None:
        if self._changed("take"):
            self._sample = 0
        if self._loop.time() - self._sent_traces_s < TRACES_EVERY_S:
            return
        samples = self._session.samples_since(self._sample)
        if samples:
            self._sent_traces_s = self._loop.time()
            self._sample = samples[-1][0]
            await self._tell(messages.traces(samples))

    async def _send_look(self) -> None:
        if not self._changed("look"):
            return
        finding = self._session.finding
        book = finding.book if finding is not None else None
        if book is not self._book:
            self._book, self._shown = book, Shown()
        new, removed = self._shown.changes(book) if book is not None else ([], [])
        await self._tell(messages.look(self._session, new, removed))

    async def _send_result(self) -> None:
        if self._changed("result"):
            result = messages.result(self._session)
            if result is not None:
                await self._tell(result)
        if self._changed("earlier"):
            await self._tell(await asyncio.to_thread(messages.earlier, self._session))

    async def _send_picture(self) -> None:
        picture = self._previewer.newest
        ahead = picture is not None and self._seen is not None and self._preview - self._seen >= UNSEEN
        if picture is None or ahead or picture.number == self._preview:
            return
        self._preview = picture.number
        inset = picture.inset is not None
        about = messages.shot(self._session, picture.shot, picture.size, number=picture.number, inset=inset)
        await self._tell(about)
        await self._socket.send_bytes(PREVIEW + picture.jpeg)
        if picture.inset is not None:
            await self._socket.send_bytes(INSET + picture.inset)

    async def _tell(self, message: Message) -> None:
        await self._socket.send_text(json.dumps(message, allow_nan=False, separators=(",", ":")))

    def _changed(self, what: str) -> bool:
        """Tell whether the session's version of that is new to this page, and remember it."""
        newest = self._session.versions[what]
        known, self._versions[what] = self._versions[what], newest
        return known != newest

    async def _receive(self) -> None:
        while True:
            received = await self._socket.receive()
            if received["type"] == "websocket.disconnect":
                return
            try:
                text = received.get("text")
                if text is None:
                    raise InputRefused("Messages are text.")
                await self._obey(messages.read_message(text))
            except InputRefused as error:
                if len(self._errors) < MOST_ERRORS:
                    self._errors.append(str(error))
                self._wake.set()

    async def _obey(self, message: Message) -> None:
        kind = message["type"]
        if kind == "hello":
            self._start_again()
            self._wake.set()
        elif kind == "seen":
            self._seen = message.get("n", 0)
            self._wake.set()
        else:
            # Some take a moment, and all wait for the director's turn.
            await asyncio.to_thread(command(self._session, message))


def command(session: Session, message: Message) -> Callable[[], object]:
    """Return what a page's message asks of the session, as something to be called."""
    kind = message["type"]
    plain = {
        "pause": session.pause,
        "resume": session.resume,
        "restart": session.restart,
        "stop": session.stop,
        "discard": session.discard,
    }
    if kind in plain:
        return plain[kind]
    if kind == "start":
        mode, protocol = message.get("mode", "free"), message.get("protocol")
        return lambda: session.start(mode, protocol, video=message.get("video"))
    if kind == "mark":
        return lambda: session.mark(message.get("note", ""))
    if kind == "answers":
        answers = parse_answers(message.get("values", {}))
        return lambda: session.answer(answers, final=message.get("final", False))
    if kind == "review":
        return lambda: session.review(message.get("event", ""), message.get("values", {}))
    if kind == "video":
        return lambda: session.set_video(message.get("on", True))
    if kind == "save":
        person = message.get("person", ME) if message.get("remember") else None
        return lambda: session.save(message.get("name", ""), video=message.get("video", False), person=person)
    raise InputRefused(f"There is no message of type {kind[:40]!r}.")
