"""Bodies of requests: what is refused before it is built."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.requests import Request

from tiercel.model.yaml import MAX_VALUES
from tiercel.web.bodies import MAX_JSON_BYTES, MOST_VALUES, parse_json, read_documents, read_json
from tiercel.web.errors import RefusedRequestError


def request(body: bytes) -> Request:
    """Return a request with a body of JSON."""

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    headers = [(b"content-type", b"application/json")]
    return Request({"type": "http", "method": "POST", "path": "/", "headers": headers}, receive)


@pytest.mark.parametrize(
    ("item", "values"),
    [
        (b"0", 1),
        (b'"a,b:[{"', 1),
        (rb'"\",\\"', 1),
        (b"[]", 1),
        (b"{}", 1),
        (b"[1, [2]]", 4),
        (b'{"a": 1, "b": [2, "c"]}', 7),
    ],
)
async def test_every_name_and_value_counts(item: bytes, values: int) -> None:
    fitting = (MOST_VALUES - 1) // values
    for count, is_taken in ((fitting, True), (fitting + values, False)):
        body = b"[" + b",".join([item] * count) + b"]"
        if is_taken:
            assert len(await read_json(request(body), list[Any])) == count
            continue
        with pytest.raises(RefusedRequestError, match=f"more than {MOST_VALUES} values") as told:
            await read_json(request(body), list[Any])
        assert (told.value.status, told.value.hint) == (422, "send it in parts")


async def test_long_texts_are_one_value() -> None:
    text = "a, b: [c] {d}" * 50_000
    body = b'["' + text.encode() + b'"]'
    assert await read_json(request(body), list[str]) == [text]


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"[" * 102 + b"]" * 102, "more than 100 values in one another"),
        (b'{"a":' * 101 + b"1" + b"}" * 101, "more than 100 values in one another"),
        (rb'["a\u0000"]', "U\\+0000"),
        (rb'{"\u0000": 1}', "U\\+0000"),
        (b"[" * 100_000, "Invalid json"),
        (b'"' * 300_000, "Invalid json"),
    ],
)
async def test_what_nobody_sends_is_refused(body: bytes, reason: str) -> None:
    with pytest.raises(RefusedRequestError, match=reason):
        await read_json(request(body), list[Any])


async def test_backslashes_before_u0000_are_text() -> None:
    assert await read_json(request(rb'["\\u0000"]'), list[str]) == ["\\u0000"]


async def test_no_body_of_json_is_longer_than_its_limit() -> None:
    with pytest.raises(RefusedRequestError, match=f"over {MAX_JSON_BYTES} bytes"):
        await read_json(request(b" " * (MAX_JSON_BYTES + 1)), list[Any])


def test_a_flow_in_json_has_the_limits_of_one_in_yaml() -> None:
    flow = f'{{"tasks": [{"0," * MAX_VALUES}0]}}'
    with pytest.raises(RefusedRequestError, match=f"more than {MAX_VALUES} values"):
        parse_json(flow)
    assert parse_json('{"id": "a"}') == {"id": "a"}


async def test_flows_in_json_become_documents() -> None:
    flows = b'[{"id": "a", "source": "x"}, {"id": "b", "text": "one\\n---\\ntwo"}]'
    first, second = await read_documents(request(flows))
    assert first == "id: a"
    assert second.startswith("id: b\ntext: ")
