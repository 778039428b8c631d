"""The REST API and its event streams. :func:`create_app` is the door."""

from tiercel.web.app import create_app

__all__ = ["create_app"]
