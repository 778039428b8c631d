"""YAML: what scalars mean, where values are, what is refused."""

from __future__ import annotations

import itertools

import pytest

from tiercel.model.problems import MOST_PROBLEMS
from tiercel.model.yaml import MAX_VALUES, Node, node_of, parse_yaml


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


def test_a_repeated_value_has_the_place_of_its_own_key() -> None:
    source = "a: &x {n: 1}\nb: *x\nc: [*x]\n"
    found = node(source, "b")
    assert (found.line, found.key_line, found.value["n"].key_line) == (1, 2, 1)
    assert node(source, "c").value[0].place == (1, 4)


def test_a_key_can_be_repeated() -> None:
    assert plain("a: &x k\n*x : 1\n&y b: *y\n") == {"a": "k", "k": 1, "b": "b"}


@pytest.mark.parametrize(
    ("source", "message", "path"),
    [
        ("a: [{b: !x 1}]", "unknown tag !x", "a[0].b"),
        ("a: {[b]: !x 1}", "a key must be text", "a"),
        ("a: !x [1]", "unknown tag !x", "a"),
        ("a:\n  - <<: 1", "`<<` needs a map", "a[0]"),
        ("- - !!bool x", "is not a bool", "[0][0]"),
    ],
)
def test_problems_have_paths(source: str, message: str, path: str) -> None:
    [problem] = parse_yaml(source).problems
    assert message in problem.message
    assert (problem.path, problem.line > 0) == (path, True)


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("a: &x 1\nb: &x 2", "second occurrence"),
        ("a: *x", "undefined alias"),
        ("a: 1\n---\nb: 2", "another document"),
    ],
)
def test_names_and_documents_are_given_once(source: str, message: str) -> None:
    document = parse_yaml(source)
    assert document.root is None
    assert message in document.problems[0].message


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
    assert "aliases repeat more than 10000" in parse_yaml(source).problems[0].message


@pytest.mark.parametrize(
    "source", ["&a [*a]", "a: &a {b: [*a]}", "a: &a [1]\nb: &b [*a, *b]", "x: &x {<<: *x}"]
)
def test_what_repeats_itself_is_refused(source: str) -> None:
    [problem] = parse_yaml(source).problems
    assert "stands in what it repeats" in problem.message
    assert problem.line > 0


def test_aliases_can_not_go_deep() -> None:
    source = "a0: &a0 [x]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}]\n" for n in range(1, 120))
    [problem] = parse_yaml(source).problems
    assert "too deep" in problem.message
    assert problem.line > 90


@pytest.mark.parametrize(
    "source", ["- a\n" * 300_000, "v:\n" + "".join(f"  k{n}: 1\n" for n in range(150_000))]
)
def test_endlessly_many_values_are_refused_where_there_are_too_many(source: str) -> None:
    [problem] = parse_yaml(source).problems
    assert f"too many values: more than {MAX_VALUES} keys and values" in problem.message
    lines = MAX_VALUES / (1 if source.startswith("-") else 2)
    assert lines - 10 < problem.line < lines + 10
    assert "split" in problem.hint


def test_values_within_the_limit_are_read() -> None:
    found = plain("- a\n" * (MAX_VALUES - 1))
    assert found == ["a"] * (MAX_VALUES - 1)


def test_no_more_problems_are_told_than_anybody_reads() -> None:
    document = parse_yaml("a: 1\n" * 300)
    assert document.root is None
    assert len(document.problems) == MOST_PROBLEMS + 1
    assert "more than 100 problems" in document.problems[-1].message


def test_endlessly_many_directives_are_refused() -> None:
    source = "".join(f"%TAG !{n}! tag:x,2000:\n" for n in range(20)) + "---\na: 1\n"
    assert "%TAG" in parse_yaml(source).problems[0].message
    assert plain("a: |\n" + "  %TAG x\n" * 20) == {"a": "%TAG x\n" * 20}


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
