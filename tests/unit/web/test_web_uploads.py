"""Multipart bodies, chunk by chunk."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from starlette.requests import Request

from tiercel.model.errors import InvalidInputError
from tiercel.web.errors import RefusedRequestError
from tiercel.web.uploads import read_form

BODY = (
    b'--x\r\nContent-Disposition: form-data; name="day"\r\n\r\n2024-12-20\r\n'
    b'--x\r\ncontent-disposition: form-data; name="files"; filename="orders"\r\n'
    b"Content-Type: text/csv\r\n\r\na,b\r\n1,2\r\n\r\n"
    b'--x\r\nContent-Disposition: form-data; name="other"; filename="d\xc3\xa9j\xc3\xa0.csv"\r\n'
    b'\r\n\r\n--x\r\nContent-Disposition: form-data; name="day"\r\n\r\n\xc3\xa9\r\n--x--\r\n'
)


def request_of(body: bytes, content_type: str | None, chunk: int = 7) -> Request:
    chunks = [body[start : start + chunk] for start in range(0, len(body), chunk)]

    async def receive() -> dict[str, Any]:
        more = len(chunks) > 1
        return {"type": "http.request", "body": chunks.pop(0) if chunks else b"", "more_body": more}

    headers = [(b"content-type", content_type.encode())] if content_type else []
    return Request({"type": "http", "method": "POST", "headers": headers}, receive)


async def opened(tmp_path: Path, body: bytes = BODY) -> AsyncIterator[Any]:
    async with read_form(request_of(body, "multipart/form-data; boundary=x"), tmp_path) as form:
        yield form


async def test_texts_and_files_are_told_apart(tmp_path: Path) -> None:
    async for form in opened(tmp_path):
        assert form.texts == {"day": "é"}
        assert [(part.name, part.file_name) for part in form.files] == [
            ("files", "orders"),
            ("other", "déjà.csv"),
        ]
        assert form.files[0].path.read_bytes() == b"a,b\r\n1,2\r\n"
        assert form.files[1].path.read_bytes() == b""
    assert list(tmp_path.iterdir()) == []


async def test_a_file_is_for_the_input_that_its_name_or_its_part_says(tmp_path: Path) -> None:
    body = BODY.replace(b"\r\n\r\n\r\n--x", b"\r\n\r\nx\r\n--x")
    async for form in opened(tmp_path, body):
        inputs = {"orders": {"type": "FILE", "extension": ".csv"}, "other": {"type": "FILE"}}
        uploads = form.uploads(inputs)
        assert [(item.input_id, item.file_name) for item in uploads] == [
            ("orders", "orders.csv"),
            ("other", "déjà.csv"),
        ]


async def test_a_file_for_another_kind_of_input_is_its_text(tmp_path: Path) -> None:
    async for form in opened(tmp_path):
        assert form.uploads({"orders": {"type": "STRING"}, "other": {"type": "STRING"}}) == []
        assert form.texts == {"day": "é", "orders": "a,b\r\n1,2\r\n", "other": ""}


async def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    inputs = {"orders": {"type": "FILE"}, "other": {"type": "FILE"}}
    async for form in opened(tmp_path):
        with pytest.raises(InvalidInputError, match=r"other: .*the file is empty"):
            form.uploads(inputs)
        uploads = form.uploads(inputs, refuse_empty=False)
        assert [item.input_id for item in uploads] == ["orders"]


async def test_no_chosen_file_counts_as_none(tmp_path: Path) -> None:
    body = BODY.replace("déjà.csv".encode(), b"")
    async for form in opened(tmp_path, body):
        uploads = form.uploads({"orders": {"type": "FILE"}, "other": {"type": "FILE"}})
        assert [item.input_id for item in uploads] == ["orders"]


async def test_files_for_nobody_are_refused(tmp_path: Path) -> None:
    async for form in opened(tmp_path):
        with pytest.raises(RefusedRequestError) as error:
            form.uploads({"orders": {"type": "FILE"}})
        message = "Invalid entity: other: no input is called 'other' or 'déjà.csv'"
        assert error.value.message == message


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        (b"a=b", "application/x-www-form-urlencoded", 415),
        (b"--x", "multipart/form-data", 422),
        (BODY[:60], "multipart/form-data; boundary=x", 422),
        (b"nonsense", "multipart/form-data; boundary=x", 422),
        (BODY.replace(b'; name="day"', b""), "multipart/form-data; boundary=x", 422),
    ],
)
async def test_a_body_that_is_no_form_is_refused(
    tmp_path: Path, body: bytes, content_type: str, status: int
) -> None:
    with pytest.raises(RefusedRequestError) as error:
        async with read_form(request_of(body, content_type), tmp_path):
            pass
    assert error.value.status == status
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"", None),
        (b"", "application/json"),
        (b"--x--\r\n", "multipart/form-data; boundary=x"),
        (b"--x--", "multipart/form-data; boundary=x"),
        (b"", "multipart/form-data; boundary=x"),
    ],
)
async def test_no_body_is_an_empty_form(
    tmp_path: Path, body: bytes, content_type: str | None
) -> None:
    async with read_form(request_of(body, content_type), tmp_path) as form:
        assert (form.texts, form.files) == ({}, [])
