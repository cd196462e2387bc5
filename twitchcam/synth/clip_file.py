"""Clips as files: TOML or JSON with the field names of `spec`, unknown keys refused with the nearest known
one.
"""

from __future__ import annotations

import dataclasses
import difflib
from pathlib import Path
from typing import Any, Final

from twitchcam.edges.text_files import parse_json, parse_toml, read_text
from twitchcam.errors import InputRefused, shown
from twitchcam.synth.acts import Acts, Chewing, Gesture, Turn, Yawn
from twitchcam.synth.camera import Breathing, Camera, Encoding, Exposure
from twitchcam.synth.spec import Blink, Clip, Cover, Pose, Smile, Speech, Sway, Twitch

MAX_BYTES: Final = 5_000_000
LONGEST: Final = 400
"""Of a refusal: it may quote a value."""
_LISTS: dict[str, type] = {
    "twitches": Twitch, "blinks": Blink, "speech": Speech, "smiles": Smile, "exposures": Exposure,
    "chewing": Chewing, "yawns": Yawn, "gestures": Gesture, "turns": Turn,
    "covers": Cover,
}  # fmt: skip
_PARTS: dict[str, type] = {
    "acts": Acts, "pose": Pose, "sway": Sway, "camera": Camera, "breathing": Breathing, "encoding": Encoding,
}  # fmt: skip


def clip_to_dict(clip: Clip) -> dict[str, Any]:
    """Return a clip as plain values."""
    return dataclasses.asdict(clip)


def clip_from_dict(values: dict[str, Any]) -> Clip:
    """Return the clip that plain values describe; what is not named keeps its default.

    Raises
    ------
    InputRefused
        On an unknown key or a value that the clip cannot have.
    """
    clip = _build(Clip, values, "clip")
    assert isinstance(clip, Clip)
    return clip


def read_clip(path: str | Path) -> Clip:
    """Read a clip's settings from a .json or .toml file, or from the `clip` of a truth sidecar."""
    path = Path(path)
    text = read_text(path, "settings", MAX_BYTES, "It cannot be read; check the path.")
    values: Any
    try:
        values = parse_json(text, finite=True) if path.suffix.lower() == ".json" else parse_toml(text)
    except InputRefused as error:
        raise InputRefused(f"{path}: {error}") from error
    if str(values.get("schema", "")).startswith("twitchcam.truth/"):
        values = values.get("clip")
    if not isinstance(values, dict):
        raise InputRefused(f"{path}: must hold the settings of one clip, such as duration_s = 10.")
    try:
        return clip_from_dict(values)
    except InputRefused as error:
        raise InputRefused(f"{path}: {str(error)[:LONGEST]}") from error


def _build(kind: type, values: Any, where: str) -> Any:
    if not isinstance(values, dict):
        raise InputRefused(f"{where}: must be a table of settings, got {shown(values)}")
    known = {f.name for f in dataclasses.fields(kind)}
    for key in values:
        if key not in known:
            near = difflib.get_close_matches(key, known, 1)
            hint = f"; did you mean {near[0]}?" if near else f"; known are {', '.join(sorted(known))}"
            raise InputRefused(f"{where}: unknown setting {shown(key)}{hint}")
    try:
        return kind(**{key: _value(key, value, where) for key, value in values.items()})
    except (ValueError, ArithmeticError, AttributeError) as error:
        raise InputRefused(f"{where}: a value does not fit ({' '.join(str(error).split())[:100]})") from error
    except TypeError as error:
        wrong = [k for k, v in values.items() if isinstance(v, str) and not _takes_text(kind, k)]
        if wrong:
            raise InputRefused(
                f"{where}: {wrong[0]} must be a number, got {shown(values[wrong[0]])}"
            ) from error
        raise InputRefused(f"{where}: {str(error).replace('__init__() ', '')[:200]}") from error


def _takes_text(kind: type, key: str) -> bool:
    return any(f.name == key and isinstance(f.default, str) for f in dataclasses.fields(kind)) or key in (
        "site",
        "side",
        "kind",
    )


def _value(key: str, value: Any, where: str) -> Any:
    if key in _LISTS:
        if not isinstance(value, (list, tuple)):
            raise InputRefused(f"{where}: {key} must be a list of tables")
        return tuple(_build(_LISTS[key], v, f"{where}.{key}[{i}]") for i, v in enumerate(value))
    if key in _PARTS:
        return _build(_PARTS[key], value, f"{where}.{key}")
    return tuple(value) if isinstance(value, list) else value
