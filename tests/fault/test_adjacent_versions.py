"""The version before this one and this one run beside each other, whichever is which part.

The version before is the last tag that is not this commit, or the commit that
``TIERCEL_FAULT_PREVIOUS`` names. It gets a worktree and an environment of its own below ``.cache``.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from roles_kit import Cluster, is_over, runs

ROOT = Path(__file__).parents[2]
ROLES = ("webserver", "executor", "scheduler", "indexer", "worker")
FLOWS = (
    """\
id: child
namespace: team
inputs: [{id: number, type: INT}]
tasks:
  - {id: say, type: io.kestra.plugin.core.debug.Return, format: "{{ inputs.number * 2 }}"}
outputs:
  - {id: twice, type: STRING, value: "{{ outputs.say.value }}"}
""",
    """\
id: both
namespace: team
tasks:
  - id: work
    type: io.kestra.plugin.scripts.shell.Script
    taskRunner: {type: io.kestra.plugin.core.runner.Process}
    outputFiles: [kept.txt]
    script: |
      echo said
      echo kept > kept.txt
      echo '::{"outputs":{"sum":21}}::'
  - id: again
    type: io.kestra.plugin.scripts.shell.Commands
    taskRunner: {type: io.kestra.plugin.core.runner.Process}
    retry: {type: constant, interval: PT0.1S, maxAttempts: 3}
    commands: ["test {{ taskrun.attemptsCount }} = 1"]
  - id: sub
    type: io.kestra.plugin.core.flow.Subflow
    namespace: team
    flowId: child
    inputs: {number: "{{ outputs.work.vars.sum }}"}
  - id: read
    type: io.kestra.plugin.core.debug.Return
    format: "{{ read(outputs.work.outputFiles['kept.txt']) }} {{ outputs.sub.outputs.twice }}"
""",
    """\
id: slow
namespace: team
tasks:
  - id: work
    type: io.kestra.plugin.scripts.shell.Script
    taskRunner: {type: io.kestra.plugin.core.runner.Process}
    script: sleep 3
  - {id: after, type: io.kestra.plugin.core.debug.Return, format: done}
""",
)


def git(*words: str) -> str:
    done = subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True)
    return done.stdout.strip() if done.returncode == 0 else ""


def previous_commit() -> str:
    """Return the commit of the version before this one; empty if there is none."""
    named = os.environ.get("TIERCEL_FAULT_PREVIOUS", "")
    found = named or git("describe", "--tags", "--abbrev=0", "HEAD^")
    return git("rev-parse", "--verify", "--short=12", f"{found}^{{commit}}") if found else ""


@pytest.fixture(scope="module")
def previous() -> str:
    """The Python of the version before this one."""
    commit = previous_commit()
    if not commit:
        pytest.skip("there is no tag before this commit; TIERCEL_FAULT_PREVIOUS names one")
    folder = ROOT / ".cache" / "versions" / commit
    python = folder / ".venv" / "bin" / "python"
    uv = str(Path(sys.executable).with_name("uv"))
    if not (folder / ".venv" / "whole").exists():
        if not folder.exists():
            subprocess.run(
                ["git", "worktree", "add", "--force", "--detach", folder, commit],
                cwd=ROOT,
                check=True,
            )
        install = [uv, "pip", "install", "-q", "--python", str(python)]
        for command in (
            [uv, "venv", "-q", "--clear", "--python", sys.executable, str(folder / ".venv")],
            [*install, "-r", str(folder / "requirements" / "dev.txt")],
            [*install, "--no-deps", "-e", str(folder)],
        ):
            subprocess.run(command, check=True, env={**os.environ, "UV_LINK_MODE": "copy"})
        (folder / ".venv" / "whole").touch()
    return str(python)


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    """A data folder, and nothing that runs yet."""
    running = Cluster(tmp_path / "data")
    try:
        yield running
    finally:
        running.stop()


def start(cluster: Cluster, previous: str, old: set[str]) -> None:
    """Start a server of each role: those named of the version before, the others of this one."""
    for python, roles in ((previous, old), (sys.executable, set(ROLES) - old)):
        cluster.python = python
        cluster.start(*(role for role in ROLES if role in roles))
    for source in FLOWS:
        cluster.save(source)


def check(cluster: Cluster) -> None:
    """Run what has messages of every kind, and read it back."""
    execution_id = cluster.begin("both")
    ended: Any = cluster.wait(execution_id, is_over)
    tasks = {item["taskId"]: item for item in ended["taskRunList"]}
    assert ended["state"]["current"] == "SUCCESS", tasks
    assert tasks["read"]["outputs"]["value"].split() == ["kept", "42"]
    assert len(tasks["again"]["attempts"]) == 2
    logs = cluster.client.get(f"/logs/{execution_id}").json()
    assert "said" in [item["message"] for item in logs]


@pytest.mark.timeout(600)
@pytest.mark.parametrize(
    "old",
    [{"worker"}, set(ROLES) - {"worker"}],
    ids=lambda roles: "+".join(sorted(roles)),
)
def test_parts_of_two_versions_work_together(
    cluster: Cluster, previous: str, old: set[str]
) -> None:
    start(cluster, previous, old)
    check(cluster)


@pytest.mark.timeout(600)
def test_an_installation_is_replaced_part_by_part_under_work(
    cluster: Cluster, previous: str
) -> None:
    start(cluster, previous, set(ROLES))
    ids = [cluster.begin("slow") for _ in range(3)]
    cluster.wait(ids[0], runs("work"))
    cluster.python = sys.executable
    for role in ("webserver", "scheduler", "indexer", "executor", "worker"):
        before = cluster.servers[role]
        cluster.start(role)
        assert before.stop() == 0
    for execution_id in ids:
        ended = cluster.wait(execution_id, is_over)
        assert ended["state"]["current"] == "SUCCESS"
        assert [item["taskId"] for item in ended["taskRunList"]] == ["work", "after"]
    check(cluster)
