"""Every property that a flow may write has a word about it, in the schema of its type."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tiercel.plugin.common import RETRIES, CommonTask, CommonTrigger
from tiercel.plugin.registry import Registry
from tiercel.plugin.schema import plugin_schema
from tiercel.plugins.index import BUILTIN


@pytest.fixture(scope="module")
def registry() -> Registry:
    return Registry.builtin(use_entry_points=False)


def untold(schema: Any, path: str = "") -> Iterator[str]:
    """Yield where properties are that have no description, at any depth."""
    if isinstance(schema, list):
        for item in schema:
            yield from untold(item, path)
    elif isinstance(schema, dict):
        for name, value in schema.get("properties", {}).items():
            if isinstance(value, dict) and not str(value.get("description", "")).strip():
                yield f"{path}.{name}".lstrip(".")
        for key, value in schema.items():
            yield from untold(value, path if key in ("properties", "$defs") else f"{path}.{key}")


@pytest.mark.parametrize("type_name", sorted(BUILTIN))
def test_every_property_of_a_type_is_described(registry: Registry, type_name: str) -> None:
    assert list(untold(plugin_schema(registry, type_name))) == []


@pytest.mark.parametrize("model", [CommonTask, CommonTrigger, *RETRIES.values()])
def test_every_common_property_is_described(model: Any) -> None:
    assert list(untold(model.model_json_schema())) == []


def test_what_is_said_of_a_property_is_kept_whatever_its_values_are(registry: Registry) -> None:
    properties = plugin_schema(registry, "gcp.bigquery.Query")["properties"]
    assert "partition" in properties["timePartitioningType"]["description"]


def test_an_older_name_says_which_is_the_current_one(registry: Registry) -> None:
    properties = plugin_schema(registry, "core.flow.Pause")["properties"]
    assert properties["delay"]["description"].startswith("Older name of `pauseDuration`. ")


def test_properties_that_are_no_text_are_marked_when_deprecated(registry: Registry) -> None:
    properties = plugin_schema(registry, "core.flow.Pause")["properties"]
    assert properties["tasks"]["deprecated"] is True
    assert "deprecated" not in properties["onPause"]


def test_a_nested_plugin_names_the_types_of_its_kind_alone(registry: Registry) -> None:
    schema = plugin_schema(registry, "ai.rag.ChatCompletion")
    kinds = {
        name: schema["$defs"][name]["properties"]["type"]["examples"]
        for name in ("ModelProvider", "EmbeddingStore")
    }
    assert "io.kestra.plugin.ai.provider.GoogleGemini" in kinds["ModelProvider"]
    assert "io.kestra.plugin.ai.embeddings.KestraKVStore" in kinds["EmbeddingStore"]
    assert not set(kinds["ModelProvider"]) & set(kinds["EmbeddingStore"])
