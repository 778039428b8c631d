"""The streams and consumers that must exist before anything can be sent."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from tiercel.bus.client import (
    AckPolicy,
    APIError,
    ConsumerConfig,
    DiscardPolicy,
    NotFoundError,
    RetentionPolicy,
    StorageType,
    StreamConfig,
)
from tiercel.bus.names import Names

if TYPE_CHECKING:
    from nats.js.api import StreamInfo
    from nats.js.client import JetStreamContext

_DUPLICATE_WINDOW_SECONDS = 120.0
_LOGS_BYTES = 2 * 1024**3
_DEAD_BYTES = 64 * 1024**2
_DEAD_SECONDS = 7 * 24 * 3600.0
_MAX_PENDING = 50_000
_MAX_READERS = 4_096
# JetStream's codes for: no servers to place it on, not enough of what it takes, no cluster at all.
_TOO_FEW_SERVERS = (10005, 10023, 10074)


async def ensure_streams(
    jetstream: JetStreamContext, names: Names, *, replicas: int, missing: Callable[[str], None]
) -> None:
    """Make the streams that do not exist.

    They are made side by side: in a cluster that just lost a server, each may have to wait until
    those that have it agree on who leads, for seconds. Those that were made in a smaller cluster
    get more copies. Where there are too few servers for so many copies, one has to do.

    Args:
        jetstream: Where they are made.
        names: What they are called.
        replicas: Copies of each.
        missing: Is told the name of each that has to be made, before it is: the answer may be lost.
    """
    configs = (
        # One message per subject, and a subject per attempt: a job that is already waiting or
        # running is never stored twice, however often it is published.
        StreamConfig(
            name=names.jobs_stream,
            subjects=[names.jobs_of("*")],
            retention=RetentionPolicy.WORK_QUEUE,
            discard=DiscardPolicy.NEW,
            discard_new_per_subject=True,
            max_msgs_per_subject=1,
            duplicate_window=_DUPLICATE_WINDOW_SECONDS,
        ),
        StreamConfig(
            name=names.news_stream,
            subjects=[names.news],
            retention=RetentionPolicy.WORK_QUEUE,
        ),
        StreamConfig(
            name=names.logs_stream,
            subjects=[names.all_logs, names.metrics],
            retention=RetentionPolicy.WORK_QUEUE,
            max_bytes=_LOGS_BYTES,
        ),
        StreamConfig(
            name=names.dead_stream,
            subjects=[f"{names.prefix}.dead.>"],
            retention=RetentionPolicy.LIMITS,
            max_bytes=_DEAD_BYTES,
            max_age=_DEAD_SECONDS,
        ),
    )
    outcomes = await asyncio.gather(
        *(_ensure(jetstream, config, replicas, missing) for config in configs),
        return_exceptions=True,
    )
    for outcome in outcomes:
        if outcome is not None:
            raise outcome


async def _ensure(
    jetstream: JetStreamContext,
    config: StreamConfig,
    replicas: int,
    missing: Callable[[str], None],
) -> None:
    name = str(config.name)
    try:
        found = (await jetstream.stream_info(name)).config
    except NotFoundError:
        missing(name)
        config.storage = StorageType.FILE
        config.num_replicas = replicas
        if not await _is_possible(jetstream.add_stream(config)):
            config.num_replicas = 1
            await jetstream.add_stream(config)
        return
    if (found.num_replicas or 1) < replicas:
        await _is_possible(jetstream.update_stream(replace(found, num_replicas=replicas)))


async def _is_possible(change: Awaitable[StreamInfo]) -> bool:
    """Change a stream; return False when there are too few servers for so many copies."""
    try:
        await change
    except APIError as error:
        if error.err_code not in _TOO_FEW_SERVERS:
            raise
        return False
    return True


async def ensure_jobs_consumer(
    jetstream: JetStreamContext, names: Names, group: str, *, ack_wait_seconds: float
) -> str:
    """Make the consumer of a worker group where it is missing; return its name."""
    name = names.jobs_consumer(group)
    await jetstream.add_consumer(
        names.jobs_stream,
        ConsumerConfig(
            # named, it is made under a subject that tells the group: others may be denied that
            name=name,
            durable_name=name,
            filter_subject=names.jobs_of(group),
            ack_policy=AckPolicy.EXPLICIT,
            ack_wait=ack_wait_seconds,
            max_ack_pending=_MAX_PENDING,
            max_waiting=_MAX_READERS,
        ),
    )
    return name


async def ensure_reader(
    jetstream: JetStreamContext, stream: str, name: str, subject: str, *, ack_wait_seconds: float
) -> str:
    """Make the consumer that all readers of ``subject`` share; return its name."""
    await jetstream.add_consumer(
        stream,
        ConsumerConfig(
            durable_name=name,
            filter_subject=subject,
            ack_policy=AckPolicy.EXPLICIT,
            ack_wait=ack_wait_seconds,
            max_ack_pending=_MAX_PENDING,
            max_waiting=_MAX_READERS,
        ),
    )
    return name


async def withdraw(jetstream: JetStreamContext, names: Names, attempt_id: str) -> None:
    """Delete the job of an attempt from the stream, whether it waits or runs."""
    await jetstream.purge_stream(names.jobs_stream, subject=names.job_of_any_group(attempt_id))


async def find_job(
    jetstream: JetStreamContext, names: Names, attempt_id: str
) -> tuple[bool, float]:
    """Whether the job of an attempt is in the stream, and when the stream was made (Unix time)."""
    info = await jetstream.stream_info(
        names.jobs_stream, subjects_filter=names.job_of_any_group(attempt_id)
    )
    made_at = info.created.timestamp() if info.created is not None else 0.0
    return bool(info.state.subjects), made_at


async def is_read(jetstream: JetStreamContext, names: Names, group: str) -> bool:
    """Whether a worker of a group asks for jobs, or has some in hand."""
    try:
        info = await jetstream.consumer_info(names.jobs_stream, names.jobs_consumer(group))
    except NotFoundError:
        return False
    return bool(info.num_waiting or info.num_ack_pending)


async def oldest(jetstream: JetStreamContext, stream: str) -> float | None:
    """When the oldest message was stored (Unix time); None when the stream is empty or gone."""
    try:
        info = await jetstream.stream_info(stream)
        if not info.state.messages:
            return None
        message = await jetstream.get_msg(stream, seq=info.state.first_seq)
    except NotFoundError:
        return None
    return message.time.timestamp() if message.time is not None else None
