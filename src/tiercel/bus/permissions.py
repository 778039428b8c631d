"""What NATS lets servers and workers do, as a part of its configuration.

``python -m tiercel.bus.permissions gpu cpu`` prints it for the worker groups ``default``, ``gpu``
and ``cpu``. Passwords are variables of NATS's own environment: ``TIERCEL_BUS_PASSWORD`` for
servers, ``TIERCEL_BUS_PASSWORD_GPU`` for the workers of ``gpu``.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from typing import Any

import msgspec

from tiercel.bus.names import Names, group_token, worker_inbox

SERVER_USER = "tiercel"
_PASSWORD = "TIERCEL_BUS_PASSWORD"  # noqa: S105  the name of a variable
_API = "$JS.API"


def worker_user(group: str) -> str:
    """Name of the user that the workers of a group log in with."""
    return f"worker-{group_token(group)}"


def worker_permissions(group: str, *, prefix: str = "tiercel") -> dict[str, Any]:
    """Return what workers of a group may publish and hear: their own jobs, and what they report.

    They can't take jobs of other groups, give out jobs, read news or logs, or change streams.
    """
    names = Names(prefix)
    stream, consumer = names.jobs_stream, names.jobs_consumer(group)
    publish = [
        names.news,
        names.metrics,
        names.live("*", "logs"),
        names.live("*", "progress"),
        names.dead(group, "*"),
        names.dead("unreadable", "job"),
        names.presence,
        names.questions,
        names.toggle,
        f"{_API}.INFO",
        *(f"{_API}.STREAM.INFO.{name}" for name in names.streams),
        f"{_API}.CONSUMER.CREATE.{stream}.{consumer}.{names.jobs_of(group)}",
        f"{_API}.CONSUMER.MSG.NEXT.{stream}.{consumer}",
        f"$JS.ACK.{stream}.{consumer}.>",
    ]
    heard = [names.stop, names.answer, names.secrets, names.presence_asked]
    return {
        "publish": publish,
        "subscribe": [*heard, f"{worker_inbox(group)}.>"],
    }


def users(groups: Sequence[str], *, prefix: str = "tiercel") -> list[dict[str, Any]]:
    """Return the users of NATS: one for servers, one for the workers of each group."""
    found: list[dict[str, Any]] = [{"user": SERVER_USER, "password": f"${_PASSWORD}"}]
    for group in groups:
        variable = f"{_PASSWORD}_{re.sub(r'[^A-Z0-9]', '_', group_token(group).upper())}"
        found.append(
            {
                "user": worker_user(group),
                "password": f"${variable}",
                "permissions": worker_permissions(group, prefix=prefix),
            }
        )
    return found


def configuration(groups: Sequence[str], *, prefix: str = "tiercel") -> str:
    """Return the ``authorization`` block for the configuration of NATS."""
    written = msgspec.json.format(msgspec.json.encode(users(groups, prefix=prefix)), indent=2)
    # quoted, a variable would be the password itself
    text = re.sub(r'"(\$TIERCEL_[A-Z0-9_]+)"', r"\1", written.decode())
    return f"authorization: {{\n  users: {text}\n}}\n"


if __name__ == "__main__":
    sys.stdout.write(configuration(list(dict.fromkeys(["default", *sys.argv[1:]]))))
