"""Tasks over MariaDB: those of MySQL under the names that flows use for it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from tiercel.plugins.sql import mysql
from tiercel.plugins.sql.query import QueriesTask, QueryTask

_SCHEMES = ("jdbc:mariadb", "jdbc:mysql")


class Query(mysql.MysqlPlugin, QueryTask):
    """Run SQL on MariaDB and give back the rows of the last statement that has any.

    Outputs: ``row``, ``rows``, ``uri``, ``size``.
    """

    type_name = "io.kestra.plugin.jdbc.mariadb.Query"
    title = "Run a query on MariaDB."
    schemes: ClassVar[Sequence[str]] = _SCHEMES


class Queries(mysql.MysqlPlugin, QueriesTask):
    """Run several statements on MariaDB and give back the rows of each that has any, in order.

    Output: ``outputs``, a list of ``row``, ``rows``, ``uri``, ``size``.
    """

    type_name = "io.kestra.plugin.jdbc.mariadb.Queries"
    title = "Run several statements on MariaDB, in one transaction."
    schemes: ClassVar[Sequence[str]] = _SCHEMES


class Trigger(mysql.Trigger):
    """Run a query now and then, and start an execution when it gives rows."""

    type_name = "io.kestra.plugin.jdbc.mariadb.Trigger"
    title = "Start executions from rows that a query on MariaDB finds."
    schemes: ClassVar[Sequence[str]] = _SCHEMES
