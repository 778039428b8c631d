"""jq programs, with bounds on their time and memory.

Programs that only walk the input run in this process. The rest, which may loop or grow without end,
run in a child process that has no environment, little memory and a deadline.
"""

from __future__ import annotations

import json
import re
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from tiercel.expressions.environment import Meter
from tiercel.expressions.errors import ExpressionError
from tiercel.expressions.json_reader import read_json
from tiercel.expressions.limits import ELEMENTS, OUTPUT_CHARACTERS, exceeded

_LONGEST_PROGRAM: Final = 20_000
_WALKED_NODES: Final = 2_000_000
_TOKEN: Final = re.compile(
    r'\s+|#[^\n]*|("(?:[^"\\]|\\[^(])*")|\.([A-Za-z_]\w*)|([A-Za-z_]\w*)(\s*:)?|[0-9]+(?:\.[0-9]+)?'
    r"|(\[\]|\.\.)|//|==|!=|<=|>=|[][.{}()|,;:?<>+/-]",
    re.ASCII,
)
_MODULE_WORDS: Final = re.compile(
    r'"(?:[^"\\]|\\.)*"|\.\s*\w+'
    r"|\b(import|include|modulemeta|input_filename|get_search_list)\b(?!\s*:)",
    re.DOTALL,
)
_WALKING: Final = frozenset(
    [
        "abs",
        "add",
        "all",
        "and",
        "any",
        "ascii_downcase",
        "ascii_upcase",
        "ceil",
        "contains",
        "elif",
        "else",
        "empty",
        "end",
        "endswith",
        "error",
        "false",
        "first",
        "flatten",
        "floor",
        "from_entries",
        "group_by",
        "has",
        "if",
        "index",
        "inside",
        "join",
        "keys",
        "keys_unsorted",
        "last",
        "length",
        "ltrimstr",
        "map",
        "map_values",
        "max",
        "max_by",
        "min",
        "min_by",
        "not",
        "null",
        "or",
        "reverse",
        "round",
        "rtrimstr",
        "select",
        "sort",
        "sort_by",
        "split",
        "startswith",
        "then",
        "to_entries",
        "tojson",
        "tonumber",
        "tostring",
        "true",
        "type",
        "unique",
        "unique_by",
        "values",
    ]
)
_REPEATING: Final = frozenset(
    {"map", "map_values", "any", "all", "group_by", "sort_by", "unique_by"}
)


def run_jq(meter: Meter, program: str, document: str) -> list[Any]:
    """All outputs of a program for one input.

    Args:
        meter: Of the render that asks.
        program: A jq program.
        document: The input as JSON.

    Raises:
        ExpressionError: Kind ``value`` when the program is bad, fails, or hits a bound.
    """
    if len(program) > _LONGEST_PROGRAM:
        raise exceeded("characters in a jq program", f"{_LONGEST_PROGRAM:,}")
    loops = _loops(program)
    nodes = document.count(",") + document.count(":") + 2
    what = f"the jq program `{program[:100]}`"
    if loops is not None and (loops < 2 or nodes**loops <= _WALKED_NODES):
        return meter.pattern(what, lambda left: _run_here(program, document))
    return meter.pattern(what, lambda left: _run_apart(program, document, left))


@lru_cache(maxsize=256)
def _loops(program: str) -> int | None:
    """How many loops over the input a program nests at most; None when it is more than a walk."""
    position = loops = 0
    while position < len(program):
        match = _TOKEN.match(program, position)
        if match is None:
            return None
        _, _, word, colon, each = match.groups()
        if word is not None and colon is None and word not in _WALKING:
            return None
        if each is not None or word in _REPEATING:
            loops += 1
        position = match.end()
    return loops


@lru_cache(maxsize=256)
def _compiled(program: str) -> Any:
    import jq

    try:
        return jq.compile(program)
    except ValueError as error:
        raise _failed(program, str(error)) from error


def _failed(program: str, why: str) -> ExpressionError:
    reason = " ".join(why.split())[:300]
    return ExpressionError("value", f"jq program `{program[:100]}` failed: {reason}")


def _run_here(program: str, document: str) -> list[Any]:
    try:
        text = _compiled(program).input_text(document).text()
    except ValueError as error:
        raise _failed(program, str(error)) from error
    return _outputs(text)


def _outputs(text: str) -> list[Any]:
    """Values of a text that has one in each line."""
    if len(text) > OUTPUT_CHARACTERS:
        raise exceeded("characters in the outputs of jq", f"{OUTPUT_CHARACTERS:,}")
    lines = text.splitlines() if text.isascii() else text.split("\n")
    if len(lines) > ELEMENTS:
        raise exceeded("outputs of jq", f"{ELEMENTS:,}")
    return [read_json(line) for line in lines if line]


def _run_apart(program: str, document: str, seconds: float) -> list[Any]:
    for match in _MODULE_WORDS.finditer(program):
        if match[1] is not None:
            raise _failed(program, f"`{match[1]}` is not available")
    import subprocess
    import sys

    import jq

    package = Path(jq.__file__).parent
    child = Path(__file__).with_name("jq_child.py")
    request = json.dumps([program, document]).encode()
    try:
        done = subprocess.run(
            [sys.executable, "-I", "-S", str(child), str(package), str(OUTPUT_CHARACTERS)],
            input=request,
            capture_output=True,
            timeout=seconds,
            env={},
            check=False,
            cwd="/",
        )
    except subprocess.TimeoutExpired as error:
        raise TimeoutError from error
    answer = done.stdout.decode("utf-8", "replace")
    if done.returncode != 0 or not answer:
        raise _failed(program, "it needed too much memory or time")
    if answer[0] == "E":
        raise _failed(program, answer[1:])
    return _outputs(answer[1:])
