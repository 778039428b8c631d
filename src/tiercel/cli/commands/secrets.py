"""``tiercel secrets``: set and delete, never read."""

from __future__ import annotations

from typing import Annotated

from tiercel.cli.command import Group
from tiercel.cli.options import Output, Remote
from tiercel.cli.parameters import Option

group = Group()
Namespace = Annotated[str, Option("Namespace.")]
Name = Annotated[str, Option("Name of the secret.")]


@group.command("list", examples=["tiercel secrets list company.team"])
def list_secrets(namespace: Namespace, /, *, output: Output = "table", remote: Remote) -> int:
    """List the names of secrets; values are never given."""
    from tiercel.cli import secrets

    return secrets.show_names(remote, namespace, output)


@group.command(
    "set",
    examples=[
        "tiercel secrets set company.team DB_PASSWORD < password.txt",
        "tiercel secrets set company.team DB_PASSWORD --description 'orders database'",
    ],
)
def set_secret(
    namespace: Namespace,
    name: Name,
    /,
    *,
    value: Annotated[
        str, Option("The value; others on this machine may see it. By default it is asked for.")
    ] = "",
    description: Annotated[str, Option("What it is for.")] = "",
    remote: Remote,
) -> int:
    """Store a secret: its value is read from standard input, or asked for on a terminal."""
    from tiercel.cli import secrets

    return secrets.store(remote, namespace, name, value, description)


@group.command("delete", examples=["tiercel secrets delete company.team DB_PASSWORD"])
def delete_secret(namespace: Namespace, name: Name, /, *, remote: Remote) -> int:
    """Delete a secret."""
    from tiercel.cli import secrets

    return secrets.delete(remote, namespace, name)
