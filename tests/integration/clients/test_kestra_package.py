"""The PyPI package ``kestra``: scripts that start flows, and scripts inside tasks."""

from __future__ import annotations

import io
import time
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from client_servers import CLIENTS, Server, imported

VERSIONS = ("0.20.0", "0.21.0", "0.21.15", "0.22.0", "2.0.0")
FLOW = """\
id: greet
namespace: clients.kestra
inputs:
  - {id: name, type: STRING, defaults: nobody}
  - {id: times, type: INT, defaults: 1}
  - {id: data, type: FILE, required: false}
tasks:
  - id: hello
    type: io.kestra.plugin.core.log.Log
    message: "hello {{ inputs.name }} {{ inputs.times }}"
  - id: content
    type: io.kestra.plugin.core.log.Log
    runIf: "{{ inputs.data != null }}"
    message: "file: {{ read(inputs.data) }}"
"""
FAILING = """\
id: fails
namespace: clients.kestra
tasks:
  - {id: stop, type: io.kestra.plugin.core.execution.Fail}
"""


@pytest.fixture(scope="module", params=VERSIONS)
def kestra(request: pytest.FixtureRequest) -> Iterator[ModuleType]:
    """One version of the package."""
    with imported("kestra", request.param) as module:
        module.version = request.param
        yield module


@pytest.fixture(scope="module", params=["open_server", "closed_server"])
def server(request: pytest.FixtureRequest) -> Server:
    """A server with and without a login, that has the flows."""
    found: Server = request.getfixturevalue(request.param)
    found.save(FLOW)
    found.save(FAILING)
    return found


def client(kestra: ModuleType, server: Server, **options: Any) -> Any:
    flow = kestra.Flow(poll_interval=0.05, **options)
    flow.hostname, flow.user, flow.password = server.url, server.user, server.password
    return flow


def greet(flow: Any, inputs: dict[str, Any] | None = None) -> Any:
    return flow.execute("clients.kestra", "greet", inputs)


def test_a_flow_is_started_and_waited_for(kestra: ModuleType, server: Server) -> None:
    done = greet(client(kestra, server))
    assert (done.status, done.error) == ("SUCCESS", None)
    assert "hello nobody 1" in done.log


def test_inputs_are_given(kestra: ModuleType, server: Server) -> None:
    done = greet(client(kestra, server), {"name": "Ada", "times": "3"})
    assert (done.status, "hello Ada 3" in done.log) == ("SUCCESS", True)


def test_inputs_may_become_labels(kestra: ModuleType, server: Server) -> None:
    name = f"A da/{kestra.version}"
    done = greet(client(kestra, server, labels_from_inputs=True), {"name": name})
    assert f"hello {name} 1" in done.log
    found = server.call("GET", "/executions/search", params={"labels": f"name:{name}"}).json()
    assert found["total"] >= 1


def test_a_file_is_given(kestra: ModuleType, server: Server) -> None:
    given = {"files": ("data", io.BytesIO(b"a,b"), "text/plain")}
    # that version sends files only with labels
    options = {"labels_from_inputs": True} if kestra.version == "0.21.15" else {}
    done = greet(client(kestra, server, **options), given)
    assert (done.status, "file: a,b" in done.log) == ("SUCCESS", True)


def test_a_failure_is_told(kestra: ModuleType, server: Server) -> None:
    done = client(kestra, server).execute("clients.kestra", "fails")
    assert done.status == "FAILED"


def test_nobody_has_to_wait(kestra: ModuleType, server: Server) -> None:
    done = greet(client(kestra, server, wait_for_completion=False))
    assert (done.status, done.log) == ("STARTED", None)


def test_what_is_wrong_is_raised(kestra: ModuleType, server: Server) -> None:
    with pytest.raises(Exception, match="404"):
        client(kestra, server).execute("clients.kestra", "nothing")
    with pytest.raises(Exception, match="422"):
        greet(client(kestra, server), {"times": "many"})


