"""Commands and options that scripts written for Kestra type."""

from __future__ import annotations

import click
import pytest

from tiercel.cli.app import build_root
from tiercel.cli.options import Remote

COMMON = "-v --verbose -l --log-level --internal-log -c --config -p --plugins --help"
REMOTE = "--server --user --api-token --headers --tenant"
SKIPPING = "--skip-executions --skip-flows --skip-namespaces --skip-tenants"
EXECUTORS = f"{SKIPPING} --start-executors --not-start-executors"
ALONE = f"--port -f --flow-path --worker-thread --no-tutorials --no-indexer {EXECUTORS}"
DELETE = "--delete --no-delete"
COMMANDS = {
    "server standalone": ALONE,
    "server local": ALONE,
    "server executor": f"--port {EXECUTORS}",
    "server scheduler": "--port",
    "server indexer": "--port",
    "server webserver": "--port --no-tutorials --no-indexer",
    "server worker": "--port -t --thread -g --worker-group",
    "flow validate": f"--local {REMOTE}",
    "flow create": REMOTE,
    "flow update": REMOTE,
    "flow updates": f"{DELETE} {REMOTE}",
    "flow delete": REMOTE,
    "flow namespace update": f"{DELETE} --override-namespaces {REMOTE}",
    "flow export": f"--namespace {REMOTE}",
    "flow test": "",
    "flow dot": "",
    "flow expand": "",
    "namespace files update": f"--delete {REMOTE}",
    "namespace kv update": f"-e --expiration -t --type -f --file-value {REMOTE}",
    "plugins install": "--repositories",
    "plugins list": "--core",
    "plugins doc": "--core --icons --schema",
    "template validate": f"--local {REMOTE}",
    "template export": f"--namespace {REMOTE}",
    "template namespace update": f"{DELETE} {REMOTE}",
    "sys reindex": "-t",
    "sys database migrate": "",
    "sys submit-queued-execution": "",
    "sys state-store migrate": "",
    "configs properties": "",
    "migrate default-tenant": "--tenant-id --dry-run",
    "migrate metadata kv": "",
    "migrate metadata secrets": "",
    "migrate metadata nsfiles": "",
}


def command_of(words: str) -> click.Command:
    found: click.Command = build_root()
    for word in words.split():
        assert isinstance(found, click.Group)
        below = found.get_command(click.Context(found), word)
        assert below is not None, words
        found = below
    return found


@pytest.mark.parametrize("words", COMMANDS)
def test_every_option_that_is_known_elsewhere_is_known_here(words: str) -> None:
    command = command_of(words)
    context = click.Context(command)
    known = {
        name for item in command.get_params(context) for name in (*item.opts, *item.secondary_opts)
    }
    assert {*f"{COMMON} {COMMANDS[words]}".split()} - known == set()
    assert command.help
    assert all(item.help for item in command.params if isinstance(item, click.Option))


def test_whatever_lists_prints_for_people_and_for_programs() -> None:
    lists = [
        context.command
        for context in build_root().walk()
        if context.info_name in ("list", "search", "progress", "doctor", "get", "logs")
        and context.command_path != "tiercel flow get"  # prints the source as it is
    ]
    assert len(lists) > 12
    for command in lists:
        [output] = [item for item in command.params if item.name == "output"]
        assert isinstance(output.type, click.Choice)
        assert {"json", "yaml"} < set(output.type.choices), command.name


def test_a_server_is_named_whatever_its_address() -> None:
    assert not Remote().is_named
    assert Remote().url == "http://localhost:8080"
    assert Remote(server="http://localhost:8080").is_named
