"""What the options of a process ask for, ready for use."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tiercel.services.encryption import Cipher
    from tiercel.services.expression_services import ExpressionServices
    from tiercel.services.login import LoginOptions
    from tiercel.services.node import NodeOptions
    from tiercel.services.secret_book import SecretBook
    from tiercel.services.tracing import Tracer
    from tiercel.storage import Storage


def open_storage(options: NodeOptions) -> Storage:
    """Return internal storage.

    Raises:
        IllegalArgumentError: A bucket is not named, or the package for it is not installed.
    """
    from tiercel.config import bucket_values
    from tiercel.storage import LocalStorage, open_bucket

    kind = options.settings.storage.type
    if kind == "local":
        return LocalStorage(options.storage_dir)
    return open_bucket(kind, bucket_values(options.settings), options.cache_dir / "objects")


def open_cipher(options: NodeOptions) -> Cipher:
    """Return what encrypts: with the key that is set, or one kept in the data folder."""
    from tiercel.services.encryption import Cipher

    given = options.settings.encryption
    key, older = given.secret_key.get_secret_value(), [k.get_secret_value() for k in given.old_keys]
    return Cipher(key, older) if key else Cipher.kept_in(options.data_dir / "encryption.key", older)


def new_expression_services(
    options: NodeOptions, storage: Storage, book: SecretBook
) -> ExpressionServices:
    """Return what expressions ask."""
    from tiercel.services.expression_services import ExpressionServices

    services = ExpressionServices(storage, os.environ, book=book)
    services.is_recursive = options.settings.variables.recursive_rendering
    return services


def new_tracer(options: NodeOptions) -> Tracer | None:
    """Return what sends traces; None when they are off."""
    from tiercel.services.tracing import TracingOptions, open_tracer

    settings = options.settings.traces
    enabled = None if settings.root is None else settings.root == "DEFAULT"
    return open_tracer(TracingOptions(enabled, settings.endpoint), os.environ)


def login_options(options: NodeOptions) -> LoginOptions:
    """Return who may log in."""
    from tiercel.services.login import LoginOptions

    given = options.settings.login
    return LoginOptions(
        enabled=given.enabled,
        username=given.username,
        password=given.password.get_secret_value(),
        realm=given.realm,
        open_urls=given.open_urls,
    )


def examples_folder() -> Path:
    """Return the folder of the flows that ship with the package, installed or in its sources."""
    package = Path(__file__).parents[1]
    installed = package / "examples"
    return installed if installed.is_dir() else package.parents[1] / "examples"
