"""What is shown of a configuration: the reference in docs/, and settings without their secrets."""

from __future__ import annotations

from pathlib import Path

from tiercel.config import Configuration, load, property_sources, shown_settings
from tiercel.config.docs import configuration_page, main
from tiercel.config.keys import all_keys, key_of_variable, tree, twins, variable_names
from tiercel.config.unused import UNUSED

PAGE = Path(__file__).parents[3] / "docs" / "configuration.md"
TEXT = """\
datasources: {postgres: {url: 'jdbc:postgresql://h?password=hush1', username: me, password: hush2}}
kestra:
  server: {basic-auth: {username: ann@example.com, password: hush3, open-urls: [/a, /b]}}
  encryption: {secret-key: hush4}
  variables: {globals: {token: hush5}}
  plugins:
    defaults: [{type: io.kestra.plugin.aws, values: {secretKeyId: hush6}}]
    configurations: [{type: some.Type, values: {list: [hush7]}}]
tiercel: {bus-url: 'nats://u:hush8@h', encryption-old-keys: [hush9]}
logger.levels: {io.kestra: DEBUG}
"""


def given() -> Configuration:
    environment = {"KESTRA_CONFIGURATION": TEXT, "MICRONAUT_SERVER_PORT": "9"}
    return load(environment=environment, home=Path("/nowhere"))


def test_the_reference_is_up_to_date(tmp_path: Path) -> None:
    assert main([str(tmp_path / "page.md")]) == 0
    assert PAGE.read_text("utf-8") == (tmp_path / "page.md").read_text("utf-8"), (
        "run: python -m tiercel.config.docs docs/configuration.md"
    )


def test_the_reference_names_every_key() -> None:
    page = configuration_page()
    for key in all_keys():
        assert f"`{key.name.replace('*', '<name>')}`" in page
        assert len(key.description) > 10
    assert all(f"`{name.replace('*', '<name>')}`" in page for name in UNUSED)


def test_every_key_has_a_variable_of_its_own() -> None:
    assert tree()
    for key in all_keys():
        for name in key.names:
            for variable in variable_names(name):
                found = key_of_variable(variable.replace("*", "MINE"))
                assert found is not None
                assert found[0] is key, variable


def test_both_roots_are_the_same() -> None:
    assert twins("kestra.url") == ("kestra.url", "tiercel.url")
    assert twins("datasources.a") == ("datasources.a",)


def test_settings_are_shown_without_secrets() -> None:
    shown = shown_settings(given().settings)
    assert not [text for text in shown.values() if "hush" in text]
    assert shown["datasources.postgres.username"] == "me"
    assert shown["datasources.postgres.password"] == "*****"
    assert shown["kestra.server.basic-auth.open-urls"] == "/a, /b"
    assert shown["kestra.variables.globals.token"] == "*****"
    assert shown["kestra.plugins.defaults[0].type"] == "io.kestra.plugin.aws"
    assert shown["kestra.plugins.defaults[0].values.secretKeyId"] == "*****"
    assert shown["logger.levels.io.kestra"] == "DEBUG"
    assert shown["micronaut.server.port"] == "9"
    assert shown["tiercel.database-url"] == ""


def test_secrets_are_in_no_text_form() -> None:
    configuration = given()
    for number in (1, 2, 3, 4, 8, 9):
        assert f"hush{number}" not in repr(configuration.settings)


def test_sources_are_shown_with_every_value_masked() -> None:
    sources = property_sources(given())
    assert [source["name"] for source in sources] == [
        "application",
        "KESTRA_CONFIGURATION",
        "environment",
    ]
    assert [source["order"] for source in sources] == [0, 1, 2]
    assert sources[2]["properties"] == {"micronaut.server.port": "*****"}
    assert "kestra.variables.globals.token" in sources[1]["properties"]
    assert {value for source in sources for value in source["properties"].values()} == {"*****"}
