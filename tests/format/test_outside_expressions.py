"""Expressions in running flows, seen through the API: variables, fallbacks, failures, JSON."""

from __future__ import annotations

from typing import Any

import pytest
from api_kit import NAMESPACE, Api, run_of, runs, seen, state
from format_kit import log, ret, seq, task

pytestmark = pytest.mark.asyncio(loop_scope="session")

VARIABLES: dict[str, Any] = {
    "a": "{{ vars.b }}",
    "b": "{{ vars.c }}",
    "c": "end of {{ flow.id }}",
    "list": [1, "two", None],
    "map": {"k": {"deep": True}},
    "with-dash": "d",
    "text": '{"a": {"b": [1, 2]}}',
}
VALUES = task("output.OutputValues", "o", values={"null": None, "empty": "", "zero": 0})


async def rendered(api: Api, *texts: str, **more: Any) -> list[str]:
    """Return texts rendered by one task each, behind a task with outputs."""
    tasks = [ret(f"t{number}", text) for number, text in enumerate(texts)]
    done = await api.run(VALUES, *tasks, variables=VARIABLES, **more)
    assert state(done) == "SUCCESS", await api.messages(done)
    return [run_of(done, item["id"])["outputs"]["value"] for item in tasks]


async def test_the_variables_of_flow_and_execution(api: Api):
    flow = await api.save(
        [
            ret("f", "{{ flow.id }}|{{ flow.namespace }}|{{ flow.revision }}"),
            ret("e", "{{ execution.id }}|{{ execution.originalId }}|{{ execution.startDate }}"),
            ret("l", "{{ labels.team }}|{{ labels['a.b'] }}|{{ labels.system.correlationId }}"),
            ret("n", "{{ trigger is defined }} {{ inputs is defined }} {{ parent is defined }}"),
        ],
        labels={"team": "x", "a.b": "dotted"},
    )
    done = await api.wait(await api.start(flow))
    text = {run["taskId"]: run["outputs"]["value"] for run in runs(done)}
    assert text["f"] == f"{flow['id']}|{NAMESPACE}|1"
    started, original, date = text["e"].split("|")
    assert started == original == done["id"]
    assert date[:19] == done["state"]["startDate"][:19]
    assert text["l"] == f"x|dotted|{done['id']}"
    assert text["n"] == "false false false"


async def test_variables_are_rendered_on_demand_and_through(api: Api):
    texts = await rendered(
        api,
        "{{ vars.a }}",
        "{{ render(vars.a) }}",
        "{{ render(vars.a, recursive=false) }}",
        "{{ renderOnce(vars.b) }}",
        "{{ render('{{ 1 + 1 }}') }}",
    )
    end = texts[1]
    assert end.startswith("end of ")
    assert texts == ["{{ vars.b }}", end, "{{ vars.c }}", "end of {{ flow.id }}", "2"]


@pytest.mark.parametrize("value", ["{{ 7 * 7 }}", "{% raw %}", "}} {{"])
async def test_what_a_value_holds_is_never_rendered(api: Api, value):
    inputs = [{"id": "x", "type": "STRING"}]
    flow = await api.save(
        [ret("r", "<{{ inputs.x }}>"), ret("s", "{{ outputs.r.value }}")], inputs=inputs
    )
    done = await api.wait(await api.start(flow, inputs={"x": value}))
    assert run_of(done, "s")["outputs"] == {"value": f"<{value}>"}


async def test_fallbacks_for_what_is_null_or_missing(api: Api):
    texts = [
        "[{{ outputs.o.values.null }}]",
        "{{ outputs.o.values.null ?? 'fallback' }}",
        "{{ outputs.o.values.nobody ?? 'fallback' }}",
        "{{ nobody.at.all ?? 'fallback' }}",
        "{{ nobody ?? outputs.o.values.null ?? 'third' }}",
        "[{{ outputs.o.values.empty ?? 'no' }}]",
        "{{ outputs.o.values.empty | default('given') }}",
        "{{ outputs.o.values.zero ?? 'no' }}",
        "{{ vars.list[2] is null }} {{ vars.list[1] is null }}",
        "{{ outputs.o.values.null is empty }} {{ nobody is defined }}",
    ]
    wanted = ["[]", "fallback", "fallback", "fallback", "third", "[]", "given", "0"]
    assert await rendered(api, *texts) == [*wanted, "true false", "true false"]


MISSING = [
    ("{{ nobody }}", "nobody"),
    ("{{ nobody.at.all }}", "nobody"),
    ("{{ inputs.x }}", "inputs"),
    ("{{ outputs.nobody.value }}", "nobody"),
    ("{{ outputs.o.values.nobody }}", "nobody"),
    ("{{ vars.nobody }}", "nobody"),
    ("{{ vars.map.k.nobody }}", "nobody"),
    ("{{ vars.list[9] }}", "9"),
    ("{{ labels.nobody }}", "nobody"),
    ("{{ trigger.date }}", "trigger"),
    ("{{ parent.taskrun.value }}", "parent"),
    ("{{ taskrun.value }}", "value"),
    ("before {{ 1 }} {{ nobody }} behind", "nobody"),
]


