"""Data files of any content end in an answer or in one clear line: each kind that was found or thought of.

And a short seeded run of the fuzzer, scripts/fuzz_files.py.
"""

from __future__ import annotations

import io
import json
import os
import random
import sqlite3
import struct
import sys
import zipfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "scripts"))

import fuzz_files  # noqa: E402 - its folder comes first
from fuzzing.archives import Payload, array_bytes, header_bytes, pack, read_members  # noqa: E402
from fuzzing.judge import ANSWER, REFUSAL, Verdict, run  # noqa: E402
from fuzzing.seeds import make_seeds  # noqa: E402
from fuzzing.targets import TARGETS  # noqa: E402

from twitchcam.batch.ledger import newest_entries, with_values  # noqa: E402
from twitchcam.batch.manifest import read_manifest  # noqa: E402
from twitchcam.batch.tables import make_tables  # noqa: E402
from twitchcam.edges.event_table import read_events_tsv  # noqa: E402
from twitchcam.edges.recordings import load_recording  # noqa: E402
from twitchcam.edges.report.pictures import read_pictures  # noqa: E402
from twitchcam.edges.review_file import read_review  # noqa: E402
from twitchcam.edges.store import FILE, check_integrity, open_store, repair  # noqa: E402
from twitchcam.errors import InputRefused, shown  # noqa: E402
from twitchcam.plain import cell, text_of  # noqa: E402
from twitchcam.protocols import read_protocol  # noqa: E402
from twitchcam.session import Options  # noqa: E402
from twitchcam.synth.clip_file import read_clip  # noqa: E402

Make = Callable[[dict[str, bytes]], bytes]


def refused(work: Callable[[], object], *words: str) -> str:
    """Check that `work` refuses its input in one line with all the words."""
    with pytest.raises(InputRefused) as told:
        work()
    line = str(told.value)
    assert "\n" not in line
    assert len(line) < 700
    for word in words:
        assert word in line
    return line


@pytest.mark.parametrize("target", TARGETS)
def test_a_short_run_of_the_fuzzer(target: str) -> None:
    """In a worker process with limits, as the script runs it; the full figures stand in the docs."""
    slow = target in ("summary", "results", "exported", "history", "review")
    tally = fuzz_files.fuzz(target, 0, 4 if slow else 12, limit_s=300.0)
    assert not tally.faults, "\n".join(f"{target} {seed}: {told}" for seed, told in tally.faults)


def test_the_fuzzers_inputs_depend_on_their_number_only() -> None:
    from fuzzing.archives import hostile_archive

    good = make_seeds().results["recording.npz"]
    one, two = (hostile_archive(random.Random("recording 5"), good, Path("mark")) for _ in range(2))
    assert read_or_bytes(one) == read_or_bytes(two)


def read_or_bytes(content: bytes) -> Any:
    """The members of an archive (their dates in the zip file differ), or the bytes where it is none."""
    try:
        return read_members(content)
    except (zipfile.BadZipFile, ValueError, EOFError, OSError):
        return len(content)


# Recordings


def with_member(name: str, content: Callable[[dict[str, bytes]], bytes] | bytes) -> Make:
    """Return what makes an archive with one member exchanged."""

    def make(members: dict[str, bytes]) -> bytes:
        made = content(members) if callable(content) else content
        return pack(list((members | {name: made}).items()))

    return make


def header(shape: str, kind: str = "<f8", **more: Any) -> bytes:
    """Return the header of an array that may lie."""
    return header_bytes(f"{{'descr': '{kind}', 'fortran_order': False, 'shape': {shape}, }}\n", **more)


def times(change: Callable[[np.ndarray], np.ndarray]) -> Make:
    """Return what makes an archive whose times are changed."""
    good = np.arange(240) / 30.0
    return with_member("t_s.npy", array_bytes(change(good).astype("<f8")))


def lzma_bomb(members: dict[str, bytes]) -> bytes:
    return pack([*members.items(), ("changed.npy", bytes(50_000_000))], zipfile.ZIP_LZMA)


def doubled(members: dict[str, bytes]) -> bytes:
    return pack([*members.items(), ("t_s.npy", array_bytes(np.zeros(3)))])


