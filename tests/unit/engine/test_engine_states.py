"""The documented table of states and operations is what the engine does."""

from __future__ import annotations

import pytest

from simulation import states


def test_the_documented_table_is_up_to_date():
    assert states.written() == states.table(), "run: PYTHONPATH=tests python -m simulation.states"


@pytest.mark.parametrize("state", states.STATES)
def test_each_row_is_in_the_state_it_is_named_after(state):
    assert states.STATES[state]().final == state.split(" ")[0]
