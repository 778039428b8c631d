"""Tables, JSON, YAML and graphs as commands print them."""

from __future__ import annotations

import json

import pytest
import yaml

from tiercel.check import parse_flow
from tiercel.cli.doctor import BAD, GOOD, WARNING, Finding, show
from tiercel.cli.dot import to_dot
from tiercel.cli.tables import show_list
from tiercel.plugin.registry import Registry
from tiercel.services.graph import GraphBuilder

ITEMS = [
    {"id": "a", "state": {"current": "SUCCESS"}, "on": True},
    {"id": "longer", "state": {"current": "FAILED"}, "text": "two\nlines\tand [bold]"},
]
COLUMNS = (("id", "id"), ("state", "state.current"), ("on", "on"), ("text", "text"))


def test_a_table_is_aligned_and_keeps_every_text(capsys):
    show_list(ITEMS, COLUMNS, "table")
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "ID      STATE    ON   TEXT"
    assert lines[1] == "a       SUCCESS  yes"
    assert lines[2].endswith("[bold]")


@pytest.mark.parametrize(("output", "read"), [("json", json.loads), ("yaml", yaml.safe_load)])
def test_programs_get_everything(output, read, capsys):
    show_list(ITEMS, COLUMNS, output)
    assert read(capsys.readouterr().out) == ITEMS


def test_an_empty_list_is_no_line_of_results(capsys):
    show_list([], COLUMNS, "table", nothing="none")
    assert capsys.readouterr() == ("", "none\n")
    show_list([], COLUMNS, "json")
    assert capsys.readouterr().out == "[]\n"


def test_a_graph_is_written_for_graphviz():
    flow = parse_flow(
        """id: g
namespace: n
tasks:
  - id: split
    type: io.kestra.plugin.core.flow.Parallel
    tasks:
      - {id: b, type: io.kestra.plugin.core.log.Log, message: 'say "b"'}
""",
        Registry.builtin(),
    ).flow
    ids = iter("uvwxyz")
    text = to_dot(GraphBuilder(lambda: next(ids)).build(flow))
    assert text.startswith("digraph G {\n  layout=dot;\n")
    assert 'subgraph "cluster_root.split" {' in text
    assert '"root.split" -> "root.split.b" [label="PARALLEL"];' in text
    assert text.count("{") == text.count("}")


def test_the_doctor_fails_only_when_something_needed_is_missing(capsys):
    fine = [Finding("a", GOOD, "there"), Finding("b", WARNING, "gone", "get it")]
    assert show(fine, "table") == 0
    assert "→ get it" in capsys.readouterr().out
    assert show([*fine, Finding("c", BAD, "gone", "get it")], "json") == 1
