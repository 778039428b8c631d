"""Progress of long work: drawn on standard error, and only where that is a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.progress import BarColumn, DownloadColumn, MofNCompleteColumn, Progress, TextColumn

from tiercel.cli.console import err

if TYPE_CHECKING:
    import httpx


@contextmanager
def working(text: str) -> Iterator[None]:
    """Show that something is being done, for as long as the block runs."""
    if not err.is_terminal:
        yield
        return
    with err.status(text):
        yield


@contextmanager
def counting(text: str, total: int) -> Iterator[Progress]:
    """Show a bar of things done; the block calls :func:`advance` or :func:`reach`."""
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        console=err,
        transient=True,
        disable=not err.is_terminal,
    ) as progress:
        progress.add_task(text, total=total)
        yield progress


def advance(progress: Progress, steps: int = 1) -> None:
    """Count things of the only bar as done."""
    progress.advance(progress.task_ids[0], steps)


def reach(progress: Progress, done: int, text: str) -> None:
    """Show on the only bar how many things are done, with another text."""
    progress.update(progress.task_ids[0], completed=done, description=text)


@contextmanager
def downloading(reply: httpx.Response, name: str) -> Iterator[Iterator[bytes]]:
    """Give the body of a reply in chunks, and show how much of it has come."""
    length = reply.headers.get("content-length")
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        console=err,
        transient=True,
        disable=not err.is_terminal,
    ) as progress:
        task = progress.add_task(name, total=int(length) if length else None)

        def chunks() -> Iterator[bytes]:
            for chunk in reply.iter_bytes():
                progress.advance(task, len(chunk))
                yield chunk

        yield chunks()
