"""``jdbc:postgresql:`` URLs, turned into what libpq understands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, unquote

from tiercel.plugin.task import TaskFailedError

SCHEME = "jdbc:postgresql:"
DEFAULT_PORT = "5432"
_TRUE = frozenset({"", "true", "1", "yes", "on"})

# pgjdbc's parameter -> libpq's, where only the name differs
_RENAMED = {
    "user": "user",
    "password": "password",
    "ApplicationName": "application_name",
    "connectTimeout": "connect_timeout",
    "loginTimeout": "connect_timeout",
    "sslmode": "sslmode",
    "sslcert": "sslcert",
    "sslkey": "sslkey",
    "sslrootcert": "sslrootcert",
    "sslpassword": "sslpassword",
    "sslNegotiation": "sslnegotiation",
    "channelBinding": "channel_binding",
    "targetServerType": "target_session_attrs",
    "loadBalanceHosts": "load_balance_hosts",
    "gssEncMode": "gssencmode",
    "options": "options",
}
_SESSION_KINDS = {
    "any": "any",
    "primary": "primary",
    "master": "primary",
    "secondary": "standby",
    "slave": "standby",
    "preferSecondary": "prefer-standby",
    "preferSlave": "prefer-standby",
    "preferPrimary": "any",
}


@dataclass(frozen=True, slots=True)
class Address:
    """Where a database is, and how to reach it.

    Attributes:
        hosts: (host, port) pairs, tried in order.
        database: None means the database named like the user.
        parameters: Further libpq parameters; ``user`` and ``password`` too if the URL has them.
    """

    hosts: tuple[tuple[str, str], ...]
    database: str | None = None
    parameters: Mapping[str, str] = field(default_factory=dict)

    @property
    def place(self) -> str:
        """``host:port/database`` for messages; never holds a password."""
        hosts = ",".join(f"{host}:{port}" for host, port in self.hosts)
        return f"{hosts}/{self.database or ''}"


def parse_url(url: str) -> Address:
    """Take a URL in any of pgjdbc's forms apart.

    Parameters that only matter inside a Java driver (``prepareThreshold`` …) are dropped.

    Raises:
        TaskFailedError: Blank, another scheme, or not well formed; never shows the parameters.
    """
    text = url.strip()
    if not text:
        raise TaskFailedError("Rendered value of `url` is blank.")
    if not text.startswith(SCHEME):
        raise TaskFailedError("URL scheme is invalid. URL should start with `jdbc:postgresql`")
    location, _, query = text.removeprefix(SCHEME).partition("?")
    if location.startswith("//"):
        authority, _, database = location[2:].partition("/")
        hosts = tuple(host_and_port(part, DEFAULT_PORT) for part in authority.split(","))
    else:
        database = location.removeprefix("/")
        hosts = (("localhost", DEFAULT_PORT),)
    return Address(hosts, unquote(database) or None, _parameters(query))


def host_and_port(text: str, default_port: str) -> tuple[str, str]:
    """Return the two parts of ``host:port``, the defaults where one is missing.

    Raises:
        TaskFailedError: It is not well formed.
    """
    if text.startswith("["):
        host, closing, rest = text[1:].partition("]")
        if not closing or (rest and not rest.startswith(":")):
            raise TaskFailedError(
                f"Invalid host in `url`: '{text}'. Write IPv6 as [::1]:{default_port}"
            )
        port = rest.removeprefix(":")
    else:
        host, _, port = text.partition(":")
    if port and not (port.isascii() and port.isdigit() and 0 < int(port) < 65536):
        raise TaskFailedError(f"Invalid port in `url`: '{port}' is not a number from 1 to 65535")
    return host or "localhost", port or default_port


def _parameters(query: str) -> dict[str, str]:
    found: dict[str, str] = {}
    written = dict(parse_qsl(query, keep_blank_values=True))
    for name, value in written.items():
        if name in _RENAMED:
            found[_RENAMED[name]] = value
    if "target_session_attrs" in found:
        kind = found["target_session_attrs"]
        found["target_session_attrs"] = _SESSION_KINDS.get(kind, "any")
    if "currentSchema" in written:
        schema = written["currentSchema"].replace("\\", "\\\\").replace(" ", "\\ ")
        found["options"] = f"{found.get('options', '')} -c search_path={schema}".strip()
    if written.get("ssl", "false").lower() in _TRUE and "sslmode" not in found:
        found["sslmode"] = "verify-full"
    return found
