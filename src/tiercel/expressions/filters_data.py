"""Filters and functions between values and data formats: JSON, YAML, Ion, jq."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from tiercel.expressions.environment import Environment
from tiercel.expressions.json_reader import read_json
from tiercel.expressions.signatures import Filter, Function, text_argument
from tiercel.expressions.values import json_text


def _json(run: Environment, value: object) -> str:
    return json_text(value)


def _yaml(run: Environment, value: object) -> str:
    from tiercel.expressions.yaml_writer import yaml_text

    return "null" if value is None else yaml_text(value)


def _ion(run: Environment, value: object) -> str:
    from tiercel.expressions.ion_writer import ion_text

    return ion_text(value)


def _jq(run: Environment, value: object, expression: object) -> list[Any]:
    from tiercel.expressions.jq_program import run_jq

    program = text_argument("filter `jq`", "expression", expression)
    document = json_text(read_json(value)) if isinstance(value, str) else json_text(value)
    return run_jq(run.meter, program, document)


def _from_json(name: str) -> Function:
    def parse(run: Environment, text: object) -> Any:
        if text is None:
            return None
        return read_json(text_argument(f"function `{name}`", "json", text))

    return Function(parse, ("json",), 1)


def _from_ion(run: Environment, text: object) -> Any:
    from tiercel.expressions.ion_reader import read_ion

    return None if text is None else read_ion(text_argument("function `fromIon`", "ion", text))


def _from_yaml(run: Environment, text: object) -> Any:
    from tiercel.expressions.yaml_reader import read_yaml

    return read_yaml(text_argument("function `yaml`", "yaml", text))


FILTERS: Final[Mapping[str, Filter]] = {
    "json": Filter(_json, takes_null=True),
    "toJson": Filter(_json, takes_null=True),
    "yaml": Filter(_yaml, takes_null=True),
    "toIon": Filter(_ion, takes_null=True),
    "jq": Filter(_jq, ("expression",), required=1),
}
FUNCTIONS: Final[Mapping[str, Function]] = {
    "fromJson": _from_json("fromJson"),
    "json": _from_json("json"),
    "fromIon": Function(_from_ion, ("ion",), 1),
    "yaml": Function(_from_yaml, ("yaml",), 1),
}
