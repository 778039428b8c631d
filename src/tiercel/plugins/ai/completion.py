"""Answers of language models."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import ConfigDict, Field

from tiercel.plugin.context import TaskContext
from tiercel.plugin.outputs import outputs
from tiercel.plugin.task import Output, RunnableTask
from tiercel.plugins.ai.models import Configuration, Message, ModelProvider, checked


class ChatCompletion(RunnableTask):
    """Let a model go on with a conversation.

    Outputs: ``textOutput``, or ``jsonOutput`` when JSON was wanted; ``tokenUsage``,
    ``finishReason``, ``requestDuration`` in milliseconds, ``thinking`` when it was wanted;
    ``aiResponse`` is the text under its older name.
    """

    type_name = "io.kestra.plugin.ai.completion.ChatCompletion"
    aliases = (
        "io.kestra.plugin.langchain4j.ChatCompletion",
        "io.kestra.plugin.langchain4j.completion.ChatCompletion",
    )
    title = "Ask a language model."
    output_types = outputs(
        textOutput=str,
        jsonOutput=dict[str, Any],
        tokenUsage=dict[str, int],
        finishReason=str,
        requestDuration=int,
        thinking=str,
        aiResponse=str,
    )
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
    model_config = ConfigDict(use_attribute_docstrings=True)

    messages: Annotated[list[Message], Field(min_length=1)]
    """The conversation so far; the last message is the user's."""
    provider: ModelProvider
    """Whose model answers."""
    configuration: Configuration = Configuration()
    """How it answers."""

    async def run(self, context: TaskContext) -> Output:
        """Ask once."""
        answer = await self.provider.chat(checked(self.messages), self.configuration, context)
        answer.usage.count(context)
        values = answer.outputs(self.configuration)
        return Output(values={**values, "aiResponse": answer.text})
