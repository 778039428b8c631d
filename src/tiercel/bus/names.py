"""Names of streams, consumers and subjects: the only place that spells them.

Subjects, below the prefix::

    jobs.<group>.<attempt id>   JOBS    one message per attempt that is not finished
    news                        NEWS    from workers to executors
    live.<execution id>.logs    LOGS    log entries from workers, also heard by followers
    metrics                     LOGS    metrics from workers
    dead.<group>.<attempt id>   DEAD    jobs that were given up
    live.<execution id>.state   -       what changed in an execution
    live.<execution id>.tail    -       log entries that are stored already
    live.<execution id>.progress  -     how far a running task is
    wake, wake-scheduler        -       signals to executors and schedulers
    secrets                     -       signal that a secret was changed
    stop, answer                -       signals to workers
    presence                    -       processes tell that they are there
    presence-asked              -       signal to all processes to tell it now
"""

from __future__ import annotations

import hashlib
import re

from tiercel.model.errors import IllegalArgumentError

STATE, LOGS, TAIL, PROGRESS = "state", "logs", "tail", "progress"

_TOKEN = re.compile(r"[A-Za-z0-9_-]{1,64}")


class Names:
    """All names under one prefix; buses with different prefixes share a server and nothing else."""

    def __init__(self, prefix: str) -> None:
        if not _TOKEN.fullmatch(prefix):
            raise IllegalArgumentError(
                f"The prefix of the bus is '{prefix}'", hint="Use letters, digits, _ and - only."
            )
        self.prefix = prefix
        self.jobs_stream = f"{prefix}_JOBS"
        self.news_stream = f"{prefix}_NEWS"
        self.logs_stream = f"{prefix}_LOGS"
        self.dead_stream = f"{prefix}_DEAD"
        self.streams = (self.jobs_stream, self.news_stream, self.logs_stream, self.dead_stream)
        self.news = f"{prefix}.news"
        self.metrics = f"{prefix}.metrics"
        self.wake = f"{prefix}.wake"
        self.wake_scheduler = f"{prefix}.wake-scheduler"
        self.secrets = f"{prefix}.secrets"
        self.toggle = f"{prefix}.toggle"
        self.questions = f"{prefix}.questions"
        self.stop = f"{prefix}.stop"
        self.answer = f"{prefix}.answer"
        self.presence = f"{prefix}.presence"
        self.presence_asked = f"{prefix}.presence-asked"
        self.all_logs = f"{prefix}.live.*.{LOGS}"

    def job(self, group: str, attempt_id: str) -> str:
        """Subject of one attempt's job."""
        return f"{self.prefix}.jobs.{group_token(group)}.{attempt_id}"

    def jobs_of(self, group: str) -> str:
        """Subject of all jobs of a worker group; of all groups when it is ``*``."""
        token = group if group == "*" else group_token(group)
        return f"{self.prefix}.jobs.{token}.*"

    def job_of_any_group(self, attempt_id: str) -> str:
        """Subject that matches one attempt's job, whatever its group."""
        return f"{self.prefix}.jobs.*.{attempt_id}"

    def dead(self, group: str, attempt_id: str) -> str:
        """Subject of a job that was given up."""
        return f"{self.prefix}.dead.{group_token(group)}.{attempt_id}"

    def live(self, execution_id: str, kind: str) -> str:
        """Subject of one kind of live signal of an execution; of all kinds when it is ``*``."""
        return f"{self.prefix}.live.{execution_id}.{kind}"

    def jobs_consumer(self, group: str) -> str:
        """Name of the consumer that the workers of a group share."""
        return f"workers-{group_token(group)}"


def group_token(group: str) -> str:
    """Return the worker group as part of a subject: itself where possible, else its hash."""
    if _TOKEN.fullmatch(group):
        return group
    return "g-" + hashlib.sha256(group.encode()).hexdigest()[:24]


def worker_inbox(group: str) -> str:
    """Begin of the subjects on which a worker gets jobs and answers: no other group hears them."""
    return f"_INBOX_{group_token(group)}"
