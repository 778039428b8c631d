"""Outputs of flows, seen through the API: typed, whatever the end, and failing the execution."""

from __future__ import annotations

from typing import Any

import pytest
from api_kit import NAMESPACE, Api, Json, history, run_of, runs, seen, state
from format_kit import each, fail, ret, task

pytestmark = pytest.mark.asyncio(loop_scope="session")


def output(kind: str, value: Any, output_id: str = "o", **more: Any) -> Json:
    """Return the declaration of an output."""
    return {"id": output_id, "type": kind, "value": value, **more}


VALUES: list[tuple[str, Any, Any]] = [
    ("STRING", "{{ outputs.a.value }}", "v"),
    ("STRING", "plain", "plain"),
    ("STRING", "{{ outputs.a }}", '{"value":"v"}'),
    ("STRING", "{{ 1 + 1 }}", "2"),
    ("INT", "{{ 1 + 1 }}", 2),
    ("INT", "3", 3),
    ("INT", 5, 5),
    ("FLOAT", "{{ 1.5 }}", 1.5),
    ("BOOLEAN", "{{ outputs.a.value == 'v' }}", True),
    ("BOOLEAN", "false", False),
    ("DATE", "2020-01-01", "2020-01-01"),
    ("DATETIME", "2020-01-01T00:00:00+01:00", "2019-12-31T23:00:00Z"),
    ("TIME", "02:00", "02:00:00"),
    ("DURATION", "PT60S", "PT1M"),
    ("JSON", '{"a": [1, null]}', {"a": [1, None]}),
    ("JSON", {"k": "{{ outputs.a.value }}", "l": [1, "{{ 2 }}"]}, {"k": "v", "l": [1, "2"]}),
    ("JSON", "{{ outputs.a }}", {"value": "v"}),
    ("YAML", "a: 1", {"a": 1}),
    ("ARRAY", "{{ [1, 'x'] }}", [1, "x"]),
    ("ARRAY", ["{{ outputs.a.value }}", "w"], ["v", "w"]),
    ("ARRAY", '["1", 2]', ["1", 2]),
    ("URI", "https://kestra.io/docs", "https://kestra.io/docs"),
]


async def test_outputs_are_typed(api: Api):
    outputs = [output(kind, value, f"o{n}") for n, (kind, value, _) in enumerate(VALUES)]
    done = await api.run(ret("a", "v"), outputs=outputs)
    assert (state(done), history(done)) == ("SUCCESS", "CRS")
    for (kind, value, shown), found in zip(VALUES, done["outputs"].values(), strict=True):
        assert (kind, value, found, type(found)) == (kind, value, shown, type(shown))


async def test_outputs_keep_the_order_they_are_written_in(api: Api):
    wanted = ["z", "a", "m-1", "b.c"]
    outputs = [output("STRING", key, key, description="d", displayName="D") for key in wanted]
    done = await api.run(ret("t"), outputs=outputs)
    assert list(done["outputs"].items()) == [(key, key) for key in wanted]


async def test_outputs_come_from_loops_states_and_inputs(api: Api):
    loop = each("e", ["x", "y"], ret("t", "<{{ taskrun.value }}>"))
    outputs = [
        output("STRING", "{{ outputs.t.y.value }}", "one"),
        output("ARRAY", "{{ outputs.t | values | jq('map(.value)') | first }}", "all"),
        output("STRING", "{{ tasks.e.state }} {{ flow.id }} {{ labels.k }} {{ vars.v }}", "rest"),
    ]
    done = await api.run(loop, outputs=outputs, labels={"k": "l"}, variables={"v": "w"})
    rest = f"SUCCESS {done['flowId']} l w"
    assert done["outputs"] == {"one": "<y>", "all": ["<x>", "<y>"], "rest": rest}


async def test_a_file_is_an_output(api: Api):
    write = task("storage.Write", "w", content="hello", extension=".txt")
    done = await api.run(write, outputs=[output("FILE", "{{ outputs.w.uri }}")])
    uri = done["outputs"]["o"]
    assert uri == run_of(done, "w")["outputs"]["uri"]
    assert await api.call("GET", f"/executions/{done['id']}/file", params={"path": uri}) == "hello"


async def test_a_secret_output_is_encrypted(api: Api):
    done = await api.run(ret("a", "v"), outputs=[output("SECRET", "the {{ 'secret' }}")])
    assert set(done["outputs"]["o"]) == {"value", "type"}
    assert done["outputs"]["o"]["type"] == "io.kestra.datatype:aes_encrypted"
    assert "secret" not in done["outputs"]["o"]["value"]


