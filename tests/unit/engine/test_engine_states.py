"""The documented table of states and operations is what the engine does."""

from __future__ import annotations

from typing import get_args

import pytest

from simulation import states
from tiercel.model.news import News
from tiercel.model.state import StateType

PASSING = {"RESTARTED"}
"""Left within the step that enters it."""
NOT_OF_EXECUTIONS = {"SUBMITTED", "SKIPPED", "RESUBMITTED"}


def test_the_documented_table_is_up_to_date():
    assert states.written() == states.table(), "run: PYTHONPATH=tests python -m simulation.states"


@pytest.mark.parametrize("state", states.STATES)
def test_each_row_is_in_the_state_it_is_named_after(state):
    assert states.STATES[state]().final == state.split(" ")[0]


def test_every_state_of_an_execution_has_a_row():
    rows = {state.split(" ")[0] for state in states.STATES}
    assert rows | PASSING | NOT_OF_EXECUTIONS == {state.value for state in StateType}


def test_everything_people_can_ask_for_has_a_column():
    asked = {type(make(states.STATES["RUNNING"]())) for make in states.OPERATIONS.values()}
    kinds = {kind for kind in get_args(News) if kind.__name__.endswith(("Requested", "Resumed"))}
    assert asked == kinds
