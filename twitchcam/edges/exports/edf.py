"""EDF+: the signals at a constant rate with every mark as an annotation, for EDFbrowser and its like.

Every signal has its own physical range, symmetric about 0, over 65535 steps. EDF has no word for a missing
sample: it is written as 0, the signal `measured` is 0 there, and the stretch carries a BAD_gap annotation
(BAD_padding behind the last sample, to the end of the last record). The arbitrary constant of each region's
displacement is chosen so that its median is 0.

The time of each record is written here as an exact decimal: EDFlib, on which EDFbrowser stands, refuses a
file whose records' times are not exact multiples of their length.

Source: Kemp B, Olivan J. European data format 'plus' (EDF+). Clin Neurophysiol 2003;114:1755.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from twitchcam.edges.exports.marks import Mark
from twitchcam.edges.exports.uniform import Uniform
from twitchcam.errors import InputRefused
from twitchcam.files import placing
from twitchcam.regions import REGIONS, side_of
from twitchcam.types import FloatArray

STEPS: Final = 32767
"""Digital values run from -32767 to 32767, so that 0 is 0 exactly."""
MAX_RECORD_SAMPLES: Final = 500
"""Of one signal: with 48 signals a record stays under the 61440 bytes that EDF recommends."""
_TYPE_AT: Final = 192
"""Where the header says EDF+C."""


def write_edf(
    path: Path, uniform: Uniform, marks: Sequence[Mark], *, subject: str = "", equipment: str = "twitchcam"
) -> None:
    """Write an EDF+ file; without `subject` its header says nothing about the person (`X X X X`).

    Raises
    ------
    InputRefused
        If the subject's code is no plain word, or the file cannot be written.
    """
    import edfio

    per_record, length = record_of(uniform.fs)
    records = -(-uniform.motion_mm.shape[0] // per_record)
    rate = per_record / float(length)
    signals = [
        edfio.EdfSignal(_padded(values, records * per_record), rate, **about)
        for values, about in _channels(uniform)
    ]
    padding = records * per_record - uniform.motion_mm.shape[0]
    if padding:
        marks = [*marks, Mark(uniform.motion_mm.shape[0] / rate, padding / rate, "BAD_padding")]
    signals.append(_annotations(marks, records, length, rate, per_record))
    try:
        patient = edfio.Patient(code=subject or "X")
    except ValueError as error:
        raise InputRefused(
            f"--subject {subject}: give a code of plain letters and digits, without spaces"
        ) from error
    document = edfio.Edf(
        signals,
        patient=patient,
        recording=edfio.Recording(equipment_code=equipment),
        data_record_duration=float(length),
    )
    with placing(path) as temporary:
        document.write(temporary)
        with open(temporary, "r+b") as handle:
            handle.seek(_TYPE_AT)
            handle.write(b"EDF+C")


def record_of(fs: float) -> tuple[int, Decimal]:
    """Return how many samples a record holds and how long it is in seconds, in the header's eight characters.

    Their quotient is the rate of the file; of the records near a second the one is taken whose quotient comes
    closest to `fs` (30000/1001 Hz: 30 samples in 1.001 s exactly).
    """
    most = min(MAX_RECORD_SAMPLES, max(1, math.ceil(2 * fs)))
    fewest = max(1, min(most, math.floor(0.5 * fs)))
    candidates = []
    for n in range(fewest, most + 1):
        decimals = max(0, 7 - len(str(int(n / fs))))
        length = Decimal(f"{n / fs:.{decimals}f}")
        if length > 0 and len(str(length)) <= 8:
            error = abs(float(length) * fs / n - 1)
            candidates.append((round(error, 10), abs(float(length) - 1), n, length.normalize()))
    if not candidates:
        raise ValueError(f"no EDF record holds signals at {fs} Hz")
    _, _, n, length = min(candidates)
    return n, length


def _channels(u: Uniform) -> list[tuple[FloatArray, dict[str, Any]]]:
    found = []
    for i, region in enumerate(REGIONS):
        for j, axis in enumerate("xy"):
            found.append(_channel(_centred(u.motion_mm[:, i, j]), label_of(region, axis), "mm"))
    for j, name in enumerate(("yaw", "pitch", "roll")):
        found.append(_channel(u.pose_deg[:, j], f"head {name}", "deg"))
    for j, side in enumerate("LR"):
        found.append(_channel(u.eye_opening_mm[:, j], f"eye opening {side}", "mm"))
    found.append(_channel(u.mouth_opening_mm, "mouth opening", "mm"))
    found.append(_channel(u.mouth_width_mm, "mouth width", "mm"))
    measured = np.isfinite(u.motion_mm).any(axis=(1, 2)).astype(float)
    flag = {
        "label": "measured",
        "physical_dimension": "",
        "physical_range": (0.0, 1.0),
        "digital_range": (0, 1),
    }
    return [*found, (measured, flag)]


def label_of(region: str, axis: str) -> str:
    """Return a label of at most 16 characters, such as 'upper eyelid R y'."""
    stem = region.rsplit("_", 1)[0].replace("_", " ")
    return f"{stem} {side_of(region)[0].upper()} {axis}"


def _channel(values: FloatArray, label: str, unit: str) -> tuple[FloatArray, dict[str, Any]]:
    filled = np.where(np.isfinite(values), values, 0.0)
    top = range_of(float(np.max(np.abs(filled), initial=0.0)))
    about = {
        "label": label,
        "transducer_type": "camera, registration of the face",
        "physical_dimension": unit,
        "physical_range": (-top, top),
        "digital_range": (-STEPS, STEPS),
    }
    return filled, about


def range_of(largest: float) -> float:
    """Return the physical maximum for values up to `largest`: three digits, rounded up; 1 for 0."""
    if largest < 1e-4:
        return 1.0
    step = 10.0 ** (math.floor(math.log10(largest)) - 2)
    top = math.ceil(largest / step) * step
    return float(f"{top:.3g}")


def _centred(values: FloatArray) -> FloatArray:
    there = values[np.isfinite(values)]
    return values - (float(np.median(there)) if there.size else 0.0)


def _padded(values: FloatArray, size: int) -> FloatArray:
    return np.concatenate([values, np.zeros(size - values.size)])


def _annotations(marks: Sequence[Mark], records: int, length: Decimal, rate: float, per_record: int) -> Any:
    """Return the annotations signal: each record's exact time, then marks, in or soon after their record."""
    import edfio

    rows = _laid([_mark_bytes(mark) for mark in marks], marks, records, length)
    size = max(map(len, rows))
    size += size % 2
    digital: NDArray[np.int16] = np.frombuffer(b"".join(row.ljust(size, b"\0") for row in rows), dtype="<i2")
    # With the blank at its end the label fills its field, as EDF+ wants it.
    return edfio.EdfSignal.from_digital(
        digital.copy(), size / 2 * rate / per_record, label="EDF Annotations "
    )


def _laid(texts: list[bytes], marks: Sequence[Mark], records: int, length: Decimal) -> list[bytes]:
    """Spread the marks over the records: all have the size of the fullest, so none may be much fuller."""
    room = 64
    while True:
        rows = [f"+{_plain(length * k)}\x14\x14\x00".encode() for k in range(records)]
        used = [0] * records
        at = 0
        for text, mark in zip(texts, marks, strict=True):
            at = max(at, min(records - 1, int(mark.onset_s / float(length))) if mark.onset_s > 0 else 0)
            while at < records - 1 and used[at] and used[at] + len(text) > room:
                at += 1
            rows[at] += text
            used[at] += len(text)
        if used[-1] <= 2 * room:
            return rows
        room *= 2


def _mark_bytes(mark: Mark) -> bytes:
    onset = f"{mark.onset_s:+.6f}".rstrip("0").rstrip(".")
    duration = f"{max(0.0, mark.duration_s):.6f}".rstrip("0").rstrip(".")
    return f"{onset}\x15{duration}\x14{mark.text}\x14\x00".encode()


def _plain(value: Decimal) -> str:
    return f"{value.normalize():f}"
