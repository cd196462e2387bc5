"""Review files: TOML or JSON, and events.tsv with a column `review` as a spreadsheet leaves it.

In the table each row is an event as `events.tsv` lists it. Its cell `review` says what the reviewer thinks:
empty (nothing), keep, reject, add, relabel, or straightaway the kind that it should have (twitch, tonic,
blink, voluntary). A relabelled or added row is taken as it stands then, with the kind, side and region in its
own columns. Rows that were deleted from the table say nothing.
"""

from __future__ import annotations

import csv
import difflib
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from twitchcam.edges.text_files import parse_json, parse_toml, read_text
from twitchcam.errors import InputRefused
from twitchcam.files import replacing
from twitchcam.plain import text_of
from twitchcam.review import Decision, Review, review_of_rows
from twitchcam.summary import Measured

MAX_BYTES: Final = 20_000_000
TABLES: Final = (".tsv", ".csv", ".txt")
COLUMNS: Final = (
    "onset", "duration", "trial_type", "side", "region", "regions",
    "amplitude_mm", "peak", "snr", "run", "gated",
)  # fmt: skip
MORE_COLUMNS: Final = ("review", "note")
"""What a review adds to events.tsv; nothing else may be there."""
_WORDS: Final = {
    "keep": "keep", "kept": "keep", "ok": "keep", "yes": "keep", "true": "keep",
    "reject": "reject", "rejected": "reject", "no": "reject", "false": "reject", "x": "reject",
    "add": "add", "added": "add", "new": "add",
    "relabel": "relabel", "relabelled": "relabel", "relabeled": "relabel", "changed": "relabel",
}  # fmt: skip
_TYPES: Final = ("twitch", "tonic", "blink", "voluntary")
_MISSING: Final = ("", "n/a", "nan")
_HEADER: Final = """\
# A review for `twitchcam review --file`. Set each event's action:
#   keep      it stands as it is (so does every event that is not listed)
#   reject    it was no movement
#   relabel   with new_type = "twitch", "tonic", "blink" or "voluntary", new_side = "left", "right" or
#             "bilateral", new_region = such as "commissure_left"
#   add       a new [[event]] with onset and offset (and region, new_type) that was not found
# A note = "..." may say why. Left and right are the subject's own. Times are seconds.
"""


def read_review(path: Path) -> Review:
    """Read a review: JSON or a table (TSV, CSV) if its name ends so, otherwise TOML.

    Raises
    ------
    InputRefused
        If the file is missing, too large, not what its name says, or holds an unknown key or a wrong value.
    """
    path = Path(path)
    text = read_text(path, "review", MAX_BYTES, "Check the path, or make one with --template.")
    kind = path.suffix.lower()
    try:
        if kind in TABLES:
            return _read_table(text)
        return review_of_rows(parse_json(text) if kind == ".json" else parse_toml(text))
    except InputRefused as error:
        raise InputRefused(f"{path}: {error}") from error


def write_review(path: Path, review: Review) -> None:
    """Write a review for its owner only, whole or not at all: JSON if the name ends so, otherwise TOML."""
    path = Path(path)
    as_json = path.suffix.lower() == ".json"
    text = json.dumps(review.plain(), indent=2, ensure_ascii=False) + "\n" if as_json else review_text(review)
    with replacing(path, private=True) as handle:
        handle.write(text.encode())


def review_text(review: Review, about: tuple[str, ...] = ()) -> str:
    """Return a review as TOML; `about` has a comment for each decision, or is empty."""
    plain = review.plain()
    lines = [_HEADER]
    lines += [f"{key} = {_toml_value(plain[key])}" for key in ("reviewer", "when", "sha256") if key in plain]
    for k, row in enumerate(plain["event"]):
        lines += ["", *([f"# {about[k]}"] if about else []), "[[event]]"]
        lines += [f"{key} = {_toml_value(value)}" for key, value in row.items()]
    return "\n".join(lines) + "\n"


