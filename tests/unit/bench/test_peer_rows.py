"""Rows of the comparison with others: kept, taken, and told."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from bench.peers import page, plot, sitting
from bench.peers.processes import PeerError
from bench.peers.rows import BY_KEY, Row, Trial, append, load, newest

ROW = Row(
    peer="Tiercel",
    measure="light",
    what="Return",
    version="0.1.0",
    command="POST /x",
    values=(0.3, 0.1, 0.2),
    busy=0.05,
    taken="2026-11-25T20:00:00+00:00",
)


def other(**changes: Any) -> Row:
    return replace(ROW, **{"peer": "Prefect", "version": "3.9.1", **changes})


def quiet() -> float:
    return 0.0


def taken(run: Any, times: int = 3, repeats: int = 3) -> Row:
    trial = Trial("how", run, "command", times=times)
    return sitting.taken("Prefect", "3", "light", trial, repeats, busy=quiet)


def test_a_later_row_of_a_name_takes_the_place_of_an_earlier() -> None:
    later = replace(ROW, values=(9.0,))
    assert newest([ROW, other(), later]) == [later, other()]


def test_rows_are_read_as_they_were_written(tmp_path: Path) -> None:
    path = tmp_path / "results" / "rows.jsonl"
    assert load(path) == []
    for row in (ROW, other(values=(), failure="PeerError: no")):
        append(path, row)
    assert load(path) == [ROW, other(values=(), failure="PeerError: no")]


def test_every_repetition_is_kept() -> None:
    values = iter([3.0, 1.0, 2.0])
    row = taken(lambda: next(values))
    assert (row.values, row.median) == ((3.0, 1.0, 2.0), 2.0)


@pytest.mark.parametrize(
    ("times", "repeats", "expected"), [(3, 1, 1), (3, 3, 3), (20, 3, 20), (20, 1, 7), (1, 1, 1)]
)
def test_short_trials_are_repeated_in_proportion(times: int, repeats: int, expected: int) -> None:
    assert len(taken(lambda: 1.0, times, repeats).values) == expected


def test_a_failure_is_told_and_keeps_what_was_measured() -> None:
    def acts() -> Iterator[float]:
        yield 1.0
        raise PeerError("database is locked\nmore")

    row = taken(acts().__next__)
    assert row.values == (1.0,)
    assert row.failure == "PeerError: database is locked"


def test_a_long_trial_is_not_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sitting, "BUDGET_SECONDS", -1.0)
    assert len(taken(lambda: 1.0).values) == 1


@pytest.mark.parametrize(
    ("value", "text"),
    [(1234.6, "1,235"), (640.2, "640"), (4.284, "4.28"), (0.2341, "0.234"), (0.00462, "0.0046")],
)
def test_figures_have_the_digits_that_mean_something(value: float, text: str) -> None:
    assert page.figure(value) == text


def test_a_table_has_the_best_first() -> None:
    text = page.table(BY_KEY["light"], [other(values=(9.0,)), ROW])
    assert text.index("| Tiercel |") < text.index("| Prefect |")
    assert "| Tiercel | Return | **0.2** | 0.1 to 0.3 | 3 | `POST /x` |" in text


def test_of_rates_the_highest_is_first() -> None:
    rows = [other(measure="burst", values=(1.0,)), replace(ROW, measure="burst", values=(640.0,))]
    text = page.table(BY_KEY["burst"], rows)
    assert text.index("| Tiercel |") < text.index("| Prefect |")


def test_what_has_no_figures_is_in_the_table_with_its_reason() -> None:
    text = page.table(BY_KEY["fan"], [other(measure="fan", values=(), failure="it ended")])
    assert text.endswith("| Prefect | Return | - | it ended | 0 | `POST /x` |")


def test_a_peer_that_wins_is_named_with_why() -> None:
    rows = [ROW, other(peer="Luigi (library)", values=(0.05,)), other(values=(0.6,))]
    text = page.lost(rows)
    assert "**Luigi (library)**, 0.05 beside 0.2 s: its tasks are functions" in text
    assert "Prefect" not in text


def test_a_win_without_a_reason_says_so() -> None:
    assert "not looked into yet" in page.lost([ROW, other(values=(0.1,))])


@pytest.mark.parametrize("changes", [{"is_main": False}, {"peer": page.FLOOR}, {"values": ()}])
def test_what_stands_for_no_peer_wins_nothing(changes: dict[str, Any]) -> None:
    assert page.winners([ROW, other(**{"values": (0.01,), **changes})]) == []


def test_a_run_replaces_the_section_and_nothing_else() -> None:
    first = page.replaced("# Page\n\ntext\n", "one")
    assert first == f"# Page\n\ntext\n\n{page.BEGIN}\none\n{page.END}\n"
    again = page.replaced(first + "\n## After\n", "two")
    assert again == f"# Page\n\ntext\n\n{page.BEGIN}\ntwo\n{page.END}\n## After\n"


def test_a_busy_machine_is_told() -> None:
    assert "upper bounds" not in page.section([ROW])
    text = page.section([ROW, other(busy=0.6)])
    assert "but for Prefect, Return (forty light tasks in sequence): 60%, whose figures" in text


def test_the_page_has_the_versions_and_a_plot(tmp_path: Path) -> None:
    path = tmp_path / "performance.md"
    path.write_text("# Performance\n")
    page.write_page(path, [ROW, other()])
    assert "Tiercel 0.1.0, Prefect 3.9.1" in path.read_text()
    assert (tmp_path / page.PLOT).read_text().count("<circle") == 2


def test_ten_times_as_much_is_as_far_everywhere() -> None:
    assert plot.places([0.1, 1.0, 10.0], 200.0) == pytest.approx([0.0, 100.0, 200.0])


def test_small_differences_look_small() -> None:
    assert plot.places([2.0, 2.0], 200.0) == [0.0, 0.0]
    assert plot.places([8.0, 9.6], 200.0)[1] < 20


def test_names_in_a_plot_are_text() -> None:
    panel = plot.Panel("a <b>", "s", [plot.Point("<i>", 1.0, "1", is_ours=True)])
    assert "<i>" not in plot.drawn([panel])
