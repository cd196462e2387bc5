"""The same orders on a real Dask cluster of separate processes, with a worker killed in the middle."""

from __future__ import annotations

import json
import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from batch_tasks import Plain

from twitchcam.batch.command import BatchOptions, run_batch
from twitchcam.errors import InputRefused

distributed = pytest.importorskip("distributed")
TESTS = str(Path(__file__).parent)
PLAIN: Any = Plain()


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", TESTS)
        patch.setenv("OPENBLAS_NUM_THREADS", "1")
        local = distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, host="127.0.0.1",
            local_directory=str(tmp_path_factory.mktemp("dask")), silence_logs=50,
        )  # fmt: skip
        try:
            yield local
        finally:
            local.close()


def test_a_killed_worker_of_the_cluster_loses_no_clip(
    cluster: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    clips, go = tmp_path / "clips", tmp_path / "go"
    clips.mkdir()
    for k in range(5):
        (clips / f"c{k}.mp4").write_text(f"wait {go}" if k < 2 else "ok", encoding="utf-8")
    (clips / "bad.mp4").write_text("kill", encoding="utf-8")
    killer = threading.Thread(target=kill_one, args=(cluster, clips, go))
    killer.start()
    asked = BatchOptions(
        [str(clips)], tmp_path / "out", options=PLAIN, scheduler=cluster.scheduler_address,
        progress="json", task="batch_tasks:act",
    )  # fmt: skip
    status = run_batch(asked)
    killer.join()
    out, err = capsys.readouterr()
    assert (status, out.splitlines()[0]) == (
        3, "6 clips: 5 answered, 1 could not be read (the column error says why)",
    )  # fmt: skip
    events = [json.loads(line) for line in err.splitlines() if line.startswith("{")]
    (bad,) = [event for event in events if event.get("status") == "failed"]
    assert (bad["clip"], bad["reason"]) == ("bad", "crashed")


def kill_one(cluster: Any, clips: Path, go: Path) -> None:
    """Kill a Dask worker while the clips that wait are in work; then let them go."""
    end = time.monotonic() + 60.0
    while not all((clips / f"c{k}.tried").exists() for k in range(2)) and time.monotonic() < end:
        time.sleep(0.05)
    os.kill(next(iter(cluster.workers.values())).pid, signal.SIGKILL)
    go.touch()


def test_a_scheduler_that_is_not_there_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("twitchcam.batch.cluster.CONNECT_S", 0.5)
    (tmp_path / "a.mp4").touch()
    for address in ("tcp://127.0.0.1:9", "nonsense://x"):
        with pytest.raises(InputRefused, match="no Dask scheduler answers"):
            run_batch(BatchOptions([str(tmp_path)], tmp_path / "out", options=PLAIN, scheduler=address))
