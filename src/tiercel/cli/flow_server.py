"""Commands that read and write the flows, or templates, of a server."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tiercel.cli.client import YAML, Api, RefusedError, flow_path, part
from tiercel.cli.console import complain, out, write
from tiercel.cli.progress import downloading, working
from tiercel.cli.reading import read_source
from tiercel.cli.sources import (
    Document,
    expand,
    flow_files,
    join,
    read_documents,
    require_folder,
)
from tiercel.model.errors import IllegalArgumentError
from tiercel.services.written import in_namespace

if TYPE_CHECKING:
    from tiercel.cli.options import Remote


def asking(
    remote: Remote,
    work: Callable[[Api], None],
    *,
    word: str = "flow",
    sent: Sequence[Document] = (),
) -> int:
    """Do something with a server; show a refusal as clients of flows expect it; return the code.

    Args:
        sent: Documents of several files: what is wrong is told by file.
    """
    with Api(remote) as api:
        try:
            work(api)
        except RefusedError as error:
            if sent and _is_told_by_file(api, sent, word):
                return 1
            complain(f"\tUnable to parse {word}s due to the following error:")
            for line in _lines(error):
                complain(f"\t- {line}")
            if error.hint:
                complain(f"\t  {error.hint}")
            return 1
    return 0


def _is_told_by_file(api: Api, sent: Sequence[Document], word: str) -> bool:
    # it loads what checks flows here
    from tiercel.cli.flow import show_refused

    return show_refused(api, sent, word)


def _lines(error: RefusedError) -> Sequence[str]:
    if error.details:
        title = error.message.partition(":")[0]
        return [
            f"{title}: {item.get('path') or 'flow'}: {item.get('message')}"
            for item in error.details
        ]
    return error.message.splitlines()


def create(remote: Remote, file: Path) -> int:
    """Save a new flow."""
    source = expand(read_source(file), file.parent)

    def work(api: Api) -> None:
        api.sources("POST", "/flows", source)
        out.print("Flow successfully created !")

    return asking(remote, work)


def update(remote: Remote, file: Path, namespace: str, flow_id: str) -> int:
    """Save the next revision of a flow."""
    source = expand(read_source(file), file.parent)

    def work(api: Api) -> None:
        api.sources("PUT", flow_path(namespace, flow_id), source)
        out.print("Flow successfully updated !")

    return asking(remote, work)


def delete(remote: Remote, namespace: str, flow_id: str) -> int:
    """Delete a flow."""

    def work(api: Api) -> None:
        api.call("DELETE", flow_path(namespace, flow_id))
        out.print("Flow successfully deleted !")

    return asking(remote, work)


def update_all(remote: Remote, folder: Path, *, delete: bool, namespace: str) -> int:
    """Save all flows of a folder, in one transaction."""
    documents = _documents(folder)
    parameters: dict[str, Any] = {"delete": delete}
    if namespace:
        parameters |= {"namespace": namespace, "allowNamespaceChild": True}

    def work(api: Api) -> None:
        with working(f"saving {len(documents)} flows"):
            saved = api.sources("POST", "/flows/bulk", join(documents), **parameters)
        out.print(f"{len(saved)} flow(s) successfully updated !")
        _show_names(saved)

    return asking(remote, work, sent=documents)


def update_namespace(
    remote: Remote,
    namespace: str,
    folder: Path,
    *,
    delete: bool,
    override: bool = False,
    word: str = "flow",
) -> int:
    """Save all flows of a folder as those of a namespace, in one transaction."""
    documents = _documents(folder)
    if override:
        documents = [Document(item.file, in_namespace(item.text, namespace)) for item in documents]

    def work(api: Api) -> None:
        with working(f"saving {len(documents)} {word}s"):
            saved = api.json(
                "POST",
                f"/{word}s/{part(namespace)}",
                params={"delete": delete},
                content=join(documents).encode(),
                headers={"content-type": YAML},
            )
        write(f"{len(saved)} {word}(s) for namespace '{namespace}' successfully updated !")
        _show_names(saved)

    return asking(remote, work, word=word, sent=documents)


def _documents(folder: Path) -> list[Document]:
    require_folder(folder)
    count = sum(1 for _ in flow_files([folder]))
    with working(f"reading {count} files"):
        documents = read_documents([folder], expanded=True)
    if not documents:
        raise IllegalArgumentError(f"{folder} holds no .yml or .yaml file")
    return documents


def _show_names(saved: Sequence[dict[str, Any]]) -> None:
    for item in saved:
        write(f"- {item['namespace']}.{item['id']}")


def export(remote: Remote, folder: Path, namespace: str, *, word: str = "flow") -> int:
    """Write an archive of the sources of a server, or of one of its namespaces, into a folder."""
    require_folder(folder)
    target = folder / f"{word}s.zip"
    parameters = {"namespace": namespace} if namespace else {}

    def work(api: Api) -> None:
        path = f"/{word}s/export/by-query"
        with api.stream(path, params=parameters) as reply, downloading(reply, target.name) as body:
            _write(target, body)
        which = f"for namespace '{namespace}'" if namespace else "for all namespaces"
        write(f"Exporting {word}(s) {which} successfully done !")

    return asking(remote, work, word=word)


def _write(target: Path, body: Any) -> None:
    """Write a file whole, or leave it as it was."""
    part_file = target.with_name(f".{target.name}.part")
    try:
        with part_file.open("wb") as file:
            for chunk in body:
                file.write(chunk)
        part_file.replace(target)
    except OSError as error:
        raise IllegalArgumentError(f"{target} can't be written: {error.strerror}") from error
    finally:
        part_file.unlink(missing_ok=True)
