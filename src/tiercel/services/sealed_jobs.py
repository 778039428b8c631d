"""Jobs with secret values: what they hold is encrypted wherever a job is stored on its way."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec.structs import replace

from tiercel.model.errors import IllegalArgumentError, TiercelError
from tiercel.model.state import StateType
from tiercel.model.task import LogLevel
from tiercel.services.attempt import Outcome, Stoppable

if TYPE_CHECKING:
    from tiercel.model.job import Job
    from tiercel.services.encryption import Cipher
    from tiercel.services.worker_context import WorkerContext


class _Content(msgspec.Struct, frozen=True, array_like=True):
    """What of a job is nobody's business."""

    variables: dict[str, Any]
    secrets: tuple[str, ...]


_encode = msgspec.msgpack.Encoder(enc_hook=str).encode
_decode = msgspec.msgpack.Decoder(_Content).decode


def sealed(job: Job, cipher: Cipher) -> Job:
    """Return a job that says nothing of its variables and secrets without the key."""
    content = base64.b64encode(_encode(_Content(job.variables, job.secrets))).decode()
    text = cipher.encrypt(content, f"job {job.attempt_id}")
    return replace(job, variables={}, secrets=(), sealed=text)


def opened(job: Job, cipher: Cipher | None) -> Job:
    """Return the job with its variables and secrets; one that was not sealed as it is.

    Raises:
        IllegalArgumentError: This process does not have the key.
    """
    if job.sealed is None:
        return job
    if cipher is None:
        raise IllegalArgumentError(
            "The task has secret values and this worker has no key to read them",
            hint="give it the server's kestra.encryption.secret-key",
        )
    content = _decode(base64.b64decode(cipher.decrypt(job.sealed, f"job {job.attempt_id}")))
    return replace(job, variables=content.variables, secrets=content.secrets, sealed=None)


class RefusedAttempt(Stoppable):
    """Stands for an attempt at a job that can't be read: it fails and says why."""

    def __init__(self, context: WorkerContext, error: TiercelError) -> None:
        super().__init__()
        self._context = context
        self._error = error

    async def run(self) -> Outcome:
        """Fail, or be killed."""
        if self._stopped.done():
            return Outcome(StateType.KILLED, {})
        self._context.log(LogLevel.ERROR, f"{self._error.message} ({self._error.hint})")
        return Outcome(StateType.FAILED, {})
