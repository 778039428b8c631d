"""Commands about keys, files, secrets and tokens of a server, and how a server is reached."""

from __future__ import annotations

import io
import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

TIERCEL = Path(sys.executable).with_name("tiercel")


def test_a_key_keeps_its_type_and_its_time(tiercel, tmp_path):
    silent = tiercel("namespace", "kv", "update", "cli.kv", "zip", "01234", "-t", "STRING")
    assert (silent.code, silent.out, silent.err) == (0, "", "")
    tiercel("kv", "set", "cli.kv", "text", "hello  world\t!", "--expiration", "PT1H")
    file = tmp_path / "value.json"
    file.write_text('{"a": [1, 2]}\n')
    tiercel("kv", "set", "cli.kv", "json", "--file-value", file)
    assert tiercel("kv", "get", "cli.kv", "text").out == "hello  world\t!\n"
    assert json.loads(tiercel("kv", "get", "cli.kv", "json").out) == {"a": [1, 2]}
    assert json.loads(tiercel("kv", "get", "cli.kv", "zip", "-o", "json").out)["type"] == "STRING"
    listed = json.loads(tiercel("kv", "list", "cli.kv", "-o", "json").out)
    assert [item["key"] for item in listed] == ["json", "text", "zip"]
    assert "expirationDate" in listed[1]
    assert tiercel("kv", "delete", "cli.kv", "zip").code == 0
    gone = tiercel("kv", "delete", "cli.kv", "zip")
    assert (gone.code, gone.err) == (1, "error: No key 'zip' in namespace 'cli.kv'\n")


def test_a_key_needs_one_value(tiercel):
    done = tiercel("kv", "set", "cli.kv", "k")
    assert done.code == 2
    assert done.err.startswith("Usage: tiercel kv set [OPTIONS] NAMESPACE KEY [VALUE]\n")


def test_a_folder_goes_up_and_comes_down_again(tiercel, tmp_path):
    source = tmp_path / "nsf"
    (source / "sub").mkdir(parents=True)
    (source / "a.txt").write_text("a")
    (source / "sub" / "b.zip").write_bytes(b"PK no archive at all")
    (source / "c.log").write_text("c")
    (source / ".kestraignore").write_text("*.log\n")
    up = tiercel("namespace", "files", "update", "cli.files", source, "/up")
    assert up.out.splitlines() == [
        f"Successfully uploaded {source}/a.txt to /up/a.txt",
        f"Successfully uploaded {source}/sub/b.zip to /up/sub/b.zip",
    ]
    tiercel("namespace", "files", "download", "cli.files", tmp_path / "down", "--path", "up/sub")
    assert (tmp_path / "down" / "b.zip").read_bytes() == b"PK no archive at all"
    (source / "a.txt").unlink()
    tiercel("namespace", "files", "update", "cli.files", source, "--delete")
    listed = tiercel("namespace", "files", "list", "cli.files", "--output", "json")
    assert json.loads(listed.out) == [{"path": "/sub/b.zip"}]
    missing = tiercel("namespace", "files", "download", "cli.files", tmp_path, "--path", "/no")
    assert (missing.code, "Nothing is stored at /no" in missing.err) == (1, True)


def test_a_secret_is_set_and_its_value_never_shown(tiercel, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.StringIO("hush-hush\n"))
    done = tiercel("secrets", "set", "cli.secret", "DB_PASSWORD", "--description", "orders")
    assert (done.code, done.out, done.err) == (0, "", "")
    listed = tiercel("secrets", "list", "cli.secret", "-o", "json").out
    assert [item["key"] for item in json.loads(listed)] == ["DB_PASSWORD"]
    assert "hush" not in listed
    assert tiercel("secrets", "delete", "cli.secret", "DB_PASSWORD").code == 0
    assert "DB_PASSWORD" not in tiercel("secrets", "list", "cli.secret").out


def test_a_token_opens_the_server_until_it_is_deleted(tiercel, monkeypatch):
    token = tiercel("tokens", "create", "ci").out.strip()
    assert "ci" in tiercel("tokens", "list").out
    monkeypatch.delenv("TIERCEL_USER")
    assert tiercel("kv", "list", "--api-token", token).code == 0
    assert tiercel("kv", "list", "--headers", f"Authorization=Bearer {token}").code == 0
    assert tiercel("tokens", "delete", "ci", "--api-token", token).code == 0
    refused = tiercel("kv", "list", "--api-token", token)
    assert (refused.code, refused.out) == (1, "")


def test_without_a_login_it_is_said_how_to_give_one(tiercel, monkeypatch):
    monkeypatch.delenv("TIERCEL_USER")
    done = tiercel("flow", "list")
    assert done.code == 1
    assert "The server wants a login" in done.err
    assert "--user" in done.err


def test_the_tenant_is_part_of_the_path(tiercel):
    assert tiercel("flow", "list", "--tenant", "main").code == 0
    assert tiercel("flow", "list", "--tenant", "other").code == 1


@pytest.mark.parametrize(
    ("server", "message"),
    [
        ("http://127.0.0.1:9", "No server answers at http://127.0.0.1:9: connection refused"),
        ("localhost:8080", "--server localhost:8080 is no address"),
    ],
)
def test_a_server_that_is_not_there_is_told_with_what_to_do(tiercel, server, message):
    done = tiercel("kv", "list", "--server", server)
    assert (done.code, done.out) == (1, "")
    assert message in done.err
    assert len(done.err.splitlines()) == 2


def test_output_for_a_pipe_has_no_colours_and_a_closed_pipe_is_no_error(logged_in):
    words = [TIERCEL, "plugins", "list", "--core"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        first = process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 0
    assert b"\033" not in first


def on_terminal(words: list[object], **variables: str) -> bytes:
    ours, theirs = pty.openpty()
    environment = {**os.environ, "TERM": "xterm", **variables}
    done = subprocess.run(words, stdout=theirs, stderr=theirs, env=environment, timeout=60)
    os.close(theirs)
    shown = os.read(ours, 65536)
    os.close(ours)
    assert done.returncode == 0
    return shown


def test_a_terminal_shows_colours_unless_they_are_not_wanted():
    assert b"\033[1m" in on_terminal([TIERCEL, "flow", "--help"])
    assert b"\033" not in on_terminal([TIERCEL, "flow", "--help"], NO_COLOR="1")
