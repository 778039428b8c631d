"""``tiercel namespace files``: up and down."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from tiercel.cli.client import Api, RefusedError, part
from tiercel.cli.console import write
from tiercel.cli.flow_server import asking
from tiercel.cli.progress import advance, counting
from tiercel.cli.tables import show_list
from tiercel.model.errors import IllegalArgumentError

if TYPE_CHECKING:
    from tiercel.cli.options import Remote

IGNORE = ".kestraignore"


@dataclass(frozen=True, slots=True)
class Rule:
    """One line of an ignore file, in gitignore's syntax."""

    pattern: re.Pattern[str]
    brings_back: bool
    only_folders: bool

    def fits(self, path: PurePosixPath, *, is_folder: bool) -> bool:
        """Whether the line names a path."""
        return (is_folder or not self.only_folders) and bool(self.pattern.fullmatch(str(path)))


def read_rules(text: str) -> list[Rule]:
    """Return the rules of an ignore file."""
    rules = []
    for raw in text.splitlines():
        line = raw.rstrip()
        if not line or line.startswith("#"):
            continue
        brings_back = line.startswith("!")
        line = line.removeprefix("!").removeprefix("\\")
        only_folders = line.endswith("/")
        line = line.rstrip("/")
        anywhere = "/" not in line
        rules.append(Rule(_pattern(line.lstrip("/"), anywhere), brings_back, only_folders))
    return rules


def _pattern(line: str, anywhere: bool) -> re.Pattern[str]:
    """Return a gitignore pattern as a regular expression: ``*`` stops at ``/``, ``**`` does not."""
    *parents, last = line.split("/")
    expression = "(?:[^/]+/)*" if anywhere else ""
    for piece in parents:
        expression += "(?:[^/]+/)*" if piece == "**" else f"{_piece(piece)}/"
    expression += ".+" if last == "**" else _piece(last)
    return re.compile(expression, re.DOTALL)


def _piece(text: str) -> str:
    """Return a pattern without ``/`` as a regular expression."""
    tokens = re.findall(r"\[[!^]?\]?[^]]*\]|.", text, re.DOTALL)
    known = {"*": "[^/]*", "?": "[^/]"}
    return "".join(
        known.get(token) or (token.replace("[!", "[^") if len(token) > 1 else re.escape(token))
        for token in tokens
    )


def is_ignored(path: PurePosixPath, rules: list[Rule], *, is_folder: bool) -> bool:
    """Whether rules leave a path out; the last one that names it counts."""
    ignored = False
    for rule in rules:
        if rule.fits(path, is_folder=is_folder):
            ignored = not rule.brings_back
    return ignored


def files_of(folder: Path, rules: list[Rule]) -> Iterator[PurePosixPath]:
    """Yield the files below a folder that rules don't leave out, relative, by name."""
    yield from _files_below(folder, PurePosixPath(), rules)


def _files_below(folder: Path, inner: PurePosixPath, rules: list[Rule]) -> Iterator[PurePosixPath]:
    for entry in sorted((folder / inner).iterdir()):
        path = inner / entry.name
        if entry.is_symlink() or str(path) == IGNORE:
            continue
        is_folder = entry.is_dir()
        if is_ignored(path, rules, is_folder=is_folder):
            continue
        if is_folder:
            yield from _files_below(folder, path, rules)
        else:
            yield path


def upload(remote: Remote, namespace: str, source: Path, target: str, *, delete: bool) -> int:
    """Upload a folder or a file; print a line for each file."""
    if source.is_dir():
        ignore = source / IGNORE
        rules = read_rules(ignore.read_text(encoding="utf-8")) if ignore.is_file() else []
        files = [(source / path, path) for path in files_of(source, rules)]
    elif source.is_file():
        files = [(source, PurePosixPath(source.name))]
    else:
        raise IllegalArgumentError(f"{source} is no folder or file")
    root = PurePosixPath("/") / target
    base = f"/namespaces/{part(namespace)}/files"

    def work(api: Api) -> None:
        if delete:
            _delete(api, base, root)
        with counting("uploading", len(files)) as progress:
            for file, path in files:
                with file.open("rb") as content:
                    sent = {"fileContent": (_sent_name(file), content, "application/octet-stream")}
                    api.call("POST", base, params={"path": str(root / path)}, files=sent)
                write(f"Successfully uploaded {file} to {root / path}")
                advance(progress)

    return asking(remote, work, word="file")


def _sent_name(file: Path) -> str:
    """Return the file's name; one that makes servers unpack the file is not told."""
    return "content" if file.suffix.lower() == ".zip" else file.name


def _delete(api: Api, base: str, root: PurePosixPath) -> None:
    if str(root) != "/":
        api.call("DELETE", base, params={"path": str(root)})
        return
    for entry in api.json("GET", f"{base}/directory"):
        api.call("DELETE", base, params={"path": f"/{entry['fileName']}"})


def download(remote: Remote, namespace: str, path: str, folder: Path) -> int:
    """Download a file, or all files below a folder of the namespace."""
    base = f"/namespaces/{part(namespace)}/files"
    root = PurePosixPath("/") / path

    def work(api: Api) -> None:
        paths = [
            PurePosixPath(item) for item in api.json("GET", f"{base}/search", params={"q": ""})
        ]
        wanted = [item for item in paths if item == root or root in item.parents]
        if not wanted:
            raise RefusedError(f"Nothing is stored at {root}", 404, [])
        with counting("downloading", len(wanted)) as progress:
            for item in sorted(wanted):
                relative = item.relative_to(root if item != root else root.parent)
                file = _inside(folder, relative)
                file.parent.mkdir(parents=True, exist_ok=True)
                with (
                    api.stream(base, params={"path": str(item)}) as reply,
                    file.open("wb") as target,
                ):
                    for chunk in reply.iter_bytes():
                        target.write(chunk)
                write(f"Successfully downloaded {item} to {file}")
                advance(progress)

    return asking(remote, work, word="file")


def _inside(folder: Path, relative: PurePosixPath) -> Path:
    """Return where a file of the server is written: never beside the folder."""
    if ".." in relative.parts or relative.is_absolute():
        raise IllegalArgumentError(f"The server names a file {relative}: refused")
    return folder / relative


def show_files(remote: Remote, namespace: str, query: str, output: str) -> int:
    """List the paths of the files of a namespace."""
    with Api(remote) as api:
        path = f"/namespaces/{part(namespace)}/files/search"
        found = [{"path": item} for item in sorted(api.json("GET", path, params={"q": query}))]
    show_list(found, (("path", "path"),), output, nothing="no file found")
    return 0
