"""Routes of the files of a namespace."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from starlette.responses import StreamingResponse

from tiercel.services.namespace_tree import TreeEntry, checked_path, epoch_milliseconds
from tiercel.store import Condition, Operation
from tiercel.web.replies import JsonReply, archive_reply
from tiercel.web.services import Services, uploads_folder
from tiercel.web.uploads import MULTIPART, missing_part, read_form

router = APIRouter(prefix="/api/v1/namespaces/{namespace}/files", tags=["namespace files"])

FilePath = Annotated[str, Query()]
OptionalPath = Annotated[str, Query()]


def entry_json(entry: TreeEntry) -> dict[str, Any]:
    """Return what is known of a file or folder; times in milliseconds since 1970."""
    changed = epoch_milliseconds(entry.changed)
    return {
        "type": "Directory" if entry.is_folder else "File",
        "size": entry.size,
        "fileName": entry.name,
        "lastModifiedTime": changed,
        "creationTime": changed,
    }


@router.get("/search")
async def search_files(namespace: str, q: str, services: Services) -> Response:
    """Return the paths of files that contain a text."""
    return JsonReply(await services.views.namespace_tree.search(namespace, q))


@router.get("/stats")
async def read_stats(namespace: str, services: Services, path: OptionalPath = "") -> Response:
    """Return what is known of a file or folder, by default the root."""
    return JsonReply(entry_json(await services.views.namespace_tree.entry(namespace, path)))


@router.get("/directory")
async def list_folder(namespace: str, services: Services, path: OptionalPath = "") -> Response:
    """Return what lies directly in a folder, by default the root."""
    found = await services.views.namespace_tree.children(namespace, path)
    return JsonReply([entry_json(entry) for entry in found])


@router.post("/directory")
async def make_folder(namespace: str, services: Services, path: FilePath) -> Response:
    """Make a folder, with its parents."""
    await services.views.namespace_tree.make_folder(namespace, path)
    return Response(status_code=200)


@router.get("/export")
async def export_files(namespace: str, services: Services) -> Response:
    """Send an archive of all files, with the flows of the namespace."""
    condition = Condition("namespace", Operation.EQUALS, namespace)
    flows = await services.views.flow_sets.matching([condition])
    content = await services.views.namespace_tree.archive(namespace, flows)
    return archive_reply(content, f"{namespace}_files.zip")


@router.get("/revisions")
async def list_revisions(namespace: str, services: Services, path: FilePath) -> Response:
    """Return the revisions of a file: one, the present one, as older ones are not kept."""
    entry = await services.views.namespace_tree.entry(namespace, path)
    return JsonReply([] if entry.is_folder else [{"revision": 1}])


@router.get("")
async def read_file(namespace: str, services: Services, path: FilePath) -> Response:
    """Send a file."""
    size = await services.views.namespace_tree.size(namespace, path)
    return StreamingResponse(
        services.views.namespace_tree.open(namespace, path),
        media_type="application/octet-stream",
        headers={
            "content-length": str(size),
            "cache-control": "no-cache",
            "x-content-type-options": "nosniff",
            "content-disposition": "attachment",
        },
    )


@router.post("")
async def write_file(
    namespace: str, request: Request, services: Services, path: FilePath
) -> Response:
    """Store a file, make an empty one when there is no body, or unpack an archive."""
    folder = uploads_folder(services)
    checked_path(path, flows=True)
    async with read_form(request, folder) as form:
        part = form.file("fileContent")
        if part is not None and part.file_name.lower().endswith(".zip"):
            await services.views.namespace_tree.unpack(namespace, part.path)
        elif part is not None:
            await services.views.namespace_tree.put(namespace, path, part.path)
        elif "fileContent" in form.texts:
            await _put_text(services, namespace, path, form.texts["fileContent"])
        elif request.headers.get("content-type", "").lower().startswith(MULTIPART):
            raise missing_part("fileContent")
        else:
            await _put_text(services, namespace, path, "")
    return Response(status_code=200)


async def _put_text(services: Services, namespace: str, path: str, text: str) -> None:
    folder = uploads_folder(services)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with tempfile.TemporaryDirectory(dir=folder) as place:
        source = Path(place) / "file"
        source.write_text(text, "utf-8")
        await services.views.namespace_tree.put(namespace, path, source)


@router.put("")
async def move_file(
    namespace: str,
    services: Services,
    source: Annotated[str, Query(alias="from")],
    target: Annotated[str, Query(alias="to")],
) -> Response:
    """Move a file or folder."""
    await services.views.namespace_tree.move(namespace, source, target)
    return Response(status_code=200)


@router.delete("")
async def delete_file(namespace: str, services: Services, path: FilePath) -> Response:
    """Delete a file or folder, and parents that are empty then."""
    await services.views.namespace_tree.delete(namespace, path)
    return Response(status_code=200)
