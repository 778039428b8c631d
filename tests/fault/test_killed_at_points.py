"""Executor, worker and indexer are killed at the points where it matters what is durable."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from roles_kit import Cluster, eventually, is_over

STEPS = """\
id: points
namespace: team
tasks:
  - id: work
    type: io.kestra.plugin.scripts.shell.Script
    taskRunner: {type: io.kestra.plugin.core.runner.Process}
    script: |
      echo begun >> {{ envs.trace }}
      echo said
      sleep 0.2
      echo '::{"outputs":{"sum":42}}::'
  - {id: after, type: io.kestra.plugin.core.debug.Return, format: "{{ outputs.work.vars.sum }}"}
"""
POINTS = Path(__file__).with_name("fault_points.py")
ROLES = ("webserver", "executor", "worker", "indexer")
DURABLE_ONCE = [
    ("executor", "tiercel.store.step:StepTransaction.claim:after"),
    ("executor", "tiercel.store.step:Session.commit:before"),
    ("executor", "tiercel.bus:Bus.publish_jobs:before"),
    ("executor", "tiercel.bus.batches:Batch.ack:before"),
    ("worker", "tiercel.services.worker:Worker._take:before"),
    ("worker", "tiercel.services.worker:Worker._acknowledge:before"),
    ("indexer", "tiercel.services.indexer:Indexer._write:before"),
    ("indexer", "tiercel.services.indexer:Indexer._write:after"),
]
WORKED_TWICE = [
    ("worker", "tiercel.services.worker:Worker._report_end:before"),
]


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """Four servers on one data folder; each may be killed at any of the points."""
    folder: Path = tmp_path_factory.mktemp("points")
    running = Cluster(
        folder / "data",
        program=(str(POINTS),),
        ENV_TRACE=str(folder / "trace"),
        FAULT_FLAG=str(folder / "flag"),
        FAULT_POINTS=" ".join(point for _, point in DURABLE_ONCE + WORKED_TWICE),
    )
    try:
        running.start(*ROLES)
        running.save(STEPS)
        yield running
    finally:
        running.stop()


def killed_at(cluster: Cluster, role: str, point: str) -> tuple[Any, int]:
    """Run a flow with a server that dies at a point; return the end, and how often it worked."""
    folder = cluster.data_dir.parent
    flag, trace = folder / "flag", folder / "trace"
    trace.unlink(missing_ok=True)
    draft = folder / "flag-draft"
    draft.write_text(f"{role} {point}")
    draft.rename(flag)
    execution_id = cluster.begin("points")
    doomed = cluster.servers[role]
    eventually(doomed.process.poll, lambda code: code is not None)
    assert not flag.exists()
    doomed.kill()
    cluster.start(role)
    ended = cluster.wait(execution_id, is_over)
    eventually(lambda: logged(cluster, execution_id), lambda found: "said" in found)
    return ended, len(trace.read_text().split())


def logged(cluster: Cluster, execution_id: str) -> list[str]:
    found = cluster.client.get(f"/logs/{execution_id}").json()
    return [item["message"] for item in found]


def check(ended: Any) -> None:
    assert ended["state"]["current"] == "SUCCESS"
    assert [item["taskId"] for item in ended["taskRunList"]] == ["work", "after"]
    assert ended["taskRunList"][1]["outputs"] == {"value": "42"}
    finals = [item for item in ended["state"]["histories"] if item["state"] == "SUCCESS"]
    assert len(finals) == 1


@pytest.mark.parametrize(("role", "point"), DURABLE_ONCE)
def test_a_task_runs_once_whoever_dies_beside_it(cluster: Cluster, role: str, point: str) -> None:
    ended, worked = killed_at(cluster, role, point)
    check(ended)
    assert worked == 1
    messages = logged(cluster, ended["id"])
    assert messages.count("said") == 1


@pytest.mark.parametrize(("role", "point"), WORKED_TWICE)
def test_a_task_whose_end_nobody_heard_of_runs_again(
    cluster: Cluster, role: str, point: str
) -> None:
    ended, worked = killed_at(cluster, role, point)
    check(ended)
    assert worked == 2
    assert len(ended["taskRunList"][0]["attempts"]) == 2
