"""``tiercel kv``: key-value pairs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from tiercel.cli.command import Group
from tiercel.cli.options import Output, Remote
from tiercel.cli.parameters import Option

group = Group()
Namespace = Annotated[str, Option("Namespace.")]
Key = Annotated[str, Option("Key.")]
TYPES = ("STRING", "NUMBER", "BOOLEAN", "DATETIME", "DATE", "DURATION", "JSON")


@group.command("list", examples=["tiercel kv list company.team", "tiercel kv list -o json"])
def list_keys(
    namespace: Annotated[str, Option("Namespace, by default all.")] = "",
    /,
    *,
    output: Output = "table",
    remote: Remote,
) -> int:
    """List keys, without their values."""
    from tiercel.cli import kv

    return kv.show_keys(remote, namespace, output)


@group.command("get", examples=["tiercel kv get company.team limit"])
def get_value(
    namespace: Namespace,
    key: Key,
    /,
    *,
    output: Annotated[
        str,
        Option("The value alone, or with its type.", ("-o", "--output"), ("value", "json", "yaml")),
    ] = "value",
    remote: Remote,
) -> int:
    """Print a value."""
    from tiercel.cli import kv

    return kv.show_value(remote, namespace, key, output)


def set_value(
    namespace: Namespace,
    key: Key,
    value: Annotated[str, Option("Value; JSON, or a text.")] = "",
    /,
    *,
    expiration: Annotated[
        str,
        Option("How long it is kept, such as PT1H; by default for ever.", ("-e", "--expiration")),
    ] = "",
    kind: Annotated[
        str, Option("What it is, by default told from its form.", ("-t", "--type"), TYPES)
    ] = "",
    file_value: Annotated[
        Path | None, Option("File that holds the value.", ("-f", "--file-value"))
    ] = None,
    remote: Remote,
) -> int:
    """Store a value. What is no JSON, date, moment or duration is a text."""
    from tiercel.cli import kv

    return kv.store(remote, namespace, key, value, expiration, kind, file_value)


group.command(
    "set",
    examples=[
        "tiercel kv set company.team limit 12",
        "tiercel kv set company.team zip 01234 --type STRING",
        "tiercel kv set company.team token abc --expiration PT1H",
        "tiercel kv set company.team settings --file-value settings.json",
    ],
)(set_value)


@group.command("delete", examples=["tiercel kv delete company.team limit"])
def delete_key(namespace: Namespace, key: Key, /, *, remote: Remote) -> int:
    """Delete a key; there must be one."""
    from tiercel.cli import kv

    return kv.delete(remote, namespace, key)
