"""How command lines are read: names, values, mistakes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import click
import pytest
from click.testing import CliRunner, Result

from tiercel.cli.app import build_root
from tiercel.cli.command import Command, Group
from tiercel.cli.options import Common
from tiercel.cli.parameters import Option

ROOT = Group("All commands.", "tiercel")
CALLS: list[dict[str, Any]] = []


@dataclass(frozen=True, slots=True)
class Login:
    """Who asks."""

    user: Annotated[str, Option("Who.", env="TEST_CLI_USER")] = "nobody"
    headers: Annotated[list[str] | None, Option("Headers.")] = None


group = ROOT.below("file", "Files.")


@group.command(examples=["tiercel file copy a b"])
def copy(
    sources: Annotated[list[Path], Option("What.")],
    target: Annotated[Path, Option("Where.")],
    /,
    *,
    count: Annotated[int, Option("How often.", ("-n", "--count"))] = 1,
    mode: Annotated[str, Option("How.", ("-m", "--mode"), ("fast", "SAFE"))] = "SAFE",
    delete: Annotated[bool, Option("Delete first.", negative=True)] = False,
    follow: Annotated[bool, Option("Go on.")] = True,
    dry: Annotated[bool, Option("Nothing.", ("-d", "--dry"))] = False,
    login: Login,
    common: Common,
) -> int:
    """Copy files.

    More about it.
    """
    CALLS.append(locals())
    return 0


def call(*words: str) -> Result:
    return CliRunner().invoke(ROOT, words, prog_name="tiercel")


def values(*words: str) -> dict[str, Any]:
    CALLS.clear()
    assert call("file", "copy", *words).output == ""
    return CALLS.pop()


def test_what_is_not_given_has_its_default():
    assert values("a", "b") == {
        "sources": [Path("a")],
        "target": Path("b"),
        "count": 1,
        "mode": "SAFE",
        "delete": False,
        "follow": True,
        "dry": False,
        "login": Login(),
        "common": Common(),
    }


def test_the_last_argument_stays_for_the_one_that_is_required():
    assert values("a", "b", "c")["sources"] == [Path("a"), Path("b")]


@pytest.mark.parametrize(
    ("words", "name", "value"),
    [
        (["--count", "3"], "count", 3),
        (["--count=3"], "count", 3),
        (["-n3"], "count", 3),
        (["-dn", "-3"], "count", -3),
        (["--mode", "FAST"], "mode", "fast"),
        (["--delete"], "delete", True),
        (["--delete", "--no-delete"], "delete", False),
        (["--no-follow"], "follow", False),
        (["--user", "a:b:c"], "login", Login(user="a:b:c")),
        (["--headers", "a=1", "--headers=b=2"], "login", Login(headers=["a=1", "b=2"])),
    ],
)
def test_options_may_stand_before_and_after_arguments(words, name, value):
    assert values(*words, "a", "b")[name] == value
    assert values("a", *words, "b")[name] == value
    assert values("a", "b", *words)[name] == value


def test_after_two_dashes_all_is_argument():
    assert values("--", "--count", "-b")["sources"] == [Path("--count")]


def test_a_variable_of_the_environment_counts_when_the_option_is_not_given(monkeypatch):
    monkeypatch.setenv("TEST_CLI_USER", "ops:x")
    assert values("a", "b")["login"].user == "ops:x"
    assert values("a", "b", "--user", "me:y")["login"].user == "me:y"


def test_common_options_may_come_first(monkeypatch):
    monkeypatch.setenv("KESTRA_PLUGINS_PATH", "variable")
    first = ["-vv", "--config", "x.yml", "--plugins", "here"]
    call(*first, "file", "copy", "a", "b", "-l", "warn")
    common = CALLS.pop()["common"]
    assert (common.verbose, common.config, common.plugins) == (2, Path("x.yml"), Path("here"))
    assert (common.log_level, common.level) == ("WARN", "TRACE")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["fil"], "No such command 'fil'. Did you mean 'file'?"),
        (["file", "cpy"], "No such command 'cpy'. Did you mean 'copy'?"),
        (["--what", "file"], "No such option '--what'."),
        (["file", "copy", "a"], "Missing argument 'SOURCES...'."),
        (
            ["file", "copy", "a", "b", "--cuont", "1"],
            "No such option '--cuont'. (Did you mean one of: '--config', '--count'?)",
        ),
        (["file", "copy", "a", "b", "-x"], "No such option '-x'."),
        (["file", "copy", "a", "b", "--count"], "Option '--count' requires an argument."),
        (
            ["file", "copy", "a", "b", "--count", "few"],
            "Invalid value for '-n' / '--count': 'few' is not a valid integer.",
        ),
        (
            ["file", "copy", "a", "b", "--mode", "x"],
            "Invalid value for '-m' / '--mode': 'x' is not one of 'fast', 'SAFE'.",
        ),
        (["file", "copy", "a", "b", "--dry=maybe"], "Option '--dry' does not take a value."),
    ],
)
def test_wrong_use_is_told_in_one_line_with_the_usage(words, message):
    done = call(*words)
    assert done.exit_code == 2
    assert done.stderr.startswith("Usage: tiercel ")
    assert done.stderr.splitlines()[-1] == f"Error: {message}"


def test_groups_and_help_words_show_help():
    assert call().stdout.startswith("Usage: tiercel [OPTIONS] COMMAND")
    assert call("-v", "file").stdout.startswith("Usage: tiercel file [OPTIONS] COMMAND")
    assert call("file", "-V").stdout[0].isdigit()
    assert call().exit_code == call("file").exit_code == call("file", "-V").exit_code == 0


def test_help_names_every_argument_and_option():
    page = call("file", "copy", "--help").stdout
    assert page.startswith("Usage: tiercel file copy [OPTIONS] SOURCES... TARGET\n")
    assert page == call("file", "copy", "-h").stdout
    for text in (
        "Copy files.",
        "-n, --count INTEGER",
        "-m, --mode fast|SAFE",
        "--delete / --no-delete",
        "--follow / --no-follow",
        "[env var: TEST_CLI_USER;",
        "-l, --log-level",
        "tiercel file copy a b",
    ):
        assert text in page
    assert "\033" not in page


def all_commands() -> list[click.Context]:
    return [item for item in build_root().walk() if isinstance(item.command, Command)]


@pytest.mark.parametrize("context", all_commands(), ids=lambda item: item.command_path)
def test_every_command_has_help_and_an_example(context):
    command = context.command
    assert command.short_help.endswith((".", "…"))
    assert all(item.help for item in command.params)
    assert all(item.startswith(("tiercel ", "eval ")) for item in command.examples)
    assert command.examples
    assert context.get_help().startswith("\x1b[1mUsage: \x1b[0m" + context.command_path)


@pytest.mark.parametrize("context", all_commands(), ids=lambda item: item.command_path)
def test_names_of_options_mean_one_thing(context):
    options = [item for item in context.command.get_params(context) if item.opts]
    names = [name for item in options for name in (*item.opts, *item.secondary_opts)]
    assert len(names) == len(set(names))
    assert len(options) == len({item.name for item in options})
