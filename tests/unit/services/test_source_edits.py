"""Sources in which one task is replaced."""

from __future__ import annotations

import pytest
import yaml

from tiercel.model.yaml import parse_yaml
from tiercel.services.source_edits import to_yaml, with_map

NEW = {"id": "a", "type": "T", "script": "one\ntwo\n", "n": 1}
WRITTEN = "{dash}id: a\n{pad}type: T\n{pad}script: |\n{pad}  one\n{pad}  two\n{pad}n: 1"


@pytest.mark.parametrize(
    ("before", "old", "after", "dash"),
    [
        ("# top\ntasks:\n", "  - id: a # x\n    type: T\n", "  - id: b # y\n", "  - "),
        ("tasks:\n", "- id: a\n  type: T\n  text: |\n    one\n\n", "\n# end\n", "- "),
        ("tasks:\n- id: é\n  then:\n", "    - type: T\n      id: a\n", "triggers: []\n", "    - "),
        ("tasks:\n  - task:\n", "      id: a\n      type: T\n", "    dependsOn: [b]\n", "      "),
        ("tasks:\n", "  -   id: a\n      type:\n", "", "  -   "),
    ],
)
def test_other_lines_stay_as_they_are(before: str, old: str, after: str, dash: str) -> None:
    source = before + old + after
    definition = yaml.safe_load(source)
    task = definition["tasks"][0]
    task = task.get("task") or (task["then"][0] if "then" in task else task)
    changed = with_map(source, definition, task, NEW)
    assert changed is not None
    assert changed.startswith(before + WRITTEN.format(dash=dash, pad=" " * len(dash)))
    assert changed.endswith(after)
    found = yaml.safe_load(changed)["tasks"][0]
    assert NEW in (found, *found.values(), *found.get("then", []))


def test_a_map_in_braces_stays_in_its_line() -> None:
    source = "tasks: [{id: a, type: T}, {id: b}] # both\n"
    definition = yaml.safe_load(source)
    changed = with_map(source, definition, definition["tasks"][0], {"id": "a", "type": "U: x"})
    assert changed == 'tasks: [{"id": "a", "type": "U: x"}, {id: b}] # both\n'


def test_a_map_that_came_by_a_merge_has_no_place() -> None:
    source = "x: &x {t: {id: a}}\ntasks:\n  - <<: *x\n"
    definition = yaml.safe_load(source)
    merged = dict(definition["tasks"][0]["t"])
    definition["tasks"][0]["t"] = merged
    assert with_map(source, definition, merged, NEW) is None


@pytest.mark.parametrize(
    "value",
    [
        [
            "yes",
            "010",
            "12:30",
            "null",
            "true",
            "1.5",
            "",
            " x ",
            "- a",
            "a: b",
            "#",
            "*a",
            "{{ x }}",
        ],
        ["\x7f\x85\x9f", "a\u2028b\u2029c", "\ufeff", "😀", "tab\tline\nnext\n", '"\\"', "\x01"],
        [None, True, 12, 1.5, 1e22, 1.5e-7, [], {}, {"a b": {"": [1]}, "é": "ü"}],
    ],
)
def test_what_is_large_means_the_same(value: list[object]) -> None:
    flow = {"id": "x", "namespace": "y", "long": ["x"] * 1_000, "own": value, "a-b": {"c": value}}
    source = to_yaml(flow)
    root = parse_yaml(source).root
    assert root is not None
    assert root.plain() == flow
    assert source.startswith('id: "x"\nnamespace: "y"\nlong:\n- "x"\n')


def test_long_texts_are_large() -> None:
    assert to_yaml({"a": "x\n" * 60_000}).count("\n") == 1


def test_what_people_read_is_written_in_lines() -> None:
    assert to_yaml({"id": "a", "script": "one\ntwo\n"}) == "id: a\nscript: |\n  one\n  two\n"
