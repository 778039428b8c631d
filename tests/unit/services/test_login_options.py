"""The login as environment variables configure it."""

from __future__ import annotations

import pytest

from tiercel.model.errors import IllegalArgumentError
from tiercel.services.login import LoginOptions, options_of


def test_configuration_of_the_login() -> None:
    names = {"KESTRA_SERVER_BASICAUTH_ENABLED": "false"}
    assert options_of(names) == LoginOptions(enabled=False)
    given = {"TIERCEL_LOGIN_USERNAME": "a", "TIERCEL_LOGIN_PASSWORD": "b"}
    assert options_of(given) == LoginOptions(None, "a", "b")
    with pytest.raises(IllegalArgumentError):
        options_of({"TIERCEL_LOGIN_USERNAME": "a"})
    with pytest.raises(IllegalArgumentError):
        options_of({"KESTRA_SERVER_BASIC_AUTH_ENABLED": "perhaps"})
