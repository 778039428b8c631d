"""State and key-value store from outside: set, read, changed, missing; logs fetched by a task."""

from __future__ import annotations

import pytest
from api_kit import NAMESPACE, Api, run_of, runs, seen, state
from format_kit import each, log, ret, task

pytestmark = pytest.mark.asyncio(loop_scope="session")


def keep(task_id, data, **more):
    return task("state.Set", task_id, data=data, **more)


def outputs(execution, task_id, value=None):
    return run_of(execution, task_id, value)["outputs"]


@pytest.mark.parametrize("prefix", ["io.kestra.plugin.core.state.", "io.kestra.core.tasks.states."])
async def test_a_state_from_set_to_delete(api: Api, prefix):
    tasks = [
        {"id": "none", "type": f"{prefix}Get"},
        {"id": "set", "type": f"{prefix}Set", "data": {"{{ flow.id }}": "1", "n": 2}},
        {"id": "more", "type": f"{prefix}Set", "data": {"n": 3, "m": "{{ 1 + 1 }}"}},
        {"id": "get", "type": f"{prefix}Get"},
        {"id": "delete", "type": f"{prefix}Delete"},
        {"id": "again", "type": f"{prefix}Delete"},
        {"id": "gone", "type": f"{prefix}Get"},
    ]
    done = await api.run(*tasks)
    assert state(done) == "SUCCESS"
    assert outputs(done, "none") == {"count": 0, "data": {}}
    assert outputs(done, "set")["count"] == 2
    assert outputs(done, "set")["key"].endswith("_states_tasks-states_default")
    assert outputs(done, "more")["count"] == 3
    got = outputs(done, "get")
    assert (got["count"], got["data"]) == (3, {done["flowId"]: "1", "n": 3, "m": "2"})
    assert [outputs(done, name)["deleted"] for name in ("delete", "again")] == [True, False]
    assert outputs(done, "gone") == {"count": 0, "data": {}}


async def test_a_state_outlives_its_execution(api: Api):
    n = "{{ (outputs.get.data.n ?? 0) + 1 }}"
    flow = await api.save(
        [task("state.Get", "get", name="mine"), keep("set", {"n": n}, name="mine"), ret("r", n)]
    )
    for count in ("1", "2"):
        done = await api.wait(await api.start(flow))
        assert state(done) == "SUCCESS", await api.messages(done)
        assert outputs(done, "r")["value"] in (count, "11")
    other = await api.run(task("state.Get", "get", name="mine"))
    assert outputs(other, "get")["count"] == 0


@pytest.mark.parametrize("kind", ["Get", "Delete"])
async def test_a_state_that_is_missing(api: Api, kind):
    done = await api.run(task(f"state.{kind}", "s", name="nope", errorOnMissing=True), ret("r"))
    assert seen(done) == ["s FAILED"]
    assert any("not found" in text for text in await api.messages(done, "not found"))


async def test_states_of_loop_values(api: Api):
    inner = [
        keep("set", {"v": "{{ taskrun.value }}"}),
        task("state.Get", "get"),
        keep("all", {"{{ taskrun.value }}": "x"}, name="shared", taskrunValue=False),
    ]
    last = task("state.Get", "last", name="shared", taskrunValue=False)
    done = await api.run(each("e", ["a", "b"], *inner), task("state.Get", "own"), last)
    assert [outputs(done, "get", value)["data"] for value in "ab"] == [{"v": "a"}, {"v": "b"}]
    assert outputs(done, "own")["data"] == {}
    assert outputs(done, "last")["data"] == {"a": "x", "b": "x"}


async def test_a_state_of_the_namespace(api: Api):
    name = api.fresh_id()
    await api.run(keep("set", {"a": "b"}, name=name, namespace=True))
    done = await api.run(task("state.Get", "get", name=name, namespace=True))
    assert outputs(done, "get")["data"] == {"a": "b"}


def fresh_key(api: Api) -> str:
    return api.fresh_id().replace("[", "_").replace("]", "_")[-60:].lstrip("-_.")


def put(task_id, key, value, **more):
    return task("kv.Set", task_id, key=key, value=value, **more)


async def test_a_key_from_set_to_delete(api: Api):
    key = fresh_key(api)
    done = await api.run(
        task("kv.Get", "none", key=key),
        put("set", key, "{{ {'a': [1, 2]} }}"),
        task("kv.Get", "get", key=key),
        ret("shown", "{{ kv('" + key + "').a[1] }}"),
        put("change", key, "text"),
        task("kv.GetKeys", "keys", prefix=key[:-1]),
        task("kv.Delete", "delete", key=key),
        task("kv.Delete", "again", key=key),
        task("kv.Get", "gone", key=key),
    )
    assert state(done) == "SUCCESS", await api.messages(done)
    assert outputs(done, "none").get("value") is None
    assert outputs(done, "get")["value"] == {"a": [1, 2]}
    assert outputs(done, "shown")["value"] == "2"
    assert outputs(done, "keys")["keys"] == [key]
    assert [outputs(done, name)["deleted"] for name in ("delete", "again")] == [True, False]
    assert outputs(done, "gone").get("value") is None
    assert outputs(done, "set") == {}


