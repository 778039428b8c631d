"""Dagster: jobs of ops that wait for each other and hand nothing on."""

import work
from dagster import Definitions, In, Nothing, Out, job, op


def make(name, number=0, is_shell=False, is_first=False):
    @op(name=name, ins={} if is_first else {"after": In(Nothing)}, out=Out(Nothing))
    def body():
        if is_shell:
            work.shell()
        else:
            work.task(number)

    return body


def in_sequence(name, count, **kind):
    last = make(f"{name}_0", is_first=True, **kind)()
    for place in range(1, count):
        last = make(f"{name}_{place}", **kind)(last)


@job
def one():
    make("one_0", is_first=True)()


@job
def chain():
    in_sequence("chain", 40, number=10)


@job
def long():
    in_sequence("long", 10, number=33)


@job
def fan():
    for place in range(100):
        make(f"fan_{place}", is_first=True)()


@job
def shell():
    in_sequence("shell", 20, is_shell=True)


defs = Definitions(jobs=[one, chain, long, fan, shell])
