"""Every role is killed at the points where it matters what is durable."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from roles_kit import LEASE, Cluster, eventually, is_over

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
ASKED = """\
id: asked
namespace: team
tasks: [{id: say, type: io.kestra.plugin.core.debug.Return, format: x}]
"""
ROLES = ("webserver", "executor", "worker", "indexer")
DURABLE_ONCE = [
    ("executor", "tiercel.store.step:StepTransaction.claim:before"),
    ("executor", "tiercel.store.step:StepTransaction.claim:after"),
    ("executor", "tiercel.store.step:Session.commit:before"),
    ("executor", "tiercel.bus:Bus.publish_jobs:before"),
    ("executor", "tiercel.bus.batches:Batch.ack:before"),
    ("worker", "tiercel.services.worker:Worker._take:before"),
    ("worker", "tiercel.services.running:Running.acknowledge:before"),
    ("indexer", "tiercel.services.indexer:Indexer._write:before"),
    ("indexer", "tiercel.services.indexer:Indexer._write:after"),
]
WORKED_TWICE = [
    ("worker", "tiercel.services.reports:Reports.end:before"),
]

FIRING = [
    "tiercel.store.firing:TriggerTransaction.claim_due:after",
    "tiercel.store.firing:TriggerTransaction.save:after",
    "tiercel.services.scheduler:Scheduler.fire_due:after",
]
STARTING = [
    ("tiercel.store.executions:Executions.create:before", 0),
    ("tiercel.store.executions:Executions.create:after", 1),
]
POINTS_OF_ALL = [
    *(point for _, point in DURABLE_ONCE + WORKED_TWICE),
    *FIRING,
    *(point for point, _ in STARTING),
]


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """Servers on one data folder; each may be killed at any of the points."""
    folder: Path = tmp_path_factory.mktemp("points")
    running = Cluster(
        folder / "data",
        program=(str(POINTS),),
        ENV_TRACE=str(folder / "trace"),
        FAULT_FLAG=str(folder / "flag"),
        FAULT_POINTS=" ".join(POINTS_OF_ALL),
        TIERCEL_LEASE=LEASE,
    )
    try:
        running.start(*ROLES)
        running.save(STEPS)
        running.save(ASKED)
        yield running
    finally:
        running.stop()


def doom(cluster: Cluster, role: str, point: str) -> None:
    """Let a server die when it comes to a point."""
    folder = cluster.data_dir.parent
    draft = folder / "flag-draft"
    draft.write_text(f"{role} {point}")
    draft.rename(folder / "flag")


def replace_dead(cluster: Cluster, role: str) -> None:
    """Wait until a server has died where it was to, and start it again."""
    doomed = cluster.servers[role]
    eventually(doomed.process.poll, lambda code: code is not None)
    assert not (cluster.data_dir.parent / "flag").exists()
    doomed.kill()
    cluster.start(role)


def killed_at(cluster: Cluster, role: str, point: str) -> tuple[Any, int]:
    """Run a flow with a server that dies at a point; return the end, and how often it worked."""
    trace = cluster.data_dir.parent / "trace"
    trace.unlink(missing_ok=True)
    doom(cluster, role, point)
    execution_id = cluster.begin("points")
    replace_dead(cluster, role)
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


def found(cluster: Cluster, flow_id: str) -> list[Any]:
    query = f"namespace=team&flowId={flow_id}&size=100"
    reply = cluster.client.get(f"/executions/search?{query}").json()
    results: list[Any] = reply["results"]
    return results


@pytest.mark.parametrize("point", FIRING)
def test_each_date_fires_once_wherever_the_scheduler_dies(cluster: Cluster, point: str) -> None:
    cluster.save(TICKS)
    cluster.start("scheduler")
    try:
        eventually(lambda: found(cluster, "ticks"), bool)
        doom(cluster, "scheduler", point)
        replace_dead(cluster, "scheduler")
        known = len(found(cluster, "ticks"))
        eventually(lambda: found(cluster, "ticks"), lambda now: len(now) > known + 1)
    finally:
        cluster.client.delete("/flows/team/ticks")
        cluster.servers.pop("scheduler").stop()
    ended = eventually(lambda: found(cluster, "ticks"), lambda now: all(map(is_over, now)))
    assert {item["state"]["current"] for item in ended} == {"SUCCESS"}
    dates = sorted(item["trigger"]["variables"]["date"] for item in ended)
    assert len(dates) == len(set(dates))
    moments = [datetime.fromisoformat(date) for date in dates]
    assert moments[-1] - moments[0] == timedelta(seconds=len(moments) - 1)
    for item in ended:
        assert cluster.client.delete(f"/executions/{item['id']}").status_code == 204


@pytest.mark.parametrize(("point", "started"), STARTING)
def test_what_a_webserver_has_stored_runs_though_it_could_not_say_so(
    cluster: Cluster, point: str, started: int
) -> None:
    before = len(found(cluster, "asked"))
    doom(cluster, "webserver", point)
    with pytest.raises(httpx.TransportError):
        cluster.begin("asked")
    replace_dead(cluster, "webserver")
    ended = eventually(lambda: found(cluster, "asked"), lambda now: all(map(is_over, now)))
    assert len(ended) == before + started
    assert {item["state"]["current"] for item in ended} <= {"SUCCESS"}
