"""Who can read what is written: the owner only, whatever the system's rule for new files is."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from twitchcam.edges.overlay.kept_video import KeptVideo
from twitchcam.edges.overlay.video_out import write_video
from twitchcam.edges.report import write_report
from twitchcam.files import make_folder, open_own, placing, replacing
from twitchcam.session import Result, write_outputs

pytestmark = pytest.mark.skipif(os.name != "posix", reason="these permissions are those of POSIX systems")


@pytest.fixture(autouse=True)
def _open_to_all() -> Iterator[None]:
    """The most careless rule: new files can be read and written by everybody."""
    before = os.umask(0)
    yield
    os.umask(before)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_results_can_be_read_by_their_owner_only(measured: Result, tmp_path: Path) -> None:
    folder = write_outputs(measured.recording, measured.summary, tmp_path / "study" / "anna")
    found = {path.name: mode(path) for path in folder.iterdir()}
    assert found.keys() >= {"summary.json", "events.tsv", "signals.csv", "recording.npz", "report.html"}
    assert set(found.values()) == {0o600}, found
    assert mode(folder) == mode(folder.parent) == 0o700


def test_every_writer_s_file_is_its_owner_s(tmp_path: Path) -> None:
    with replacing(tmp_path / "one") as handle:
        handle.write(b"1")
    with placing(tmp_path / "two") as path:
        assert mode(path) == 0o600  # while it grows, too
        path.write_bytes(b"2")
    with open(tmp_path / "three", "xb", opener=open_own) as handle:
        handle.write(b"3")
    assert {mode(path) for path in tmp_path.iterdir()} == {0o600}


def test_a_file_that_everybody_could_read_is_closed(measured: Result, tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    path.write_text("of an earlier version", encoding="utf-8")
    path.chmod(0o644)
    write_report(measured.summary, path)
    assert mode(path) == 0o600


def test_a_folder_that_is_shared_with_a_group_stays_shared(tmp_path: Path) -> None:
    """The set-group-ID bit says: what is put here belongs to the group, as in a laboratory."""
    shared = tmp_path / "laboratory"
    shared.mkdir()
    shared.chmod(0o2770)
    os.umask(0o007)
    make_folder(shared / "clip")
    with replacing(shared / "clip" / "summary.json") as handle:
        handle.write(b"{}")
    with replacing(shared / "clip" / "pictures.json", private=True) as handle:
        handle.write(b"{}")
    assert mode(shared / "clip") & 0o777 == 0o770
    if (shared / "clip").stat().st_mode & stat.S_ISGID:  # not on macOS, whose folders always do so
        assert mode(shared / "clip" / "summary.json") == 0o660
    assert mode(shared / "clip" / "pictures.json") == 0o600


def test_films_of_a_face_are_not_shared(tmp_path: Path) -> None:
    tmp_path.chmod(0o2770)
    with write_video(tmp_path / "overlay.mp4", (64, 48), 30.0) as video:
        video.add(np.zeros((48, 64, 3), np.uint8), 0.0)
    kept = KeptVideo((64, 48))
    kept.save(tmp_path / "video.mov")
    kept.close()
    assert {path.name: mode(path) for path in tmp_path.iterdir()} == {
        "overlay.mp4": 0o600,
        "video.mov": 0o600,
    }


def test_folders_that_are_there_stay_as_they_are(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    make_folder(tmp_path)
    make_folder(tmp_path / "a" / "b")
    assert mode(tmp_path) == 0o755
    assert mode(tmp_path / "a") == mode(tmp_path / "a" / "b") == 0o700
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(FileExistsError):
        make_folder(tmp_path / "file")


def test_no_way_leads_through_a_link(tmp_path: Path) -> None:
    """A results folder from elsewhere may hold links: what they point to is never written to."""
    precious = tmp_path / "precious"
    precious.write_text("mine", encoding="utf-8")
    folder = tmp_path / "from elsewhere"
    folder.mkdir()
    (folder / "summary.json").symlink_to(precious)
    with replacing(folder / "summary.json") as handle:
        handle.write(b"{}")
    assert precious.read_text(encoding="utf-8") == "mine"
    assert not (folder / "summary.json").is_symlink()


def test_copies_that_a_repair_put_aside_are_named_when_something_is_deleted(tmp_path: Path) -> None:
    from twitchcam.history_command.deleting import copies_aside

    assert copies_aside(tmp_path / "history.db") == []
    aside = tmp_path / "history.db.damaged-20260305-101500"
    aside.write_bytes(b"")
    assert copies_aside(tmp_path / "history.db") == [aside]