def false_directory(members: dict[str, bytes]) -> bytes:
    """A zip file whose list of members claims to be huge: zipfile would read it whole."""
    content = bytearray(pack(list(members.items())))
    at = content.rfind(b"PK\5\6")
    struct.pack_into("<L", content, at + 12, 3_000_000_000)
    return bytes(content)


def nan_at(t: np.ndarray) -> np.ndarray:
    return np.where(t > 3, np.nan, t)


HOSTILE: dict[str, tuple[Make, str]] = {
    "shape of 10**12": (with_member("t_s.npy", header("(1000000000000,)")), "frames"),
    "shape that is evaluated": (with_member("t_s.npy", header("(10**12,)")), "header"),
    "shape below 0": (with_member("t_s.npy", header("(-1,)")), "header"),
    "header of 100 MB": (
        with_member("t_s.npy", header("(240,)", version=(2, 0), length=100_000_000)), "header",
    ),
    "header of brackets": (with_member("t_s.npy", header_bytes("(" * 900)), "header"),
    "header cut": (with_member("t_s.npy", b"\x93NUMPY\x01"), ""),
    "unknown array format": (with_member("t_s.npy", header("(240,)", version=(3, 0))), "format"),
    "array of objects": (with_member("t_s.npy", header("(1,)", kind="|O")), "header"),
    "wrong kind": (with_member("t_s.npy", array_bytes(np.zeros(240, "<i4"))), "int32"),
    "description of 1 GB": (with_member("meta.npy", header("()", kind="<U250000000")), "description"),
    "zip bomb": (with_member("more.npy", bytes(300_000_000)), "unpack"),
    "bomb of another packing": (lzma_bomb, "unpack"),
    "another packing": (lambda m: pack(list(m.items()), zipfile.ZIP_BZIP2), "packed in a way"),
    "an array twice": (doubled, "twice"),
    "list of members of 3 GB": (false_directory, "list of members"),
    "thousand members": (lambda m: pack([*m.items(), *((f"x{k}", b"") for k in range(900))]), ""),
    "backward times": (times(lambda t: t[::-1]), "increase strictly"),
    "equal times": (times(np.zeros_like), "increase strictly"),
    "times of nothing": (times(nan_at), "time stamps"),
    "infinite times": (times(lambda t: t + np.where(t > 7, np.inf, 0)), "time stamps"),
    "times far away": (times(lambda t: t + 1e15), "weeks away"),
    "fewer rows": (times(lambda t: t[:100]), "different lengths"),
    "motion of kilometres": (
        with_member("motion_mm.npy", array_bytes(np.full((240, 19, 2), 1e6, "<f4"))), "beyond",
    ),
    "infinite match": (with_member("residual.npy", array_bytes(np.full(240, np.inf, "<f4"))), "infinite"),
}  # fmt: skip


@pytest.mark.parametrize("case", HOSTILE)
def test_a_hostile_recording_is_refused_in_one_line(case: str, tmp_path: Path) -> None:
    make, word = HOSTILE[case]
    path = tmp_path / "recording.npz"
    path.write_bytes(make(read_members(make_seeds().results["recording.npz"])))
    refused(lambda: load_recording(path), str(path), "Analyse the video again", word)


@pytest.mark.parametrize("name", ["t_s.npy", "meta.npy", "motion_mm.npy"])
def test_a_pickle_in_a_recording_never_runs(name: str, tmp_path: Path) -> None:
    mark, path = tmp_path / "code-ran", tmp_path / "recording.npz"
    array = np.empty(1, dtype=object)
    array[0] = Payload(mark)
    content = array_bytes(array, allow_pickle=True)
    path.write_bytes(with_member(name, content)(read_members(make_seeds().results["recording.npz"])))
    refused(lambda: load_recording(path))
    assert not mark.exists()
    np.lib.format.read_array(io.BytesIO(content), allow_pickle=True)
    assert mark.is_dir(), "the payload would have run, had it been unpickled"


@pytest.mark.parametrize("name", ["../../evil.npy", "/tmp/evil.npy", "C:\\evil.npy"])
def test_names_that_lead_out_of_a_recording_lead_nowhere(name: str, tmp_path: Path) -> None:
    path = tmp_path / "in" / "recording.npz"
    path.parent.mkdir()
    members = read_members(make_seeds().results["recording.npz"])
    path.write_bytes(pack([*members.items(), (name, b"x")]))
    load_recording(path)
    assert [p.name for p in tmp_path.rglob("*")] == ["in", "recording.npz"]


