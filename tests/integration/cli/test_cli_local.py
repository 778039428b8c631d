"""Commands that do the work themselves: maintenance, a run on servers of its own, configuration."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tiercel.main import run

TIERCEL = Path(sys.executable).with_name("tiercel")
FLOW = """id: sized
namespace: cli.local
inputs:
  - {id: data, type: FILE}
  - {id: word, type: STRING}
tasks:
  - id: say
    type: io.kestra.plugin.core.log.Log
    message: "{{ inputs.word }}: {{ read(inputs.data) }}"
"""


def call(*words: object) -> int:
    with pytest.raises(SystemExit) as left:
        run([str(word) for word in words])
    assert isinstance(left.value.code, int)
    return left.value.code


def test_flows_are_read_again_and_those_not_valid_any_more_are_named(
    tmp_path, database_url, bus_url, capsys
):
    import psycopg

    place = ["--data-dir", tmp_path, "--database-url", database_url, "--bus-url", bus_url]
    assert call("sys", "database", "migrate", *place) == 0
    assert "The database is at version " in capsys.readouterr().out
    (tmp_path / "flows").mkdir()
    (tmp_path / "flows" / "a.yaml").write_text(FLOW)
    (tmp_path / "flows" / "b.yaml").write_text(FLOW.replace("sized", "other"))
    for name in ("a.yaml", "b.yaml"):
        given = ["-i", "word=x", "-i", f"data=@{__file__}"]
        assert call("run", "--no-follow", *place, tmp_path / "flows" / name, *given) == 0
    capsys.readouterr()
    assert call("sys", "reindex", "-t", "flow", *place) == 0
    assert capsys.readouterr().out == "Successfully reindex 2 flow(s).\n"
    with psycopg.connect(database_url) as connection:
        connection.execute(
            "UPDATE tiercel.flows SET source = replace(source, 'core.log.Log', 'core.log.Gone')"
            " WHERE id = 'other'"
        )
    assert call("sys", "reindex", "-t", "flow", *place) == 1
    told = capsys.readouterr()
    assert told.out == "Successfully reindex 1 flow(s).\n"
    assert "✘ - cli.local.other" in told.err


def test_a_flow_is_tried_on_servers_that_are_gone_afterwards(tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path / "tmp"))
    (tmp_path / "tmp").mkdir()
    file, data = tmp_path / "flow.yaml", tmp_path / "data.txt"
    file.write_text(FLOW)
    data.write_text("content")
    words = [TIERCEL, "flow", "test", file, "word", "hello", "data", data]
    done = subprocess.run(words, capture_output=True, text=True, timeout=100)
    assert done.returncode == 0, done.stderr
    assert "say hello: content" in done.stdout
    assert list((tmp_path / "tmp").glob("tiercel-test-*")) == []


def test_one_flow_is_tried_at_a_time(tmp_path, capsys):
    file = tmp_path / "two.yaml"
    file.write_text(f"{FLOW}---\n{FLOW}")
    assert call("flow", "test", file) == 1
    assert "holds more than one flow" in capsys.readouterr().err
    assert call("flow", "test", file, "word") == 2
    assert "the input 'word' has no value" in capsys.readouterr().err


def test_the_configuration_is_shown_without_its_secrets(tmp_path, capsys):
    file = tmp_path / "kestra.yml"
    file.write_text(
        "kestra:\n  server:\n    basicAuth:\n      enabled: true\n"
        "      username: ops@example.org\n      password: Open-Sesame-1\n"
    )
    assert call("configs", "properties", "-c", file) == 0
    masked = capsys.readouterr().out
    for source in yaml.safe_load(masked)["propertySources"]:
        assert set(source["properties"].values()) <= {"*****"}
    assert "kestra.server.basic-auth.password" in masked
    assert call("configs", "show", "-c", file) == 0
    shown = capsys.readouterr().out
    assert "ops@example.org" in shown
    assert "Open-Sesame-1" not in masked + shown


def test_a_mistake_in_the_configuration_is_told_with_its_place(tmp_path, capsys):
    file = tmp_path / "kestra.yml"
    file.write_text("micronaut:\n  server:\n    port: many\n")
    assert call("configs", "show", "-c", file) == 1
    assert "kestra.yml:3" in capsys.readouterr().err


@pytest.mark.parametrize(
    "words",
    [
        ["migrate", "default-tenant", "--tenant-id", "main", "--dry-run"],
        ["migrate", "metadata", "kv"],
        ["migrate", "metadata", "secrets"],
        ["migrate", "metadata", "nsfiles"],
        ["sys", "state-store", "migrate"],
    ],
)
def test_what_has_nothing_to_do_says_so(words, capsys):
    assert call(*words) == 0
    assert capsys.readouterr().out.startswith("Nothing to m")
