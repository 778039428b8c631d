"""Moving over: from a stand-in of the original server, from files, and from a server of ours."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import httpx
import pytest
from other_server import NAMESPACE, NEXT, TOKEN, USER, other_server, recorded

FLOW = """id: {id}
namespace: {namespace}
labels: {{team: web}}
tasks:
  - {{id: hello, type: io.kestra.plugin.core.debug.Return, format: hello}}
triggers:
  - {{id: daily, type: io.kestra.plugin.core.trigger.Schedule, cron: "0 3 * * *"}}
"""


@pytest.fixture
def clean(tiercel):
    """Nothing of the namespace is there, before and after."""

    def forget() -> None:
        listed = tiercel("flow", "list", "--namespace", NAMESPACE, "--output", "json").out
        for flow in json.loads(listed or "[]"):
            tiercel("flow", "delete", NAMESPACE, flow["id"])
        for key in ("obj", "dt", "soon"):
            tiercel("kv", "delete", NAMESPACE, key)

    forget()
    yield
    forget()


@pytest.fixture
def api(server_url):
    name, _, password = USER.partition(":")
    with httpx.Client(base_url=f"{server_url}/api/v1", auth=(name, password), timeout=60) as client:
        yield client


def lines(done) -> dict[str, str]:
    """Return what became of each kind of thing."""
    pairs = [line.split(maxsplit=1) for line in done.out.splitlines()]
    return {kind: told for kind, told in pairs if kind in ("flows", "files", "keys", "triggers")}


@pytest.mark.usefixtures("clean")
def test_everything_valid_comes_over_and_the_rest_is_told(tiercel, api):
    with other_server() as url:
        done = tiercel("import", "--from", url)
        assert done.code == 1
        assert lines(done) == {
            "flows": "2 new, 1 refused",
            "files": "1 new",
            "keys": "3 new",
            "triggers": "1 new",
        }
        told = next(line for line in done.err.splitlines() if "mesage" in line)
        assert told.startswith(f"{NAMESPACE}.broken:6:5: ")
        assert "message" in told.rpartition("(")[2]
        source = recorded()["get_flows_namespace_id_source"]["source"]
        assert api.get(f"/flows/{NAMESPACE}/orders?source=true").json()["source"] == source
        assert tiercel("kv", "get", NAMESPACE, "obj").out == '{"a": [1, "x"]}\n'
        assert api.get(f"/namespaces/{NAMESPACE}/kv/dt").json()["type"] == "DATETIME"
        kept = {item["key"]: item for item in api.get(f"/namespaces/{NAMESPACE}/kv").json()}
        assert kept["soon"]["expirationDate"].startswith(("2098-12-31", "2099-01-01"))
        assert "expirationDate" not in kept["obj"]
        file = api.get(f"/namespaces/{NAMESPACE}/files?path=/scripts/main.py").text
        assert file == recorded()["get_namespaces_files"]
        state = api.get(f"/triggers/{NAMESPACE}/orders").json()["results"][0]
        assert (state["nextExecutionDate"], state["disabled"]) == (NEXT, False)

        again = tiercel("import", "--from", url)
        assert lines(again) == {
            "flows": "2 unchanged, 1 refused",
            "files": "1 unchanged",
            "keys": "3 unchanged",
            "triggers": "1 unchanged",
        }


@pytest.mark.usefixtures("clean")
def test_a_dry_run_writes_nothing(tiercel, api):
    with other_server() as url:
        done = tiercel("import", "--from", url, "--dry-run")
    assert lines(done)["flows"] == "2 new, 1 refused"
    assert done.out.splitlines()[-1] == "nothing was written: --dry-run"
    assert api.get(f"/flows/{NAMESPACE}/orders").status_code == 404
    assert api.get(f"/namespaces/{NAMESPACE}/kv").json() == []


def test_revisions_come_in_their_order(tiercel, api):
    with other_server(namespace="cli.revised") as url:
        tiercel("import", "--from", url)
        tiercel("flow", "delete", "cli.revised", "orders")
        tiercel("import", "--from", url, "--revisions")
    assert len(api.get("/flows/cli.revised/child/revisions").json()) == 1
    with other_server(namespace="cli.revisions") as url:
        tiercel("import", "--from", url, "--revisions")
    there = recorded()["get_flows_namespace_id_revisions"]
    found = api.get("/flows/cli.revisions/child/revisions").json()
    sources = [item["source"].replace(NAMESPACE, "cli.revisions") for item in there]
    assert [item["source"] for item in found] == sources


def test_revisions_go_on_where_they_ended(tiercel, api, tmp_path):
    there = recorded()["get_flows_namespace_id_revisions"]
    file = tmp_path / "child.yaml"
    for item in there[:-1]:
        file.write_text(item["source"].replace(NAMESPACE, "cli.later"))
        tiercel("flow", "updates", tmp_path, "--no-delete")
    with other_server(namespace="cli.later") as url:
        done = tiercel("import", "--from", url, "--revisions")
    assert lines(done)["flows"] == "1 new, 1 changed, 1 refused"
    assert len(api.get("/flows/cli.later/child/revisions").json()) == len(there)


@pytest.mark.usefixtures("clean")
def test_triggers_may_be_left_off(tiercel, api):
    with other_server() as url:
        tiercel("import", "--from", url, "--triggers-off")
    assert api.get(f"/triggers/{NAMESPACE}/orders").json()["results"][0]["disabled"] is True


@pytest.mark.usefixtures("clean")
def test_a_switch_that_was_set_is_unchanged_when_it_is_done_again(tiercel, api):
    def told(*options):
        return lines(tiercel("import", "--from", url, *options))["triggers"]

    def is_off():
        return api.get(f"/triggers/{NAMESPACE}/orders").json()["results"][0]["disabled"]

    with other_server() as url:
        assert told("--triggers-off") == "1 new"
        assert told("--triggers-off") == "1 unchanged"
        assert told("--triggers-off", "--overwrite") == "1 unchanged"
        assert told() == "1 kept"
        assert is_off() is True
        assert told("--overwrite", "--dry-run") == "1 changed"
        assert is_off() is True
        assert told("--overwrite") == "1 changed"
        assert is_off() is False
        assert told() == "1 unchanged"
        source = api.get(f"/flows/{NAMESPACE}/orders?source=true").json()["source"]
        yaml = {"content-type": "application/x-yaml"}
        changed = source + "\n# changed here\n"
        path = f"/flows/{NAMESPACE}/orders"
        assert api.put(path, content=changed, headers=yaml).status_code == 200
        assert told("--overwrite", "--triggers-off") == "1 changed"
        assert api.put(path, content=changed, headers=yaml).status_code == 200
        assert told("--overwrite", "--triggers-off") == "1 unchanged"


@pytest.mark.usefixtures("clean")
def test_what_was_changed_here_is_kept_unless_it_may_be_replaced(tiercel):
    with other_server() as url:
        tiercel("import", "--from", url)
        tiercel("kv", "set", NAMESPACE, "obj", "12")
        kept = tiercel("import", "--from", url)
        assert lines(kept)["keys"] == "2 unchanged, 1 kept"
        assert tiercel("kv", "get", NAMESPACE, "obj").out == "12\n"
        replaced = tiercel("import", "--from", url, "--overwrite")
        assert lines(replaced)["keys"] == "1 changed, 2 unchanged"
        assert tiercel("kv", "get", NAMESPACE, "obj").out == '{"a": [1, "x"]}\n'


@pytest.mark.parametrize(
    ("server", "options"),
    [
        ({"tenant": "main"}, ()),
        ({"tenant": "team"}, ("--from-tenant", "team")),
        ({"login": True}, ("--from-user", USER)),
        ({"token": True, "tenant": "main"}, ("--from-token", TOKEN)),
    ],
)
def test_servers_of_every_kind_are_read(tiercel, server, options):
    with other_server(**server) as url:
        done = tiercel("import", "--from", url, *options, "--dry-run")
    assert lines(done)["flows"].endswith("1 refused"), done.err


def test_a_login_that_is_missing_is_told(tiercel):
    with other_server(login=True) as url:
        done = tiercel("import", "--from", url)
    assert done.code == 1
    assert "wants a login" in done.err


def test_one_place_to_import_from_is_named(tiercel, tmp_path):
    assert tiercel("import").code == 2
    assert tiercel("import", tmp_path, "--from", "http://localhost:1").code == 2
    assert "no file or folder" in tiercel("import", tmp_path / "nothing").err
    away = tiercel("import", "--from", "http://localhost:1").err
    assert "No server answers at http://localhost:1" in away
    assert "--from" in away
    assert "--from localhost is no address" in tiercel("import", "--from", "localhost").err


def test_a_folder_and_an_archive_are_read(tiercel, tmp_path):
    folder = tmp_path / "flows"
    (folder / "sub").mkdir(parents=True)
    (folder / "a.yaml").write_text(FLOW.format(id="a", namespace="cli.imports"))
    bad = FLOW.format(id="c", namespace="cli.imports").replace("format:", "fromat:")
    both = FLOW.format(id="b", namespace="cli.imports") + "---\n" + bad
    (folder / "sub" / "b.yml").write_text(both)
    (folder / "README.md").write_text("nothing to import")
    done = tiercel("import", folder)
    assert (done.code, lines(done)["flows"]) == (1, "2 new, 1 refused")
    assert done.err.startswith(f"{folder / 'sub' / 'b.yml'}:13:")
    archive = tmp_path / "flows.zip"
    with zipfile.ZipFile(archive, "w") as made:
        made.write(folder / "a.yaml", "cli.imports.a.yml")
        made.writestr("cli.imports.d.yml", FLOW.format(id="d", namespace="cli.imports"))
    assert lines(tiercel("import", archive))["flows"] == "1 new, 1 unchanged"


def test_the_export_of_a_namespace_holds_flows_and_files(tiercel, tmp_path, api):
    archive = tmp_path / "cli.exported_files.zip"
    with zipfile.ZipFile(archive, "w") as made:
        made.writestr("_flows/a.yml", FLOW.format(id="a", namespace="cli.exported"))
        made.writestr("scripts/main.py", "print(1)\n")
        made.writestr("queries/flow.yml", "select: 1\n")
        made.writestr("empty", "")
    done = tiercel("import", archive)
    assert (done.code, lines(done)["flows"], lines(done)["files"]) == (0, "1 new", "3 new")
    read = api.get("/namespaces/cli.exported/files?path=/queries/flow.yml")
    assert read.text == "select: 1\n"
    # the flows tell the namespace, whatever the archive is called
    other = archive.rename(tmp_path / "download.zip")
    assert lines(tiercel("import", other))["files"] == "3 unchanged"
    assert lines(tiercel("import", other, "-n", "cli.elsewhere"))["files"] == "3 new"


def test_a_server_of_ours_is_read_too(tiercel, tmp_path, api):
    with subprocess.Popen(
        [
            Path(sys.executable).with_name("tiercel"),
            "server",
            "local",
            "--port",
            "0",
            "--data-dir",
            tmp_path / "other",
        ],
        stdout=subprocess.PIPE,
        text=True,
        env=dict(os.environ),
    ) as process:
        try:
            assert process.stdout is not None
            line = next(line for line in process.stdout if line.startswith("Server Running: "))
            url = line.removeprefix("Server Running: ").strip()
            fill(url)
            done = tiercel("import", "--from", url, "--namespace", "cli.moved", "--revisions")
            assert done.code == 0, done.err
            assert lines(done) == {
                "flows": "2 new",
                "files": "1 new",
                "keys": "5 new",
                "triggers": "1 new, 1 unchanged",
            }
            assert not same(url, api)
            again = tiercel("import", "--from", url, "--namespace", "cli.moved", "--revisions")
            assert lines(again)["keys"] == "5 unchanged"
        finally:
            process.terminate()
            process.communicate(timeout=60)


KEYS = {"text": '"two words"', "number": "1.5", "date": "2024-12-20", "wait": "PT5M", "no": "null"}


def fill(url: str) -> None:
    """Put two flows, one with two revisions, a file, keys and a disabled trigger there."""
    with httpx.Client(base_url=f"{url}/api/v1", timeout=60) as there:
        yaml = {"content-type": "application/x-yaml"}
        for flow_id in ("a", "b"):
            source = FLOW.format(id=flow_id, namespace="cli.moved")
            there.post("/flows", content=source, headers=yaml).raise_for_status()
        changed = FLOW.format(id="a", namespace="cli.moved") + "description: new\n"
        there.put("/flows/cli.moved/a", content=changed, headers=yaml).raise_for_status()
        other = FLOW.format(id="a", namespace="cli.other")
        there.post("/flows", content=other, headers=yaml).raise_for_status()
        key = {"namespace": "cli.moved", "flowId": "b", "triggerId": "daily"}
        there.put("/triggers", json={**key, "disabled": True}).raise_for_status()
        sent = {"fileContent": ("x.bin", bytes(range(256)))}
        where = "/namespaces/cli.moved/files?path=/data/x.bin"
        there.post(where, files=sent).raise_for_status()
        for name, value in KEYS.items():
            there.put(f"/namespaces/cli.moved/kv/{name}", content=value).raise_for_status()


def same(url: str, here: httpx.Client) -> list[str]:
    """Return the paths that do not answer the same on both servers."""
    file = "/namespaces/cli.moved/files?path=/data/x.bin"
    with httpx.Client(base_url=f"{url}/api/v1", timeout=60) as there:
        differ = [] if there.get(file).content == here.get(file).content else [file]
        for flow_id in ("a", "b"):
            path = f"/flows/cli.moved/{flow_id}/revisions"
            ours, theirs = (client.get(path).json() for client in (here, there))
            if [one["source"] for one in ours] != [one["source"] for one in theirs]:
                differ.append(path)
        for name in KEYS:
            path = f"/namespaces/cli.moved/kv/{name}"
            ours, theirs = here.get(path).json(), there.get(path).json()
            if any(ours.get(key) != theirs.get(key) for key in ("type", "value")):
                differ.append(path)
        for flow_id in ("a", "b"):
            path = f"/triggers/cli.moved/{flow_id}"
            pair = [client.get(path).json()["results"][0] for client in (here, there)]
            if pair[0].get("nextExecutionDate") != pair[1].get("nextExecutionDate"):
                differ.append(path)
            if pair[0]["disabled"] is not pair[1]["disabled"]:
                differ.append(path)
    return differ
