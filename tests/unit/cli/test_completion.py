"""What completion offers."""

from __future__ import annotations

import pytest
from click.shell_completion import CompletionItem, ShellComplete

from tiercel.cli.app import build_root


def offers(*line: str) -> list[CompletionItem[str]]:
    *before, typed = line
    return ShellComplete(build_root(), {}, "tiercel", "_").get_completions(before, typed)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (["fl"], ["flow"]),
        (["flow", "val"], ["validate"]),
        (["flow", "namespace", ""], ["update"]),
        (["executions", "list", "--sta"], ["--state"]),
        (["executions", "list", "--state", "pa"], ["PAUSED"]),
        (["executions", "list", "--limit", "3", "--output", "j"], ["json"]),
        (["flow", "updates", "--no-d"], ["--no-delete"]),
        (["flow", "update", "--server", "http://x", "f.yaml", "ns", ""], []),
    ],
)
def test_the_words_that_fit_are_offered(line, words):
    assert [item.value for item in offers(*line)] == words


@pytest.mark.parametrize(
    "line",
    [
        ["flow", "validate", ""],
        ["flow", "validate", "a.yaml", ""],
        ["kv", "set", "ns", "k", "--file-value", ""],
    ],
)
def test_files_are_offered_where_a_path_is_wanted(line):
    assert [item.type for item in offers(*line)] == ["file"]


def test_every_group_is_offered_with_its_help():
    assert all(item.help for item in offers(""))
