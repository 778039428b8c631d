"""Inputs of every type, seen through the API: how they are stored, shown, kept and masked."""

from __future__ import annotations

from typing import Any

import pytest
from api_kit import Api, Json, run_of, runs, state
from format_kit import log, ret, task

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def given(api: Api, spec: Json, value: Any, text: str = "{{ inputs.x }}") -> Json:
    """Return the ended execution of a flow with one input ``x``, and a task that shows it."""
    flow = await api.save([ret("r", text)], inputs=[{"id": "x", **spec}])
    return await api.wait(await api.start(flow, inputs={} if value is None else {"x": value}))


VALUES: list[tuple[Json, str, Any, str | None]] = [
    ({"type": "STRING"}, "some text", "some text", "some text"),
    ({"type": "STRING"}, " ", " ", " "),
    ({"type": "STRING"}, "{{ not rendered }}", "{{ not rendered }}", "{{ not rendered }}"),
    ({"type": "STRING", "validator": "A\\d+"}, "A12", "A12", "A12"),
    ({"type": "INT"}, "42", 42, "42"),
    ({"type": "INT"}, "-7", -7, "-7"),
    ({"type": "INT", "min": 5, "max": 5}, "5", 5, "5"),
    ({"type": "FLOAT"}, "42.42", 42.42, "42.42"),
    ({"type": "FLOAT"}, "1", 1.0, "1.0"),
    ({"type": "FLOAT", "min": 0.5, "max": 1.5}, "1.5", 1.5, "1.5"),
    ({"type": "BOOLEAN"}, "true", True, "true"),
    ({"type": "BOOLEAN"}, "TRUE", True, "true"),
    ({"type": "BOOLEAN"}, "no", False, "false"),
    ({"type": "BOOL"}, "false", False, "false"),
    ({"type": "DATETIME"}, "2019-10-06T18:27:49Z", "2019-10-06T18:27:49Z", None),
    ({"type": "DATETIME"}, "2020-06-01T00:00:00+02:00", "2020-05-31T22:00:00Z", None),
    ({"type": "DATE"}, "2019-10-06", "2019-10-06", "2019-10-06"),
    ({"type": "TIME"}, "18:27:49", "18:27:49", "18:27:49"),
    ({"type": "TIME"}, "02:00", "02:00:00", "02:00:00"),
    ({"type": "TIME"}, "02:00:01.5", "02:00:01.500", "02:00:01.500"),
    ({"type": "DURATION"}, "PT5M6S", "PT5M6S", "PT5M6S"),
    ({"type": "DURATION"}, "PT60S", "PT1M", "PT1M"),
    ({"type": "DURATION"}, "P1D", "PT24H", "PT24H"),
    ({"type": "ENUM", "values": ["A", "B"]}, "B", "B", "B"),
    ({"type": "SELECT", "values": ["A", "B"]}, "A", "A", "A"),
    ({"type": "SELECT", "values": ["A"], "allowCustomValue": True}, "Z", "Z", "Z"),
    ({"type": "SELECT", "expression": "{{ ['p', 'q'] }}"}, "q", "q", "q"),
    ({"type": "MULTISELECT", "values": ["x", "y", "z"]}, '["x", "z"]', ["x", "z"], None),
    ({"type": "MULTISELECT", "options": ["x", "y"]}, '["y"]', ["y"], '["y"]'),
    ({"type": "ARRAY", "itemType": "INT"}, '["1", 2]', [1, 2], "[1,2]"),
    ({"type": "ARRAY", "itemType": "STRING"}, "[]", [], "[]"),
    ({"type": "ARRAY", "itemType": "BOOLEAN"}, '[true, "false"]', [True, False], None),
    ({"type": "ARRAY", "itemType": "DATE"}, '["2020-01-02"]', ["2020-01-02"], None),
    ({"type": "JSON"}, "{}", {}, "{}"),
    ({"type": "JSON"}, '{"a": [1, null]}', {"a": [1, None]}, '{"a":[1,null]}'),
    ({"type": "JSON"}, '[1, "2"]', [1, "2"], '[1,"2"]'),
    ({"type": "YAML"}, "a: b\nl: [1, 2]", {"a": "b", "l": [1, 2]}, '{"a":"b","l":[1,2]}'),
    ({"type": "YAML"}, "- a\n- b", ["a", "b"], '["a","b"]'),
    ({"type": "URI"}, "https://www.kestra.io/docs?a=b", "https://www.kestra.io/docs?a=b", None),
    ({"type": "EMAIL"}, "jane.doe+x@mail.example.org", "jane.doe+x@mail.example.org", None),
]


