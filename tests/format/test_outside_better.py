"""What loses, doubles, hangs, leaks or takes the server down elsewhere, tried here on purpose."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from api_kit import Api, history, run_of, runs, seen, state
from format_kit import each, fail, par, ret, retry, seq, sleep, task
from test_outside_pauses import pause, paused
from test_outside_schedules import keys, trigger_of

from tiercel.embedded import Endpoints

pytestmark = pytest.mark.asyncio(loop_scope="session")

PAGE_BYTES = 4096


def shell(task_id: str, *commands: str, **more: object) -> dict[str, object]:
    kind = "io.kestra.plugin.scripts.shell.Commands"
    runner = {"type": "io.kestra.plugin.core.runner.Process"}
    return {"id": task_id, "type": kind, "taskRunner": runner, "commands": list(commands), **more}


def python(task_id: str, script: str, **more: object) -> dict[str, object]:
    kind = "io.kestra.plugin.scripts.python.Script"
    runner = {"type": "io.kestra.plugin.core.runner.Process"}
    return {"id": task_id, "type": kind, "taskRunner": runner, "script": script, **more}


# What takes the server down, or hangs


async def test_unqueue_and_force_run_under_load(api: Api):
    limit = {"limit": 1, "behavior": "QUEUE"}
    flow = await api.save([sleep("s", "PT0.1S"), ret("r")], concurrency=limit)
    started = await asyncio.gather(*[api.start(flow) for _ in range(8)])

    async def meddle(execution_id: str, action: str) -> int:
        path = f"/api/v1/executions/{execution_id}/{action}"
        return (await api.http.post(path)).status_code

    for _ in range(3):
        replies = await asyncio.gather(
            *[meddle(item["id"], action) for item in started for action in ("unqueue", "force-run")]
        )
        assert max(replies) < 500
    for item in started:
        done = await api.wait(item)
        assert seen(done) == ["s SUCCESS", "r SUCCESS"]
        assert history(done).endswith("RS")
        assert history(done).count("R") == 1
    assert (await api.call("GET", "/configs"))["version"]


async def test_a_resume_without_its_required_input_is_answered(api: Api):
    asked = [{"id": "why", "type": "STRING"}]
    held = await paused(api, pause("p", onResume=asked), ret("r"))
    refusal = await api.act(held, "resume", 422)
    assert "why" in refusal["message"]
    assert state(await api.get(held)) == "PAUSED"
    await api.act(held, "resume", 204, files={"why": (None, "because")})
    assert state(await api.wait(held)) == "SUCCESS"


@pytest.mark.parametrize("method", ["PUT", "POST", "PATCH"])
async def test_a_body_for_something_missing_is_drained(api: Api, method: str):
    body = b"x" * 3_000_000
    headers = {"content-type": "application/json"}
    for path in ("/flows/no.where/nothing/at/all", "/nowhere", "/triggers/a/b/c/d/e"):
        reply = await api.http.request(method, f"/api/v1{path}", content=body, headers=headers)
        assert reply.status_code == 404, (method, path)
        # the connection is in order: the next request of it is read from its beginning
        assert (await api.call("GET", "/configs"))["version"]


async def test_a_burst_leaves_no_memory_behind(api: Api):
    flow = await api.save([ret("r")])

    async def burst() -> int:
        await asyncio.gather(*[api.start(flow, wait="true") for _ in range(100)])
        pages = int(Path("/proc/self/statm").read_text().split()[1])
        return pages * PAGE_BYTES

    before = max([await burst() for _ in range(2)])
    after = min([await burst() for _ in range(2)])
    assert after - before < 40_000_000


async def test_a_loop_of_many_values_ends(api: Api):
    tasks = [each("e", [str(number) for number in range(600)], ret("r", "{{ taskrun.value }}"))]
    done = await api.start(await api.save(tasks), wait="true")
    assert (history(done), len(runs(done))) == ("CRS", 601)
    assert run_of(done, "r", "599")["outputs"]["value"] == "599"


@pytest.fixture
def login(servers: Endpoints, database_url: str) -> dict[str, str]:
    """Properties that connect a task to a database of the test's own."""
    parts = urlsplit(servers.tcp_url)
    name = urlsplit(database_url).path
    password = unquote(parts.password or "")
    url = f"jdbc:postgresql://127.0.0.1:{parts.port}{name}"
    return {"url": url, "username": parts.username or "", "password": password}


