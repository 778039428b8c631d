"""URIs of internal storage as keys of objects in a bucket.

A key is the decoded path, so a bucket is readable: ``company/team/my flow/data.csv``. What XML or
an object store does not carry unchanged is percent-encoded, and so is ``%``: each URI has one key.
"""

from __future__ import annotations

import re
from urllib.parse import unquote_to_bytes

from tiercel.model.errors import StorageError
from tiercel.storage.uris import make_uri, parse_uri, shown

KEY_BYTES = 1024
"""Longest key that every object store takes."""

_ENCODED = re.compile("[%\\\\\0-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]|\\.$")


def key_of(uri: str) -> str:
    """Return the key of a file, or of a folder without the slash at its end.

    Raises:
        StorageError: The URI is refused, or too long for an object store.
    """
    key = "/".join(_ENCODED.sub(_encoded, name) for name in parse_uri(uri))
    if len(key.encode()) > KEY_BYTES:
        raise StorageError(
            f"Invalid internal storage uri, got uri '{shown(uri)}': "
            f"it is longer than the {KEY_BYTES} bytes that an object store takes.",
            hint="Give the file a shorter name.",
            uri=uri,
        )
    return key


def uri_of(key: str) -> str | None:
    """Return the URI of an object; None for one that was not stored here, such as a marker."""
    try:
        return make_uri(
            unquote_to_bytes(name).decode("utf-8", "surrogateescape") for name in key.split("/")
        )
    except StorageError:
        return None


def _encoded(found: re.Match[str]) -> str:
    return "".join(f"%{byte:02X}" for byte in found[0].encode("utf-8", "surrogateescape"))
