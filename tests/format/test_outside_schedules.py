"""Starts at a date, and triggers that are switched off and on."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from api_kit import NAMESPACE, Api, Json, history, run_of, state
from format_kit import ret, task

pytestmark = pytest.mark.asyncio(loop_scope="session")
HOURLY = task("trigger.Schedule", "often", cron="0 * * * *")
YEARLY = task("trigger.Schedule", "often", cron="0 0 1 1 *")
EVERY_SECOND = task("trigger.Schedule", "often", cron="* * * * * *", withSeconds=True)


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


async def trigger_of(api: Api, flow: Json, wanted: Callable[[Json], bool] = bool) -> Json:
    """Return the state of the flow's trigger once it is as it is wanted."""
    async with asyncio.timeout(60):
        while True:
            path = f"/triggers/{flow['namespace']}/{flow['id']}"
            found: list[Json] = (await api.call("GET", path))["results"]
            if found and wanted(found[0]):
                return found[0]
            await asyncio.sleep(0.05)


def keys(flow: Json, **more: Any) -> Json:
    return {"namespace": flow["namespace"], "flowId": flow["id"], "triggerId": "often", **more}


async def test_a_start_at_a_date_waits_as_created(api: Api):
    flow = await api.save([ret("a")])
    due = (datetime.now(UTC) + timedelta(seconds=3)).replace(microsecond=0)
    started = await api.start(flow, scheduleDate=due.isoformat())
    assert moment(started["scheduleDate"]) == due
    assert (state(started), "taskRunList" in started) == ("CREATED", False)
    await asyncio.sleep(0.2)
    seen = history(await api.get(started))
    assert seen == "C" or datetime.now(UTC) >= due
    done = await api.wait(started)
    assert history(done) == "CRS"
    assert moment(done["state"]["histories"][1]["date"]) >= due


async def test_a_start_at_a_date_that_has_passed_begins_at_once(api: Api):
    flow = await api.save([ret("a")])
    started = await api.start(flow, scheduleDate="2020-01-01T00:00:00Z")
    assert history(await api.wait(started)) == "CRS"


@pytest.mark.parametrize("date", ["tomorrow", "2024-13-01T00:00:00Z"])
async def test_a_date_that_can_not_be_read_starts_nothing(api: Api, date: str):
    flow = await api.save([ret("a")])
    refusal = await api.start(flow, status=422, scheduleDate=date)
    assert "scheduleDate" in refusal["message"]
    assert await api.of_flow(flow) == []


async def test_what_waits_for_its_date_can_be_killed(api: Api):
    flow = await api.save([ret("a")])
    later = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    started = await api.start(flow, scheduleDate=later)
    await api.act(started, "kill", 202)
    assert state(await api.wait(started)) == "KILLED"


async def test_what_waits_for_its_date_counts_for_no_limit(api: Api):
    flow = await api.save([ret("a")], concurrency={"limit": 1, "behavior": "FAIL"})
    later = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    waiting = await api.start(flow, scheduleDate=later)
    assert state(await api.wait(await api.start(flow))) == "SUCCESS"
    await api.act(waiting, "kill", 202)


async def test_a_schedule_starts_executions_with_its_dates(api: Api):
    inputs = [{"id": "day", "type": "STRING", "defaults": "none"}]
    flow = await api.save(
        [ret("a", "{{ trigger.date }}|{{ schedule.date }}|{{ inputs.day }}")],
        inputs=inputs,
        labels={"team": "a"},
        triggers=[{**EVERY_SECOND, "inputs": {"day": "x"}, "labels": {"by": "clock"}}],
    )
    first, *_ = await api.of_flow(flow, 1)
    await api.call("PUT", "/triggers", json=keys(flow, disabled=True))
    done = await api.wait(first)
    told = done["trigger"]["variables"]
    assert moment(told["next"]) - moment(told["date"]) == timedelta(seconds=1)
    assert moment(told["date"]) - moment(told["previous"]) == timedelta(seconds=1)
    value = run_of(done, "a")["outputs"]["value"]
    assert value == f"{told['date']}|{told['date']}|x"
    labels = {label["key"]: label["value"] for label in done["labels"]}
    assert labels == {"team": "a", "by": "clock", "system.correlationId": done["id"]}


