"""Server-sent events over HTTP."""

from __future__ import annotations

import json
from collections.abc import AsyncIterable, AsyncIterator
from typing import Any

from pydantic import Field

from tiercel.plugin.context import TaskContext
from tiercel.plugin.outputs import StoredFile, outputs
from tiercel.plugin.properties import Text
from tiercel.plugin.task import Output, TaskFailedError
from tiercel.plugins.core.http import HttpTask, response_headers
from tiercel.plugins.core.storage import new_file
from tiercel.plugins.rows.ion import ion_line


class SseRequest(HttpTask):
    """Make a request that is answered by a stream of events, and keep them until it ends.

    Outputs: ``uri``, ``code``, ``headers``, ``events``, ``size``, ``result``. The events are a row
    file with ``id``, ``event`` and ``data`` of each; the result are the texts that
    ``concatJqExpression`` finds in their data, one after the other.
    """

    type_name = "io.kestra.plugin.core.http.SseRequest"
    title = "Keep the events that an HTTP server sends."
    output_types = outputs(
        uri=str, code=int, headers=dict[str, list[str]], events=StoredFile, size=int, result=str
    )
    examples = (
        (
            "Put together what a language model answers piece by piece.",
            "id: ask\ntype: io.kestra.plugin.core.http.SseRequest\n"
            "uri: https://example.org/v1/chat\nmethod: POST\n"
            'body: \'{"stream": true}\'\nconcatJqExpression: ".choices[0].delta.content"',
        ),
    )

    concat_jq_expression: Text | None = Field(
        default=None,
        description=(
            "Expression of jq that finds a text in the data of each event; the texts together "
            "are the output `result`."
        ),
    )
    failed_on_missing_jq: bool = Field(
        default=True,
        description=(
            "`true` fails the task when the expression finds nothing in an event; otherwise "
            "the event adds nothing."
        ),
    )

    async def run(self, context: TaskContext) -> Output:
        """Read events until the server ends the stream."""
        path, size, pieces = new_file(context, ".ion"), 0, []
        async with self.respond(context) as response:
            with path.open("w", encoding="utf-8") as file:
                async for event in events_of(response.aiter_lines()):
                    file.write(ion_line(event))
                    size += 1
                    context.progress("events", size, None, "events")
                    pieces.append(self._piece(event["data"]))
            address = str(response.history[0].url if response.history else response.url)
            code, headers = response.status_code, response_headers(response)
        context.metric("counter", "events", size, {"request.method": self.method})
        return Output(
            values={
                "uri": address,
                "code": code,
                "headers": headers,
                "events": await context.store_file(path),
                "size": size,
                "result": "".join(pieces) if self.concat_jq_expression else None,
            }
        )

    def _piece(self, data: str) -> str:
        """Return the text that an event adds to the result."""
        if not self.concat_jq_expression:
            return ""
        import jq

        try:
            found = jq.compile(self.concat_jq_expression).input_value(json.loads(data)).first()
        except (ValueError, StopIteration) as error:
            if not self.failed_on_missing_jq or data.strip() == "[DONE]":
                return ""
            raise TaskFailedError(
                f"`concatJqExpression` finds nothing in the event {data[:200]!r}: {error}"
            ) from error
        if found is None:
            return ""
        return found if isinstance(found, str) else json.dumps(found)


async def events_of(lines: AsyncIterable[str]) -> AsyncIterator[dict[str, Any]]:
    """Yield ``id``, ``event`` and ``data`` of each event of a stream of lines."""
    last_id, kind, data = None, "message", list[str]()
    async for line in lines:
        if not line:
            if data:
                yield {"id": last_id, "event": kind, "data": "\n".join(data)}
            kind, data = "message", []
            continue
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if name == "data":
            data.append(value)
        elif name == "event":
            kind = value
        elif name == "id":
            last_id = value
    if data:
        yield {"id": last_id, "event": kind, "data": "\n".join(data)}