@pytest.mark.parametrize("n", [0, 1, 2, 3])
def test_a_recording_of_few_rows_is_answered(n: int, tmp_path: Path) -> None:
    members = read_members(make_seeds().results["recording.npz"])
    for name in members.keys() - {"meta.npy"}:
        array = np.lib.format.read_array(io.BytesIO(members[name]), allow_pickle=False)
        members[name] = array_bytes(array[:n])
    (tmp_path / "r.npz").write_bytes(pack(list(members.items())))
    assert run(("analyze", tmp_path / "r.npz", "--out", tmp_path / "o", "--json"), tmp_path).kind == ANSWER


def told_about(change: dict[str, dict[str, Any]]) -> Make:
    """Return what makes an archive with entries of its description changed."""

    def make(members: dict[str, bytes]) -> bytes:
        told = str(np.lib.format.read_array(io.BytesIO(members["meta.npy"]), allow_pickle=False))
        about = json.loads(told)
        for part, values in change.items():
            about[part] |= values
        return with_member("meta.npy", array_bytes(np.array(json.dumps(about))))(members)

    return make


@pytest.mark.parametrize(
    "change",
    [
        {"source": {"filmed": "2026-99-99"}}, {"source": {"filmed": "../../x"}}, {"source": {"fps": 0}},
        {"source": {"fps": float("nan")}}, {"source": {"width": 10**400}}, {"source": {"rotation_deg": 45}},
        {"source": {"time_scale": 0}}, {"source": {"frames": -1}}, {"source": {"file": None}},
        {"scale": {"mm_per_px": -1.0}}, {"settings": {"x": float("inf")}}, {"settings": {"x": [1]}},
    ],
)  # fmt: skip
def test_a_wrong_description_is_refused(change: dict[str, dict[str, Any]], tmp_path: Path) -> None:
    path = tmp_path / "r.npz"
    path.write_bytes(told_about(change)(read_members(make_seeds().results["recording.npz"])))
    refused(lambda: load_recording(path), str(path))


# Text files


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ('{"schema": "twitchcam.summary/1", "quality": NaN}', "NaN"),
        ('{"a": 1e999}', "too large"),
        ('{"a": 1' + "0" * 400 + "}", "too large"),
        ("[" * 100_000, "not valid JSON"),
        ('{"a": 1, "a": 2}', "given twice"),
        ('{"schema": "twitchcam.summary/2"}', "schema"),
        ('{"schema": "twitchcam.summary/1"', "not valid JSON"),
        ("", "not valid JSON"),
    ],
)
def test_a_summary_that_is_none(text: str, word: str, tmp_path: Path) -> None:
    path = tmp_path / "summary.json"
    path.write_text(text)
    add = ("history", "add", path, "--date", "2026-01-01", "--data-dir", tmp_path / "d")
    for arguments in (("export", path, "--format", "fhir", "--out", tmp_path / "f.json"), add):
        verdict = run(arguments, tmp_path)
        assert verdict.kind == REFUSAL
        assert word in verdict.told or "summary.json" in verdict.told


def test_numbers_of_any_length_are_refused_where_they_stand(tmp_path: Path) -> None:
    path = tmp_path / "p.toml"
    path.write_text('[[step]]\ntask = "rest"\nseconds = 1' + "0" * 400)
    refused(lambda: read_protocol(path), "seconds")
    path.write_text(f'[[step]]\ntask = "rest"\nseconds = 0x{"f" * 5000}')
    refused(lambda: read_protocol(path), "step 1")
    path.write_text(f'[[event]]\naction = "keep"\npeak = 0x{"f" * 5000}')
    refused(lambda: read_review(path), "peak")
    assert "digits" in shown(16**5000)


def test_a_review_table_with_a_huge_cell(tmp_path: Path) -> None:
    path = tmp_path / "r.csv"
    path.write_text('onset,duration,review,note\n1,0.1,keep,"' + "x" * 200_000 + '"\n')
    refused(lambda: read_review(path), "not a table")


