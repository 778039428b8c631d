"""Long executions take turns with others, and come back when their executor is lost."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from tiercel.engine import ExecutionState
from tiercel.model.execution import Execution
from tiercel.model.news import Continued, Created
from tiercel.model.state import State
from tiercel.services.continuing import Continuing
from tiercel.services.round import Finished
from tiercel.services.step import StepOutcome
from tiercel.store import Claim, StoredNews

NOW = datetime(2026, 1, 1, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def done(key: str = "long", *, continues: bool = True, ended: bool = False, news=()) -> Finished:
    claim = Claim(key, 1, "company.team", "flow", 1, [StoredNews(1, item) for item in news])
    state = ExecutionState(Execution(key, "company.team", "flow", 1, State.created(NOW), key))
    return Finished(claim, state, StepOutcome(continues=continues, ended=ended), list(news))


def test_news_of_others_comes_every_other_round() -> None:
    continuing = Continuing()
    assert continuing.choose(NOW, others_wait=False) is None
    continuing.note([done()])
    turns = [continuing.choose(NOW, others_wait=True) for _ in range(4)]
    assert turns == ["long", None, "long", None]
    assert [continuing.choose(NOW, others_wait=False) for _ in range(2)] == ["long", "long"]


def test_long_ones_go_round() -> None:
    continuing = Continuing()
    continuing.note([done("a"), done("b")])
    seen = []
    for _ in range(4):
        chosen = continuing.choose(NOW, others_wait=False)
        seen.append(chosen)
        continuing.note([done(chosen)])
    assert seen == ["a", "b", "a", "b"]
    continuing.note([done("a", continues=False), done("b", ended=True)])
    assert not continuing


def test_steps_are_shorter_in_company() -> None:
    continuing = Continuing()
    alone = continuing.seconds(NOW)
    continuing.choose(NOW, others_wait=True)
    assert continuing.seconds(NOW) < alone
    assert continuing.seconds(NOW + 2 * SECOND) == alone


def test_one_guard_is_kept_in_the_inbox() -> None:
    continuing, steps = Continuing(), [done(), done(), done(news=[Created()])]
    for step in steps:
        continuing.guard([step], NOW)
    guards = [step.outcome.timers for step in steps]
    assert guards[1:] == [[], []]
    [(due_at, news)] = guards[0]
    assert (due_at > NOW, news) == (True, Continued())


def test_a_guard_that_was_read_is_replaced_while_there_is_more_to_do() -> None:
    continuing = Continuing()
    continuing.guard([done()], NOW)
    read = done(news=[Continued()])
    continuing.guard([read], NOW + 5 * SECOND)
    assert len(read.outcome.timers) == 1
    last = done(continues=False, news=[Continued()])
    continuing.guard([last], NOW + 10 * SECOND)
    assert last.outcome.timers == []


def test_after_a_round_that_failed_guards_are_written_again() -> None:
    continuing, again = Continuing(), done()
    continuing.guard([done()], NOW)
    continuing.lost()
    continuing.guard([again], NOW)
    assert len(again.outcome.timers) == 1


def test_an_execution_that_others_have_is_left_alone() -> None:
    continuing = Continuing()
    continuing.note([done()])
    continuing.drop("long")
    assert not continuing
