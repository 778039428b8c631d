"""Tasks for language models with Google's own client, on a stand-in of the Gemini API."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from context import FakeTaskContext
from gemini_api import Gemini
from tiercel.check import parse_flow
from tiercel.model.problems import InvalidFlowError
from tiercel.model.task import LogLevel
from tiercel.plugin.registry import PluginUnavailableError, Registry
from tiercel.plugin.task import RunnableTask, TaskFailedError

REGISTRY = Registry.builtin(use_entry_points=False)


@pytest.fixture
def gemini() -> Iterator[Gemini]:
    with Gemini().running() as api:
        yield api


@pytest.fixture
def context(tmp_path: Path) -> FakeTaskContext:
    return FakeTaskContext(tmp_path, {"flow": {"id": "chat"}})


def provider(gemini: Gemini, model: str = "gemini-2.5-flash", **more: Any) -> dict[str, Any]:
    return {
        "type": "io.kestra.plugin.ai.provider.GoogleGemini",
        "modelName": model,
        "apiKey": "right-key",
        "baseUrl": gemini.url,
        **more,
    }


async def run(context: FakeTaskContext, type_name: str, **properties: Any) -> dict[str, Any]:
    task = REGISTRY.build(type_name, properties)
    assert isinstance(task, RunnableTask)
    output = await task.run(context)
    assert output is not None
    return output.stored_values()


async def chat(context: FakeTaskContext, gemini: Gemini, **more: Any) -> dict[str, Any]:
    given = {"provider": provider(gemini), "messages": [{"type": "USER", "content": "Hi"}], **more}
    return await run(context, "ai.completion.ChatCompletion", **given)


async def test_a_model_answers(gemini: Gemini, context: FakeTaskContext) -> None:
    found = await chat(
        context,
        gemini,
        messages=[
            {"type": "SYSTEM", "content": "Be short."},
            {"type": "USER", "content": "Hi"},
            {"type": "AI", "content": "Yes?"},
            {"type": "USER", "content": "Who are you?"},
        ],
        configuration={"temperature": 0.5, "topK": 4, "maxToken": 100, "seed": 1},
    )
    assert (found["textOutput"], found["aiResponse"]) == ("Hello", "Hello")
    assert found["finishReason"] == "STOP"
    assert found["tokenUsage"] == {
        "inputTokenCount": 7,
        "outputTokenCount": 3,
        "totalTokenCount": 10,
    }
    [asked] = gemini.asked
    assert asked["path"].endswith("/v1beta/models/gemini-2.5-flash:generateContent")
    assert asked["systemInstruction"]["parts"] == [{"text": "Be short."}]
    assert [one["role"] for one in asked["contents"]] == ["user", "model", "user"]
    wanted = {"temperature": 0.5, "topK": 4, "maxOutputTokens": 100, "seed": 1}
    assert wanted.items() <= asked["generationConfig"].items()
    assert {m.name: m.value for m in context.metrics} == {
        "input.token.count": 7,
        "output.token.count": 3,
        "total.token.count": 10,
    }


async def test_an_answer_is_json_when_it_is_wanted(
    gemini: Gemini, context: FakeTaskContext
) -> None:
    schema = {"type": "object", "properties": {"n": {"type": "integer"}}}
    json_wanted = {"responseFormat": {"type": "JSON", "jsonSchema": schema}}
    gemini.say, gemini.finish = {"text": '{"n": 1}'}, "MAX_TOKENS"
    found = await chat(context, gemini, configuration=json_wanted)
    assert (found["jsonOutput"], found["finishReason"]) == ({"n": 1}, "LENGTH")
    sent = gemini.asked[0]["generationConfig"]
    assert sent["responseMimeType"] == "application/json"
    assert sent["responseJsonSchema"] == schema
    gemini.say = {"text": "no"}
    with pytest.raises(TaskFailedError, match="is no JSON"):
        await chat(context, gemini, configuration=json_wanted)


async def test_requests_and_answers_are_logged_when_it_is_wanted(
    gemini: Gemini, context: FakeTaskContext
) -> None:
    await chat(context, gemini, configuration={"logRequests": True, "logResponses": True})
    said = "\n".join(context.messages(LogLevel.INFO))
    assert "USER: Hi" in said
    assert "Hello" in said
    assert "right-key" not in said


@pytest.mark.parametrize(
    ("messages", "says"),
    [
        ([("USER", "a"), ("AI", "b")], "last message must be a user message"),
        ([("SYSTEM", "a"), ("SYSTEM", "b"), ("USER", "c")], "Only one system message"),
    ],
)
async def test_a_conversation_has_rules(
    gemini: Gemini, context: FakeTaskContext, messages: list[tuple[str, str]], says: str
) -> None:
    given = [{"type": kind, "content": text} for kind, text in messages]
    with pytest.raises(TaskFailedError, match=says):
        await chat(context, gemini, messages=given)


async def test_what_the_provider_refuses_is_told(gemini: Gemini, context: FakeTaskContext) -> None:
    with pytest.raises(TaskFailedError, match=r"Gemini refused \(400\): API key not valid"):
        await chat(context, gemini, provider=provider(gemini, apiKey="wrong"))


async def test_a_provider_that_is_away_is_told(context: FakeTaskContext) -> None:
    away = Gemini()
    away.url = "http://127.0.0.1:1"
    with pytest.raises(TaskFailedError, match="Gemini can't be reached"):
        await chat(context, away)


STORE = {"type": "io.kestra.plugin.ai.embeddings.KestraKVStore"}


async def ingest(context: FakeTaskContext, gemini: Gemini, **more: Any) -> dict[str, Any]:
    given = {"provider": provider(gemini, "gemini-embedding-001"), "embeddings": STORE, **more}
    return await run(context, "ai.rag.IngestDocument", **given)


async def ask(context: FakeTaskContext, gemini: Gemini, **more: Any) -> dict[str, Any]:
    given = {
        "chatProvider": provider(gemini),
        "embeddingProvider": provider(gemini, "gemini-embedding-001"),
        "embeddings": STORE,
        "prompt": "What does the dog do?",
        "contentRetrieverConfiguration": {"maxResults": 1},
        **more,
    }
    return await run(context, "ai.rag.ChatCompletion", **given)


SMALL = {"maxSegmentSizeInChars": 20, "maxOverlapSizeInChars": 0}


async def test_documents_answer_questions(gemini: Gemini, context: FakeTaskContext) -> None:
    done = await ingest(
        context, gemini, fromExternalURLs=[f"{gemini.url}/notes"], documentSplitter=SMALL, drop=True
    )
    assert done["ingestedDocuments"] == 1
    assert done["embeddingStoreOutputs"] == {"kvName": "chat-embedding-store"}
    assert gemini.embedded == ["A cat sleeps.", "A dog barks.", "A ship sails."]
    found = await ask(context, gemini, systemMessage="From the notes.")
    assert (found["textOutput"], found["completion"]) == ("Hello", "Hello")
    [source] = found["sources"]
    assert source["content"] == "A dog barks."
    assert source["metadata"]["url"] == f"{gemini.url}/notes"
    sent = gemini.asked[0]["contents"][0]["parts"][0]["text"]
    assert sent.startswith("What does the dog do?")
    assert "A dog barks." in sent
    assert "cat" not in sent


async def test_documents_come_from_everywhere_and_are_kept(
    gemini: Gemini, context: FakeTaskContext
) -> None:
    (context.working_dir / "docs").mkdir()
    (context.working_dir / "docs" / "a.txt").write_text("cat")
    uri = await context.store_text("b.txt", "dog")
    written = [{"content": "ship", "metadata": {"by": "me"}}]
    done = await ingest(
        context,
        gemini,
        fromPath="docs",
        fromInternalURIs=[uri],
        fromDocuments=written,
        metadata={"team": "blue"},
    )
    assert done["ingestedDocuments"] == 3
    await ingest(context, gemini, fromDocuments=[{"content": "cat"}])
    _, value = await context.key_values.get("company.team", "chat-embedding-store")
    kept = [entry["embedded"] for entry in value["entries"]]
    assert [one["text"] for one in kept] == ["cat", "dog", "ship", "cat"]
    assert kept[2]["metadata"]["metadata"] == {"team": "blue", "by": "me", "index": "0"}
    await ingest(context, gemini, fromDocuments=[{"content": "new"}], drop=True)
    _, value = await context.key_values.get("company.team", "chat-embedding-store")
    assert len(value["entries"]) == 1


async def test_what_is_missing_for_an_answer_is_told(
    gemini: Gemini, context: FakeTaskContext
) -> None:
    with pytest.raises(TaskFailedError, match="ingest them first"):
        await ask(context, gemini)
    with pytest.raises(TaskFailedError, match="Either `embeddings` or"):
        await ask(context, gemini, embeddings=None)
    with pytest.raises(TaskFailedError, match="No document is given"):
        await ingest(context, gemini)
    with pytest.raises(TaskFailedError, match="leads out of the working directory"):
        await ingest(context, gemini, fromPath="../x")


FLOW = """
id: chat
namespace: tests.models
tasks:
  - id: ask
    type: io.kestra.plugin.langchain4j.ChatCompletion
    provider:
      type: {type}
      modelName: gemini-2.5-flash
      apiKey: "{{{{ kv('GEMINI_API_KEY') }}}}"
    messages:
      - {{type: USER, content: "{{{{ inputs.prompt }}}}"}}
"""


def test_flows_are_checked_down_to_the_provider() -> None:
    known = "io.kestra.plugin.ai.provider.GoogleGemini"
    parse_flow(FLOW.format(type=known), REGISTRY)
    with pytest.raises(InvalidFlowError, match="Invalid type"):
        parse_flow(FLOW.format(type="io.kestra.plugin.ai.provider.Nobody"), REGISTRY)


def test_a_missing_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tiercel.plugin.registry.find_spec", lambda _: None)
    with pytest.raises(PluginUnavailableError) as caught:
        Registry.builtin(use_entry_points=False).load("ai.provider.GoogleGemini")
    assert caught.value.hint == "pip install 'tiercel[ai]'"
