"""What the rest of the product gets from a configuration."""

from __future__ import annotations

from pathlib import Path

import pytest

from tiercel.config import (
    DataSource,
    Settings,
    base_variables,
    load,
    plugin_switches,
    pool_size,
    server_defaults,
)
from tiercel.config.database import jdbc_url
from tiercel.model.flow import PluginDefault

ENVIRONMENT = {
    "KESTRA_BUCKET": "old",
    "ENV_BUCKET": "new",
    "ENV_HIDDEN": "x",
    "KESTRA_CONFIGURATION": "",
    "KESTRA_SERVER_BASIC_AUTH_PASSWORD": "hush",
    "KESTRA_URL": "http://x",
    "MINE_A": "1",
}


def settings_of(text: str) -> Settings:
    return load(environment={"KESTRA_CONFIGURATION": text}, home=Path("/nowhere")).settings


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("jdbc:postgresql://h:1/d", "postgresql://me:a%40b@h:1/d"),
        (
            "jdbc:postgresql://h1:1,h2:2/d?sslmode=require&currentSchema=x",
            "postgresql://me:a%40b@h1:1,h2:2/d?sslmode=require",
        ),
        ("jdbc:postgresql://h/d?ssl=true", "postgresql://me:a%40b@h/d?sslmode=verify-full"),
        ("jdbc:postgresql:d", "postgresql://me:a%40b@localhost:5432/d"),
        ("postgresql://other@h/d", "postgresql://me:a%40b@h/d"),
    ],
)
def test_jdbc_addresses(url: str, expected: str) -> None:
    source = DataSource.model_validate({"url": url, "username": "me", "password": "a@b"})
    assert jdbc_url(source) == expected


def test_the_login_may_stand_in_the_address() -> None:
    source = DataSource.model_validate({"url": "jdbc:postgresql://h/d?user=a&password=b%26"})
    assert jdbc_url(source) == "postgresql://a:b%26@h/d"


def test_the_pool_is_that_of_the_database_in_use() -> None:
    assert pool_size(Settings()) is None
    text = "datasources: {a: {url: 'jdbc:postgresql://h/d', maximumPoolSize: 3}}"
    assert pool_size(settings_of(text)) == 3


def test_envs_never_hold_the_servers_own_settings() -> None:
    settings = settings_of("kestra.variables.redacted-env-vars: [env_hidden]")
    envs = base_variables(settings, ENVIRONMENT, {"more": "2"})["envs"]
    assert envs == {"bucket": "new", "more": "2"}


def test_envs_with_another_prefix() -> None:
    settings = settings_of("kestra.variables.env-vars-prefix: MINE_")
    assert base_variables(settings, ENVIRONMENT, {})["envs"] == {"a": "1"}


def test_globals_are_there_in_both_spellings() -> None:
    settings = settings_of(
        "kestra.variables.globals: {environment_name: {myKey: 1}, x: [{a_b: 2}]}"
    )
    assert base_variables(settings, {}, {})["globals"] == {
        "environment_name": {"myKey": 1, "my-key": 1},
        "environment-name": {"myKey": 1, "my-key": 1},
        "x": [{"a_b": 2, "a-b": 2}],
    }


def test_templates_know_the_instance() -> None:
    settings = settings_of("kestra: {url: http://k/, environment: {name: prod}}")
    known = base_variables(settings, {}, {})["kestra"]
    assert known == {"environment": {"name": "prod"}, "url": "http://k/"}


def test_defaults_of_tasks_count_more_than_those_of_plugins() -> None:
    settings = settings_of("""
kestra:
  tasks: {defaults: [{type: a, values: {x: 1}}]}
  plugins:
    defaults: [{type: a, forced: true, values: {x: 2}}]
    configurations:
      - {type: io.kestra.plugin.core.trigger.Schedule, values: {recoverMissedSchedules: NONE}}
""")
    assert server_defaults(settings) == (
        PluginDefault("a", {"x": 1}),
        PluginDefault("a", {"x": 2}, forced=True),
        PluginDefault("io.kestra.plugin.core.trigger.Schedule", {"recoverMissedSchedules": "NONE"}),
    )


def test_switches_come_from_all_their_places() -> None:
    settings = settings_of("""
kestra:
  tasks.scripts.docker.volume-enabled: true
  local-files.allowed-paths: [/data]
  plugins.configurations: [{type: a.B, values: {c: 1, d: 1}}]
tiercel.plugin-settings: {a.B: {d: 2}}
""")
    assert plugin_switches(settings) == {
        "io.kestra.plugin.scripts.runner.docker.Docker": {"volume-enabled": True},
        "io.kestra.plugin.fs.local": {"allowed-paths": ["/data"]},
        "a.B": {"c": 1, "d": 2},
    }
