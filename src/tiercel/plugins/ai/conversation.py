"""A conversation with a language model up to its answer: the tools it calls, and what is barred."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from tiercel.expressions import is_truthy
from tiercel.model.task import LogLevel
from tiercel.plugin.context import TaskContext
from tiercel.plugin.outputs import outputs
from tiercel.plugin.properties import Text
from tiercel.plugin.task import TaskFailedError
from tiercel.plugins.ai.messages import (
    Message,
    Nested,
    ToolCall,
    ToolRequest,
    ToolResults,
    Turn,
)
from tiercel.plugins.ai.models import Answer, Configuration, ModelProvider, TokenUsage
from tiercel.plugins.ai.tools import Tool

_MOST_ROUNDS = 100

CHAT_OUTPUTS = outputs(
    textOutput=str,
    jsonOutput=dict[str, Any],
    tokenUsage=dict[str, int],
    finishReason=str,
    requestDuration=int,
    thinking=str,
    toolExecutions=list[dict[str, Any]],
    intermediateResponses=list[dict[str, Any]],
    guardrailViolated=bool,
    guardrailViolationMessage=str,
)
"""Outputs of every task that lets a model answer."""

NOT_HERE = {
    "observability": "Tiercel's own traces tell how long a task took, and its metrics what tokens"
    " it cost; `logRequests` and `logResponses` of its configuration log what was said"
}
"""Properties of such tasks that are not here, and what to use instead."""


class GuardrailRule(Nested):
    """An expression that must be true, and what is said when it is not."""

    expression: Text
    """The expression; what is not `false`, `0` or empty is true."""
    message: Text
    """What is said when it is not."""


class Guardrails(Nested):
    """What must be true of a question (``message``) and of its answer (``response``).

    Rules of the answer also see ``finishReason``, ``inputTokenCount`` and ``outputTokenCount``.
    """

    input: tuple[GuardrailRule, ...] = ()
    """Rules of the question; a question that breaks one is not asked."""
    output: tuple[GuardrailRule, ...] = ()
    """Rules of the answer; an answer that breaks one is no output."""


@dataclass(frozen=True, slots=True)
class Chat:
    """Who answers, how, and with what help."""

    provider: ModelProvider
    configuration: Configuration
    tools: Sequence[Tool] = ()
    guardrails: Guardrails | None = None

    async def reply(
        self, messages: Sequence[Message], context: TaskContext, *, question: str | None = None
    ) -> Reply:
        """Let the model answer the last message.

        Args:
            question: What guardrails see of that message, if it is not the whole.

        Raises:
            TaskFailedError: It can't, or a tool failed.
        """
        rails = self.guardrails or Guardrails()
        asked = messages[-1].text if question is None else question
        barred = _violated(rails.input, {"message": asked}, context)
        if barred is not None:
            return _barred("Input", barred, context)
        answer, executions, intermediate = await self._conversation(messages, context)
        answer.usage.count(context)
        barred = _violated(rails.output, _seen(answer), context)
        if barred is not None:
            return _barred("Output", barred, context)
        values = answer.outputs(self.configuration)
        values |= {"toolExecutions": executions, "intermediateResponses": intermediate}
        if self.guardrails is not None:
            values["guardrailViolated"] = False
        return Reply(answer.text, values)

    async def _conversation(
        self, messages: Sequence[Message], context: TaskContext
    ) -> tuple[Answer, list[dict[str, Any]], list[dict[str, Any]]]:
        """Return the last answer with what all cost, the tools' work, and the answers before."""
        tools = {tool.spec().name: tool for tool in self.tools}
        specs = [tool.spec() for tool in tools.values()]
        turns: list[Turn] = list(messages)
        usage, milliseconds = TokenUsage(), 0
        executions: list[dict[str, Any]] = []
        intermediate: list[dict[str, Any]] = []
        for _ in range(_MOST_ROUNDS):
            answer = await self.provider.chat(turns, self.configuration, context, specs)
            usage, milliseconds = usage + answer.usage, milliseconds + answer.milliseconds
            if answer.request is None:
                whole = replace(answer, usage=usage, milliseconds=milliseconds)
                return whole, executions, intermediate
            intermediate.append(_shown_response(answer, answer.request))
            results = [(one, await _called(one, tools, context)) for one in answer.request.calls]
            executions += [_shown_execution(call, result) for call, result in results]
            turns += [answer.request, ToolResults(results)]
        raise TaskFailedError(f"The model still calls tools after {_MOST_ROUNDS} requests")


@dataclass(frozen=True, slots=True)
class Reply:
    """What came of a conversation.

    Attributes:
        text: The answer; None when a guardrail barred it.
        values: Outputs by name.
    """

    text: str | None
    values: dict[str, Any]


async def _called(call: ToolCall, tools: Mapping[str, Tool], context: TaskContext) -> str:
    tool = tools.get(call.name)
    if tool is None:
        raise TaskFailedError(f"The model calls the tool '{call.name}', which it was not given")
    context.log(LogLevel.DEBUG, f"The model calls {call.name} with {dict(call.arguments)}")
    return await tool.call(call.arguments, context)


def _violated(
    rules: Sequence[GuardrailRule], seen: Mapping[str, Any], context: TaskContext
) -> str | None:
    """Return what the first rule says that is not kept."""
    for rule in rules:
        if not is_truthy(context.render(rule.expression, seen).strip()):
            return rule.message
    return None


def _barred(side: str, message: str, context: TaskContext) -> Reply:
    context.log(LogLevel.WARN, f"{side} guardrail violated: {message}")
    said = f"{side} guardrail: {message}"
    return Reply(None, {"guardrailViolated": True, "guardrailViolationMessage": said})


def _seen(answer: Answer) -> dict[str, Any]:
    return {
        "response": answer.text,
        "finishReason": answer.finish_reason,
        "inputTokenCount": answer.usage.input,
        "outputTokenCount": answer.usage.output,
    }


def _shown_execution(call: ToolCall, result: str) -> dict[str, Any]:
    return {
        **({"requestId": call.call_id} if call.call_id else {}),
        "requestName": call.name,
        "requestArguments": dict(call.arguments),
        "result": result,
    }


def _shown_response(answer: Answer, request: ToolRequest) -> dict[str, Any]:
    calls = [
        {
            **({"id": call.call_id} if call.call_id else {}),
            "name": call.name,
            "arguments": dict(call.arguments),
        }
        for call in request.calls
    ]
    shown = {
        "id": answer.answer_id,
        "completion": answer.text or None,
        "tokenUsage": answer.usage.values(),
        "finishReason": answer.finish_reason,
        "toolExecutionRequests": calls,
        "requestDuration": answer.milliseconds,
    }
    return {name: value for name, value in shown.items() if value is not None}