def template_of(measured: Measured, *, reviewer: str = "", when: str = "") -> str:
    """Return a review file that lists every event that was found, each to be kept."""
    events = measured.review.automatic if measured.review is not None else measured.events
    decisions = tuple(Decision("keep", e.onset_s, e.peak_s, e.offset_s, e.region) for e in events)
    about = tuple(
        f"{e.trial_type}, {e.amplitude_mm:.2f} mm, {e.side}"
        + (f", not counted: {e.gated}" if e.gated else "")
        for e in events
    )
    return review_text(Review(reviewer, when, decisions, measured.source.sha256), about)


def _read_table(text: str) -> Review:
    try:
        return _of_table(text)
    except csv.Error as error:
        raise InputRefused(f"is not a table ({error}); save it as tab-separated text or CSV.") from error


def _of_table(text: str) -> Review:
    """Return the review of an events table with a `review` column; tabs, commas or semicolons part it."""
    head = text.split("\n", 1)[0]
    mark = max("\t,;", key=head.count)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=mark)
    columns = [name.strip() for name in next(rows, [])]
    for name in columns:
        if name not in (*COLUMNS, *MORE_COLUMNS):
            nearest = difflib.get_close_matches(name, (*COLUMNS, *MORE_COLUMNS), n=1, cutoff=0.0)[0]
            raise InputRefused(f"unknown column {name[:40]!r}; the nearest known one is {nearest!r}.")
    missing = [name for name in ("onset", "duration", "review") if name not in columns]
    if missing:
        raise InputRefused(
            f"the table has no column {missing[0]}; give events.tsv with a column review (keep, reject, add, "
            "relabel) added."
        )
    decisions = list(_decisions(columns, rows))
    return review_of_rows({"event": decisions})


def _decisions(columns: list[str], rows: Iterator[list[str]]) -> Iterator[dict[str, Any]]:
    for number, cells in enumerate(rows, 2):
        if not any(cell.strip() for cell in cells):
            continue
        row = dict(zip(columns, (cell.strip() for cell in cells), strict=False))
        try:
            decision = _decision(row)
        except InputRefused as error:
            raise InputRefused(f"line {number}: {error}") from error
        if decision is not None:
            yield decision


def _decision(row: dict[str, str]) -> dict[str, Any] | None:
    said = row.get("review", "").lower()
    if said in _MISSING:
        return None
    if said not in _WORDS and said not in _TYPES:
        nearest = difflib.get_close_matches(said, (*_WORDS, *_TYPES), n=1, cutoff=0.0)[0]
        raise InputRefused(f"review {said[:40]!r} is not known; the nearest known one is {nearest!r}.")
    onset = _seconds(row, "onset")
    peak = _seconds(row, "peak")
    duration = _seconds(row, "duration")
    if onset is None or duration is None:
        raise InputRefused("onset and duration are needed, in seconds.")
    decision: dict[str, Any] = {
        "action": "relabel" if said in _TYPES else _WORDS[said],
        "onset": onset, "peak": peak, "offset": onset + duration, "note": text_of(row.get("note", "")),
    }  # fmt: skip
    side, region = row.get("side", ""), row.get("region", "")
    side = side if side in ("left", "right", "bilateral") else ""
    if said in _TYPES:
        return {**decision, "region": region, "new_type": said}
    if decision["action"] == "add":
        return {**decision, "region": region, "new_side": side, "new_type": row.get("trial_type", "")}
    if decision["action"] == "relabel":
        return {**decision, "new_type": row.get("trial_type", ""), "new_side": side, "new_region": region}
    return {**decision, "region": region}


def _seconds(row: dict[str, str], name: str) -> float | None:
    text = row.get(name, "")
    if text.lower() in _MISSING:
        return None
    try:
        return float(text.replace(",", "."))  # spreadsheets of many countries write decimal commas
    except ValueError:
        raise InputRefused(f"{name} = {text[:40]!r}: expected seconds as a number.") from None


def _toml_value(value: Any) -> str:
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")  # TOML escapes as JSON does
    return repr(value)
