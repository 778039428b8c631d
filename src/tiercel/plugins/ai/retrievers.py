"""Where a task looks for what a language model should know for its answer."""

from __future__ import annotations

from abc import abstractmethod
from typing import Annotated

from pydantic import ConfigDict, Field

from tiercel.plugin.context import TaskContext
from tiercel.plugin.task import Part
from tiercel.plugins.ai.embeddings import EmbeddingStore, Segment
from tiercel.plugins.ai.models import ModelProvider
from tiercel.plugins.ai.search_engines import GoogleEngine, SearchEngine, TavilyEngine

_SEGMENTS = 3


class ContentRetriever(Part):
    """Base of the retrievers."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    max_results: Annotated[int, Field(ge=1)] = _SEGMENTS
    """How many segments go with a question."""

    @abstractmethod
    async def found(self, question: str, context: TaskContext) -> list[Segment]:
        """Return what there is about a question, the best first."""


class EmbeddingStoreRetriever(ContentRetriever):
    """Look into a store of documents."""

    type_name = "io.kestra.plugin.ai.retriever.EmbeddingStoreRetriever"
    title = "Look for what a model should know in a store of documents."

    embeddings: EmbeddingStore
    """Where the documents are."""
    embedding_provider: ModelProvider
    """Whose model makes the question's vector: the one that made those of the documents."""
    min_score: Annotated[float, Field(ge=0, le=1)] = 0.0
    """How alike a segment must be: 1 is the same."""

    async def found(self, question: str, context: TaskContext) -> list[Segment]:
        """Return the segments that are most alike."""
        asked = await self.embedding_provider.embed([question], context)
        matches = await self.embeddings.nearest(
            asked.vectors[0], context, most=self.max_results, least_score=self.min_score
        )
        return [match.segment for match in matches]


class WebSearchRetriever(SearchEngine, ContentRetriever):
    """Base of the retrievers that look into the web."""

    async def found(self, question: str, context: TaskContext) -> list[Segment]:
        """Return the pages that a search for the question finds."""
        pages = await self.pages(question, self.max_results, context)
        return [Segment(f"{page.title}\n{page.text}", {"url": page.url}) for page in pages]


class GoogleCustomWebSearch(GoogleEngine, WebSearchRetriever):
    """Look into the web with a custom search engine of Google."""

    type_name = "io.kestra.plugin.ai.retriever.GoogleCustomWebSearch"
    aliases = ("io.kestra.plugin.langchain4j.retriever.GoogleCustomWebSearch",)
    title = "Look for what a model should know with Google."


class TavilyWebSearch(TavilyEngine, WebSearchRetriever):
    """Look into the web with Tavily."""

    type_name = "io.kestra.plugin.ai.retriever.TavilyWebSearch"
    aliases = ("io.kestra.plugin.langchain4j.retriever.TavilyWebSearch",)
    title = "Look for what a model should know with Tavily."
