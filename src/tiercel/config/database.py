"""The database that settings name: JDBC addresses as Java programs have them, made into URLs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from tiercel.config.errors import Remark

if TYPE_CHECKING:
    from tiercel.config.loading import Configuration
    from tiercel.config.sections import DataSource, Settings

_JDBC = "jdbc:"
_POSTGRES = ("postgresql", "postgres")
_PASSED_ON = frozenset({"sslmode", "sslrootcert", "sslcert", "sslkey"})
_EMBEDDED = "the embedded PostgreSQL stands in for it"


def jdbc_url(source: DataSource) -> str:
    """Return ``postgresql://user:password@host:port/database?sslmode=…`` of a data source.

    Parameters that only a Java driver understands are left out. Host, port and database have
    PostgreSQL's own defaults.

    Raises:
        ValueError: It is no address of a PostgreSQL; the message says what one looks like.
    """
    text = source.url.get_secret_value().strip().removeprefix(_JDBC)
    scheme, _, rest = text.partition(":")
    if scheme not in _POSTGRES or not rest:
        raise ValueError("must be like jdbc:postgresql://host:5432/database")
    parts = urlsplit(f"//{rest.removeprefix('//')}" if rest.startswith("//") else f"///{rest}")
    given = dict(parse_qsl(parts.query, keep_blank_values=True))
    _, _, hosts = parts.netloc.rpartition("@")
    user = source.username or given.get("user", "") or (parts.username or "")
    password = source.password.get_secret_value() or given.get("password", "")
    password = password or (parts.password or "")
    login = quote(user, safe="") + (f":{quote(password, safe='')}" if password else "")
    kept = {name: value for name, value in given.items() if name.lower() in _PASSED_ON}
    if given.get("ssl", "false").lower() != "false" and "sslmode" not in kept:
        kept["sslmode"] = "verify-full"
    address = f"{login}@{hosts or 'localhost:5432'}" if login else hosts or "localhost:5432"
    query = f"?{urlencode(kept)}" if kept else ""
    return f"postgresql://{address}{parts.path or '/'}{query}"


def main_source(settings: Settings) -> str:
    """Return the name of the data source that holds everything; empty when none is used."""
    if settings.repository.type not in (None, "postgres"):
        return ""
    sources = settings.datasources
    if "postgres" in sources and sources["postgres"].url.get_secret_value():
        return "postgres"
    for name, source in sources.items():
        if _is_postgres(source):
            return name
    return ""


def database_url(settings: Settings) -> str:
    """Return the URL of the configured PostgreSQL, empty when the embedded one is wanted."""
    own = settings.node.database_url.get_secret_value()
    name = "" if own else main_source(settings)
    return own or (jdbc_url(settings.datasources[name]) if name else "")


def pool_size(settings: Settings) -> int | None:
    """Return how many connections a process may hold, None for the usual number."""
    name = main_source(settings)
    return settings.datasources[name].maximum_pool_size if name else None


def _is_postgres(source: DataSource) -> bool:
    text = source.url.get_secret_value().strip().removeprefix(_JDBC)
    return text.startswith(_POSTGRES)


def backend_problems(configuration: Configuration) -> Iterator[Remark]:
    """Yield what is wrong with the address of the database that is used."""
    name = main_source(configuration.settings)
    if name:
        try:
            jdbc_url(configuration.settings.datasources[name])
        except ValueError as error:
            origin = configuration.origin("datasources", "url", name)
            yield Remark(origin, f"datasources.{name}.url", str(error))


def key_remarks(settings: Settings, database_url: str) -> Iterator[Remark]:
    """Yield a line when servers of one database may each have a key of their own."""
    if database_url and not settings.encryption.secret_key.get_secret_value():
        message = "is not set: SECRET inputs are encrypted with a key of this data folder"
        hint = "set it, the same for all servers of the database"
        yield Remark(None, "kestra.encryption.secret-key", message, hint)


def backend_remarks(configuration: Configuration) -> Iterator[Remark]:
    """Yield a line for each kind of server that is named and is not the one that is used."""
    settings = configuration.settings
    repository, queue = settings.repository.type, settings.queue.type
    used = main_source(settings)
    if repository not in (None, "postgres"):
        origin = configuration.origin("repository", "type")
        yield Remark(origin, "kestra.repository.type", f"`{repository}`: {_EMBEDDED}")
    elif repository and not used and not settings.node.database_url.get_secret_value():
        origin = configuration.origin("repository", "type")
        message = "no PostgreSQL is named in `datasources`: the embedded one is used"
        yield Remark(origin, "kestra.repository.type", message)
    if queue is not None:
        bus = (
            "that of `tiercel.bus-url`" if settings.node.bus_url.get_secret_value() else "embedded"
        )
        origin = configuration.origin("queue", "type")
        yield Remark(origin, "kestra.queue.type", f"`{queue}`: the queue is NATS, {bus}")
    for name in settings.datasources:
        if name != used:
            origin = configuration.origin("datasources", "", name)
            message = "has no effect here: one PostgreSQL holds everything"
            yield Remark(origin, f"datasources.{name}", message)
