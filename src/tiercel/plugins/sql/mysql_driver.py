"""Connections to MySQL and MariaDB over PyMySQL."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote

from tiercel.plugin.task import TaskFailedError
from tiercel.plugins.rows.plain import json_value
from tiercel.plugins.sql.driver import Driver, Rows
from tiercel.plugins.sql.statements import MYSQL
from tiercel.plugins.sql.url import host_and_port

if TYPE_CHECKING:
    from pymysql.connections import Connection
    from pymysql.cursors import SSCursor

DEFAULT_PORT = "3306"
_CONNECT_SECONDS = 10
_DAY = timedelta(days=1)
_TIMESTAMP, _LONGLONG, _TIME, _YEAR, _BIT = 7, 8, 11, 13, 16
_UNSIGNED = 32
_NO_BACKSLASHES = 512


@dataclass(frozen=True, slots=True)
class MysqlAddress:
    """Where a database is and how to log in.

    Attributes:
        has_local_infile: ``LOAD DATA LOCAL INFILE`` may read files.
        uses_tls: Encrypt the connection.
        checks_certificate: Refuse servers whose certificate is not trusted.
    """

    host: str
    port: int
    database: str | None
    username: str | None
    password: str | None
    has_local_infile: bool = False
    uses_tls: bool = False
    checks_certificate: bool = False

    @property
    def place(self) -> str:
        """``host:port/database`` for messages."""
        return f"{self.host}:{self.port}/{self.database or ''}"


def parse_mysql_url(
    url: str, schemes: Sequence[str], username: str | None, password: str | None
) -> MysqlAddress:
    """Take ``jdbc:mysql://host:port/database?parameters`` apart.

    Raises:
        TaskFailedError: Blank, another scheme, or not well formed.
    """
    text = url.strip()
    if not text:
        raise TaskFailedError("Rendered value of `url` is blank.")
    scheme = next((name for name in schemes if text.startswith(f"{name}://")), None)
    if scheme is None:
        raise TaskFailedError(
            f"URL scheme is invalid. URL should start with `{schemes[0]}`, as in "
            f"`{schemes[0]}://127.0.0.1:3306/shop`."
        )
    location, _, query = text.removeprefix(f"{scheme}://").partition("?")
    authority, _, database = location.partition("/")
    host, port = host_and_port(authority.split(",")[0], DEFAULT_PORT)
    given = dict(parse_qsl(query, keep_blank_values=True))
    mode = given.get("sslMode", "").upper().replace("-", "_")
    return MysqlAddress(
        host=host,
        port=int(port),
        database=unquote(database) or None,
        username=username or given.get("user"),
        password=password or given.get("password"),
        uses_tls=mode not in ("", "DISABLED", "DISABLE", "PREFERRED")
        or given.get("useSSL", given.get("useSsl", "")).lower() == "true",
        checks_certificate=mode in ("VERIFY_CA", "VERIFY_IDENTITY", "VERIFY_FULL"),
    )


class MysqlDriver(Driver):
    """An open connection; rows are streamed, never all in memory.

    Args:
        zone: The zone of the session.
        find: Gives the address behind the host and port that the URL names.
    """

    dialect = MYSQL

    def __init__(
        self,
        address: MysqlAddress,
        zone: tzinfo,
        find: Callable[[str, int], tuple[str, int]],
    ) -> None:
        import pymysql

        self._errors = pymysql.MySQLError
        self._address = address
        self._find = find
        self._cursor: SSCursor | None = None
        offset = datetime.now(zone).utcoffset() or timedelta()
        self._offset = timezone(offset)
        try:
            self._connection = self._connect()
            self._connection.query(f"SET time_zone = '{_offset_text(offset)}'")
        except pymysql.MySQLError as error:
            raise TaskFailedError(
                f"{_words(error)}\n  Where: connecting to {address.place}"
            ) from error

    def _connect(self) -> Connection[Any]:
        import pymysql
        from pymysql.cursors import SSCursor

        address = self._address
        host, port = self._find(address.host, address.port)
        # PyMySQL would ask the server's environment for what is not given
        more: dict[str, Any] = {"ssl": {"check_hostname": False}} if address.uses_tls else {}
        if address.checks_certificate:
            more = {"ssl_verify_cert": True, "ssl_verify_identity": True}
        return pymysql.connect(
            host=host,
            port=port,
            user=address.username or "",
            password=address.password or "",
            database=address.database,
            charset="utf8mb4",
            autocommit=True,
            connect_timeout=_CONNECT_SECONDS,
            local_infile=address.has_local_infile,
            cursorclass=SSCursor,
            **more,
        )

    def execute(self, sql: str) -> Rows | None:
        """Run one statement; of a procedure's results the first one counts."""
        self._end_cursor()
        self._cursor = self._connection.cursor()
        self._cursor.execute(sql)
        if self._cursor.description is None:
            return None
        labels = [column[0] for column in self._cursor.description]
        return Rows(labels, self._values(self._cursor))

    def execute_many(self, sql: str, rows: Sequence[Sequence[Any]]) -> int:
        """Run one statement, with ``%s`` for each value, for all rows; return rows changed."""
        self._end_cursor()
        with self._connection.cursor() as cursor:
            return max(cursor.executemany(sql, rows) or 0, 0)

    def parameter(self, value: Any) -> Any:
        """Return what is sent for a row's value: moments as the session's zone shows them."""
        if isinstance(value, datetime) and value.tzinfo is not None:
            return value.astimezone(self._offset).replace(tzinfo=None)
        if isinstance(value, list | dict):
            return json.dumps(json_value(value), ensure_ascii=False)
        return value

    def _values(self, cursor: SSCursor) -> Iterator[Sequence[Any]]:
        fields = cursor._result.fields if cursor._result else ()  # the only way to the flags
        changes = [self._change(field.type_code, field.flags) for field in fields]
        for row in cursor:
            yield [
                value if value is None or change is None else change(value)
                for change, value in zip(changes, row, strict=True)
            ]

    def _change(self, kind: int, flags: int) -> Callable[[Any], Any] | None:
        if kind == _TIMESTAMP:
            return self._instant
        if kind == _LONGLONG and flags & _UNSIGNED:
            return str
        return _CHANGES.get(kind)

    def _instant(self, value: Any) -> Any:
        if not isinstance(value, datetime):
            return value
        return value.replace(tzinfo=self._offset).astimezone(UTC)

    def _end_cursor(self) -> None:
        if self._cursor is not None:
            self._cursor.close()
            self._cursor = None

    def begin(self) -> None:
        """Open a transaction."""
        self._end_cursor()
        self._connection.begin()

    def commit(self) -> None:
        """Commit it."""
        self._end_cursor()
        self._connection.commit()

    def roll_back(self) -> None:
        """Undo it."""
        self._end_cursor()
        if self._connection.open:
            self._connection.rollback()

    def close(self) -> None:
        """Close the connection; rows that nobody read are not waited for."""
        result = self._cursor._result if self._cursor is not None else None
        if result is not None:
            result.unbuffered_active = False
        if self._connection.open:
            self._connection._force_close()

    def interrupt(self) -> None:
        """End the running statement, by another connection."""
        try:
            with self._connect() as other:
                other.query(f"KILL QUERY {self._connection.thread_id()}")
        except self._errors:
            # it can't be asked: without its line the statement ends at the next answer
            self._connection._force_close()

    def message(self, error: Exception) -> str | None:
        """Return the server's own words."""
        return _words(error) if isinstance(error, self._errors) else None

    def literal(self, value: Any) -> str:
        """Return the SQL literal of a value; lists and maps are texts of JSON."""
        if isinstance(value, list | dict):
            value = json.dumps(json_value(value), ensure_ascii=False)
        if isinstance(value, str) and not self._connection.server_status & _NO_BACKSLASHES:
            value = value.replace("\\", "\\\\")
        return super().literal(value)


def _words(error: Exception) -> str:
    number, *texts = error.args if error.args else ("",)
    if not texts:
        return str(number) or type(error).__name__
    return f"{texts[0]} (error {number})"


def _offset_text(offset: timedelta) -> str:
    minutes = int(offset.total_seconds()) // 60
    sign = "-" if minutes < 0 else "+"
    return f"{sign}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"


def _clock(value: Any) -> Any:
    """Return a time of day; what is longer than a day or negative stays text."""
    if isinstance(value, timedelta) and timedelta() <= value < _DAY:
        return (datetime(1, 1, 1, tzinfo=UTC) + value).time()
    return str(value)


def _year(value: Any) -> Any:
    return date(int(value), 1, 1) if value else str(value)


_CHANGES: Mapping[int, Callable[[Any], Any]] = {_TIME: _clock, _YEAR: _year, _BIT: bytes}
