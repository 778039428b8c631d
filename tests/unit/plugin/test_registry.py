"""The registry: names, loading, building, other people's plugins."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tiercel.model.errors import NotFoundError
from tiercel.model.task import TaskKind
from tiercel.plugin.index import Entry, Role
from tiercel.plugin.registry import InvalidPropertyError, PluginUnavailableError, Registry
from tiercel.plugins.index import BUILTIN

LOG = "io.kestra.plugin.core.log.Log"


@pytest.fixture(scope="module")
def registry() -> Registry:
    return Registry.builtin(use_entry_points=False)


@pytest.mark.parametrize("type_name", sorted(BUILTIN))
def test_every_listed_type_is_what_the_index_says(registry: Registry, type_name: str) -> None:
    plugin = registry.load(type_name)
    info = registry.resolve(type_name)
    assert plugin.type_name == type_name
    assert set(plugin.aliases) == set(info.aliases)
    assert getattr(plugin, "kind", None) == info.kind
    if info.kind is TaskKind.FLOWABLE:
        assert getattr(plugin, "behavior", "") == info.behavior
    assert plugin.title
    assert plugin.__doc__


def test_no_name_means_two_types() -> None:
    names = [name for type_name, entry in BUILTIN.items() for name in (type_name, *entry.aliases)]
    assert len({name.lower() for name in names}) == len(names)


@pytest.mark.parametrize(
    "name",
    [
        LOG,
        "core.log.Log",
        "io.kestra.core.tasks.log.Log",
        "io.kestra.plugin.core.log.log",
        "CORE.LOG.LOG",
        f"{LOG}:1.2.3",
    ],
)
def test_a_type_is_found_by_all_of_its_names(registry: Registry, name: str) -> None:
    assert registry.resolve(name).type_name == LOG


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("io.kestra.plugin.core.log.Logg", LOG),
        ("core.logs.log", LOG),
        ("io.kestra.plugin.shell.Commands", "io.kestra.plugin.scripts.shell.Commands"),
    ],
)
def test_an_unknown_type_is_refused_with_the_nearest(
    registry: Registry, name: str, near: str
) -> None:
    with pytest.raises(NotFoundError, match=f"Invalid type: {name}") as caught:
        registry.resolve(name)
    assert f"`{near}`" in caught.value.hint


def test_roles_tell_tasks_from_triggers(registry: Registry) -> None:
    assert registry.resolve("core.trigger.Schedule").role is Role.TRIGGER
    assert registry.resolve("core.runner.Process").role is Role.RUNNER
    assert registry.resolve("core.flow.If").behavior == "if"


def test_building_converts_rendered_text(registry: Registry) -> None:
    built: Any = registry.build("core.log.Log", {"message": 5, "level": "WARN"})
    assert (built.message, built.level) == ("5", "WARN")


def test_building_names_every_property_that_does_not_fit(registry: Registry) -> None:
    with pytest.raises(InvalidPropertyError) as caught:
        registry.build("core.log.Log", {"mesage": "x", "level": "Info"})
    assert 'mesage: Unrecognized field "mesage"' in caught.value.message
    assert "message: must not be null" in caught.value.message
    assert "level: Cannot deserialize value of type" in caught.value.message
    assert "`INFO`" in caught.value.hint


def test_nested_plugins_are_built_too(registry: Registry) -> None:
    built: Any = registry.build(
        "scripts.shell.Commands",
        {"commands": ["ls"], "taskRunner": {"type": "core.runner.Process"}},
    )
    assert built.task_runner.type_name == "io.kestra.plugin.core.runner.Process"


def test_a_module_that_is_missing_costs_its_own_type_only() -> None:
    index = {**BUILTIN, "x.Y": Entry("no.such.module", "Y", kind=TaskKind.WORKER)}
    registry = Registry(index)
    with pytest.raises(PluginUnavailableError, match=r"x\.Y can't be loaded"):
        registry.load("x.Y")
    assert registry.load(LOG)


PLUGIN_FILE = """
from tiercel.plugin.task import InlineTask, Output

