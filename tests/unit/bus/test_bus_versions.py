"""What an earlier version wrote, on the bus and in rows, is still read and means the same."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from version_samples import DATA, DECODERS, read, written

FILES = sorted(DATA.glob("messages_v*.json"))


def kept(meant: Any, means: Any) -> bool:
    """Whether all that was meant is there; more may be beside it."""
    if isinstance(meant, dict) and isinstance(means, dict):
        return all(key in means and kept(meant[key], means[key]) for key in meant)
    if isinstance(meant, list) and isinstance(means, list):
        return len(meant) == len(means) and all(map(kept, meant, means))
    return bool(meant == means)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_everything_that_was_written_is_read(path: Path) -> None:
    for name, item in json.loads(path.read_text()).items():
        means = read(name, base64.b64decode(item["data"]))
        assert kept(item["means"], means), name


def test_everything_that_is_written_has_a_sample() -> None:
    assert set(json.loads(FILES[-1].read_text())) == set(DECODERS) == set(written())


@pytest.mark.parametrize("name", sorted(DECODERS))
def test_what_a_later_version_adds_is_passed_over(name: str) -> None:
    data = written()[name]
    is_row = name.startswith("row ")
    plain = msgspec.json.decode(data) if is_row else msgspec.msgpack.decode(data)
    for value in plain if isinstance(plain, list) else [plain]:
        value["addedLater"] = {"by": "the next version"}
    later = msgspec.json.encode(plain) if is_row else msgspec.msgpack.encode(plain)
    assert read(name, later) == read(name, data)
