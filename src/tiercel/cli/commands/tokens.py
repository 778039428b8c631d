"""``tiercel tokens``: tokens of the API."""

from __future__ import annotations

from typing import Annotated

from tiercel.cli.command import Group
from tiercel.cli.options import Output, Remote
from tiercel.cli.parameters import Option

group = Group()
Name = Annotated[str, Option("Name of the token.")]


@group.command("list", examples=["tiercel tokens list"])
def list_tokens(*, output: Output = "table", remote: Remote) -> int:
    """List names and dates of tokens."""
    from tiercel.cli import secrets

    return secrets.show_tokens(remote, output)


@group.command(examples=["tiercel tokens create ci --user ops@example.org:secret"])
def create(name: Name, /, *, remote: Remote) -> int:
    """Make a token for --api-token, and print it this once."""
    from tiercel.cli import secrets

    return secrets.make_token(remote, name)


@group.command(examples=["tiercel tokens delete ci"])
def delete(name: Name, /, *, remote: Remote) -> int:
    """Make a token useless."""
    from tiercel.cli import secrets

    return secrets.delete_token(remote, name)
