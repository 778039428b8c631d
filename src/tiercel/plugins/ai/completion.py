"""Answers of language models."""

from __future__ import annotations

from typing import Annotated

from pydantic import ConfigDict, Field

from tiercel.plugin.context import TaskContext
from tiercel.plugin.outputs import outputs
from tiercel.plugin.task import AsWritten, Output, RunnableTask
from tiercel.plugins.ai.conversation import CHAT_OUTPUTS, NOT_HERE, Chat, Guardrails
from tiercel.plugins.ai.messages import Message, checked
from tiercel.plugins.ai.models import Configuration, ModelProvider
from tiercel.plugins.ai.tools import Tool


class ChatCompletion(RunnableTask):
    """Let a model go on with a conversation.

    Outputs: ``textOutput``, or ``jsonOutput`` when JSON was wanted; ``tokenUsage``,
    ``finishReason``, ``requestDuration`` in milliseconds, ``thinking`` when it was wanted;
    ``toolExecutions`` and ``intermediateResponses`` tell what was called before the answer;
    ``guardrailViolated`` and ``guardrailViolationMessage`` whether a guardrail barred it.
    ``aiResponse`` is the text under its older name.
    """

    type_name = "io.kestra.plugin.ai.completion.ChatCompletion"
    aliases = (
        "io.kestra.plugin.langchain4j.ChatCompletion",
        "io.kestra.plugin.langchain4j.completion.ChatCompletion",
    )
    title = "Ask a language model."
    output_types = outputs(**CHAT_OUTPUTS, aiResponse=str)
    examples = (
        (
            "A question.",
            "id: ask\ntype: io.kestra.plugin.ai.completion.ChatCompletion\n"
            "provider:\n  type: io.kestra.plugin.ai.provider.GoogleGemini\n"
            "  modelName: gemini-2.5-flash\n  apiKey: \"{{ secret('GEMINI_API_KEY') }}\"\n"
            "messages:\n  - type: SYSTEM\n    content: Answer in one sentence.\n"
            "  - type: USER\n    content: What is a data pipeline?",
        ),
    )
    not_here = NOT_HERE
    model_config = ConfigDict(use_attribute_docstrings=True)

    messages: Annotated[list[Message], Field(min_length=1)]
    """The conversation so far; the last message is the user's."""
    provider: ModelProvider
    """Whose model answers."""
    configuration: Configuration = Configuration()
    """How it answers."""

    tools: list[Tool] | None = None
    """What the model may call before it answers."""
    guardrails: Annotated[Guardrails | None, AsWritten()] = None
    """Expressions that must be true of the last message, and of the answer."""

    async def run(self, context: TaskContext) -> Output:
        """Ask, and let the model call tools until it answers."""
        chat = Chat(self.provider, self.configuration, self.tools or (), self.guardrails)
        reply = await chat.reply(checked(self.messages), context)
        return Output(values={**reply.values, "aiResponse": reply.text})
