"""MySQL tasks on a real MariaDB server, where one is installed."""

from __future__ import annotations

import asyncio
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from context import FakeTaskContext
from tiercel.model.task import LogLevel
from tiercel.plugin.registry import Registry
from tiercel.plugin.task import RunnableTask, TaskFailedError

REGISTRY = Registry.builtin(use_entry_points=False)
SERVER, INSTALL = shutil.which("mariadbd"), shutil.which("mariadb-install-db")

pytestmark = pytest.mark.skipif(
    not (SERVER and INSTALL), reason="no MariaDB server (apt-get install mariadb-server)"
)


def free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server of the module's own, with an empty database."""
    import pymysql

    folder, port = tmp_path_factory.mktemp("maria"), free_port()
    options = [f"--datadir={folder}/data", "--user=root", "--no-defaults"]
    subprocess.run(
        [str(INSTALL), options[2], *options[:2], "--auth-root-authentication-method=normal"],
        check=True,
        capture_output=True,
    )
    server = subprocess.Popen(
        [
            *(str(SERVER), options[2], *options[:2], f"--port={port}", "--local-infile=1"),
            *("--bind-address=127.0.0.1", f"--socket={folder}/s.sock", f"--pid-file={folder}/pid"),
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        for _ in range(300):
            try:
                with pymysql.connect(host="127.0.0.1", port=port, user="root") as connection:
                    connection.query("CREATE DATABASE shop")
                break
            except pymysql.MySQLError:
                time.sleep(0.1)
        yield f"jdbc:mysql://127.0.0.1:{port}/shop"
    finally:
        server.terminate()
        server.wait(20)


@pytest.fixture
def context(tmp_path: Path) -> FakeTaskContext:
    return FakeTaskContext(tmp_path)


async def run(
    context: FakeTaskContext, url: str, name: str, sql: str | None = None, **more: Any
) -> dict[str, Any]:
    properties = {"url": url, "username": "root", **({"sql": sql} if sql else {}), **more}
    task = REGISTRY.build(f"io.kestra.plugin.jdbc.{name}", properties)
    assert isinstance(task, RunnableTask)
    output = await task.run(context)
    return dict(output.values if output and output.values else {})


TABLE = """
CREATE OR REPLACE TABLE types (
  t tinyint(1), i int, u bigint unsigned, d decimal(10,2), f double, b bit(8), day date,
  c time, l datetime(6), m timestamp, y year, s varchar(9), x blob, j json, e enum('a','b'));
INSERT INTO types VALUES (1, 2, 3, 1.50, 2.5, b'101', '2024-01-02', '04:05:06',
  '2024-01-02 03:04:05.5', '2024-01-02 03:04:05', 2024, 'é', x'ff', '{"a":1}', 'b');
"""


async def test_all_types(context: FakeTaskContext, url: str):
    await run(context, url, "mysql.Queries", TABLE)
    sql = "SELECT * FROM types"
    outputs = await run(
        context, url, "mysql.Query", sql, fetchType="FETCH_ONE", timeZoneId="Asia/Tokyo"
    )
    row = outputs["row"]
    assert row.pop("m").startswith("2024-01-0")
    assert row == {
        "t": 1,
        "i": 2,
        "u": "3",
        "d": 1.5,
        "f": 2.5,
        "b": "BQ==",
        "day": "2024-01-02",
        "c": "04:05:06",
        "l": "2024-01-02T03:04:05.5",
        "y": "2024-01-01",
        "s": "é",
        "x": "/w==",
        "j": '{"a":1}',
        "e": "b",
    }
    outputs = await run(context, url, "mysql.Query", sql, fetchType="STORE")
    text = await context.stored_text(outputs["uri"])
    assert 'd:1.50,f:2.5e0,b:{{BQ==}},day:2024-01-02,c:LocalTime::"04:05:06"' in text


async def test_several_statements(context: FakeTaskContext, url: str):
    sql = "SELECT 1 AS a; SET @x = 2; SELECT 'a;b' AS b # one; two"
    outputs = await run(context, url, "mariadb.Queries", sql, fetchType="FETCH")
    assert [entry["rows"] for entry in outputs["outputs"]] == [[{"a": 1}], [{"b": "a;b"}]]
    outputs = await run(context, url, "mysql.Query", sql, fetchType="FETCH_ONE")
    assert outputs["row"] == {"b": "a;b"}


@pytest.mark.parametrize(("transaction", "count"), [(True, 0), (False, 1)])
async def test_an_error_undoes_the_transaction(
    context: FakeTaskContext, url: str, transaction: bool, count: int
):
    await run(context, url, "mysql.Query", "CREATE OR REPLACE TABLE t (n int, s text)")
    sql = "INSERT INTO t VALUES (:n, :s); SELECT nothing"
    parameters = {"n": 1, "s": r"it's \ here"}
    with pytest.raises(TaskFailedError, match=r"Unknown column 'nothing' .*\(error 1054\)"):
        await run(
            context, url, "mysql.Queries", sql, transaction=transaction, parameters=parameters
        )
    outputs = await run(context, url, "mysql.Query", "SELECT s FROM t", fetchType="FETCH")
    assert [row["s"] for row in outputs["rows"]] == [r"it's \ here"] * count


async def test_a_file_is_loaded(context: FakeTaskContext, url: str):
    uri = await context.store_text("rows.csv", "1,a\n2,b\n")
    sql = (
        "CREATE OR REPLACE TABLE loaded (n int, s text);"
        "LOAD DATA LOCAL INFILE '{{ inputFile }}' INTO TABLE loaded FIELDS TERMINATED BY ',';"
        "SELECT * FROM loaded ORDER BY n"
    )
    outputs = await run(context, url, "mysql.Queries", sql, inputFile=uri, fetchType="FETCH")
    assert outputs["outputs"][0]["rows"] == [{"n": 1, "s": "a"}, {"n": 2, "s": "b"}]


@pytest.mark.parametrize(
    "how", [{"sql": "INSERT INTO batch VALUES (?, CONCAT('%', ?, '?'))"}, {"table": "batch"}]
)
async def test_a_batch_of_rows(context: FakeTaskContext, url: str, how: dict[str, Any]):
    await run(context, url, "mysql.Query", "CREATE OR REPLACE TABLE batch (n int, s text)")
    uri = await context.store_text("rows.ion", '{n:1,s:"a"}\n{n:2,s:null}\n{n:3,s:{x:1}}\n')
    outputs = await run(context, url, "mysql.Batch", **{"from": uri}, chunk=2, **how)
    assert outputs == {"rowCount": 3, "updatedCount": 3}
    rows = await run(context, url, "mysql.Query", "SELECT * FROM batch", fetchType="FETCH")
    expected = ["%a?", None, '%{"x": 1}?'] if "sql" in how else ["a", None, '{"x": 1}']
    assert [row["s"] for row in rows["rows"]] == expected


async def test_a_batch_binds_by_the_tables_columns(context: FakeTaskContext, url: str):
    sql = "CREATE OR REPLACE TABLE named (n int, `a b` text, at timestamp NULL)"
    await run(context, url, "mysql.Query", sql)
    uri = await context.store_text(
        "rows.ion", '{\'a b\':"x",n:1,at:2024-01-02T03:04:05.000Z}\n{n:2}\n[3,"y",null,4]\n'
    )
    outputs = await run(
        context, url, "mysql.Batch", table="named", timeZoneId="Asia/Tokyo", **{"from": uri}
    )
    assert outputs == {"rowCount": 3, "updatedCount": 3}
    rows = await run(context, url, "mysql.Query", "SELECT * FROM named", fetchType="FETCH")
    assert rows["rows"] == [
        {"n": 1, "a b": "x", "at": "2024-01-02T03:04:05Z"},
        {"n": 2, "a b": None, "at": None},
        {"n": 3, "a b": "y", "at": None},
    ]
    assert "Starting prepared statement: INSERT INTO named (`n`, `a b`, `at`) VALUES (?, ?, ?)" in (
        context.messages(LogLevel.DEBUG)
    )


async def test_a_stopped_task_ends_its_statement(context: FakeTaskContext, url: str):
    running = asyncio.create_task(run(context, url, "mysql.Query", "SELECT SLEEP(60)"))
    while not context.messages(LogLevel.DEBUG):
        await asyncio.sleep(0.01)
    await asyncio.sleep(0.1)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(running, 60)


async def test_nobody_listens(context: FakeTaskContext):
    with pytest.raises(TaskFailedError, match=r"(?s)Can't connect.*Where: connecting to 127"):
        await run(context, f"jdbc:mysql://127.0.0.1:{free_port()}/x", "mysql.Query", "SELECT 1")


async def test_another_scheme(context: FakeTaskContext):
    with pytest.raises(TaskFailedError, match="URL should start with `jdbc:mysql`"):
        await run(context, "jdbc:postgresql://x/y", "mysql.Query", "SELECT 1")