async def test_a_query_that_takes_too_long_breaks_nothing_else(api: Api, login: dict[str, str]):
    kind = "io.kestra.plugin.jdbc.postgresql.Query"
    query = {"id": "q", "type": kind, **login}
    flow = await api.save([{**query, "sql": "SELECT pg_sleep(60)", "timeout": "PT0.3S"}])
    for _ in range(2):
        started, beside = await api.start(flow), await api.run(ret("beside"))
        done = await api.wait(started)
        assert (state(done), state(beside)) == ("FAILED", "SUCCESS")
        assert await api.messages(done, "Timeout")
    one = {**query, "sql": "SELECT 1 AS n", "fetchType": "FETCH_ONE"}
    assert run_of(await api.run(one), "q")["outputs"]["row"] == {"n": 1}


async def test_what_ignores_the_polite_signal_is_killed(api: Api):
    script = "trap '' TERM; (trap '' TERM; sleep 60) & echo started; while :; do sleep 0.1; done"
    found = await api.start(await api.save([shell("s", script)]))
    await api.messages(found, "started")
    await api.act(found, "kill", 202)
    done = await api.wait(found)
    assert (history(done), history(run_of(done, "s"))) == ("CRGK", "CRK")


def around(inner: dict[str, object]) -> list[dict[str, object]]:
    """Return every flowable with one task inside."""
    return [
        seq("o", inner),
        par("o", inner),
        each("o", ["a", "b"], inner),
        each("o", ["a", "b", "c"], inner, limit=2),
        each("o", ["a", "b", "c"], inner, limit=0, errors=[ret("le")]),
        task("flow.If", "o", condition="true", then=[inner]),
        task("flow.Switch", "o", value="x", cases={"x": [inner]}),
        task("flow.Dag", "o", tasks=[{"task": inner}]),
        task("flow.AllowFailure", "o", tasks=[inner]),
        task("flow.LoopUntil", "o", condition="true", tasks=[inner]),
        task("flow.WorkingDirectory", "o", tasks=[inner]),
        task("flow.EachSequential", "o", value=["a"], tasks=[inner]),
        task("flow.EachParallel", "o", value=["a"], tasks=[inner]),
    ]


@pytest.mark.parametrize("index", range(13))
async def test_nothing_that_holds_only_disabled_tasks_hangs(api: Api, index: int):
    outer = around(ret("r", disabled=True))[index]
    done = await api.run(outer, ret("after"))
    assert (state(done), seen(done)) == ("SUCCESS", ["o SUCCESS", "after SUCCESS"])


@pytest.mark.parametrize("index", range(13))
async def test_nothing_that_holds_a_failing_task_hangs(api: Api, index: int):
    outer = around(fail("f"))[index]
    done = await api.run(outer, errors=[ret("e")])
    assert state(done) == ("WARNING" if outer["type"].endswith("AllowFailure") else "FAILED")
    assert {state(run) for run in runs(done)} <= {"FAILED", "SUCCESS", "WARNING", "KILLED"}


# What loses or doubles


async def delayed(api: Api) -> dict[str, object]:
    later = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    return await api.start(await api.save([ret("a")]), scheduleDate=later)


async def queued(api: Api) -> dict[str, object]:
    limit = {"limit": 1, "behavior": "QUEUE"}
    flow = await api.save([sleep("s", "PT60S")], concurrency=limit)
    await api.wait(await api.start(flow), "RUNNING")
    return await api.wait(await api.start(flow), "QUEUED")


