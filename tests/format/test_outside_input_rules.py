"""Inputs that are refused, seen through the API: the status, and a message that says why."""

from __future__ import annotations

from typing import Any

import pytest
from api_kit import NAMESPACE, Api, Json
from format_kit import ret

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def refusal(api: Api, spec: Json, value: Any, input_id: str = "x") -> str:
    """Return why a value is refused; it must be said in the two places clients read it."""
    flow = await api.save([ret("r")], inputs=[{"id": input_id, **spec}])
    body = await api.start(flow, inputs={} if value is None else {input_id: value}, status=422)
    (error,) = body["_embedded"]["errors"]
    assert error["path"] == input_id
    assert body["message"] == f"Invalid entity: {input_id}: {error['message']}"
    assert await api.of_flow(flow) == []
    message: str = error["message"]
    return message


RULES: list[tuple[Json, str, str]] = [
    ({"type": "STRING", "validator": "A\\d+"}, "B1", "it must match the pattern `A\\d+`"),
    ({"type": "STRING", "validator": "\\d"}, "12", "it must match the pattern `\\d`"),
    ({"type": "INT"}, "abc", 'For input string: "abc"'),
    ({"type": "INT"}, "1.5", 'For input string: "1.5"'),
    ({"type": "INT"}, " 1", 'For input string: " 1"'),
    ({"type": "INT"}, "99999999999", 'For input string: "99999999999"'),
    ({"type": "INT", "min": 5}, "4", "it must be more than `5`"),
    ({"type": "INT", "max": 10}, "11", "it must be less than `10`"),
    ({"type": "FLOAT"}, "x1", 'For input string: "x1"'),
    ({"type": "FLOAT", "min": 0.5}, "0.4", "it must be more than `0.5`"),
    ({"type": "FLOAT", "max": 1.5}, "1.6", "it must be less than `1.5`"),
    ({"type": "DURATION", "min": "PT5S"}, "PT1S", "It must be more than `PT5S`"),
    ({"type": "DURATION", "max": "PT20S"}, "PT30S", "It must be less than `PT20S`"),
    ({"type": "DATE", "after": "2020-01-02"}, "2020-01-01", "it must be after `2020-01-02`"),
    ({"type": "DATE", "before": "2020-01-02"}, "2020-01-03", "it must be before `2020-01-02`"),
    (
        {"type": "DATETIME", "after": "2020-01-01T00:00:00Z"},
        "2019-12-31T23:59:59Z",
        "it must be after `2020-01-01T00:00:00Z`",
    ),
    ({"type": "TIME", "after": "01:00"}, "00:59:59", "it must be after `01:00`"),
    ({"type": "TIME", "before": "11:59:59"}, "12:00", "it must be before `11:59:59`"),
    ({"type": "ENUM", "values": ["A", "B"]}, "C", "it must match the values `[A, B]`"),
    ({"type": "SELECT", "values": ["A", "B"]}, "a", "it must match the values `[A, B]`"),
    (
        {"type": "SELECT", "values": ["A", "B"], "required": False},
        "C",
        "it must match the values `[A, B]`",
    ),
    ({"type": "SELECT", "expression": "{{ ['p'] }}"}, "q", "it must match the values `[p]`"),
    (
        {"type": "MULTISELECT", "values": ["a", "b"]},
        '["c"]',
        "it must match the values `[a, b]`",
    ),
    ({"type": "EMAIL"}, "nobody", "The input must be a valid email"),
    ({"type": "URI"}, "nowhere", "Expected `URI` but received `nowhere`"),
    ({"type": "URI"}, "http://localhost", "Expected `URI` but received `http://localhost`"),
    (
        {"type": "ARRAY", "itemType": "INT"},
        '["s1"]',
        "Unable to parse array element as `INT` on `s1`",
    ),
]


