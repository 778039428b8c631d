"""Who may ask: a name and a password, API tokens, sessions of browsers."""

from __future__ import annotations

import asyncio
import base64
import binascii
import hashlib
import hmac
import re
import secrets
import time
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar

from tiercel.model.errors import IllegalArgumentError, TiercelError

if TYPE_CHECKING:
    from tiercel.store import Store

SESSION_SECONDS = 7 * 24 * 3600
MOST_FAILURES = 10
FAILURE_SECONDS = 60.0
LONGEST = 256
_KEPT_SECONDS = 300.0
_KEPT = 200
_CLIENTS = 10_000
_CREDENTIALS, _SESSION_KEY = "login.credentials", "login.session_key"
_EMAIL = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@.]+")
_TOKEN_PREFIX = "tiercel_"  # noqa: S105  the beginning of every token, so that it is recognised


class TooManyFailuresError(TiercelError):
    """A client gave wrong credentials too often; ``seconds`` tells when it may try again."""

    code: ClassVar[str] = "too_many_failures"
    http_status: ClassVar[int] = 429

    def __init__(self, seconds: int) -> None:
        super().__init__("Too many failed logins", hint=f"try again in {seconds} seconds")
        self.seconds = seconds


@dataclass(frozen=True, slots=True)
class LoginOptions:
    """The login as it is configured.

    Attributes:
        enabled: False switches protection off, whatever was set before; None leaves it to whether
            credentials are known.
        username, password: Replace what was set before; empty leaves it.
        realm: What browsers show when they ask.
        open_urls: Paths that need no login, with everything that begins so.
    """

    enabled: bool | None = None
    username: str = ""
    password: str = ""
    realm: str = "Kestra"
    open_urls: tuple[str, ...] = ()


