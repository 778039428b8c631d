"""What README and pages tell people to type or to open exists."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from tiercel.cli.app import build_root

ROOT = Path(__file__).parents[3]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
_CODE = re.compile(r"^```\w*\n(.*?)^```|`([^`\n]+)`", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_TARGET = re.compile(r"^([a-z-]+):", re.MULTILINE)


def code(page: Path) -> Iterator[str]:
    """Yield the lines of blocks of code, and what stands between backticks."""
    for block, span in _CODE.findall(page.read_text("utf-8")):
        yield from block.splitlines() if block else [span]


def commands(page: Path, program: str) -> list[str]:
    """Return the calls of a program that a page shows, without remarks behind them."""
    lines = (re.split(r"\s{2,}#?|\s#\s", line.strip())[0] for line in code(page))
    calls = (line.removeprefix(".venv/bin/") for line in lines)
    return [call for call in calls if call.startswith(f"{program} ")]


def alternatives(words: list[str]) -> Iterator[list[str]]:
    """Yield a call for each of the words that are written as ``one|other``."""
    for place, word in enumerate(words):
        if "|" in word and not word.startswith("-"):
            for choice in word.split("|"):
                yield from alternatives([*words[:place], choice, *words[place + 1 :]])
            return
    yield words


def check(words: list[str]) -> None:
    """Fail when a call names a command or an option that there is not."""
    command: click.Command = build_root()
    context = click.Context(command)
    rest = words[1:]
    while isinstance(command, click.Group) and rest and re.fullmatch(r"[a-z-]+", rest[0]):
        found = command.get_command(context, rest[0])
        assert found is not None, f"no command {rest[0]}"
        command, rest = found, rest[1:]
    known = {name for item in command.params for name in (*item.opts, *item.secondary_opts)}
    options = {word.partition("=")[0] for word in rest if re.match(r"--?[a-z]", word)}
    assert options <= known | {"--help", "--version"}, options - known


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_exist_with_their_options(page: Path) -> None:
    for line in commands(page, "tiercel"):
        for words in alternatives(shlex.split(line)):
            try:
                check(words)
            except AssertionError as error:
                pytest.fail(f"{line}: {error}")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_targets_of_make_exist(page: Path) -> None:
    targets = set(_TARGET.findall((ROOT / "Makefile").read_text("utf-8")))
    for line in commands(page, "make"):
        assert line.split()[1] in targets, line


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_to_files(page: Path) -> None:
    for link in _LINK.findall(page.read_text("utf-8")):
        if "://" not in link:
            file, _, _ = link.partition("#")
            assert not file or (page.parent / file).exists(), link


def test_files_that_the_architecture_names_exist() -> None:
    page = ROOT / "docs" / "architecture.md"
    rooms = ROOT / "src" / "tiercel"
    for name in re.findall(r"`([a-z_/]+\.(?:py|sql|md))`", page.read_text("utf-8")):
        places = [ROOT / name, rooms / name]
        assert any(place.exists() for place in places) or any(rooms.rglob(name)), name
