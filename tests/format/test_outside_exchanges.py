"""Exchanges with the original server, repeated: status, type, fields, kinds, formats, order."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import pytest
import pytest_asyncio
from exchange_kit import differences, exchanges, facts, kinds, meant_differences, read
from exchange_world import World

from tiercel.main import open_node, serve
from tiercel.services.node import NodeOptions

ALL = "every answer"
pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def replies(
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[dict[str, httpx.Response]]:
    """What a server of its own answers to all exchanges."""
    options = NodeOptions(data_dir=tmp_path_factory.mktemp("exchanges"), grace=0.1)
    async with (
        open_node(options) as node,
        serve(node, "127.0.0.1", 0) as url,
        httpx.AsyncClient(base_url=url, timeout=30) as client,
    ):
        yield await World(client).play()


def found_in(exchange: dict[str, Any], reply: httpx.Response) -> set[str]:
    """Return the places in which a reply is not what the original server answered."""
    body = read(reply)
    if exchange.get("last"):
        body = body[-1:]
    seen = kinds(body, exchange.get("depth", 99)) if exchange.get("by") == "kinds" else facts(body)
    found = set(differences(exchange["answer"], seen))
    if exchange.get("part"):
        found = {place for place in found if not place.endswith(" is more")}
    if reply.status_code != exchange["status"]:
        found.add("status is another")
    kind = reply.headers.get("content-type", "").partition(";")[0]
    if "type" in exchange and kind != exchange["type"]:
        found.add("content type is another")
    return found


@pytest.mark.timeout(300)  # all exchanges are made before it
async def test_answers_differ_from_the_original_where_it_is_meant_alone(
    replies: dict[str, httpx.Response], record_property: Callable[[str, object], None]
):
    meant = meant_differences()
    found = {
        exchange["name"]: found_in(exchange, replies[exchange["name"]]) for exchange in exchanges()
    }
    unmeant = {
        name: sorted(place for place in places if not meant.keys() & {(name, place), (ALL, place)})
        for name, places in found.items()
    }
    wrong = {name: places for name, places in unmeant.items() if places}
    record_property("cases", len(found))
    record_property("agree", len(found) - len(wrong))
    assert wrong == {}
    there = {
        (who, place) for name, places in found.items() for place in places for who in (name, ALL)
    }
    assert meant.keys() - there == set()
