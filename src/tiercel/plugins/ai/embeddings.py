"""Stores of segments with their vectors."""

from __future__ import annotations

import heapq
import math
import uuid
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import ConfigDict

from tiercel.plugin.context import TaskContext
from tiercel.plugin.properties import Text
from tiercel.plugin.task import AsWritten, Part, TaskFailedError


@dataclass(frozen=True, slots=True)
class Segment:
    """A piece of a document and what is known of it."""

    text: str
    metadata: Mapping[str, Any]

    def output(self) -> dict[str, Any]:
        """Return it as tasks show it."""
        return {"content": self.text, "metadata": dict(self.metadata)}


@dataclass(frozen=True, slots=True)
class Match:
    """A segment that was found; ``score`` is 0 for the opposite to 1 for the same."""

    segment: Segment
    score: float


class EmbeddingStore(Part):
    """Base of the stores."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    @abstractmethod
    async def add(
        self,
        segments: Sequence[Segment],
        vectors: Sequence[Sequence[float]],
        context: TaskContext,
        *,
        drop: bool,
    ) -> Mapping[str, Any]:
        """Add segments; return what is to be known of the store.

        Args:
            drop: Empty the store first.
        """

    @abstractmethod
    async def nearest(
        self, vector: Sequence[float], context: TaskContext, *, most: int, least_score: float
    ) -> list[Match]:
        """Return the segments that are most alike, the best first."""


class KestraKVStore(EmbeddingStore):
    """All segments in one key-value entry of the flow's namespace: for some thousand of them."""

    type_name = "io.kestra.plugin.ai.embeddings.KestraKVStore"
    aliases = ("io.kestra.plugin.langchain4j.embeddings.KestraKVStore",)
    title = "Segments of documents in a key-value entry."

    kv_name: Annotated[Text, AsWritten()] = "{{ flow.id }}-embedding-store"
    """Key of the entry."""

    async def add(
        self,
        segments: Sequence[Segment],
        vectors: Sequence[Sequence[float]],
        context: TaskContext,
        *,
        drop: bool,
    ) -> Mapping[str, Any]:
        """Add segments to the entry, which is made when it is not there."""
        name = context.render(self.kv_name)
        entries = [] if drop else await self._entries(name, context)
        for segment, vector in zip(segments, vectors, strict=True):
            embedded = {"text": segment.text, "metadata": {"metadata": dict(segment.metadata)}}
            entries.append(
                {
                    "id": str(uuid.uuid4()),
                    "embedding": {"vector": [round(value, 7) for value in vector]},
                    "embedded": embedded,
                }
            )
        await context.key_values.set(context.info.namespace, name, {"entries": entries}, "JSON")
        return {"kvName": name}

    async def nearest(
        self, vector: Sequence[float], context: TaskContext, *, most: int, least_score: float
    ) -> list[Match]:
        """Compare with every segment of the entry."""
        name = context.render(self.kv_name)
        entries = await self._entries(name, context)
        if not entries:
            raise TaskFailedError(
                f"No documents are in the key-value entry '{name}': ingest them first"
            )
        scored = ((_score(vector, entry["embedding"]["vector"]), entry) for entry in entries)
        best = heapq.nlargest(most, scored, key=lambda found: found[0])
        return [
            Match(
                Segment(
                    entry["embedded"]["text"],
                    entry["embedded"].get("metadata", {}).get("metadata", {}),
                ),
                score,
            )
            for score, entry in best
            if score >= least_score
        ]

    async def _entries(self, name: str, context: TaskContext) -> list[dict[str, Any]]:
        is_there, value = await context.key_values.get(context.info.namespace, name)
        if not is_there:
            return []
        entries = value.get("entries") if isinstance(value, dict) else None
        if not isinstance(entries, list):
            raise TaskFailedError(f"The key-value entry '{name}' holds no documents")
        return entries


def _score(first: Sequence[float], second: Sequence[float]) -> float:
    """Return how alike two vectors are: 1 plus their cosine, halved."""
    if len(first) != len(second):
        raise TaskFailedError(
            f"The question's vector has {len(first)} numbers and the documents' have"
            f" {len(second)}: take the same model for both"
        )
    lengths = math.hypot(*first) * math.hypot(*second)
    product = sum(one * other for one, other in zip(first, second, strict=True))
    return (1 + product / lengths) / 2 if lengths else 0.5