async def running(api: Api) -> dict[str, object]:
    return await api.wait(await api.start(await api.save([sleep("s", "PT60S")])), "RUNNING")


async def held(api: Api) -> dict[str, object]:
    return await paused(api, pause(), ret("r"))


async def retrying(api: Api) -> dict[str, object]:
    rule = retry(5, interval="PT60S")
    started = await api.start(await api.save([fail("f", retry=rule)]))
    return await api.wait(started, "RETRYING", "RUNNING")


async def restarted(api: Api) -> dict[str, object]:
    done = await api.run(ret("a"), fail("f"), sleep("s", "PT60S"))
    return await api.act(done, "restart")


async def resumed(api: Api) -> dict[str, object]:
    there = await paused(api, pause(), sleep("s", "PT60S"))
    await api.act(there, "resume", 204)
    return there


@pytest.mark.parametrize("begin", [delayed, running, held, retrying, restarted, resumed, queued])
async def test_a_kill_in_every_state_ends_once(api: Api, begin):
    found = await begin(api)
    await api.http.delete(f"/api/v1/executions/{found['id']}/kill")
    done = await api.wait(found)
    assert state(done) in (("KILLED", "FAILED") if begin is restarted else ("KILLED",))
    assert history(done).count("K") <= 1
    if state(done) == "KILLED":
        assert history(done).endswith("K")
        assert "RK" not in history(done).replace("GK", "")


async def test_a_date_that_comes_meets_the_limit_and_the_service_level(api: Api):
    limit = {"limit": 1, "behavior": "CANCEL"}
    flow = await api.save([sleep("s", "PT60S")], concurrency=limit)
    first = await api.wait(await api.start(flow), "RUNNING")
    soon = (datetime.now(UTC) + timedelta(seconds=0.5)).isoformat()
    planned = await api.start(flow, scheduleDate=soon)
    assert state(planned) == "CREATED"
    assert state(await api.wait(planned)) == "CANCELLED"
    await api.act(first, "kill", 202)
    level = {"id": "l", "type": "MAX_DURATION", "duration": "PT0.3S", "behavior": "FAIL"}
    watched = await api.save([sleep("s", "PT60S")], sla=[level])
    soon = (datetime.now(UTC) + timedelta(seconds=0.3)).isoformat()
    assert state(await api.wait(await api.start(watched, scheduleDate=soon))) == "FAILED"


async def test_what_a_script_said_before_its_timeout_is_kept(api: Api):
    said = """echo '::{"outputs":{"rows":7}}::'; echo x > made.txt"""
    done = await api.run(
        shell("s", said, "sleep 60", timeout="PT3S", outputFiles=["*.txt"]),
    )
    run = run_of(done, "s")
    assert (state(done), run["outputs"]["vars"]) == ("FAILED", {"rows": 7})
    assert list(run["outputs"]["outputFiles"]) == ["made.txt"]


async def test_flow_retry_with_handlers_does_not_hide_the_failure(api: Api):
    done = await api.run(fail("f"), errors=[ret("e")], retry=retry(2))
    assert (state(done), state(run_of(done, "f"))) == ("FAILED", "FAILED")


@pytest.mark.parametrize("action", ["restart", "resume", "pause", "kill", "replay"])
async def test_one_bad_id_among_many_changes_nothing(api: Api, action: str):
    begin = {"restart": lambda: api.run(fail("f")), "replay": lambda: api.run(ret("r"))}
    own = {"resume": lambda: held(api), "pause": lambda: running(api), "kill": lambda: running(api)}
    found = await (begin | own)[action]()
    before = history(await api.get(found))
    method = "DELETE" if action == "kill" else "POST"
    ids = [found["id"], "4nothing4nothing4nothing"]
    reply = await api.http.request(method, f"/api/v1/executions/{action}/by-ids", json=ids)
    assert reply.status_code in (400, 404)
    assert "4nothing4nothing4nothing" in reply.text
    assert history(await api.get(found)) == before
    await api.http.delete(f"/api/v1/executions/{found['id']}/kill")


