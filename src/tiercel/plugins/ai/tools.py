"""What a language model may call before it answers."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tiercel.plugin.context import TaskContext
from tiercel.plugin.task import Part
from tiercel.plugins.ai.search_engines import GoogleEngine, SearchEngine, TavilyEngine

_PAGES = 5


@dataclass(frozen=True, slots=True)
class ToolSpec:
    """What a model is told of a tool.

    Attributes:
        parameters: JSON schema of its arguments.
    """

    name: str
    description: str
    parameters: Mapping[str, Any]

    def told(self, parameters: str) -> dict[str, Any]:
        """Return it as services are told of it.

        Args:
            parameters: What the service calls the schema of the arguments.
        """
        return {
            "name": self.name,
            "description": self.description,
            parameters: dict(self.parameters),
        }


class Tool(Part):
    """Base of the tools."""

    @abstractmethod
    def spec(self) -> ToolSpec:
        """Return what a model is told of it."""

    @abstractmethod
    async def call(self, arguments: Mapping[str, Any], context: TaskContext) -> str:
        """Return what it gives for a model's arguments. Raises TaskFailedError when it can't."""


class WebSearchTool(SearchEngine, Tool):
    """Base of the tools that look into the web."""

    def spec(self) -> ToolSpec:
        """Return that it searches, for a query."""
        query = {"type": "string", "description": "What to look for, in a few words."}
        return ToolSpec(
            "searchWeb",
            "Search the web. Use it for recent events and for facts that you are not sure of.",
            {"type": "object", "properties": {"query": query}, "required": ["query"]},
        )

    async def call(self, arguments: Mapping[str, Any], context: TaskContext) -> str:
        """Return the pages that were found, as text."""
        pages = await self.pages(str(arguments.get("query", "")), _PAGES, context)
        found = [f"Title: {page.title}\nSource: {page.url}\n{page.text}" for page in pages]
        return "\n\n".join(found) or "Nothing was found."


class GoogleCustomWebSearch(GoogleEngine, WebSearchTool):
    """Let a model search with a custom search engine of Google."""

    type_name = "io.kestra.plugin.ai.tool.GoogleCustomWebSearch"
    aliases = ("io.kestra.plugin.langchain4j.tool.GoogleCustomWebSearch",)
    title = "Search the web with Google when a model wants to."


class TavilyWebSearch(TavilyEngine, WebSearchTool):
    """Let a model search with Tavily."""

    type_name = "io.kestra.plugin.ai.tool.TavilyWebSearch"
    aliases = ("io.kestra.plugin.langchain4j.tool.TavilyWebSearch",)
    title = "Search the web with Tavily when a model wants to."
