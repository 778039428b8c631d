from __future__ import annotations

import pytest

from tiercel.bus.names import Names, group_token
from tiercel.model.errors import IllegalArgumentError


def test_a_group_that_fits_into_a_subject_is_kept() -> None:
    assert Names("p").job("gpu_1", "a1") == "p.jobs.gpu_1.a1"


@pytest.mark.parametrize("group", ["gpu / big", "a.b", "*", ">", "", "ü", "x" * 65])
def test_any_other_group_becomes_one_token_of_its_own(group: str) -> None:
    token = group_token(group)
    assert set(token) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")
    assert token == group_token(group) != group_token(group + "!")


@pytest.mark.parametrize("prefix", ["", "a.b", "a b", "a*"])
def test_a_prefix_must_be_one_token(prefix: str) -> None:
    with pytest.raises(IllegalArgumentError, match="prefix"):
        Names(prefix)
