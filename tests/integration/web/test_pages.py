"""How the pages are served: to whom, under which policy, for how long."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from tiercel.web import pages

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest.fixture
def built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A build of one page and one script, which is there packed too."""
    (tmp_path / "assets").mkdir()
    (tmp_path / "index.html").write_text("<!doctype html><title>Tiercel</title>")
    (tmp_path / "assets" / "index-abc.js").write_text("plain")
    (tmp_path / "assets" / "index-abc.js.gz").write_bytes(b"\x1f\x8b")
    monkeypatch.setattr(pages, "STATIC", tmp_path)
    return tmp_path


@pytest.mark.parametrize("path", ["/", "/ui"])
async def test_a_browser_is_led_to_the_pages(api: httpx.AsyncClient, path: str) -> None:
    reply = await api.get(path)
    assert (reply.status_code, reply.headers["location"]) == (307, "/ui/")


@pytest.mark.usefixtures("built")
@pytest.mark.parametrize("path", ["/ui/", "/ui/flows", "/ui/executions/a.b/c/d/gantt"])
async def test_every_address_is_the_page(api: httpx.AsyncClient, path: str) -> None:
    reply = await api.get(path)
    assert reply.status_code == 200
    assert "<title>Tiercel</title>" in reply.text
    assert reply.headers["cache-control"] == "no-cache"
    policy = reply.headers["content-security-policy"]
    assert "script-src 'self';" in policy
    assert "default-src 'none'" in policy


@pytest.mark.usefixtures("built")
async def test_assets_may_be_kept(api: httpx.AsyncClient) -> None:
    reply = await api.get("/ui/assets/index-abc.js", headers={"accept-encoding": "identity"})
    assert reply.text == "plain"
    assert "immutable" in reply.headers["cache-control"]
    assert reply.headers["x-content-type-options"] == "nosniff"
    request = api.build_request("GET", "/ui/assets/index-abc.js")
    packed = await api.send(request, stream=True)
    assert packed.headers["content-encoding"] == "gzip"
    await packed.aclose()


@pytest.mark.usefixtures("built")
@pytest.mark.parametrize("name", ["missing.js", "..%2findex.html", "%2e%2e%2f%2e%2e%2fapp.py"])
async def test_nothing_else_is_an_asset(api: httpx.AsyncClient, name: str) -> None:
    reply = await api.get(f"/ui/assets/{name}")
    assert reply.status_code == 404 or "<title>Tiercel</title>" in reply.text


async def test_a_missing_build_is_told(
    api: httpx.AsyncClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "STATIC", tmp_path)
    reply = await api.get("/ui/")
    assert reply.status_code == 503
    assert "run `make ui`" in reply.text
