"""``taskCache``: outputs of a task that ran before with the same properties."""

from __future__ import annotations

import hashlib
import io
import logging
import zipfile
from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import msgspec

from tiercel.model.errors import TiercelError
from tiercel.services.clock import utc_now
from tiercel.storage.paths import cache_file

if TYPE_CHECKING:
    from tiercel.model.job import Job
    from tiercel.storage import Storage

logger = logging.getLogger(__name__)

_ENTRY = "outputs.json"
_MOST_BYTES = 50 * 1024 * 1024


class TaskCache:
    """Finds and keeps outputs of one task; what goes wrong costs a run, never the task.

    Args:
        rendered: The properties of the task as it is about to run.
    """

    def __init__(self, storage: Storage, job: Job, rendered: Mapping[str, Any]) -> None:
        self._storage = storage
        self._ttl: timedelta | None = job.cache_ttl
        value = (job.variables.get("taskrun") or {}).get("value")
        key = msgspec.json.encode([job.type, rendered, value], enc_hook=str, order="sorted")
        digest = hashlib.sha256(key).hexdigest()
        self._uri = cache_file(job.namespace, job.flow_id, job.task_id, digest)

    async def find(self) -> dict[str, Any] | None:
        """Return what is kept and not too old."""
        try:
            if not await self._storage.exists(self._uri):
                return None
            stored = await self._storage.stat(self._uri)
            if self._ttl is not None and stored.modified_at + self._ttl < utc_now():
                return None
            content = b"".join([chunk async for chunk in self._storage.open(self._uri)])
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                outputs: dict[str, Any] = msgspec.json.decode(archive.read(_ENTRY))
        except (TiercelError, OSError, zipfile.BadZipFile, KeyError, ValueError) as error:
            logger.warning("task cache not read", extra={"uri": self._uri, "reason": str(error)})
            return None
        return outputs

    async def keep(self, outputs: Mapping[str, Any]) -> None:
        """Keep outputs for the next time."""
        try:
            content = msgspec.json.encode(outputs)
            if len(content) > _MOST_BYTES:
                return
            archive = io.BytesIO()
            with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as target:
                target.writestr(_ENTRY, content)
            await self._storage.put(self._uri, archive.getvalue())
        except (TiercelError, OSError) as error:
            logger.warning("task cache not kept", extra={"uri": self._uri, "reason": str(error)})
