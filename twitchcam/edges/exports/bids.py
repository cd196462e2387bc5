"""BIDS: a data set with one recording as motion data (BIDS 1.9 and later), its events beside it.

The rows of `_motion.tsv` are the pictures themselves, with a LATENCY channel that holds each one's time:
nothing is resampled. A data set that an earlier export made takes further subjects and sessions.

Source: https://bids-specification.readthedocs.io, "Motion".
"""

from __future__ import annotations

import csv
import json
import secrets
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from twitchcam.edges.exports.bids_content import (
    COLUMN_ORDER,
    about_events,
    about_motion,
    describe_channels,
    event_rows,
    reference_frames,
)
from twitchcam.edges.tables import write_table
from twitchcam.errors import InputRefused
from twitchcam.files import make_folder, replacing
from twitchcam.summary import Measured
from twitchcam.types import Recording

BIDS_VERSION: Final = "1.9.0"
TRACKSYS: Final = "twitchcam"
README: Final = """\
# Movements of the face, measured in video

Made by twitchcam as BIDS motion data (https://bids.neuroimaging.io). It holds no pictures. Each row of a
`_motion.tsv` is one picture of the video; the channel `latency` holds its time. `<region>_x` and `<region>_y`
are displacements in mm relative to the head, towards the subject's left and up, each with an arbitrary
constant. `_events.tsv` holds the movements that were found, and the tasks of a guided recording. An
observation aid: nothing in here is a diagnosis.
"""


@dataclass(frozen=True, slots=True)
class Labels:
    """What the files are called after."""

    subject: str = "01"
    session: str = ""

    def __post_init__(self) -> None:
        for option, label in (("--subject", self.subject), ("--session", self.session)):
            if label and not (label.isalnum() and label.isascii()):
                raise InputRefused(
                    f"{option} {label}: BIDS labels hold letters and digits only, such as 01 or P03"
                )

    @property
    def stem(self) -> str:
        """Such as 'sub-01_ses-2'."""
        return f"sub-{self.subject}" + (f"_ses-{self.session}" if self.session else "")

    @property
    def folder(self) -> Path:
        """Such as sub-01/ses-2."""
        return Path(f"sub-{self.subject}", *([f"ses-{self.session}"] if self.session else []))


def write_bids(
    root: Path, recording: Recording, measured: Measured, labels: Labels, *, version: str
) -> list[Path]:
    """Write the recording into the data set `root`, which is made where there is none; return its files.

    Raises
    ------
    InputRefused
        If `root` holds something else, or the subject (and session) already, or cannot be written to, or the
        recording has fewer than two frames.
    """
    if recording.t_s.size < 2:
        raise InputRefused(
            f"{recording.source.file}: fewer than two frames have no rate, which BIDS asks for"
        )
    _check(root, labels)
    try:
        make_folder(root)
        with _staged(root / labels.folder) as folder:
            names = _write_motion(folder / "motion", recording, measured, labels, version)
        _write_head(root, labels, version)
    except OSError as error:
        raise InputRefused(f"{root}: cannot write here ({error.strerror}); choose another --out") from error
    return [root / labels.folder / "motion" / name for name in names]


def _check(root: Path, labels: Labels) -> None:
    if root.exists() and not root.is_dir():
        raise InputRefused(f"{root}: is a file; BIDS needs a folder, give another --out")
    if root.is_dir() and any(root.iterdir()) and not (root / "dataset_description.json").is_file():
        raise InputRefused(
            f"{root}: holds other things; give --out an empty or new folder, or a BIDS data set"
        )
    if (root / labels.folder).exists():
        raise InputRefused(
            f"{root / labels.folder}: is there already; give another --subject or --session, or remove it"
        )


@contextmanager
def _staged(folder: Path) -> Iterator[Path]:
    """Give a hidden folder that takes its place when all its files are written, or goes away."""
    make_folder(folder.parent)
    staged = folder.with_name(f".{folder.name}.{secrets.token_hex(4)}.part")
    make_folder(staged)
    try:
        yield staged
        staged.rename(folder)
    finally:
        shutil.rmtree(staged, ignore_errors=True)


def _write_motion(
    folder: Path, recording: Recording, measured: Measured, labels: Labels, version: str
) -> list[str]:
    make_folder(folder)
    task = "guided" if recording.segments else "rest"
    stem = f"{labels.stem}_task-{task}_tracksys-{TRACKSYS}"
    channels, values = describe_channels(recording)
    write_table(folder / f"{stem}_channels.tsv", {c: [row[c] for row in channels] for c in COLUMN_ORDER})
    write_table(
        folder / f"{stem}_motion.tsv", {f"c{i}": column for i, column in enumerate(values)}, header=False
    )
    _write_json(folder / f"{stem}_channels.json", reference_frames())
    _write_json(folder / f"{stem}_motion.json", about_motion(recording, task, channels, version))
    write_table(folder / f"{labels.stem}_task-{task}_events.tsv", event_rows(recording, measured))
    _write_json(folder / f"{labels.stem}_task-{task}_events.json", about_events())
    return sorted(path.name for path in folder.iterdir())


def _write_head(root: Path, labels: Labels, version: str) -> None:
    """Write what stands at the top of the data set, and the subject into its table."""
    description = {
        "Name": "Movements of the face, measured in video by twitchcam",
        "BIDSVersion": BIDS_VERSION,
        "DatasetType": "raw",
        "GeneratedBy": [{"Name": "twitchcam", "Version": version}],
    }
    if not (root / "dataset_description.json").exists():
        _write_json(root / "dataset_description.json", description)
    if not (root / "README.md").exists() and not (root / "README").exists():
        with replacing(root / "README.md") as handle:
            handle.write(README.encode())
    _add_participant(root / "participants.tsv", f"sub-{labels.subject}")


def _add_participant(path: Path, participant: str) -> None:
    rows = [["participant_id"]]
    if path.is_file():
        with open(path, encoding="utf-8", newline="") as handle:
            rows = list(csv.reader(handle, delimiter="\t")) or rows
    if any(row[:1] == [participant] for row in rows):
        return
    rows.append([participant, *["n/a"] * (len(rows[0]) - 1)])
    with replacing(path) as target:
        target.write("".join("\t".join(row) + "\n" for row in rows).encode())


def _write_json(path: Path, document: Mapping[str, Any]) -> None:
    with replacing(path) as handle:
        handle.write((json.dumps(document, indent=2, ensure_ascii=False) + "\n").encode())
