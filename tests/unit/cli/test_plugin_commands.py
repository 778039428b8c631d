"""Commands about plugin types, that need no server."""

from __future__ import annotations

import json

import pytest

from tiercel.cli.plugin_packages import install
from tiercel.cli.plugins import search, show_docs, show_packages
from tiercel.model.errors import IllegalArgumentError
from tiercel.plugin.registry import Registry
from tiercel.plugins.index import BUILTIN

REGISTRY = Registry.builtin(use_entry_points=False)
LOG = "io.kestra.plugin.core.log.Log"


def test_packages_are_a_line_each_and_the_core_on_demand(capsys):
    assert show_packages(REGISTRY, core=False, output="table") == 0
    lines = capsys.readouterr().out.splitlines()
    assert all(line.startswith("Found plugin on path: ") for line in lines)
    assert any("[Tasks: io.kestra.plugin.scripts.shell.Commands" in line for line in lines)
    show_packages(REGISTRY, core=True, output="table")
    assert "Core plugin: [Tasks: " in capsys.readouterr().out


def test_types_are_found_by_words_of_name_and_title(capsys):
    assert search(REGISTRY, ["postgresql", "copy"], "json") == 0
    found = [item["type"] for item in json.loads(capsys.readouterr().out)]
    assert "io.kestra.plugin.jdbc.postgresql.CopyIn" in found
    assert search(REGISTRY, ["nothing-like-this"], "table") == 1


def test_a_page_of_one_type_is_printed(capsys):
    assert show_docs(REGISTRY, LOG, core=True, icons=False, schema=False) == 0
    assert LOG in capsys.readouterr().out


def test_pages_icons_and_schemas_are_written_below_a_folder(tmp_path, capsys):
    registry = Registry({LOG: BUILTIN[LOG]})
    assert show_docs(registry, str(tmp_path), core=True, icons=True, schema=True) == 0
    place = tmp_path / "io.kestra.plugin.core"
    assert {item.name for item in place.iterdir()} == {f"{LOG}.md", f"{LOG}.json", f"{LOG}.svg"}
    assert "1 page(s)" in capsys.readouterr().out


def test_an_unknown_type_is_no_folder():
    with pytest.raises(IllegalArgumentError, match="There is no type"):
        show_docs(REGISTRY, "io.kestra.plugin.core.log.Logg", core=True, icons=False, schema=False)


def test_packages_for_java_are_refused_before_anything_is_asked():
    with pytest.raises(IllegalArgumentError, match="package for Java"):
        install(["io.kestra.plugin:plugin-git:LATEST"], (), None)
