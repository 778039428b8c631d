"""Providers of language models that are asked as OpenAI is, on a stand-in of their API."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from test_language_models import STORE, run
from test_language_tools import PNG, search

from context import FakeTaskContext
from openai_api import OpenAi
from tiercel.model.task import LogLevel
from tiercel.plugin.task import TaskFailedError

WITH_KEYS = ("OpenAI", "MistralAI", "DeepSeek", "OpenRouter")


@pytest.fixture
def openai() -> Iterator[OpenAi]:
    found = OpenAi()
    with found.running():
        yield found


@pytest.fixture
def context(tmp_path: Path) -> FakeTaskContext:
    return FakeTaskContext(tmp_path, {"flow": {"id": "chat"}})


def provider(openai: OpenAi, name: str = "OpenAI", **more: Any) -> dict[str, Any]:
    kind = {"type": f"io.kestra.plugin.ai.provider.{name}", "modelName": "small"}
    if name == "Ollama":
        return {**kind, "endpoint": openai.url, **more}
    return {**kind, "apiKey": "right-key", "baseUrl": f"{openai.url}/v1", **more}


async def chat(context: FakeTaskContext, openai: OpenAi, **more: Any) -> dict[str, Any]:
    given = {"provider": provider(openai), "messages": [{"type": "USER", "content": "Hi"}], **more}
    return await run(context, "ai.completion.ChatCompletion", **given)


@pytest.mark.parametrize("name", [*WITH_KEYS, "Ollama"])
async def test_a_model_answers(openai: OpenAi, context: FakeTaskContext, name: str) -> None:
    found = await chat(
        context,
        openai,
        provider=provider(openai, name),
        messages=[
            {"type": "SYSTEM", "content": "Be short."},
            {"type": "USER", "content": "Hi"},
            {"type": "AI", "content": "Yes?"},
            {"type": "USER", "content": "Who are you?"},
        ],
        configuration={"temperature": 0.5, "maxToken": 100, "seed": 1},
    )
    assert (found["textOutput"], found["finishReason"]) == ("Hello", "STOP")
    assert found["tokenUsage"]["totalTokenCount"] == 10
    [asked] = openai.asked
    assert (asked["path"], asked["model"]) == ("/v1/chat/completions", "small")
    assert asked["key"] == ("" if name == "Ollama" else "Bearer right-key")
    roles = [message["role"] for message in asked["messages"]]
    assert roles == ["system", "user", "assistant", "user"]
    limit = "max_completion_tokens" if name == "OpenAI" else "max_tokens"
    seed = "random_seed" if name == "MistralAI" else "seed"
    assert (asked["temperature"], asked[limit], asked[seed]) == (0.5, 100, 1)


async def test_an_answer_is_json_when_it_is_wanted(
    openai: OpenAi, context: FakeTaskContext
) -> None:
    openai.say, openai.finish = {"text": '{"n": 1}'}, "MAX_TOKENS"
    schema = {"type": "object", "properties": {"n": {"type": "integer"}}}
    wanted = {"type": "JSON", "jsonSchema": schema, "jsonSchemaDescription": "A number"}
    found = await chat(context, openai, configuration={"responseFormat": wanted})
    assert (found["jsonOutput"], found["finishReason"]) == ({"n": 1}, "LENGTH")
    sent = openai.asked[0]["response_format"]["json_schema"]
    assert (sent["schema"], sent["description"]) == (schema, "A number")
    await chat(context, openai, configuration={"responseFormat": {"type": "JSON"}})
    assert openai.asked[1]["response_format"] == {"type": "json_object"}


async def test_a_model_calls_a_tool_before_it_answers(
    openai: OpenAi, context: FakeTaskContext
) -> None:
    openai.calls = [("searchWeb", {"query": "dogs"})]
    found = await chat(context, openai, tools=[search(openai, "tool", "TavilyWebSearch")])
    assert found["textOutput"] == "Hello"
    assert found["toolExecutions"][0]["requestArguments"] == {"query": "dogs"}
    first, second = openai.asked
    assert first["tools"][0]["function"]["name"] == "searchWeb"
    called, result = second["messages"][1:]
    assert called["tool_calls"][0]["id"] == result["tool_call_id"] == "c1"
    assert "They bark." in result["content"]


async def test_pictures_and_documents_go_with_a_message(
    openai: OpenAi, context: FakeTaskContext
) -> None:
    picture = await context.storage.put("kestra:///company/a.png", PNG)
    document = await context.storage.put("kestra:///company/a.pdf", b"%PDF-")
    blocks = [
        {"text": "What is this?"},
        {"type": "IMAGE", "uri": picture},
        {"type": "PDF", "uri": document},
    ]
    await chat(context, openai, messages=[{"type": "USER", "contentBlocks": blocks}])
    text, image, file = openai.asked[0]["messages"][0]["content"]
    assert text == {"type": "text", "text": "What is this?"}
    assert image["image_url"]["url"].startswith("data:image/png;base64,")
    assert file["file"]["file_data"].startswith("data:application/pdf;base64,")


@pytest.mark.parametrize("name", ["OpenAI", "Ollama"])
async def test_documents_answer_questions(
    openai: OpenAi, context: FakeTaskContext, name: str
) -> None:
    done = await run(
        context,
        "ai.rag.IngestDocument",
        provider=provider(openai, name),
        embeddings=STORE,
        fromDocuments=[{"content": "A dog barks."}, {"content": "A cat sleeps."}],
    )
    assert (done["ingestedDocuments"], done["inputTokenCount"]) == (2, 4)
    found = await run(
        context,
        "ai.rag.ChatCompletion",
        chatProvider=provider(openai, name),
        embeddings=STORE,
        prompt="What does the dog do?",
        contentRetrieverConfiguration={"maxResults": 1},
    )
    assert [source["content"] for source in found["sources"]] == ["A dog barks."]


async def test_what_the_provider_refuses_is_told(openai: OpenAi, context: FakeTaskContext) -> None:
    with pytest.raises(TaskFailedError, match=r"OpenAI refused \(401\): Incorrect API key"):
        await chat(context, openai, provider=provider(openai, apiKey="wrong"))
    away = provider(openai, "MistralAI", baseUrl="http://127.0.0.1:1")
    with pytest.raises(TaskFailedError, match="Mistral can't be reached"):
        await chat(context, openai, provider=away)
    metadata = provider(openai, baseUrl="http://169.254.169.254/v1")
    with pytest.raises(TaskFailedError, match="are refused"):
        await chat(context, openai, provider=metadata)


@pytest.mark.parametrize("name", ["topK", "thinkingBudgetTokens"])
async def test_what_a_service_does_not_know_is_told(
    openai: OpenAi, context: FakeTaskContext, name: str
) -> None:
    with pytest.raises(TaskFailedError, match=f"OpenAI knows no `{name}`"):
        await chat(context, openai, configuration={name: 4})
    assert openai.asked == []


async def test_requests_and_answers_are_logged_without_the_key(
    openai: OpenAi, context: FakeTaskContext
) -> None:
    await chat(context, openai, configuration={"logRequests": True, "logResponses": True})
    said = "\n".join(context.messages(LogLevel.INFO))
    assert "USER: Hi" in said
    assert "Hello" in said
    assert context.masked == ["right-key"]