@pytest.mark.parametrize(
    ("more", "kind", "value"),
    [
        ({"value": "12"}, "STRING", "12"),
        ({"value": "12", "kvType": "NUMBER"}, "NUMBER", 12),
        ({"value": "1.5", "kvType": "NUMBER"}, "NUMBER", 1.5),
        ({"value": "{{ 12 }}"}, "NUMBER", 12),
        ({"value": True}, "BOOLEAN", True),
        ({"value": "true", "kvType": "BOOLEAN"}, "BOOLEAN", True),
        ({"value": '[1, {"a": 2}]', "kvType": "JSON"}, "JSON", [1, {"a": 2}]),
        ({"value": {"a": "{{ flow.id }}"}}, "JSON", None),
        ({"value": "PT5M", "kvType": "DURATION"}, "DURATION", "PT5M"),
        (
            {"value": "2024-01-02T03:04:05Z", "kvType": "DATETIME"},
            "DATETIME",
            "2024-01-02T03:04:05Z",
        ),
        ({"value": "2024-01-02", "kvType": "DATE"}, "DATE", "2024-01-02"),
        ({"value": "text {{ flow.namespace }}"}, "STRING", "text tests.outside"),
        ({"value": "hello world"}, "STRING", "hello world"),
    ],
)
async def test_kinds_of_values(api: Api, more, kind, value):
    key = fresh_key(api)
    done = await api.run(task("kv.Set", "s", key=key, **more))
    assert state(done) == "SUCCESS", await api.messages(done)
    found = await api.call("GET", f"/namespaces/{NAMESPACE}/kv/{key}")
    expected = {"a": done["flowId"]} if value is None else value
    assert (found["type"], found["value"]) == (kind, expected)


@pytest.mark.parametrize(
    ("own", "message"),
    [
        (put("s", "bad key!", "x"), "Key must start with an alphanumeric character"),
        (put("s", "n", "text", kvType="NUMBER"), ""),
        (put("s", "n", "{bad", kvType="JSON"), ""),
        (
            task("kv.Get", "s", key="nope", errorOnMissing=True),
            "No value found for key 'nope' in namespace 'tests.outside' "
            "and `errorOnMissing` is set to true",
        ),
        (
            task("kv.Delete", "s", key="nope", errorOnMissing=True),
            "No value found for key 'nope' in namespace 'tests.outside' "
            "and `errorOnMissing` is set to true",
        ),
        (
            put("s", "n", "x", namespace="unknown.ns"),
            "Cannot access the KV store. The namespace 'unknown.ns' does not exist.",
        ),
        (
            ret("s", "{{ kv('nope', errorOnMissing=true) }}"),
            "The key 'nope' does not exist in the namespace 'tests.outside'.",
        ),
    ],
)
async def test_what_fails(api: Api, own, message):
    done = await api.run(own, ret("after"), errors=[ret("e")])
    assert seen(done) == ["s FAILED", "e SUCCESS"]
    assert any(message in text for text in await api.messages(done, message)), message


async def test_keys_of_other_namespaces(api: Api):
    other = {"id": api.fresh_id(), "namespace": "tests.outside.below", "tasks": [ret("r")]}
    await api.call("POST", "/flows", json=other)
    key = fresh_key(api)
    done = await api.run(
        put("below", key, "b", namespace="tests.outside.below"),
        put("above", key, "a", namespace="tests"),
        ret("r", "{{ kv('" + key + "', 'tests.outside.below') ~ kv('" + key + "', 'tests') }}"),
        task("kv.Get", "get", key=key, namespace="tests.outside.below"),
    )
    assert (state(done), outputs(done, "r")["value"]) == ("SUCCESS", "ba")
    assert outputs(done, "get")["value"] == "b"


async def test_a_missing_key_in_an_expression(api: Api):
    done = await api.run(ret("r", "[{{ kv('nope') ?? 'none' }}]"))
    assert outputs(done, "r")["value"] == "[none]"


async def test_keys_are_not_overwritten(api: Api):
    key = fresh_key(api)
    done = await api.run(put("a", key, "1"), put("b", key, "2", overwrite=False))
    assert seen(done) == ["a SUCCESS", "b FAILED"]
    message = (
        f"Cannot set value for key '{key}'. Key already exists and `overwrite` is set to `false`."
    )
    assert any(message in text for text in await api.messages(done, "Cannot set value"))
    assert (await api.call("GET", f"/namespaces/{NAMESPACE}/kv/{key}"))["value"] == "1"


async def test_keys_expire(api: Api):
    key = fresh_key(api)
    done = await api.run(
        put("a", key, "1", ttl="PT0.1S"),
        task("flow.Sleep", "wait", duration="PT0.2S"),
        task("kv.Get", "get", key=key),
    )
    assert outputs(done, "get").get("value") is None
    await api.run(put("a", key, "1", ttl="PT5M"))
    (entry,) = [
        item for item in await api.call("GET", f"/namespaces/{NAMESPACE}/kv") if item["key"] == key
    ]
    assert entry["expirationDate"] > entry["updateDate"]


async def test_keys_of_loop_values(api: Api):
    key = fresh_key(api)
    inner = [
        put("set", key + "_{{ taskrun.value }}", "{{ taskrun.value }}"),
        ret("r", "{{ kv('" + key + "_' ~ taskrun.value) }}"),
    ]
    done = await api.run(each("e", ["a", "b"], *inner, limit=0))
    assert [outputs(done, "r", value)["value"] for value in "ab"] == ["a", "b"]


async def test_logs_fetched_by_a_task(api: Api):
    done = await api.run(
        log("a", "first"),
        log("b", "second", level="WARN"),
        task("flow.Sleep", "s", duration="PT0.2S"),
        task("log.Fetch", "all"),
        task("log.Fetch", "some", tasksId=["b"]),
        task("log.Fetch", "warn", level="WARN"),
        task("log.Fetch", "own", executionId="{{ execution.id }}"),
        ret("r", "{{ read(outputs.some.uri) }}"),
    )
    assert state(done) == "SUCCESS", await api.messages(done)
    sizes = [outputs(done, name)["size"] for name in ("all", "some", "warn", "own")]
    assert sizes == [3, 1, 1, 3]
    assert "second" in outputs(done, "r")["value"]
    assert len(runs(done)) == 8