async def test_a_task_that_is_patched_leaves_all_other_lines(api: Api):
    kind = "type: io.kestra.plugin.core.debug.Return"
    source = (
        f"id: {api.fresh_id()}  # its name\nnamespace: tests.outside\n\ninputs:\n"
        "  - {id: note, type: STRING, required: false}\n\ntasks:\n"
        f"  - id: a # the first\n    {kind}\n    format: old\n"
        f"  - id: b\n    {kind}\n    format: '{{{{ 1 }}}}' # kept\n"
    )
    flow = await api.load(source)
    path = f"/flows/{flow['namespace']}/{flow['id']}"
    other = {"id": "a", "type": "io.kestra.plugin.core.debug.Return", "format": "new"}
    await api.call("PATCH", f"{path}/a", json=other)
    changed = (await api.call("GET", path, params={"source": "true"}))["source"]
    lines, before = changed.splitlines(), source.splitlines()
    assert lines[:7] == before[:7]
    assert lines[-3:] == before[-3:]
    assert "new" in changed
    assert "old" not in changed


async def test_a_good_end_leaves_a_trigger_that_stops_after_failures_as_it_is(api: Api):
    cron = {"cron": "* * * * * *", "withSeconds": True, "stopAfter": ["FAILED"]}
    often = {"id": "often", "type": "io.kestra.plugin.core.trigger.Schedule", **cron}
    flow = await api.save([sleep("s", "PT0.5S")], triggers=[often])
    (first, *_) = await api.of_flow(flow, 1)
    await api.call("PUT", "/triggers", json=keys(flow, disabled=True))
    assert state(await api.wait(first)) == "SUCCESS"
    await asyncio.sleep(0.2)
    assert (await trigger_of(api, flow))["disabled"] is True


# What leaks or lets in


@pytest.mark.parametrize("name", ["../outside.txt", "a/../../outside.txt", "../../../tmp/x"])
async def test_no_input_file_leaves_the_directory(api: Api, name: str):
    done = await api.run(shell("s", "ls", inputFiles={name: "x"}))
    assert state(done) == "FAILED"
    inner = shell("s", "ls")
    directory = task("flow.WorkingDirectory", "w", inputFiles={name: "x"}, tasks=[inner])
    assert state(await api.run(directory)) == "FAILED"


async def test_values_never_become_templates(api: Api):
    evil = "{{ 40 + 2 }} {% if true %}x{% endif %} {{ secret('A') }}"
    script = "import os\nprint(os.environ['V'])\nprint('''{{ inputs.v }}''')"
    flow = await api.save(
        [
            ret("a", "{{ inputs.v }}"),
            ret("b", "{{ outputs.a.value }}"),
            python("p", script, env={"V": "{{ inputs.v }}"}),
            ret("c", "{{ outputs.b.value | upper | lower }}"),
        ],
        inputs=[{"id": "v", "type": "STRING"}],
    )
    done = await api.wait(await api.start(flow, inputs={"v": evil}))
    assert [run_of(done, name)["outputs"]["value"] for name in ("a", "b")] == [evil, evil]
    assert run_of(done, "c")["outputs"]["value"] == evil.lower()
    told = await api.messages(done, "40 + 2", count=2)
    assert told.count(f"INFO {evil}") == 2
    assert not any(line.startswith("INFO 42") for line in told)


async def test_a_script_sees_no_environment_of_the_server(
    api: Api, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("SECRET_WAREHOUSE", "aGlkZGVu")
    monkeypatch.setenv("SERVER_ONLY", "hidden")
    done = await api.run(shell("s", "env | sort", env={"OWN": "1"}))
    told = await api.messages(done, "OWN=1")
    assert state(done) == "SUCCESS"
    assert not [line for line in told if "WAREHOUSE" in line or "SERVER_ONLY" in line]
