"""``tiercel flow list`` and ``get``: what flows a server has."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tiercel.cli.client import Api, flow_path
from tiercel.cli.console import write
from tiercel.cli.tables import show_list

if TYPE_CHECKING:
    from tiercel.cli.options import Remote

_COLUMNS = (
    ("namespace", "namespace"),
    ("flow", "id"),
    ("revision", "revision"),
    ("disabled", "disabled"),
    ("triggers", lambda flow: ", ".join(item["id"] for item in flow.get("triggers") or ())),
    ("description", lambda flow: (flow.get("description") or "").partition("\n")[0]),
)


def show_flows(remote: Remote, namespace: str, query: str, limit: int, output: str) -> int:
    """List flows, by namespace and id."""
    given = {"namespace": namespace, "q": query}
    parameters: dict[str, Any] = {name: value for name, value in given.items() if value}
    with Api(remote) as api:
        found = list(
            api.pages("/flows/search", limit, sort=["namespace:asc", "id:asc"], **parameters)
        )
    show_list(found, _COLUMNS, output, nothing="no flow found")
    return 0


def show_source(remote: Remote, namespace: str, flow_id: str, revision: int) -> int:
    """Print the source of a flow as it was saved."""
    parameters: dict[str, Any] = {"source": True}
    if revision:
        parameters["revision"] = revision
    with Api(remote) as api:
        flow = api.json("GET", flow_path(namespace, flow_id), params=parameters)
    write(flow["source"].rstrip("\n"))
    return 0
