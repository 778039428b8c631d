"""Keys of Kestra's configuration that are taken, but have nothing to do here, with the reason."""

from __future__ import annotations

_POOL = "the pool of connections looks after itself"
_TIMES = "polling is not needed: servers are told at once"
_PROBES = "a lost worker is noticed by the queue within seconds"
_ENTERPRISE = "belongs to an edition that Tiercel does not follow"
_OTEL = "set the variable `OTEL_…` instead"

UNUSED: dict[str, str] = {
    "datasources.*.driver-class-name": "no Java driver is needed",
    "datasources.*.dialect": "only PostgreSQL is used",
    "datasources.*.minimum-idle": _POOL,
    "datasources.*.connection-timeout": _POOL,
    "datasources.*.idle-timeout": _POOL,
    "datasources.*.max-lifetime": _POOL,
    "datasources.*.validation-timeout": _POOL,
    "datasources.*.connection-test-query": _POOL,
    "datasources.*.connection-init-sql": _POOL,
    "datasources.*.pool-name": _POOL,
    "datasources.*.read-only": _POOL,
    "datasources.*.auto-commit": _POOL,
    "datasources.*.leak-detection-threshold": _POOL,
    "datasources.*.keepalive-time": _POOL,
    "flyway": "tables are brought up to date by Tiercel itself",
    "jooq": "no Java library is used",
    "kestra.jdbc.tables": "tables have names of their own, in the schema `tiercel`",
    "kestra.jdbc.queues": _TIMES,
    "kestra.jdbc.cleaner": "the queue keeps no old messages",
    "kestra.jdbc.executor": "one executor does all steps, in batches",
    "kestra.jdbc.retry": "a database that is away for a while is waited for",
    "kestra.storage.isolation": "storage is not told apart by service",
    "kestra.system-flows": "the namespace is `system`",
    "kestra.retries": "servers that are away for a while are waited for",
    "kestra.templates.enabled": "templates are always there",
    "kestra.tutorial-flows.enabled": "no flows are loaded unasked; examples are blueprints",
    "kestra.plugins.repositories": "plugins are Python packages: install them with pip or uv",
    "kestra.plugins.allow": _ENTERPRISE,
    "kestra.plugins.deny": _ENTERPRISE,
    "kestra.plugins.security": _ENTERPRISE,
    "kestra.plugins.management": _ENTERPRISE,
    "kestra.variables.cache-enabled": "templates are always kept once compiled",
    "kestra.variables.cache-size": "templates are always kept once compiled",
    "kestra.server.worker-task-restart-strategy": "tasks of a lost worker run again at once",
    "kestra.server.liveness": _PROBES,
    "kestra.server.service": _PROBES,
    "kestra.heartbeat": _PROBES,
    "kestra.executor": "one executor does all steps, in batches",
    "kestra.scheduler": "the scheduler sleeps until the next date",
    "kestra.indexer": "logs are written as they come",
    "kestra.webserver.google-analytics": "pages call nobody",
    "kestra.webserver.html-head": "pages are as they were built",
    "kestra.ui-anonymous-usage-report": "nothing is reported to anybody",
    "kestra.anonymous-usage-report": "nothing is reported to anybody",
    "kestra.configurations.delete-files-on-start": "scripts do not see the server's files' names",
    "kestra.traces.categories": "executions and task runs are traced, nothing else",
    "otel.traces": _OTEL,
    "otel.metrics": _OTEL,
    "otel.logs": _OTEL,
    "otel.sdk": _OTEL,
    "otel.service": _OTEL,
    "otel.resource": _OTEL,
    "otel.propagators": _OTEL,
    "otel.exporter.otlp.protocol": _OTEL,
    "otel.exporter.otlp.headers": _OTEL,
    "otel.exporter.otlp.timeout": _OTEL,
    "otel.exporter.otlp.compression": _OTEL,
    "kestra.ee": _ENTERPRISE,
    "kestra.tenants": _ENTERPRISE,
    "kestra.security": _ENTERPRISE,
    "kestra.secret": _ENTERPRISE + "; secrets are set by the API, or as variables `SECRET_…`",
    "kestra.elasticsearch": _ENTERPRISE,
    "kestra.kafka": _ENTERPRISE,
    "kestra.ai": _ENTERPRISE,
    "micronaut.security": _ENTERPRISE,
    "micronaut.application": "the name is `tiercel`",
    "micronaut.server.max-request-size": "files may be as large as the disk lets them",
    "micronaut.server.multipart": "files may be as large as the disk lets them",
    "micronaut.server.read-idle-timeout": "connections stay open while they are used",
    "micronaut.server.write-idle-timeout": "connections stay open while they are used",
    "micronaut.server.idle-timeout": "connections stay open while they are used",
    "micronaut.server.netty": "no Java server is used",
    "micronaut.http": "no Java client is used",
    "micronaut.executors": "no Java threads are used",
    "micronaut.metrics": "metrics are at /prometheus",
    "micronaut.caches": "no Java caches are used",
    "micronaut.router": "pages have addresses of their own",
    "micronaut.session": "sessions are cookies that the server signs",
    "endpoints.all.sensitive": "`endpoints.all.basic-auth` protects the port",
    "jackson": "no Java library is used",
    "javamail": "mail tasks name their server themselves",
    "netty": "no Java server is used",
}
"""Reason by key; everything below a key belongs to it. ``*`` stands for any name."""

LOOSE_PARENTS = ("micronaut", "endpoints", "kestra.worker")
"""Below these, a key that is near to none is one of the many that have nothing to do here."""

REFUSED: dict[str, tuple[str, str]] = {
    "micronaut.server.ssl": (
        "TLS is not served here",
        "let a reverse proxy serve TLS, and take these lines out",
    ),
    "micronaut.ssl": (
        "TLS is not served here",
        "let a reverse proxy serve TLS, and take these lines out",
    ),
}
"""Keys that protect something when ``enabled`` is true, and would protect nothing here."""
