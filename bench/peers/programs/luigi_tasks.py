"""Luigi: tasks that leave a file behind when they are done, and a way to build them in one process.

python luigi_tasks.py chain|long|fan|shell|one [how many builds]
"""

import logging
import os
import sys
import uuid
from pathlib import Path

import luigi
import work


class Noted(luigi.Task):
    """A task that is done once its file is there."""

    run_id = luigi.Parameter()
    place = luigi.IntParameter(default=0)

    def output(self):
        """Return the file that says it is done."""
        return luigi.LocalTarget(str(Path(os.environ["PEERS_OUTPUT"]) / self.task_id))

    def run(self):
        self.work()
        with self.output().open("w") as file:
            file.write("done")

    def work(self):
        """Do what the task is for."""
        work.task(0)


class One(Noted):
    """One task."""


class Link(Noted):
    """A task behind the one before it."""

    number = luigi.IntParameter(default=10)

    def requires(self):
        return [self.clone(place=self.place - 1)] if self.place else []

    def work(self):
        work.task(self.number)


class Shell(Link):
    """A shell command behind the one before it."""

    def work(self):
        work.shell()


class Fan(luigi.WrapperTask):
    """A hundred tasks that want nothing of each other."""

    run_id = luigi.Parameter()

    def requires(self):
        return [Noted(run_id=self.run_id, place=place) for place in range(100)]


def made(name):
    """Return the last task of a run."""
    run_id = uuid.uuid4().hex
    return {
        "one": lambda: One(run_id=run_id),
        "chain": lambda: Link(run_id=run_id, place=39),
        "long": lambda: Link(run_id=run_id, place=9, number=33),
        "fan": lambda: Fan(run_id=run_id),
        "shell": lambda: Shell(run_id=run_id, place=19),
    }[name]()


def build(name, times):
    """Build runs one after the other."""
    for _ in range(times):
        if not luigi.build([made(name)], local_scheduler=True, log_level="WARNING"):
            raise SystemExit("it failed")


if __name__ == "__main__":
    logging.disable(logging.INFO)
    build("one", 1)
    work.timed(lambda: build(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 1))
