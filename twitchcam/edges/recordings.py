"""Recordings on disk: `recording.npz`, readable with plain NumPy, never a pickle, never a picture.

Numbers are kept to a fixed step (a power of two, far below what a camera resolves), so that the file is small
and what is read back equals, bit for bit, what `as_stored` gave. A program that wants the same numbers from
the clip and from the file analyses `as_stored(recording)`.
"""

from __future__ import annotations

import io
import json
import math
import re
import struct
import zipfile
import zlib
from dataclasses import asdict, fields, replace
from datetime import date
from pathlib import Path
from typing import IO, Any, Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from twitchcam.analysis.believable import LARGEST
from twitchcam.errors import InputRefused, shown
from twitchcam.files import replacing
from twitchcam.protocol import Segment, in_order
from twitchcam.types import N_REGIONS, PER_FRAME, Recording, Scale, Source, TrackerInfo

npy: Any = np.lib.format
"""NumPy's own reader and writer of .npy, which carries no annotations."""

FORMAT: Final = "twitchcam.recording"
VERSION: Final = 1
PACK_LEVEL: Final = 4
"""Of deflate: a fifth of the default level's time for 3 % more bytes."""
MAX_FRAMES: Final = 3_000_000
"""27 hours at 30 frames a second; a file that claims more is refused before anything is read."""
MAX_META_CHARS: Final = 1_000_000
MAX_SEGMENTS: Final = 500
BIGGEST: Final = 1e15
"""Of any number that describes a recording: each smaller one is exact as a float."""
MAX_UNPACK_RATIO: Final = 1200
"""Deflate cannot pack tighter than 1032:1, so a file that claims more is broken or hostile."""
SMALL_BYTES: Final = 256 * 2**20
"""Above this, a recording with real signals in it does not shrink more than `LARGE_RATIO`."""
LARGE_RATIO: Final = 100
MAX_DIRECTORY_BYTES: Final = 65_536
"""Of the zip file's list of members; ours takes 2 kB. zipfile reads it whole before anything can be asked."""
MAX_HEADER_BYTES: Final = 1000
"""Of an array's header; NumPy writes 118."""
FLOAT32: Final = float(np.finfo(np.float32).max)
LATEST_S: Final = 14 * 24 * 3600.0
"""Of media time, as in reviews; before 0 likewise."""
_END: Final = struct.Struct("<4s4H2LH")
"""The end of a zip file: signature, disks, members, size and place of their list, length of a comment."""
_HEADER: Final = re.compile(
    r"\{'descr': '([<>|=]?[a-zA-Z]\d{1,9})', 'fortran_order': (True|False), "
    r"'shape': \(([\d, ]{0,60})\), \}\s*"
)
"""What NumPy writes. Its own reader evaluates the text, which can be made to take all memory."""

STEP: Final[dict[str, float]] = {
    "motion_mm": 2.0**-12,
    "mesh_mm": 2.0**-10,
    "pose_deg": 2.0**-10,
    "head_mm": 2.0**-10,
    "eye_opening_mm": 2.0**-10,
    "mouth_opening_mm": 2.0**-10,
    "mouth_width_mm": 2.0**-10,
    "eye_distance_px": 2.0**-10,
    "residual": 2.0**-10,
    "region_match": 2.0**-12,
    "region_sd_mm": 2.0**-16,
    "coded_step_mm": 2.0**-12,
    "sharpness": 2.0**-12,
    "brightness": 2.0**-12,
    "clipped": 2.0**-16,
    "changed": 2.0**-12,
    "in_frame": 2.0**-12,
    "plausible": 2.0**-12,
    "mouth_seen": 2.0**-12,
}
"""Step to which each array is rounded. motion_mm: 0.24 um, 1/70 of the noise of one frame at 4.7 um/sqrt(Hz)
and 30 fps, so rounding adds 2e-5 of the noise power. Times and key frames are kept exactly."""
_TAIL: Final[dict[str, tuple[int, ...]]] = {
    "motion_mm": (N_REGIONS, 2),
    "mesh_mm": (N_REGIONS, 2),
    "pose_deg": (3,),
    "head_mm": (2,),
    "eye_opening_mm": (2,),
    "region_match": (N_REGIONS,),
    "region_sd_mm": (N_REGIONS,),
    "coded_step_mm": (N_REGIONS,),
}
_DTYPE: Final[dict[str, str]] = {"t_s": "<f8", "keyframe": "<i4", "repeated": "|b1", "b_picture": "|b1"}
LATER: Final[dict[str, float]] = {"coded_step_mm": math.nan, "changed": math.nan, "mouth_seen": 1.0}
"""Arrays that files of earlier versions lack, and the neutral value that stands for them."""
_PLACES: Final = (
    "motion_mm",
    "mesh_mm",
    "pose_deg",
    "head_mm",
    "eye_opening_mm",
    "mouth_opening_mm",
    "mouth_width_mm",
)
"""Where something is. How sure that is may be any number: a flat grey picture tells nothing."""
_Carrier = TypeVar("_Carrier", Source, TrackerInfo, Scale)


