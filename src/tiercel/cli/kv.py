"""``tiercel kv``: key-value pairs of a server."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tiercel.cli.client import Api, part
from tiercel.cli.console import write
from tiercel.cli.reading import read_source
from tiercel.cli.tables import moment, show_data, show_list
from tiercel.model.errors import IllegalArgumentError, NotFoundError
from tiercel.services.kv import KeyType, typed_value

if TYPE_CHECKING:
    from tiercel.cli.options import Remote

_COLUMNS = (
    ("namespace", "namespace"),
    ("key", "key"),
    ("updated", lambda item: moment(item.get("updateDate"))),
    ("expires", lambda item: moment(item.get("expirationDate"))),
    ("description", "description"),
)


def show_keys(remote: Remote, namespace: str, output: str) -> int:
    """List the keys of a namespace, or of all."""
    with Api(remote) as api:
        if namespace:
            found = api.json("GET", f"/namespaces/{part(namespace)}/kv")
        else:
            found = list(api.pages("/kv", 100_000))
    found.sort(key=lambda item: (item.get("namespace", ""), item["key"]))
    show_list(found, _COLUMNS, output, nothing="no key found")
    return 0


def show_value(remote: Remote, namespace: str, key: str, output: str) -> int:
    """Print a value: a text as it is, anything else as JSON."""
    with Api(remote) as api:
        found = api.json("GET", _path(namespace, key))
    if output != "value":
        show_data(found, output)
        return 0
    value = found.get("value")
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    write(text)
    return 0


def store(
    remote: Remote,
    namespace: str,
    key: str,
    value: str,
    expiration: str,
    kind: str,
    file: Path | None,
) -> int:
    """Store a value; nothing is printed.

    Raises:
        click.UsageError: Neither a value nor a file was given, or both.
        IllegalArgumentError: The value is not of the type that was asked for.
    """
    if bool(value) is (file is not None):
        raise click.UsageError("give VALUE or --file-value, one of them")
    text = read_source(file).rstrip("\n") if file is not None else value
    headers = {"content-type": "text/plain"}
    if expiration:
        headers["ttl"] = expiration
    with Api(remote) as api:
        body = written(text, kind).encode()
        api.call("PUT", _path(namespace, key), content=body, headers=headers)
    return 0


def written(text: str, kind: str) -> str:
    """Return a value as the server reads it: a text is put between quotes.

    Raises:
        IllegalArgumentError: It is not of the type that was asked for.
    """
    if kind == "STRING":
        return json.dumps(text)
    try:
        found = typed_value(text)
    except IllegalArgumentError:
        found = None
    if kind and (found is None or found.type is not KeyType[kind]):
        raise IllegalArgumentError(f"'{text[:100]}' is no {kind}")
    return text if found is not None else json.dumps(text)


def delete(remote: Remote, namespace: str, key: str) -> int:
    """Delete a key.

    Raises:
        NotFoundError: There is none.
    """
    with Api(remote) as api:
        if not api.json("DELETE", _path(namespace, key)):
            raise NotFoundError(f"No key '{key}' in namespace '{namespace}'")
    return 0


def _path(namespace: str, key: str) -> str:
    return f"/namespaces/{part(namespace)}/kv/{part(key)}"
