"""Where the servers are that flows name."""

from __future__ import annotations

import socket

import pytest

from tiercel.services.addresses import CONTAINER_HOST, AddressBook


def test_ordinary_names_stay_as_they_are():
    assert AddressBook().find("db.example", 5432) == ("db.example", 5432)


def test_an_alias_wins_for_its_port_only(monkeypatch):
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_: [])
    book = AddressBook({(CONTAINER_HOST, 5432): ("127.0.0.1", 6001)})
    assert book.find("Host.Docker.Internal", 5432) == ("127.0.0.1", 6001)
    assert book.find(CONTAINER_HOST, 5433) == (CONTAINER_HOST, 5433)


@pytest.mark.parametrize(("is_known", "host"), [(False, "127.0.0.1"), (True, CONTAINER_HOST)])
def test_dockers_name_of_this_machine_is_loopback_where_nobody_knows_it(
    monkeypatch, is_known, host
):
    def resolve(*_: object) -> list[object]:
        if not is_known:
            raise socket.gaierror
        return []

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    assert AddressBook().find(CONTAINER_HOST, 5432) == (host, 5432)
