"""Answers of language models over documents of one's own."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from tiercel.plugin.context import TaskContext
from tiercel.plugin.outputs import outputs
from tiercel.plugin.properties import Text, TextList, ValueMap
from tiercel.plugin.task import Output, RunnableTask, TaskFailedError
from tiercel.plugins.ai.embeddings import EmbeddingStore, Match, Segment
from tiercel.plugins.ai.models import Configuration, Message, MessageType, ModelProvider
from tiercel.plugins.ai.splitting import Splitter, segments
from tiercel.plugins.core.http import Request

_LIMIT_BYTES = 50 << 20
_SEGMENT_CHARACTERS, _OVERLAP_CHARACTERS = 2000, 200


class _Nested(BaseModel):
    model_config = ConfigDict(
        frozen=True, extra="forbid", populate_by_name=True, alias_generator=to_camel
    )


class DocumentSplitter(_Nested):
    """How documents are cut into segments."""

    splitter: Splitter = Splitter.RECURSIVE
    max_segment_size_in_chars: Annotated[int, Field(ge=1)]
    max_overlap_size_in_chars: Annotated[int, Field(ge=0)]


class InlineDocument(_Nested):
    """A document that is written in the flow."""

    content: Text
    metadata: ValueMap | None = None


class RetrieverConfiguration(_Nested):
    """How many segments go with a question, and how alike they must be."""

    max_results: Annotated[int, Field(ge=1)] = 3
    min_score: Annotated[float, Field(ge=0, le=1)] = 0.0


class IngestDocument(RunnableTask):
    """Put documents into a store, cut into segments, with a vector for each.

    Outputs: ``ingestedDocuments``, token counts where the provider tells them,
    ``embeddingStoreOutputs``. Without a ``documentSplitter`` segments have up to 2000 characters.
    """

    type_name = "io.kestra.plugin.ai.rag.IngestDocument"
    aliases = ("io.kestra.plugin.langchain4j.rag.IngestDocument",)
    title = "Put documents into a store for a language model."
    output_types = outputs(
        ingestedDocuments=int,
        inputTokenCount=int,
        outputTokenCount=int,
        totalTokenCount=int,
        embeddingStoreOutputs=dict[str, Any],
    )
    examples = (
        (
            "A page of the web.",
            "id: ingest\ntype: io.kestra.plugin.ai.rag.IngestDocument\n"
            "provider:\n  type: io.kestra.plugin.ai.provider.GoogleGemini\n"
            "  modelName: gemini-embedding-001\n  apiKey: \"{{ secret('GEMINI_API_KEY') }}\"\n"
            "embeddings:\n  type: io.kestra.plugin.ai.embeddings.KestraKVStore\n"
            "drop: true\nfromExternalURLs:\n  - https://example.com/notes.md",
        ),
    )
    model_config = ConfigDict(use_attribute_docstrings=True)

    provider: ModelProvider
    """Whose model makes the vectors."""
    embeddings: EmbeddingStore
    """Where segments are kept."""
    from_path: Text | None = None
    """A file or folder in the working directory."""
    from_internal_uris: Annotated[TextList | None, Field(alias="fromInternalURIs")] = None
    """Stored files."""
    from_external_urls: Annotated[TextList | None, Field(alias="fromExternalURLs")] = None
    """Addresses of the web."""
    from_documents: list[InlineDocument] | None = None
    """Documents that are written here."""
    metadata: ValueMap | None = None
    """What is known of all documents."""
    document_splitter: DocumentSplitter | None = None
    """How documents are cut."""
    drop: bool = False
    """Whether the store is emptied first."""

    async def run(self, context: TaskContext) -> Output:
        """Read, cut, make vectors, store."""
        documents = [document async for document in self._documents(context)]
        if not documents:
            raise TaskFailedError("No document is given: name one in a property `from…`")
        pieces = [piece for document in documents for piece in self._pieces(document)]
        found = await self.provider.embed([piece.text for piece in pieces], context)
        found.usage.count(context)
        kept = await self.embeddings.add(pieces, found.vectors, context, drop=self.drop)
        return Output(
            values={
                "ingestedDocuments": len(documents),
                "inputTokenCount": found.usage.input,
                "outputTokenCount": found.usage.output,
                "totalTokenCount": found.usage.total,
                "embeddingStoreOutputs": dict(kept),
            }
        )

    def _pieces(self, document: Segment) -> list[Segment]:
        given = self.document_splitter or DocumentSplitter(
            max_segment_size_in_chars=_SEGMENT_CHARACTERS,
            max_overlap_size_in_chars=_OVERLAP_CHARACTERS,
        )
        texts = segments(
            document.text,
            given.splitter,
            given.max_segment_size_in_chars,
            given.max_overlap_size_in_chars,
        )
        return [
            Segment(text, {**document.metadata, "index": str(index)})
            for index, text in enumerate(texts)
        ]

    async def _documents(self, context: TaskContext) -> AsyncIterator[Segment]:
        common = self.metadata or {}
        if self.from_path is not None:
            for name, text in await asyncio.to_thread(_local, context, self.from_path):
                yield Segment(text, {**common, "file_name": name})
        for uri in self.from_internal_uris or ():
            yield Segment(await _stored(context, uri), {**common, "uri": uri})
        for url in self.from_external_urls or ():
            yield Segment(await _fetched(context, url), {**common, "url": url})
        for document in self.from_documents or ():
            yield Segment(document.content, {**common, **(document.metadata or {})})


def _local(context: TaskContext, written: str) -> list[tuple[str, str]]:
    """Return name and text of a file, or of every file in a folder."""
    root = context.working_dir.resolve()
    path = (root / written).resolve()
    if not path.is_relative_to(root):
        raise TaskFailedError(f"`fromPath: {written}` leads out of the working directory")
    if not path.exists():
        raise TaskFailedError(f"There is no file '{written}' in the working directory")
    files = [path] if path.is_file() else sorted(one for one in path.rglob("*") if one.is_file())
    return [(file.name, file.read_text("utf-8", "replace")) for file in files]


async def _stored(context: TaskContext, uri: str) -> str:
    if await context.file_size(uri) > _LIMIT_BYTES:
        raise TaskFailedError(f"{uri} is too large for a document")
    content = [chunk async for chunk in context.read_file(uri)]
    return b"".join(content).decode("utf-8", "replace")


async def _fetched(context: TaskContext, url: str) -> str:
    async with Request(uri=url).respond(context) as response:
        content = bytearray()
        async for chunk in response.aiter_bytes():
            content += chunk
            if len(content) > _LIMIT_BYTES:
                raise TaskFailedError(f"{url} is too large for a document")
        return content.decode(response.encoding or "utf-8", "replace")


class ChatCompletion(RunnableTask):
    """Let a model answer with what stored documents say.

    Outputs: those of ``completion.ChatCompletion``, and ``sources``: the segments that went with
    the question; ``completion`` is the text under its older name.
    """

    type_name = "io.kestra.plugin.ai.rag.ChatCompletion"
    aliases = ("io.kestra.plugin.langchain4j.rag.ChatCompletion",)
    title = "Ask a language model about documents."
    output_types = outputs(
        textOutput=str,
        jsonOutput=dict[str, Any],
        tokenUsage=dict[str, int],
        finishReason=str,
        requestDuration=int,
        thinking=str,
        sources=list[dict[str, Any]],
        completion=str,
    )
    examples = (
        (
            "A question about pages that were ingested.",
            "id: ask\ntype: io.kestra.plugin.ai.rag.ChatCompletion\n"
            "chatProvider:\n  type: io.kestra.plugin.ai.provider.GoogleGemini\n"
            "  modelName: gemini-2.5-flash\n  apiKey: \"{{ secret('GEMINI_API_KEY') }}\"\n"
            "embeddingProvider:\n  type: io.kestra.plugin.ai.provider.GoogleGemini\n"
            "  modelName: gemini-embedding-001\n  apiKey: \"{{ secret('GEMINI_API_KEY') }}\"\n"
            "embeddings:\n  type: io.kestra.plugin.ai.embeddings.KestraKVStore\n"
            "systemMessage: Answer from the notes only.\nprompt: What is new?",
        ),
    )
    model_config = ConfigDict(use_attribute_docstrings=True)

    prompt: Text
    """The question."""
    system_message: Text | None = None
    """How the model is to behave."""
    chat_provider: ModelProvider
    """Whose model answers."""
    chat_configuration: Configuration = Configuration()
    """How it answers."""
    embedding_provider: ModelProvider | None = None
    """Whose model makes the question's vector: the one that made those of the documents. By
    default the one that answers."""
    embeddings: EmbeddingStore | None = None
    """Where the documents are."""
    content_retriever_configuration: RetrieverConfiguration = RetrieverConfiguration()
    """How many segments go with the question."""

    async def run(self, context: TaskContext) -> Output:
        """Look for segments, then ask with them."""
        matches = await self._matches(context)
        messages = [Message(type=MessageType.USER, content=_with_sources(self.prompt, matches))]
        if self.system_message:
            messages.insert(0, Message(type=MessageType.SYSTEM, content=self.system_message))
        answer = await self.chat_provider.chat(messages, self.chat_configuration, context)
        answer.usage.count(context)
        values: dict[str, Any] = answer.outputs(self.chat_configuration)
        sources = [match.output() for match in matches]
        return Output(values={**values, "completion": answer.text, "sources": sources})

    async def _matches(self, context: TaskContext) -> list[Match]:
        if self.embeddings is None:
            raise TaskFailedError("Either `embeddings` or `contentRetrievers` must be provided.")
        provider = self.embedding_provider or self.chat_provider
        found = await provider.embed([self.prompt], context)
        given = self.content_retriever_configuration
        return await self.embeddings.nearest(
            found.vectors[0], context, most=given.max_results, least_score=given.min_score
        )


def _with_sources(prompt: str, matches: list[Match]) -> str:
    if not matches:
        return prompt
    texts = "\n\n".join(re.sub(r"\n{3,}", "\n\n", match.segment.text) for match in matches)
    return f"{prompt}\n\nUse this information for the answer:\n\n{texts}"
