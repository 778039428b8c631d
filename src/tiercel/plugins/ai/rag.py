"""Answers of language models over documents of one's own."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Sequence
from typing import Annotated, Any

from pydantic import ConfigDict, Field

from tiercel.plugin.context import TaskContext
from tiercel.plugin.outputs import StoredFile, outputs
from tiercel.plugin.properties import Text, TextList, ValueMap
from tiercel.plugin.task import AsWritten, Output, RunnableTask, TaskFailedError
from tiercel.plugins.ai.conversation import CHAT_OUTPUTS, NOT_HERE, Chat, Guardrails
from tiercel.plugins.ai.embeddings import EmbeddingStore, Segment
from tiercel.plugins.ai.memory import Memory
from tiercel.plugins.ai.messages import Message, MessageType, Nested
from tiercel.plugins.ai.models import Configuration, ModelProvider
from tiercel.plugins.ai.retrievers import ContentRetriever, EmbeddingStoreRetriever
from tiercel.plugins.ai.splitting import Splitter, segments
from tiercel.plugins.ai.tools import Tool
from tiercel.plugins.core.http import Request
from tiercel.plugins.core.storage import new_file, stored_bytes
from tiercel.plugins.rows.ion import ion_line
from tiercel.plugins.sql.results import FetchType

_LIMIT_BYTES = 50 << 20
_SEGMENT_CHARACTERS, _OVERLAP_CHARACTERS = 2000, 200


class DocumentSplitter(Nested):
    """How documents are cut into segments."""

    splitter: Splitter = Splitter.RECURSIVE
    """Where they are cut first: `RECURSIVE`, `PARAGRAPH`, `LINE`, `SENTENCE` or `WORD`."""
    max_segment_size_in_chars: Annotated[int, Field(ge=1)]
    """How many characters a segment has at most."""
    max_overlap_size_in_chars: Annotated[int, Field(ge=0)]
    """How many characters at the end of a segment may be the beginning of the next."""


class InlineDocument(Nested):
    """A document that is written in the flow."""

    content: Text
    """Its text."""
    metadata: ValueMap | None = None
    """What is known of it."""


class RetrieverConfiguration(Nested):
    """How many segments go with a question, and how alike they must be."""

    max_results: Annotated[int, Field(ge=1)] = 3
    """How many segments go with it at most."""
    min_score: Annotated[float, Field(ge=0, le=1)] = 0.0
    """How alike a segment must be: 1 is the same."""


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
    return (await stored_bytes(context, uri)).decode("utf-8", "replace")


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
    the question; ``completion`` is the text under its older name. Segments come from
    ``embeddings``, then from each of ``contentRetrievers``. With a ``memory`` the model knows what
    was said before.
    """

    type_name = "io.kestra.plugin.ai.rag.ChatCompletion"
    aliases = ("io.kestra.plugin.langchain4j.rag.ChatCompletion",)
    title = "Ask a language model about documents."
    output_types = outputs(**CHAT_OUTPUTS, sources=list[dict[str, Any]], completion=str)
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
        (
            "A question about the web, in a conversation that goes on from run to run.",
            "id: ask\ntype: io.kestra.plugin.ai.rag.ChatCompletion\n"
            "chatProvider:\n  type: io.kestra.plugin.ai.provider.GoogleGemini\n"
            "  modelName: gemini-2.5-flash\n  apiKey: \"{{ secret('GEMINI_API_KEY') }}\"\n"
            "contentRetrievers:\n  - type: io.kestra.plugin.ai.retriever.TavilyWebSearch\n"
            "    apiKey: \"{{ secret('TAVILY_API_KEY') }}\"\n"
            "memory:\n  type: io.kestra.plugin.ai.memory.KestraKVStore\n"
            '  memoryId: "{{ inputs.user }}"\n  ttl: P1D\nprompt: "{{ inputs.question }}"',
        ),
    )
    not_here = NOT_HERE
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
    """How many segments of `embeddings` go with the question."""
    content_retrievers: list[ContentRetriever] | None = None
    """Where else to look."""
    tools: list[Tool] | None = None
    """What the model may call before it answers."""
    memory: Memory | None = None
    """What was said in runs before."""
    guardrails: Annotated[Guardrails | None, AsWritten()] = None
    """Expressions that must be true of the question, and of the answer."""

    async def run(self, context: TaskContext) -> Output:
        """Look for segments, then ask with them."""
        sources = await self._sources(context)
        memory = self.memory
        before = await memory.recalled(context) if memory else []
        system = _message(MessageType.SYSTEM, self.system_message) if self.system_message else []
        asked = _message(MessageType.USER, _with_sources(self.prompt, sources))
        tools = self.tools or ()
        chat = Chat(self.chat_provider, self.chat_configuration, tools, self.guardrails)
        reply = await chat.reply([*system, *before, *asked], context, question=self.prompt)
        if memory and reply.text is not None:
            question = _message(MessageType.USER, self.prompt)
            said = [*before, *question, *_message(MessageType.AI, reply.text)]
            await memory.remember(said, context, room=len(system))
        shown = [source.output() for source in sources] if reply.text is not None else None
        return Output(values={**reply.values, "completion": reply.text, "sources": shown})

    async def _sources(self, context: TaskContext) -> list[Segment]:
        retrievers = [*self._own_retriever(), *(self.content_retrievers or ())]
        if not retrievers:
            raise TaskFailedError("Either `embeddings` or `contentRetrievers` must be provided.")
        found: dict[str, Segment] = {}
        for retriever in retrievers:
            for source in await retriever.found(self.prompt, context):
                found.setdefault(source.text, source)
        return list(found.values())

    def _own_retriever(self) -> list[ContentRetriever]:
        if self.embeddings is None:
            return []
        return [
            EmbeddingStoreRetriever(
                embeddings=self.embeddings,
                embedding_provider=self.embedding_provider or self.chat_provider,
                max_results=self.content_retriever_configuration.max_results,
                min_score=self.content_retriever_configuration.min_score,
            )
        ]


