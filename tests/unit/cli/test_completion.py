"""What completion offers."""

from __future__ import annotations

import pytest

from tiercel.cli.app import build_root
from tiercel.cli.completion import SCRIPTS, next_words


def offered(*line: str) -> list[str]:
    return [word for word, _ in next_words(build_root(), line)]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (["fl"], ["flow"]),
        (["flow", "val"], ["validate"]),
        (["flow", "namespace", ""], ["update"]),
        (["nonsense", ""], []),
        (["flow", "validate", ""], [":files"]),
        (["flow", "validate", "a.yaml", ""], [":files"]),
        (["executions", "list", "--sta"], ["--state"]),
        (["executions", "list", "--state", "PA"], ["PAUSED"]),
        (["executions", "list", "--limit", "3", "--output", "j"], ["json"]),
        (["flow", "updates", "--no-d"], ["--no-delete"]),
        (["flow", "update", "--server", "http://x", "f.yaml", "ns", ""], []),
        (["kv", "set", "ns", "k", "--file-value", ""], [":files"]),
    ],
)
def test_the_words_that_fit_are_offered(line, words):
    assert offered(*line) == words


def test_every_group_is_offered_with_its_help():
    assert all(text for _, text in next_words(build_root(), [""]))


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_scripts_ask_the_program(shell):
    assert "tiercel completion words" in SCRIPTS[shell]
