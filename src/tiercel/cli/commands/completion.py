"""``tiercel completion``: scripts that make shells ask the program what may come next."""

from __future__ import annotations

from tiercel.cli.command import PROGRAM, Group

group = Group()


@group.command(examples=['eval "$(tiercel completion bash)"   # in ~/.bashrc'])
def bash() -> int:
    """Print completion for bash 4.4 or later."""
    return _script("bash")


@group.command(examples=['eval "$(tiercel completion zsh)"   # in ~/.zshrc, after compinit'])
def zsh() -> int:
    """Print completion for zsh."""
    return _script("zsh")


@group.command(examples=["tiercel completion fish > ~/.config/fish/completions/tiercel.fish"])
def fish() -> int:
    """Print completion for fish."""
    return _script("fish")


def _script(shell: str) -> int:
    from click.shell_completion import shell_complete

    from tiercel.cli.app import COMPLETION, build_root

    return shell_complete(build_root(), {}, PROGRAM, COMPLETION, f"{shell}_source")
