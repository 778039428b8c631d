"""``tiercel migrate``: commands of later versions of the format, for scripts that call them."""

from __future__ import annotations

from typing import Annotated

import click

from tiercel.cli.command import Group
from tiercel.cli.parameters import Option

group = Group()
metadata = group.below("metadata", "Tables about keys, secrets and files.")


@group.command(examples=["tiercel migrate default-tenant --dry-run"])
def default_tenant(
    *,
    tenant_id: Annotated[str, Option("Id of the tenant.")] = "main",
    tenant_name: Annotated[str, Option("Name of the tenant.")] = "",
    dry_run: Annotated[bool, Option("Change nothing.")] = False,
) -> int:
    """Move everything to a tenant: it always was in the one there is, main, and it says so."""
    if tenant_id != "main":
        raise click.UsageError(f"there is one tenant, main, and no '{tenant_id}'")
    return _nothing("everything belongs to the tenant main already")


@metadata.command(examples=["tiercel migrate metadata kv"])
def kv() -> int:
    """Make the table of keys: keys describe themselves here, and it says so."""
    return _nothing("each key-value pair is stored with its dates and its type")


@metadata.command(examples=["tiercel migrate metadata secrets"])
def secrets() -> int:
    """Make the table of secrets: it always was there, and it says so."""
    return _nothing("each secret is stored with its description and its dates")


@metadata.command(examples=["tiercel migrate metadata nsfiles"])
def nsfiles() -> int:
    """Make the table of namespace files: the files describe themselves, and it says so."""
    return _nothing("namespace files are listed from the storage itself")


def _nothing(reason: str) -> int:
    from tiercel.cli.console import write

    write(f"Nothing to migrate: {reason}.")
    return 0
