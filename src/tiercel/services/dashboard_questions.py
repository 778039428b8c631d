"""What tasks that keep dashboards in a repository ask of a server."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from tiercel.model.errors import NotFoundError

if TYPE_CHECKING:
    from tiercel.services.answers import Answer
    from tiercel.services.dashboards import Dashboards

_AT_ONCE = 200

Values = Mapping[str, Any]


class DashboardQuestions:
    """Answers the questions of those tasks."""

    def __init__(self, dashboards: Dashboards) -> None:
        self._dashboards = dashboards

    def answers(self) -> Mapping[str, Answer]:
        """Return what can be asked, by name."""
        return {
            "listDashboards": self._list,
            "saveDashboard": self._save,
            "deleteDashboard": self._delete,
        }

    async def _list(self, values: Values) -> dict[str, str]:
        """Return the sources of all dashboards by their id."""
        found, page = dict[str, str](), 1
        while True:
            dashboards, total = await self._dashboards.search((), page, _AT_ONCE, ())
            found |= {dashboard.id: dashboard.source for dashboard in dashboards}
            if page * _AT_ONCE >= total:
                return found
            page += 1

    async def _save(self, values: Values) -> str:
        """Create or update the dashboard ``id``, or only check its ``source`` with ``dryRun``.

        Returns:
            ADDED, UPDATED or UNCHANGED.

        Raises:
            InvalidFlowError: The source is not valid.
            IllegalArgumentError: It names another id.
        """
        dashboard_id, source = str(values["id"]), str(values["source"])
        self._dashboards.parse(source)
        try:
            stored = await self._dashboards.get(dashboard_id)
        except NotFoundError:
            if not values.get("dryRun"):
                await self._dashboards.create(source)
            return "ADDED"
        if stored.source == source:
            return "UNCHANGED"
        if not values.get("dryRun"):
            await self._dashboards.update(dashboard_id, source)
        return "UPDATED"

    async def _delete(self, values: Values) -> bool:
        """Delete a dashboard; False when there was none."""
        try:
            await self._dashboards.delete(str(values["id"]))
        except NotFoundError:
            return False
        return True
