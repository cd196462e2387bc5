"""Looks for lies: arbitrary recordings through the whole back, every result checked, by the thousand.

    python scripts/lie_search.py --cases 3000 --seed 1      # what must hold of every result
    python scripts/lie_search.py --cases 500 --twins        # mirror images and later beginnings too

Prints how many cases, results and events there were, and every kind of lie with an example; exits 1 if any.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
import time
import warnings
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from arbitrary import Case, cases, make, settings_of  # noqa: E402
from hypothesis import HealthCheck, Phase, given, seed, settings  # noqa: E402
from truths import lies_in  # noqa: E402
from twins import differences, event_numbers, numbers_of, turned_over, with_sorted_regions  # noqa: E402

from twitchcam.analysis import analyse  # noqa: E402
from twitchcam.front.recorder import mirror  # noqa: E402
from twitchcam.summary import Summary  # noqa: E402
from twitchcam.triage.patterns import conclude  # noqa: E402
from twitchcam.types import Recording  # noqa: E402

CLOSE = 1e-5


def concluded(case: Case, recording: Recording) -> Summary:
    return conclude(analyse(recording, settings_of(case)), case.answers)


def not_mirrored(case: Case, recording: Recording, summary: Summary) -> Iterator[str]:
    """Yield what differs in the mirror image beside the sides."""
    other = concluded(case, mirror(recording))
    pair = with_sorted_regions(numbers_of(summary)), turned_over(numbers_of(other))
    yield from (f"mirror: {d}" for d in differences(*pair, CLOSE))
    rows = event_numbers(summary.measured), event_numbers(other.measured, mirrored=True)
    yield from (f"mirror, events: {d}" for d in differences(*rows, CLOSE))


def not_later(case: Case, recording: Recording, summary: Summary) -> Iterator[str]:
    """Yield what differs when the recording begins 64 s later, beside the times."""
    if recording.segments:
        return
    other = concluded(case, replace(recording, t_s=recording.t_s + 64.0))
    yield from (f"later: {d}" for d in differences(numbers_of(summary), numbers_of(other), CLOSE))
    rows = event_numbers(summary.measured, later_s=64.0), event_numbers(other.measured)
    yield from (f"later, events: {d}" for d in differences(*rows, CLOSE))


def main() -> int:
    """Return 1 when a lie was found."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--cases", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--twins", action="store_true", help="mirror images and later beginnings too")
    parser.add_argument("--seconds", type=float, default=1e9, help="stop after so long")
    asked = parser.parse_args()
    warnings.simplefilter("error")
    seen: Counter[str] = Counter()
    found: Counter[str] = Counter()
    examples: dict[str, tuple[str, Case]] = {}
    until = time.monotonic() + asked.seconds

    def note(sentence: str, case: Case) -> None:
        kind = re.sub(r"[-+]?\d[\d.e+-]*", "#", sentence)[:100]
        found[kind] += 1
        examples.setdefault(kind, (sentence, case))

    @seed(asked.seed)
    @settings(
        max_examples=asked.cases, deadline=None, database=None, phases=[Phase.generate], derandomize=False,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(cases())
    def look(case: Case) -> None:
        if time.monotonic() > until:
            return
        recording = make(case)
        try:
            summary = concluded(case, recording)
        except Exception as error:
            note(f"crash: {type(error).__name__}: {error}", case)
            return
        seen.update(["cases", summary.measured.quality.verdict])
        seen["events"] += len(summary.measured.events)
        for lie in lies_in(recording, summary, case.answers, settings_of(case)):
            note(lie, case)
        if asked.twins:
            for lie in (*not_mirrored(case, recording, summary), *not_later(case, recording, summary)):
                note(lie, case)

    look()
    print(", ".join(f"{count} {what}" for what, count in sorted(seen.items())))
    for kind, count in found.most_common():
        sentence, case = examples[kind]
        print(f"{count} x {sentence}\n    {case!r:.1500}")
    print(f"{sum(found.values())} lies of {len(found)} kinds")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
