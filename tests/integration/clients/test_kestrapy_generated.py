"""The PyPI package ``kestrapy`` 1.0.10: generated from a description, and strict about answers."""

from __future__ import annotations

import uuid
import warnings
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

import pytest
from client_servers import PASSWORD, USER, Server, imported
from kestrapy_kit import LOG, TENANT

FLOW = """\
id: {id}
namespace: {space}
labels: {{team: data}}
inputs:
  - {{id: name, type: STRING, defaults: nobody}}
tasks:
  - {{id: hello, type: {log}, message: "hello {{{{ inputs.name }}}}"}}
triggers:
  - {{id: nightly, type: io.kestra.plugin.core.trigger.Schedule, cron: "0 1 * * *"}}
"""
Eventually = Callable[[Callable[[], object]], None]


@pytest.fixture(scope="module")
def module() -> Iterator[ModuleType]:
    """The package."""
    with imported("kestrapy", "1.0.10") as found:
        yield found


@pytest.fixture
def client(module: ModuleType, closed_server: Server) -> Any:
    """A client that is logged in."""
    configuration = module.Configuration(host=closed_server.url, username=USER, password=PASSWORD)
    return module.KestraClient(configuration)


@pytest.fixture
def space(client: Any) -> str:
    """A namespace with a flow."""
    name = f"generated.{uuid.uuid4().hex}"
    client.flows.create_flow(tenant=TENANT, body=FLOW.format(id="one", space=name, log=LOG))
    return name


def here(module: ModuleType, space: str) -> list[Any]:
    return [
        module.QueryFilter(
            field=module.QueryFilterField.NAMESPACE,
            operation=module.QueryFilterOp.EQUALS,
            value={"value": space},
        )
    ]


def test_flows(module: ModuleType, client: Any, space: str) -> None:
    flows = client.flows
    source = FLOW.format(id="one", space=space, log=LOG)
    changed = flows.update_flow(space, "one", TENANT, source.replace("hello {{", "bye {{"))
    assert (changed.revision, changed.labels[0].key) == (2, "team")
    found = flows.search_flows(page=1, size=10, tenant=TENANT, filters=here(module, space))
    assert (found.total, found.results[0].id) == (1, "one")
    assert flows.list_flows_by_namespace(namespace=space, tenant=TENANT)[0].id == "one"
    flows.delete_flow(namespace=space, id="one", tenant=TENANT)
    with pytest.raises(module.exceptions.NotFoundException):
        flows.flow(namespace=space, id="one", source=False, allow_deleted=False, tenant=TENANT)


def test_executions(module: ModuleType, client: Any, space: str) -> None:
    executions = client.executions
    done = executions.create_execution(namespace=space, id="one", wait=True, tenant=TENANT)
    assert done.state.current is module.StateType.SUCCESS
    read = executions.execution(execution_id=done.id, tenant=TENANT)
    assert (read.flow_revision, read.deleted, read.inputs) == (1, False, {"name": "nobody"})
    assert read.task_run_list[0].state.histories
    found = executions.search_executions(
        page=1, size=10, tenant=TENANT, filters=here(module, space)
    )
    assert (found.total, found.results[0].id) == (1, done.id)
    again = executions.replay_execution(execution_id=done.id, tenant=TENANT)
    assert again.id != done.id
    executions.delete_execution(
        execution_id=done.id,
        tenant=TENANT,
        delete_logs=True,
        delete_metrics=True,
        delete_storage=True,
    )


def test_triggers(module: ModuleType, client: Any, space: str, eventually: Eventually) -> None:
    triggers = client.triggers

    def found() -> Any:
        return triggers.search_triggers(
            page=1, size=10, tenant=TENANT, filters=here(module, space)
        ).results

    eventually(found)
    triggers.restart_trigger(namespace=space, flow_id="one", trigger_id="nightly", tenant=TENANT)
    [row] = found()
    assert row.trigger_context.trigger_id == "nightly"
    assert row.trigger_context.var_date is not None
    [state] = triggers.search_triggers_for_flow(
        page=1, size=10, namespace=space, flow_id="one", tenant=TENANT
    ).results
    state.disabled = True
    assert triggers.update_trigger(tenant=TENANT, trigger=state).disabled


def test_keys(client: Any, space: str) -> None:
    kv = client.kv
    kv.set_key_value(namespace=space, key="limit", tenant=TENANT, body="12")
    assert kv.key_value(namespace=space, key="limit", tenant=TENANT).value == 12
    with warnings.catch_warnings(action="ignore"):
        assert [item.key for item in kv.list_keys(namespace=space, tenant=TENANT)] == ["limit"]
    assert kv.delete_key_value(namespace=space, key="limit", tenant=TENANT)
