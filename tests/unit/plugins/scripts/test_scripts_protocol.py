from __future__ import annotations

from pathlib import Path

import pytest

from context import FakeTaskContext, Metric
from tiercel.model.task import LogLevel
from tiercel.plugins.scripts.protocol import OutputReader


@pytest.fixture
def context(tmp_path: Path) -> FakeTaskContext:
    return FakeTaskContext(tmp_path)


@pytest.fixture
def reader(context: FakeTaskContext) -> OutputReader:
    return OutputReader(context)


def test_lines_are_logged_by_stream(reader: OutputReader, context: FakeTaskContext):
    reader(" out ", is_stderr=False)
    reader("", is_stderr=False)
    reader("err", is_stderr=True)
    assert context.logs == [
        (LogLevel.INFO, " out "),
        (LogLevel.INFO, ""),
        (LogLevel.ERROR, "err"),
    ]
    assert reader.counts == [2, 1]


def test_outputs_keep_their_types_and_the_last_wins(reader: OutputReader):
    reader('::{"outputs":{"test":"value","int":2,"bool":true,"float":3.65}}::', is_stderr=False)
    reader('::{"outputs":{"int":3,"none":null}}::', is_stderr=True)
    assert reader.variables == {
        "test": "value",
        "int": 3,
        "bool": True,
        "float": 3.65,
        "none": None,
    }


def test_messages_are_counted_but_not_logged(reader: OutputReader, context: FakeTaskContext):
    reader('::{"outputs":{}}::', is_stderr=False)
    assert context.logs == []
    assert reader.counts == [1, 0]


def test_metrics_are_published_timers_in_milliseconds(
    reader: OutputReader, context: FakeTaskContext
):
    reader(
        '::{"metrics":[{"name":"c","type":"counter","value":2,"tags":{"a":"b"}},'
        '{"name":"t","type":"timer","value":1.5},{"name":"d","type":"timer","value":"PT2S"},'
        '{"name":"g","type":"gauge","value":7,"tags":{}}]}::',
        is_stderr=False,
    )
    assert context.metrics == [
        Metric("counter", "c", 2.0, {"a": "b"}),
        Metric("timer", "t", 1500.0),
        Metric("timer", "d", 2000.0),
        Metric("gauge", "g", 7.0),
    ]


def test_logs_come_at_their_level(reader: OutputReader, context: FakeTaskContext):
    reader('::{"logs":[{"level":"TRACE","message":"deep"}]}::', is_stderr=False)
    assert context.logs == [(LogLevel.TRACE, "deep")]


def test_a_message_that_is_no_json_is_dropped(reader: OutputReader, context: FakeTaskContext):
    line = '::{"outputs":{"a":1}::'
    reader(line, is_stderr=False)
    assert context.logs == [(LogLevel.WARN, f"Invalid outputs '{line}'")]
    assert reader.variables == {}


@pytest.mark.parametrize(
    ("entry", "warning"),
    [
        ('"metrics":[{"name":"x","type":"other","value":1}]', "Invalid metric '{"),
        ('"metrics":[{"name":"x","type":"timer","value":"soon"}]', "not a duration: 'soon'"),
        ('"metrics":[{"name":"x","type":"counter","value":1,"tags":3}]', "tags must be a map"),
        ('"metrics":[3]', "Invalid metric '3'"),
        ('"metrics":3', "Invalid metrics '3': it must be a list"),
        ('"logs":[{"level":"LOUD","message":"x"}]', "'LOUD'"),
        ('"logs":["text"]', "it needs a level and a message"),
    ],
)
def test_a_broken_entry_is_named_and_the_good_ones_count(
    reader: OutputReader, context: FakeTaskContext, entry: str, warning: str
):
    reader('::{"outputs":{"a":1},' + entry + "}::", is_stderr=False)
    assert reader.variables == {"a": 1}
    ((level, text),) = context.logs
    assert level is LogLevel.WARN
    assert warning in text


def test_good_metrics_beside_a_broken_one(reader: OutputReader, context: FakeTaskContext):
    reader(
        '::{"outputs":[1],"metrics":[{"type":"counter"},{"name":"c","type":"counter","value":1}],'
        '"logs":[{"level":"INFO","message":"said"}]}::',
        is_stderr=False,
    )
    assert context.metrics == [Metric("counter", "c", 1.0)]
    assert context.messages(LogLevel.INFO) == ["said"]
    assert len(context.messages(LogLevel.WARN)) == 2


@pytest.mark.parametrize("line", [' ::{"outputs":{}}::', '::{"outputs":{}}:: ', "::x::"])
def test_a_line_that_is_not_all_message_is_text(
    reader: OutputReader, context: FakeTaskContext, line: str
):
    reader(line, is_stderr=False)
    assert context.logs == [(LogLevel.INFO, line)]
