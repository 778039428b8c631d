"""What language models are given besides a question: tools, searches, memory, pictures, rules."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from test_language_models import STORE, ask, chat, ingest, provider, run

from context import FakeTaskContext
from gemini_api import Gemini
from tiercel.model.task import LogLevel
from tiercel.plugin.registry import InvalidPropertyError
from tiercel.plugin.task import TaskFailedError
from tiercel.plugins.rows.ion import read_rows

PNG = b"\x89PNG\r\n\x1a\n-"
MEMORY = {"type": "io.kestra.plugin.ai.memory.KestraKVStore"}


@pytest.fixture
def gemini() -> Iterator[Gemini]:
    with Gemini().running() as api:
        yield api


@pytest.fixture
def context(tmp_path: Path) -> FakeTaskContext:
    labels = {"system": {"correlationId": "talk"}}
    return FakeTaskContext(tmp_path, {"flow": {"id": "chat"}, "labels": labels})


def search(gemini: Gemini, group: str, name: str, **more: Any) -> dict[str, Any]:
    given = {"csi": "engine"} if name.startswith("Google") else {}
    kind = f"io.kestra.plugin.ai.{group}.{name}"
    return {"type": kind, "apiKey": "search-key", "baseUrl": gemini.url, **given, **more}


def texts(asked: dict[str, Any]) -> list[str]:
    """Return the texts that a request brings, in their order."""
    return [part["text"] for turn in asked["contents"] for part in turn["parts"]]


async def test_a_model_calls_a_tool_before_it_answers(
    gemini: Gemini, context: FakeTaskContext
) -> None:
    gemini.calls = [("searchWeb", {"query": "dogs"})]
    found = await chat(context, gemini, tools=[search(gemini, "tool", "TavilyWebSearch")])
    assert found["textOutput"] == "Hello"
    [searched] = gemini.searched
    assert searched == {"authorization": "Bearer search-key", "query": "dogs", "max_results": 5}
    first, second = gemini.asked
    [declared] = first["tools"][0]["functionDeclarations"]
    assert declared["name"] == "searchWeb"
    assert declared["parameters_json_schema"]["required"] == ["query"]
    called, result = second["contents"][1:]
    assert called["parts"][0]["thoughtSignature"] == "c2ln"
    answered = result["parts"][0]["functionResponse"]
    assert (answered["id"], answered["name"]) == ("c1", "searchWeb")
    assert "Source: https://dogs.test" in answered["response"]["result"]
    assert set(context.masked) == {"right-key", "search-key"}


async def test_outputs_tell_what_was_called_and_what_all_of_it_cost(
    gemini: Gemini, context: FakeTaskContext
) -> None:
    gemini.calls = [("searchWeb", {"query": "nothing"}), ("searchWeb", {"query": "ships"})]
    found = await chat(context, gemini, tools=[search(gemini, "tool", "GoogleCustomWebSearch")])
    assert [one["q"] for one in gemini.searched] == ["nothing", "ships"]
    assert (gemini.searched[0]["key"], gemini.searched[0]["cx"]) == ("search-key", "engine")
    nothing, ships = found["toolExecutions"]
    assert nothing["result"] == "Nothing was found."
    assert (ships["requestId"], ships["requestName"]) == ("c1", "searchWeb")
    assert ships["requestArguments"] == {"query": "ships"}
    assert "They sail." in ships["result"]
    first = found["intermediateResponses"][0]
    assert (first["id"], first["finishReason"]) == ("r1", "TOOL_EXECUTION")
    assert first["toolExecutionRequests"][0]["arguments"] == {"query": "nothing"}
    assert first["tokenUsage"]["totalTokenCount"] == 10
    assert found["tokenUsage"]["totalTokenCount"] == 30
    assert {metric.name: metric.value for metric in context.metrics}["total.token.count"] == 30


async def test_without_tools_nothing_was_called(gemini: Gemini, context: FakeTaskContext) -> None:
    found = await chat(context, gemini)
    assert (found["toolExecutions"], found["intermediateResponses"]) == ([], [])
    assert "tools" not in gemini.asked[0]


async def test_a_tool_that_fails_fails_the_task(gemini: Gemini, context: FakeTaskContext) -> None:
    gemini.calls = [("searchWeb", {"query": "x"})]
    away = search(gemini, "tool", "TavilyWebSearch", baseUrl="http://127.0.0.1:1")
    with pytest.raises(TaskFailedError, match="Connect Error"):
        await chat(context, gemini, tools=[away])
    gemini.calls = [("launch", {})]
    with pytest.raises(TaskFailedError, match="'launch', which it was not given"):
        await chat(context, gemini, tools=[away])


async def test_a_model_that_never_answers_is_stopped(
    gemini: Gemini, context: FakeTaskContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tiercel.plugins.ai.conversation._MOST_ROUNDS", 2)
    gemini.calls = [("searchWeb", {"query": "x"})] * 3
    with pytest.raises(TaskFailedError, match="still calls tools after 2 requests"):
        await chat(context, gemini, tools=[search(gemini, "tool", "TavilyWebSearch")])


@pytest.mark.parametrize("name", ["GoogleCustomWebSearch", "TavilyWebSearch"])
async def test_a_question_is_searched_for(
    gemini: Gemini, context: FakeTaskContext, name: str
) -> None:
    retrievers = [search(gemini, "retriever", name, maxResults=1)]
    found = await ask(
        context, gemini, embeddings=None, embeddingProvider=None, contentRetrievers=retrievers
    )
    assert found["sources"] == [
        {"content": "Dogs\nThey bark.", "metadata": {"url": "https://dogs.test"}}
    ]
    assert "They bark." in texts(gemini.asked[0])[0]
    assert "They sail." not in texts(gemini.asked[0])[0]


async def test_stores_and_searches_answer_together(
    gemini: Gemini, context: FakeTaskContext
) -> None:
    await ingest(context, gemini, fromDocuments=[{"content": "A dog"}, {"content": "A cat"}])
    store = {
        "type": "io.kestra.plugin.ai.retriever.EmbeddingStoreRetriever",
        "embeddings": STORE,
        "embeddingProvider": provider(gemini, "gemini-embedding-001"),
        "minScore": 0.1,
    }
    web = search(gemini, "retriever", "TavilyWebSearch")
    found = await ask(context, gemini, contentRetrievers=[store, web])
    contents = [source["content"] for source in found["sources"]]
    assert contents == ["A dog", "A cat", "Dogs\nThey bark.", "Ships\nThey sail."]


async def remembering(
    context: FakeTaskContext, gemini: Gemini, prompt: str, **more: Any
) -> list[str]:
    """Ask with a memory; return all that the model was told."""
    web = search(gemini, "retriever", "TavilyWebSearch", maxResults=1)
    await ask(
        context,
        gemini,
        embeddings=None,
        contentRetrievers=[web],
        prompt=prompt,
        memory=MEMORY | more,
    )
    return texts(gemini.asked[-1])


async def test_a_conversation_goes_on_where_it_ended(
    gemini: Gemini, context: FakeTaskContext
) -> None:
    await remembering(context, gemini, "I am Ada.")
    told = await remembering(context, gemini, "Who am I?")
    assert told[:2] == ["I am Ada.", "Hello"]
    assert told[2].startswith("Who am I?")
    roles = [turn["role"] for turn in gemini.asked[-1]["contents"]]
    assert roles == ["user", "model", "user"]
    is_there, kept = await context.key_values.get("company.team", "talk")
    assert is_there
    assert kept[0] == {"type": "USER", "contents": [{"type": "TEXT", "text": "I am Ada."}]}
    assert kept[1] == {"type": "AI", "text": "Hello"}
    assert len(kept) == 4


async def test_old_messages_are_forgotten(gemini: Gemini, context: FakeTaskContext) -> None:
    for prompt in ("one", "two"):
        await remembering(context, gemini, prompt, messages=3, memoryId="mine")
    told = await remembering(context, gemini, "three", messages=3, memoryId="mine")
    assert told[:2] == ["two", "Hello"]
    assert len(told) == 3
    _, kept = await context.key_values.get("company.team", "mine")
    assert len(kept) == 2


async def test_a_memory_lasts_as_long_as_it_says(gemini: Gemini, context: FakeTaskContext) -> None:
    await remembering(context, gemini, "I am Ada.", ttl="PT0S")
    assert len(await remembering(context, gemini, "Who am I?")) == 1


async def test_a_memory_is_dropped_when_it_is_wanted(
    gemini: Gemini, context: FakeTaskContext
) -> None:
    await remembering(context, gemini, "I am Ada.")
    assert len(await remembering(context, gemini, "Who?", drop="AFTER_TASKRUN")) == 3
    assert await context.key_values.get("company.team", "talk") == (False, None)
    await remembering(context, gemini, "I am Ada.")
    assert len(await remembering(context, gemini, "Who?", drop="BEFORE_TASKRUN")) == 1


async def test_a_task_that_fails_leaves_its_memory(
    gemini: Gemini, context: FakeTaskContext
) -> None:
    await remembering(context, gemini, "I am Ada.")
    gemini.refuse = (503, "busy")
    with pytest.raises(TaskFailedError, match="busy"):
        await remembering(context, gemini, "Who am I?", drop="AFTER_TASKRUN")
    _, kept = await context.key_values.get("company.team", "talk")
    assert len(kept) == 2


async def test_a_memory_of_text_is_read_and_no_other(
    gemini: Gemini, context: FakeTaskContext
) -> None:
    said = '[{"text":"Be short.","type":"SYSTEM"},{"contents":[{"text":"I am Ada.","type":"TEXT"}],'
    said += '"type":"USER"},{"text":"Hi","type":"AI"}]'
    await context.key_values.set("company.team", "talk", said, "STRING")
    assert (await remembering(context, gemini, "Who am I?"))[:2] == ["I am Ada.", "Hi"]
    await context.key_values.set("company.team", "talk", "x", "STRING")
    with pytest.raises(TaskFailedError, match="'talk' holds no conversation"):
        await remembering(context, gemini, "Who am I?")


async def test_pictures_and_documents_go_with_a_message(
    gemini: Gemini, context: FakeTaskContext
) -> None:
    picture = await context.storage.put("kestra:///company/a.png", PNG)
    document = await context.storage.put("kestra:///company/a.pdf", b"%PDF-")
    blocks = [
        {"text": "What is this?"},
        {"type": "IMAGE", "uri": picture},
        {"type": "PDF", "uri": document},
    ]
    await chat(context, gemini, messages=[{"type": "USER", "contentBlocks": blocks}])
    parts = gemini.asked[0]["contents"][0]["parts"]
    assert parts[0] == {"text": "What is this?"}
    assert [part["inlineData"]["mime_type"] for part in parts[1:]] == [
        "image/png",
        "application/pdf",
    ]
    assert base64.urlsafe_b64decode(parts[1]["inlineData"]["data"]) == PNG
    text = await context.store_text("a.txt", "no picture")
    wrong = [{"type": "IMAGE", "uri": text}]
    with pytest.raises(TaskFailedError, match="is no picture"):
        await chat(context, gemini, messages=[{"type": "USER", "contentBlocks": wrong}])
    spoken = [{"type": "AI", "contentBlocks": wrong}, {"type": "USER", "content": "x"}]
    with pytest.raises(TaskFailedError, match="Only TEXT content blocks"):
        await chat(context, gemini, messages=spoken)


@pytest.mark.parametrize(
    ("message", "says"),
    [
        ({"content": "a", "contentBlocks": [{"text": "b"}]}, "Exactly one of"),
        ({}, "Exactly one of"),
        ({"contentBlocks": [{"type": "IMAGE"}]}, "IMAGE content blocks require"),
    ],
)
async def test_a_message_is_a_text_or_parts(
    gemini: Gemini, context: FakeTaskContext, message: dict[str, Any], says: str
) -> None:
    with pytest.raises(InvalidPropertyError, match=says):
        await chat(context, gemini, messages=[{"type": "USER", **message}])


RULES = {
    "input": [{"expression": "{{ message | length < 20 }}", "message": "too long"}],
    "output": [{"expression": "{{ not (response contains 'secret') }}", "message": "it leaks"}],
}


async def test_guardrails_bar_questions_and_answers(
    gemini: Gemini, context: FakeTaskContext
) -> None:
    assert (await chat(context, gemini, guardrails=RULES))["guardrailViolated"] is False
    long = [{"type": "USER", "content": "A question without end"}]
    found = await chat(context, gemini, guardrails=RULES, messages=long)
    assert found == {
        "guardrailViolated": True,
        "guardrailViolationMessage": "Input guardrail: too long",
    }
    assert len(gemini.asked) == 1
    gemini.say = {"text": "The secret is 7."}
    found = await chat(context, gemini, guardrails=RULES)
    assert found["guardrailViolationMessage"] == "Output guardrail: it leaks"
    assert "textOutput" not in found
    assert context.messages(LogLevel.WARN) == [
        "Input guardrail violated: too long",
        "Output guardrail violated: it leaks",
    ]


async def test_guardrails_see_the_question_without_what_was_found(
    gemini: Gemini, context: FakeTaskContext
) -> None:
    web = search(gemini, "retriever", "TavilyWebSearch")
    given = {"embeddings": None, "contentRetrievers": [web], "guardrails": RULES, "memory": MEMORY}
    found = await ask(context, gemini, prompt="Short?", **given)
    assert found["guardrailViolated"] is False
    found = await ask(context, gemini, prompt="A question without end", **given)
    assert set(found) == {"guardrailViolated", "guardrailViolationMessage"}
    _, kept = await context.key_values.get("company.team", "talk")
    assert len(kept) == 2


async def test_stored_segments_are_searched(gemini: Gemini, context: FakeTaskContext) -> None:
    await ingest(context, gemini, fromDocuments=[{"content": "A dog"}, {"content": "A cat"}])
    given = {
        "provider": provider(gemini, "gemini-embedding-001"),
        "embeddings": STORE,
        "query": "dog",
        "maxResults": 2,
        "minScore": 0.0,
    }
    found = await run(context, "ai.rag.Search", **given, fetchType="FETCH")
    assert found == {"results": ["A dog", "A cat"], "size": 2}
    found = await run(context, "ai.rag.Search", **given, fetchType="FETCH_ONE")
    assert found["results"] == ["A dog"]
    found = await run(context, "ai.rag.Search", **given | {"minScore": 0.9}, fetchType="STORE")
    rows = (await context.stored_text(found["uri"])).splitlines()
    assert (list(read_rows(rows)), found["size"]) == (["A dog"], 1)
    assert await run(context, "ai.rag.Search", **given) == {}
    sizes = [metric.value for metric in context.metrics if metric.name == "fetch.size"]
    assert sizes == [2, 2, 1, 0]


async def test_a_certificate_that_is_none_is_told(gemini: Gemini, context: FakeTaskContext) -> None:
    for name in ("caPem", "clientPem"):
        with pytest.raises(TaskFailedError, match="is no certificate"):
            await chat(context, gemini, provider=provider(gemini, **{name: "x"}))
    assert not list(context.working_dir.iterdir())
