"""The triage from an answers file and a summary.json: what is read, what is refused, in one line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from twitchcam.errors import InputRefused
from twitchcam.triage_command import triage_from_files


def summary_file(folder: Path, **changes: Any) -> Path:
    document = {
        "schema": "twitchcam.summary/1",
        "quality": {"verdict": "ok", "reasons": [], "usable_s": 90.0},
        "lips": {"events": 12},
        "patterns": [{"id": "hfs_like", "status": "flagged"}],
        **changes,
    }
    (folder / "summary.json").write_text(json.dumps(document))
    return folder / "summary.json"


def test_files_with_and_without_a_summary(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text("stress = true\n")
    assert triage_from_files(tmp_path / "a.toml").level == "self_care"
    assert triage_from_files(tmp_path / "a.toml", summary_file(tmp_path)).level == "see_doctor"


@pytest.mark.parametrize(
    "changes",
    [
        {"schema": "other/1"},
        {"quality": None},
        {"quality": {"verdict": "good", "reasons": [], "usable_s": 1}},
        {"quality": {"verdict": "ok", "reasons": [], "usable_s": "long"}},
        {"quality": {"verdict": "ok", "reasons": [], "usable_s": float("nan")}},
        {"lips": {}},
        {"lips": {"events": True}},
        {"patterns": [{"id": "other", "status": "flagged"}]},
        {"patterns": [3]},
        {"patterns": {}},
    ],
)
def test_a_wrong_summary_is_refused_in_one_line(tmp_path: Path, changes: dict[str, Any]) -> None:
    (tmp_path / "a.toml").write_text("")
    path = summary_file(tmp_path, **changes)
    with pytest.raises(InputRefused) as caught:
        triage_from_files(tmp_path / "a.toml", path)
    assert str(caught.value).startswith(str(path))
    assert "\n" not in str(caught.value)
