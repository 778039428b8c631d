"""Packets of entries: what comes together from a source that may repeat it is written once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, Protocol, TypeVar

from tiercel.store.database import Database
from tiercel.store.errors import translated
from tiercel.store.partitions import Partitions
from tiercel.store.queries import queries
from tiercel.store.search import Searched, SearchTable


class Dated(Protocol):
    """What happened at a moment."""

    @property
    def timestamp(self) -> datetime:
        """When it happened."""


Entry = TypeVar("Entry", bound=Dated)

_SQL = queries("packets")


@dataclass(frozen=True, slots=True)
class Packet(Generic[Entry]):
    """Entries under an id that their source gave them.

    Attributes:
        id: The same whenever the packet comes, and no other packet's.
        sent_at: When it was sent, the same whenever it comes.
    """

    id: str
    sent_at: datetime
    entries: Sequence[Entry]


class EntryTable(Searched[Entry]):
    """Base of the tables, cut by time, that entries are written to in bulk.

    Args:
        read: Returns the entry of a row.
        columns: Those that are written.
        write: Returns an entry as a row, in the order of the columns.

    Attributes:
        partitions: The days of the table.
    """

    def __init__(
        self,
        database: Database,
        table: SearchTable,
        read: Callable[[Any], Entry],
        name: str,
        columns: Sequence[str],
        write: Callable[[Entry], tuple[Any, ...]],
    ) -> None:
        super().__init__(database, table, read)
        self._name = name
        self._columns = columns
        self._write = write
        self.partitions = Partitions(database, name)

    async def copy_once(self, packets: Sequence[Packet[Entry]]) -> None:
        """Store many entries at once; packets that were stored before are passed over."""
        by_id = {packet.id: packet for packet in packets}
        if not by_id:
            return
        await self.partitions.ensure(
            entry.timestamp for packet in packets for entry in packet.entries
        )
        async with self._database.transaction() as connection:
            dates = [packet.sent_at for packet in by_id.values()]
            fresh = await connection.fetch(_SQL["note_packets"], list(by_id), dates)
            entries = [entry for row in fresh for entry in by_id[row["id"]].entries]
            if entries:
                await self._copy(connection, entries)

    async def copy(self, entries: Sequence[Entry]) -> None:
        """Store many entries at once. A repeat stores them again: acknowledge the source after
        this.
        """
        if not entries:
            return
        await self.partitions.ensure(entry.timestamp for entry in entries)
        async with self._database.connection() as connection:
            with translated():
                await self._copy(connection, entries)

    async def _copy(self, connection: Any, entries: Sequence[Entry]) -> None:
        await connection.copy_records_to_table(
            self._name, records=map(self._write, entries), columns=self._columns
        )


class Packets:
    """Which packets were written, as long as they may come again."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def forget(self, before: datetime) -> int:
        """Forget packets that were sent before a date, and will not come again; return how many."""
        return await self._database.execute(_SQL["forget_packets"], before)
