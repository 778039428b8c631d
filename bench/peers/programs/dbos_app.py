"""DBOS: workflows of durable steps in one process.

python dbos_app.py launch|serve|chain|long|fan|shell|burst|ask
"""

import os
import random
import sys
import time
from pathlib import Path

import work
from dbos import DBOS, DBOSClient

URL = os.environ["PEERS_DATABASE"]
QUEUE = "work"


@DBOS.step()
def step(number):
    """Work durably."""
    work.task(number)


@DBOS.step()
def shell_step():
    """Run the shell command durably."""
    work.shell()


@DBOS.workflow()
def one():
    """One step."""
    step(0)


@DBOS.workflow()
def chain(count, number):
    """Steps one after the other."""
    for _ in range(count):
        step(number)


@DBOS.workflow()
def shells(count):
    """Shell commands one after the other."""
    for _ in range(count):
        shell_step()


@DBOS.workflow()
def fan(count):
    """Child workflows side by side."""
    for handle in [DBOS.start_workflow(one) for _ in range(count)]:
        handle.get_result()


def burst(count):
    """Many workflows by way of the queue."""
    for handle in [DBOS.enqueue_workflow(QUEUE, one) for _ in range(count)]:
        handle.get_result()


def launch():
    """Begin to serve workflows and the queue."""
    DBOS(
        config={
            "name": "peers",
            "system_database_url": URL,
            "log_level": "WARNING",
            "application_version": "peers",
            "executor_id": "peers",
        }
    )
    DBOS.launch()
    poll = float(os.environ.get("PEERS_POLL", "1"))
    DBOS.register_queue(QUEUE, polling_interval_sec=poll)


def ask(times):
    """Ask a process that serves for a workflow, many times; print when it was asked."""
    client = DBOSClient(system_database_url=URL)
    chance = random.Random(1)
    marks = Path(os.environ["PEERS_MARKS"])
    for _ in range(times):
        time.sleep(chance.uniform(0.1, 1.1))
        marks.write_text("")
        began = time.time()
        client.enqueue(
            {"workflow_name": "one", "queue_name": QUEUE, "app_version": "peers"}
        ).get_result()
        print("seconds", float(marks.read_text().split()[0]) - began, flush=True)
    client.destroy()


WORK = {
    "chain": lambda: chain(40, 10),
    "long": lambda: chain(10, 33),
    "fan": lambda: fan(100),
    "shell": lambda: shells(20),
    "burst": lambda: burst(200),
}

if __name__ == "__main__":
    name = sys.argv[1]
    if name == "ask":
        ask(int(sys.argv[2]))
    else:
        began = time.perf_counter()
        launch()
        if name == "launch":
            print("launched", flush=True)
        elif name == "serve":
            one()
            print("launched", flush=True)
            while True:
                time.sleep(3600)
        else:
            one()
            work.timed(WORK[name])
        DBOS.destroy()
