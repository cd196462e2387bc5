"""The sample clips give the numbers that they gave; changes are made on purpose (scripts/make_golden.py)."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from golden_fields import CLIPS, FIELDS, FOLDER, changes, golden_of
from test_samples import analysed


@pytest.mark.parametrize("clip", CLIPS)
def test_the_sample_gives_its_golden_numbers(samples: Path, clip: str) -> None:
    golden = json.loads((FOLDER / f"{clip}.json").read_text(encoding="utf-8"))
    assert set(golden) == set(FIELDS), "run scripts/make_golden.py --write"
    changed = list(changes(golden, golden_of(analysed(samples, clip))))
    assert not changed, "\n".join([*changed, "on purpose? scripts/make_golden.py --write"])


def test_changes_are_seen() -> None:
    golden = json.loads((FOLDER / "left-twitch.json").read_text(encoding="utf-8"))
    assert not list(changes(golden, golden))
    worse = {
        "quality.verdict": "ok" if golden["quality.verdict"] != "ok" else "limited",
        "lips.dominant_hz": golden["lips.dominant_hz"] + 0.05,
        "lips.side": "right",
        "lips.amplitude_mm.median": 1.05 * golden["lips.amplitude_mm.median"],
        "peaks_s": golden["peaks_s"][: len(golden["peaks_s"]) * 8 // 10],
        "patterns": {**golden["patterns"], "hfs_like": "nonsense"},
    }
    for field, value in worse.items():
        assert len(list(changes(golden, {**golden, field: value}))) == 1, field