def as_stored(recording: Recording) -> Recording:
    """Return the recording with every number as the file would give it back (float64 in memory)."""
    arrays: dict[str, Any] = {name: _unpack(name, _pack(recording, name)) for name in PER_FRAME}
    return replace(recording, **arrays)


def save_recording(recording: Recording, path: Path) -> None:
    """Write `recording` to `path` (.npz), whole or not at all.

    Raises
    ------
    InputRefused
        If the file cannot be written.
    """
    meta = json.dumps(
        {
            "format": FORMAT,
            "version": VERSION,
            "source": asdict(recording.source),
            "tracker": asdict(recording.tracker),
            "scale": asdict(recording.scale),
            "settings": recording.settings,
            "segments": [[s.task, s.start_s, s.end_s] for s in recording.segments],
        },
        allow_nan=False,
    )
    arrays = {name: _pack(recording, name) for name in PER_FRAME}
    with replacing(path) as handle, zipfile.ZipFile(handle, "w") as archive:
        for name, array in {"meta": np.array(meta), **arrays}.items():
            member = zipfile.ZipInfo(f"{name}.npy", date_time=(1980, 1, 1, 0, 0, 0))
            content = io.BytesIO()
            npy.write_array(content, array, allow_pickle=False)
            archive.writestr(member, content.getbuffer(), zipfile.ZIP_DEFLATED, PACK_LEVEL)


def load_recording(path: Path) -> Recording:
    """Read a recording that `save_recording` wrote.

    Raises
    ------
    InputRefused
        If the file is missing, something else, damaged, of absurd size or from a newer version.
    """
    path = Path(path)
    try:
        if not path.is_file():
            raise InputRefused(f"{path}: no such file. Give the recording.npz that analyze wrote.")
        _check_directory(path)
        with zipfile.ZipFile(path) as archive:
            _check_size(archive, path)
            meta = _read_meta(archive, path)
            n = _header(archive, "t_s", path)[0]
            arrays = {name: _read(archive, name, n, path) for name in PER_FRAME}
            return _assemble(meta, arrays, path)
    except (zipfile.BadZipFile, zlib.error, struct.error, EOFError, LookupError, ValueError) as error:
        raise _refused(path, f"is not a readable recording ({_short(error)})") from error
    except (TypeError, ArithmeticError, AttributeError) as error:  # of zipfile or json, on bytes of any kind
        raise _refused(path, f"is not a readable recording ({_short(error)})") from error
    except (OSError, RuntimeError, MemoryError) as error:
        raise _refused(path, f"cannot be read ({_short(error)})") from error


def _pack(recording: Recording, name: str) -> NDArray[Any]:
    array = np.asarray(getattr(recording, name))
    if name in _DTYPE:
        exact: NDArray[Any] = array.astype(_DTYPE[name], order="C")
        return exact
    step = STEP[name]
    rounded: NDArray[Any] = (np.round(array.astype(np.float64) / step) * step).astype("<f4", order="C")
    return rounded


def _unpack(name: str, array: NDArray[Any]) -> NDArray[Any]:
    if name in _DTYPE:
        return array.astype({"t_s": np.float64, "keyframe": np.int32}.get(name, np.bool_))
    return array.astype(np.float64)


def _check_directory(path: Path) -> None:
    """Refuse a list of members of absurd size, which would be read whole before the first of them."""
    with path.open("rb") as handle:
        size = handle.seek(0, io.SEEK_END)
        handle.seek(max(0, size - _END.size - 65_535))
        tail = handle.read()
    at = tail.rfind(b"PK\5\6")
    if at < 0 or len(tail) - at < _END.size:
        raise ValueError("no zip file, or cut short")
    listed = _END.unpack_from(tail, at)[5]
    if listed > MAX_DIRECTORY_BYTES or tail[max(0, at - 20) :].startswith(b"PK\6\7"):
        raise ValueError(f"its list of members takes {listed} bytes")