class Greet(InlineTask):
    \"\"\"Greets.\"\"\"

    type_name = "com.example.Greet"
    aliases = ("com.example.Hello",)
    title = "Greet someone."

    first_name: str

    def run(self, context):
        return Output({"text": f"Hello {self.first_name}"})
"""


def test_a_folder_of_plugins_can_be_added(tmp_path: Path) -> None:
    (tmp_path / "greet.py").write_text(PLUGIN_FILE)
    registry = Registry({})
    registry.add_folder(tmp_path)
    info = registry.resolve("com.example.Hello")
    assert (info.type_name, info.kind) == ("com.example.Greet", TaskKind.INLINE)
    built: Any = registry.build("com.example.Greet", {"firstName": "Ada"})
    assert built.first_name == "Ada"


def test_a_broken_file_in_a_plugin_folder_is_named(tmp_path: Path) -> None:
    (tmp_path / "broken.py").write_text("import nothing_like_this")
    with pytest.raises(PluginUnavailableError, match=r"broken\.py can't be imported"):
        Registry({}).add_folder(tmp_path)


def test_a_class_that_leaves_out_what_its_base_asks_for_is_refused(tmp_path: Path) -> None:
    (tmp_path / "half.py").write_text(PLUGIN_FILE.replace("def run", "def walk"))
    message = r"com\.example\.Greet can't be used: its class \S+\.Greet does not define `run`"
    with pytest.raises(PluginUnavailableError, match=message):
        Registry({}).add_folder(tmp_path)


def package(folder: Path, name: str, value: str) -> None:
    info = folder / f"{name}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Name: {name}\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[tiercel.plugins]\n{name} = {value}\n")


def test_other_packages_add_types_by_entry_points(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "greet_plugin.py").write_text(PLUGIN_FILE)
    (tmp_path / "list_plugin.py").write_text(
        "from tiercel.plugin.index import Entry\n"
        "INDEX = {'com.example.Later': Entry('greet_plugin', 'Greet')}\n"
    )
    package(tmp_path, "one", "greet_plugin:Greet")
    package(tmp_path, "two", "list_plugin:INDEX")
    package(tmp_path, "three", "no_such_plugin:X")
    monkeypatch.syspath_prepend(str(tmp_path))
    registry = Registry.builtin()
    assert {info.type_name for info in registry.types()} >= {
        "com.example.Greet",
        "com.example.Later",
        LOG,
    }
    assert registry.resolve("com.example.Hello")
    assert "plugin package can't be loaded" in caplog.text


def test_knowing_all_types_imports_none_of_them() -> None:
    code = (
        "import sys; from tiercel.plugin.registry import Registry;"
        "Registry.builtin().resolve('core.log.Log');"
        "print([m for m in sorted(sys.modules) if m.startswith(('tiercel.plugins.', 'pydantic'))])"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    indexes = ["tiercel.plugins.core", "tiercel.plugins.core.index", "tiercel.plugins.index"]
    assert out.stdout.strip() == str(indexes)


def test_registered_classes_replace_known_ones(registry: Registry) -> None:
    plugin = registry.load(LOG)
    fresh = Registry({})
    fresh.register(plugin)
    assert fresh.load("core.log.Log") is plugin


def test_the_index_is_plain_data() -> None:
    assert isinstance(BUILTIN, Mapping)
    assert all(isinstance(entry, Entry) for entry in BUILTIN.values())


def test_a_package_that_is_missing_is_named_with_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    registry = Registry(BUILTIN)
    monkeypatch.setattr("tiercel.plugin.registry.find_spec", lambda name: None)
    with pytest.raises(PluginUnavailableError, match="needs the package `duckdb`") as caught:
        registry.load("jdbc.duckdb.Query")
    assert caught.value.hint == "pip install 'tiercel[duckdb]'"
