"""JSON as it is stored: order kept, and nothing a task returns can break it."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import PurePosixPath

import pytest

from tiercel.model.execution import Execution, Label
from tiercel.model.news import AttemptEnded, Created, KillRequested, News, TimerDue
from tiercel.model.state import State, StateType
from tiercel.store.codec import (
    decode_any,
    decode_execution,
    decode_news,
    encode,
    encode_labels,
    storable_text,
)

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    "news",
    [
        Created(),
        KillRequested(),
        TimerDue("run", "sleep", 2),
        AttemptEnded("run", "try", 1, "w", StateType.SUCCESS, NOW, NOW, {"b": 1, "a": [None]}),
    ],
)
def test_news_comes_back_as_its_kind(news: News) -> None:
    assert decode_news(encode(news)) == news


def test_an_execution_comes_back_with_its_keys_in_order() -> None:
    execution = Execution(
        id="one",
        namespace="n",
        flow_id="f",
        flow_revision=1,
        state=State.created(NOW),
        original_id="one",
        inputs={"zebra": {"b": 1, "a": 2}, "ant": "\x00"},
        labels=(Label("k", "v"),),
    )
    again = decode_execution(encode(execution))
    assert again == execution
    assert list(again.inputs) == ["zebra", "ant"]


@pytest.mark.parametrize(
    ("value", "stored"),
    [
        ({"path": PurePosixPath("/a")}, {"path": "/a"}),
        ({"number": Decimal("1.50")}, {"number": "1.50"}),
        ({"half": ["\ud83d"]}, {"half": ["\ufffd"]}),
        ({"\udc00key": {1: ("a", None)}}, {"\ufffdkey": {"1": ["a", None]}}),
        ({None: "\udc00", 2.5: b"x"}, {"None": "\ufffd", "2.5": "eA=="}),
        ({"date": NOW}, {"date": "2026-03-01T12:00:00Z"}),
        ({"big": 2**80, "not": float("nan")}, {"big": float(2**80), "not": None}),
    ],
)
def test_values_json_has_no_word_for_are_kept_as_text(value: object, stored: object) -> None:
    assert decode_any(encode(value)) == stored


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        ("plain", "plain"),
        ("a\x00b", "a\ufffdb"),
        ("é😀", "é😀"),
        ("\ud800x\udc00", "\ufffdx\ufffd"),
        ("\ud83d\ude00", "😀"),
    ],
)
def test_text_is_made_fit_for_a_column(text: str, stored: str) -> None:
    assert storable_text(text) == stored


def test_labels_are_a_list_in_order() -> None:
    labels = (Label("b", "1"), Label("a", "x\x00"))
    assert decode_any(encode_labels(labels)) == [
        {"key": "b", "value": "1"},
        {"key": "a", "value": "x\ufffd"},
    ]