def _check_size(archive: zipfile.ZipFile, path: Path) -> None:
    members = archive.infolist()
    claimed = sum(member.file_size for member in members)
    packed = max(1, path.stat().st_size)
    ratio = MAX_UNPACK_RATIO if claimed <= SMALL_BYTES else LARGE_RATIO
    if len(members) > 2 * len(PER_FRAME) or claimed > ratio * packed:
        raise _refused(path, f"would unpack {packed} bytes to {claimed}, which no recording does")
    if len({member.filename for member in members}) < len(members):
        raise _refused(path, "holds an array twice")
    # zipfile bounds what it unpacks at a time only for these
    if any(m.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) for m in members):
        raise _refused(path, "is packed in a way that is not read")


def _header(archive: zipfile.ZipFile, name: str, path: Path) -> tuple[int, ...]:
    """Read and check one array's header before any of its numbers, so that a false size costs nothing."""
    member = archive.getinfo(f"{name}.npy")
    with archive.open(member) as stream:
        shape, fortran, dtype = _npy_header(stream)
        body = member.file_size - stream.tell()
    wanted = np.dtype(_DTYPE.get(name, "<f4"))
    if dtype != wanted or fortran or not shape or shape[1:] != _TAIL.get(name, ()):
        raise _refused(path, f"has array {name} as {dtype} {shape}, not {wanted} (n, {_TAIL.get(name, ())})")
    if shape[0] > MAX_FRAMES:
        raise _refused(path, f"claims {shape[0]} frames; at most {MAX_FRAMES} are read")
    if math.prod(shape) * wanted.itemsize != body:
        raise _refused(path, f"has {body} bytes for array {name} of shape {shape}")
    return shape


def _npy_header(stream: IO[bytes]) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    """Return shape, order and kind of the array that follows, without evaluating anything."""
    version = npy.read_magic(stream)
    if version not in ((1, 0), (2, 0)):
        raise ValueError(f"array format {version}")
    length = struct.Struct("<H" if version == (1, 0) else "<I")
    (n,) = length.unpack(stream.read(length.size))
    found = _HEADER.fullmatch(stream.read(n).decode("latin-1")) if n <= MAX_HEADER_BYTES else None
    if found is None:
        raise ValueError("an array's header is not as NumPy writes it")
    descr, order, sizes = found.groups()
    return tuple(int(size) for size in sizes.split(",") if size.strip()), order == "True", np.dtype(descr)


def _read(archive: zipfile.ZipFile, name: str, n: int, path: Path) -> NDArray[Any]:
    if name in LATER and f"{name}.npy" not in archive.namelist():
        return np.full((n, *_TAIL.get(name, ())), LATER[name])
    shape = _header(archive, name, path)
    if shape[0] != n:
        raise _refused(path, f"has arrays of different lengths ({name} against t_s)")
    with archive.open(f"{name}.npy") as stream:
        _npy_header(stream)
        kind = np.dtype(_DTYPE.get(name, "<f4"))
        array = _unpack(name, np.frombuffer(stream.read(), kind).reshape(shape))
    if array.dtype.kind == "f":
        _check_numbers(name, array, path)
    return array


def _check_numbers(name: str, array: NDArray[Any], path: Path) -> None:
    """Refuse numbers that nothing filmed can have; NaN is a gap, except in a time."""
    if name == "t_s":
        if not bool(np.all(np.abs(array) <= LATEST_S)):
            raise _refused(path, "has time stamps that are not numbers, or lie weeks away")
        return
    largest = max(float(np.fmax.reduce(side, axis=None, initial=0.0)) for side in (array, -array))
    if largest > (LARGEST if name in _PLACES else FLOAT32):
        raise _refused(path, f"has numbers in {name} that are infinite or beyond {LARGEST:g}")


