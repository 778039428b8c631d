"""What object stores answer, told as StorageError: with the URI, without addresses or secrets."""

from __future__ import annotations

import contextlib
import re
from typing import TYPE_CHECKING

from obstore.exceptions import BaseError, PermissionDeniedError, UnauthenticatedError

from tiercel.model.errors import StorageError
from tiercel.storage.uris import shown

if TYPE_CHECKING:
    from collections.abc import Iterator

# A signature may be part of an address.
_QUERY = re.compile(r"\?\S*")
_CODE = re.compile(r"<Code>(\w+)</Code>")
_NO_BUCKET = ("NoSuchBucket", "ContainerNotFound", "bucket does not exist")
_SHOWN_CHARACTERS = 300


@contextlib.contextmanager
def translated(uri: str) -> Iterator[None]:
    """Raise errors of an object store as StorageError."""
    try:
        yield
    except (BaseError, FileNotFoundError) as error:
        raise storage_error(error, uri) from None


def storage_error(error: Exception, uri: str) -> StorageError:
    """Return what an object store's error means for a URI."""
    text = str(error)
    if any(word in text for word in _NO_BUCKET):
        return StorageError(
            f"Internal storage failed at {shown(uri)}: the bucket does not exist.",
            hint="Make the bucket, or name another one in kestra.storage.",
            uri=uri,
        )
    if isinstance(error, FileNotFoundError):
        return StorageError(
            f"Nothing is stored at {shown(uri)}.",
            hint="The file was never stored, or its execution's files were purged.",
            uri=uri,
        )
    code = _CODE.search(text)
    reason = _QUERY.sub("?…", text.split("\n", 1)[0])[:_SHOWN_CHARACTERS]
    if isinstance(error, (PermissionDeniedError, UnauthenticatedError)):
        said = code[1] if code else reason
        return StorageError(
            f"Internal storage failed at {shown(uri)}: the object store refuses access: {said}",
            hint="Check the credentials in kestra.storage and what they are allowed to do.",
            uri=uri,
        )
    return StorageError(f"Internal storage failed at {shown(uri)}: {reason}", uri=uri)
