"""What all tasks for Google Cloud have in common: the project, the login, errors in one sentence.

Google's packages take seconds to import, so that is done in the thread of a running task.
"""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from pydantic import ConfigDict

from tiercel.plugin.context import TaskContext
from tiercel.plugin.properties import Text, TextList
from tiercel.plugin.task import RunnableTask, TaskFailedError

if TYPE_CHECKING:
    from google.auth.credentials import Credentials

T = TypeVar("T")

CLOUD_PLATFORM = "https://www.googleapis.com/auth/cloud-platform"


class IfExists(StrEnum):
    """What to do about something that is there already."""

    ERROR = "ERROR"
    UPDATE = "UPDATE"
    SKIP = "SKIP"


class GoogleTask(RunnableTask):
    """Base of tasks that call Google Cloud.

    Class attributes:
        emulator: Environment variable with the address of an emulator, which needs no login.
    """

    model_config = ConfigDict(use_attribute_docstrings=True)
    emulator: ClassVar[str]

    project_id: Text | None = None
    """Project; by default the one of the key, then the one of the environment."""
    service_account: Text | None = None
    """Text of a service account's JSON key. Keep it in a secret. Without it the application
    default credentials of the worker are used."""
    impersonated_service_account: Text | None = None
    """Address of a service account to act as."""
    scopes: TextList = [CLOUD_PLATFORM]  # noqa: RUF012
    """What the login is for."""

    def login(self, context: TaskContext) -> tuple[Credentials, str | None]:
        """Return credentials and project. Blocking.

        Raises:
            TaskFailedError: The key can't be used, or the worker has no credentials.
        """
        import google.auth
        from google.auth import exceptions, impersonated_credentials
        from google.auth.credentials import AnonymousCredentials
        from google.oauth2 import service_account

        credentials: Any
        try:
            if self.service_account:
                info = _key(self.service_account)
                context.mask(str(info.get("private_key", "")))
                credentials = service_account.Credentials.from_service_account_info(  # type: ignore[no-untyped-call]
                    info, scopes=self.scopes
                )
                project = info.get("project_id")
            elif os.environ.get(self.emulator):
                credentials = AnonymousCredentials()  # type: ignore[no-untyped-call]
                project = os.environ.get("GOOGLE_CLOUD_PROJECT")
            else:
                credentials, project = google.auth.default(scopes=self.scopes)
        except (exceptions.GoogleAuthError, ValueError) as error:
            raise TaskFailedError(f"Google Cloud can't be logged in to: {error}") from error
        if self.impersonated_service_account:
            credentials = impersonated_credentials.Credentials(  # type: ignore[no-untyped-call]
                source_credentials=credentials,
                target_principal=self.impersonated_service_account,
                target_scopes=self.scopes,
            )
        return credentials, self.project_id or project


def _key(text: str) -> dict[str, Any]:
    try:
        info = json.loads(text)
    except json.JSONDecodeError:
        info = None
    if not isinstance(info, dict):
        raise TaskFailedError("`serviceAccount` is no JSON key: give the text of the key file")
    return info


async def in_thread(work: Callable[[], T]) -> T:
    """Do blocking work with Google's clients in a thread.

    Raises:
        TaskFailedError: Google refused something, or was not reached.
    """
    return await asyncio.to_thread(_told, work)


def _told(work: Callable[[], T]) -> T:
    import requests
    from google.api_core.exceptions import GoogleAPICallError, RetryError
    from google.auth.exceptions import GoogleAuthError

    try:
        return work()
    except GoogleAPICallError as error:
        code = f" ({int(error.code)})" if error.code else ""
        raise TaskFailedError(f"Google Cloud refused{code}: {error.message}") from error
    except GoogleAuthError as error:
        raise TaskFailedError(f"Google Cloud can't be logged in to: {error}") from error
    except (RetryError, requests.RequestException) as error:
        raise TaskFailedError(f"Google Cloud can't be reached: {error}") from error


def present(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values that are not None."""
    return {name: value for name, value in values.items() if value is not None}
