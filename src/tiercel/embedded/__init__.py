"""The PostgreSQL and NATS servers that a laptop runs: find the programs, start, share, stop."""

from tiercel.embedded.servers import EmbeddedServers, Endpoints

__all__ = ["EmbeddedServers", "Endpoints"]
