"""Routes of secrets. Names go out, values only come in."""

from __future__ import annotations

from typing import Any

import msgspec
from fastapi import APIRouter, Request, Response

from tiercel.model.execution import Label
from tiercel.services.namespaces import lineage
from tiercel.web.bodies import read_json
from tiercel.web.listing import select
from tiercel.web.replies import JsonReply
from tiercel.web.resources import SECRETS
from tiercel.web.search import read_search
from tiercel.web.services import AppServices, Services
from tiercel.web.shapes import moment

router = APIRouter(prefix="/api/v1", tags=["secrets"])


class Tag(msgspec.Struct):
    """A word about a secret."""

    key: str
    value: str = ""


class SecretValue(msgspec.Struct):
    """A secret as clients send it."""

    key: str
    value: str
    description: str | None = None
    tags: list[Tag] = []


class SecretMeta(msgspec.Struct):
    """What is told of a secret."""

    description: str | None = None
    tags: list[Tag] = []


class _Shown(msgspec.Struct, frozen=True):
    """One entry of a list; those of the environment belong to no namespace."""

    key: str
    namespace: str = ""
    description: str | None = None
    tags: tuple[Label, ...] = ()
    updated: Any = None

    def as_json(self) -> dict[str, Any]:
        """Return the entry; what is not known is left out."""
        shown: dict[str, Any] = {"key": self.key}
        if self.namespace:
            shown["namespace"] = self.namespace
            shown["tags"] = [{"key": tag.key, "value": tag.value} for tag in self.tags]
            shown["updateDate"] = moment(self.updated)
        if self.description is not None:
            shown["description"] = self.description
        return shown


@router.get("/secrets")
async def list_all_secrets(request: Request, services: Services) -> Response:
    """Return one page of the names of all secrets; values are never given."""
    stored = await services.views.secrets.everywhere()
    return _page(request, [*map(_shown, stored), *_of_environment(services)])


@router.get("/namespaces/{namespace}/secrets")
async def list_secrets(namespace: str, request: Request, services: Services) -> Response:
    """Return one page of the names of a namespace's secrets, and of those of the environment."""
    stored = await services.views.secrets.list(namespace)
    own = {secret.key.upper() for secret in stored}
    others = [item for item in _of_environment(services) if item.key.upper() not in own]
    return _page(request, [*map(_shown, stored), *others])


@router.get("/namespaces/{namespace}/inherited-secrets")
async def inherited_secrets(namespace: str, services: Services) -> Response:
    """Return the names of secrets by parent namespace; those of the environment count for all."""
    stored = await services.views.secrets.everywhere()
    names: dict[str, list[str]] = {}
    for parent in lineage(namespace)[:-1]:
        own = [secret.key for secret in stored if secret.namespace == parent]
        names[parent] = [*own, *services.views.secrets.environment_keys]
    return JsonReply(names)


@router.put("/namespaces/{namespace}/secrets")
async def put_secret(namespace: str, request: Request, services: Services) -> Response:
    """Store a secret; the answer names all secrets of the namespace."""
    given: SecretValue = await read_json(request, SecretValue)
    await services.views.secrets.set(
        namespace,
        given.key,
        given.value,
        description=given.description,
        tags=_labels(given.tags),
    )
    return await _names(namespace, services)


@router.patch("/namespaces/{namespace}/secrets/{key}")
async def describe_secret(
    namespace: str, key: str, request: Request, services: Services
) -> Response:
    """Change the description and the tags of a secret; its value stays."""
    given: SecretMeta = await read_json(request, SecretMeta)
    await services.views.secrets.describe(namespace, key, given.description, _labels(given.tags))
    return await _names(namespace, services)


@router.delete("/namespaces/{namespace}/secrets/{key}")
async def delete_secret(namespace: str, key: str, services: Services) -> Response:
    """Delete a secret; the answer holds the keys that are left."""
    await services.views.secrets.delete(namespace, key)
    left = await services.views.secrets.list(namespace)
    return JsonReply([secret.key for secret in left])


def _labels(tags: list[Tag]) -> tuple[Label, ...]:
    return tuple(Label(tag.key, tag.value) for tag in tags)


async def _names(namespace: str, services: AppServices) -> Response:
    stored = await services.views.secrets.list(namespace)
    return JsonReply([_shown(secret).as_json() for secret in stored])


def _shown(secret: Any) -> _Shown:
    return _Shown(secret.key, secret.namespace, secret.description, secret.tags, secret.updated_at)


def _of_environment(services: AppServices) -> list[_Shown]:
    return [_Shown(key) for key in services.views.secrets.environment_keys]


def _page(request: Request, items: list[_Shown]) -> Response:
    found, total = select(items, read_search(request.query_params, SECRETS))
    shown = [item.as_json() for item in found]
    return JsonReply({"readOnly": False, "results": shown, "total": total})
