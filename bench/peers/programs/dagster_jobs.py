"""Dagster: jobs of ops that wait for each other and hand nothing on."""

import work
from dagster import Definitions, In, Nothing, Out, job, op


def make(name, number=0, is_shell=False, is_first=False):
    """Return an op."""

    @op(name=name, ins={} if is_first else {"after": In(Nothing)}, out=Out(Nothing))
    def body():
        if is_shell:
            work.shell()
        else:
            work.task(number)

    return body


def in_sequence(name, count, **kind):
    """Let ops wait for each other."""
    last = make(f"{name}_0", is_first=True, **kind)()
    for place in range(1, count):
        last = make(f"{name}_{place}", **kind)(last)


@job
def one():
    """One op."""
    make("one_0", is_first=True)()


@job
def chain():
    """Forty light ops."""
    in_sequence("chain", 40, number=10)


@job
def long():
    """Ten ops of real work."""
    in_sequence("long", 10, number=33)


@job
def fan():
    """A hundred ops side by side."""
    for place in range(100):
        make(f"fan_{place}", is_first=True)()


@job
def shell():
    """Twenty shell ops."""
    in_sequence("shell", 20, is_shell=True)


defs = Definitions(jobs=[one, chain, long, fan, shell])
