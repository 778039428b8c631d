"""Multipart bodies: text parts as inputs, file parts written to disk as they come."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, BinaryIO

from tiercel.model.errors import InvalidInputError
from tiercel.services.uploads import Upload
from tiercel.web.errors import RefusedRequestError, too_large, unsupported_type

if TYPE_CHECKING:
    from python_multipart.multipart import MultipartCallbacks
    from starlette.requests import Request

MULTIPART = "multipart/form-data"
MAX_TEXT_BYTES = 16 << 20
MAX_TEXTS_BYTES = 64 << 20
"""Of all text parts together: they are kept in memory, files are not."""
MAX_PARTS = 1_000


@dataclass(frozen=True, slots=True)
class FilePart:
    """One file part: the part's own name, the file's name as the client gave it, the content."""

    name: str
    file_name: str
    path: Path


@dataclass(slots=True)
class Form:
    """A multipart body; of several text parts with one name the last counts."""

    texts: dict[str, str] = field(default_factory=dict)
    files: list[FilePart] = field(default_factory=list)

    def file(self, name: str) -> FilePart | None:
        """Return the file part of a name; None when there is none."""
        return next((part for part in self.files if part.name == name), None)

    def required_file(self, name: str) -> FilePart:
        """Return the file part of a name. Raises RefusedRequestError: there is none."""
        part = self.file(name)
        if part is None:
            raise missing_part(name)
        return part

    def uploads(
        self, inputs: Mapping[str, Mapping[str, Any]], *, refuse_empty: bool = True
    ) -> list[Upload]:
        """Return the file parts for FILE inputs; those for others become texts.

        The part's name is the input's id, or else the file's name is. A part without a file's name
        and without content is what a form sends when no file was chosen: it counts as none.

        Args:
            inputs: Declared inputs by id.
            refuse_empty: An empty file with a name is refused; else it counts as none too.

        Raises:
            InvalidInputError: A file is empty.
            RefusedRequestError: A file is for no input, or no text though it should be.
        """
        found = []
        for part in self.files:
            input_id = part.name if part.name in inputs else part.file_name
            if input_id not in inputs:
                detail = f"no input is called '{part.name}' or '{part.file_name}'"
                raise RefusedRequestError(422, "Invalid entity", f"{part.name}: {detail}")
            declared = inputs[input_id]
            if declared.get("type") != "FILE":
                self.texts[input_id] = _text_of(part, input_id)
            elif part.path.stat().st_size:
                found.append(_upload(part, input_id, str(declared.get("extension") or ".upl")))
            elif part.file_name and refuse_empty:
                raise _empty(input_id, part.file_name)
        return found


def missing_part(name: str) -> RefusedRequestError:
    """Return the refusal of a form that lacks a part."""
    detail = f"Required Part [{name}] not specified"
    return RefusedRequestError(422, "Invalid entity", detail)


def _empty(input_id: str, file_name: str) -> InvalidInputError:
    problem = f"Invalid input for `{input_id}`, the file is empty, but received `{file_name}`"
    return InvalidInputError(
        f"{input_id}: {problem}",
        hint="send a file that holds something, or leave the input out",
        problems=[f"{input_id}: {problem}"],
    )


def _upload(part: FilePart, input_id: str, extension: str) -> Upload:
    base = PurePosixPath(part.file_name.replace("\\", "/")).name
    file_name = f"{input_id}{extension}" if base in ("", input_id) else base
    return Upload(input_id, file_name, part.path)


def _text_of(part: FilePart, input_id: str) -> str:
    """Return the content of a file part as text: some clients send every input as a file."""
    if part.path.stat().st_size > MAX_TEXT_BYTES:
        raise too_large(f"the text of '{input_id}' is over {MAX_TEXT_BYTES} bytes")
    try:
        return part.path.read_bytes().decode()
    except UnicodeDecodeError as error:
        raise _unreadable(f"the text of '{input_id}' is not UTF-8") from error


@asynccontextmanager
async def read_form(request: Request, folder: Path) -> AsyncIterator[Form]:
    """Read a multipart body, or none at all; files are deleted with the block unless moved away.

    Args:
        folder: Where files are written, made when missing.

    Raises:
        RefusedRequestError: Another content type, or a body that is not multipart.
    """
    content_type = request.headers.get("content-type", "")
    if not content_type.lower().startswith(MULTIPART):
        if content_type and await _has_content(request):
            raise unsupported_type(content_type.partition(";")[0], [MULTIPART])
        yield Form()
        return
    reader = _Reader(folder)
    try:
        yield await _read(request, content_type, reader)
    finally:
        await reader.clean_up()


async def _has_content(request: Request) -> bool:
    """Whether there is a body; no more of it is read than tells."""
    async for chunk in request.stream():
        if chunk:
            return True
    return False


async def _read(request: Request, content_type: str, reader: _Reader) -> Form:
    from python_multipart.exceptions import FormParserError
    from python_multipart.multipart import MultipartParser, parse_options_header

    _, options = parse_options_header(content_type)
    boundary = options.get(b"boundary")
    if not boundary:
        raise _unreadable("it has no boundary")
    received = 0
    try:
        parser = MultipartParser(boundary, reader.callbacks())
        async for chunk in request.stream():
            received += parser.write(chunk)
        parser.finalize()
    except (FormParserError, UnicodeDecodeError) as error:
        raise _unreadable(str(error)) from error
    if received and not reader.is_complete:
        raise _unreadable("it ends too early")
    return reader.form


def _unreadable(reason: str) -> RefusedRequestError:
    return RefusedRequestError(422, "Invalid entity", f"the form can't be read: {reason}")


class _Reader:
    """Takes the calls of the parser and builds the form; one part is open at a time."""

    def __init__(self, folder: Path) -> None:
        self.form = Form()
        self.is_complete = False
        self._folder = folder
        self._directory: Path | None = None
        self._header = (bytearray(), bytearray())
        self._disposition = b""
        self._name = ""
        self._file_name: str | None = None
        self._text = bytearray()
        self._texts_bytes = 0
        self._count = 0
        self._file: BinaryIO | None = None

    def callbacks(self) -> MultipartCallbacks:
        """Return what the parser calls."""
        return {
            "on_part_begin": self._begin,
            "on_header_field": lambda data, start, end: self._header[0].extend(data[start:end]),
            "on_header_value": lambda data, start, end: self._header[1].extend(data[start:end]),
            "on_header_end": self._header_end,
            "on_headers_finished": self._headers_finished,
            "on_part_data": self._data,
            "on_part_end": self._end,
            "on_end": self._complete,
        }

    def _begin(self) -> None:
        self._count += 1
        if self._count > MAX_PARTS:
            raise _unreadable(f"it has more than {MAX_PARTS} parts")
        self._disposition = b""
        self._text.clear()
        self._file_name = None

    def _header_end(self) -> None:
        name, value = self._header
        if bytes(name).lower() == b"content-disposition":
            self._disposition = bytes(value)
        name.clear()
        value.clear()

    def _headers_finished(self) -> None:
        from python_multipart.multipart import parse_options_header

        _, options = parse_options_header(self._disposition)
        if b"name" not in options:
            raise _unreadable("a part has no name")
        self._name = options[b"name"].decode()
        if b"filename" in options:
            self._file_name = options[b"filename"].decode()
            self._file = self._new_file().open("wb")

    def _new_file(self) -> Path:
        if self._directory is None:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._directory = Path(tempfile.mkdtemp(dir=self._folder))
        path = self._directory / str(len(self.form.files))
        self.form.files.append(FilePart(self._name, self._file_name or "", path))
        return path

    def _data(self, data: bytes, start: int, end: int) -> None:
        if self._file is not None:
            self._file.write(data[start:end])
            return
        self._text += data[start:end]
        self._texts_bytes += end - start
        if len(self._text) > MAX_TEXT_BYTES:
            raise too_large(f"the text of '{self._name}' is over {MAX_TEXT_BYTES} bytes")
        if self._texts_bytes > MAX_TEXTS_BYTES:
            raise too_large(f"the texts of the form are over {MAX_TEXTS_BYTES} bytes")

    def _end(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None
        else:
            self.form.texts[self._name] = self._text.decode()

    def _complete(self) -> None:
        self.is_complete = True

    async def clean_up(self) -> None:
        """Close and delete what is left of the files."""
        if self._file is not None:
            self._file.close()
        if self._directory is not None:
            await asyncio.to_thread(shutil.rmtree, self._directory)
