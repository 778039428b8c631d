"""Logs from outside: levels, filters, download, deletion, files."""

from __future__ import annotations

import asyncio

import pytest
from api_kit import Api, runs, state
from format_kit import each, fail, log, ret, retry, seq, sleep, task

pytestmark = pytest.mark.asyncio(loop_scope="session")

LEVELS = ("TRACE", "DEBUG", "INFO", "WARN", "ERROR")


def levels(**more):
    return [log(name.lower(), f"at {name}", level=name, **more) for name in LEVELS]


@pytest.mark.parametrize("lowest", LEVELS)
async def test_logs_from_a_level_on(api: Api, lowest):
    done = await api.run(*levels())
    await api.messages(done, "at ERROR")
    entries = await api.logs(done, minLevel=lowest)
    assert [entry["level"] for entry in entries] == list(LEVELS[LEVELS.index(lowest) :])


@pytest.mark.parametrize("lowest", LEVELS)
async def test_a_task_keeps_only_its_level(api: Api, lowest):
    done = await api.run(*levels(logLevel=lowest), log("last", "end"))
    await api.messages(done, "end")
    entries = [e for e in await api.logs(done) if e["taskId"] != "last"]
    assert [entry["level"] for entry in entries] == list(LEVELS[LEVELS.index(lowest) :])


async def test_messages_of_a_list_in_order(api: Api):
    texts = ["first", "{{ flow.id }}", "third\nwith a line", "", "fifth"]
    done = await api.run(log("l", texts, level="WARN"))
    found = await api.messages(done, "fifth")
    expected = ["first", done["flowId"], "third\nwith a line", "", "fifth"]
    assert found == [f"WARN {text}" for text in expected]


async def test_what_an_entry_says(api: Api):
    done = await api.run(seq("s", log("l", "hello")))
    await api.messages(done, "hello")
    (entry,) = await api.logs(done)
    assert entry["namespace"] == done["namespace"]
    assert entry["flowId"] == done["flowId"]
    assert entry["executionId"] == done["id"]
    assert entry["taskId"] == "l"
    assert entry["taskRunId"] == runs(done)[1]["id"]
    assert entry["attemptNumber"] == 0
    assert entry["deleted"] is False


async def test_logs_of_a_task_a_run_and_an_attempt(api: Api):
    tries = fail("f", errorMessage="try {{ taskrun.attemptsCount }}", retry=retry(3))
    done = await api.run(log("a", "from a"), each("e", ["x", "y"], log("b", "from b")), tries)
    await api.messages(done, "try 2")
    assert [e["message"] for e in await api.logs(done, taskId="b")] == ["from b"] * 2
    (run,) = [r for r in runs(done) if r.get("value") == "y"]
    (only,) = await api.logs(done, taskRunId=run["id"])
    assert (only["taskId"], only["taskRunId"]) == ("b", run["id"])
    (second,) = await api.logs(done, taskId="f", attempt=1, minLevel="ERROR")
    assert (second["message"], second["attemptNumber"]) == ("try 1", 1)


async def test_the_log_as_a_text(api: Api):
    done = await api.run(log("l", ["one", "two"]), log("w", "three", level="WARN"))
    await api.messages(done, "three")
    text = await api.call("GET", f"/logs/{done['id']}/download")
    lines = [line.split(" ", 1)[1] for line in text.split("\n")]
    assert lines == ["INFO one", "INFO two", "WARN three"]
    text = await api.call("GET", f"/logs/{done['id']}/download", params={"minLevel": "WARN"})
    assert text.split(" ", 1)[1] == "WARN three"
    text = await api.call("GET", f"/logs/{done['id']}/download", params={"taskId": "l"})
    assert "three" not in text


async def test_logs_of_nothing(api: Api):
    assert await api.call("GET", "/logs/nothere") == []
    assert await api.call("GET", "/logs/nothere/download") == ""
    assert await api.call("DELETE", "/logs/nothere") == ""


async def test_deleting_logs(api: Api):
    done = await api.run(*levels())
    await api.messages(done, "at ERROR")
    await api.call("DELETE", f"/logs/{done['id']}", params={"taskId": "info"})
    assert len(await api.logs(done)) == 4
    await api.call("DELETE", f"/logs/{done['id']}", params={"minLevel": "ERROR"})
    assert [e["level"] for e in await api.logs(done)] == ["TRACE", "DEBUG", "WARN"]
    run = next(r for r in runs(done) if r["taskId"] == "warn")
    await api.call("DELETE", f"/logs/{done['id']}", params={"taskRunId": run["id"]})
    await api.call("DELETE", f"/logs/{done['id']}")
    assert await api.logs(done) == []


