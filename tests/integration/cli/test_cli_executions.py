"""Commands that start, read and control the executions of a server."""

from __future__ import annotations

import json
import time

import pytest

GREET = """id: greet
namespace: cli.runs
inputs:
  - {id: name, type: STRING, defaults: world}
  - {id: data, type: FILE, required: false}
tasks:
  - {id: hello, type: io.kestra.plugin.core.debug.Return, format: "Hello, {{ inputs.name }}!"}
  - {id: say, type: io.kestra.plugin.core.log.Log, message: "said {{ outputs.hello.value }}"}
  - {id: quiet, type: io.kestra.plugin.core.log.Log, level: DEBUG, message: "in detail"}
"""
WAITS = """id: waits
namespace: cli.runs
tasks:
  - {id: approval, type: io.kestra.plugin.core.flow.Pause}
  - {id: boom, type: io.kestra.plugin.core.execution.Fail, errorMessage: "no luck"}
"""


@pytest.fixture
def flows(tiercel, tmp_path_factory):
    folder = tmp_path_factory.mktemp("flows")
    for name, source in (("greet", GREET), ("waits", WAITS)):
        (folder / f"{name}.yaml").write_text(source)
    assert tiercel("flow", "updates", folder).code == 0


def started(tiercel, *words: str) -> str:
    done = tiercel("executions", "start", "cli.runs", *words)
    assert done.code == 0, done.err
    return done.out.strip()


def wait_for(tiercel, execution: str, state: str) -> dict:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        found = json.loads(tiercel("executions", "get", execution, "-o", "json").out)
        if found["state"]["current"] == state:
            return found
        time.sleep(0.05)
    raise AssertionError(f"{execution} is {found['state']['current']}, not {state}")


def test_an_execution_is_started_and_followed_to_its_end(tiercel, flows):
    done = tiercel("executions", "start", "cli.runs", "greet", "-i", "name=Ada", "--follow")
    assert done.code == 0
    assert "INFO  say said Hello, Ada!" in done.out
    assert "in detail" not in done.out
    assert "SUCCESS" in done.err
    execution = done.out.splitlines()[0]
    assert "DEBUG quiet in detail" in tiercel("logs", execution, "-v").out
    followed = tiercel("logs", execution, "--follow", "-l", "warn")
    assert (followed.code, followed.out) == (0, "")
    entries = json.loads(tiercel("logs", execution, "-o", "json").out)
    assert [entry["taskId"] for entry in entries] == ["say"]


def test_a_file_is_sent_for_a_file_input(tiercel, flows, tmp_path):
    file = tmp_path / "trips.csv"
    file.write_text("a,b")
    execution = started(tiercel, "greet", "--input", f"data=@{file}", "--label", "team=web")
    found = wait_for(tiercel, execution, "SUCCESS")
    assert found["inputs"]["data"].startswith("kestra:///")
    assert {"key": "team", "value": "web"} in found["labels"]


def test_a_waiting_execution_tells_why_and_goes_on_when_resumed(tiercel, flows):
    execution = started(tiercel, "waits")
    wait_for(tiercel, execution, "PAUSED")
    shown = tiercel("executions", "get", execution).out
    assert "why it waits" in shown
    assert "approval" in shown
    assert tiercel("executions", "resume", execution).out.startswith(execution)
    wait_for(tiercel, execution, "FAILED")
    followed = tiercel("logs", execution, "--follow")
    assert followed.code == 1
    assert "no luck" in followed.out
    over = tiercel("executions", "resume", execution)
    assert (over.code, over.out) == (1, "")
    assert "is not paused" in over.err
    restarted = tiercel("executions", "restart", execution)
    assert restarted.code == 0
    again = tiercel("executions", "replay", execution).out.strip()
    assert again != execution


def test_several_are_killed_listed_and_deleted_at_once(tiercel, flows):
    ids = [started(tiercel, "waits") for _ in range(2)]
    for execution in ids:
        wait_for(tiercel, execution, "PAUSED")
    listed = tiercel(
        "executions", "list", "--namespace", "cli.runs", "--flow", "waits", "--state", "PAUSED"
    )
    assert all(execution in listed.out for execution in ids)
    reasons = json.loads(
        tiercel("executions", "list", "--state", "PAUSED", "--why", "-o", "json").out
    )
    assert all("approval" in item["why"] for item in reasons if item["id"] in ids)
    assert tiercel("executions", "kill", *ids).out == "2 execution(s): kill is done\n"
    for execution in ids:
        wait_for(tiercel, execution, "KILLED")
    assert tiercel("executions", "delete", *ids).code == 0
    gone = tiercel("executions", "get", ids[0])
    assert (gone.code, "Not Found" in gone.err) == (1, True)


def test_unknown_executions_and_flows_are_one_line(tiercel, flows):
    for words in (
        ["executions", "kill", "nobody"],
        ["executions", "get", "nobody"],
        ["logs", "nobody"],
        ["logs", "nobody", "--follow"],
        ["executions", "start", "cli.runs", "nobody"],
        ["executions", "start", "cli.runs", "greet", "--input", "data=@/no/such/file"],
    ):
        done = tiercel(*words)
        assert (done.code, done.out) == (1, ""), words
        assert done.err.startswith("error: "), words


def test_queued_executions_are_submitted(tiercel, flows):
    assert tiercel("sys", "submit-queued-execution").out == "0 queued execution(s) submitted.\n"
