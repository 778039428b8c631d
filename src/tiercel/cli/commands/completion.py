"""``tiercel completion``: scripts for shells, and the words they offer."""

from __future__ import annotations

from typing import Annotated

from tiercel.cli.command import Group, Option

group = Group()


@group.command(examples=['eval "$(tiercel completion bash)"   # in ~/.bashrc'])
def bash() -> int:
    """Print completion for bash."""
    return _script("bash")


@group.command(examples=['eval "$(tiercel completion zsh)"   # in ~/.zshrc, after compinit'])
def zsh() -> int:
    """Print completion for zsh."""
    return _script("zsh")


@group.command(examples=["tiercel completion fish > ~/.config/fish/completions/tiercel.fish"])
def fish() -> int:
    """Print completion for fish."""
    return _script("fish")


@group.command(examples=["tiercel completion words -- flow val"])
def words(
    line: Annotated[
        list[str] | None,
        Option("What is typed so far, without the program's name.", metavar="WORD"),
    ] = None,
    /,
    *,
    with_help: Annotated[bool, Option("Add a tab and the help of each word.")] = False,
) -> int:
    """Print what may come next, a word a line; `:files` stands for files. The scripts call it."""
    import sys

    from tiercel.cli.app import build_root
    from tiercel.cli.completion import next_words

    for word, text in next_words(build_root(), line or [""]):
        sys.stdout.write(f"{word}\t{text}\n" if with_help and text else f"{word}\n")
    return 0


def _script(shell: str) -> int:
    import sys

    from tiercel.cli.completion import SCRIPTS

    sys.stdout.write(SCRIPTS[shell])
    return 0
