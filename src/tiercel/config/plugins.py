"""What the configuration gives to plugins: defaults of properties, and switches."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING, Any

from tiercel.config.errors import Remark
from tiercel.model.flow import PluginDefault

if TYPE_CHECKING:
    from tiercel.config.loading import Configuration
    from tiercel.config.sections import PluginValues, Settings

DOCKER_RUNNER = "io.kestra.plugin.scripts.runner.docker.Docker"
LOCAL_FILES = "io.kestra.plugin.fs.local"
_SCHEDULE = "io.kestra.plugin.core.trigger.Schedule"
_RECOVER = "recoverMissedSchedules"
_OUTPUTS = ("outputs", "outputs.enabled")
_PLACES = (("tasks", "defaults"), ("plugins", "defaults"), ("plugins", "configurations"))


def server_defaults(settings: Settings) -> tuple[PluginDefault, ...]:
    """Return the defaults of properties for all flows, the most important first.

    A switch of Schedule is one of its properties: it counts where a flow says nothing.
    """
    given = (*settings.tasks.defaults, *settings.plugins.defaults)
    return (*(_default(item) for item in given), *_switches_as_defaults(settings))


def _default(given: PluginValues) -> PluginDefault:
    return PluginDefault(given.type, given.values, given.forced)


def _switches_as_defaults(settings: Settings) -> Iterator[PluginDefault]:
    for switches in settings.plugins.configurations:
        if switches.type == _SCHEDULE and _RECOVER in switches.values:
            yield PluginDefault(_SCHEDULE, {_RECOVER: switches.values[_RECOVER]})


def plugin_switches(settings: Settings) -> dict[str, dict[str, Any]]:
    """Return the switches by type, as they were written last."""
    found: dict[str, dict[str, Any]] = {}
    if settings.tasks.docker_volumes is not None:
        found[DOCKER_RUNNER] = {"volume-enabled": settings.tasks.docker_volumes}
    if settings.local_files.allowed_paths:
        paths = [str(path) for path in settings.local_files.allowed_paths]
        found[LOCAL_FILES] = {"allowed-paths": paths}
    for switches in settings.plugins.configurations:
        found.setdefault(switches.type, {}).update(switches.values)
    for name, values in settings.node.plugin_settings.items():
        found.setdefault(name, {}).update(values)
    return found


def plugin_remarks(configuration: Configuration, types: Collection[str]) -> Iterator[Remark]:
    """Yield a line for each default and switch that reaches no plugin.

    Args:
        types: Names of all plugin types, those of older versions among them.
    """
    for section, field in _PLACES:
        for index, item in enumerate(getattr(getattr(configuration.settings, section), field)):
            key = f"kestra.{section}.{field}[{index}]"
            origin = configuration.origin(section, field)
            if not any(name.startswith(item.type) for name in types):
                message = f"no plugin type begins with `{item.type}`: it has no effect"
                yield Remark(origin, f"{key}.type", message)
            elif field == "configurations" and set(item.values) & set(_OUTPUTS):
                message = "has no effect here: outputs of subflows are always there"
                yield Remark(origin, f"{key}.values", message)
