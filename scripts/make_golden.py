"""Golden results of the sample clips: show what changed, and write it on purpose.

    python scripts/make_golden.py           # measures the clips and prints every difference
    python scripts/make_golden.py --write   # takes the new numbers as golden

Differences within the tolerances are printed too, in brackets: they do not fail tests/test_golden.py.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from golden_fields import CLIPS, FOLDER, changes, golden_of  # noqa: E402

from twitchcam.session import Options, analyse_clip  # noqa: E402


def main() -> int:
    """Return 1 when a clip's numbers are off by more than the tolerances and were not written."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--write", action="store_true", help="take the new numbers as golden")
    write = parser.parse_args().write
    off = 0
    for clip in CLIPS:
        found = golden_of(analyse_clip(ROOT / "sample_videos" / f"{clip}.mp4", None, Options()).summary)
        path = FOLDER / f"{clip}.json"
        golden = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
        beyond = list(changes(golden, found))
        off += bool(beyond)
        print(f"{clip}: {f'{len(beyond)} beyond the tolerances' if beyond else 'within the tolerances'}")
        for line in beyond:
            print(f"  {line}")
        for field, now in found.items():
            if golden.get(field) != now and not any(line.startswith(field) for line in beyond):
                print(f"  ({field}: {golden.get(field)} -> {now})")
        if write:
            FOLDER.mkdir(exist_ok=True)
            path.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return 1 if off and not write else 0


if __name__ == "__main__":
    sys.exit(main())
