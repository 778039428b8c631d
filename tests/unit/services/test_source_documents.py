"""Sources cut into documents."""

from __future__ import annotations

import pytest

from tiercel.model.errors import IllegalArgumentError
from tiercel.services.source_files import split_documents


@pytest.mark.parametrize(
    ("source", "documents"),
    [
        ("a: 1\n", ["a: 1\n"]),
        ("a: 1\n---\nb: 2\n", ["a: 1", "\nb: 2\n"]),
        ("--- # first\na: 1\n--- x\nb: 2", ["\na: 1", "\nb: 2"]),
        ("---\n---\n\n--- \n", []),
        ("a: |\n  ---\n  x ---\n", ["a: |\n  ---\n  x ---\n"]),
        ("a\n----\nb\n---", ["a", "\nb"]),
        ("", []),
    ],
)
def test_lines_that_begin_with_dashes_separate(source: str, documents: list[str]) -> None:
    assert split_documents(source) == documents


def test_endlessly_many_are_refused() -> None:
    assert len(split_documents("---\na\n" * 10_000)) == 10_000
    for source in ("---\na\n" * 10_001, "---\n" * 10_001):
        with pytest.raises(IllegalArgumentError, match="more than 10000 documents"):
            split_documents(source)
