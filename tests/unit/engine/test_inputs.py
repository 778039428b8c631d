"""Inputs of an execution: typing, defaults, rules, dependencies, errors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tiercel.engine.input_values import single_precision
from tiercel.engine.inputs import resolve, type_outputs
from tiercel.expressions import LocalServices, render_typed, render_value
from tiercel.model.errors import IllegalArgumentError, InvalidInputError
from tiercel.model.flow import Flow, FlowOutput
from tiercel.model.inputs import INPUT_CLASSES, Input, InputType

SERVICES = LocalServices()


def an_input(kind: str, **properties: Any) -> Input:
    model = INPUT_CLASSES[InputType(kind)]
    return model.model_validate({"id": "a", "type": kind, **properties})


def render(value: Any, inputs: Mapping[str, Any]) -> Any:
    context = {"inputs": inputs}
    if isinstance(value, str):
        return render_typed(value, context, SERVICES)
    return render_value(value, context, SERVICES)


def value_of(item: Input, given: Any) -> Any:
    return resolve([item], {"a": given}, render=render)["a"]


def refusal(*items: Input, **given: Any) -> str:
    with pytest.raises(InvalidInputError) as caught:
        resolve(items, given, render=render)
    return caught.value.message


@pytest.mark.parametrize(
    ("kind", "raw", "value"),
    [
        ("STRING", "x", "x"),
        ("STRING", " ", " "),
        ("STRING", 5, "5"),
        ("STRING", {"a": 1}, '{"a": 1}'),
        ("INT", "42", 42),
        ("INT", -7, -7),
        ("FLOAT", "1", 1.0),
        ("FLOAT", "3.14159265358979", 3.1415927),
        ("BOOLEAN", "TRUE", True),
        ("BOOLEAN", "no", False),
        ("BOOL", True, True),
        ("DATETIME", "2020-06-01T00:00:00+02:00", "2020-05-31T22:00:00Z"),
        ("DATETIME", "2020-06-01T00:00:00.250Z", "2020-06-01T00:00:00.250Z"),
        ("DATE", "2024-12-20", "2024-12-20"),
        ("TIME", "02:00", "02:00:00"),
        ("DURATION", "PT60S", "PT1M"),
        ("JSON", '{"a": [1]}', {"a": [1]}),
        ("JSON", {"a": 1}, {"a": 1}),
        ("YAML", "a: [1, yes]", {"a": [1, "yes"]}),
        ("URI", "https://example.com/x?y=1", "https://example.com/x?y=1"),
        ("EMAIL", "a.b@example.com", "a.b@example.com"),
        ("FILE", "kestra:///a/b.csv", "kestra:///a/b.csv"),
    ],
)
def test_values_are_typed_and_normalised(kind: str, raw: Any, value: Any) -> None:
    assert value_of(an_input(kind), raw) == value


@pytest.mark.parametrize(
    ("kind", "raw", "rule"),
    [
        ("INT", "1.5", 'For input string: "1.5"'),
        ("INT", " 1", 'For input string: " 1"'),
        ("INT", "2147483648", 'For input string: "2147483648"'),
        ("INT", True, 'For input string: "true"'),
        ("FLOAT", "x", 'For input string: "x"'),
        ("FLOAT", "1e400", 'For input string: "1e400"'),
        ("DATE", "2020-6-1", "Text '2020-6-1' could not be parsed at index 5"),
        ("DATETIME", "2020-06-01T00:00:00", "offset"),
        ("TIME", "25:00", "could not be parsed"),
        ("DURATION", "P1Y", "Text cannot be parsed to a Duration"),
        ("JSON", "{", "Expected `JSON` but received `{`"),
        ("YAML", "a: b: c", "Expected `YAML`"),
        ("URI", "http://localhost", "Expected `URI` but received `http://localhost`"),
        ("EMAIL", "nobody", "The input must be a valid email"),
        ("FILE", "/etc/passwd", "Expected `FILE` but received `/etc/passwd`"),
        ("BOOLEAN", 3, "Expected `BOOLEAN`"),
    ],
)
def test_values_of_another_type_are_refused(kind: str, raw: Any, rule: str) -> None:
    message = refusal(an_input(kind), a=raw)
    assert message.startswith("a: Invalid input for `a`, ")
    assert rule in message


@pytest.mark.parametrize(
    ("kind", "properties", "raw", "rule"),
    [
        ("INT", {"min": 1}, "0", "it must be more than `1`"),
        ("INT", {"max": 5}, "6", "it must be less than `5`"),
        ("FLOAT", {"max": 0.5}, 1, "it must be less than `0.5`"),
        ("DURATION", {"min": "PT1S"}, "PT0S", "It must be more than `PT1S`"),
        ("DATE", {"after": "2020-01-02"}, "2020-01-01", "it must be after `2020-01-02`"),
        ("TIME", {"before": "01:00"}, "02:00", "it must be before `01:00`"),
        (
            "DATETIME",
            {"after": "2020-01-01T00:00:00Z"},
            "2019-01-01T00:00:00Z",
            "it must be after `2020-01-01T00:00:00Z`",
        ),
        ("STRING", {"validator": "[a-z]+"}, "a1", "it must match the pattern `[a-z]+`"),
        ("SELECT", {"values": ["A", "B"]}, "C", "it must match the values `[A, B]`"),
        ("ENUM", {"values": ["A"], "required": False}, "C", "it must match the values `[A]`"),
        ("MULTISELECT", {"values": ["A"]}, ["A", "C"], "it must match the values `[A]`"),
        ("ARRAY", {"itemType": "INT"}, ["s1"], "Unable to parse array element as `INT` on `s1`"),
        ("FILE", {"allowedFileExtensions": [".csv"]}, "kestra:///a.txt", "[.csv]"),
    ],
)
def test_rules_are_named(kind: str, properties: dict[str, Any], raw: Any, rule: str) -> None:
    message = refusal(an_input(kind, **properties), a=raw)
    assert message.startswith(f"a: Invalid input for `a`, {rule}") or rule in message
    assert "but received `" in message


@pytest.mark.parametrize("given", [{}, {"a": None}, {"a": ""}])
def test_nothing_given_is_missing_when_required(given: dict[str, Any]) -> None:
    message = refusal(an_input("STRING"), **given)
    assert message == "a: Invalid input for `a`, missing required input, but received `null`"


def test_inputs_that_are_not_required_are_null() -> None:
    assert resolve([an_input("INT", required=False)], {}, render=render) == {"a": None}


def test_all_problems_are_told_at_once() -> None:
    first = an_input("INT")
    second = an_input("DATE", id="b")
    assert refusal(first, second, a="x", b="y").count("Invalid input for") == 2


def test_names_that_are_not_declared_are_dropped() -> None:
    assert resolve([an_input("INT")], {"a": 1, "z": 2}, render=render) == {"a": 1}


def test_defaults_are_rendered_with_the_inputs_they_depend_on() -> None:
    base = an_input("STRING", id="b", defaults="x")
    item = an_input("STRING", defaults="{{ inputs.b }}!", dependsOn={"inputs": ["b"]})
    assert resolve([item, base], {}, render=render) == {"a": "x!", "b": "x"}


def test_a_default_that_can_not_be_rendered_is_a_problem() -> None:
    assert "Cannot render 'defaults'" in refusal(an_input("STRING", defaults="{{ inputs.z }}"))


@pytest.mark.parametrize(
    ("condition", "enabled"),
    [("{{ inputs.b == 1 }}", True), ("{{ inputs.b == 2 }}", False), ("true", False)],
)
def test_an_input_is_asked_for_only_when_its_condition_is_true(
    condition: str, enabled: bool
) -> None:
    base = an_input("INT", id="b", defaults=1)
    depends = {"inputs": ["b"], "condition": condition}
    item = an_input("STRING", defaults="x", dependsOn=depends)
    assert ("a" in resolve([item, base], {}, render=render)) is enabled


def test_a_condition_that_can_not_be_rendered_disables_without_an_error() -> None:
    item = an_input("STRING", dependsOn={"inputs": [], "condition": "{{ inputs.z }}"})
    assert resolve([item], {}, render=render) == {}


def test_what_depends_on_a_disabled_input_is_disabled() -> None:
    off = an_input("STRING", id="b", dependsOn={"condition": "{{ false }}"})
    item = an_input("STRING", dependsOn={"inputs": ["b"]})
    assert resolve([off, item], {}, render=render) == {}


def test_choices_may_come_from_an_expression() -> None:
    base = an_input("STRING", id="b", defaults="x")
    item = an_input("SELECT", expression="{{ [inputs.b, 'y'] }}", dependsOn={"inputs": ["b"]})
    assert resolve([base, item], {"a": "y"}, render=render)["a"] == "y"
    assert "[x, y]" in refusal(base, item, a="z")


def test_an_expression_must_give_a_list() -> None:
    assert "Expected a list of strings" in refusal(
        an_input("SELECT", expression="{{ 'x' }}"), a="x"
    )


def test_custom_values_are_accepted_when_allowed() -> None:
    assert value_of(an_input("SELECT", values=["A"], allowCustomValue=True), "C") == "C"


def test_the_first_choice_can_be_the_default() -> None:
    item = an_input("SELECT", values=["A", "B"], autoSelectFirst=True)
    assert resolve([item], {}, render=render) == {"a": "A"}


@pytest.mark.parametrize("raw", ["[1, 2]", [1, "2"]])
def test_lists_come_as_lists_or_as_json(raw: Any) -> None:
    assert value_of(an_input("ARRAY", itemType="INT"), raw) == [1, 2]


def test_ids_with_dots_make_nested_maps() -> None:
    inner = an_input("INT", id="nest.inner")
    other = an_input("INT", id="nest.other", defaults=2)
    expected = {"nest": {"inner": 1, "other": 2}}
    assert resolve([inner, other], {"nest.inner": "1"}, render=render) == expected
    assert resolve([inner, other], {"nest": {"inner": 1}}, render=render) == expected


@pytest.mark.parametrize("ids", [("x", "x.y"), ("x.y", "x")])
def test_a_value_can_not_be_the_beginning_of_another_id(ids: tuple[str, str]) -> None:
    items = [an_input("INT", id=input_id, defaults=1) for input_id in ids]
    with pytest.raises(IllegalArgumentError, match="x"):
        resolve(items, {}, render=render)


def test_secrets_are_encrypted_and_never_shown() -> None:
    item = an_input("SECRET", validator="[a-z]+")
    assert resolve([item], {"a": "abc"}, render=render, encrypt=lambda text: f"<{text}>") == {
        "a": "<abc>"
    }
    assert "ABC" not in refusal(item, a="ABC")


def test_secrets_need_a_key() -> None:
    assert "encryption is not configured" in refusal(an_input("SECRET"), a="x")


@given(st.floats(width=32, allow_nan=False, allow_infinity=False))
def test_floats_of_32_bits_stay_what_they_are(number: float) -> None:
    assert abs(single_precision(number) - number) <= abs(number) * 1e-6 + 1e-45


def outputs_flow(*outputs: FlowOutput) -> Flow:
    return Flow("f", "n", 1, "", {}, (), outputs=outputs)


def test_outputs_are_typed() -> None:
    flow = outputs_flow(FlowOutput("n", "INT", "x"), FlowOutput("t", "STRING", "x"))
    assert type_outputs(flow, {"n": "5", "t": 5}) == {"n": 5, "t": "5"}


def test_outputs_that_do_not_fit_are_told() -> None:
    flow = outputs_flow(FlowOutput("n", "INT", "x"), FlowOutput("m", "STRING", "x"))
    with pytest.raises(InvalidInputError) as caught:
        type_outputs(flow, {"n": "x", "m": None})
    first, second = caught.value.message.split("\n")
    assert first == ('n: Invalid output for `n`, For input string: "x", but received `x`')
    assert "missing required output" in second


def test_outputs_that_are_not_required_may_be_null() -> None:
    flow = outputs_flow(FlowOutput("n", "INT", "x", required=False))
    assert type_outputs(flow, {"n": None}) == {"n": None}


def test_secret_outputs_are_encrypted_and_marked_or_refused() -> None:
    flow = outputs_flow(FlowOutput("s", "SECRET", "x"))
    with pytest.raises(InvalidInputError, match="encryption is not configured") as caught:
        type_outputs(flow, {"s": "clear"})
    assert "clear" not in caught.value.message
    assert type_outputs(flow, {"s": "clear"}, encrypt=str.upper) == {
        "s": {"type": "io.kestra.datatype:aes_encrypted", "value": "CLEAR"}
    }
