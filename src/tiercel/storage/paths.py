"""What lies where in internal storage. Every function returns a URI, of a file or of a folder."""

from __future__ import annotations

import re
import unicodedata

from tiercel.storage.uris import make_uri

_NOT_IN_SLUG = re.compile(r"[^a-z0-9_-]")
_DASHES = re.compile(r"[_-]+")


def slug(identifier: str) -> str:
    """Return the folder name of a flow, task or trigger: ``My.flow_x`` becomes ``myflow-x``."""
    plain = unicodedata.normalize("NFKD", identifier.replace(" ", "-")).lower()
    return _DASHES.sub("-", _NOT_IN_SLUG.sub("", plain)).strip("-")


def flow_folder(namespace: str, flow_id: str) -> str:
    """Everything of one flow: its executions and its caches."""
    return make_uri(_flow(namespace, flow_id))


def execution_folder(namespace: str, flow_id: str, execution_id: str) -> str:
    """Everything of one execution: inputs, files of tasks, files of its trigger."""
    return make_uri(_execution(namespace, flow_id, execution_id))


def input_file(
    namespace: str, flow_id: str, execution_id: str, input_id: str, file_name: str
) -> str:
    """A file that was given as an input."""
    names = _execution(namespace, flow_id, execution_id)
    return make_uri([*names, "inputs", input_id, file_name])


def task_run_folder(
    namespace: str, flow_id: str, execution_id: str, task_id: str, task_run_id: str
) -> str:
    """Files that one task run stored."""
    names = _execution(namespace, flow_id, execution_id)
    return make_uri([*names, "tasks", slug(task_id), task_run_id])


def cache_file(namespace: str, flow_id: str, task_id: str, value_hash: str = "") -> str:
    """The archive of a cached working directory; the hash is of a loop's value."""
    names = [*_flow(namespace, flow_id), slug(task_id), "cache"]
    return make_uri([*names, *([value_hash] if value_hash else []), "cache.zip"])


def namespace_files_folder(namespace: str) -> str:
    """All files of a namespace."""
    return make_uri([*_namespace(namespace), "_files"])


def namespace_file(namespace: str, path: str) -> str:
    """One file of a namespace; ``path`` is relative to its files, one leading slash is dropped.

    Raises:
        StorageError: The path has an empty name, ``.`` or ``..``.
    """
    return make_uri([*_namespace(namespace), "_files", *path.removeprefix("/").split("/")])


def kv_folder(namespace: str) -> str:
    """Key-value entries of a namespace."""
    return make_uri([*_namespace(namespace), "_kv"])


def kv_file(namespace: str, key: str) -> str:
    """One key-value entry."""
    return make_uri([*_namespace(namespace), "_kv", f"{key}.ion"])


def file_in(folder: str, name: str) -> str:
    """Return the URI of the file ``name``, a plain name with no slash, in the folder ``folder``.

    Raises:
        StorageError: The name can't be used.
    """
    return f"{folder.removesuffix('/')}/{make_uri(['x', name]).rpartition('/')[2]}"


def _namespace(namespace: str) -> list[str]:
    return namespace.split(".")


def _flow(namespace: str, flow_id: str) -> list[str]:
    return [*_namespace(namespace), slug(flow_id)]


def _execution(namespace: str, flow_id: str, execution_id: str) -> list[str]:
    return [*_flow(namespace, flow_id), "executions", execution_id]
