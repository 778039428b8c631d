"""A login that was set while the server ran is there after a restart."""

from __future__ import annotations

from pathlib import Path

import httpx

from tiercel.main import open_node, serve
from tiercel.services.node import NodeOptions

USER = ("ann@example.com", "Correct:horse:1")


async def test_a_login_outlives_a_restart(tmp_path: Path) -> None:
    body = {"username": USER[0], "password": USER[1]}
    async with (
        open_node(NodeOptions(data_dir=tmp_path)) as node,
        serve(node, "127.0.0.1", 0) as url,
        httpx.AsyncClient(base_url=url, timeout=30) as client,
    ):
        assert (await client.get("/api/v1/flows/search")).status_code == 200
        assert (await client.post("/api/v1/basicAuth", json=body)).status_code == 204
    async with (
        open_node(NodeOptions(data_dir=tmp_path)) as node,
        serve(node, "127.0.0.1", 0) as url,
        httpx.AsyncClient(base_url=url, timeout=30) as client,
    ):
        assert (await client.get("/api/v1/flows/search")).status_code == 401
        assert (await client.get("/api/v1/flows/search", auth=USER)).status_code == 200
