"""``tiercel flow validate``: here, or by a server."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.markup import escape

from tiercel.check import parse_flow
from tiercel.cli.client import Api
from tiercel.cli.console import complain, err, out
from tiercel.cli.reading import read_source
from tiercel.cli.sources import flow_files, join, read_documents
from tiercel.model.errors import TiercelError
from tiercel.model.problems import InvalidFlowError, Problem

if TYPE_CHECKING:
    from tiercel.check import ParsedFlow
    from tiercel.cli.options import Remote
    from tiercel.cli.sources import Document
    from tiercel.plugin.registry import Registry

NOTHING = "[bold red]error[/]: no flow file found"


def validate_here(registry: Registry, paths: Sequence[Path], *, word: str = "flow") -> int:
    """Check files; print a line for each and every problem; return 1 if any is refused."""
    failed = seen = 0
    for file in flow_files(paths):
        seen += 1
        try:
            parsed = parse_flow(read_source(file), registry)
        except TiercelError as error:
            failed += 1
            _show_refused(file, error, word)
            continue
        out.print(f"[green]✓[/] - {escape(parsed.flow.namespace)} / {escape(parsed.flow.id)}")
        _show_notes(parsed, file)
    if not seen:
        err.print(NOTHING)
        return 1
    return 1 if failed else 0


def _show_refused(file: Path, error: TiercelError, word: str) -> None:
    err.print(f"[bold red]✘[/] - {escape(str(file))}")
    complain(f"\tUnable to parse {word} due to the following error(s):")
    problems = error.problems if isinstance(error, InvalidFlowError) else [Problem(error.message)]
    for problem in problems:
        complain(f"\t- {_problem_line(problem, file)}")


def _problem_line(problem: Problem, file: Path) -> str:
    """Return ``message : path (file:line:column), hint``, what is known of it."""
    text = problem.message.rstrip()
    if problem.path:
        text += f" : {problem.path}"
    if problem.line:
        text += f" ({file}:{problem.line}:{problem.column})"
    return f"{text}; {problem.hint}" if problem.hint else text


def _show_notes(parsed: ParsedFlow, file: Path) -> None:
    for path in parsed.deprecated:
        out.print(f"[yellow]⚠[/] - {escape(path)} is deprecated")
    for warning in parsed.warnings:
        out.print(f"[yellow]⚠[/] - {escape(_problem_line(warning, file))}")
    for renamed in parsed.renamed:
        out.print(f"[blue]ℹ[/] - {escape(renamed)}")


def validate_remote(remote: Remote, paths: Sequence[Path], *, word: str = "flow") -> int:
    """Let a server check files; print a line for each; return 1 if any is refused."""
    documents = read_documents(paths)
    if not documents:
        err.print(NOTHING)
        return 1
    with Api(remote) as api:
        checked = api.sources("POST", f"/{word}s/validate", join(documents))
    failed = 0
    for item in checked:
        name = str(documents[item["index"]].file)
        if item.get("flow"):
            name = f"{item['namespace']}.{item['flow']}"
        if item.get("constraints"):
            failed += 1
            _show_constraints(name, item, word)
            continue
        out.print(f"[green]✓[/] - {escape(name)}")
        for warning in item.get("warnings", ()):
            out.print(f"[yellow]⚠[/] - {escape(warning)}")
    return 1 if failed else 0


def show_refused(api: Api, documents: Sequence[Document], word: str) -> bool:
    """Let a server check documents, and show what is wrong by file; return whether anything is."""
    checked = api.sources("POST", f"/{word}s/validate", join(documents))
    wrong = [item for item in checked if item.get("constraints")]
    for item in wrong:
        _show_constraints(str(documents[item["index"]].file), item, word)
    return bool(wrong)


def _show_constraints(name: str, item: Mapping[str, Any], word: str) -> None:
    err.print(f"[bold red]✘[/] - {escape(name)}")
    complain(f"\tUnable to parse {word}s due to the following error:")
    for line in str(item["constraints"]).splitlines():
        complain(f"\t- {line}")
