"""Polling triggers: asked again and again, by whoever holds the lease."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from urllib.parse import urlsplit

import pytest
from schedule_flows import flow

from tiercel.model.state import StateType
from tiercel.services import polling
from tiercel.services.polling import lease_of
from tiercel.store import Condition, Operation

HTTP = "id: {id}\ntype: io.kestra.plugin.core.http.Trigger\ninterval: PT0.05S\nuri: {uri}\n"
SQL = """
id: t
type: io.kestra.plugin.jdbc.postgresql.Trigger
interval: PT0.05S
url: jdbc:postgresql://{place}
username: {user}
password: '{password}'
sql: {sql}
"""


@pytest.fixture
def site():
    """A site that answers what its ``code`` says, but for ``/hang`` until ``answers`` is set."""

    class Handler(BaseHTTPRequestHandler):
        code = 503
        answers = Event()

        def do_GET(self) -> None:
            if self.path == "/hang" and not Handler.answers.wait(60):
                return
            body = b"ready"
            self.send_response(Handler.code)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    yield Handler, f"http://127.0.0.1:{server.server_port}"
    Handler.answers.set()
    server.shutdown()
    server.server_close()


async def until(check) -> object:
    async with asyncio.timeout(60):
        while not (found := await check()):
            await asyncio.sleep(0.02)
    return found


def asking(tcp_url: str, sql: str) -> str:
    """A trigger that asks a database."""
    tcp = urlsplit(tcp_url)
    place = f"{tcp.hostname}:{tcp.port}{tcp.path}"
    return SQL.format(place=place, user=tcp.username, password=tcp.password, sql=sql)


def watch(node, flow_id: str):
    async def executions():
        found, _ = await node.executions.search([Condition("flow_id", Operation.EQUALS, flow_id)])
        return [item for item in found if item.execution.state.is_terminal]

    async def state():
        return await node.store.triggers.get("n", flow_id, "t")

    return executions, state


@pytest.mark.asyncio(loop_scope="session")
async def test_an_answer_that_fits_starts_an_execution(node, site):
    handler, uri = site
    executions, state = watch(node, "polled")
    await node.flows.save(flow("polled", HTTP.format(id="t", uri=uri) + "labels: {from: site}\n"))

    async def was_asked():
        found = await state()
        return found.result == "NOTHING" and found

    await until(was_asked)
    assert await executions() == []
    handler.code = 200
    found = await until(executions)
    await node.flows.delete("n", "polled")
    execution = found[0].execution
    variables = execution.trigger.variables
    assert (variables["code"], variables["body"]) == (200, "ready")
    assert {label.key: label.value for label in execution.labels}["from"] == "site"
    counted = {series.name: series.count for series in node.views.meters}
    assert counted["worker.trigger.execution.count"] >= 1
    assert counted["worker.trigger.started.count"] >= counted["worker.trigger.ended.count"] >= 2


@pytest.mark.asyncio(loop_scope="session")
async def test_rows_that_a_query_finds_start_an_execution(node, servers):
    executions, _ = watch(node, "rows")
    await node.flows.save(flow("rows", asking(servers.tcp_url, "SELECT 7 AS number")))
    found = await until(executions)
    await node.flows.delete("n", "rows")
    assert found[0].execution.trigger.variables["rows"] == [{"number": 7}]


@pytest.mark.asyncio(loop_scope="session")
async def test_a_trigger_that_fails_says_so_and_is_asked_again(node):
    _, state = watch(node, "broken")
    await node.flows.save(flow("broken", HTTP.format(id="t", uri="http://127.0.0.1:1/")))

    async def has_failed():
        found = await state()
        return found.result == "FAILED" and found

    first = await until(has_failed)
    assert "127.0.0.1:1" in first.message

    async def was_asked_again():
        found = await state()
        return found.evaluated_at > first.evaluated_at

    await until(was_asked_again)
    await node.flows.delete("n", "broken")


@pytest.mark.asyncio(loop_scope="session")
async def test_a_trigger_that_hangs_is_stopped_and_fires_at_its_next_interval(
    node, site, monkeypatch
):
    monkeypatch.setattr(polling, "_SHORTEST", timedelta(seconds=0.4))
    monkeypatch.setattr(polling, "_PATIENCE_SECONDS", 0.1)
    handler, uri = site
    handler.code = 200
    executions, state = watch(node, "hanging")
    await node.flows.save(flow("hanging", HTTP.format(id="t", uri=uri + "/hang")))

    async def was_stopped():
        found = await state()
        return found.result == "FAILED" and found

    stopped = await until(was_stopped)
    assert "Timeout after" in stopped.message
    monkeypatch.undo()  # a busy machine may take longer
    handler.answers.set()
    found = await until(executions)
    await node.flows.delete("n", "hanging")
    assert found[0].execution.trigger.variables["body"] == "ready"


@pytest.mark.asyncio(loop_scope="session")
async def test_others_fire_while_more_than_are_asked_at_once_hang(node, site, monkeypatch):
    monkeypatch.setattr(polling, "_PATIENCE_SECONDS", 0.1)
    handler, uri = site
    handler.code = 200
    count = 2 * polling._AT_ONCE
    hanging = [HTTP.format(id=f"t{n}", uri=uri + "/hang") for n in range(count)]
    await node.flows.save(flow("stuck", *hanging))

    async def states():
        return [await node.store.triggers.get("n", "stuck", f"t{n}") for n in range(count)]

    async def are_under_way():
        return all(found.evaluating_since for found in await states())

    await until(are_under_way)
    executions, _ = watch(node, "lively")
    await node.flows.save(flow("lively", HTTP.format(id="t", uri=uri)))

    async def fired_again():
        return len(await executions()) >= 3

    await until(fired_again)
    await node.flows.delete("n", "lively")
    assert all(found.evaluating_since for found in await states())
    handler.answers.set()
    await node.flows.delete("n", "stuck")


@pytest.mark.asyncio(loop_scope="session")
async def test_a_trigger_that_raises_goes_on_and_fires_once_it_can(node, servers):
    import asyncpg

    executions, state = watch(node, "raising")
    trigger = asking(servers.tcp_url, "SELECT * FROM comes_later") + "logLevel: WARN\n"
    await node.flows.save(flow("raising", trigger))
    dates = set()

    async def has_failed_thrice():
        found = await state()
        if found.result == "FAILED":
            dates.add(found.evaluated_at)
        return len(dates) >= 3

    await until(has_failed_thrice)
    assert await executions() == []
    connection = await asyncpg.connect(servers.tcp_url)
    try:
        await connection.execute("CREATE TABLE comes_later AS SELECT 7 AS number")
        found = await until(executions)
    finally:
        await node.flows.delete("n", "raising")
        await connection.execute("DROP TABLE IF EXISTS comes_later")
        await connection.close()
    assert found[0].execution.trigger.variables["rows"] == [{"number": 7}]

    async def told():
        said, _ = await node.logs.search([Condition("flow_id", Operation.EQUALS, "raising")])
        own = [(entry.level, entry.message) for entry in said if entry.trigger_id == "t"]
        return len(own) >= 2 and own

    own = await until(told)
    error, warning, *_ = own
    assert error[0] == "ERROR"
    assert "comes_later" in error[1]
    assert warning == ("WARN", f"Trigger evaluation failed in the worker with error: {error[1]}")
    assert {level for level, _ in own} == {"ERROR", "WARN"}


@pytest.mark.asyncio(loop_scope="session")
async def test_a_failure_can_be_an_execution(node):
    executions, _ = watch(node, "failing")
    more = "failOnTriggerError: true\n"
    await node.flows.save(flow("failing", HTTP.format(id="t", uri="http://127.0.0.1:1/") + more))
    found = await until(executions)
    await node.flows.delete("n", "failing")
    execution = found[0].execution
    assert execution.state.current is StateType.FAILED

    async def told():
        found, _ = await node.logs.search(
            [Condition("execution_id", Operation.EQUALS, execution.id)]
        )
        return found

    assert "127.0.0.1:1" in (await until(told))[0].message


async def test_a_lease_of_a_dead_process_runs_out(kit):
    """One that takes the lease and is never heard of again."""

    class Lost:
        def __init__(self) -> None:
            self.asked = []

        def ask(self, question) -> None:
            self.asked.append(question)

    dead, alive = Lost(), Lost()
    kit.scheduler._polling = dead
    other = kit.new_scheduler()
    other._polling = alive
    await kit.flows.save(flow("polled", HTTP.format(id="t", uri="http://127.0.0.1:1/")))
    await kit.settle()
    await kit.settle(other)
    assert (len(dead.asked), alive.asked) == (1, [])
    kit.clock.now += lease_of(dead.asked[0].spec) - timedelta(seconds=1)
    await kit.settle(other)
    assert alive.asked == []
    kit.clock.advance(seconds=1)
    await kit.settle(other)
    assert len(alive.asked) == 1
    assert alive.asked[0].leased_at != dead.asked[0].leased_at
