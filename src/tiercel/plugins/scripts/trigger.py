"""Triggers that run commands or a script now and then, and start executions when the end fits."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from pydantic import Field

from tiercel.plugin.context import TaskContext
from tiercel.plugin.outputs import outputs
from tiercel.plugin.properties import Text
from tiercel.plugin.task import Output, PollingTrigger, TaskFailedError
from tiercel.plugins.core.trigger_memory import keep, memory_key, recall
from tiercel.plugins.scripts.base import (
    CommandsPlugin,
    ScriptPlugin,
    ScriptRun,
    SingleScriptPlugin,
)
from tiercel.plugins.scripts.protocol import OutputReader

_EXIT = re.compile(r"\s*exit\s+(\d+)\s*", re.IGNORECASE)
_KEPT_CHARACTERS = 1024 * 1024
_PRINTED = "printed"


class ScriptPolling(ScriptPlugin, PollingTrigger):
    """Base of the script triggers.

    The execution sees ``trigger.timestamp``, ``condition``, ``exitCode`` and ``vars``.
    """

    output_types = outputs(timestamp=datetime, condition=str, exitCode=int, vars=dict[str, Any])

    exit_condition: Text = Field(
        description=(
            "When an execution starts. `exit 1` fits that exit code; any other text fits "
            "where it occurs in what was printed, in the reported outputs, or in why the "
            "command failed."
        )
    )
    edge: bool = Field(
        default=True,
        description=(
            "`true` starts an execution only when the condition fits now and did not the last "
            "time; `false` each time that it fits."
        ),
    )

    def output_reader(self, context: TaskContext) -> OutputReader:
        """Return what reads the output and keeps it."""
        return _KeepingReader(context)

    def more_outputs(self, reader: OutputReader, files: Mapping[str, str]) -> dict[str, Any]:
        """Return what was printed, for the condition."""
        return {_PRINTED: "\n".join(getattr(reader, "lines", ()))}

    async def ask(self, context: TaskContext) -> Output | None:
        """Run to the end, whatever the exit code, and see whether the condition fits."""
        try:
            output = await ScriptRun(self, context).to_the_end()
            values, failure = dict(output.values or {}), ""
        except TaskFailedError as error:
            if not error.outputs.get("exitCode"):
                raise
            values, failure = error.outputs, error.message
        fits = self._fits(values, failure)
        fitted = self.edge and (await recall(context, memory_key(context))).get("fits", False)
        if fits and not fitted:
            return Output(
                {
                    "timestamp": datetime.now(UTC),
                    "condition": self.exit_condition,
                    "exitCode": values["exitCode"],
                    "vars": values["vars"],
                }
            )
        if fitted and not fits:
            await keep(context, memory_key(context), {"fits": False})
        return None

    async def started(self, context: TaskContext) -> None:
        """Remember that the condition fitted."""
        if self.edge:
            await keep(context, memory_key(context), {"fits": True})

    def _fits(self, values: Mapping[str, Any], failure: str) -> bool:
        code = _EXIT.fullmatch(self.exit_condition)
        if code is not None:
            return bool(values["exitCode"] == int(code[1]))
        reported = json.dumps(values["vars"], ensure_ascii=False)
        return any(self.exit_condition in text for text in (values[_PRINTED], reported, failure))


class _KeepingReader(OutputReader):
    """Keeps the lines besides, as many as a condition may look through."""

    def __init__(self, context: TaskContext) -> None:
        super().__init__(context)
        self.lines: list[str] = []
        self._room = _KEPT_CHARACTERS

    def __call__(self, line: str, *, is_stderr: bool) -> None:
        """Take one line without its end."""
        super().__call__(line, is_stderr=is_stderr)
        if self._room > 0:
            self.lines.append(line[: self._room])
            self._room -= len(line) + 1


class CommandsPolling(ScriptPolling, CommandsPlugin):
    """Base of the ``CommandsTrigger`` types."""


class SingleScriptPolling(ScriptPolling, SingleScriptPlugin):
    """Base of the ``ScriptTrigger`` types."""