async def test_values_are_stored_with_their_type(api: Api):
    cases = {f"x{number}": case for number, case in enumerate(VALUES)}
    flow = await api.save(
        [ret(key, f"{{{{ inputs.{key} }}}}") for key in cases],
        inputs=[{"id": key, **case[0]} for key, case in cases.items()],
    )
    done = await api.wait(
        await api.start(flow, inputs={key: case[1] for key, case in cases.items()})
    )
    for key, (spec, _, stored, shown) in cases.items():
        found, text = done["inputs"][key], run_of(done, key)["outputs"]["value"]
        assert (spec, found, type(found)) == (spec, stored, type(stored))
        assert (spec, text) == (spec, text if shown is None else shown)


async def test_values_compute_with_their_type(api: Api):
    specs = {
        "i": {"type": "INT"},
        "f": {"type": "FLOAT"},
        "b": {"type": "BOOLEAN"},
        "j": {"type": "JSON"},
        "l": {"type": "ARRAY", "itemType": "INT"},
        "d": {"type": "DATETIME"},
    }
    text = (
        "{{ inputs.i + 1 }} {{ inputs.f * 2 }} {{ inputs.b ? 'yes' : 'no' }} {{ inputs.j.a.b }}"
        " {{ inputs.l[1] + inputs.l[0] }} {{ inputs.d | date('yyyy-MM') }}"
    )
    flow = await api.save(
        [ret("r", text)], inputs=[{"id": key, **spec} for key, spec in specs.items()]
    )
    values = {"i": "1", "f": "1.5", "b": "true", "j": '{"a": {"b": "c"}}', "l": "[1, 2]"}
    done = await api.wait(await api.start(flow, inputs={**values, "d": "2020-02-01T00:00:00Z"}))
    assert run_of(done, "r")["outputs"] == {"value": "2 3.0 yes c 3 2020-02"}


async def test_ids_with_dots_are_nested(api: Api):
    inputs = [
        {"id": "nested.string", "type": "STRING"},
        {"id": "nested.more.int", "type": "INT"},
        {"id": "nested.bool", "type": "BOOLEAN", "defaults": True},
    ]
    flow = await api.save([ret("r", "{{ inputs.nested.more.int + 1 }}")], inputs=inputs)
    values = {"nested.string": "s", "nested.more.int": "7"}
    done = await api.wait(await api.start(flow, inputs=values))
    assert done["inputs"] == {"nested": {"string": "s", "more": {"int": 7}, "bool": True}}
    assert run_of(done, "r")["outputs"] == {"value": "8"}


async def test_defaults_and_what_overrides_them(api: Api):
    inputs = [
        {"id": "text", "type": "STRING", "defaults": "hello"},
        {"id": "number", "type": "INT", "defaults": 3, "required": False},
        {"id": "list", "type": "ARRAY", "itemType": "INT", "defaults": [1, 2]},
        {"id": "day", "type": "DATE", "defaults": "2020-01-01"},
        {"id": "json", "type": "JSON", "defaults": '{"a": 1}'},
        {"id": "choice", "type": "SELECT", "values": ["a", "b"], "defaults": "b"},
    ]
    flow = await api.save([ret("r")], inputs=inputs)
    wanted = {"text": "hello", "number": 3, "list": [1, 2], "day": "2020-01-01"}
    wanted |= {"json": {"a": 1}, "choice": "b"}
    assert (await api.start(flow))["inputs"] == wanted
    given_too = await api.start(flow, inputs={"text": "", "number": "4", "choice": "a"})
    assert given_too["inputs"] == {**wanted, "number": 4, "choice": "a"}