async def test_deleting_the_logs_of_a_flow(api: Api):
    flow = await api.save([log("l", "hello")])
    started = [await api.start(flow) for _ in range(2)]
    for item in started:
        await api.wait(item)
        await api.messages(item, "hello")
    await api.call("DELETE", f"/logs/{flow['namespace']}/{flow['id']}")
    assert [await api.logs(item) for item in started] == [[], []]


@pytest.mark.parametrize(("query", "left"), [({}, 0), ({"deleteLogs": "false"}, 1)])
async def test_logs_go_or_stay_with_the_execution(api: Api, query, left):
    done = await api.run(log("l", "hello"))
    await api.messages(done, "hello")
    await api.call("DELETE", f"/executions/{done['id']}", 204, params=query)
    await api.call("GET", f"/executions/{done['id']}", 404)
    assert len(await api.logs(done["id"])) == left


@pytest.mark.parametrize(("query", "left"), [({}, 0), ({"deleteLogs": "false"}, 1)])
async def test_logs_go_or_stay_with_many(api: Api, query, left):
    flow = await api.save([log("l", "hello")])
    ids = [(await api.wait(await api.start(flow)))["id"] for _ in range(2)]
    for item in ids:
        await api.messages(item, "hello")
    path = "/executions/by-ids"
    assert await api.call("DELETE", path, json=ids, params=query) == {"count": 2}
    assert [len(await api.logs(item)) for item in ids] == [left, left]


async def test_a_log_kept_in_a_file(api: Api):
    done = await api.run(
        log("l", ["to a file", "{{ flow.id }}"], logToFile=True),
        fail("f", logToFile=True, errorMessage="try {{ taskrun.attemptsCount }}", retry=retry(2)),
        errors=[log("e", "end")],
    )
    await api.messages(done, "end")
    assert {entry["taskId"] for entry in await api.logs(done)} == {"e"}
    first, second, _ = runs(done)
    files = [attempt["logFile"] for run in (first, second) for attempt in run["attempts"]]
    assert len(set(files)) == 3
    texts = [
        await api.call("GET", f"/executions/{done['id']}/file", params={"path": uri})
        for uri in files
    ]
    assert [line.split(" ", 1)[1] for line in texts[0].splitlines()] == [
        "INFO  to a file",
        f"INFO  {done['flowId']}",
    ]
    assert [f"try {n}" in texts[n + 1] for n in range(2)] == [True, True]


async def test_the_log_of_a_sleep_and_of_a_subflow(api: Api):
    child = await api.save([ret("r")])
    own = {"namespace": child["namespace"], "flowId": child["id"]}
    done = await api.run(sleep("s", "PT0.05S"), task("flow.Subflow", "sub", **own))
    found = await api.messages(done, "Created new execution")
    assert any("Waiting for PT0.05S" in text for text in found)
    (below,) = await api.of_flow(child)
    link = f'[[link execution="{below["id"]}" flowId="{child["id"]}"'
    assert any(link in text for text in found)


async def test_search_over_logs(api: Api):
    flow = await api.save([log("a", "a needle"), log("b", "hay", level="ERROR")])
    done = await api.wait(await api.start(flow))
    await api.messages(done, "hay")
    where = {"namespace": flow["namespace"], "flowId": flow["id"], "sort": "timestamp:asc"}
    page = await api.call("GET", "/logs/search", params=where)
    assert [e["message"] for e in page["results"]] == ["a needle", "hay"]
    page = await api.call("GET", "/logs/search", params={**where, "minLevel": "ERROR"})
    assert [e["message"] for e in page["results"]] == ["hay"]
    page = await api.call("GET", "/logs/search", params={**where, "q": "needle"})
    assert (page["total"], page["results"][0]["taskId"]) == (1, "a")


async def test_a_log_is_in_the_order_it_was_written(api: Api):
    done = await api.run(log("l", [f"line {n}" for n in range(200)]))
    await api.messages(done, "line 199")
    assert [e["message"] for e in await api.logs(done)] == [f"line {n}" for n in range(200)]


async def test_a_long_message_is_split(api: Api):
    done = await api.run(log("l", "x" * 25_000))
    async with asyncio.timeout(60):
        while sum(len(e["message"]) for e in await api.logs(done)) < 25_000:
            await asyncio.sleep(0.05)
    assert [len(e["message"]) for e in await api.logs(done)] == [10_240, 10_240, 4_520]
    assert state(done) == "SUCCESS"