def test_a_wrong_login_is_told(kestra: ModuleType, closed_server: Server) -> None:
    flow = client(kestra, closed_server)
    flow.password = None
    with pytest.raises(Exception, match="Authentication required"):
        greet(flow)


def test_the_environment_names_server_and_login(
    kestra: ModuleType, closed_server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KESTRA_HOSTNAME", closed_server.url)
    options = {}
    if kestra.version in ("0.20.0", "0.21.0"):
        monkeypatch.setenv("KESTRA_USER", closed_server.user or "")
        monkeypatch.setenv("KESTRA_PASSWORD", closed_server.password or "")
    else:
        made = closed_server.call("POST", "/tokens", json={"name": kestra.version})
        monkeypatch.setenv("KESTRA_API_TOKEN", made.json()["token"])
    if kestra.version == "2.0.0":
        options["tenant"] = "main"
    done = greet(kestra.Flow(poll_interval=0.05, **options))
    assert done.status == "SUCCESS"


SCRIPT = """\
id: script-{id}
namespace: clients.scripts
tasks:
  - id: rows
    type: io.kestra.plugin.core.debug.Return
    format: "{{{{ [1, 2] }}}}"
  - id: script
    type: io.kestra.plugin.scripts.python.Script
    containerImage: python:3.11-slim
    warningOnStdErr: false
    env: {{PYTHONPATH: "{folder}"}}
    script: |
      from kestra import Kestra
      Kestra.outputs({{"rows": 12, "nested": {{"a": [1]}}}})
      Kestra.outputs({{"more": "text"}})
      Kestra.counter("rows", 12, {{"table": "orders"}})
      Kestra.timer("load", 1.5)
      logger = Kestra.logger()
      logger.debug("a detail")
      logger.info("all is well")
      logger.warning("slow")
      logger.error("bad")
"""


def stored_metrics(server: Server, execution_id: str, names: set[str]) -> dict[str, dict[str, Any]]:
    """Wait for metrics, which are stored a moment after the task that gave them."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        found = server.call("GET", f"/metrics/{execution_id}").json()["results"]
        metrics = {item["name"]: item for item in found if item["name"] in names}
        if metrics.keys() == names:
            return metrics
        time.sleep(0.05)
    raise TimeoutError(f"no metrics {names}")


@pytest.mark.parametrize("version", VERSIONS)
def test_a_script_gives_outputs_metrics_and_log(version: str, open_server: Server) -> None:
    folder = CLIENTS / f"kestra=={version}"
    if not folder.is_dir():
        pytest.skip(f"{folder.name} is not installed: run tools/bootstrap")
    name = version.replace(".", "-")
    libraries = f"{folder}:{Path(io.__file__).parent}:{Path(pytest.__file__).parents[1]}"
    open_server.save(SCRIPT.format(id=name, folder=libraries))
    path = f"/executions/clients.scripts/script-{name}?wait=true"
    execution = open_server.call("POST", path, timeout=60).json()
    run = next(item for item in execution["taskRunList"] if item["taskId"] == "script")
    assert execution["state"]["current"] == "SUCCESS"
    assert run["outputs"]["vars"] == {"rows": 12, "nested": {"a": [1]}, "more": "text"}
    metrics = stored_metrics(open_server, execution["id"], {"rows", "load"})
    assert (metrics["rows"]["value"], metrics["rows"]["tags"]["table"]) == (12.0, "orders")
    assert (metrics["load"]["type"], metrics["load"]["value"]) == ("timer", 1500.0)
    entries = open_server.call("GET", f"/logs/{execution['id']}").json()
    told = {item["message"].rpartition(" - ")[2]: item["level"] for item in entries}
    levels = {"a detail": "DEBUG", "all is well": "INFO", "slow": "WARN", "bad": "ERROR"}
    assert levels.items() <= told.items()
