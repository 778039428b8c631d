"""What lies where."""

from __future__ import annotations

import pytest

from tiercel.model.errors import StorageError
from tiercel.storage import paths


@pytest.mark.parametrize(
    ("identifier", "expected"),
    [
        ("04_postgres_taxi", "04-postgres-taxi"),
        ("My.flow_x", "myflow-x"),
        ("Café au lait", "cafe-au-lait"),
        ("a__--b_", "a-b"),
        ("x(1)!", "x1"),
    ],
)
def test_slug(identifier: str, expected: str) -> None:
    assert paths.slug(identifier) == expected


def test_the_layout() -> None:
    execution = "kestra:///zoomcamp/eu/04-taxi/executions/2sVb"
    flow = ("zoomcamp.eu", "04_taxi")
    assert paths.execution_folder(*flow, "2sVb") == execution
    assert paths.input_file(*flow, "2sVb", "my_file", "a b.csv") == (
        f"{execution}/inputs/my_file/a%20b.csv"
    )
    assert (
        paths.task_run_folder(*flow, "2sVb", "Ex_tract", "9aYc")
        == f"{execution}/tasks/ex-tract/9aYc"
    )
    assert paths.cache_file(*flow, "wd_1") == "kestra:///zoomcamp/eu/04-taxi/wd-1/cache/cache.zip"
    assert paths.cache_file(*flow, "wd", "ff0") == (
        "kestra:///zoomcamp/eu/04-taxi/wd/cache/ff0/cache.zip"
    )
    assert paths.namespace_files_folder("zoomcamp.eu") == "kestra:///zoomcamp/eu/_files"
    assert paths.kv_folder("zoomcamp") == "kestra:///zoomcamp/_kv"
    assert paths.kv_file("zoomcamp", "my key") == "kestra:///zoomcamp/_kv/my%20key.ion"


def test_a_namespace_file_may_lie_in_folders() -> None:
    assert paths.namespace_file("a.b", "/sql/x 1.sql") == "kestra:///a/b/_files/sql/x%201.sql"


@pytest.mark.parametrize("path", ["../x", "a/../../x", "a//b", "", "//etc/passwd", "./x"])
def test_a_namespace_file_stays_in_its_namespace(path: str) -> None:
    with pytest.raises(StorageError):
        paths.namespace_file("company", path)


def test_a_file_in_a_folder() -> None:
    assert paths.file_in("kestra:///a/b", "x y.csv") == "kestra:///a/b/x%20y.csv"
    with pytest.raises(StorageError):
        paths.file_in("kestra:///a/b", "../y.csv")


def test_ids_that_hold_a_slash_do_not_reach_other_folders() -> None:
    with pytest.raises(StorageError):
        paths.execution_folder("company", "flow", "../../other")
