"""Good flows, each changed in one place: what is never good is refused, what always is is not."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator, Mapping
from operator import methodcaller
from pathlib import Path
from typing import Any

import pytest
import yaml

from tiercel.check import parse_flow
from tiercel.model.problems import InvalidFlowError
from tiercel.plugin.registry import Registry

ROOT = Path(__file__).parents[3]
SOURCES = sorted((ROOT / "tests" / "data" / "validation").glob("*.yaml"))
Place = tuple[str | int, ...]
Change = tuple[str, Callable[[Any], None]]
_TASK_LISTS = ("tasks", "errors", "finally", "then", "else", "defaults", "cases", "afterExecution")


def objects(value: Any, at: Place = ()) -> Iterator[tuple[Place, dict[str, Any]]]:
    """Yield the flow, and every task, trigger and condition in it, with its place."""
    if isinstance(value, dict):
        kind = value.get("type", "")
        if not at or (isinstance(kind, str) and kind.count(".") > 2):
            yield at, value
        for key, item in value.items():
            if key != "pluginDefaults":
                yield from objects(item, (*at, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from objects(item, (*at, index))


def has_id(at: Place, item: Mapping[str, Any]) -> bool:
    return bool(at) and "id" in item


def is_task(at: Place, item: Mapping[str, Any]) -> bool:
    return has_id(at, item) and at[0] in _TASK_LISTS and "triggers" not in at


def is_in_dag(at: Place) -> bool:
    """Whether it is a task of a Dag: the original takes any id there, so a bad one is a warning."""
    return bool(at) and at[-1] == "task"


def changes(at: Place, item: dict[str, Any], flow: dict[str, Any]) -> Iterator[Change]:
    """Yield what makes a flow bad when it is done to one of its objects."""
    yield "an unknown property", lambda found: found.update(unexpectedProp="x")
    for key in item:
        if key in ("id", "type") or at:
            yield (
                f"{key} misspelt",
                lambda found, key=key: found.update({f"{key}Q": found.pop(key)}),
            )
    if at:
        for other in (
            "",
            "nope",
            "io.kestra.plugin.core.Nope",
            item["type"] + "x",
            ["a"],
            None,
            {},
        ):
            yield f"type {other!r}", lambda found, other=other: found.update(type=other)
        yield "no type", lambda found: found.pop("type")
    if (not at or has_id(at, item)) and not is_in_dag(at):
        for other in ("", "a b", "-a", "é", "a/b", None, ["a"], {"a": "b"}):
            yield f"id {other!r}", lambda found, other=other: found.update(id=other)
    if not at or has_id(at, item):
        yield "no id", lambda found: found.pop("id")
    if is_task(at, item) and not is_in_dag(at):
        yield "an id with a dot", lambda found: found.update(id="a.b")
    if is_task(at, item):
        yield "a bad timeout", lambda found: found.update(timeout="soon")
        yield "a bad level", lambda found: found.update(logLevel="LOUD")
        yield "a bad flag", lambda found: found.update(disabled="maybe")
        yield "a bad retry", lambda found: found.update(retry={"type": "constant"})
        yield "an unclosed expression", lambda found: found.update(runIf="{{ a")
        first = flow["tasks"][0]["id"]
        if item["id"] != first:
            yield "the id of another", lambda found: found.update(id=first)


def refused(flow: dict[str, Any], registry: Registry) -> bool:
    try:
        parse_flow(json.dumps(flow), registry)
    except InvalidFlowError as error:
        return bool(error.problems)
    return False


ALWAYS_GOOD: dict[str, Any] = {
    "description": "why",
    "disabled": True,
    "allowFailure": True,
    "allowWarning": True,
    "logToFile": True,
    "runIf": "{{ inputs.b ?? true }}",
    "timeout": "PT1M",
    "logLevel": "WARN",
    "retry": {"type": "random", "minInterval": "PT1S", "maxInterval": "PT2S", "maxAttempt": 3},
}


def changed_at(flow: dict[str, Any], at: Place, change: Callable[[Any], None]) -> dict[str, Any]:
    """Return a copy of a flow with one object changed."""
    changed = copy.deepcopy(flow)
    found: Any = changed
    for step in at:
        found = found[step]
    change(found)
    return changed


def plain(path: Path) -> dict[str, Any]:
    flow: dict[str, Any] = json.loads(json.dumps(yaml.safe_load(path.read_text()), default=str))
    return flow


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)
def test_one_bad_change_is_always_refused(path: Path, registry: Registry):
    flow = plain(path)
    assert not refused(flow, registry)
    passed = [
        (at, name)
        for at, item in objects(flow)
        for name, change in changes(at, item, flow)
        if (changed := changed_at(flow, at, change)) != flow and not refused(changed, registry)
    ]
    assert passed == []


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)
def test_what_every_task_may_have_is_never_refused(path: Path, registry: Registry):
    flow = plain(path)
    stopped = [
        (at, name)
        for at, item in objects(flow)
        if is_task(at, item)
        for name, value in ALWAYS_GOOD.items()
        if refused(changed_at(flow, at, methodcaller("update", {name: value})), registry)
    ]
    assert stopped == []
