"""What the tasks of every peer do. Runs in the peers' environments: the standard library alone."""

import os
import subprocess
import time
from pathlib import Path


def fib(number):
    """Return a Fibonacci number, slowly."""
    return number if number < 2 else fib(number - 1) + fib(number - 2)


def mark():
    """Note the time in the file that the harness reads."""
    path = os.environ.get("PEERS_MARKS")
    if path:
        with Path(path).open("a") as file:
            file.write(f"{time.time():.6f}\n")


def task(number):
    """Note the begin; work if there is work."""
    mark()
    if number:
        fib(number)


def shell():
    """Run the shell command, and read what it says."""
    subprocess.run(["sh", "-c", "echo hi"], stdout=subprocess.PIPE, check=True)


def timed(act):
    """Print the seconds that an act takes."""
    began = time.perf_counter()
    act()
    print("seconds", time.perf_counter() - began, flush=True)
