"""The JSON Schema of summary.json, shipped with the package."""

from __future__ import annotations

import json
from importlib import resources
from typing import Any


def load_schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) that every summary.json of this version obeys."""
    text = resources.files(__name__).joinpath("summary-1.schema.json").read_text(encoding="utf-8")
    schema: dict[str, Any] = json.loads(text)
    return schema
