"""The reference of all settings, written from their declarations.

``python -m tiercel.config.docs docs/configuration.md`` writes it.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from tiercel.config.keys import ANY, Key, all_keys, variable_names
from tiercel.config.section import Section
from tiercel.config.sections import SECTIONS
from tiercel.config.shown import shown_value
from tiercel.config.unused import REFUSED, UNUSED

_HEAD = """\
# Configuration

Made from the declarations in `src/tiercel/config` by `python -m tiercel.config.docs`; change it
there.

A server needs no configuration: by default it runs an embedded PostgreSQL and NATS, listens on
loopback and keeps everything in the user's data directory. What is set is set in YAML or in
environment variables, with the keys that Kestra has for the same thing, so that a compose file or
a configuration file of Kestra is taken as it is.

## Where settings come from

From the most important:

1. Options of a command: `--port`, `--host`, `--data-dir`, `--database-url`, `--bus-url`,
   `--thread`, `--worker-group`.
2. The file of `--config` (`-c`), else the one that `TIERCEL_CONFIG` names, else
   `~/.kestra/config.yml` if there is one.
3. Environment variables of single settings, such as `KESTRA_SERVER_BASIC_AUTH_PASSWORD`.
4. `KESTRA_CONFIGURATION`: a whole YAML text, as compose files have it.
5. The files in `MICRONAUT_CONFIG_FILES` (with commas; the last counts most).
6. `application.yml` in the folder `KESTRA_CONFIGURATION_PATH`.
7. The defaults below.

Maps are merged key by key, lists are replaced. `null` sets nothing, an empty variable neither.

## How keys are written

- `basic-auth`, `basicAuth`, `basic_auth` and `basicauth` are the same key.
- What begins with `kestra.` may begin with `tiercel.`, and the other way round.
- `micronaut.server: {port: 8080}`, `micronaut.server.port: 8080` and the same in nested maps are
  equal.
- An environment variable is the key in capitals with `_` for dots; hyphens may be `_` or left out:
  `KESTRA_SERVER_BASIC_AUTH_ENABLED`, `KESTRA_SERVER_BASICAUTH_ENABLED`. Lists are texts with
  commas or YAML, maps are YAML or JSON; `…_GLOBALS_TEAM` sets one name of a map.
- `${NAME}` and `${NAME:default}` in YAML are the environment variable `NAME`, or the value of
  another key. The default may hold placeholders; between backticks it is taken as it is. Without a
  value and a default the configuration is refused. Values of variables are taken as they are.

A value that is not what it must be is refused, with file, line, column and key. A key that nobody
knows is named when a server starts, with the nearest one that is known. Keys that have nothing to
do here are named in one line each; they are listed at the end.

Secrets of flows are variables `SECRET_<NAME>` with a value in base64, or are kept by the server;
they are no part of the configuration.
"""


def configuration_page() -> str:
    """Return the page, in Markdown."""
    sections = ("\n".join(_section(name, section)) for name, section in SECTIONS.items())
    return "\n".join((_HEAD, *sections, "\n".join(_without_effect())))


def _section(name: str, section: type[Section]) -> Iterator[str]:
    yield f"## {section.title}\n"
    yield f"{(section.__doc__ or '').strip()}\n"
    yield "| Key | Type | Default | Environment variable | What it does |"
    yield "|---|---|---|---|---|"
    for key in all_keys():
        if key.section == name:
            yield "| " + " | ".join(_row(key)) + " |"
    yield ""


def _row(key: Key) -> Iterator[str]:
    yield f"`{key.name.replace(ANY, '<name>')}`"
    yield _type(key)
    default = shown_value(key.default) if key.kind not in ("map", "tree") else ""
    yield f"`{default}`" if default else ""
    yield f"`{next(variable_names(key.name)).replace(ANY, '<NAME>')}`"
    also = ", ".join(f"`{name}`" for name in key.names[1:])
    yield key.description + (f" Also {also}." if also else "")


def _type(key: Key) -> str:
    """Return the type of a key; the words that are allowed where there are few."""
    return key.says.what if key.says.kind == "word" else key.says.kind


def _without_effect() -> Iterator[str]:
    yield "## Taken without effect\n"
    yield "Everything below these keys belongs to them.\n"
    yield "| Key | Why |"
    yield "|---|---|"
    for key, reason in sorted(UNUSED.items()):
        yield f"| `{key.replace(ANY, '<name>')}` | {reason} |"
    for key, (reason, hint) in sorted(REFUSED.items()):
        yield f"| `{key}` | {reason}: refused when `enabled` is true; {hint} |"
    yield ""


def main(words: list[str]) -> int:
    """Write the page to a file, or to standard output."""
    if words:
        Path(words[0]).write_text(configuration_page(), "utf-8")
    else:
        sys.stdout.write(configuration_page())
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