def _message(kind: MessageType, text: str) -> list[Message]:
    return [Message(type=kind, content=text)]


def _with_sources(prompt: str, sources: Sequence[Segment]) -> str:
    if not sources:
        return prompt
    texts = "\n\n".join(re.sub(r"\n{3,}", "\n\n", source.text) for source in sources)
    return f"{prompt}\n\nUse this information for the answer:\n\n{texts}"


class Search(RunnableTask):
    """Look for the stored segments that are most like a text.

    Outputs: ``results``, their texts, with FETCH and FETCH_ONE; ``uri``, a row file of them, with
    STORE; ``size``, how many there are.
    """

    type_name = "io.kestra.plugin.ai.rag.Search"
    aliases = ("io.kestra.plugin.langchain4j.rag.Search",)
    title = "Search documents by what they mean."
    output_types = outputs(results=list[str], uri=StoredFile, size=int)
    examples = (
        (
            "The five segments that are most like a question.",
            "id: search\ntype: io.kestra.plugin.ai.rag.Search\n"
            "provider:\n  type: io.kestra.plugin.ai.provider.GoogleGemini\n"
            "  modelName: gemini-embedding-001\n  apiKey: \"{{ secret('GEMINI_API_KEY') }}\"\n"
            "embeddings:\n  type: io.kestra.plugin.ai.embeddings.KestraKVStore\n"
            "query: What is new?\nmaxResults: 5\nminScore: 0.5\nfetchType: FETCH",
        ),
    )
    model_config = ConfigDict(use_attribute_docstrings=True)

    query: Text
    """The text."""
    max_results: Annotated[int, Field(ge=1)]
    """How many segments are given back at the most."""
    min_score: Annotated[float, Field(ge=0, le=1)]
    """How alike a segment must be: 1 is the same."""
    provider: ModelProvider
    """Whose model makes the text's vector: the one that made those of the documents."""
    embeddings: EmbeddingStore
    """Where the documents are."""
    fetch_type: FetchType = FetchType.NONE
    """What becomes of the texts: nothing, an output, or a file."""

    async def run(self, context: TaskContext) -> Output:
        """Search once."""
        asked = await self.provider.embed([self.query], context)
        asked.usage.count(context)
        matches = await self.embeddings.nearest(
            asked.vectors[0], context, most=self.max_results, least_score=self.min_score
        )
        texts = [match.segment.text for match in matches]
        values = await self._values(texts, context)
        tags = {"fetch": str("results" in values).lower(), "store": str("uri" in values).lower()}
        context.metric("counter", "fetch.size", values.get("size", 0), tags)
        return Output(values=values)

    async def _values(self, texts: list[str], context: TaskContext) -> dict[str, Any]:
        if self.fetch_type is FetchType.NONE:
            return {}
        if self.fetch_type is FetchType.STORE:
            path = new_file(context, ".ion")
            path.write_text("".join(map(ion_line, texts)), encoding="utf-8")
            return {"uri": await context.store_file(path), "size": len(texts)}
        shown = texts[:1] if self.fetch_type is FetchType.FETCH_ONE else texts
        return {"results": shown, "size": len(texts)}
