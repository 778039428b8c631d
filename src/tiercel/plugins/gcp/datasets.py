"""Data sets of BigQuery."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from pydantic import Field

from tiercel.plugin.common import Written
from tiercel.plugin.context import TaskContext
from tiercel.plugin.outputs import outputs
from tiercel.plugin.properties import Text, TextMap
from tiercel.plugin.task import Output
from tiercel.plugins.gcp.access import IfExists, present
from tiercel.plugins.gcp.bigquery import BigQueryTask, dataset_reference

if TYPE_CHECKING:
    from google.cloud.bigquery import Client, Dataset


class Access(Written):
    """Who may do what with a data set."""

    role: Text = Field(description="What they may do: `READER`, `WRITER` or `OWNER`.")
    entity: dict[str, Text] = Field(
        description=(
            "Who it is: a map with `type`, such as `USER`, `GROUP` or `DOMAIN`, and `value`, "
            "such as an address."
        )
    )

    def as_sent(self) -> dict[str, str]:
        """Return Google's words."""
        kind, value = self.entity.get("type", ""), self.entity.get("value", "")
        key = {"USER": "userByEmail", "GROUP": "groupByEmail", "DOMAIN": "domain"}.get(
            kind.upper(), "specialGroup"
        )
        return {"role": self.role.upper(), key: value}


class DatasetTask(BigQueryTask):
    """Base of the tasks that set what a data set is like."""

    name: Text
    """Name of the data set."""
    description: Text | None = None
    """What it is for."""
    friendly_name: Text | None = None
    """Its name for people."""
    labels: TextMap | None = None
    """Labels of the data set."""
    default_table_lifetime: int | None = None
    """Milliseconds after which new tables go away."""
    default_partition_expiration_ms: int | None = None
    """Milliseconds after which partitions of new tables go away."""
    acl: list[Access] | None = None
    """Who may do what with it."""

    def change(self, dataset: Dataset) -> Sequence[str]:
        """Set what the flow says; return the names of what was set."""
        from google.cloud.bigquery import AccessEntry

        plain: dict[str, Any] = present(
            {
                "description": self.description,
                "friendly_name": self.friendly_name,
                "labels": self.labels,
                "default_table_expiration_ms": self.default_table_lifetime,
                "default_partition_expiration_ms": self.default_partition_expiration_ms,
                "access_entries": self.acl
                and [AccessEntry.from_api_repr(one.as_sent()) for one in self.acl],
            }
        )
        for name, value in plain.items():
            setattr(dataset, name, value)
        return list(plain)


def _shown_dataset(dataset: Dataset) -> dict[str, Any]:
    return present(
        {
            "dataset": dataset.dataset_id,
            "project": dataset.project,
            "friendlyName": dataset.friendly_name,
            "description": dataset.description,
            "location": dataset.location,
        }
    )


class CreateDataset(DatasetTask):
    """Make a data set. Outputs: ``dataset``, ``project``, ``friendlyName``, ``location`` …"""

    type_name = "io.kestra.plugin.gcp.bigquery.CreateDataset"
    title = "Make a data set in BigQuery."
    output_types = outputs(
        dataset=str, project=str, friendlyName=str, description=str, location=str
    )
    examples = (
        (
            "A data set, unless it is there.",
            "id: dataset\ntype: io.kestra.plugin.gcp.bigquery.CreateDataset\n"
            "name: trips\nlocation: EU\nifExists: SKIP",
        ),
    )

    if_exists: IfExists = IfExists.ERROR
    """What to do when the data set is there: `ERROR`, `UPDATE` or `SKIP`."""

    async def run(self, context: TaskContext) -> Output:
        """Make it, or take the one that is there."""
        return Output(values=await self.with_client(context, self._make))

    def _make(self, client: Client) -> dict[str, Any]:
        from google.api_core.exceptions import NotFound
        from google.cloud.bigquery import Dataset

        reference = dataset_reference(self.name, client.project)
        found = None
        if self.if_exists is not IfExists.ERROR:
            try:
                found = client.get_dataset(reference)
            except NotFound:
                # It is made below.
                found = None
        if found is None:
            dataset = Dataset(reference)
            dataset.location = self.location
            self.change(dataset)
            return _shown_dataset(client.create_dataset(dataset))
        if self.if_exists is IfExists.UPDATE:
            found = client.update_dataset(found, list(self.change(found)))
        return _shown_dataset(found)


class UpdateDataset(DatasetTask):
    """Change a data set. Outputs: as those of CreateDataset."""

    type_name = "io.kestra.plugin.gcp.bigquery.UpdateDataset"
    title = "Change a data set in BigQuery."
    output_types = outputs(
        dataset=str, project=str, friendlyName=str, description=str, location=str
    )

    async def run(self, context: TaskContext) -> Output:
        """Set what the flow says; the rest stays."""

        def update(client: Client) -> dict[str, Any]:
            dataset = client.get_dataset(dataset_reference(self.name, client.project))
            return _shown_dataset(client.update_dataset(dataset, list(self.change(dataset))))

        return Output(values=await self.with_client(context, update))


class DeleteDataset(BigQueryTask):
    """Delete a data set. Output: ``dataset``."""

    type_name = "io.kestra.plugin.gcp.bigquery.DeleteDataset"
    title = "Delete a data set in BigQuery."
    output_types = outputs(dataset=str)

    name: Text
    """Name of the data set."""
    delete_contents: bool = False
    """Whether its tables are deleted with it."""

    async def run(self, context: TaskContext) -> Output:
        """Delete it. Raises TaskFailedError when it holds tables."""
        work = partial(_delete_dataset, self.name, delete_contents=self.delete_contents)
        await self.with_client(context, work)
        return Output(values={"dataset": self.name})


def _delete_dataset(name: str, client: Client, *, delete_contents: bool) -> None:
    client.delete_dataset(dataset_reference(name, client.project), delete_contents=delete_contents)
