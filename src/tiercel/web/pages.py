"""The built front end: one page that the browser routes, and its assets.

They are open to all, for they hold the same for everybody: what is to be seen comes from the API.
"""

from __future__ import annotations

import asyncio
import mimetypes
from pathlib import Path

from fastapi import APIRouter, Request, Response
from starlette.responses import FileResponse, HTMLResponse, RedirectResponse

from tiercel.web.access import open_to_all
from tiercel.web.errors import not_found
from tiercel.web.services import Services

router = APIRouter(include_in_schema=False)

STATIC = Path(__file__).parent / "static"
HOW_TO_BUILD = "The user interface is not built: run `make ui` in the checkout, then reload."
_SECURITY = {
    # Styles are set at run time by the components and by the editor; scripts never come inline.
    "content-security-policy": "; ".join(
        (
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data: blob:",
            "font-src 'self' data:",
            "connect-src 'self'",
            "worker-src 'self'",
            "form-action 'none'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
        )
    ),
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
}
_TOLD = 'name="context-path" content="{}"'
_FOR_EVER = "public, max-age=31536000, immutable"


@router.get("/")
@router.get("/ui")
@open_to_all
async def to_pages(services: Services) -> Response:
    """Lead a browser to the pages."""
    return RedirectResponse(f"{services.options.settings.web.context_path}/ui/", 307)


@router.get("/ui/assets/{name}")
@open_to_all
async def asset(name: str, request: Request) -> Response:
    """Send a script, style or font; its name changes with its content, so it may be kept."""
    path = STATIC / "assets" / name
    if not path.is_file():
        raise not_found()
    media_type = mimetypes.guess_type(name)[0] or "application/octet-stream"
    headers = {**_SECURITY, "cache-control": _FOR_EVER, "vary": "accept-encoding"}
    gzipped = path.with_name(f"{name}.gz")
    if "gzip" in request.headers.get("accept-encoding", "") and gzipped.is_file():
        headers["content-encoding"] = "gzip"
        path = gzipped
    return FileResponse(path, media_type=media_type, headers=headers)


@router.get("/ui/falcon.svg")
@open_to_all
async def icon() -> Response:
    """Send the icon of the browser's tab."""
    path = STATIC / "falcon.svg"
    if not path.is_file():
        raise not_found()
    return FileResponse(path, media_type="image/svg+xml", headers=_SECURITY)


@router.get("/ui/{path:path}")
@open_to_all
async def page(path: str, services: Services) -> Response:
    """Send the page; what it shows is told by the address, which the page itself reads."""
    headers = {**_SECURITY, "cache-control": "no-cache"}
    index = STATIC / "index.html"
    if not index.is_file():
        return HTMLResponse(f"<!doctype html><title>Tiercel</title><p>{HOW_TO_BUILD}", 503, headers)
    text = await asyncio.to_thread(index.read_text, "utf-8")
    return HTMLResponse(placed(text, services.options.settings.web.context_path), headers=headers)


def placed(page: str, context_path: str) -> str:
    """Return the page with the addresses of its parts, which are written as beside it.

    Args:
        context_path: What all paths of this server begin with; the page is told too.
    """
    page = page.replace('="./', f'="{context_path}/ui/')
    return page.replace(_TOLD.format(""), _TOLD.format(context_path))
