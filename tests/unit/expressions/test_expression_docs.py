"""Every example of docs/expressions.md runs, and everything that exists is documented."""

import json
import re
import runpy
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tiercel.expressions import ExpressionError, LocalServices, render
from tiercel.expressions.attributes import METHODS
from tiercel.expressions.expression_parser import PRECEDENCE
from tiercel.expressions.library import FILTERS, FUNCTIONS, TESTS

PAGE = (Path(__file__).parents[3] / "docs" / "expressions.md").read_text("utf-8")
CONTEXT: dict[str, Any] = json.loads(PAGE.split("```json\n")[1].split("```")[0])
CELL = re.compile(r"(?<!\\)\|")


class Documented(LocalServices):
    """The world that the page describes."""

    def now(self) -> datetime:
        return datetime(2024, 6, 1, 12, tzinfo=UTC)

    def random_port(self) -> int:
        return 40_000

    def read(self, path: str, namespace: str | None) -> str:
        return "hello"

    def file_size(self, path: str, namespace: str | None) -> int:
        return 5

    def file_exists(self, path: str, namespace: str | None) -> bool:
        return path == "kestra:///a/hello.txt"

    def is_file_empty(self, path: str, namespace: str | None) -> bool:
        return False

    def kv(self, key: str, namespace: str | None, error_on_missing: bool) -> object:
        return {"rows": 10}

    def secret(self, key: str, namespace: str | None) -> str:
        return "s3cret"

    def error_logs(self) -> list[dict[str, object]]:
        return [{"message": "boom"}]

    def http(self, uri: str, **options: Any) -> object:
        return {"eur": 1.1}


def rows() -> list[list[str]]:
    """Name, example and result of every row that has an example."""
    found = []
    for line in PAGE.splitlines():
        if line.startswith("| `"):
            name, _, example, result = (
                cell.removeprefix(" ").removesuffix(" ").replace("\\|", "|")
                for cell in CELL.split(line)[1:-1]
            )
            found.append([name.strip("`"), example[1:-1], result])
    return found


ROWS = rows()


@pytest.mark.parametrize("row", ROWS, ids=[f"{row[0]}: {row[1]}"[:60] for row in ROWS])
def test_an_example_gives_what_the_page_says(row: list[str]) -> None:
    _, example, result = row
    if result.startswith("error "):
        with pytest.raises(ExpressionError) as caught:
            render(example, CONTEXT, Documented())
        assert caught.value.kind == result.removeprefix("error ").strip("`")
        return
    assert render(example, CONTEXT, Documented()).replace("\n", "↵") == result[1:-1]


def test_everything_is_documented() -> None:
    documented = {row[0] for row in ROWS}
    methods = {name for each in METHODS.values() for name in each}
    aliases = {"empty", "blank", "getKey", "getValue"}
    existing = {*FILTERS, *FUNCTIONS, *TESTS, *PRECEDENCE, *(methods - aliases), "defined", "block"}
    assert existing - documented == set()
    assert len(ROWS) > 150


def test_completion_offers_what_the_page_says() -> None:
    tool = Path(__file__).parents[3] / "tools" / "expression-words"
    made = runpy.run_path(str(tool))
    assert made["WORDS"].read_text("utf-8") == made["written"](PAGE), "run tools/expression-words"
    words = {kind: {word["name"] for word in found} for kind, found in made["words"](PAGE).items()}
    assert words["filters"] >= set(FILTERS)
    assert words["functions"] >= set(FUNCTIONS)
    assert words["tests"] >= set(TESTS)
