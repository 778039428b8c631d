"""Models of Anthropic, on a stand-in of their API."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from test_language_models import run
from test_language_tools import PNG, search

from anthropic_api import AnthropicApi
from context import FakeTaskContext
from tiercel.plugin.task import TaskFailedError


@pytest.fixture
def api() -> Iterator[AnthropicApi]:
    found = AnthropicApi()
    with found.running():
        yield found


@pytest.fixture
def context(tmp_path: Path) -> FakeTaskContext:
    return FakeTaskContext(tmp_path, {"flow": {"id": "chat"}})


def provider(api: AnthropicApi, **more: Any) -> dict[str, Any]:
    kind = {"type": "io.kestra.plugin.ai.provider.Anthropic", "modelName": "small"}
    return {**kind, "apiKey": "right-key", "baseUrl": f"{api.url}/v1", **more}


async def chat(context: FakeTaskContext, api: AnthropicApi, **more: Any) -> dict[str, Any]:
    given = {"provider": provider(api), "messages": [{"type": "USER", "content": "Hi"}], **more}
    return await run(context, "ai.completion.ChatCompletion", **given)


async def test_a_model_answers(api: AnthropicApi, context: FakeTaskContext) -> None:
    found = await chat(
        context,
        api,
        messages=[
            {"type": "SYSTEM", "content": "Be short."},
            {"type": "USER", "content": "Hi"},
            {"type": "AI", "content": "Yes?"},
            {"type": "USER", "content": "Who are you?"},
        ],
        configuration={"temperature": 0.5, "topK": 4, "maxToken": 100},
    )
    assert (found["textOutput"], found["finishReason"]) == ("Hello", "STOP")
    assert found["tokenUsage"] == {
        "inputTokenCount": 7,
        "outputTokenCount": 3,
        "totalTokenCount": 10,
    }
    [asked] = api.asked
    assert (asked["path"], asked["model"], asked["system"]) == (
        "/v1/messages",
        "small",
        "Be short.",
    )
    assert [message["role"] for message in asked["messages"]] == ["user", "assistant", "user"]
    assert (asked["temperature"], asked["top_k"], asked["max_tokens"]) == (0.5, 4, 100)
    assert context.masked == ["right-key"]


async def test_a_model_thinks_when_it_is_wanted(
    api: AnthropicApi, context: FakeTaskContext
) -> None:
    wanted = {"thinkingEnabled": True, "thinkingBudgetTokens": 2000, "returnThinking": True}
    found = await chat(context, api, configuration=wanted)
    assert (found["textOutput"], found["thinking"]) == ("Hello", "Hm.")
    assert api.asked[0]["thinking"] == {"type": "enabled", "budget_tokens": 2000}
    assert api.asked[0]["max_tokens"] == 3024


async def test_a_model_calls_a_tool_before_it_answers(
    api: AnthropicApi, context: FakeTaskContext
) -> None:
    api.calls = [("searchWeb", {"query": "dogs"})]
    found = await chat(context, api, tools=[search(api, "tool", "TavilyWebSearch")])
    assert found["textOutput"] == "Hello"
    first, second = api.asked
    assert first["tools"][0]["input_schema"]["required"] == ["query"]
    called, result = second["messages"][1:]
    assert called["content"][0]["id"] == result["content"][0]["tool_use_id"] == "c1"
    assert "They bark." in result["content"][0]["content"]
    assert found["intermediateResponses"][0]["finishReason"] == "TOOL_EXECUTION"


async def test_pictures_and_documents_go_with_a_message(
    api: AnthropicApi, context: FakeTaskContext
) -> None:
    picture = await context.storage.put("kestra:///company/a.png", PNG)
    document = await context.storage.put("kestra:///company/a.pdf", b"%PDF-")
    blocks = [{"type": "IMAGE", "uri": picture}, {"type": "PDF", "uri": document}]
    await chat(context, api, messages=[{"type": "USER", "contentBlocks": blocks}])
    image, file = api.asked[0]["messages"][0]["content"]
    assert (image["type"], image["source"]["media_type"]) == ("image", "image/png")
    assert (file["type"], file["source"]["media_type"]) == ("document", "application/pdf")


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"configuration": {"seed": 1}}, "knows no `seed`"),
        ({"configuration": {"responseFormat": {"type": "JSON"}}}, "knows no `responseFormat`"),
        ({"wrong": True}, r"Anthropic refused \(401\): invalid x-api-key"),
    ],
)
async def test_what_it_refuses_is_told(
    api: AnthropicApi, context: FakeTaskContext, more: dict[str, Any], says: str
) -> None:
    if more.pop("wrong", False):
        more = {"provider": provider(api, apiKey="wrong")}
    with pytest.raises(TaskFailedError, match=says):
        await chat(context, api, **more)


async def test_it_makes_no_vectors(api: AnthropicApi, context: FakeTaskContext) -> None:
    store = {"type": "io.kestra.plugin.ai.embeddings.KestraKVStore"}
    with pytest.raises(TaskFailedError, match="no models for vectors"):
        await run(
            context,
            "ai.rag.ChatCompletion",
            chatProvider=provider(api),
            embeddings=store,
            prompt="x",
        )
