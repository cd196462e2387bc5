"""Names and notes on a terminal: shown, and never acting on it."""

from __future__ import annotations

import io
import json
import os
import pty
import select
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twitchcam.plain import one_line, visible
from twitchcam.streams import _Plain, drawing

ESCAPES = "\x1b]0;owned\x07\x1b[2J\x1b[1A\x9b31m\x08\x08\r"
BIDI = "\u202egpm.exe\u2066\u200f"
NAME = f"a{ESCAPES.replace('/', '')}{BIDI}\u2028b.mp4"


def test_known() -> None:
    assert visible("plain, ä 猫 😀 \t\n") == "plain, ä 猫 😀 \t\n"
    assert visible("\x1b[2J\u202e\x9b\udcff\U000e0041") == "\\u001b[2J\\u202e\\u009b\\udcff\\udb40\\udc41"
    assert one_line("a\nb\u2028c\x1b\r\n d") == "a b c\\u001b d"


@given(st.text())
def test_nothing_that_acts_is_left_and_nothing_else_is_changed(text: str) -> None:
    shown = visible(text)
    assert not set(shown) & set(
        map(chr, [*range(9), *range(11, 32), *range(127, 160), *range(0x202A, 0x202F)])
    )
    assert visible(shown) == shown
    assert len(shown) >= len(text)
    shown.encode("utf-8")


@given(st.text(st.characters(codec="utf-8")))
def test_json_and_toml_mean_the_same_as_before(text: str) -> None:
    printed = visible(json.dumps({"name": text}, ensure_ascii=False))
    assert json.loads(printed) == {"name": text}


def test_a_stream_shows_what_is_printed_and_can_be_drawn_on() -> None:
    raw = io.BytesIO()
    stream = _Plain(io.BufferedWriter(raw), encoding="utf-8", errors="backslashreplace")  # type: ignore[arg-type]
    print(NAME, file=stream, flush=True)
    assert b"\x1b" not in raw.getvalue()
    assert b"\\u001b]0;owned\\u0007" in raw.getvalue()
    drawing(stream).write("\x1b[31m")
    stream.flush()
    assert raw.getvalue().endswith(b"\x1b[31m")
    assert drawing(stream).encoding == "utf-8"
    assert drawing(sys.__stderr__) is sys.__stderr__


def on_a_terminal(command: list[str], folder: Path) -> bytes:
    """Run a command whose streams are a terminal; return everything that it sent there."""
    ours, theirs = pty.openpty()
    environment = {**os.environ, "TERM": "xterm-256color", "COLUMNS": "400", "OPENBLAS_NUM_THREADS": "1"}
    process = subprocess.Popen(
        command, stdin=theirs, stdout=theirs, stderr=theirs, cwd=folder, env=environment, close_fds=True
    )
    os.close(theirs)
    told = b""
    try:
        while select.select([ours], [], [], 120)[0]:
            try:
                more = os.read(ours, 65536)
            except OSError:  # the last one has closed it
                break
            if not more:
                break
            told += more
    finally:
        process.kill()
        process.wait()
        os.close(ours)
    return told


@pytest.mark.skipif(os.name != "posix", reason="needs a pseudo terminal")
def test_a_hostile_name_on_a_real_terminal(tmp_path: Path, short_clip: Path) -> None:
    """The clip is measured with its progress bar, and refused ones are told: nothing of the name acts."""
    name = NAME.replace("\r", "")
    (tmp_path / name).write_bytes(short_clip.read_bytes())
    (tmp_path / f"text{name}").write_text("no video", encoding="utf-8")
    command = [sys.executable, "-m", "twitchcam", "analyze", f"text{name}", name, "--out", "out"]
    told = on_a_terminal(command, tmp_path)
    text = told.decode("utf-8", "replace")
    assert "\\u001b]0;owned\\u0007" in text
    assert "is not a video" in text
    assert "Report:" in text
    for acting in ("\x1b]0;", "\x07", "\x1b[2J", "\x9b", "\u202e", "\u2066", "\u2028", "\x08"):
        assert acting not in text, repr(acting)


def test_toml_keeps_its_meaning() -> None:
    tomllib = pytest.importorskip("tomllib")  # from Python 3.11 on
    assert tomllib.loads(visible('note = "a\u202eb"')) == {"note": "a\u202eb"}
