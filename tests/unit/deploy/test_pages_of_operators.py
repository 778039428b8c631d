"""What the pages for operators say is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tiercel.config.keys import key_of_variable

ROOT = Path(__file__).parents[3]
PAGES = [ROOT / "docs" / name for name in ("security.md", "scale.md", "faults.md")]
_NO_SETTINGS = ("TIERCEL_BUS_PASSWORD", "TIERCEL_FAULT_")
_TEST = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")


def named() -> list[tuple[str, str]]:
    return sorted({found for page in PAGES for found in _TEST.findall(page.read_text())})


@pytest.mark.parametrize(("file", "test"), named())
def test_a_test_that_is_promised_exists(file: str, test: str) -> None:
    assert f"def {test}(" in (ROOT / file).read_text()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_files_and_settings_that_are_named_exist(page: Path) -> None:
    text = page.read_text()
    for name in re.findall(r"`((?:deploy|docs|tests|src|bench)/[\w./-]+)`", text):
        assert (ROOT / name).exists(), name
    for name in re.findall(r"\b(?:KESTRA|TIERCEL)_[A-Z_]+\b", text):
        assert name.startswith(_NO_SETTINGS) or key_of_variable(name), name
