"""Cutting SQL into statements, and its placeholders."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tiercel.plugins.sql.statements import (
    MYSQL,
    SQLITE,
    Dialect,
    bind_names,
    number_placeholders,
    pieces,
    single_question_marks,
    split_statements,
)

FUNCTION = "CREATE FUNCTION f() RETURNS int AS $body$ BEGIN RETURN 1; END $body$ LANGUAGE plpgsql"
ATOMIC = (
    "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT CASE WHEN 1=1 THEN 1 END; SELECT 2; END"
)


@pytest.mark.parametrize(
    ("sql", "statements"),
    [
        ("", []),
        (" ; -- nothing\n ; /* at all */", []),
        ("SELECT 1", ["SELECT 1"]),
        ("SELECT 1; SELECT 2;", ["SELECT 1", "SELECT 2"]),
        ("SELECT 'a;b'; SELECT 2", ["SELECT 'a;b'", "SELECT 2"]),
        ("SELECT 'it''s;'; SELECT 2", ["SELECT 'it''s;'", "SELECT 2"]),
        (r"SELECT E'a\';b'; SELECT 2", [r"SELECT E'a\';b'", "SELECT 2"]),
        ("SELECT ';' || E'';SELECT 2", ["SELECT ';' || E''", "SELECT 2"]),
        ('SELECT "a;b"; SELECT 2', ['SELECT "a;b"', "SELECT 2"]),
        ("SELECT 1 -- one; two\n; SELECT 2", ["SELECT 1 -- one; two", "SELECT 2"]),
        ("SELECT 1 /* ; /* ; */ ; */; SELECT 2", ["SELECT 1 /* ; /* ; */ ; */", "SELECT 2"]),
        ("DO $$ BEGIN PERFORM 1; END $$; SELECT 2", ["DO $$ BEGIN PERFORM 1; END $$", "SELECT 2"]),
        (f"{FUNCTION}; SELECT 2", [FUNCTION, "SELECT 2"]),
        (f"{ATOMIC}; SELECT 2", [ATOMIC, "SELECT 2"]),
        ("BEGIN; SELECT 1; END", ["BEGIN", "SELECT 1", "END"]),
        (
            "CREATE RULE r AS ON INSERT TO t DO (SELECT 1; SELECT 2); SELECT 3",
            ["CREATE RULE r AS ON INSERT TO t DO (SELECT 1; SELECT 2)", "SELECT 3"],
        ),
        ("SELECT $1; SELECT a$b$c; SELECT 2", ["SELECT $1", "SELECT a$b$c", "SELECT 2"]),
    ],
)
def test_statements_end_at_semicolons_outside_of_quotes(sql: str, statements: list[str]) -> None:
    assert split_statements(sql) == statements


@given(st.text(alphabet="ab1'\"$;-/*()\\ \nE:?"))
def test_the_pieces_put_together_are_the_text(sql: str) -> None:
    assert "".join(piece.text for piece in pieces(sql)) == sql


@pytest.mark.parametrize(
    ("sql", "bound"),
    [
        ("SELECT :a", "SELECT <1>"),
        ("SELECT :a::text, x::int", "SELECT <1>::text, x::int"),
        ("SELECT ':a', \":a\" -- :a", "SELECT ':a', \":a\" -- :a"),
        ("SELECT items[1:2], :missing", "SELECT items[1:2], <None>"),
        ("VALUES (:a,:b)", "VALUES (<1>,<2>)"),
    ],
)
def test_names_are_bound_outside_of_literals_and_casts(sql: str, bound: str) -> None:
    assert bind_names(sql, {"a": 1, "b": 2}, lambda value: f"<{value}>") == bound


def test_placeholders_are_numbered_outside_of_literals() -> None:
    sql = "INSERT INTO t VALUES (?, '?', ?, data ?? 'key')"
    assert number_placeholders(sql) == ("INSERT INTO t VALUES ($1, '?', $2, data ? 'key')", 2)


def test_doubled_question_marks_are_the_operator() -> None:
    assert (
        single_question_marks("SELECT data ??| x, '??', y ? z") == "SELECT data ?| x, '??', y ? z"
    )
    assert single_question_marks(r"SELECT 'it\'s ??'", MYSQL) == r"SELECT 'it\'s ??'"


PROCEDURE = (
    "CREATE PROCEDURE p() BEGIN IF a THEN SELECT 1; END IF; CASE b WHEN 1 THEN SELECT 2; END CASE;"
    " WHILE c DO BEGIN SELECT 3; END; IF d THEN SELECT 4; END IF; END WHILE; SELECT IF(1, 2, 3);"
    " END"
)
TRIGGER = "CREATE TRIGGER t AFTER INSERT ON a BEGIN UPDATE b SET c = 1; UPDATE d SET e = 2; END"


@pytest.mark.parametrize(
    ("dialect", "sql", "statements"),
    [
        (MYSQL, r"SELECT 'a\';b'; SELECT 2", [r"SELECT 'a\';b'", "SELECT 2"]),
        (MYSQL, 'SELECT `a;b`, "c;d"; # x; y\nSELECT $$;', ['SELECT `a;b`, "c;d"', "SELECT $$"]),
        (MYSQL, f"{PROCEDURE}; SELECT 2", [PROCEDURE, "SELECT 2"]),
        (SQLITE, "SELECT [a;b]; BEGIN; END", ["SELECT [a;b]", "BEGIN", "END"]),
        (SQLITE, f"{TRIGGER}; SELECT 2", [TRIGGER, "SELECT 2"]),
    ],
)
def test_databases_write_differently(dialect: Dialect, sql: str, statements: list[str]) -> None:
    found = split_statements(sql, dialect)
    assert [text.removeprefix("# x; y\n") for text in found] == statements