async def test_outputs_are_there_whatever_the_end(api: Api):
    value = "{{ tasks.a.state }}"
    failed = await api.run(
        fail("a"), ret("b"), errors=[ret("e")], outputs=[output("STRING", value)]
    )
    assert (state(failed), failed["outputs"]) == ("FAILED", {"o": "FAILED"})
    warned = await api.run(fail("a", allowFailure=True), outputs=[output("STRING", value)])
    assert (state(warned), warned["outputs"]) == ("WARNING", {"o": "WARNING"})


@pytest.mark.parametrize(
    ("kind", "value", "reason"),
    [
        ("STRING", "{{ outputs.nobody.value }}", "Unable to find `nobody` used in the expression"),
        ("ARRAY", "{{ nope }}", "Unable to find `nope` used in the expression `{{ nope }}`"),
        (
            "INT",
            "x",
            'o: Invalid output for `o`, For input string: "x", but received `x`',
        ),
        ("ARRAY", "{{ outputs.a.value }}", "o: Invalid output for `o`, Expected `ARRAY` but"),
        ("DATE", "tomorrow", "o: Invalid output for `o`, Expected `DATE` but received `tomorrow`"),
        ("STRING", "{{ null }}", "Invalid output for `o`"),
        ("FILE", "no file", "Invalid output for `o`, Expected `FILE` but received `no file`"),
    ],
)
async def test_an_output_that_can_not_be_had_fails_the_execution(api: Api, kind, value, reason):
    outputs = [output("STRING", "good", "good"), output(kind, value)]
    done = await api.run(ret("a", "v"), errors=[ret("never")], outputs=outputs)
    assert (state(done), history(done)) == ("FAILED", "CRSF")
    assert (seen(done), done.get("outputs")) == (["a SUCCESS"], None)
    message = "ERROR Failed to render output values: "
    (said,) = [text for text in await api.messages(done, message) if text.startswith(message)]
    assert reason in said


async def test_an_output_may_be_optional(api: Api):
    outputs = [output("STRING", "{{ null }}", required=False), output("INT", "1", "i")]
    done = await api.run(ret("a"), outputs=outputs)
    assert (state(done), done["outputs"]) == ("SUCCESS", {"o": None, "i": 1})


@pytest.mark.parametrize(
    ("outputs", "message"),
    [
        ([output("STRING", "1"), output("STRING", "2")], "Duplicate output with name [o]"),
        ([output("STRING", "1", itemType="INT")], "itemType"),
        ([{"id": "o", "type": "STRING"}], "value"),
        ([output("WHATEVER", "1")], "WHATEVER"),
    ],
)
async def test_outputs_that_make_no_sense_are_refused(api: Api, outputs, message):
    flow = {"id": api.fresh_id(), "namespace": NAMESPACE, "tasks": [ret("a")], "outputs": outputs}
    assert message in (await api.call("POST", "/flows", 422, json=flow))["message"]


async def test_a_parent_reads_the_outputs_of_its_subflow(api: Api):
    inputs = [{"id": "n", "type": "INT"}]
    outputs = [output("INT", "{{ inputs.n + 1 }}"), output("ARRAY", "{{ [inputs.n] }}", "l")]
    child = await api.save([ret("a")], inputs=inputs, outputs=outputs)
    call = task(
        "flow.Subflow", "s", namespace=NAMESPACE, flowId=child["id"], inputs={"n": "{{ 40 + 1 }}"}
    )
    text = "{{ outputs.s.outputs.o + 1 }} {{ outputs.s.outputs.l[0] }} {{ outputs.s.state }}"
    done = await api.run(call, ret("r", text))
    assert run_of(done, "r")["outputs"] == {"value": "43 41 SUCCESS"}
    assert run_of(done, "s")["outputs"]["outputs"] == {"o": 42, "l": [41]}


async def test_outputs_of_a_failed_task_are_kept(api: Api):
    script = {
        "id": "s",
        "type": "io.kestra.plugin.scripts.shell.Commands",
        "taskRunner": {"type": "io.kestra.plugin.core.runner.Process"},
        "commands": ['echo \'::{"outputs": {"k": "kept"}}::\'', "exit 2"],
    }
    done = await api.run(script, errors=[ret("e", "{{ outputs.s.vars.k }}")])
    assert run_of(done, "s")["outputs"]["vars"] == {"k": "kept"}
    assert run_of(done, "e")["outputs"] == {"value": "kept"}
    assert (state(done), len(runs(done))) == ("FAILED", 2)
