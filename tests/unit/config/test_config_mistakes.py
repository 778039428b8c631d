"""Mistakes in a configuration: each is named with its place and how to mend it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tiercel.config import (
    InvalidConfigurationError,
    Settings,
    key_remarks,
    load,
    plugin_remarks,
)


def problems(text: str, **environment: str) -> list[str]:
    with pytest.raises(InvalidConfigurationError) as caught:
        load(environment={"KESTRA_CONFIGURATION": text, **environment}, home=Path("/nowhere"))
    return [str(problem) for problem in caught.value.problems]


def remarks(text: str = "", **environment: str) -> list[str]:
    given = {"KESTRA_CONFIGURATION": text, **environment}
    return [str(remark) for remark in load(environment=given, home=Path("/nowhere")).remarks]


def test_wrong_values_are_all_named_with_their_place() -> None:
    text = "micronaut:\n  server:\n    port: eighty\nkestra:\n  storage:\n    type: disk\n"
    assert problems(text) == [
        "KESTRA_CONFIGURATION:3:11: micronaut.server.port: must be a port from 0 to 65535,"
        " not `eighty`",
        "KESTRA_CONFIGURATION:6:11: kestra.storage.type: must be local, s3, gcs, minio or azure,"
        " not `disk`",
    ]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("micronaut.server.port: 70000", "must be a port"),
        ("micronaut.server.port: [1]", "must be a port from 0 to 65535, not a list"),
        ("kestra.server.basic-auth.enabled: perhaps", "must be true or false"),
        ("kestra.server.termination-grace-period: soon", "must be a duration"),
        ("kestra.server.termination-grace-period: -PT1S", "must be a duration"),
        ("kestra.server: 5", "must be a map with keys such as"),
        ("kestra.variables.globals: 5", "must be a map, not `5`"),
        ("tiercel.worker.group: a b", "must be a word of letters"),
        ("logger.levels.io.kestra: LOUD", "must be a map from logger to level, not `LOUD`"),
        ("kestra.plugins.defaults: [{values: {}}]", "defaults[0].type: is missing"),
        ("kestra.plugins.defaults: [{type: a, vals: {}}]", "defaults[0].vals: is not known"),
        ("kestra.url: a\nkestra: {url: b}", "kestra.url: is given twice"),
        ("tiercel.url: a\nkestra.url: b", "is given twice: `tiercel.url`"),
        ("kestra: {url: a", "not readable as YAML"),
        ("- a", "a configuration must be a map of keys"),
        ("kestra.server.basic-auth.username: a", "needs both `username` and `password`"),
        ("datasources.postgres.url: jdbc:oracle:thin", "must be like jdbc:postgresql://"),
        ("micronaut.server.ssl.enabled: true", "TLS is not served here"),
        ("micronaut: {ssl: {enabled: true}}", "TLS is not served here"),
    ],
)
def test_what_is_refused(text: str, says: str) -> None:
    [problem] = problems(text)
    assert says in problem
    assert problem.startswith("KESTRA_CONFIGURATION:")


def test_a_variable_that_is_wrong_is_named() -> None:
    assert problems("", KESTRA_SERVER_BASIC_AUTH_ENABLED="perhaps") == [
        "KESTRA_SERVER_BASIC_AUTH_ENABLED: kestra.server.basic-auth.enabled: must be true or"
        " false, not `perhaps`"
    ]


def test_a_secret_is_never_in_a_message() -> None:
    text = "datasources: {postgres: {url: [s3cret], password: [s3cret]}}\n"
    text += "kestra.encryption.secret-key: 's3cret${'\n"
    found = problems(text)
    assert len(found) == 3
    assert not [line for line in found if "s3cret" in line]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("kestra.serverr.preview.max-rows: 5", "is not known and has no effect"),
        ("kestra: {serverr: {}}", "did you mean `kestra.server`?"),
        ("micronaut.server.prot: 5", "did you mean `micronaut.server.port`?"),
        (
            "kestra.server.basic-auth.usernam: x",
            "did you mean `kestra.server.basic-auth.username`",
        ),
        ("datasources.postgres.pasword: x", "did you mean `datasources.postgres.password`?"),
        ("kestra.secret-key: x", "did you mean `kestra.encryption.secret-key`?"),
        ("somebody: {elses: 1}", "somebody: is not known and has no effect"),
        ("micronaut.server.aio: 5", "has no effect here"),
        ("kestra.worker.poolings: 5", "has no effect here"),
        ("logger.levels.flow: OFF", "loggers are called like"),
        ("kestra.anonymous-usage-report.enabled: true", "nothing is reported to anybody"),
        ("kestra.jdbc.cleaner.retention: 7d", "has no effect here"),
        ("kestra.repository.type: h2", "`h2`: the embedded PostgreSQL stands in for it"),
        ("kestra.repository.type: postgres", "no PostgreSQL is named in `datasources`"),
        ("kestra.queue.type: memory", "`memory`: the queue is NATS, embedded"),
        ("datasources.h2.url: jdbc:h2:mem:x", "one PostgreSQL holds everything"),
    ],
)
def test_what_has_no_effect_is_said_in_one_line(text: str, says: str) -> None:
    [remark] = remarks(text)
    assert says in remark
    assert remark.startswith("KESTRA_CONFIGURATION:1:")


def test_defaults_that_reach_no_plugin_are_named() -> None:
    text = """
kestra.plugins:
  defaults: [{type: io.kestra.plugin.jdbc}, {type: io.kestra.plugin.jbdc}]
  configurations: [{type: io.kestra.plugin.jdbc.Flow, values: {outputs.enabled: true}}]
"""
    configuration = load(environment={"KESTRA_CONFIGURATION": text}, home=Path("/nowhere"))
    found = [str(item) for item in plugin_remarks(configuration, ["io.kestra.plugin.jdbc.Flow"])]
    assert found == [
        "KESTRA_CONFIGURATION:3:3: kestra.plugins.defaults[1].type: no plugin type begins with"
        " `io.kestra.plugin.jbdc`: it has no effect",
        "KESTRA_CONFIGURATION:4:3: kestra.plugins.configurations[0].values: has no effect here:"
        " outputs of subflows are always there",
    ]


def test_one_database_needs_one_key() -> None:
    [remark] = key_remarks(Settings(), "postgresql://h/d")
    assert "kestra.encryption.secret-key: is not set" in str(remark)
    assert list(key_remarks(Settings(), "")) == []


def test_tls_that_is_off_is_no_problem() -> None:
    [remark] = remarks("micronaut: {server: {ssl: {enabled: false}}}")
    assert "has no effect" in remark


def test_misspelt_variables_are_named() -> None:
    assert remarks(KESTRA_SERVER_BASIC_AUTH_PASWORD="x", TIERCEL_NOTHING="y") == [
        "KESTRA_SERVER_BASIC_AUTH_PASWORD: is not known and has no effect (did you mean"
        " `KESTRA_SERVER_BASIC_AUTH_PASSWORD`?)",
        "TIERCEL_NOTHING: is not known and has no effect",
    ]


def test_variables_of_flows_are_no_misspelt_settings() -> None:
    assert remarks(KESTRA_MY_BUCKET="x", ENV_Y="y", MICRONAUT_ENVIRONMENTS="z") == []
