"""The REST API and its event streams. :func:`create_app` is the door."""

from tiercel.web.app import close_streams, create_app

__all__ = ["close_streams", "create_app"]