async def test_a_disabled_trigger_rests_until_it_is_enabled(api: Api):
    flow = await api.save([ret("a")], triggers=[{**EVERY_SECOND, "recoverMissedSchedules": "NONE"}])
    await trigger_of(api, flow)
    answer = await api.call("PUT", "/triggers", json=keys(flow, disabled=True))
    assert (answer["disabled"], "nextExecutionDate" in answer) == (True, False)
    before = len(await api.of_flow(flow))
    await asyncio.sleep(0.2)
    assert "nextExecutionDate" not in await trigger_of(api, flow)
    answer = await api.call("PUT", "/triggers", json=keys(flow, disabled=False))
    assert answer["disabled"] is False
    await trigger_of(api, flow, lambda item: "nextExecutionDate" in item)
    await api.of_flow(flow, before + 1)
    await api.call("PUT", "/triggers", json=keys(flow, disabled=True))


async def test_a_task_switches_triggers(api: Api):
    flow = await api.save([ret("a")], triggers=[HOURLY])
    await trigger_of(api, flow)
    names = {"namespace": flow["namespace"], "flowId": flow["id"], "trigger": "often"}
    done = await api.run(task("trigger.Toggle", "off", **names))
    assert state(done) == "SUCCESS"
    await trigger_of(api, flow, lambda item: item["disabled"])
    await api.run(task("trigger.Toggle", "on", enabled=True, **names))
    await trigger_of(api, flow, lambda item: not item["disabled"])


async def test_a_task_switches_the_trigger_of_its_own_flow(api: Api):
    toggle = task("trigger.Toggle", "off", trigger="often")
    flow = await api.save([toggle], triggers=[HOURLY])
    await trigger_of(api, flow)
    assert state(await api.wait(await api.start(flow))) == "SUCCESS"
    await trigger_of(api, flow, lambda item: item["disabled"])


@pytest.mark.parametrize(
    ("names", "words"),
    [
        (
            {"namespace": "no", "flowId": "where"},
            "Unable to find flow no.where. Make sure the flow exists and the current execution "
            "is authorized to access it.",
        ),
        ({}, f"Unable to find trigger nope for the flow {NAMESPACE}."),
    ],
)
async def test_a_trigger_that_is_not_there_can_not_be_switched(api: Api, names: Json, words: str):
    done = await api.run(task("trigger.Toggle", "off", trigger="nope", **names))
    assert state(done) == "FAILED"
    assert any(words in line for line in await api.messages(done, "Unable to find"))


async def test_calls_about_triggers_that_are_not_there(api: Api):
    flow = await api.save([ret("a")], triggers=[HOURLY, task("trigger.Webhook", "hook", key="k")])
    answer = await api.call("PUT", "/triggers", 404, json=keys(flow, triggerId="nope"))
    assert answer["message"] == f"Not Found: Flow {flow['id']} has no trigger nope"
    missing = {"namespace": "no", "flowId": "where", "triggerId": "t"}
    answer = await api.call("PUT", "/triggers", 404, json=missing)
    assert answer["message"] == "Not Found: Flow of trigger t not found"
    await api.call("PUT", "/triggers", 404, json=keys(flow, triggerId="hook"))
    path = f"/triggers/{flow['namespace']}/{flow['id']}/often/unlock"
    answer = await api.call("POST", path, 409)
    assert answer["message"] == "Illegal state: Trigger is not locked"
    for action, method in (("pause", "PUT"), ("unpause", "PUT"), ("delete", "POST")):
        answer = await api.call(method, f"/triggers/backfill/{action}", 400, json=keys(flow))
        assert answer["message"] == "Bad Request: No backfill found"


async def test_an_execution_that_ends_badly_may_stop_its_trigger(api: Api):
    flow = await api.save(
        [task("execution.Fail", "f")], triggers=[{**EVERY_SECOND, "stopAfter": ["FAILED"]}]
    )
    (first, *_) = await api.of_flow(flow, 1)
    await api.wait(first)
    await trigger_of(api, flow, lambda item: item["disabled"])


async def test_a_backfill_runs_its_dates_in_order(api: Api):
    flow = await api.save([ret("a", "{{ trigger.date }}")], triggers=[YEARLY])
    before = await trigger_of(api, flow, lambda item: "nextExecutionDate" in item)
    labels = [{"key": "reason", "value": "reload"}]
    span = {"start": "2020-06-01T03:30:00Z", "end": "2023-06-01T06:10:00Z", "labels": labels}
    answer = await api.call("PUT", "/triggers", json=keys(flow, backfill=span))
    assert answer["backfill"]["previousNextExecutionDate"] == before["nextExecutionDate"]
    found = await api.of_flow(flow, 3)
    after = await trigger_of(api, flow, lambda item: "backfill" not in item)
    assert after["nextExecutionDate"] == before["nextExecutionDate"]
    dates = [moment(item["trigger"]["variables"]["date"]).year for item in found]
    assert dates == [2021, 2022, 2023]
    assert {"key": "reason", "value": "reload"} in found[0]["labels"]