async def test_a_missing_variable_fails_the_task_and_is_named(api: Api):
    done = await api.run(VALUES, ret("r", "{{ nobody }}"), ret("never"))
    assert (seen(done), state(done)) == (["o SUCCESS", "r FAILED"], "FAILED")
    tasks = [ret(f"r{n}", text, allowFailure=True) for n, (text, _) in enumerate(MISSING)]
    done = await api.run(VALUES, *tasks, variables=VARIABLES)
    assert seen(done)[1:] == [f"{item['id']} WARNING" for item in tasks]
    errors = [text for text in await api.messages(done) if text.startswith("ERROR")]
    for (text, name), said in zip(MISSING, errors, strict=True):
        message = f"Unable to find `{name}` used in the expression `{text}` at line 1"
        assert said.startswith(f"ERROR {message}")


async def test_the_line_of_what_is_missing_is_told(api: Api):
    done = await api.run(log("l", ["fine", "one\ntwo {{ nobody }}"]))
    message = "Unable to find `nobody` used in the expression `one\ntwo {{ nobody }}` at line 2"
    assert any(message in text for text in await api.messages(done, message))


BROKEN = [
    "{{ 'x' | nofilter }}",
    "{{ nofunction() }}",
    "{{ fromJson('{') }}",
    "{{ 'x' | number }}",
    "{{ 1 / 0 }}",
    "{{ 'no date' | date('yyyy') }}",
    "{{ secret('NOBODY') }}",
    "{{ kv('nobody', errorOnMissing=true) }}",
    "{{ read('kestra:///no/where.txt') }}",
]


async def test_expressions_that_can_not_be_worked_out_fail_the_task(api: Api):
    tasks = [ret(f"r{n}", text, allowFailure=True) for n, text in enumerate(BROKEN)]
    done = await api.run(*tasks)
    assert seen(done) == [f"{item['id']} WARNING" for item in tasks]
    errors = [text for text in await api.messages(done) if text.startswith("ERROR")]
    assert len(errors) == len(BROKEN)


async def test_results_are_shown_as_json(api: Api):
    assert await rendered(
        api,
        "{{ vars.list }} {{ vars.map }}",
        "{{ {'a': 1, 'b': [true, 'x', 1.5]} }}",
        "{{ vars.map | toJson }} {{ 'text' | toJson }} {{ vars['with-dash'] }}",
        "{{ fromJson(vars.text).a.b[1] }}",
        "{{ vars.list | length }} {{ vars.map | keys }} {{ vars.map.k.deep }}",
        "{{ vars.map | jq('.k.deep') }} {{ vars.list | first }} {{ [3, 1, 2] | sort | join(',') }}",
    ) == [
        '[1,"two",null] {"k":{"deep":true}}',
        '{"a":1,"b":[true,"x",1.5]}',
        '{"k":{"deep":true}} "text" d',
        "2",
        '3 ["k"] true',
        "[true] 1 1,2,3",
    ]


async def test_dates_are_shown_in_many_ways(api: Api):
    date = "'2020-02-01T10:11:12Z'"
    assert await rendered(
        api,
        f"{{{{ {date} | date('yyyy-MM-dd') }}}} {{{{ {date} | date('HH:mm:ss.SSS') }}}}",
        f"{{{{ {date} | date(timeZone='Europe/Paris') }}}}",
        f"{{{{ {date} | date('iso_local_date') }}}} {{{{ {date} | timestamp }}}}",
        f"{{{{ {date} | dateAdd(1, 'DAYS') | date('yyyy-MM-dd EEEE', locale='en') }}}}",
        "{{ execution.startDate | date('yyyy') == now() | date('yyyy') }}",
    ) == [
        "2020-02-01 10:11:12.000",
        "2020-02-01T11:11:12.000000+01:00",
        "2020-02-01 1580551872",
        "2020-02-02 Sunday",
        "true",
    ]


async def test_blocks_and_comments(api: Api):
    assert await rendered(
        api,
        "{% for x in vars.list %}<{{ x }}>{% endfor %}",
        "{% if vars.map.k.deep %}yes{% else %}no{% endif %}{# nothing #}",
        "{% set x = 3 %}{{ x * 2 }} {% raw %}{{ as it is }}{% endraw %}",
        "{{ 'a' ~ 1 ~ true }} {{ 1 > 2 ? 'x' : 'y' }} {{ ['a', 'b'] contains 'b' }}",
    ) == ["<1><two><>", "yes", "6 {{ as it is }}", "a1true y true"]


async def test_expressions_stand_in_every_property(api: Api):
    done = await api.run(
        task("flow.Sleep", "s", duration="{{ 'PT0.0' ~ 1 ~ 'S' }}"),
        log("l", "m", level="{{ 'WARN' }}"),
        task("output.OutputValues", "o", values={"{{ 'key' }}": ["{{ 1 + 1 }}"]}),
        seq("q", ret("r", "{{ outputs.o.values.key[0] }}")),
    )
    assert (state(done), run_of(done, "r")["outputs"]) == ("SUCCESS", {"value": "2"})
    assert "WARN m" in await api.messages(done, "WARN m")


@pytest.mark.parametrize("text", ["{{ unclosed", "{{ 'a' + }}", "{% if true %}", "{{ 1 }"])
async def test_a_template_that_is_no_template_is_refused_with_its_flow(api: Api, text):
    flow = {"id": api.fresh_id(), "namespace": NAMESPACE, "tasks": [ret("r", text)]}
    body = await api.call("POST", "/flows", 422, json=flow)
    assert "format" in body["message"]
