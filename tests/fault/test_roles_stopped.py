"""Servers that are told to stop: a worker has patience, an executor leaves nothing claimed."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from roles_kit import Cluster, is_over, runs

SLOW = """\
id: slow
namespace: team
tasks:
  - id: work
    type: io.kestra.plugin.scripts.shell.Script
    taskRunner: {type: io.kestra.plugin.core.runner.Process}
    script: |
      echo begun >> {{ envs.trace }}
      until [ -e {{ envs.gate }} ]; do sleep 0.05; done
      echo done >> {{ envs.trace }}
"""
ROLES = ("webserver", "executor", "worker")


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """Servers on one data folder, and a file to which tasks write."""
    folder: Path = tmp_path_factory.mktemp("stopping")
    files = {"ENV_TRACE": str(folder / "trace"), "ENV_GATE": str(folder / "gate")}
    running = Cluster(folder / "data", **files)
    try:
        running.start(*ROLES)
        running.save(SLOW)
        yield running
    finally:
        running.stop()


@pytest.fixture
def trace(cluster: Cluster) -> Iterator[Path]:
    """What tasks wrote."""
    path = cluster.data_dir.parent / "trace"
    path.unlink(missing_ok=True)
    return path


@pytest.fixture
def gate(cluster: Cluster) -> Iterator[Path]:
    """The file for which the work waits: it is not there before the test makes it."""
    path = cluster.data_dir.parent / "gate"
    path.unlink(missing_ok=True)
    yield path
    path.touch()


def test_a_worker_that_stops_ends_what_it_runs(cluster: Cluster, trace: Path, gate: Path) -> None:
    execution_id = cluster.begin("slow")
    cluster.wait(execution_id, runs("work"))
    cluster.servers["worker"].tell()
    gate.touch()
    assert cluster.servers["worker"].end() == 0
    ended = cluster.wait(execution_id, is_over)
    assert ended["state"]["current"] == "SUCCESS"
    assert len(ended["taskRunList"][0]["attempts"]) == 1
    assert trace.read_text().split() == ["begun", "done"]
    cluster.start("worker")


def test_what_does_not_end_in_time_is_given_back(cluster: Cluster, trace: Path, gate: Path) -> None:
    assert cluster.servers["worker"].stop() == 0
    hasty = cluster.another("worker", KESTRA_SERVER_TERMINATION_GRACE_PERIOD="100ms")
    hasty.wait_until_ready()
    execution_id = cluster.begin("slow")
    cluster.wait(execution_id, lambda _: trace.exists())
    assert hasty.stop() == 0
    assert "done" not in trace.read_text()
    gate.touch()
    cluster.start("worker")
    ended = cluster.wait(execution_id, is_over)
    assert ended["state"]["current"] == "SUCCESS"
    assert trace.read_text().split() == ["begun", "begun", "done"]


def test_a_second_signal_ends_the_patience(cluster: Cluster, trace: Path, gate: Path) -> None:
    execution_id = cluster.begin("slow")
    cluster.wait(execution_id, lambda _: trace.exists())
    worker = cluster.servers["worker"]
    worker.process.send_signal(signal.SIGTERM)
    assert worker.process.stdout is not None
    assert "stopping" in worker.process.stdout.readline()
    assert worker.stop() == 0
    assert "done" not in trace.read_text()
    gate.touch()
    cluster.start("worker")
    assert cluster.wait(execution_id, is_over)["state"]["current"] == "SUCCESS"


def test_an_executor_that_stops_leaves_nothing_claimed(
    cluster: Cluster, trace: Path, gate: Path
) -> None:
    gate.touch()
    other = cluster.another("executor")
    other.wait_until_ready()
    ids = [cluster.begin("slow") for _ in range(3)]
    assert cluster.servers["executor"].stop() == 0
    for execution_id in ids:
        assert cluster.wait(execution_id, is_over)["state"]["current"] == "SUCCESS"
    cluster.servers["executor"] = other
    assert trace.read_text().split().count("done") == 3
