"""Videos: which codecs the bundled decoder reads here, by encoding and decoding a few pictures."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from typing import Any

from twitchcam.doctor.children import run_each
from twitchcam.doctor.finding import NOTE, OK, PROBLEM, Finding

GROUP = "codecs"
CODECS = {"h264": "H.264", "hevc": "HEVC (H.265)", "vp9": "VP9", "av1": "AV1"}
CODECS_S = 120.0
PICTURES = 12
MAX_OFF = 6.0
"""Mean difference in grey levels (of 256) that coding at this rate may leave; measured 0.3 to 2."""
_AGAIN = "pip install --force-reinstall --no-deps av"


def check_codecs() -> Iterator[Finding]:
    """Send a few pictures through each codec, in a process of its own."""
    works = []
    try:
        with tempfile.TemporaryDirectory(prefix="twitchcam-doctor-") as folder:
            outcomes = run_each("codecs", list(CODECS), folder, timeout_s=CODECS_S)
    except OSError as error:
        text = f"not tried, because no temporary folder can be made ({error.strerror})"
        yield Finding(GROUP, "codecs", NOTE, text, "see 'temporary files' below")
        return
    reasons = {outcome.get("error") for outcome in outcomes.values()}
    if len(reasons) == 1 and None not in reasons:  # the same for all: it is not the codec's fault
        yield Finding(
            GROUP, "codecs", NOTE, f"not tried: {reasons.pop()}", "mend what is named under libraries"
        )
        return
    for codec, name in CODECS.items():
        finding = tell_codec(codec, outcomes.get(codec, {"error": "it was not tried, see above"}))
        if finding is None:
            works.append(name)
        else:
            yield finding
    if works:
        yield Finding(GROUP, "decoding", OK, f"{', '.join(works)}: encoded and decoded again")


def tell_codec(codec: str, facts: dict[str, Any]) -> Finding | None:
    """Word what became of one codec; None when it works."""
    name = CODECS[codec]
    pictures, off = facts.get("pictures"), facts.get("off", 0.0)
    if pictures == PICTURES and off < MAX_OFF:
        return None
    state = PROBLEM if codec == "h264" else NOTE
    mend = _AGAIN if codec == "h264" else f"{_AGAIN}; or convert such clips to H.264"
    if pictures is not None:
        text = f"{name} is decoded wrongly: {pictures} of {PICTURES} pictures, {off:.0f} grey levels off"
        return Finding(GROUP, codec, state, text, mend)
    why = facts.get("crash") or facts.get("error") or "it reported nothing"
    if facts.get("encoded"):
        return Finding(GROUP, codec, state, f"{name} cannot be decoded: {why}", mend)
    return Finding(
        GROUP, codec, NOTE, f"{name} could not be tried, its encoder does not work here: {why}", mend
    )
