"""The secret store: set, named, deleted, and never read back by anybody but running flows.

Values are encrypted before they reach the database, each for its own namespace and key. Every
process keeps them in clear text in memory only (:class:`SecretBook`), and reads them again when it
hears that one was changed.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from tiercel.model.errors import IllegalArgumentError, NotFoundError, TiercelError
from tiercel.services.kv import checked_namespace
from tiercel.services.secret_book import ClearSecret

if TYPE_CHECKING:
    from tiercel.bus import Bus
    from tiercel.model.execution import Label
    from tiercel.services.encryption import Cipher
    from tiercel.services.secret_book import SecretBook
    from tiercel.store import Store, StoredSecret

logger = logging.getLogger(__name__)

MAX_VALUE_BYTES = 256 << 10
QUESTION = "secrets"
"""Name of the question by which processes without a database ask for all secrets."""

_MAX_TEXT = 1000
_MAX_TAGS = 50
_KEY = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9._-]{0,199}")
_LOOK_AGAIN_SECONDS = 30.0
_CANCEL_AGAIN_SECONDS = 0.5
_PART_BYTES = 512 << 10


class SecretFollower:
    """Keeps the book of a process up to date until stopped.

    Args:
        load: Returns all secrets there are.
        has_changed: Tells whether :meth:`load` would return something else; asked now and then, for
            a signal that got lost.
    """

    def __init__(
        self,
        bus: Bus,
        book: SecretBook,
        load: Callable[[], Awaitable[Sequence[ClearSecret]]],
        has_changed: Callable[[], Awaitable[bool]],
    ) -> None:
        self._bus = bus
        self._book = book
        self._load = load
        self._has_changed = has_changed
        self._loading = asyncio.Lock()
        self._stopping = asyncio.Event()

    async def load(self) -> None:
        """Read all secrets now. Raises TiercelError when that can't be."""
        async with self._loading:
            self._book.replace(await self._load())

    async def run(self) -> None:
        """Follow changes until :meth:`stop`."""
        stopping = asyncio.create_task(self._stopping.wait(), name="secrets-stopping")
        following = asyncio.create_task(self._follow(), name="secrets-follow")
        try:
            await asyncio.wait({stopping, following}, return_when=asyncio.FIRST_COMPLETED)
            if following.done():
                following.result()
        finally:
            stopping.cancel()
            # A cancellation that meets an answer is lost in Python 3.11: it is asked for again.
            while not following.done():
                following.cancel()
                await asyncio.wait({following}, timeout=_CANCEL_AGAIN_SECONDS)

    async def stop(self) -> None:
        """Ask :meth:`run` to end."""
        self._stopping.set()

    async def _follow(self) -> None:
        async with self._bus.on_secrets_changed() as signals:
            is_due = True  # what changed before anybody listened
            while True:
                try:
                    if is_due or await self._has_changed():
                        await self.load()
                    is_due = False
                except (TiercelError, OSError) as error:
                    logger.warning("secrets not read, trying again", extra={"reason": str(error)})
                    is_due = True
                wait = 1.0 if is_due else _LOOK_AGAIN_SECONDS
                is_due = await signals.next(wait) is not None or is_due


