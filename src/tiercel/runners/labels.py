"""Labels by which what a runner made is found again, also by another worker."""

from __future__ import annotations

from tiercel.plugin.context import TaskContext

TASK_RUN = "kestra.io/taskrun-id"
ATTEMPT = "kestra.io/taskrun-attempt"
_LIMIT = 63


def task_labels(context: TaskContext) -> dict[str, str]:
    """Return the labels of a task's attempt; values are cut to 63 characters."""
    info = context.info
    labels = {
        "namespace": info.namespace,
        "flow-id": info.flow_id,
        "task-id": info.task_id,
        "execution-id": info.execution_id,
        "taskrun-id": info.task_run_id,
        "taskrun-attempt": str(info.attempt_number),
    }
    return {f"kestra.io/{name}": value[:_LIMIT].rstrip("-._") for name, value in labels.items()}
