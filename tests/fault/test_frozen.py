"""A worker's process is frozen past its lease, another takes its job, and it wakes up again."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from roles_kit import LEASE, Cluster, is_over

STEPS = """\
id: frozen
namespace: team
tasks:
  - id: work
    type: io.kestra.plugin.scripts.shell.Script
    taskRunner: {type: io.kestra.plugin.core.runner.Process}
    script: |
      echo begun >> {{ envs.trace }}
      if [ $(grep -c begun {{ envs.trace }}) = 1 ]; then
        until [ -e {{ envs.gate }} ]; do sleep 0.05; done
      fi
      echo "::{\\"outputs\\":{\\"run\\":$(grep -c begun {{ envs.trace }})}}::"
"""


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    """An executor, a webserver and a worker."""
    files = {"ENV_TRACE": str(tmp_path / "trace"), "ENV_GATE": str(tmp_path / "gate")}
    running = Cluster(tmp_path / "data", **files, TIERCEL_LEASE=LEASE)
    try:
        running.start("webserver", "executor", "worker")
        running.save(STEPS)
        yield running
    finally:
        running.stop()


def test_what_a_frozen_worker_says_when_it_wakes_is_dropped(cluster: Cluster) -> None:
    trace = cluster.data_dir.parent / "trace"
    execution_id = cluster.begin("frozen")
    cluster.wait(execution_id, lambda _: trace.exists())
    frozen = cluster.servers["worker"].process
    frozen.send_signal(signal.SIGSTOP)
    (cluster.data_dir.parent / "gate").touch()
    second = cluster.another("worker")
    try:
        second.wait_until_ready()
        ended = cluster.wait(execution_id, is_over)
        frozen.send_signal(signal.SIGCONT)
        later = cluster.begin("frozen")
        cluster.wait(later, is_over)
        assert cluster.client.get(f"/executions/{execution_id}").json() == ended
    finally:
        frozen.send_signal(signal.SIGCONT)
        second.stop()
    assert ended["state"]["current"] == "SUCCESS"
    [task_run] = ended["taskRunList"]
    assert task_run["outputs"]["vars"] == {"run": 2}
    assert [item["state"]["current"] for item in task_run["attempts"]][-1] == "SUCCESS"
    finals = [item for item in ended["state"]["histories"] if item["state"] == "SUCCESS"]
    assert len(finals) == 1
