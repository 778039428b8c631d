"""Executions, flows, logs and metrics as JSON."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from tiercel.model.execution import (
    Attempt,
    Execution,
    ExecutionMetadata,
    ExecutionTrigger,
    Label,
    TaskRun,
)
from tiercel.model.job import LogEntry, MetricEntry
from tiercel.model.state import State, StateType
from tiercel.model.task import LogLevel
from tiercel.store import StoredFlow
from tiercel.web.replies import attachment, encode_json
from tiercel.web.shapes import (
    execution_json,
    flow_json,
    length,
    log_json,
    log_line,
    metric_json,
    moment,
    state_json,
)

START = datetime(2024, 12, 20, 1, 0, 0, 101999, UTC)
END = START + timedelta(seconds=2, milliseconds=914)
DONE = State.of((StateType.CREATED, START), (StateType.RUNNING, START), (StateType.SUCCESS, END))
SHOWN_DONE = {
    "current": "SUCCESS",
    "histories": [
        {"state": "CREATED", "date": "2024-12-20T01:00:00.101Z"},
        {"state": "RUNNING", "date": "2024-12-20T01:00:00.101Z"},
        {"state": "SUCCESS", "date": "2024-12-20T01:00:03.015Z"},
    ],
    "duration": "PT2.914S",
    "startDate": "2024-12-20T01:00:00.101Z",
    "endDate": "2024-12-20T01:00:03.015Z",
}


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (START, "2024-12-20T01:00:00.101Z"),
        (START.replace(microsecond=999), "2024-12-20T01:00:00Z"),
        (START.replace(microsecond=120000), "2024-12-20T01:00:00.120Z"),
    ],
)
def test_moments_have_milliseconds(value: datetime, text: str) -> None:
    assert moment(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (timedelta(seconds=1, microseconds=234999), "PT1.234S"),
        (timedelta(milliseconds=230), "PT0.23S"),
        (timedelta(hours=25), "PT25H"),
        (timedelta(microseconds=3), "PT0S"),
    ],
)
def test_durations_are_cut_to_milliseconds(value: timedelta, text: str) -> None:
    assert length(value) == text


def test_a_state_that_only_began_counts_until_now() -> None:
    shown = state_json(State.created(START), START + timedelta(seconds=5))
    assert shown["duration"] == "PT5S"
    assert "endDate" not in shown


def test_an_execution_leaves_out_what_is_empty() -> None:
    execution = Execution(
        id="e", namespace="n", flow_id="f", flow_revision=4, state=DONE, original_id="e"
    )
    assert execution_json(execution, [], END) == {
        "id": "e",
        "namespace": "n",
        "flowId": "f",
        "flowRevision": 4,
        "labels": [],
        "state": SHOWN_DONE,
        "originalId": "e",
        "deleted": False,
        "metadata": {"attemptNumber": 1, "originalCreatedDate": "2024-12-20T01:00:00.101Z"},
    }


def test_an_execution_shows_everything_it_has() -> None:
    execution = Execution(
        id="e",
        namespace="n",
        flow_id="f",
        flow_revision=4,
        state=DONE,
        original_id="o",
        inputs={"flag": None},
        outputs={"rows": 0},
        labels=(Label("system.correlationId", "e"), Label("team", "finance")),
        variables={"limit": 1},
        parent_id="p",
        trigger=ExecutionTrigger("t", "Schedule", {"date": "d"}, "kestra:///log"),
        metadata=ExecutionMetadata(2, START),
        schedule_date=START,
        kind="TEST",
    )
    run = TaskRun(
        id="r",
        execution_id="e",
        task_id="a",
        sequence=0,
        state=DONE,
        parent_id="q",
        value="x",
        iteration=0,
        attempts=(Attempt("j", DONE, log_file="kestra:///a"),),
        dynamic=True,
    )
    shown = execution_json(execution, [run], END)
    assert shown["labels"][-1]["key"] == "system.correlationId"
    assert (shown["inputs"], shown["outputs"]) == ({"flag": None}, {"rows": 0})
    assert shown["trigger"] == {
        "id": "t",
        "type": "Schedule",
        "variables": {"date": "d"},
        "logFile": "kestra:///log",
    }
    assert (shown["parentId"], shown["scheduleDate"]) == ("p", "2024-12-20T01:00:00.101Z")
    assert (shown["kind"], shown["variables"]) == ("TEST", {"limit": 1})
    assert shown["taskRunList"] == [
        {
            "id": "r",
            "executionId": "e",
            "namespace": "n",
            "flowId": "f",
            "taskId": "a",
            "parentTaskRunId": "q",
            "value": "x",
            "attempts": [{"state": SHOWN_DONE, "logFile": "kestra:///a"}],
            "outputs": None,
            "state": SHOWN_DONE,
            "iteration": 0,
            "dynamic": True,
        }
    ]


def test_a_flow_shows_what_its_inputs_imply() -> None:
    flow = StoredFlow(
        namespace="n",
        id="f",
        revision=2,
        source="text",
        definition={
            "id": "f",
            "namespace": "n",
            "revision": 9,
            "inputs": [
                {"id": "s", "type": "SELECT", "values": ["a"]},
                {"id": "u", "type": "FILE", "required": False},
            ],
            "labels": {"team": "finance"},
            "tasks": [{"id": "a"}],
        },
        labels=(Label("team", "finance"),),
        description=None,
        disabled=False,
        deleted=False,
        updated_at=START,
    )
    assert flow_json(flow) == {
        "id": "f",
        "namespace": "n",
        "revision": 2,
        "inputs": [
            {
                "id": "s",
                "type": "SELECT",
                "values": ["a"],
                "required": True,
                "allowCustomValue": False,
                "isRadio": False,
            },
            {"id": "u", "type": "FILE", "required": False, "extension": ".upl"},
        ],
        "disabled": False,
        "deleted": False,
        "labels": [{"key": "team", "value": "finance"}],
        "tasks": [{"id": "a"}],
    }
    assert flow_json(flow, source=True)["source"] == "text"


def test_log_entries_always_have_an_attempt_number() -> None:
    entry = LogEntry("e", "n", "f", START, LogLevel.WARN, "two\nlines", trigger_id="t")
    assert log_json(entry) == {
        "namespace": "n",
        "flowId": "f",
        "executionId": "e",
        "attemptNumber": None,
        "triggerId": "t",
        "timestamp": "2024-12-20T01:00:00.101Z",
        "level": "WARN",
        "thread": "worker",
        "message": "two\nlines",
        "deleted": False,
    }
    assert log_line(entry) == "2024-12-20T01:00:00.101Z WARN two\nlines"


def test_metrics_have_tags_only_when_given() -> None:
    entry = MetricEntry("e", "n", "f", "a", "r", "counter", "rows", 3, START)
    shown = metric_json(entry)
    assert encode_json(shown["value"]) == b"3.0"
    assert "tags" not in shown
    tagged = MetricEntry("e", "n", "f", "a", "r", "counter", "rows", 3, START, {})
    assert json.loads(encode_json(metric_json(tagged)))["tags"] == {}


def test_download_names_can_not_break_the_header() -> None:
    header = attachment('a"b\r\né.csv')["content-disposition"]
    assert header == "attachment; filename=\"a_b___.csv\"; filename*=utf-8''a%22b%0D%0A%C3%A9.csv"
