"""The lists of what agrees with the original, and of what is better, name tests that exist."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LISTS = {
    "docs/better.md": 100,
    "tests/data/agreement/scenarios.md": 95,
    "tests/data/agreement/areas.md": 34,
}


def rows(path: str) -> list[list[str]]:
    """Return the cells of each line of a list."""
    lines = (ROOT / path).read_text("utf-8").splitlines()
    cells = [line.strip("| ").split(" | ") for line in lines if line.startswith("| ")]
    return [row for row in cells if "`tests/" in row[-1] or "`ui/" in row[-1]]


def names_in(file: Path) -> set[str]:
    """Return the names of the tests in a file."""
    nodes = ast.walk(ast.parse(file.read_text("utf-8")))
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    return {node.name for node in nodes if isinstance(node, kinds)}


@pytest.mark.parametrize("path", LISTS)
def test_every_row_names_tests_that_exist(path: str) -> None:
    missing = []
    for row in rows(path):
        for proof in re.findall(r"`([^`]+)`", row[-1]):
            name, _, test = proof.partition("::")
            file = ROOT / name
            if not file.is_file() or (test and test not in names_in(file)):
                missing.append(proof)
    assert missing == []


@pytest.mark.parametrize("path", LISTS)
def test_no_row_got_lost_or_stands_twice(path: str) -> None:
    words = [row[0] for row in rows(path)]
    assert len(words) >= LISTS[path]
    assert len(set(words)) == len(words)


def test_every_difference_has_a_reason() -> None:
    lines = (ROOT / "docs" / "differences.md").read_text("utf-8").splitlines()
    cells = [line.strip("| ").split(" | ") for line in lines if line.startswith("| ")]
    assert len(cells) > 50
    assert [row for row in cells if len(row) != 3 or not all(cell.strip() for cell in row)] == []
