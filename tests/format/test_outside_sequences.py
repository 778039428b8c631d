"""Order and parents, seen through the API."""

from __future__ import annotations

import pytest
from api_kit import Api, history, run_of, seen, state
from format_kit import par, ret, seq

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_a_flowable_has_a_run_of_its_own_and_its_children_name_it(api: Api):
    done = await api.run(ret("first"), seq("s", par("p", ret("a"), ret("b")), ret("c")), ret("z"))
    assert (state(done), history(done)) == ("SUCCESS", "CRS")
    assert seen(done) == [f"{name} SUCCESS" for name in ("first", "s", "p", "a", "b", "c", "z")]
    parents = {name: run_of(done, name).get("parentTaskRunId") for name in ("p", "a", "c", "z")}
    sequence, parallel = run_of(done, "s")["id"], run_of(done, "p")["id"]
    assert parents == {"p": sequence, "a": parallel, "c": sequence, "z": None}
