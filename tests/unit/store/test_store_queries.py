"""Named queries and the SQL that searches become."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import tiercel.store
from tiercel.model.errors import IllegalArgumentError
from tiercel.store.executions import EXECUTION_SEARCH
from tiercel.store.migrations import known_migrations
from tiercel.store.queries import queries
from tiercel.store.search import Condition, Operation, Sort, search_sql

FOLDER = Path(tiercel.store.__file__).parent
NOUNS = sorted(file.stem for file in (FOLDER / "sql").glob("*.sql"))


@pytest.mark.parametrize("noun", NOUNS)
def test_every_query_is_named_once_and_used(noun: str) -> None:
    names = re.findall(r"^-- name: (\w+)$", (FOLDER / "sql" / f"{noun}.sql").read_text(), re.M)
    assert len(names) == len(set(names))
    code = "".join(file.read_text() for file in FOLDER.glob("*.py"))
    assert [name for name in names if f'"{name}"' not in code] == []


def test_a_query_comes_without_comments_and_semicolon() -> None:
    assert queries("inbox")["next_due"] == "SELECT due_at FROM inbox ORDER BY due_at, id LIMIT 1"


def test_migrations_are_numbered_without_gaps() -> None:
    versions = [migration.version for migration in known_migrations()]
    assert versions == list(range(1, len(versions) + 1))


def test_values_are_bound_and_never_part_of_the_text() -> None:
    evil = "'; DROP TABLE executions; --"
    condition = Condition("namespace", Operation.CONTAINS, evil)
    query, args = search_sql(EXECUTION_SEARCH, [condition], [Sort("state")], page=3, size=20)
    assert "DROP" not in query
    assert args == [f"%{evil}%", 20, 40]


def test_signs_of_patterns_are_taken_literally() -> None:
    condition = Condition("flow_id", Operation.STARTS_WITH, "50%_\\")
    _, args = search_sql(EXECUTION_SEARCH, [condition], [], page=1, size=1)
    assert args[0] == "50\\%\\_\\\\%"


@pytest.mark.parametrize(
    ("sort", "order"),
    [
        ([], "start_date DESC, id DESC"),
        ([Sort("state")], "state, id"),
        ([Sort("id", descending=True)], "id DESC"),
        ([Sort("namespace", descending=True), Sort("flow_id")], "namespace DESC, flow_id, id DESC"),
    ],
)
def test_every_order_is_total(sort: list[Sort], order: str) -> None:
    query, _ = search_sql(EXECUTION_SEARCH, [], sort, page=1, size=1)
    assert f"ORDER BY {order} LIMIT" in query


@pytest.mark.parametrize("field", ["labels", "q"])
def test_what_has_no_order_can_not_be_sorted_by(field: str) -> None:
    with pytest.raises(IllegalArgumentError, match=f"'{field}' can't be sorted by"):
        search_sql(EXECUTION_SEARCH, [], [Sort(field)], page=1, size=1)
