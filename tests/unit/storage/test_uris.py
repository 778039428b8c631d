"""The resolver of internal storage URIs lets nothing out."""

from __future__ import annotations

from pathlib import PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tiercel.model.errors import StorageError
from tiercel.storage import is_below, make_uri, parse_uri


@pytest.mark.parametrize(
    ("uri", "names"),
    [
        ("kestra:///company/team/x.csv", ("company", "team", "x.csv")),
        ("kestra:///a/b/", ("a", "b")),
        ("kestra:///a/two%20words.txt", ("a", "two words.txt")),
        ("kestra:///a/two words.txt", ("a", "two words.txt")),
        ("kestra:///a/100%.csv", ("a", "100%.csv")),
        ("kestra:///a/%252e%252e", ("a", "%2e%2e")),
        ("kestra:///a/..b", ("a", "..b")),
        ("kestra:///a/é", ("a", "é")),
    ],
)
def test_a_uri_becomes_names(uri: str, names: tuple[str, ...]) -> None:
    assert parse_uri(uri) == names


@pytest.mark.parametrize(
    "uri",
    [
        "",
        "/etc/passwd",
        "file:///etc/passwd",
        "kestra://",
        "kestra:///",
        "kestra://host/a",
        "KESTRA:///a",
        "kestra:////etc/passwd",
        "kestra:///a//b",
        "kestra:///../a",
        "kestra:///a/../b",
        "kestra:///a/..",
        "kestra:///a/./b",
        "kestra:///a/%2e%2e/b",
        "kestra:///a/%2E./b",
        "kestra:///a/.%2e",
        "kestra:///a/%2e",
        "kestra:///a/b%2fc",
        "kestra:///%2fetc%2fpasswd",
        "kestra:///a/b%00c",
        "kestra:///a/b\0c",
        "kestra:///.drafts/x",
        "kestra:///%2edrafts/x",
        "kestra:///a/" + "x" * 256,
        "kestra:///a/" + "é" * 128,
        "kestra:///a/\ud800",
    ],
)
def test_a_uri_that_could_lead_elsewhere_is_refused(uri: str) -> None:
    with pytest.raises(StorageError, match="Invalid internal storage uri"):
        parse_uri(uri)


def test_a_message_keeps_to_one_short_line() -> None:
    with pytest.raises(StorageError) as caught:
        parse_uri("file:///a\nb\x1b[31m" + "x" * 10_000)
    assert "\\n" in caught.value.message
    assert "\n" not in caught.value.message
    assert "\x1b" not in caught.value.message
    assert len(caught.value.message) < 1000


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "a\0b", "x" * 256, "\ud800"])
def test_no_uri_is_made_from_a_name_that_would_be_refused(name: str) -> None:
    with pytest.raises(StorageError):
        make_uri(["company", name])


def test_a_name_that_is_not_utf8_goes_both_ways() -> None:
    name = b"caf\xe9.txt".decode("utf-8", "surrogateescape")
    assert make_uri(["a", name]) == "kestra:///a/caf%E9.txt"
    assert parse_uri("kestra:///a/caf%E9.txt") == ("a", name)


_names = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="/\0"), min_size=1, max_size=40
).filter(lambda name: name not in (".", ".."))


@given(st.lists(_names, min_size=1, max_size=5))
def test_names_survive_the_way_through_a_uri(names: list[str]) -> None:
    names = ["company", *names]
    assert parse_uri(make_uri(names)) == tuple(names)


@given(st.text(max_size=60))
def test_whatever_is_accepted_stays_below_the_root(text: str) -> None:
    try:
        names = parse_uri(f"kestra:///{text}")
    except StorageError:
        return
    path = PurePosixPath("/root").joinpath(*names)
    assert path.is_relative_to("/root")
    assert ".." not in path.parts
    assert len(path.parts) == len(names) + 2


def test_a_folder_holds_itself_and_what_is_inside_by_whole_names() -> None:
    folder = "kestra:///a/executions/1"
    assert is_below("kestra:///a/executions/1/x", folder)
    assert is_below("kestra:///%61/executions/1/", folder)
    assert not is_below("kestra:///a/executions/12/x", folder)
    with pytest.raises(StorageError):
        is_below("kestra:///a/executions/1/../2/x", folder)
