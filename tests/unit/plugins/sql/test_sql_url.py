"""``jdbc:postgresql:`` URLs."""

from __future__ import annotations

import pytest

from tiercel.plugin.task import TaskFailedError
from tiercel.plugins.sql.results import local_zone
from tiercel.plugins.sql.session import Access
from tiercel.plugins.sql.url import parse_url


def as_named(host: str, port: int) -> tuple[str, int]:
    return host, port


@pytest.mark.parametrize(
    ("text", "hosts", "database"),
    [
        ("jdbc:postgresql://db:6543/shop", (("db", "6543"),), "shop"),
        ("jdbc:postgresql://db/shop", (("db", "5432"),), "shop"),
        ("jdbc:postgresql://db:6543", (("db", "6543"),), None),
        ("jdbc:postgresql:shop", (("localhost", "5432"),), "shop"),
        ("jdbc:postgresql:/", (("localhost", "5432"),), None),
        ("jdbc:postgresql:///shop", (("localhost", "5432"),), "shop"),
        ("jdbc:postgresql://a:1,b:2/shop", (("a", "1"), ("b", "2")), "shop"),
        ("jdbc:postgresql://[::1]:6543/shop", (("::1", "6543"),), "shop"),
        ("jdbc:postgresql://db/my%20shop", (("db", "5432"),), "my shop"),
        ("jdbc:postgresql://db/postgres-zoomcamp", (("db", "5432"),), "postgres-zoomcamp"),
    ],
)
def test_every_form_gives_hosts_and_database(
    text: str, hosts: tuple[tuple[str, str], ...], database: str | None
) -> None:
    address = parse_url(text)
    assert (address.hosts, address.database) == (hosts, database)


def test_parameters_get_the_names_of_libpq() -> None:
    address = parse_url(
        "jdbc:postgresql://db/shop?user=me&password=p%26w&ApplicationName=app&currentSchema=sales"
        "&connectTimeout=3&reWriteBatchedInserts=true&stringtype=unspecified"
    )
    assert address.parameters == {
        "user": "me",
        "password": "p&w",
        "application_name": "app",
        "connect_timeout": "3",
        "options": "-c search_path=sales",
    }


@pytest.mark.parametrize(
    ("query", "mode"),
    [("ssl=true", "verify-full"), ("ssl=true&sslmode=require", "require"), ("ssl=false", None)],
)
def test_ssl_means_a_checked_certificate_unless_a_mode_is_given(
    query: str, mode: str | None
) -> None:
    assert parse_url(f"jdbc:postgresql://db/shop?{query}").parameters.get("sslmode") == mode


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("  ", "Rendered value of `url` is blank."),
        (
            "jdbc:mysql://x/y?password=secret",
            "URL scheme is invalid. URL should start with `jdbc:postgresql`",
        ),
        (
            "jdbc:postgresql://db:http/shop",
            "Invalid port in `url`: 'http' is not a number from 1 to 65535",
        ),
        (
            "jdbc:postgresql://[::1/shop",
            "Invalid host in `url`: '[::1'. Write IPv6 as [::1]:5432",
        ),
    ],
)
def test_a_wrong_url_says_what_is_wrong(text: str, message: str) -> None:
    with pytest.raises(TaskFailedError) as error:
        parse_url(text)
    assert str(error.value) == message


def test_the_place_shows_no_password() -> None:
    assert parse_url("jdbc:postgresql://db/shop?password=secret").place == "db:5432/shop"


def test_properties_win_over_the_url() -> None:
    address = parse_url("jdbc:postgresql://db/shop?user=them&password=theirs")
    text = Access(address, local_zone(), "me", "mine").conninfo(as_named)
    assert "user=me" in text
    assert "password=mine" in text
    assert "their" not in text


def test_no_password_is_taken_from_the_environment() -> None:
    text = Access(parse_url("jdbc:postgresql://db/shop"), local_zone(), "me").conninfo(as_named)
    assert "password=''" in text
    assert "passfile=/dev/null" in text


def test_hosts_are_reached_where_the_context_says() -> None:
    address = parse_url("jdbc:postgresql://host.docker.internal:5432,db/shop")
    text = Access(address, local_zone(), "me").conninfo(
        lambda host, port: ("127.0.0.1", 6000) if host != "db" else (host, port)
    )
    assert "host=127.0.0.1,db" in text
    assert "port=6000,5432" in text
