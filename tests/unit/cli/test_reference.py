"""The page about the command line."""

from __future__ import annotations

from pathlib import Path

from tiercel.cli.reference import reference

PAGE = Path(__file__).parents[3] / "docs" / "cli.md"


def test_the_page_is_what_the_commands_say():
    assert PAGE.read_text("utf-8") == reference(), (
        "make it anew: python -m tiercel.cli.reference > docs/cli.md"
    )
