"""The whole job in one process, for tests that watch it from outside: python offline_job.py CLIP FOLDER.

Everything is done that a person may do with a recording without asking for pictures.
"""

from __future__ import annotations

import sys
from pathlib import Path

PERSON = "Zebra Quagga"
NOTE = "unmistakable okapi"
FORMATS = ("csv", "tsv", "parquet", "edf", "bids", "mne", "fhir", "svg")


def commands(clip: str, out: str) -> list[list[str]]:
    """Return the commands, each as a person would type it."""
    results = f"{out}/results/{Path(clip).stem}"
    of = ["--person", PERSON]
    return [
        ["analyze", clip, "--out", f"{out}/results", "--pdf", "--landmarks", "--history", *of],
        ["analyze", f"{results}/recording.npz", "--out", f"{out}/again", "--language", "de", "--json"],
        *(["export", results, "--format", f, "--out", f"{out}/exports/{f}"] for f in FORMATS),
        ["triage", "--answers", f"{out}/answers.toml", "--summary", f"{results}/summary.json", "--json"],
        ["report", results, "--answers", f"{out}/answers.toml"],
        ["history", "note", NOTE, *of],
        ["history", "list", *of],
        ["history", "trend", *of, "--out", f"{out}/course.html"],
        ["history", "export", f"{out}/history.json"],
        ["batch", clip, "--out", f"{out}/batch", "--workers", "1", "--progress", "none"],
        ["history", "delete", "--all", "--yes", *of],
    ]


def run(arguments: list[str]) -> int:
    """Run one command; return its exit status."""
    from twitchcam.cli import app_main

    sys.argv = ["twitchcam", *arguments]
    try:
        app_main()
    except SystemExit as ended:
        return int(ended.code or 0)
    return 0


def main() -> None:
    """Run all commands; stop with a line at the first that does not end well."""
    clip, out = sys.argv[1:3]
    Path(out, "answers.toml").write_text("duration_days = 3\nage = 40\n", encoding="utf-8")
    for arguments in commands(clip, out):
        if status := run(arguments):
            sys.exit(f"exit {status} of: twitchcam {' '.join(arguments)}")
    print("all done")


if __name__ == "__main__":
    main()
