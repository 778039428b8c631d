"""Prefect: flows that a runner serves, or that run in this process.

python prefect_flows.py serve | one|chain|long|fan|shell
"""

import sys

import work
from prefect import flow, serve, task


@task
def step(number: int):
    """Work."""
    work.task(number)


@task
def shell_step():
    """Run the shell command."""
    work.shell()


@flow
def one():
    """One task."""
    step(0)


@flow
def chain():
    """Forty light tasks."""
    for _ in range(40):
        step(10)


@flow
def long():
    """Ten tasks of real work."""
    for _ in range(10):
        step(33)


@flow
def fan():
    """A hundred tasks side by side."""
    for future in [step.submit(0) for _ in range(100)]:
        future.result()


@flow
def shell():
    """Twenty shell tasks."""
    for _ in range(20):
        shell_step()


FLOWS = {"one": one, "chain": chain, "long": long, "fan": fan, "shell": shell}

if __name__ == "__main__":
    if sys.argv[1] == "serve":
        serve(*(made.to_deployment(name="peers") for made in FLOWS.values()))
    else:
        work.timed(FLOWS[sys.argv[1]])
