"""Routes of plugin types: lists, icons, documentation, schemas."""

from __future__ import annotations

import asyncio
import base64
from typing import Annotated

from fastapi import APIRouter, Query, Response

from tiercel.services.plugin_docs import icon
from tiercel.web.replies import JsonReply
from tiercel.web.services import Services

router = APIRouter(prefix="/api/v1/plugins", tags=["plugins"])

_KEPT = {"cache-control": "public, max-age=3600"}


@router.get("")
async def list_plugins(services: Services) -> Response:
    """Return the packages of types."""
    return JsonReply(await asyncio.to_thread(services.views.plugin_docs.plugins))


@router.get("/groups/subgroups")
async def list_subgroups(services: Services) -> Response:
    """Return the packages of types, then one entry a subgroup."""
    docs = services.views.plugin_docs
    return JsonReply(await asyncio.to_thread(docs.plugins, subgroups=True))


@router.get("/icons")
async def list_icons(services: Services) -> Response:
    """Return an icon for each type."""
    return JsonReply(services.views.plugin_docs.icons(), headers=_KEPT)


@router.get("/icons/groups")
async def list_group_icons(services: Services) -> Response:
    """Return an icon for each group."""
    return JsonReply(services.views.plugin_docs.group_icons(), headers=_KEPT)


@router.get("/icons/{cls}")
async def read_icon(cls: str) -> Response:
    """Return the icon of one type or group."""
    return JsonReply(icon(cls), headers=_KEPT)


@router.get("/icons/{cls}/icon.svg")
async def read_icon_image(cls: str) -> Response:
    """Send the icon of one type or group as an image."""
    content = base64.b64decode(icon(cls)["icon"])
    headers = {**_KEPT, "content-security-policy": "default-src 'none'"}
    return Response(content, media_type="image/svg+xml", headers=headers)


@router.get("/inputs")
async def list_inputs(services: Services) -> Response:
    """Return the types of inputs."""
    return JsonReply(services.views.plugin_docs.input_types())


@router.get("/inputs/{kind}")
async def read_input(kind: str, services: Services) -> Response:
    """Return text and schema of a type of input."""
    return JsonReply(services.views.plugin_docs.input_document(kind), headers=_KEPT)


@router.get("/schemas/{kind}")
async def read_schema(
    kind: str, services: Services, array: Annotated[bool, Query(alias="arrayOf")] = False
) -> Response:
    """Return the JSON schema of flows, tasks, triggers …, for editors."""
    schema = await asyncio.to_thread(services.views.plugin_docs.schema, kind, array=array)
    return JsonReply(schema, headers=_KEPT)


@router.get("/properties/{kind}")
async def read_properties(kind: str, services: Services) -> Response:
    """Return the properties of flows, tasks, triggers …, by name."""
    schema = await asyncio.to_thread(services.views.plugin_docs.schema, kind)
    root = schema["definitions"][schema["$ref"].rpartition("/")[2]]
    return JsonReply(root.get("properties", {}), headers=_KEPT)


@router.get("/triggers")
async def list_triggers(services: Services) -> Response:
    """Return the types of triggers."""
    found = [
        {"type": name, **icon(name)}
        for plugin in services.views.plugin_docs.plugins()
        for name in plugin["triggers"]
    ]
    return JsonReply(found)


@router.get("/{cls}/versions")
async def list_versions(cls: str, services: Services) -> Response:
    """Return the versions of a type: the one that is installed."""
    await asyncio.to_thread(services.views.plugin_docs.document, cls)
    return JsonReply({"type": cls, "versions": ["latest"]})


@router.get("/{cls}")
@router.get("/{cls}/versions/{version}")
async def read_plugin(
    cls: str,
    services: Services,
    with_common: Annotated[bool, Query(alias="all")] = False,
    version: str = "latest",
) -> Response:
    """Return text and schema of a type, found by any of its names."""
    document = await asyncio.to_thread(
        services.views.plugin_docs.document, cls, with_common=with_common
    )
    return JsonReply(document, headers=_KEPT)
