"""Tables of the synthetic patients: what was seen in whom, sensitivity and specificity, and every miss."""

from __future__ import annotations

from typing import Any

from scipy.stats import beta

from twitchcam.synth.patients import EXPECTED, KINDS

Rows = list[dict[str, Any]]
PRIMARY = ("hfs", "hfs_atypical")
"""Patients of whom hfs_like is expected in a clip of a minute; rare spasms may not come in it at all."""
COLUMNS = {
    "hfs_like": "HFS",
    "benign_twitch": "benign",
    "facial_myokymia_like": "myokymia",
    "rest_tremor_like": "rest tremor",
    "rabbit_like": "rabbit",
    "action_tremor_like": "action tremor",
    "dyskinesia_like": "dyskinesia",
    "blepharospasm_like": "blepharospasm",
    "meige_like": "Meige",
    "tic_like": "tic",
    "synkinesis_like": "synkinesis",
    "facial_weakness_like": "weakness",
    "clonic_run_like": "clonic run",
    "myorhythmia_like": "myorhythmia",
    "functional_like": "functional",
}
LEVELS = ("emergency", "urgent", "see_doctor", "self_care", "no_finding", "unable")


def print_tables(rows: Rows) -> None:
    """Print everything."""
    kinds = [k for k in KINDS if any(r["kind"] == k for r in rows)]
    print("\nflagged + possible, of all clips of the kind\n")
    print(_table(["kind", "clips", *COLUMNS.values()], [_confusion(k, rows) for k in kinds]))
    print("\nhemifacial spasm against everything else\n")
    print(_table(["rule", "sensitivity", "95 %", "specificity", "95 %"], list(_hfs(rows))))
    print("\nthe pattern expected, and triage levels\n")
    heads = ["kind", "expected", "flagged", "flagged or possible", "other patterns flagged", *LEVELS]
    print(_table(heads, [_right(k, rows) for k in kinds]))
    print("\nmisses\n")
    for line in _misses(rows):
        print(f"- {line}")


def interval(hits: int, of: int) -> tuple[float, float]:
    """Return the exact (Clopper-Pearson) 95 % interval of a share."""
    low = 0.0 if hits == 0 else float(beta.ppf(0.025, hits, of - hits + 1))
    high = 1.0 if hits == of else float(beta.ppf(0.975, hits + 1, of - hits))
    return low, high


def _count(rows: Rows, pattern: str, *statuses: str) -> int:
    return sum(r["patterns"][pattern] in statuses for r in rows)


def _confusion(kind: str, rows: Rows) -> list[str]:
    mine = [r for r in rows if r["kind"] == kind]
    cells = [(_count(mine, p, "flagged"), _count(mine, p, "possible")) for p in COLUMNS]
    return [kind, str(len(mine)), *(f"{a} + {b}" if a or b else "" for a, b in cells)]


def _hfs(rows: Rows) -> list[list[str]]:
    """Sensitivity and specificity of hfs_like by several rules."""
    sick = [r for r in rows if r["kind"] in PRIMARY]
    enough = [r for r in sick if r["eye_mouth"] >= 5]
    well = [r for r in rows if not r["kind"].startswith("hfs")]

    def line(name: str, sick: Rows, hit: Any) -> list[str]:
        cells = [name]
        for group, want in ((sick, True), (well, False)):
            right = sum(hit(r) is want for r in group)
            low, high = interval(right, len(group)) if group else (0.0, 1.0)
            cells += [f"{right}/{len(group)} = {right / max(len(group), 1):.1%}", f"{low:.1%} to {high:.1%}"]
        return cells

    return [
        line("flagged or possible", sick, lambda r: r["patterns"]["hfs_like"] in ("flagged", "possible")),
        line("flagged", sick, lambda r: r["patterns"]["hfs_like"] == "flagged"),
        line(
            "flagged or possible, clips with five joint movements",
            enough,
            lambda r: r["patterns"]["hfs_like"] in ("flagged", "possible"),
        ),
        line(
            "flagged, clips with five joint movements",
            enough,
            lambda r: r["patterns"]["hfs_like"] == "flagged",
        ),
        line("flagged, nothing answered", sick, lambda r: r["hfs_unasked"] == "flagged"),
    ]


def _right(kind: str, rows: Rows) -> list[str]:
    mine = [r for r in rows if r["kind"] == kind]
    want = EXPECTED.get(kind)
    others = [p for p in COLUMNS if p not in (want, "benign_twitch")]
    stray = sum(any(r["patterns"][p] == "flagged" for p in others) for r in mine)
    found = ["none", "", ""] if want is None else [
        COLUMNS[want], str(_count(mine, want, "flagged")), str(_count(mine, want, "flagged", "possible")),
    ]  # fmt: skip
    levels = [sum(r["level"] == level for r in mine) for level in LEVELS]
    return [kind, *found, str(stray), *(str(n) if n else "" for n in levels)]


def _misses(rows: Rows) -> list[str]:
    out = []
    for r in rows:
        want = EXPECTED.get(r["kind"])
        seen = {p: s for p, s in r["patterns"].items() if s in ("flagged", "possible")}
        missed = want is not None and want not in seen
        wrong = [p for p, s in seen.items() if s == "flagged" and p not in (want, "benign_twitch")]
        if r["kind"].startswith("hfs") is False and "hfs_like" in seen and "hfs_like" not in wrong:
            wrong.append("hfs_like (possible)")
        if missed or wrong:
            what = ([f"{COLUMNS[want]} {r['patterns'][want]}"] if missed and want else []) + wrong
            who = " ".join(str(r[k]) for k in ("kind", "seed", "variant") if r[k] != "")
            out.append(
                f"{who} ({r['person']}): {'; '.join(what)}"
                f" [{r['lip_events']} lip events, {r['lip_side']}, {r['usable_s']:g} s usable,"
                f" {r['found_eye_mouth']} of {r['eye_mouth']} joint]"
            )
    return out


def _table(heads: list[str], lines: list[list[str]]) -> str:
    rule = "|".join("---" for _ in heads)
    rows = [f"|{'|'.join(cells)}|" for cells in [heads, *lines]]
    return "\n".join([rows[0], f"|{rule}|", *rows[1:]])
