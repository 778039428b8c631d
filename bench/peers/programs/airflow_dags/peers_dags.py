"""Airflow: DAGs without a schedule, and without limits that would be measured instead."""

from itertools import pairwise

from airflow.providers.standard.operators.bash import BashOperator
from airflow.sdk import DAG, task

UNLIMITED = {
    "schedule": None,
    "catchup": False,
    "max_active_runs": 1000,
    "max_active_tasks": 1000,
    "is_paused_upon_creation": False,
}


@task
def step(number):
    """Work."""
    import work

    work.task(number)


def in_sequence(operators):
    """Let tasks wait for each other."""
    for before, after in pairwise(operators):
        before >> after


def steps(count, number):
    """Return tasks."""
    return [step.override(task_id=f"t{place}")(number) for place in range(count)]


with DAG("one", **UNLIMITED) as one:
    steps(1, 0)
with DAG("chain", **UNLIMITED) as chain:
    in_sequence(steps(40, 10))
with DAG("long", **UNLIMITED) as long:
    in_sequence(steps(10, 33))
with DAG("fan", **UNLIMITED) as fan:
    steps(100, 0)
with DAG("shell", **UNLIMITED) as shell:
    in_sequence([BashOperator(task_id=f"t{place}", bash_command="echo hi") for place in range(20)])
