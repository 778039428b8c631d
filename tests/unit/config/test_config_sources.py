"""Where settings come from, which source wins, and how keys may be spelled."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from tiercel.config import Configuration, InvalidConfigurationError, database_url, load
from tiercel.config.placeholders import PlaceholderError, replaced

COMPOSE = """\
datasources:
  postgres:
    url: jdbc:postgresql://postgres:5432/kestra
    driverClassName: org.postgresql.Driver
    username: kestra
    password: k3str4
kestra:
  server:
    basicAuth:
      enabled: false
      username: "admin@kestra.io" # it must be a valid email address
      password: kestra
  repository:
    type: postgres
  storage:
    type: local
    local:
      basePath: "/app/storage"
  queue:
    type: postgres
  tasks:
    tmpDir:
      path: /tmp/kestra-wd/tmp
  url: http://localhost:8080/
"""


def read(home: Path, file: Path | None = None, **environment: str) -> Configuration:
    return load(file, environment=environment, home=home)


def text_of(folder: Path, text: str, name: str = "config.yml") -> Path:
    path = folder / name
    path.write_text(text)
    return path


def test_a_compose_file_is_taken_word_for_word(tmp_path: Path) -> None:
    configuration = read(tmp_path, KESTRA_CONFIGURATION=COMPOSE)
    settings = configuration.settings
    assert database_url(settings) == "postgresql://kestra:k3str4@postgres:5432/kestra"
    assert settings.login.enabled is False
    assert settings.login.username == "admin@kestra.io"
    assert settings.login.password.get_secret_value() == "kestra"
    assert settings.storage.base_path == Path("/app/storage")
    assert settings.tasks.tmp_dir == Path("/tmp/kestra-wd/tmp")
    assert settings.instance.url == "http://localhost:8080/"
    assert [str(remark) for remark in configuration.remarks] == [
        "KESTRA_CONFIGURATION:4:5: datasources.postgres.driverClassName: has no effect here:"
        " no Java driver is needed",
        "KESTRA_CONFIGURATION:20:5: kestra.queue.type: `postgres`: the queue is NATS, embedded",
    ]


def test_the_named_file_wins_over_variables_over_the_text_over_files(tmp_path: Path) -> None:
    ports = {
        name: f"micronaut: {{server: {{port: {port}}}}}"
        for name, port in (("named", 1), ("text", 3), ("listed", 4), ("folder", 5))
    }
    named = text_of(tmp_path, ports["named"])
    listed = text_of(tmp_path, ports["listed"], "listed.yml")
    text_of(tmp_path, ports["folder"], "application.yml")
    environment = {
        "MICRONAUT_SERVER_PORT": "2",
        "KESTRA_CONFIGURATION": ports["text"],
        "MICRONAUT_CONFIG_FILES": str(listed),
        "KESTRA_CONFIGURATION_PATH": str(tmp_path),
    }
    assert read(tmp_path, named, **environment).settings.web.port == 1
    for port, name in enumerate(environment, 2):
        assert read(tmp_path / "home", **environment).settings.web.port == port
        environment = {key: value for key, value in environment.items() if key != name}
    assert read(tmp_path / "home", **environment).settings.web.port == 8080


def test_the_file_is_named_by_a_variable_or_lies_at_home(tmp_path: Path) -> None:
    (tmp_path / ".kestra").mkdir()
    text_of(tmp_path / ".kestra", "micronaut.server.port: 1")
    other = text_of(tmp_path, "micronaut.server.port: 2")
    assert read(tmp_path).settings.web.port == 1
    assert read(tmp_path, TIERCEL_CONFIG=str(other)).settings.web.port == 2


def test_a_named_file_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(InvalidConfigurationError, match=r"none\.yml: can't be read"):
        read(tmp_path, tmp_path / "none.yml")


@pytest.mark.parametrize("key", ["basic-auth", "basicAuth", "basicauth", "basic_auth", "BasicAuth"])
def test_keys_in_every_spelling(tmp_path: Path, key: str) -> None:
    file = text_of(tmp_path, f"kestra: {{server: {{{key}: {{enabled: false}}}}}}")
    assert read(tmp_path, file).settings.login.enabled is False


@pytest.mark.parametrize(
    "name",
    [
        "KESTRA_SERVER_BASIC_AUTH_ENABLED",
        "KESTRA_SERVER_BASICAUTH_ENABLED",
        "TIERCEL_SERVER_BASIC_AUTH_ENABLED",
        "TIERCEL_LOGIN_ENABLED",
    ],
)
def test_variables_in_every_spelling(tmp_path: Path, name: str) -> None:
    assert read(tmp_path, **{name: "false"}).settings.login.enabled is False


def test_variables_reach_named_sections_lists_and_maps(tmp_path: Path) -> None:
    settings = read(
        tmp_path,
        DATASOURCES_POSTGRES_URL="jdbc:postgresql://h/d",
        DATASOURCES_POSTGRES_MAXIMUMPOOLSIZE="3",
        KESTRA_HIDDEN_LABELS_PREFIXES="a., b.",
        KESTRA_VARIABLES_GLOBALS_TEAM_NAME="x",
        LOGGER_LEVELS_IO_KESTRA="debug",
        TIERCEL_PLUGIN_SETTINGS='{"some.Type": {"a": 1}}',
        KESTRA_PLUGINS_DEFAULTS="[{type: t, values: {a: 1}}]",
    ).settings
    assert settings.datasources["postgres"].maximum_pool_size == 3
    assert settings.instance.hidden_labels == ("a.", "b.")
    assert settings.variables.globals == {"team_name": "x"}
    assert settings.logger.levels == {"io.kestra": "DEBUG"}
    assert settings.node.plugin_settings == {"some.Type": {"a": 1}}
    assert settings.plugins.defaults[0].values == {"a": 1}


def test_an_empty_variable_sets_nothing(tmp_path: Path) -> None:
    assert read(tmp_path, MICRONAUT_SERVER_PORT="").settings.web.port == 8080


def test_keys_with_dots_are_paths_outside_of_maps(tmp_path: Path) -> None:
    text = "micronaut.server: {port: 1}\nlogger.levels.io.kestra: WARN\n"
    text += "kestra.variables.globals: {a.b: 2}\n"
    settings = read(tmp_path, text_of(tmp_path, text)).settings
    assert settings.web.port == 1
    assert settings.logger.levels == {"io.kestra": "WARN"}
    assert settings.variables.globals == {"a.b": 2}


def test_maps_are_merged_and_lists_are_replaced(tmp_path: Path) -> None:
    file = text_of(
        tmp_path,
        "kestra: {variables: {globals: {a: {x: 1}}}, hidden-labels: {prefixes: [new.]}}",
    )
    text = "kestra: {variables: {globals: {a: {y: 2}, b: 3}}, hiddenLabels: {prefixes: [o., p.]}}"
    settings = read(tmp_path, file, KESTRA_CONFIGURATION=text).settings
    assert settings.variables.globals == {"a": {"x": 1, "y": 2}, "b": 3}
    assert settings.instance.hidden_labels == ("new.",)


def test_texts_stay_as_they_are_written(tmp_path: Path) -> None:
    text = "datasources: {postgres: {url: 'jdbc:postgresql://h/d', username: 1.10, password: 007}}"
    source = read(tmp_path, text_of(tmp_path, text)).settings.datasources["postgres"]
    assert (source.username, source.password.get_secret_value()) == ("1.10", "007")


@pytest.mark.parametrize(
    ("written", "length"),
    [
        ("500ms", timedelta(milliseconds=500)),
        ("30s", timedelta(seconds=30)),
        ("1.5h", timedelta(minutes=90)),
        ("7d", timedelta(days=7)),
        ("PT1H", timedelta(hours=1)),
        ("0", timedelta(0)),
    ],
)
def test_durations(tmp_path: Path, written: str, length: timedelta) -> None:
    settings = read(tmp_path, KESTRA_SERVER_TERMINATION_GRACE_PERIOD=written).settings
    assert settings.server.termination_grace_period == length


def test_placeholders_take_variables_defaults_and_other_keys(tmp_path: Path) -> None:
    text = """\
