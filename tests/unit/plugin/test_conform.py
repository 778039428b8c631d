"""Fitting values to declared types, literal and rendered."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum
from typing import Annotated, Any, Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field, field_validator

from tiercel.model.yaml import Node, parse_yaml
from tiercel.plugin.conform import Conform
from tiercel.plugin.context import InlineContext
from tiercel.plugin.faults import Path, path_text
from tiercel.plugin.registry import InvalidPropertyError, Registry
from tiercel.plugin.task import InlineTask, Output, Template


class Colour(StrEnum):
    RED = "RED"


class Part(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: str
    size: int = 0


class Everything(InlineTask):
    """A task with a property of each kind."""

    type_name = "com.example.Everything"
    title = "Try every kind of property."

    text: str | None = None
    number: int | None = None
    share: float | None = None
    flag: bool = False
    wait: timedelta | None = None
    colour: Colour | None = None
    mode: Literal["A", "B"] | None = None
    items: list[int] | None = None
    table: dict[str, str] | None = None
    part: Part | None = None
    parts: list[Part] | None = None
    text_or_list: str | list[str] | None = None
    later: Template = None
    small: Annotated[int, Field(le=5)] | None = None
    even: int = 0

    @field_validator("even")
    @classmethod
    def _is_even(cls, value: int) -> int:
        if value % 2:
            raise ValueError("must be even; add one")
        return value

    def run(self, context: InlineContext) -> Output | None:
        return None


REGISTRY = Registry({})
REGISTRY.register(Everything)


def literal(source: str) -> tuple[dict[str, Any], list[str], list[Path]]:
    root = parse_yaml(source).root
    assert root is not None
    seen: list[Path] = []
    walk = Conform(REGISTRY, on_template=lambda path, node: seen.append(path))
    fitted = walk.model(Everything, root.value)
    return fitted.values, [f"{path_text(f.path)}: {f.message}" for f in walk.faults], seen


@pytest.mark.parametrize(
    ("source", "values"),
    [
        ("text: 3.10", {"text": "3.10"}),
        ("text: true", {"text": "true"}),
        ("number: '5'", {"number": 5}),
        ("share: 1", {"share": 1}),
        ("flag: 'true'", {"flag": True}),
        ("wait: p1dt1s", {"wait": "PT24H1S"}),
        ("wait: 90", {"wait": "PT1M30S"}),
        ("colour: RED", {"colour": "RED"}),
        ("items: [1, '2']", {"items": [1, 2]}),
        ("table: {a: 1}", {"table": {"a": "1"}}),
        ("part: {name: x, size: 1}", {"part": {"name": "x", "size": 1}}),
        ("textOrList: [a]", {"textOrList": ["a"]}),
        ("textOrList: 5", {"textOrList": "5"}),
        ("later: {any: [thing]}", {"later": {"any": ["thing"]}}),
        ("text: null", {}),
    ],
)
def test_literals_that_fit(source: str, values: dict[str, Any]) -> None:
    assert literal(source) == (values, [], [])


@pytest.mark.parametrize(
    ("source", "fault"),
    [
        ("text: [a]", "text: must be text, got a list"),
        ("number: x", "number: must be a whole number, got `x`"),
        ("number: 1.5", "number: must be a whole number, got `1.5`"),
        ("share: {}", "share: must be a number, got a map"),
        ("flag: maybe", "flag: must be true or false, got `maybe`"),
        ("wait: P1Y", "wait: must be a duration, got `P1Y`"),
        (
            "colour: red",
            'colour: Cannot deserialize value of type `java.lang.Enum` from String "red"',
        ),
        ("mode: C", 'mode: Cannot deserialize value of type `java.lang.Enum` from String "C"'),
        ("items: 5", "items: must be a list, got `5`"),
        ("items: [1, x]", "items[1]: must be a whole number, got `x`"),
        ("items: [1, null]", "items[1]: must not be null"),
        ("table: [a]", "table: must be a map, got a list"),
        ("table: {a: null}", "table.a: must not be null"),
        ("part: {size: 1}", "part.name: must not be null"),
        ("part: {name: a, sise: 1}", 'part.sise: Unrecognized field "sise"'),
        ("parts: [{name: a}, 5]", "parts[1]: must be a map, got `5`"),
        ("txt: a", 'txt: Unrecognized field "txt" (class com.example.Everything)'),
        ("small: 6", "small: must be less than or equal to 5"),
        ("even: 3", "even: must be even"),
        ("text_or_list: a", 'text_or_list: Unrecognized field "text_or_list"'),
    ],
)
def test_literals_that_do_not_fit(source: str, fault: str) -> None:
    _, faults, _ = literal(source)
    assert [item for item in faults if item.startswith(fault)] == faults
    assert len(faults) == 1


@pytest.mark.parametrize(
    ("source", "path"),
    [
        ('number: "{{ x }}"', ("number",)),
        ('items: "{{ x }}"', ("items",)),
        ('items: [1, "{{ x }}"]', ("items", 1)),
        ('table: {"{{ k }}": a}', ("table", "{{ k }}")),
        ('part: {name: "{{ x }}"}', ("part", "name")),
        ('later: {a: ["{% if x %}{% endif %}"]}', ("later", "a", 0)),
    ],
)
def test_templates_are_left_open_wherever_they_stand(source: str, path: Path) -> None:
    _, faults, seen = literal(source)
    assert (faults, seen) == ([], [path])


def test_literals_beside_templates_are_still_checked() -> None:
    _, faults, _ = literal('text: "{{ x }}"\neven: 3\nitems: ["{{ x }}", y]\n')
    assert faults == ["items[1]: must be a whole number, got `y`", "even: must be even"]


@pytest.mark.parametrize(
    ("given", "name", "value"),
    [
        ({"number": " 5 "}, "number", 5),
        ({"flag": "TRUE"}, "flag", True),
        ({"wait": "PT5S"}, "wait", timedelta(seconds=5)),
        ({"wait": "1.5"}, "wait", timedelta(seconds=1.5)),
        ({"items": "[1, 2]"}, "items", [1, 2]),
        ({"table": '{"a": 1}'}, "table", {"a": "1"}),
        ({"part": '{"name": "x"}'}, "part", Part(name="x")),
        ({"text": [1]}, "text", "[1]"),
        ({"number": ""}, "number", None),
        ({"text": ""}, "text", ""),
        ({"later": "{{ x }}"}, "later", "{{ x }}"),
        ({"text": "{{ not rendered again }}"}, "text", "{{ not rendered again }}"),
    ],
)
def test_rendered_values_become_the_declared_type(
    given: dict[str, Any], name: str, value: Any
) -> None:
    built = REGISTRY.build("com.example.Everything", given)
    field = {"textOrList": "text_or_list"}.get(name, name)
    assert getattr(built, field) == value


def test_rendered_values_that_do_not_fit_say_where() -> None:
    with pytest.raises(InvalidPropertyError) as caught:
        REGISTRY.build("com.example.Everything", {"items": '["x"]', "even": 3})
    assert caught.value.message == "items[0]: must be a whole number, got `x`"


def test_faults_point_at_their_nodes() -> None:
    root = parse_yaml("a: 1\ntext: x\nnumber: [1]\n").root
    assert root is not None
    walk = Conform(REGISTRY)
    walk.model(Everything, root.value)
    places = {
        fault.path: fault.value.place if isinstance(fault.value, Node) else None
        for fault in walk.faults
    }
    assert places == {("a",): (1, 1), ("number",): (3, 1)}
