"""Whole namespaces, dashboards and files of executions in a bare repository of this machine."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from test_git_push import Server, git, report, run, tree

from context import FakeTaskContext
from tiercel.plugin.task import TaskFailedError

DASHBOARD = "{head}title: {title}\ncharts: []\n"


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    folder = tmp_path / "repo.git"
    folder.mkdir()
    git(folder, "init", "-q", "--bare", "-b", "main")
    return folder


@pytest.fixture
def context(tmp_path: Path) -> FakeTaskContext:
    return FakeTaskContext(tmp_path)


@pytest.fixture
def server(context: FakeTaskContext) -> Server:
    return Server(context)


@pytest.fixture
def dashboards(context: FakeTaskContext) -> dict[str, str]:
    """What a server has; it checks nothing."""
    known: dict[str, str] = {}

    def save(values: Mapping[str, Any]) -> str:
        name, source = values["id"], values["source"]
        state = "UNCHANGED" if known.get(name) == source else "UPDATED"
        state = state if name in known else "ADDED"
        if not values["dryRun"]:
            known[name] = source
        return state

    context.server_answers |= {
        "listDashboards": lambda _: dict(known),
        "saveDashboard": save,
        "deleteDashboard": lambda values: known.pop(values["id"]),
    }
    return known


async def put_file(context: FakeTaskContext, name: str) -> None:
    source = context.working_dir / "x"
    source.write_text(name)
    await context.namespace_files.put("company.team", name, source)


async def test_a_namespace_is_pushed_and_comes_back(
    context: FakeTaskContext, server: Server, bare: Path
):
    url = f"file://{bare}"
    server.add("company.team", "a")
    server.add("company.team.child", "b")
    await put_file(context, "sql/a.sql")
    pushed = await run(
        context,
        "Push",
        url=url,
        namespaceFiles={"enabled": True},
        inputFiles={"README.md": "# ours"},
        commitMessage="All of it",
    )
    assert pushed["commitId"] == git(bare, "rev-parse", "main").strip()
    assert tree(bare) == ["README.md", "_flows/a.yml", "_flows/child/b.yml", "sql/a.sql"]
    server.flows.clear()
    server.revisions.clear()
    await context.namespace_files.delete("company.team", "sql/a.sql")
    await run(context, "Sync", url=url, dryRun=True)
    assert not server.flows
    await put_file(context, "kept.txt")
    await run(context, "Sync", url=url, namespaceFilesDirectory="from/git")
    assert sorted(server.flows) == [("company.team", "a"), ("company.team.child", "b")]
    assert await context.namespace_files.paths("company.team") == [
        "from/git/README.md",
        "from/git/sql/a.sql",
        "kept.txt",
    ]


async def test_only_flows_or_only_files_are_pushed(
    context: FakeTaskContext, server: Server, bare: Path
):
    server.add("company.team", "a")
    server.add("company.team.child", "b")
    flows = {"childNamespaces": False, "gitDirectory": "x/flows"}
    await run(context, "Push", url=f"file://{bare}", flows=flows)
    assert tree(bare) == ["x/flows/a.yml"]
    with pytest.raises(TaskFailedError, match="no folder 'nowhere'"):
        await run(context, "Sync", url=f"file://{bare}", gitDirectory="nowhere")


async def test_dashboards_go_and_come(
    context: FakeTaskContext, dashboards: dict[str, str], bare: Path
):
    url = f"file://{bare}"
    for name in ("sales", "ops"):
        dashboards[name] = DASHBOARD.format(head=f"id: {name}\n", title=name)
    dashboards["unnamed"] = DASHBOARD.format(head="", title="unnamed")
    outputs = await run(context, "PushDashboards", url=url)
    assert tree(bare) == [f"_dashboards/{name}.yml" for name in ("ops", "sales", "unnamed")]
    assert len(await report(context, outputs["dashboards"])) == 3
    dashboards.clear()
    dashboards["old"] = "x"
    tried = await run(context, "SyncDashboards", url=url, delete=True, dryRun=True)
    assert list(dashboards) == ["old"]
    done = await run(context, "SyncDashboards", url=url, delete=True)
    rows = await report(context, done["dashboards"])
    assert rows == await report(context, tried["dashboards"])
    assert [(row["dashboardId"], row["syncState"]) for row in rows] == [
        ("ops", "ADDED"),
        ("sales", "ADDED"),
        ("unnamed", "ADDED"),
        ("old", "DELETED"),
    ]
    assert dashboards["unnamed"].startswith("id: unnamed\ntitle: unnamed\n")
    again = await run(context, "SyncDashboards", url=url)
    assert {row["syncState"] for row in await report(context, again["dashboards"])} == {"UNCHANGED"}


async def test_chosen_dashboards_are_pushed(
    context: FakeTaskContext, dashboards: dict[str, str], bare: Path
):
    dashboards |= {"sales": "a", "sales_eu": "b", "ops": "c"}
    await run(context, "PushDashboards", url=f"file://{bare}", dashboards=["sales*"])
    assert tree(bare) == ["_dashboards/sales.yml", "_dashboards/sales_eu.yml"]


async def test_files_of_the_execution_are_pushed(context: FakeTaskContext, bare: Path):
    url = f"file://{bare}"
    path = context.working_dir / "0123456789abcdef-report.csv"
    path.write_text("1,2")
    uri = await context.store_file(path)
    await run(context, "PushExecutionFiles", url=url, files=["task/*.csv"])
    await run(context, "PushExecutionFiles", url=url, files=[uri], gitDirectory="plain")
    await run(context, "PushExecutionFiles", url=url, filesMap={"day/latest.csv": uri})
    assert tree(bare) == [
        "_outputs/day/latest.csv",
        "_outputs/task/report.csv",
        "plain/report.csv",
    ]
    assert git(bare, "show", "main:plain/report.csv") == "1,2"
    with pytest.raises(TaskFailedError, match="no files that `files` matches"):
        await run(context, "PushExecutionFiles", url=url, files="*.R", errorOnMissing=True)