async def refusals(api: Api, cases: list[tuple[Json, str, str]]) -> list[str]:
    """Return why each value is refused that is given for one of many optional inputs."""
    inputs = [{"id": f"x{n}", "required": False, **case[0]} for n, case in enumerate(cases)]
    flow = await api.save([ret("r")], inputs=inputs)
    found = []
    for n, (_, value, _) in enumerate(cases):
        body = await api.start(flow, inputs={f"x{n}": value}, status=422)
        (error,) = body["_embedded"]["errors"]
        assert error["path"] == f"x{n}"
        assert body["message"] == f"Invalid entity: x{n}: {error['message']}"
        found.append(error["message"].replace(f"`x{n}`", "`x`"))
    assert await api.of_flow(flow) == []
    return found


async def test_each_rule_is_named_with_the_value(api: Api):
    found = await refusals(api, RULES)
    for (_, value, reason), said in zip(RULES, found, strict=True):
        assert said == f"Invalid input for `x`, {reason}, but received `{value}`"


UNREADABLE: list[tuple[Json, str, str]] = [
    ({"type": "DATE"}, "2020-6-1", "Text '2020-6-1' could not be parsed at index 5"),
    ({"type": "DATETIME"}, "2019", "Text '2019' could not be parsed"),
    ({"type": "DATETIME"}, "2019-10-06T18:27:49", "could not be parsed"),
    ({"type": "TIME"}, "25:00", "Text '25:00' could not be parsed"),
    ({"type": "DURATION"}, "5 minutes", "Text cannot be parsed to a Duration"),
    ({"type": "JSON"}, "{", ""),
    ({"type": "YAML"}, "a: b: c", ""),
    ({"type": "ARRAY", "itemType": "STRING"}, "no list", ""),
    ({"type": "MULTISELECT", "values": ["a"]}, "no list", ""),
    ({"type": "FILE"}, "/etc/passwd", ""),
]


async def test_what_can_not_be_read_is_named_with_its_type(api: Api):
    found = await refusals(api, UNREADABLE)
    for (spec, value, detail), said in zip(UNREADABLE, found, strict=True):
        start = f"Expected `{spec['type']}` but received `{value}` with errors:"
        assert said.startswith(f"Invalid input for `x`, {start}\n```\n")
        assert said.endswith(f"\n```, but received `{value}`")
        assert detail in said
        assert "java" not in said


@pytest.mark.parametrize(
    ("spec", "value"),
    [
        ({"type": "STRING"}, None),
        ({"type": "STRING"}, ""),
        ({"type": "BOOLEAN"}, ""),
        ({"type": "ARRAY", "itemType": "INT"}, ""),
        ({"type": "SELECT", "values": ["a"]}, None),
        ({"type": "SECRET"}, ""),
        ({"type": "FILE"}, None),
    ],
)
async def test_a_required_input_is_missing(api: Api, spec, value):
    reason = "missing required input, but received `null`"
    assert await refusal(api, spec, value) == f"Invalid input for `x`, {reason}"


async def test_an_input_inside_a_map_is_named_by_its_whole_id(api: Api):
    said = await refusal(api, {"type": "INT"}, "x", "deep.inside.it")
    assert said.startswith('Invalid input for `deep.inside.it`, For input string: "x"')


async def test_a_secret_is_tested_in_clear_and_never_shown(api: Api):
    said = await refusal(api, {"type": "SECRET", "validator": "[a-z]+"}, "S3CRET")
    assert "it must match the pattern `[a-z]+`" in said
    assert "S3CRET" not in said


def conditional() -> list[Json]:
    """Return inputs that depend on each other."""
    return [
        {"id": "kind", "type": "SELECT", "values": ["a", "b"]},
        {
            "id": "x",
            "type": "INT",
            "dependsOn": {"inputs": ["kind"], "condition": "{{ inputs.kind == 'a' }}"},
        },
        {
            "id": "y",
            "type": "STRING",
            "defaults": "dy",
            "dependsOn": {"inputs": ["x"], "condition": "{{ inputs.x == 1 }}"},
        },
    ]


