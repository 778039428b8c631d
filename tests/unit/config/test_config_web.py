"""Settings of where the web server is, who may use it from elsewhere, and of watched folders."""

from __future__ import annotations

from pathlib import Path

import pytest

from tiercel.config import InvalidConfigurationError, Settings, load


def settings_of(text: str, **variables: str) -> Settings:
    environment = {"KESTRA_CONFIGURATION": text, **variables}
    configuration = load(environment=environment, home=Path("/nowhere"))
    assert not configuration.remarks
    return configuration.settings


def refusal_of(text: str) -> str:
    with pytest.raises(InvalidConfigurationError) as caught:
        settings_of(text)
    return str(caught.value)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("/kestra", "/kestra"),
        ("kestra", "/kestra"),
        ("/a/b-c_d.e~f/", "/a/b-c_d.e~f"),
        ("/", ""),
        ("''", ""),
        ("1", "/1"),
    ],
)
def test_a_context_path_has_one_form(written: str, meant: str) -> None:
    assert settings_of(f"micronaut.server.context-path: {written}").web.context_path == meant


@pytest.mark.parametrize(
    "written",
    ["/a/../b", "/..", "/.a", "/a//b", "/a b", "/a?b", "/a#b", "/a%2fb", "'/a\\b'", "/ä", "/a;b"],
)
def test_a_context_path_that_others_may_write_otherwise_is_refused(written: str) -> None:
    said = refusal_of(f"micronaut.server.context-path: {written}")
    assert "micronaut.server.context-path: must be a path such as /kestra" in said


def test_other_origins_are_let_in_by_name() -> None:
    settings = settings_of(
        "micronaut.server.cors:\n  enabled: true\n  configurations:\n"
        "    web: {allowedOrigins: ['https://App.example.org/'], maxAge: 60}\n"
        "    others: {allowed-origins-regex: 'https://[a-z]+\\.x', allow-credentials: false}\n",
        MICRONAUT_SERVER_CORS_CONFIGURATIONS_WEB_ALLOWED_METHODS="get, POST",
        MICRONAUT_SERVER_CORS_CONFIGURATIONS_MORE_ALLOWED_ORIGINS="http://a:1,http://b",
    )
    assert settings.cors.enabled
    web, others, more = (settings.cors_rules[name] for name in ("web", "others", "more"))
    assert (web.allowed_origins, web.max_age) == (("https://app.example.org",), 60)
    assert (web.allowed_methods, web.allow_credentials) == (("get", "POST"), True)
    assert (others.allowed_origins_regex, others.allow_credentials) == (r"https://[a-z]+\.x", False)
    assert more.allowed_origins == ("http://a:1", "http://b")


def test_no_other_origin_is_let_in_by_default() -> None:
    settings = Settings()
    assert (settings.cors.enabled, settings.cors_rules, settings.web.context_path) == (
        False,
        {},
        "",
    )


@pytest.mark.parametrize(
    ("key", "value", "says"),
    [
        ("allowed-origins", "example.org", "must be a list of origins such as https://"),
        ("allowed-origins", "https://a/path", "must be a list of origins"),
        ("allowed-origins-regex", "'('", "must be a regular expression"),
        ("max-age", "-1", "must be a whole number, 0 or more"),
    ],
)
def test_what_names_no_origin_is_refused(key: str, value: str, says: str) -> None:
    said = refusal_of(f"micronaut.server.cors.configurations.web.{key}: {value}")
    assert "KESTRA_CONFIGURATION:1:" in said
    assert f"micronaut.server.cors.configurations.web.{key}: {says}" in said


def test_watched_folders() -> None:
    watch = settings_of("micronaut.io.watch: {enabled: true, paths: [/a, b]}").watch
    assert (watch.enabled, watch.paths) == (True, (Path("/a"), Path("b")))
    assert not Settings().watch.enabled


def test_watching_needs_a_folder() -> None:
    assert "`enabled` needs `paths`" in refusal_of("micronaut.io.watch.enabled: true")
