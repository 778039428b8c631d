"""Packets of entries: what comes together from a source that may repeat it is written once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from tiercel.store.database import Database
from tiercel.store.partitions import Partitions
from tiercel.store.queries import queries

Entry = TypeVar("Entry")

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


@dataclass(frozen=True, slots=True)
class PacketTable(Generic[Entry]):
    """A table that packets are written to."""

    name: str
    columns: Sequence[str]
    row: Callable[[Entry], tuple[Any, ...]]
    moment: Callable[[Entry], datetime]


class Packets:
    """Which packets were written, as long as they may come again."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def write(
        self,
        packets: Sequence[Packet[Entry]],
        table: PacketTable[Entry],
        partitions: Partitions,
    ) -> None:
        """Write the entries of packets that were not written before, all in one transaction."""
        by_id = {packet.id: packet for packet in packets}
        if not by_id:
            return
        await partitions.ensure(table.moment(item) for packet in packets for item in packet.entries)
        async with self._database.transaction() as connection:
            dates = [packet.sent_at for packet in by_id.values()]
            fresh = await connection.fetch(_SQL["note_packets"], list(by_id), dates)
            entries = [item for row in fresh for item in by_id[row["id"]].entries]
            if entries:
                await connection.copy_records_to_table(
                    table.name, records=map(table.row, entries), columns=table.columns
                )

    async def forget(self, before: datetime) -> int:
        """Forget packets that were sent before a date, and will not come again; return how many."""
        return await self._database.execute(_SQL["forget_packets"], before)