class Login:
    """Checks who asks. Credentials are shared by all servers of a database.

    What was found good counts for five minutes without being checked again.

    Attributes:
        options: As they are configured.
    """

    def __init__(self, store: Store, options: LoginOptions) -> None:
        self.options = options
        self._store = store
        self._session_key = b""
        self._credentials: tuple[str, str] | None = None
        self._salt = secrets.token_bytes(16)
        self._good: OrderedDict[bytes, tuple[str, float]] = OrderedDict()
        self._failures: OrderedDict[str, tuple[int, float]] = OrderedDict()
        self._hashing = asyncio.Semaphore(2)

    async def start(self) -> None:
        """Read what is set, and set what is configured; to be called before anybody asks.

        Raises:
            IllegalArgumentError: Login is demanded, but there are no credentials.
        """
        key = await self._store.settings.get_or_add(_SESSION_KEY, secrets.token_hex(32))
        self._session_key = bytes.fromhex(str(key))
        options = self.options
        if options.enabled is not False and options.username:
            await self._store_credentials(options.username, options.password)
        await self.refresh()
        if options.enabled and self._credentials is None:
            raise IllegalArgumentError(
                "Login is enabled, but there is no name and no password",
                hint="set KESTRA_SERVER_BASIC_AUTH_USERNAME and KESTRA_SERVER_BASIC_AUTH_PASSWORD",
            )

    @property
    def is_enabled(self) -> bool:
        """Whether requests need a login."""
        return self.options.enabled is not False and self._credentials is not None

    async def refresh(self) -> None:
        """Read the credentials anew: another server may have changed them."""
        found = await self._store.settings.get(_CREDENTIALS)
        before = self._credentials
        self._credentials = (found["username"], found["hash"]) if found else None
        if self._credentials != before:
            self._good.clear()

    async def set_credentials(self, username: str, password: str) -> None:
        """Change name and password: sessions end, tokens stay.

        Raises:
            IllegalArgumentError: The name is no e-mail address, or one of the two is too long.
        """
        if len(username) > LONGEST or len(password) > LONGEST:
            raise IllegalArgumentError(
                f"The length of email or password should not exceed {LONGEST} characters."
            )
        if not _EMAIL.fullmatch(username):
            raise IllegalArgumentError(
                "Invalid username for Basic Authentication. Please provide a valid email address."
            )
        if not password:
            raise IllegalArgumentError("No password set for Basic Authentication.")
        await self._store_credentials(username, password)
        await self.refresh()

    async def _store_credentials(self, username: str, password: str) -> None:
        from argon2 import PasswordHasher

        found = await self._store.settings.get(_CREDENTIALS)
        if found and found["username"] == username and await self._fits(found["hash"], password):
            return
        async with self._hashing:
            hashed = await asyncio.to_thread(PasswordHasher().hash, password)
        await self._store.settings.put(_CREDENTIALS, {"username": username, "hash": hashed})

    async def _fits(self, hashed: str, password: str) -> bool:
        from argon2 import PasswordHasher
        from argon2.exceptions import InvalidHashError, VerificationError

        async with self._hashing:
            try:
                return await asyncio.to_thread(PasswordHasher().verify, hashed, password)
            except (VerificationError, InvalidHashError):
                return False

    # Checking

    async def of_header(self, authorization: str, client: str) -> str | None:
        """Return who sends a header ``Authorization``; None when it is not good.

        Args:
            client: Address of the client: it may be wrong only so often.

        Raises:
            TooManyFailuresError: It was wrong too often.
        """
        digest = hashlib.sha256(self._salt + authorization.encode()).digest()
        known = self._good.get(digest)
        if known is not None and known[1] > time.monotonic():
            return known[0]
        self._refuse_failing(client)
        scheme, _, value = authorization.partition(" ")
        name = None
        if scheme.lower() == "basic":
            name = await self._of_password(value.strip())
        elif scheme.lower() == "bearer":
            name = await self._of_token(value.strip())
        if name is None:
            self._count_failure(client)
            return None
        self._failures.pop(client, None)
        self._good[digest] = (name, time.monotonic() + _KEPT_SECONDS)
        while len(self._good) > _KEPT:
            self._good.popitem(last=False)
        return name

    async def _of_password(self, encoded: str) -> str | None:
        try:
            text = base64.b64decode(encoded, validate=True).decode()
        except (binascii.Error, UnicodeDecodeError):
            return None
        username, _, password = text.partition(":")
        return username if await self.is_right(username, password) else None

    async def is_right(self, username: str, password: str) -> bool:
        """Tell whether name and password fit; takes as long for a wrong name."""
        await self.refresh()
        if self._credentials is None or len(password) > LONGEST:
            return False
        known, hashed = self._credentials
        fits = await self._fits(hashed, password)
        return hmac.compare_digest(known.encode(), username.encode()) and fits

    async def _of_token(self, token: str) -> str | None:
        if not token.startswith(_TOKEN_PREFIX):
            return None
        name = await self._store.tokens.find(_token_digest(token))
        return None if name is None else f"token {name}"

    def _refuse_failing(self, client: str) -> None:
        count, since = self._failures.get(client, (0, 0.0))
        left = since + FAILURE_SECONDS - time.monotonic()
        if left <= 0:
            self._failures.pop(client, None)
        elif count >= MOST_FAILURES:
            raise TooManyFailuresError(int(left) + 1)

    def _count_failure(self, client: str) -> None:
        count, since = self._failures.get(client, (0, time.monotonic()))
        self._failures[client] = (count + 1, since)
        while len(self._failures) > _CLIENTS:
            self._failures.popitem(last=False)

    # Sessions of browsers

    async def begin_session(self, username: str, password: str, client: str) -> str | None:
        """Return the value of a session's cookie; None when name or password are wrong.

        Raises:
            TooManyFailuresError: The client was wrong too often.
        """
        self._refuse_failing(client)
        if not await self.is_right(username, password):
            self._count_failure(client)
            return None
        ends = int(time.time()) + SESSION_SECONDS
        name = base64.urlsafe_b64encode(username.encode()).decode()
        return f"{name}.{ends}.{self._signature(f'{name}.{ends}')}"

    def of_session(self, cookie: str) -> str | None:
        """Return who began a session; None when it is over or was never begun here."""
        signed, _, signature = cookie.rpartition(".")
        name, _, ends = signed.partition(".")
        good = hmac.compare_digest(signature.encode(), self._signature(signed).encode())
        if not good or not ends.isdigit() or int(ends) < time.time():
            return None
        username = base64.urlsafe_b64decode(name).decode()
        is_known = self._credentials is not None and self._credentials[0] == username
        return username if is_known else None

    def _signature(self, text: str) -> str:
        # with the password's hash, so that another password ends all sessions
        hashed = self._credentials[1] if self._credentials is not None else ""
        message = f"{text}\n{hashed}".encode()
        return hmac.new(self._session_key, message, hashlib.sha256).hexdigest()

    # Tokens

    async def make_token(self, name: str) -> str:
        """Return a new API token; it is shown this once.

        Raises:
            IllegalArgumentError: The name is empty, too long, taken, or no part of a path.
        """
        if not name.strip() or len(name) > LONGEST:
            raise IllegalArgumentError("A token needs a name of at most 256 characters")
        if "/" in name or name in (".", "..") or not name.isprintable():
            # it is deleted by a path that holds it
            raise IllegalArgumentError("The name of a token has no slashes or control characters")
        token = f"{_TOKEN_PREFIX}{secrets.token_urlsafe(32)}"
        if not await self._store.tokens.add(name, _token_digest(token)):
            raise IllegalArgumentError(f"There is a token '{name}' already")
        return token

    async def tokens(self) -> Sequence[tuple[str, datetime]]:
        """Return names and dates of all tokens."""
        return await self._store.tokens.list()

    async def delete_token(self, name: str) -> bool:
        """Make a token useless; return whether there was one."""
        self._good.clear()
        return await self._store.tokens.delete(name)


def _token_digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
