"""Make docs/api-example.md: the Python API on a sample clip, with what it prints and draws.

Run it after a change of the API or the figures: `.venv/bin/python scripts/make_api_example.py`.
"""

from __future__ import annotations

import contextlib
import io
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
PAGE, PICTURE = ROOT / "docs" / "api-example.md", "api-example.png"
INTRO = """# The Python API on a sample clip

Made by `scripts/make_api_example.py`; what each block prints stands below it. The clip comes with twitchcam:
a mouth corner that twitches five times a second for six seconds. Everything else: [api.md](api.md).
"""
STEPS = (
    'import twitchcam as tc\n\ns = tc.analyze("sample_videos/left-twitch.mp4")\nprint(s)',
    "print(s.lips.rate_per_min, s.lips.dominant_hz_ci, s.lips.side)\n"
    "print(s.lips.amplitude_mm)\nprint(s.quality.verdict, s.quality.usable_s)",
    "table = s.to_dataframe()\n"
    'print(table[["onset", "region", "side", "amplitude_mm", "run", "gated"]].head(6))',
    f's.plot().savefig("docs/{PICTURE}", dpi=100)',
    "reviewed = s.review(\n    {\n"
    '        "reviewer": "AB",\n'
    '        "event": [{"action": "reject", "peak": e.peak_s} for e in s.events.counted[:5]],\n'
    "    }\n)\nprint(reviewed)\nprint(reviewed.reviewed.rejected, round(reviewed.reviewed.f1, 3))",
    'print(tc.triage({"duration_days": 21, "started_at": "lip"}, summary=s).reasons[0])',
)


def main() -> None:
    """Run every step in one namespace and write the page."""
    names: dict[str, Any] = {}
    parts = [INTRO]
    with contextlib.chdir(ROOT) if hasattr(contextlib, "chdir") else contextlib.nullcontext():
        for step in STEPS:
            said = io.StringIO()
            with contextlib.redirect_stdout(said):
                exec(compile(step, "<example>", "exec"), names)
            parts.append(f"```python\n{step}\n```\n")
            if said.getvalue():
                parts.append(f"```text\n{said.getvalue().rstrip()}\n```\n")
            if "savefig" in step:
                parts.append(f"![Overview of the sample clip]({PICTURE})\n")
    PAGE.write_text("\n".join(parts), encoding="utf-8")


if __name__ == "__main__":
    main()
