"""What the doctor finds of servers and ports."""

from __future__ import annotations

import pytest

from tiercel.cli.doctor import BAD, GOOD, WARNING, Finding, examine
from tiercel.services.node import NodeOptions


def findings(options: NodeOptions, port: int = 0) -> dict[str, Finding]:
    return {item.name: item for item in examine(options, port)}


def test_servers_that_answer_tell_their_version(tmp_path, servers):
    options = NodeOptions(
        data_dir=tmp_path / "new", database_url=servers.tcp_url, bus_url=servers.bus_url
    )
    found = findings(options)
    assert {found[name].state for name in ("PostgreSQL", "NATS", "data folder")} == {GOOD}
    assert f"127.0.0.1:{servers.postgres_port}" in found["PostgreSQL"].found
    assert "made at the first start" in found["data folder"].found


def test_servers_that_do_not_answer_are_told_with_what_to_do(tmp_path, caplog):
    options = NodeOptions(
        data_dir=tmp_path,
        database_url="postgresql://u:secret@127.0.0.1:9/x",
        bus_url="nats://127.0.0.1:9",
    )
    found = findings(options)
    for name, option in (("PostgreSQL", "--database-url"), ("NATS", "--bus-url")):
        assert found[name].state == BAD
        assert "127.0.0.1:9 does not answer" in found[name].found
        assert "secret" not in found[name].found
        assert option in found[name].mend
    assert not caplog.records


@pytest.mark.parametrize("place", ["u:sec/ret@h", "[::1", "h:99999"])
def test_addresses_that_are_none_are_told_without_showing_them(tmp_path, monkeypatch, place):
    monkeypatch.setenv("DOCKER_HOST", f"tcp://{place}")
    options = NodeOptions(tmp_path, database_url=f"postgresql://{place}", bus_url=f"nats://{place}")
    found = findings(options)
    for name in ("PostgreSQL", "NATS", "Docker"):
        assert found[name].state != GOOD
        assert "can't be read" in found[name].found
        assert "write " in found[name].mend
        assert place not in str(found[name])


@pytest.mark.parametrize("url", ["nonsense", "http://u:secret@h/x"])
def test_addresses_of_another_kind_are_told(tmp_path, url):
    found = findings(NodeOptions(tmp_path, database_url=url, bus_url=url))
    for name in ("PostgreSQL", "NATS"):
        assert (found[name].state, "can't be read" in found[name].found) == (BAD, True)
        assert "secret" not in str(found[name])


def test_a_wrong_login_of_the_bus_is_found(tmp_path, servers):
    url = servers.bus_url.replace("@", "-wrong@")
    found = findings(NodeOptions(tmp_path, database_url=servers.tcp_url, bus_url=url))
    assert found["NATS"].state == BAD
    assert "Authorization Violation" in found["NATS"].found


def test_a_port_in_use_is_a_warning_and_says_who(tmp_path, server_url):
    port = int(server_url.rpartition(":")[2])
    found = findings(NodeOptions(tmp_path), port)[f"port {port}"]
    assert (found.state, found.found) == (WARNING, "in use by a Tiercel server")
