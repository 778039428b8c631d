"""Executor, worker, scheduler, indexer and webserver as processes of their own; each is killed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from roles_kit import LEASE, ROLES, Cluster, eventually, is_over, runs

STEPS = """\
id: steps
namespace: team
tasks:
  - id: before
    type: io.kestra.plugin.core.debug.Return
    format: "{{ envs.stage }} {{ globals['team-name'] }}"
  - id: work
    type: io.kestra.plugin.scripts.shell.Script
    taskRunner: {type: io.kestra.plugin.core.runner.Process}
    script: |
      echo begun >> {{ envs.trace }}
      echo said
      until [ -e {{ envs.gate }} ]; do sleep 0.05; done
      echo '::{"outputs":{"sum":42}}::'
  - id: after
    type: io.kestra.plugin.core.debug.Return
    format: "{{ outputs.work.vars.sum }}"
"""
TICKS = """\
id: ticks
namespace: team
tasks: [{id: tick, type: io.kestra.plugin.core.debug.Return, format: x}]
triggers:
  - id: each
    type: io.kestra.plugin.core.trigger.Schedule
    cron: "* * * * * *"
    withSeconds: true
"""
CONFIGURATION = "kestra.variables.globals: {team_name: blue}"


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """Five servers on one data folder that nobody has used before."""
    folder: Path = tmp_path_factory.mktemp("cluster")
    running = Cluster(
        folder / "data",
        ENV_STAGE="test",
        ENV_TRACE=str(folder / "trace"),
        ENV_GATE=str(folder / "gate"),
        KESTRA_CONFIGURATION=CONFIGURATION,
        TIERCEL_LEASE=LEASE,
    )
    try:
        running.start(*ROLES)
        running.save(STEPS)
        yield running
    finally:
        codes = running.stop()
    assert set(codes.values()) == {0}, {
        role: "".join(running.servers[role].said) for role, code in codes.items() if code
    }


@pytest.fixture
def gate(cluster: Cluster) -> Iterator[Path]:
    """The file for which the work waits: it is not there before the test makes it."""
    path = cluster.data_dir.parent / "gate"
    path.unlink(missing_ok=True)
    yield path
    path.touch()


def outputs_of(execution: Any, task_id: str) -> Any:
    [found] = [item for item in execution["taskRunList"] if item["taskId"] == task_id]
    return found["outputs"]


def messages(cluster: Cluster, execution_id: str) -> list[str]:
    return [item["message"] for item in cluster.client.get(f"/logs/{execution_id}").json()]


def test_a_flow_runs_over_five_processes(cluster: Cluster, gate: Path) -> None:
    gate.touch()
    execution_id = cluster.begin("steps")
    ended = cluster.wait(execution_id, is_over)
    assert ended["state"]["current"] == "SUCCESS"
    assert outputs_of(ended, "before") == {"value": "test blue"}
    assert outputs_of(ended, "after") == {"value": "42"}


@pytest.mark.parametrize("role", ROLES)
def test_nothing_is_lost_when_a_server_is_killed(cluster: Cluster, gate: Path, role: str) -> None:
    execution_id = cluster.begin("steps")
    cluster.wait(execution_id, runs("work"))
    cluster.servers[role].kill()
    gate.touch()
    cluster.start(role)
    ended = cluster.wait(execution_id, is_over)
    assert ended["state"]["current"] == "SUCCESS"
    assert [item["taskId"] for item in ended["taskRunList"]] == ["before", "work", "after"]
    assert outputs_of(ended, "work")["vars"] == {"sum": 42}
    attempts = ended["taskRunList"][1]["attempts"]
    assert [item["state"]["current"] for item in attempts][-1] == "SUCCESS"
    assert len(attempts) == (2 if role == "worker" else 1)


def test_dates_go_on_after_the_scheduler_was_killed(cluster: Cluster) -> None:
    cluster.save(TICKS)

    def count() -> int:
        found = cluster.client.get("/executions/search?namespace=team&flowId=ticks&size=100")
        return int(found.json()["total"])

    try:
        before = eventually(count, lambda number: number > 0)
        cluster.servers["scheduler"].kill()
        cluster.start("scheduler")
        eventually(count, lambda number: number > before + 1)
    finally:
        cluster.client.delete("/flows/team/ticks")
    reply = cluster.client.get("/executions/search?namespace=team&flowId=ticks&size=100").json()
    dates = [item["trigger"]["variables"]["date"] for item in reply["results"]]
    assert len(dates) == len(set(dates))


def test_logs_wait_for_an_indexer(cluster: Cluster, gate: Path) -> None:
    gate.touch()
    cluster.servers["indexer"].kill()
    execution_id = cluster.begin("steps")
    cluster.wait(execution_id, is_over)
    cluster.start("indexer")
    eventually(lambda: messages(cluster, execution_id), lambda found: "said" in found)
