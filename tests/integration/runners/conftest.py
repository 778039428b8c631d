from __future__ import annotations

from docker_kit import engine

__all__ = ["engine"]
