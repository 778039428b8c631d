"""What tasks that keep flows in a repository ask of a server."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from tiercel.model.errors import NotFoundError
from tiercel.store import Condition, Operation

if TYPE_CHECKING:
    from tiercel.services.answers import Answer
    from tiercel.services.flows import Flows

_AT_ONCE = 200

Values = Mapping[str, Any]


class FlowQuestions:
    """Answers the questions of those tasks."""

    def __init__(self, flows: Flows) -> None:
        self._flows = flows

    def answers(self) -> Mapping[str, Answer]:
        """Return what can be asked, by name."""
        return {
            "listFlows": self._list,
            "flowSource": self._source,
            "checkFlow": self._check,
            "saveFlow": self._save,
            "deleteFlow": self._delete,
        }

    async def _list(self, values: Values) -> list[dict[str, Any]]:
        """Return ``{namespace, flowId, revision}`` of the flows of a namespace, and with
        ``includeChildNamespaces`` of those below it."""
        namespace, found, page = str(values["namespace"]), [], 1
        conditions = [Condition("namespace", Operation.EQUALS, namespace)]
        if values.get("includeChildNamespaces"):
            conditions = [Condition("namespace", Operation.PREFIX, namespace)]
        while True:
            flows, total = await self._flows.search(conditions, page=page, size=_AT_ONCE)
            found += [
                {"namespace": flow.namespace, "flowId": flow.id, "revision": flow.revision}
                for flow in flows
            ]
            if page * _AT_ONCE >= total:
                return found
            page += 1

    async def _source(self, values: Values) -> str:
        """Return the source of a flow. Raises NotFoundError."""
        return (await self._flows.get(values["namespace"], values["flowId"])).source

    async def _check(self, values: Values) -> dict[str, Any]:
        """Return what a source would be saved as, and the revision that is there; 0 is none.

        Raises:
            InvalidFlowError: It is not valid.
        """
        flow = self._flows.validate(str(values["source"])).flow
        try:
            stored = await self._flows.get(flow.namespace, flow.id)
        except NotFoundError:
            return {"namespace": flow.namespace, "flowId": flow.id, "revision": 0, "same": False}
        return {
            "namespace": flow.namespace,
            "flowId": flow.id,
            "revision": stored.revision,
            "same": stored.source == values["source"],
        }

    async def _save(self, values: Values) -> int:
        """Create or update a flow; return its revision. Raises InvalidFlowError."""
        return (await self._flows.save(str(values["source"]))).stored.revision

    async def _delete(self, values: Values) -> bool:
        """Delete a flow; False when there was none."""
        try:
            await self._flows.delete(values["namespace"], values["flowId"])
        except NotFoundError:
            return False
        return True
