"""How command lines are read: names, values, mistakes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import pytest

from tiercel.cli.app import build_root
from tiercel.cli.command import Command, Group, Option, UsageError
from tiercel.cli.help import help_text, usage
from tiercel.cli.parsing import read_call

ROOT = Group("All commands.")


@dataclass(frozen=True, slots=True)
class Login:
    """Who asks."""

    user: Annotated[str, Option("Who.", env="TEST_CLI_USER")] = "nobody"
    headers: Annotated[list[str] | None, Option("Headers.")] = None


group = ROOT.group("file", "Files.")


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
) -> int:
    """Copy files.

    More about it.
    """
    return 0


def values(*words: str) -> dict[str, Any]:
    return dict(read_call(ROOT, ["file", "copy", *words]).values)


def refusal(*words: str) -> str:
    with pytest.raises(UsageError) as error:
        read_call(ROOT, words)
    return error.value.message


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
        (["--follow=false"], "follow", False),
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


def test_common_options_may_come_first():
    call = read_call(ROOT, ["-vv", "--config", "x.yml", "file", "copy", "a", "b", "-l", "warn"])
    assert isinstance(call.node, Command)
    assert (call.common.verbose, call.common.config) == (2, Path("x.yml"))
    assert (call.common.log_level, call.common.level) == ("WARN", "TRACE")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["fil"], "there is no command 'fil'; did you mean 'file'?"),
        (["file", "cpy"], "there is no command 'cpy'; did you mean 'copy'?"),
        (["--what", "file"], "there is no option '--what' here"),
        (["file", "copy", "a"], "SOURCES is missing"),
        (["file", "copy", "a", "b", "--cuont", "1"], "there is no option '--cuont'; did you mean"),
        (["file", "copy", "a", "b", "-x"], "there is no option '-x'"),
        (["file", "copy", "a", "b", "--count"], "--count needs a value"),
        (["file", "copy", "a", "b", "--count", "--dry"], "--count needs a value"),
        (["file", "copy", "a", "b", "--count", "few"], "--count wants a number, not 'few'"),
        (["file", "copy", "a", "b", "--mode", "x"], "--mode is one of fast, SAFE, not 'x'"),
        (["file", "copy", "a", "b", "--dry=maybe"], "--dry takes no value, or true or false"),
    ],
)
def test_wrong_use_is_told_in_one_line(words, message):
    assert refusal(*words).startswith(message)


def test_groups_and_help_words_show_help():
    assert read_call(ROOT, []).wants_help
    assert read_call(ROOT, ["file"]).wants_help
    assert read_call(ROOT, ["file", "copy", "--help"]).wants_help
    assert read_call(ROOT, ["file", "-V"]).wants_version


def test_help_names_every_argument_and_option():
    page = help_text(read_call(ROOT, ["file", "copy", "-h"]).node)
    assert page.startswith("Usage: tiercel file copy SOURCES… TARGET [OPTIONS]\n")
    for text in (
        "Copy files.",
        "-n, --count NUMBER",
        "-m, --mode fast|SAFE",
        "--delete, --no-delete",
        "--follow, --no-follow",
        "environment TEST_CLI_USER",
        "-l, --log-level",
        "tiercel file copy a b",
    ):
        assert text in page
    assert "\033" not in page


def all_commands() -> list[Command]:
    return [item for item in build_root().walk() if isinstance(item, Command)]


@pytest.mark.parametrize("command", all_commands(), ids=lambda item: " ".join(item.path))
def test_every_command_has_help_and_an_example(command):
    assert command.help.endswith((".", "…"))
    assert all(item.option.help for item in command.parameters())
    assert all(item.startswith(("tiercel ", "eval ")) for item in command.examples)
    assert command.examples
    assert usage(command).startswith(f"tiercel {' '.join(command.path)}")


@pytest.mark.parametrize("command", all_commands(), ids=lambda item: " ".join(item.path))
def test_names_of_options_mean_one_thing(command):
    from tiercel.cli.options import common_parameters

    names = [
        name
        for item in [*command.parameters(), *common_parameters()]
        if not item.is_argument
        for name in item.names
    ]
    assert len(names) == len(set(names))
    assert not {"-h", "-V", "--help", "--version"} & set(names)
