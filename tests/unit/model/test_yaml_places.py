"""YAML: what scalars mean, where values are, what is refused."""

from __future__ import annotations

import itertools

import pytest

from tiercel.model.yaml import Node, node_of, parse_yaml


def plain(source: str) -> object:
    document = parse_yaml(source)
    assert document.problems == []
    assert document.root is not None
    return document.root.plain()


def node(source: str, key: str) -> Node:
    root = parse_yaml(source).root
    assert root is not None
    found = root.value[key]
    assert isinstance(found, Node)
    return found


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("yes", "yes"),
        ("NO", "NO"),
        ("on", "on"),
        ("010", "010"),
        ("12:30", "12:30"),
        ("2024-01-02", "2024-01-02"),
        ("true", True),
        ("False", False),
        ("12", 12),
        ("-3", -3),
        ("1_000", 1000),
        ("0x10", 16),
        ("1.5", 1.5),
        ("1e3", 1000.0),
        (".5", 0.5),
        ("~", None),
        ("null", None),
        ("", None),
        ("'12'", "12"),
        ("!!str 12", "12"),
        ("!!int '12'", 12),
    ],
)
def test_scalars_mean_what_authors_expect(written: str, value: object) -> None:
    assert plain(f"a: {written}") == {"a": value}


def test_every_value_and_key_has_its_place() -> None:
    found = node("a: 1\nlong: text\n", "long")
    assert (found.line, found.column, found.key_line, found.key_column) == (2, 7, 2, 1)


def test_a_number_keeps_how_it_was_written() -> None:
    assert node("a: 3.10", "a").text == "3.10"


def test_keys_are_text() -> None:
    assert plain("1: a\ntrue: b") == {"1": "a", "true": "b"}


def test_duplicate_keys_are_told_with_both_lines() -> None:
    [problem] = parse_yaml("a: 1\nb:\n  c: 1\n  c: 2\n").problems
    assert problem.message == "Duplicate field 'c'"
    assert (problem.path, problem.line, problem.column) == ("b.c", 4, 3)
    assert "line 3" in problem.hint


def test_anchors_and_merge_keys_are_resolved() -> None:
    source = "base: &b {x: 1, y: 2}\nmore:\n  <<: *b\n  y: 3\n"
    assert plain(source) == {"base": {"x": 1, "y": 2}, "more": {"x": 1, "y": 3}}


def test_broken_yaml_is_one_problem_with_its_place() -> None:
    document = parse_yaml("a: 1\n b: 2\n")
    assert document.root is None
    [problem] = document.problems
    assert problem.message.startswith("Illegal flow yaml: ")
    assert problem.line == 2


def test_an_unquoted_template_gets_the_hint_to_quote_it() -> None:
    [problem] = parse_yaml("a: {{ inputs.x }}").problems
    assert "quote" in problem.hint


@pytest.mark.parametrize("source", ["[" * 100_000, "- " * 50_000, "{a: " * 5_000])
def test_deep_nesting_is_refused(source: str) -> None:
    assert parse_yaml(source).problems


def test_aliases_can_not_blow_up() -> None:
    names = "abcdefghi"
    source = "a: &a [x,x,x,x,x,x,x,x,x,x]\n"
    for before, name in itertools.pairwise(names):
        source += f"{name}: &{name} [{','.join([f'*{before}'] * 10)}]\n"
    assert "too many" in parse_yaml(source).problems[0].message


@pytest.mark.parametrize(
    ("source", "line"), [("- a\n" * 300_000, 200_000), ("v:\n" + "  k: 1\n" * 150_000, 100_001)]
)
def test_endlessly_many_values_are_refused_where_there_are_too_many(source: str, line: int) -> None:
    [problem] = parse_yaml(source).problems
    assert "too many" in problem.message
    assert line - 10 < problem.line <= line


def test_long_texts_are_few_values() -> None:
    script = "".join(f"  echo {{{{ x }}}}, [{n}]\n" for n in range(50_000))
    found = plain(f"script: |\n{script}")
    assert isinstance(found, dict)
    assert found["script"].count("\n") == 50_000


def test_what_else_is_wrong_with_a_long_source_is_told() -> None:
    source = "a: 1\n" + "# nothing\n" * 30_000 + "b: [1\n"
    [problem] = parse_yaml(source).problems
    assert "while parsing a flow sequence" in problem.message


def test_an_endless_source_is_refused() -> None:
    assert "longer than" in parse_yaml("a" * 4_000_001).problems[0].message


def test_an_empty_source_has_no_root() -> None:
    assert parse_yaml("# nothing\n").root is None


def test_unknown_tags_and_bad_values_are_problems() -> None:
    problems = parse_yaml("a: !secret x\nb: !!int x\n").problems
    assert ["unknown tag" in problems[0].message, "not a int" in problems[1].message] == [
        True,
        True,
    ]


def test_plain_values_become_nodes_without_places() -> None:
    assert node_of({1: [None, {"a": True}]}).plain() == {"1": [None, {"a": True}]}


def test_walk_meets_everything() -> None:
    root = parse_yaml("a: [1, {b: 2}]").root
    assert root is not None
    assert len(list(root.walk())) == 5
