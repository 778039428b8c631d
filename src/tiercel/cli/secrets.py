"""``tiercel secrets`` and ``tiercel tokens``."""

from __future__ import annotations

import getpass
import sys
from typing import TYPE_CHECKING

from tiercel.cli.client import Api, part
from tiercel.cli.console import err, write
from tiercel.cli.tables import moment, show_list
from tiercel.model.errors import IllegalArgumentError

if TYPE_CHECKING:
    from tiercel.cli.options import Remote

_MOST = 100_000


def show_names(remote: Remote, namespace: str, output: str) -> int:
    """List the names of the secrets of a namespace."""
    with Api(remote) as api:
        found = list(api.pages(f"/namespaces/{part(namespace)}/secrets", _MOST))
    columns = (("secret", "key"), ("description", "description"))
    show_list(found, columns, output, nothing="no secret found")
    return 0


def store(remote: Remote, namespace: str, name: str, value: str, description: str) -> int:
    """Store a secret.

    Raises:
        IllegalArgumentError: There is no value.
    """
    given = value or _asked(name)
    if not given:
        raise IllegalArgumentError("The secret is empty", hint="type it, or pipe it in")
    body = {"key": name, "value": given}
    if description:
        body["description"] = description
    with Api(remote) as api:
        api.call("PUT", f"/namespaces/{part(namespace)}/secrets", json=body)
    return 0


def _asked(name: str) -> str:
    if sys.stdin.isatty():
        return getpass.getpass(f"{name}: ")
    return sys.stdin.read().removesuffix("\n")


def delete(remote: Remote, namespace: str, name: str) -> int:
    """Delete a secret."""
    with Api(remote) as api:
        api.call("DELETE", f"/namespaces/{part(namespace)}/secrets/{part(name)}")
    return 0


def show_tokens(remote: Remote, output: str) -> int:
    """List the tokens of the API."""
    with Api(remote) as api:
        found = api.json("GET", "/tokens")
    columns = (("token", "name"), ("created", lambda item: moment(item.get("created"))))
    show_list(found, columns, output, nothing="no token found")
    return 0


def make_token(remote: Remote, name: str) -> int:
    """Make a token and print it, this once."""
    with Api(remote) as api:
        made = api.json("POST", "/tokens", json={"name": name})
    err.print("[dim]keep it: it is not shown again[/]")
    write(made["token"])
    return 0


def delete_token(remote: Remote, name: str) -> int:
    """Make a token useless."""
    with Api(remote) as api:
        api.call("DELETE", f"/tokens/{part(name)}")
    return 0