def _read_meta(archive: zipfile.ZipFile, path: Path) -> dict[str, Any]:
    member = archive.getinfo("meta.npy")
    with archive.open(member) as stream:
        shape, _, dtype = _npy_header(stream)
        body = member.file_size - stream.tell()
        if (
            body != dtype.itemsize
            or dtype.kind != "U"
            or shape != ()
            or not 0 < dtype.itemsize <= 4 * MAX_META_CHARS
        ):
            raise _refused(path, f"has a description of type {dtype} {shape}")
    with archive.open(member) as stream:
        _npy_header(stream)
        meta = json.loads(str(np.frombuffer(stream.read(), dtype)[0]))
    if not isinstance(meta, dict) or meta.get("format") != FORMAT:
        raise _refused(path, "is an .npz file, but not a twitchcam recording")
    if meta.get("version") != VERSION:
        found = shown(meta.get("version"), 20)
        raise _refused(path, f"has recording version {found}; this twitchcam reads version {VERSION}")
    return meta


def _assemble(meta: dict[str, Any], arrays: dict[str, Any], path: Path) -> Recording:
    settings = meta.get("settings")
    if not isinstance(settings, dict) or not all(_is_plain(value) for value in settings.values()):
        raise _refused(path, "has settings that are not plain values")
    source = _carrier(Source, meta.get("source"), path)
    _check_source(source, path)
    return Recording(
        **arrays,
        source=source,
        tracker=_carrier(TrackerInfo, meta.get("tracker"), path),
        scale=_carrier(Scale, meta.get("scale"), path),
        settings=settings,
        segments=_segments(meta.get("segments", []), path),
    )


def _is_plain(value: object) -> bool:
    """Tell whether a setting is text, yes or no, or a finite number."""
    return isinstance(value, str) or (isinstance(value, (float, int)) and abs(value) < BIGGEST)


def _check_source(source: Source, path: Path) -> None:
    """Refuse a description that later steps would stumble over."""
    if source.filmed:
        date.fromisoformat(source.filmed)
    if source.rotation_deg not in (0, 90, 180, 270):
        raise _refused(path, f"has {shown(source.rotation_deg)} as source.rotation_deg")
    if source.time_scale <= 0 or (source.capture_fps is not None and source.capture_fps <= 0):
        raise _refused(path, "has a rate or a time scale that is not above 0")


def _segments(rows: Any, path: Path) -> tuple[Segment, ...]:
    """Build the guided segments; files of earlier versions have none."""
    if not isinstance(rows, list) or len(rows) > MAX_SEGMENTS:
        raise _refused(path, "has segments that are not a list of tasks and times")
    for row in rows:
        if not (isinstance(row, list) and [_kind(value) for value in row] == ["str", "number", "number"]):
            raise _refused(path, f"has {shown(row, 40)} as a segment")
    try:
        return in_order(Segment(*row) for row in rows)
    except (ValueError, OverflowError) as error:
        raise _refused(path, f"has a wrong segment ({_short(error)})") from error


def _kind(value: object) -> str:
    plain = isinstance(value, (int, float)) and not isinstance(value, bool)
    return "number" if plain else type(value).__name__


def _carrier(kind: type[_Carrier], values: Any, path: Path) -> _Carrier:
    """Build one of the small carriers from plain JSON values, each checked against the field's annotation."""
    allowed = {field.name: str(field.type) for field in fields(kind)}
    if not isinstance(values, dict) or not set(values) <= set(allowed):
        raise _refused(path, f"has an incomplete or unknown description of its {kind.__name__.lower()}")
    values = {key: tuple(value) if isinstance(value, list) else value for key, value in values.items()}
    for key, value in values.items():
        if not _fits(value, allowed[key]):
            raise _refused(path, f"has {shown(value, 40)} as {kind.__name__.lower()}.{key}")
    return kind(**values)


def _fits(value: object, annotation: str) -> bool:
    if value is None:
        return "None" in annotation
    if isinstance(value, bool):
        return annotation == "bool"
    if isinstance(value, int):
        return abs(value) < BIGGEST and ("int" in annotation or "float" in annotation)
    if isinstance(value, float):
        return "float" in annotation and abs(value) < BIGGEST
    if isinstance(value, tuple):
        return "tuple" in annotation and all(isinstance(item, str) for item in value)
    return isinstance(value, str) and annotation.startswith("str")


def _refused(path: Path, what: str) -> InputRefused:
    return InputRefused(f"{path}: {what}. Analyse the video again to make a new recording file.")


def _short(error: Exception) -> str:
    return " ".join(str(error).split())[:120] or type(error).__name__
