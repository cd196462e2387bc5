"""Result files: what the files of a results folder are called."""

from __future__ import annotations

from typing import Final

SUMMARY: Final = "summary.json"
EVENTS: Final = "events.tsv"
SIGNALS: Final = "signals.csv"
RECORDING: Final = "recording.npz"
REPORT: Final = "report.html"
PDF: Final = "report.pdf"
OVERLAY: Final = "overlay.mp4"
MAGNIFIED: Final = "magnified.mp4"
LANDMARKS: Final = "landmarks.csv"
REVIEWED: Final = "events_reviewed.tsv"
REVIEW: Final = "review.toml"
"""The review that a folder's result rests on."""
