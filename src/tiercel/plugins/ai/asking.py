"""Asking providers of models over HTTP, in JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, ClassVar

from tiercel.plugin.context import TaskContext
from tiercel.plugin.task import TaskFailedError
from tiercel.plugins.ai.models import Configuration, ModelProvider


class AskedProvider(ModelProvider):
    """Base of the providers that are asked in JSON.

    Class attributes:
        address: Of its API; ``baseUrl`` takes its place.
        unknown: What to use instead of properties of a configuration that the service has no word
            for, by name.
    """

    address: ClassVar[str] = ""
    unknown: ClassVar[Mapping[str, str]] = {}

    def headers(self, context: TaskContext) -> dict[str, str]:
        """Return what lets a request in; secrets in it are masked from now on."""
        return {}

    def root(self) -> str:
        """Return the address of the API."""
        return (self.base_url or self.address).rstrip("/")

    def refuse(self, configuration: Configuration) -> None:
        """Raise TaskFailedError for what the service has no word for."""
        given = configuration.model_dump(by_alias=True, exclude_defaults=True)
        for name, instead in self.unknown.items():
            if name in given:
                raise TaskFailedError(f"{self.service} knows no `{name}`: {instead}")

    async def ask(
        self, what: str, asked: Mapping[str, Any], context: TaskContext
    ) -> Mapping[str, Any]:
        """Return what the service answers. Raises TaskFailedError in its own words."""
        headers = self.headers(context)
        body = {"model": self.model_name, **asked}
        async with self.http_client(context) as client:
            response = await client.post(f"{self.root()}/{what}", json=body, headers=headers)
        if response.status_code >= 400:
            raise TaskFailedError(
                f"{self.service} refused ({response.status_code}): {_reason(response.text)}"
            )
        try:
            found = response.json()
        except ValueError as error:
            raise TaskFailedError(f"{self.service} answered with what is no JSON") from error
        return found if isinstance(found, dict) else {}


def _reason(text: str) -> str:
    """Return what a refusal says, in the forms that services give it."""
    try:
        found = json.loads(text)
    except ValueError:
        return text[:500] or "it says no reason"
    said = found.get("error", found) if isinstance(found, dict) else found
    message = (said.get("message") or said.get("detail")) if isinstance(said, dict) else said
    return str(message or text[:500])