datasources:
  postgres:
    url: jdbc:postgresql://${DB_HOST:db}:${DB_PORT:5432}/kestra
    username: ${DB_USER:${OTHER_USER:me}}
    password: ${DB_PASSWORD}
kestra.url: http://${datasources.postgres.username}:${micronaut.server.port:`${x}`}/
"""
    file = text_of(tmp_path, text)
    settings = read(tmp_path, file, DB_PASSWORD="p${q}", DB_HOST="there").settings
    assert database_url(settings) == "postgresql://me:p%24%7Bq%7D@there:5432/kestra"
    assert settings.instance.url == "http://me:${x}/"


def test_a_placeholder_without_value_is_refused_at_its_place(tmp_path: Path) -> None:
    file = text_of(tmp_path, "kestra:\n  url: ${NOWHERE}\n")
    with pytest.raises(
        InvalidConfigurationError, match=r":2:3: kestra.url: `NOWHERE` has no value"
    ):
        read(tmp_path, file)


@pytest.mark.parametrize("text", ["${A", "${}", "${A:${B}"])
def test_placeholders_that_are_not_whole(text: str) -> None:
    with pytest.raises(PlaceholderError):
        replaced(text, {"A": "1"}.get)


def test_placeholders_in_circles_end(tmp_path: Path) -> None:
    file = text_of(
        tmp_path, "kestra.url: ${kestra.environment.name}\nkestra.environment.name: ${kestra.url}\n"
    )
    with pytest.raises(InvalidConfigurationError, match="circle"):
        read(tmp_path, file)


def test_what_a_variable_holds_is_taken_as_it_is(tmp_path: Path) -> None:
    assert read(tmp_path, KESTRA_URL="http://${x}").settings.instance.url == "http://${x}"
