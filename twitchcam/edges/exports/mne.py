"""MNE annotations: the text file that `mne.read_annotations` takes, numbers in seconds."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from twitchcam.edges.exports.marks import Mark
from twitchcam.files import replacing


def write_mne_annotations(path: Path, marks: Sequence[Mark]) -> None:
    """Write `onset, duration, description` lines; onsets count from the first sample, as in the EDF file.

    MNE's other format, CSV, takes clock times only, which a recording does not have. MNE looks at the name,
    which must end in `.txt`.

    Raises
    ------
    InputRefused
        If the file cannot be written.
    """
    lines = ["# MNE-Annotations", "# onset, duration, description"]
    lines += [f"{mark.onset_s:.6f},{max(0.0, mark.duration_s):.6f},{mark.text}" for mark in marks]
    with replacing(path) as handle:
        handle.write(("\n".join(lines) + "\n").encode())
