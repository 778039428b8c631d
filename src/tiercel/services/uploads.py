"""Files given for FILE inputs, on their way into internal storage."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tiercel.storage.paths import input_file

if TYPE_CHECKING:
    from tiercel.storage import Storage


@dataclass(frozen=True, slots=True)
class Upload:
    """A file given for a FILE input, on local disk; it is moved into internal storage."""

    input_id: str
    file_name: str
    path: Path


def upload_uris(
    namespace: str, flow_id: str, execution_id: str, uploads: Iterable[Upload]
) -> dict[str, str]:
    """Return by input id where files of an execution come to be stored."""
    return {
        upload.input_id: input_file(
            namespace, flow_id, execution_id, upload.input_id, upload.file_name
        )
        for upload in uploads
    }


async def store_uploads(
    storage: Storage, uploads: Iterable[Upload], uris: Mapping[str, str]
) -> None:
    """Move files to where ``uris`` says, by input id. Raises StorageError."""
    for upload in uploads:
        await storage.put_file(uris[upload.input_id], upload.path)
