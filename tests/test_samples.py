"""The bundled clips against their truth, through the whole program. The floors may only be raised."""

from __future__ import annotations

import io
import json
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pypdf
import pytest

from twitchcam.edges.pdf import render_pdf
from twitchcam.scoring import match_events
from twitchcam.session import Options, analyse_clip
from twitchcam.summary import Event, Measured, Summary

TOLERANCE_S = 0.07

# clip: side, frequency, at least this recall and precision, amplitude between these parts of the true one
FLOORS: dict[str, tuple[str, float | None, float, float, tuple[float, float] | None]] = {
    "left-twitch": ("left", 5.0, 0.96, 0.90, (0.88, 1.08)),
    "spasm-left": ("left", None, 0.95, 0.78, None),
}


def counted(measured: Measured) -> list[Event]:
    return [e for e in measured.events if not e.gated and e.trial_type in ("twitch", "tonic")]


def measure(samples: Path, name: str) -> tuple[Measured, dict[str, Any]]:
    truth = json.loads((samples / f"{name}.truth.json").read_text())
    return analysed(samples, name).measured, truth


@cache
def analysed(samples: Path, name: str) -> Summary:
    return analyse_clip(samples / f"{name}.mp4", None, Options()).summary


@pytest.mark.parametrize("name", sorted(FLOORS))
def test_twitches_are_found_where_they_were_made(samples: Path, name: str) -> None:
    side, hz, recall, precision, part = FLOORS[name]
    measured, truth = measure(samples, name)
    true = [e for e in truth["events"] if e["trial_type"] == "twitch"]
    found = counted(measured)
    matching = match_events(
        np.array([e["peak"] for e in true]), np.array(sorted(e.peak_s for e in found)), TOLERANCE_S
    )
    assert matching.recall >= recall
    assert matching.precision >= precision
    assert measured.lips.side == side
    if hz is not None:
        assert measured.lips.dominant_hz == pytest.approx(hz, abs=0.05)
    if part is not None:
        size = measured.lips.amplitude_mm.median
        assert size is not None
        assert part[0] <= size / np.median([e["amplitude_mm"] for e in true]) <= part[1]


def test_the_tremor_is_on_both_sides_and_at_its_frequency(samples: Path) -> None:
    measured, _ = measure(samples, "rest-tremor")
    assert measured.lips.dominant_hz == pytest.approx(5.0, abs=0.05)
    assert measured.lips.rhythmic
    assert measured.lips.side == "bilateral"


def test_a_still_face_that_blinks_and_smiles_has_no_twitch(samples: Path) -> None:
    measured, truth = measure(samples, "still")
    assert not [e for e in counted(measured) if e.amplitude_mm > 0.15]
    assert measured.lips.events == 0
    blinks = [e["peak"] for e in truth["events"] if e["trial_type"] == "blink"]
    found = [e.peak_s for e in measured.events if e.trial_type == "blink"]
    assert all(min(abs(f - b) for f in found) < 0.15 for b in blinks)
    assert measured.quality.gated_s.get("smile", 0) > 1


@pytest.mark.parametrize("name", [*sorted(FLOORS), "rest-tremor", "still"])
def test_the_pdf_has_two_pages(samples: Path, name: str) -> None:
    assert len(pypdf.PdfReader(io.BytesIO(render_pdf(analysed(samples, name)))).pages) == 2