@pytest.mark.parametrize(
    "line",
    [
        "0.1",
        "nan\t0.1\ttwitch\tleft\tx\tx\t1\t1\t1\t\t",
        "0\t1\ttwitch\tl\tx\tx\t1\t1\t1\t" + "9" * 30 + "\t",
    ],
)
def test_events_that_are_none(line: str, tmp_path: Path) -> None:
    path = tmp_path / "events.tsv"
    path.write_bytes(make_seeds().results["events.tsv"] + line.encode() + b"\n")
    refused(lambda: read_events_tsv(path), str(path), "analyse the recording again")


@pytest.mark.parametrize(
    "content",
    [
        b"[]",
        b'{"format": 1}',
        b'{"format": "twitchcam.pictures/1", "pictures": [[]]}',
        b'{"format": "twitchcam.pictures/1", "pictures": [{"peak_s": 1e999}]}',
    ],
)
def test_pictures_that_are_none(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "pictures.json"
    path.write_bytes(content)
    refused(lambda: read_pictures(path), "remove it")


def test_the_settings_of_a_clip(tmp_path: Path) -> None:
    path = tmp_path / "clip.json"
    for text in (
        "[" * 100_000,
        '{"duration_s": 1e999}',
        '{"twitches": 3}',
        '{"camera": {"fps": [1]}}',
        "\0",
        "[]",
    ):
        path.write_text(text)
        refused(lambda: read_clip(path), str(path))


MANIFESTS: dict[str, tuple[bytes, str]] = {
    "UTF-16": ("path,subject\na.mp4,1\n".encode("utf-16"), "UTF-8"),
    "UTF-16 without a mark": ("path,subject\na.mp4,1\n".encode("utf-16-le"), "NUL"),
    "NUL": (b"path\na\0.mp4\n", "NUL"),
    "a column twice": (b"path,subject,subject\na.mp4,1,2\n", "twice"),
    "a huge field": (b"path,x_note\na.mp4," + b"x" * 150_000 + b"\n", "CSV"),
    "a huge row": (
        b"path," + b",".join(b"x_%d" % k for k in range(9)) + b"\na.mp4" + b",%s" % (b"y" * 30_000) * 9,
        "longer",
    ),
    "an open quotation": (b'path,subject\n"a.mp4,1\n', "CSV"),
    "a number of thousands of digits": (b"path,pd_mm\na.mp4," + b"9" * 5000, "pd-mm"),
    "not a number": (b"path,pd_mm\na.mp4,nan", "pd-mm"),
}


@pytest.mark.parametrize("case", MANIFESTS)
def test_a_manifest_of_any_content(case: str, tmp_path: Path) -> None:
    content, word = MANIFESTS[case]
    path = tmp_path / "clips.csv"
    path.write_bytes(content)
    refused(lambda: read_manifest(path, Options()), str(path), word)


def test_a_manifest_with_a_byte_order_mark_and_formulas(tmp_path: Path) -> None:
    path = tmp_path / "clips.csv"
    path.write_bytes('\ufeffpath,subject,x_note\na.mp4,=1+1,"@x"\n'.encode())
    (job,) = read_manifest(path, Options())
    assert (job.labels.subject, dict(job.labels.others)) == ("=1+1", {"x_note": "@x"})


@pytest.mark.parametrize("text", ["=1+1", "@x", "-a", "+a", "plain", "-1.5", "'quoted'", ""])
def test_a_note_survives_the_table(text: str) -> None:
    assert text_of(cell(text)) == text


# The history


def history(folder: Path, change: Callable[[Path], object]) -> Path:
    """Write a history of five recordings, changed."""
    path = folder / FILE
    folder.mkdir(exist_ok=True)
    path.write_bytes(make_seeds().history)
    change(path)
    return path


def sql(*statements: str) -> Callable[[Path], None]:
    def change(path: Path) -> None:
        with closing(sqlite3.connect(path)) as db:
            for statement in statements:
                db.execute(statement)
            db.commit()

    return change


def pages(path: Path) -> None:
    data = bytearray(path.read_bytes())
    rng = random.Random(4)
    for page in rng.sample(range(2, len(data) // 4096), 3):
        data[page * 4096 : (page + 1) * 4096] = rng.randbytes(4096)
    path.write_bytes(bytes(data))


ENDLESS = (
    "CREATE VIEW mark AS WITH RECURSIVE c(id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM c) "
    "SELECT id, 1 AS person_id, '2026-01-01' AS day, 'x' AS content FROM c"
)
DAMAGED: dict[str, tuple[Callable[[Path], None], int]] = {
    "truncated": (lambda path: path.write_bytes(path.read_bytes()[:9000]) and None, 0),
    "not a database": (lambda path: path.write_bytes(b"no database at all" * 400) and None, 0),
    "random pages": (pages, 0),
    "a table is gone": (sql("DROP TABLE mark"), 5),
    "a column is gone": (sql("ALTER TABLE note RENAME COLUMN day TO tag"), 5),
    "a view without end": (sql("DROP TABLE mark", ENDLESS), 5),
    "a trigger": (sql("CREATE TRIGGER x AFTER INSERT ON note BEGIN DELETE FROM person; END"), 5),
    "an older version that it is not": (sql("PRAGMA user_version = 1"), 5),
    "a version below 0": (sql("PRAGMA user_version = -3"), 5),
    "a date that is none": (sql("UPDATE session SET filmed_at = '2026-02-31' WHERE id = 2"), 4),
    "text that is none": (sql("UPDATE result SET summary = CAST(x'7bff' AS TEXT) WHERE session_id = 1"), 4),
    "JSON that is none": (sql("UPDATE answers SET content = '{' WHERE session_id = 3"), 5),
    "a number that is text": (sql("UPDATE result SET usable_s = 'long' WHERE session_id = 1"), 4),
    "an infinite number": (sql("UPDATE region SET amplitude_mm = 9e999 WHERE session_id = 1"), 5),
    "a word that is none": (sql("UPDATE session SET filmed_from = 'mars' WHERE id = 1"), 4),
    "a nameless person": (sql("UPDATE person SET name = '' WHERE id = 1"), 5),
}


@pytest.mark.parametrize("case", DAMAGED)
def test_a_damaged_history_is_told_and_mended(case: str, tmp_path: Path) -> None:
    change, left = DAMAGED[case]
    data = tmp_path / "data"
    history(data, change)
    before = (data / FILE).read_bytes()

    def ask(*what: object) -> Verdict:
        return run(("history", *what, "--data-dir", data), tmp_path)

    found = ask("check")
    assert found.kind == REFUSAL
    assert "check --repair" in found.told
    mended = ask("check", "--repair")
    assert mended.kind == ANSWER
    for what in (("check",), ("list", "--json"), ("trend", "--json"), ("export", tmp_path / "all.json")):
        assert ask(*what).kind == ANSWER
    with open_store(data, create=False) as store:
        assert sum(person.sessions for person in store.people()) >= left
    (aside,) = [p for p in data.glob("*.damaged-*") if not p.name.endswith(("-wal", "-shm"))]
    assert aside.read_bytes()[100:] == before[100:], "the damaged file is kept as it was"


@pytest.mark.parametrize(
    ("change", "word"),
    [
        (sql("PRAGMA user_version = 99"), "newer twitchcam"),
        (sql("PRAGMA application_id = 7"), "another program"),
    ],
)
def test_a_history_that_is_not_ours_is_left_alone(
    change: Callable[[Path], None], word: str, tmp_path: Path
) -> None:
    path = history(tmp_path / "data", change)
    before = path.read_bytes()
    for what in (("list",), ("check",), ("check", "--repair")):
        told = run(("history", *what, "--data-dir", path.parent), tmp_path)
        assert told.kind == REFUSAL
        assert word in told.told
    assert path.read_bytes()[100:] == before[100:]
    assert not list(path.parent.glob("*.damaged-*"))


def test_a_log_that_belongs_to_another_file_does_no_harm(tmp_path: Path) -> None:
    path = history(tmp_path, lambda p: p.with_name(f"{FILE}-wal").write_bytes(os.urandom(5000)))
    assert check_integrity(path) == []


def test_a_folder_in_the_place_of_the_history(tmp_path: Path) -> None:
    (tmp_path / "data" / FILE).mkdir(parents=True)
    for what in (("list",), ("check",), ("note", "x")):
        verdict = run(("history", *what, "--data-dir", tmp_path / "data"), tmp_path)
        assert verdict.kind == REFUSAL or what == ("list",)


def test_an_export_of_any_content_changes_nothing(tmp_path: Path) -> None:
    tables = make_seeds().exported["tables"]
    session = tables["session"][0]
    for change in (
        {"filmed_at": "2026-13-01"},
        {"filmed_from": "mars"},
        {"reviewed": 10**30},
        {"fingerprint": []},
    ):
        document = make_seeds().exported | {"tables": tables | {"session": [session | change]}}
        (tmp_path / "h.json").write_text(json.dumps(document))
        verdict = run(("history", "import", tmp_path / "h.json", "--data-dir", tmp_path / "d"), tmp_path)
        assert verdict.kind == REFUSAL
        assert "h.json" in verdict.told
        with open_store(tmp_path / "d") as store:
            assert store.people() == []


def test_repair_of_an_old_version_that_is_whole_is_not_needed(tmp_path: Path) -> None:
    path = tmp_path / FILE
    with closing(sqlite3.connect(path)) as db:
        db.executescript((ROOT / "tests" / "history_version_1.sql").read_text())
    assert check_integrity(path) == []
    assert repair(path).sessions > 0


# The journals of a batch


@pytest.fixture
def batch(tmp_path: Path) -> Path:
    """A results folder of three clips."""
    out = tmp_path / "batch"
    for name, content in make_seeds().batch.items():
        (out / name).parent.mkdir(parents=True, exist_ok=True)
        (out / name).write_bytes(content)
    return out


def journal_of(out: Path) -> Path:
    (found,) = (out / ".batch").glob("rows-*.jsonl")
    return found


@pytest.mark.parametrize(
    "change",
    [
        lambda lines: [*lines[:-1], lines[-1][:200]],
        lambda lines: [*lines[:-1], b"\xff\0\x80" * 50],
        lambda lines: [*lines[:-1], lines[-1].replace(b'"size":', b'"size":"x","s":')],
        lambda lines: [*lines[:-1], lines[-1].replace(b'"name":"clip2"', b'"name":"../../clip2"')],
        lambda lines: [*lines[:-1], lines[-1].replace(b'"answered"', b'"perhaps"')],
    ],
)  # fmt: skip
def test_a_damaged_line_is_as_if_its_clip_was_not_measured(batch: Path, change: Any) -> None:
    journal = journal_of(batch)
    journal.write_bytes(b"\n".join(change(journal.read_bytes().splitlines())) + b"\n")
    assert len(newest_entries(batch)) == 2
    assert make_tables(batch) == 2


@pytest.mark.parametrize(
    "head", [b"", b"[]", b"null", b'{"format": "twitchcam.rows/9"}', b'{"format": "twitchcam.rows/1"}']
)
def test_a_journal_of_another_kind_is_left_out(batch: Path, head: bytes) -> None:
    journal = journal_of(batch)
    journal.write_bytes(b"\n".join([head, *journal.read_bytes().splitlines()[1:]]) + b"\n")
    assert newest_entries(batch) == {}


def test_damaged_values_are_told_in_the_table(batch: Path) -> None:
    journal = journal_of(batch)
    lines = journal.read_bytes().splitlines()
    lines[-1] = lines[-1].partition(b'"values":[')[0] + b'"values":[{"a":1},[2]]}'
    journal.write_bytes(b"\n".join(lines) + b"\n")
    states = [(row.status, row.error) for row, _ in with_values(newest_entries(batch).values())]
    assert [state for state, _ in states] == ["answered", "answered", "failed"]
    assert "run the batch again" in states[-1][1]
    assert make_tables(batch) == 3


def test_events_of_a_clip_that_are_damaged_are_left_out_and_told(
    batch: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (batch / "clip1" / "events.tsv").write_bytes(b"onset\tduration\xff\n")
    assert make_tables(batch) == 3
    told = capsys.readouterr().err
    assert told.count("\n") == 1
    assert "clip1" in told
    assert {line.split("\t")[0] for line in (batch / "events.tsv").read_text().splitlines()[1:]} == {
        "clip0",
        "clip2",
    }


def test_text_of_a_manifest_is_no_formula_in_the_tables(batch: Path) -> None:
    journal = journal_of(batch)
    journal.write_bytes(
        journal.read_bytes().replace(b'"subject":"s1"', b'"subject":"=cmd|x"').replace(b'"5"', b'"-5"')
    )
    make_tables(batch)
    table = (batch / "batch.csv").read_text()
    assert ",'=cmd|x," in table
    assert ",-5" in table, "a number stays one"
    assert "\n'=cmd" in (batch / "events.tsv").read_text().replace("clip1\t", "\n")
