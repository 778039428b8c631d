"""Search engines of the web, over their HTTP APIs."""

from __future__ import annotations

import json
from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ConfigDict

from tiercel.plugin.context import TaskContext
from tiercel.plugin.properties import Text
from tiercel.plugin.task import Plugin, TaskFailedError
from tiercel.plugins.core.http import Request

_GOOGLE = "https://customsearch.googleapis.com"
_GOOGLE_AT_MOST = 10
_TAVILY = "https://api.tavily.com"


@dataclass(frozen=True, slots=True)
class Page:
    """A page that was found, and what it says about the query."""

    title: str
    url: str
    text: str


class SearchEngine(Plugin):
    """Properties of what asks a search engine."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    api_key: Text
    """Key of the API. Keep it in a secret."""
    base_url: Text | None = None
    """Address of the service, if it is not the usual one."""

    @abstractmethod
    async def pages(self, query: str, most: int, context: TaskContext) -> list[Page]:
        """Return the best pages. Raises TaskFailedError when the service refuses."""


class GoogleEngine(SearchEngine):
    """Asks a custom search engine of Google."""

    csi: Text
    """Id of the search engine."""

    async def pages(self, query: str, most: int, context: TaskContext) -> list[Page]:
        """Return the best pages, ten at most."""
        context.mask(self.api_key)
        asked = {"key": self.api_key, "cx": self.csi, "q": query, "num": min(most, _GOOGLE_AT_MOST)}
        uri = f"{self.base_url or _GOOGLE}/customsearch/v1"
        found = await _answer(Request(uri=uri, params=asked), context)
        return [
            Page(page.get("title", ""), page.get("link", ""), page.get("snippet", ""))
            for page in found.get("items", ())
        ]


class TavilyEngine(SearchEngine):
    """Asks Tavily."""

    async def pages(self, query: str, most: int, context: TaskContext) -> list[Page]:
        """Return the best pages."""
        context.mask(self.api_key)
        request = Request(
            uri=f"{self.base_url or _TAVILY}/search",
            method="POST",
            body=json.dumps({"query": query, "max_results": most}),
            headers={"Authorization": f"Bearer {self.api_key}"},
        )
        found = await _answer(request, context)
        return [
            Page(page.get("title", ""), page.get("url", ""), page.get("content", ""))
            for page in found.get("results", ())
        ]


async def _answer(request: Request, context: TaskContext) -> Mapping[str, Any]:
    async with request.respond(context) as response:
        text = await response.aread()
    try:
        found = json.loads(text)
    except ValueError as error:
        raise TaskFailedError(f"{request.uri} answered with something else than JSON") from error
    return found if isinstance(found, dict) else {}
