from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tiercel.runners.lines import LineSplitter


def split(*chunks: bytes, limit: int = 1000) -> list[str]:
    splitter = LineSplitter(limit)
    lines = [line for chunk in chunks for line in splitter.feed(chunk)]
    return [*lines, *splitter.end()]


def test_lines_come_without_their_ends():
    assert split(b"a\nb\r\nc\n") == ["a", "b", "c"]


def test_empty_lines_and_blanks_are_kept():
    assert split(b"\n  x \n\n") == ["", "  x ", ""]


def test_a_last_line_needs_no_end():
    assert split(b"a\nb") == ["a", "b"]


def test_carriage_returns_end_lines_at_once():
    splitter = LineSplitter()
    assert list(splitter.feed(b"10%\r20%\r")) == ["10%", "20%"]


def test_a_line_end_cut_in_two_is_one():
    assert split(b"a\r", b"\nb\n") == ["a", "b"]


def test_characters_cut_in_two_are_whole_again():
    text = "grün €"
    data = text.encode()
    assert split(*(data[i : i + 1] for i in range(len(data)))) == [text]


def test_bytes_that_are_no_text_are_marked():
    assert split(b"a\xffb\n") == ["a�b"]


def test_a_line_over_the_limit_is_cut_and_continued():
    assert split(b"x" * 25 + b"\nend\n", limit=10) == ["x" * 10, "x" * 10, "x" * 5, "end"]


def test_a_cut_never_parts_a_character():
    assert "".join(split("€".encode() * 20, limit=10)) == "€" * 20


@given(st.text(alphabet="ab€\n\r", max_size=60), st.integers(1, 7))
def test_chunks_do_not_matter(text: str, size: int):
    data = text.encode()
    chunks = [data[i : i + size] for i in range(0, len(data), size)]
    assert split(*chunks) == split(data) == text.splitlines()
