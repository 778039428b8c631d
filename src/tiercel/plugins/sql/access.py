"""Properties that every PostgreSQL task shares: where the database is and how to log in."""

from __future__ import annotations

from datetime import tzinfo
from enum import StrEnum
from pathlib import Path

from pydantic import ConfigDict

from tiercel.plugin.properties import Text
from tiercel.plugin.task import Plugin, TaskFailedError
from tiercel.plugins.sql.results import local_zone, shown_zone
from tiercel.plugins.sql.session import Access
from tiercel.plugins.sql.url import parse_url


class SslMode(StrEnum):
    """How much TLS is asked for."""

    DISABLE = "DISABLE"
    ALLOW = "ALLOW"
    PREFER = "PREFER"
    REQUIRE = "REQUIRE"
    VERIFY_CA = "VERIFY_CA"
    VERIFY_FULL = "VERIFY_FULL"


class PostgresPlugin(Plugin):
    """Base of tasks and triggers that connect to PostgreSQL."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    url: Text
    """JDBC URL: `jdbc:postgresql://host:port/database?parameter=value`."""
    username: Text | None = None
    """User to log in as; wins over the URL's."""
    password: Text | None = None
    """Password; wins over the URL's. Keep it in a secret."""
    time_zone_id: Text | None = None
    """Zone in which moments are shown, e.g. `Europe/Paris`; the worker's by default."""
    ssl: bool = False
    """Encrypt the connection and, unless `sslMode` says less, check the server's certificate."""
    ssl_mode: SslMode | None = None
    """How far TLS goes."""
    ssl_root_cert: Text | None = None
    """Certificate authority, PEM text."""
    ssl_cert: Text | None = None
    """Client certificate, PEM text."""
    ssl_key: Text | None = None
    """Key of the client certificate, PEM text, PKCS1 or PKCS8."""
    ssl_key_password: Text | None = None
    """Password of an encrypted `sslKey`."""

    def zone(self) -> tzinfo:
        """Return the zone in which moments are shown. Raises TaskFailedError for an unknown one."""
        return shown_zone(self.time_zone_id)

    def access(self, folder: Path) -> Access:
        """Return how to connect.

        Args:
            folder: Private folder that certificates are written to.

        Raises:
            TaskFailedError: The URL or the key can't be used.
        """
        return Access(
            parse_url(self.url),
            local_zone(),
            self.username,
            self.password,
            self._tls(folder),
        )

    def _tls(self, folder: Path) -> dict[str, str]:
        parameters: dict[str, str] = {}
        if self.ssl_mode is not None:
            parameters["sslmode"] = self.ssl_mode.lower().replace("_", "-")
        elif self.ssl:
            parameters["sslmode"] = "verify-full"
        if self.ssl_key and "ENCRYPTED" in self.ssl_key and not self.ssl_key_password:
            raise TaskFailedError(
                "Unable to import private key. Key is encrypted, but no password was provided."
            )
        texts = {
            "sslrootcert": self.ssl_root_cert,
            "sslcert": self.ssl_cert,
            "sslkey": self.ssl_key,
        }
        for name, text in texts.items():
            if text:
                path = folder / f"{name}.pem"
                path.touch(mode=0o600)
                path.write_text(text)
                parameters[name] = str(path)
        if self.ssl_key_password:
            parameters["sslpassword"] = self.ssl_key_password
        return parameters