@pytest.mark.parametrize(
    ("values", "stored"),
    [
        ({"kind": "a", "x": "1"}, {"kind": "a", "x": 1, "y": "dy"}),
        ({"kind": "a", "x": "2", "y": "lost"}, {"kind": "a", "x": 2}),
        ({"kind": "b"}, {"kind": "b"}),
        ({"kind": "b", "x": "not even a number"}, {"kind": "b"}),
    ],
)
async def test_inputs_that_depend_on_others(api: Api, values, stored):
    flow = await api.save([ret("r")], inputs=conditional())
    assert (await api.start(flow, inputs=values))["inputs"] == stored


async def test_an_enabled_input_is_required(api: Api):
    flow = await api.save([ret("r")], inputs=conditional())
    body = await api.start(flow, inputs={"kind": "a"}, status=422)
    assert body["message"].startswith("Invalid entity: x: Invalid input for `x`, missing required")


async def test_inputs_are_checked_without_a_start(api: Api):
    inputs = [
        {"id": "n", "type": "INT", "defaults": 3, "max": 5},
        {"id": "s", "type": "STRING"},
        {"id": "o", "type": "FILE", "required": False},
        *conditional(),
    ]
    flow = await api.save([ret("r")], inputs=inputs)
    path = f"/executions/{NAMESPACE}/{flow['id']}/validate"
    form = [("n", (None, "9")), ("kind", (None, "b"))]
    said = await api.call("POST", path, files=form)
    assert (said["id"], said["namespace"]) == (flow["id"], NAMESPACE)
    found = {item["input"]["id"]: item for item in said["inputs"]}
    assert list(found) == ["n", "s", "o", "kind", "x", "y"]
    assert found["n"]["errors"] == [
        {"message": "Invalid input for `n`, it must be less than `5`, but received `9`"}
    ]
    missing = "Invalid input for `s`, missing required input, but received `null`"
    assert found["s"]["errors"] == [{"message": missing}]
    assert [found[key]["enabled"] for key in found] == [True, True, True, True, False, False]
    assert (found["o"]["errors"], found["kind"]["value"]) == ([], "b")
    assert await api.of_flow(flow) == []


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ({"type": "ARRAY", "itemType": "ARRAY"}, "`itemType` cannot be `ARRAY`"),
        ({"type": "STRING", "validator": "("}, "invalid pattern [(]"),
        ({"type": "NUMBER"}, "NUMBER"),
        ({"type": "INT", "defaults": "x"}, "x"),
        ({"type": "STRING", "unknown": 1}, 'Unrecognized field "unknown"'),
        ({"type": "STRING", "dependsOn": {"inputs": ["z"]}}, "non-existent input 'z'"),
    ],
)
async def test_inputs_that_make_no_sense_are_refused_with_their_flow(api: Api, spec, message):
    flow = {"id": api.fresh_id(), "namespace": NAMESPACE, "tasks": [ret("r")]}
    body = await api.call("POST", "/flows", 422, json={**flow, "inputs": [{"id": "x", **spec}]})
    assert message in body["message"]


async def test_inputs_with_one_id_or_in_a_circle_are_refused(api: Api):
    flow: Json = {"id": api.fresh_id(), "namespace": NAMESPACE, "tasks": [ret("r")]}
    twice = [{"id": "x", "type": "STRING"}] * 2
    body = await api.call("POST", "/flows", 422, json={**flow, "inputs": twice})
    assert "Duplicate input with name [x]" in body["message"]
    circle = [
        {"id": "a", "type": "STRING", "dependsOn": {"inputs": ["b"]}},
        {"id": "b", "type": "STRING", "dependsOn": {"inputs": ["a"]}},
    ]
    body = await api.call("POST", "/flows", 422, json={**flow, "inputs": circle})
    assert "Cycle dependency detected for input with id 'a': [a, b]" in body["message"]
