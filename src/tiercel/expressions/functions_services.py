"""Functions that ask the outside: files, secrets, entries, logs, other servers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, TypeVar

from tiercel.expressions.environment import Environment
from tiercel.expressions.errors import ExpressionError
from tiercel.expressions.json_reader import read_json
from tiercel.expressions.signatures import (
    MISSING,
    Function,
    optional_text,
    text_argument,
    wrong_argument,
)
from tiercel.model.errors import TiercelError

Answer = TypeVar("Answer")

_INTERNAL: Final = "kestra:///"


def _asked(ask: Callable[[], Answer]) -> Answer:
    """The answer of a service; what it refuses on purpose becomes an error of kind ``value``."""
    try:
        return ask()
    except ExpressionError:
        raise
    except TiercelError as error:
        raise ExpressionError("value", error.message, hint=error.hint) from error


def _secret(run: Environment, key: object, namespace: object, subkey: object) -> Any:
    what = "function `secret`"
    name = text_argument(what, "key", key)
    where = optional_text(what, "namespace", namespace)
    field = optional_text(what, "subkey", subkey)
    where = where if where is not None else _own_namespace(run)
    value = _asked(lambda: run.services.secret(name, where))
    if field is None:
        return value
    try:
        parsed = read_json(value)
    except ExpressionError:
        parsed = None
    if not isinstance(parsed, Mapping) or field not in parsed:
        raise ExpressionError(
            "value", f"Secret `{name}` is no JSON object with the field `{field}`"
        )
    return parsed[field]


def _kv(run: Environment, key: object, namespace: object, error_on_missing: object) -> object:
    what = "function `kv`"
    name = text_argument(what, "key", key)
    where = optional_text(what, "namespace", namespace)
    fails = False if error_on_missing is MISSING else error_on_missing
    if not isinstance(fails, bool):
        raise wrong_argument(what, "errorOnMissing", "a boolean", fails)
    where = where if where is not None else _own_namespace(run)
    return _asked(lambda: run.services.kv(name, where, fails))


def _own_namespace(run: Environment) -> str | None:
    """The namespace of the flow that is rendered; None outside of flows."""
    flow = run.visible().get("flow")
    found = flow.get("namespace") if isinstance(flow, Mapping) else None
    return found if isinstance(found, str) else None


def _file(name: str, method: str, *, is_internal: bool = False) -> Function:
    """A function on the file at a path."""
    what = f"function `{name}`"

    def ask(run: Environment, path: object, namespace: object) -> object:
        wanted = text_argument(what, "path", path)
        where = optional_text(what, "namespace", namespace)
        if is_internal and where is None and not wanted.startswith(_INTERNAL):
            raise ExpressionError(
                "type", f"Argument `path` of {what} must start with `{_INTERNAL}`"
            )
        if where is None and not wanted.startswith(_INTERNAL):
            where = _own_namespace(run)
        service: Callable[[str, str | None], object] = _FILE_SERVICES[method](run)
        return _asked(lambda: service(wanted, where))

    return Function(ask, ("path", "namespace"), 1)


_FILE_SERVICES: Final[dict[str, Callable[[Environment], Callable[[str, str | None], object]]]] = {
    "read": lambda run: run.services.read,
    "size": lambda run: run.services.file_size,
    "exists": lambda run: run.services.file_exists,
    "is_empty": lambda run: run.services.is_file_empty,
}


def _file_uri(run: Environment, path: object, namespace: object) -> str:
    what = "function `fileURI`"
    wanted = text_argument(what, "path", path).removeprefix("/")
    if "../" in wanted or wanted == ".." or wanted.endswith("/.."):
        raise ExpressionError("value", f"`path` of {what} must not hold `../`: `{wanted[:80]}`")
    where = optional_text(what, "namespace", namespace)
    where = where if where is not None else _own_namespace(run)
    if where is None:
        raise ExpressionError("undefined", name="namespace")
    return f"{_INTERNAL}{where.replace('.', '/')}/_files/{wanted}"


def _error_logs(run: Environment) -> object:
    return _asked(run.services.error_logs)


def _optional_map(argument: str, value: object) -> Mapping[str, object] | None:
    if value is MISSING or value is None:
        return None
    if isinstance(value, Mapping):
        return value
    raise wrong_argument("function `http`", argument, "a map", value)


def _http(
    run: Environment,
    uri: object,
    method: object,
    query: object,
    body: object,
    content_type: object,
    headers: object,
    options: object,
    accept: object,
) -> object:
    what = "function `http`"
    address = text_argument(what, "uri", uri)
    verb = optional_text(what, "method", method) or "GET"
    kind = optional_text(what, "contentType", content_type) or "application/json"
    wanted = optional_text(what, "accept", accept) or "application/json"
    parameters, sent = _optional_map("query", query), _optional_map("headers", headers)
    settings = _optional_map("options", options)
    return _asked(
        lambda: run.services.http(
            address,
            method=verb,
            query=parameters,
            body=None if body is MISSING else body,
            content_type=kind,
            headers=sent,
            options=settings,
            accept=wanted,
        )
    )


FUNCTIONS: Final[Mapping[str, Function]] = {
    "secret": Function(_secret, ("key", "namespace", "subkey"), 1),
    "kv": Function(_kv, ("key", "namespace", "errorOnMissing"), 1),
    "read": _file("read", "read"),
    "fileSize": _file("fileSize", "size", is_internal=True),
    "fileExists": _file("fileExists", "exists"),
    "isFileEmpty": _file("isFileEmpty", "is_empty"),
    "fileURI": Function(_file_uri, ("path", "namespace"), 1),
    "errorLogs": Function(_error_logs),
    "http": Function(
        _http,
        ("uri", "method", "query", "body", "contentType", "headers", "options", "accept"),
        1,
    ),
}
