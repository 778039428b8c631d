from __future__ import annotations

from tiercel.expressions import LocalServices
from tiercel.model.task import LogLevel
from tiercel.plugin.context import TaskInfo
from tiercel.services.inline import InlineTaskContext, Records
from tiercel.services.task_log import MESSAGE_LIMIT

INFO = TaskInfo("e1", "r1", "t1", "company.team", "f1", 1, 0, "test.Log")


class Services(LocalServices):
    secrets = ("hunter2",)


def logged(message: str) -> list[tuple[int, str]]:
    records = Records()
    InlineTaskContext(INFO, {}, Services(), records, None).log(LogLevel.INFO, message)
    return [(entry.sequence, entry.message) for entry in records.logs]


def test_inline_tasks_log_no_secret() -> None:
    assert logged("password hunter2\0") == [(0, "password *******")]


def test_inline_tasks_log_long_messages_in_parts() -> None:
    assert logged("x" * MESSAGE_LIMIT + "y") == [(0, "x" * MESSAGE_LIMIT), (1, "y")]
