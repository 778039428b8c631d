"""URIs of internal storage: ``kestra:///`` and a path of percent-encoded names.

The one place where a URI becomes names. Whatever gets past :func:`parse_uri` can be joined below a
folder without leaving it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote, unquote_to_bytes

from tiercel.model.errors import StorageError

if TYPE_CHECKING:
    from collections.abc import Iterable

SCHEME = "kestra://"

_NAME_BYTES = 255
_PATH_BYTES = 3_000
_DEEPEST = 100
_SHOWN_CHARACTERS = 500
# Characters that stay as they are, besides letters, digits and "_.-~". Scripts find URIs in their
# text by a pattern that takes no others.
_SAFE = "+="


def make_uri(names: Iterable[str]) -> str:
    """Return the URI of a file or folder, given the names on the way to it.

    Raises:
        StorageError: There is no name, or one of them can't be used.
    """
    names = list(names)
    try:
        path = "/".join(quote(_encode(name), safe=_SAFE) for name in names)
    except UnicodeEncodeError as error:
        raise _refusal(str(error.object), "it holds characters that no file name has") from None
    uri = f"{SCHEME}/{path}"
    if not names or names[-1] == "":
        raise _refusal(uri, "a name in it is empty")
    parse_uri(uri)
    return uri


def parse_uri(uri: str) -> tuple[str, ...]:
    """Return the decoded names of a URI, outermost first; never empty.

    One slash at the end is allowed and means nothing.

    Raises:
        StorageError: Another scheme, a host, a name that is empty, ``.`` or ``..``, or holds a
            slash, a NUL or too many bytes, all of this also when percent-encoded; a first name
            that begins with a dot, which no namespace does; or a path that is too long or deep.
    """
    path = uri.removeprefix(f"{SCHEME}/").removesuffix("/")
    if not uri.startswith(f"{SCHEME}/"):
        raise _refusal(uri, "it does not begin with kestra:///")
    try:
        names = tuple(_decode(part) for part in path.split("/"))
    except UnicodeEncodeError:
        raise _refusal(uri, "it holds characters that no file name has") from None
    for name in names:
        if reason := _reason_to_refuse(name):
            raise _refusal(uri, reason)
    if len(names) > _DEEPEST or sum(len(_encode(name)) + 1 for name in names) > _PATH_BYTES:
        limits = f"{_PATH_BYTES} bytes or deeper than {_DEEPEST} folders"
        raise _refusal(uri, f"it is longer than {limits}")
    if names[0].startswith("."):
        raise _refusal(uri, "no namespace begins with a dot")
    return names


def is_below(uri: str, folder: str) -> bool:
    """Tell whether ``uri`` names something inside ``folder``, at any depth, or the folder itself.

    Raises:
        StorageError: One of the two is not a URI of internal storage.
    """
    names, folders = parse_uri(uri), parse_uri(folder)
    return names[: len(folders)] == folders


def shown(uri: str) -> str:
    """Return ``uri`` as it stands in messages: on one line, cut when very long."""
    text = uri.encode("unicode_escape", "backslashreplace").decode()
    return text if len(text) <= _SHOWN_CHARACTERS else text[:_SHOWN_CHARACTERS] + "…"


def _encode(name: str) -> bytes:
    # Names of files that are no UTF-8 come from Python as lone surrogates, and go back the same.
    return name.encode("utf-8", "surrogateescape")


def _decode(part: str) -> str:
    return unquote_to_bytes(_encode(part)).decode("utf-8", "surrogateescape")


def _reason_to_refuse(name: str) -> str:
    if not name:
        return "a name in it is empty"
    if name in (".", ".."):
        return f"'{name}' is not allowed in it"
    if "/" in name or "\0" in name:
        return "a name in it holds a slash or a NUL"
    if len(_encode(name)) > _NAME_BYTES:
        return f"a name in it is longer than {_NAME_BYTES} bytes"
    return ""


def _refusal(uri: str, reason: str) -> StorageError:
    return StorageError(
        f"Invalid internal storage uri, got uri '{shown(uri)}': {reason}.",
        hint="Give the URI as a task's output or the function fileURI() returned it.",
        uri=uri,
    )
