"""Commands that read and write the flows of a server."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest

FLOW = """id: {id}
namespace: {namespace}
tasks:
  - {{id: hello, type: io.kestra.plugin.core.debug.Return, format: hello}}
"""


def flow(flow_id: str, namespace: str = "cli.flows") -> str:
    return FLOW.format(id=flow_id, namespace=namespace)


def folder(tmp_path: Path, *ids: str, namespace: str = "cli.flows") -> Path:
    made = tmp_path / "flows"
    (made / "sub").mkdir(parents=True)
    for index, flow_id in enumerate(ids):
        place = made if index else made / "sub"
        (place / f"{flow_id}.yaml").write_text(flow(flow_id, namespace))
    return made


def names(tiercel, namespace: str) -> list[str]:
    done = tiercel("flow", "list", "--namespace", namespace, "--output", "json")
    return [item["id"] for item in json.loads(done.out)]


def test_a_flow_is_created_updated_read_and_deleted(tiercel, tmp_path):
    file = tmp_path / "one.yaml"
    file.write_text(flow("one"))
    assert tiercel("flow", "create", file).out == "Flow successfully created !\n"
    again = tiercel("flow", "create", file)
    assert (again.code, again.out) == (1, "")
    assert again.err.splitlines() == [
        "\tUnable to parse flows due to the following error:",
        "\t- Invalid entity: flow.id: Flow id already exists",
        *again.err.splitlines()[2:],
    ]
    file.write_text(flow("one") + "description: new\t\u00e9\n")
    updated = tiercel("flow", "update", file, "cli.flows", "one")
    assert updated.out == "Flow successfully updated !\n"
    assert tiercel("flow", "get", "cli.flows", "one").out == file.read_text()
    assert tiercel("flow", "get", "cli.flows", "one", "--revision", "1").out == flow("one")
    assert tiercel("flow", "delete", "cli.flows", "one").out == "Flow successfully deleted !\n"
    gone = tiercel("flow", "delete", "cli.flows", "one")
    assert (gone.code, gone.err.splitlines()[1]) == (1, "\t- Not Found")


def test_a_folder_is_saved_and_what_is_gone_is_deleted_on_demand(tiercel, tmp_path):
    flows = folder(tmp_path, "a", "b", namespace="cli.folder")
    saved = tiercel("flow", "updates", flows)
    assert saved.out == ("2 flow(s) successfully updated !\n- cli.folder.b\n- cli.folder.a\n")
    (flows / "b.yaml").unlink()
    tiercel("flow", "updates", flows, "--no-delete")
    assert names(tiercel, "cli.folder") == ["a", "b"]
    tiercel("flow", "updates", flows, "--delete")
    assert names(tiercel, "cli.folder") == ["a"]


def test_of_a_folder_with_a_mistake_nothing_is_saved(tiercel, tmp_path):
    flows = folder(tmp_path, "a", "b", namespace="cli.broken")
    (flows / "b.yaml").write_text("id: b\nnamespace: cli.broken\ntasks: []\n")
    done = tiercel("flow", "updates", flows)
    assert (done.code, done.out) == (1, "")
    assert "tasks" in done.err
    assert names(tiercel, "cli.broken") == []


def test_included_files_are_part_of_the_flow(tiercel, tmp_path):
    flows = folder(tmp_path, namespace="cli.include")
    (flows / "text.txt").write_text("first\nsecond\n")
    source = flow("inc", "cli.include").replace("format: hello}", 'format: "[[> text.txt ]]"}')
    (flows / "inc.yaml").write_text(source.replace("}\n", "}\n", 1))
    expanded = tiercel("flow", "expand", flows / "inc.yaml")
    assert 'format: "first' in expanded.out
    assert "[[>" not in expanded.out


def test_a_namespace_takes_only_its_own_flows_unless_they_are_overridden(tiercel, tmp_path):
    flows = folder(tmp_path, "a", "b", namespace="cli.elsewhere")
    update = ["flow", "namespace", "update", "cli.own", flows]
    refused = tiercel(*update)
    assert (refused.code, refused.out) == (1, "")
    assert "flow.namespace: Flow namespace is invalid" in refused.err
    done = tiercel(*update, "--override-namespaces", "--delete")
    assert done.out.splitlines() == [
        "2 flow(s) for namespace 'cli.own' successfully updated !",
        "- cli.own.b",
        "- cli.own.a",
    ]


def test_flows_are_exported_into_an_archive(tiercel, tmp_path):
    tiercel("flow", "updates", folder(tmp_path, "x", "y", namespace="cli.export"))
    done = tiercel("flow", "export", tmp_path, "--namespace", "cli.export")
    assert done.out == "Exporting flow(s) for namespace 'cli.export' successfully done !\n"
    with zipfile.ZipFile(tmp_path / "flows.zip") as archive:
        assert sorted(archive.namelist()) == ["cli.export.x.yml", "cli.export.y.yml"]
        assert archive.read("cli.export.x.yml").decode() == flow("x", "cli.export").strip()
    assert sorted(item.name for item in tmp_path.iterdir()) == ["flows", "flows.zip"]


def test_a_server_checks_flows_and_the_right_one_is_named(tiercel, server_url, tmp_path):
    (tmp_path / "a.yaml").write_text(flow("good"))
    (tmp_path / "b.yaml").write_text(flow("bad").replace("debug.Return", "debug.Retrun"))
    (tmp_path / "c.yaml").write_text("id: [unreadable")
    done = tiercel("flow", "validate", tmp_path, "--server", server_url)
    assert done.code == 1
    assert done.out == "✓ - cli.flows.good\n"
    assert f"✘ - {tmp_path}/c.yaml" in done.err
    assert "\tUnable to parse flows due to the following error:\n\t- " in done.err
    here = tiercel("flow", "validate", tmp_path, "--local")
    assert here.out == "✓ - cli.flows / good\n"
    assert f"✘ - {tmp_path}/b.yaml\n\tUnable to parse flow due to the following error(s):" in (
        here.err
    )
    assert f"({tmp_path}/b.yaml:4:" in here.err


@pytest.mark.parametrize(
    "words", [("flow", "updates"), ("flow", "namespace", "update", "cli.flows")]
)
def test_of_a_folder_that_is_refused_the_wrong_file_is_named(tiercel, tmp_path, words):
    (tmp_path / "a.yaml").write_text(flow("unsaved"))
    (tmp_path / "b.yaml").write_text(flow("bad").replace("debug.Return", "debug.Retrun"))
    done = tiercel(*words, tmp_path)
    assert (done.code, done.out) == (1, "")
    assert f"✘ - {tmp_path}/b.yaml" in done.err
    assert "a.yaml" not in done.err
    assert tiercel("flow", "get", "cli.flows", "unsaved").code == 1


@pytest.mark.parametrize(
    "words",
    [
        ["flow", "updates", "/no/such/folder"],
        ["flow", "namespace", "update", "cli.flows", "/no/such/folder"],
        ["flow", "export", "/no/such/folder"],
        ["template", "export", "/no/such/folder"],
    ],
)
def test_a_folder_that_is_none_is_refused(tiercel, words):
    done = tiercel(*words)
    assert (done.code, done.out) == (1, "")
    assert "/no/such/folder is no folder" in done.err


def test_templates_are_saved_and_exported(tiercel, tmp_path):
    templates = folder(tmp_path, "t", namespace="cli.templates")
    assert tiercel("template", "validate", templates, "--local").code == 0
    done = tiercel("template", "namespace", "update", "cli.templates", templates)
    assert done.out == (
        "1 template(s) for namespace 'cli.templates' successfully updated !\n- cli.templates.t\n"
    )
    tiercel("template", "export", tmp_path, "--namespace", "cli.templates")
    with zipfile.ZipFile(tmp_path / "templates.zip") as archive:
        assert archive.namelist() == ["cli.templates.t.yml"]