@pytest.mark.parametrize(
    "kind", ["STRING", "INT", "BOOLEAN", "BOOL", "DATE", "JSON", "URI", "EMAIL", "FILE", "SECRET"]
)
async def test_optional_inputs_are_present_as_null(api: Api, kind):
    text = "{{ inputs.x ?? 'nothing' }} {{ inputs.x is null }} {{ inputs }}"
    done = await given(api, {"type": kind, "required": False}, None, text)
    assert done["inputs"] == {"x": None}
    assert run_of(done, "r")["outputs"] == {"value": "nothing true {}"}


async def test_an_empty_value_counts_as_none(api: Api):
    done = await given(api, {"type": "INT", "required": False}, "", "{{ inputs.x ?? 'none' }}")
    assert (done["inputs"], run_of(done, "r")["outputs"]) == ({"x": None}, {"value": "none"})


async def test_what_is_not_declared_is_dropped(api: Api):
    flow = await api.save([ret("r", "{{ inputs }}")], inputs=[{"id": "x", "type": "STRING"}])
    started = await api.start(flow, inputs={"x": "1", "other": "2"})
    assert started["inputs"] == {"x": "1"}
    bare = await api.save([ret("r")])
    assert "inputs" not in await api.start(bare, inputs={"x": "1"})


async def test_long_texts_are_kept_whole(api: Api):
    long = "0123456789" * 30_000
    done = await given(api, {"type": "STRING"}, long, "{{ inputs.x | length }}")
    assert (done["inputs"], run_of(done, "r")["outputs"]) == ({"x": long}, {"value": "300000"})


@pytest.mark.parametrize("part", ["own", "files"])
async def test_files_are_stored_read_and_downloaded(api: Api, part):
    content = b"a,b\n1,2\n"
    inputs = [{"id": "data", "type": "FILE", "extension": ".csv"}]
    flow = await api.save([ret("r", "{{ read(inputs.data) }}|{{ inputs.data }}")], inputs=inputs)
    files = {"data": ("orders.csv", content)} if part == "own" else {"files": ("data", content)}
    done = await api.wait(await api.start(flow, files=files))
    uri = done["inputs"]["data"]
    folder = f"kestra:///tests/outside/{flow['id'].replace('_', '-')}/executions/{done['id']}"
    assert uri.startswith(f"{folder}/inputs/data/")
    assert uri.endswith(".csv")
    assert run_of(done, "r")["outputs"] == {"value": f"{content.decode()}|{uri}"}
    stored = await api.call("GET", f"/executions/{done['id']}/file", params={"path": uri})
    assert stored == content.decode()
    again = await api.start(flow, inputs={"data": uri})
    assert again["inputs"] == {"data": uri}


async def test_an_empty_file_is_refused_and_none_is_null(api: Api):
    flow = await api.save([ret("r")], inputs=[{"id": "f", "type": "FILE", "required": False}])
    path = f"/executions/{flow['namespace']}/{flow['id']}"
    refused = await api.call("POST", path, 422, files={"f": ("x.txt", b"")})
    assert "the file is empty, but received `x.txt`" in refused["message"]
    assert (await api.start(flow))["inputs"] == {"f": None}


async def test_secrets_are_encrypted_decrypted_and_masked(api: Api):
    inputs = [{"id": "key", "type": "SECRET"}]
    tasks = [
        ret("r", "{{ inputs.key }}"),
        log("l", "the key is {{ inputs.key }}!"),
        task("flow.WorkingDirectory", "w", tasks=[log("in", "again {{ inputs.key }}")]),
    ]
    flow = await api.save(tasks, inputs=inputs)
    done = await api.wait(await api.start(flow, inputs={"key": "password"}))
    assert "password" not in str(done["inputs"])
    assert len(done["inputs"]["key"]) > 30
    assert run_of(done, "r")["outputs"] == {"value": "password"}
    texts = await api.messages(done, "again")
    assert {"INFO the key is ********!", "INFO again ********"} <= set(texts)
    assert not any("password" in text for text in texts)
    assert (state(done), len(runs(done))) == ("SUCCESS", 4)
