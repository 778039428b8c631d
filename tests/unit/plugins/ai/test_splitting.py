"""Cutting documents into segments."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tiercel.plugins.ai.splitting import Splitter, segments

TEXT = "One two. Three four.\nFive six.\n\nSeven eight nine."


@pytest.mark.parametrize(
    ("splitter", "limit", "found"),
    [
        (Splitter.RECURSIVE, 100, [TEXT]),
        (
            Splitter.PARAGRAPH,
            30,
            ["One two. Three four.\nFive six.", "Seven eight nine."],
        ),
        (Splitter.LINE, 20, ["One two. Three four.", "Five six.", "Seven eight nine."]),
        (
            Splitter.RECURSIVE,
            12,
            ["One two.", "Three four.", "Five six.", "Seven eight", "nine."],
        ),
        (Splitter.WORD, 3, ["One", "two", ".", "Thr", "ee", "fou", "r."]),
    ],
)
def test_texts_are_cut_where_they_should(splitter: Splitter, limit: int, found: list[str]) -> None:
    assert segments(TEXT, splitter, limit, 0)[: len(found)] == found


def test_segments_overlap_by_whole_parts() -> None:
    found = segments("a b c d e f", Splitter.WORD, 5, 2)
    assert found == ["a b c", "c d e", "e f"]


@given(
    st.text("ab .\n", max_size=200),
    st.sampled_from(Splitter),
    st.integers(1, 40),
    st.integers(0, 40),
)
def test_no_segment_is_too_long_and_no_word_is_lost(
    text: str, splitter: Splitter, limit: int, overlap: int
) -> None:
    found = segments(text, splitter, limit, overlap)
    assert all(0 < len(segment) <= limit for segment in found)
    if overlap == 0:
        assert "".join("".join(found).split()) == "".join(text.split())
