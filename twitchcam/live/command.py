"""What `twitchcam live` does: a page, a plain window, or no display at all."""

from __future__ import annotations

import json
import sys
import threading
import time
import webbrowser
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from typing import Final

from twitchcam.edges.facemesh import FaceMeshTracker
from twitchcam.edges.outputs import summary_to_dict
from twitchcam.edges.overlay.window import PlainWindow
from twitchcam.edges.report.findings import findings_and_level
from twitchcam.errors import InputRefused
from twitchcam.live.options import SessionOptions, State
from twitchcam.live.outcome import Outcome
from twitchcam.live.session import Session
from twitchcam.live.sources import LiveSource

FACE_WAIT_S: Final = 60.0
"""Without a page nobody is told to come into view; a script must not wait for ever."""
POLL_S: Final = 0.05
Opened = Callable[[], LiveSource]


def say(text: str) -> None:
    """Tell the person something that is no result."""
    print(f"twitchcam: {text}", file=sys.stderr, flush=True)


@contextmanager
def live_session(opened: Opened, options: SessionOptions) -> Iterator[Session]:
    """Open source and tracker and give a session that watches; everything is closed in the end."""
    source = opened()
    try:
        # Loading its networks takes a second or two, in which a clip would play on unseen.
        tracker = FaceMeshTracker()
        tracker.forget()
        session = Session(source, tracker, options)
    except BaseException:
        source.close()
        raise
    try:
        yield session.open()
    finally:
        session.close()
        tracker.close()


def run_page(opened: Opened, options: SessionOptions, *, port: int, browser: bool) -> None:
    """Serve the page until Ctrl-C."""
    from twitchcam.live.server import LiveServer, listen

    listening = listen(port)
    try:
        with live_session(opened, options) as session:
            server = LiveServer(session, listening)
            with suppress(KeyboardInterrupt):  # the usual end, as soon as the address is told
                print(f"Live: {server.address}", flush=True)
                say("only this computer can open it; Ctrl-C ends it")
                if browser:
                    threading.Thread(target=webbrowser.open, args=(server.address,), daemon=True).start()
                server.run()
            if session.outcome is not None and session.saved is None:
                say("ended; the last session was not saved")
    finally:
        listening.close()


def run_headless(opened: Opened, options: SessionOptions, *, guided: bool, save: bool) -> None:
    """Record from the first face on until it ends by itself or Ctrl-C; print the summary as JSON."""
    with live_session(opened, options) as session:
        session.start("protocol" if guided else "free", at_face=True)
        outcome = _wait(session, guided)
        print(json.dumps(summary_to_dict(outcome.summary), allow_nan=False), flush=True)
        if save:
            say(f"saved in {session.save(default_name())}")


def run_window(opened: Opened, options: SessionOptions, *, guided: bool) -> None:
    """Show a plain window; space pauses, q ends. The findings are printed then; nothing is written."""
    shown = PlainWindow()
    try:
        with live_session(opened, options) as session:
            session.start("protocol" if guided else "free", at_face=True)
            _show(session, shown)
            while session.state is State.FINISHING:
                time.sleep(POLL_S)
            if session.outcome is None:
                raise InputRefused(session.failed or "no face was seen, so nothing was recorded")
            print(" ".join(findings_and_level(session.outcome.summary)), flush=True)
    finally:
        shown.close()


def _show(session: Session, shown: PlainWindow) -> None:
    last = None
    try:
        while session.state in (State.RUNNING, State.PAUSED):
            shot = session.shot
            if shot is None or shot is last:
                time.sleep(POLL_S / 10)
                continue
            last = shot
            key = shown.show(
                shot.frame.picture, shot.points_px, session.take.traces.activity, status_lines(session)
            )
            if key == " ":
                (session.pause if session.state is State.RUNNING else session.resume)()
            elif key == "q":
                session.stop()
    except KeyboardInterrupt:
        session.stop()


def status_lines(session: Session) -> list[str]:
    """Return two lines on what was measured so far and on what to do."""
    guide, finding = session.take.guide, session.finding
    told = [f"{session.state.value} {guide.recorded_s:.0f} s"]
    if finding is not None:
        rate = finding.timeline.rate_per_min
        told.append(f"{len(finding.timeline.counted)} twitches")
        told += [] if rate is None else [f"{rate:.0f} a minute"]
        told.append(f"{finding.timeline.usable_s:.0f} s usable")
    step = guide.step
    wrong = [lamp.text for lamp in session.scene.lamps if lamp.level in ("bad", "warn")]
    todo = step[1].prompt if step is not None else (wrong or ["space pauses, q ends"])[0]
    return [", ".join(told), todo]


def default_name() -> str:
    """Return a name for a session that was given none: when it ended."""
    return f"live {datetime.now():%Y-%m-%d %H.%M.%S}"


def _wait(session: Session, guided: bool) -> Outcome:
    """Wait for the result. Ctrl-C ends the recording; with nothing recorded it ends everything."""
    began_s, told = time.monotonic(), -1
    try:
        while session.state is State.RUNNING:
            time.sleep(POLL_S)
            told = _prompt(session, told) if guided else told
            waits = session.take.guide.end_s == 0.0 and not session.take.samples
            if waits and time.monotonic() - began_s > FACE_WAIT_S:
                raise InputRefused(
                    f"no face was seen for {FACE_WAIT_S:.0f} s; sit before the camera in even light and try "
                    "again (without --json the page shows what it sees)"
                )
    except KeyboardInterrupt:
        if not session.take.samples:
            raise
        session.stop()
    while session.state is State.FINISHING:
        time.sleep(POLL_S)
    if session.crashed is not None:
        raise session.crashed
    if session.failed is not None:
        say(session.failed)
    if session.outcome is None:
        raise InputRefused("no face was seen, so nothing was recorded")
    return session.outcome


def _prompt(session: Session, told: int) -> int:
    """Say the protocol's next step when it has come; return the number of the step that was said last."""
    step = session.take.guide.step
    if step is None or step[0] == told or not session.take.samples:
        return told
    say(f"{step[1].prompt} ({step[1].seconds:g} s)")
    return step[0]