class Secrets:
    """Use cases of secrets, and the book of a process that has the database."""

    def __init__(
        self,
        store: Store,
        bus: Bus,
        cipher: Cipher,
        book: SecretBook,
        environment_keys: Sequence[str] = (),
    ) -> None:
        self._store = store
        self._bus = bus
        self._cipher = cipher
        self._state: object = None
        self.environment_keys = tuple(sorted(environment_keys))
        self.follower = SecretFollower(bus, book, self._read, self._has_changed)

    async def start(self) -> None:
        """Read all secrets, and encrypt those anew that are under an older key."""
        await self.follower.load()
        for secret in await self._store.secrets.all():
            place = _place(secret.namespace, secret.key)
            try:
                value, is_current = self._cipher.decrypt_with(secret.value, place)
            except IllegalArgumentError:
                # said when it was read
                continue
            if not is_current:
                await self._store.secrets.encrypt_anew(secret, self._cipher.encrypt(value, place))
                logger.info("secret encrypted with the new key", extra=_extra(secret))

    async def list(self, namespace: str) -> Sequence[StoredSecret]:
        """Return what may be told of the secrets of exactly this namespace, by key."""
        checked_namespace(namespace)
        return [item for item in await self.everywhere() if item.namespace == namespace]

    async def everywhere(self) -> Sequence[StoredSecret]:
        """Return what may be told of all secrets, by namespace and key."""
        return await self._store.secrets.all()

    async def set(
        self,
        namespace: str,
        key: str,
        value: str,
        *,
        description: str | None = None,
        tags: Sequence[Label] = (),
    ) -> None:
        """Store a secret over the one before; it counts from now on.

        Raises:
            IllegalArgumentError: The namespace, the key, the value or what is told of it can't be
                used; the message never holds the value.
        """
        _check(namespace, key, description, tags)
        sealed = self._cipher.encrypt(_checked_value(value), _place(namespace, key))
        await self._store.secrets.set(namespace, key, sealed, description, tags)
        logger.info("secret set", extra={"namespace": namespace, "key": key})
        await self._tell()

    async def describe(
        self, namespace: str, key: str, description: str | None, tags: Sequence[Label]
    ) -> None:
        """Change what is told of a secret; its value stays.

        Raises:
            NotFoundError: There is none in exactly this namespace.
            IllegalArgumentError: What is told of it can't be used.
        """
        _check(namespace, key, description, tags)
        if not await self._store.secrets.describe(namespace, key, description, tags):
            raise self._missing(namespace, key)

    async def delete(self, namespace: str, key: str) -> None:
        """Forget a secret.

        Raises:
            NotFoundError: There is none in exactly this namespace.
        """
        _check(namespace, key, None, ())
        if not await self._store.secrets.delete(namespace, key):
            raise self._missing(namespace, key)
        logger.info("secret deleted", extra={"namespace": namespace, "key": key})
        await self._tell()

    async def answer(self, values: Mapping[str, Any]) -> Any:
        """Answer a process without a database: secrets from number ``from`` on, and the next one.

        All of them do not fit into one message; None as the next number says that these were the
        last.
        """
        secrets, first = await self._read(), int(values.get("from", 0))
        size, last = 0, first
        while last < len(secrets) and (last == first or size < _PART_BYTES):
            size += len((secrets[last].value or "").encode()) + _MAX_TEXT
            last += 1
        part = [[item.namespace, item.key, item.value] for item in secrets[first:last]]
        return {"secrets": part, "next": last if last < len(secrets) else None}

    def _missing(self, namespace: str, key: str) -> NotFoundError:
        hint = ""
        if key.upper() in self.environment_keys:
            hint = f"SECRET_{key.upper()} is a variable of the server's environment"
        return NotFoundError(f"No secret '{key}' in namespace '{namespace}'", hint=hint)

    async def _tell(self) -> None:
        await self.follower.load()
        await self._bus.secrets_changed()

    async def _read(self) -> Sequence[ClearSecret]:
        state = await self._store.secrets.state()
        secrets = [self._clear(secret) for secret in await self._store.secrets.all()]
        self._state = state
        return secrets

    async def _has_changed(self) -> bool:
        return await self._store.secrets.state() != self._state

    def _clear(self, secret: StoredSecret) -> ClearSecret:
        try:
            value = self._cipher.decrypt(secret.value, _place(secret.namespace, secret.key))
        except IllegalArgumentError:
            logger.error("secret can't be decrypted", extra=_extra(secret))
            return ClearSecret(secret.namespace, secret.key, None)
        return ClearSecret(secret.namespace, secret.key, value)


def follower_of_workers(bus: Bus, book: SecretBook) -> SecretFollower:
    """Return what keeps the book of a process that has no database: it asks the servers."""

    async def load() -> Sequence[ClearSecret]:
        found: list[ClearSecret] = []
        start: int | None = 0
        while start is not None:
            answer = await bus.ask_server(QUESTION, {"from": start})
            found += [ClearSecret(*item) for item in answer["secrets"]]
            start = answer["next"]
        return found

    async def has_changed() -> bool:
        # there is nothing cheaper to ask for
        return True

    return SecretFollower(bus, book, load, has_changed)


def _place(namespace: str, key: str) -> str:
    return f"secret {namespace} {key.upper()}"


def _extra(secret: StoredSecret) -> dict[str, str]:
    return {"namespace": secret.namespace, "key": secret.key}


def _check(namespace: str, key: str, description: str | None, tags: Sequence[Label]) -> None:
    checked_namespace(namespace)
    if not _KEY.fullmatch(key):
        raise IllegalArgumentError(
            f"Invalid key '{key[:200]}'",
            hint="a letter or digit, then letters, digits, '.', '_' and '-', 200 in all at most",
        )
    texts = [description or "", *(part for tag in tags for part in (tag.key, tag.value))]
    if any(len(text) > _MAX_TEXT or not _is_storable(text) for text in texts):
        raise IllegalArgumentError(
            f"A description or tag is over {_MAX_TEXT} characters, or holds U+0000"
        )
    if len(tags) > _MAX_TAGS:
        raise IllegalArgumentError(f"A secret has at most {_MAX_TAGS} tags")


def _checked_value(value: str) -> str:
    if not value.strip():
        raise IllegalArgumentError("The value of the secret is empty")
    if not _is_storable(value) or len(value.encode()) > MAX_VALUE_BYTES:
        raise IllegalArgumentError(
            f"The value of the secret is over {MAX_VALUE_BYTES} bytes, or no text",
            hint="keep binary data in base64",
        )
    return value


def _is_storable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return "\0" not in text
