"""The table of docs/states.md: every state of an execution, and what every operation makes of it.

``PYTHONPATH=tests python -m simulation.states`` writes the table anew.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from simulation.flows import failing, flow, flowable, inline, worker
from simulation.machine import START, Machine
from tiercel.model.execution import Breakpoint, Label
from tiercel.model.flow import Concurrency
from tiercel.model.news import (
    AttemptStarted,
    BreakpointResumed,
    ExecutionStateRequested,
    ForceRunRequested,
    KillRequested,
    LabelsRequested,
    News,
    PauseRequested,
    RestartRequested,
    ResumeRequested,
    TaskRunStateRequested,
    UnqueueRequested,
)
from tiercel.model.state import StateType
from tiercel.model.task import Retry, RetryBehavior

DOCUMENT = Path(__file__).parents[2] / "docs" / "states.md"
NOTHING = "–"
_BEGIN, _END = "<!-- table -->", "<!-- end of table -->"


def _created() -> Machine:
    return Machine(flow(worker("a")), schedule_date=START + timedelta(hours=1)).start()


def _queued() -> Machine:
    machine = Machine(flow(worker("a"), concurrency=Concurrency(1)))
    machine.running = 1
    return machine.start()


def _running() -> Machine:
    machine = Machine(flow(worker("a"), worker("b"))).start()
    run = machine.of("a")
    return machine.tell(AttemptStarted(run.id, run.attempts[0].id, 1, "w", START))


def _retrying() -> Machine:
    rule = Retry("constant", interval=timedelta(minutes=1))
    return Machine(flow(failing("a", retry=rule))).start()


def _retried() -> Machine:
    behavior = RetryBehavior.CREATE_NEW_EXECUTION
    rule = Retry("constant", interval=timedelta(minutes=1), behavior=behavior)
    return Machine(flow(failing("a", retry=rule))).start()


def _paused() -> Machine:
    return Machine(flow(flowable("pause", "a"), worker("b"))).start()


def _paused_by_hand() -> Machine:
    return _running().tell(PauseRequested())


def _failed_beside_others() -> Machine:
    machine = Machine(flow(failing("a"), concurrency=Concurrency(1))).run()
    machine.running = 1
    return machine


def _breakpoint() -> Machine:
    return Machine(flow(worker("a")), breakpoints=(Breakpoint("a"),)).start()


def _killing() -> Machine:
    return _running().tell(KillRequested())


def _killed() -> Machine:
    return Machine(flow(worker("a"))).start().tell(KillRequested())


def _cancelled() -> Machine:
    task = flowable("pause", "a", delay=1)
    task.properties["behavior"] = "CANCEL"  # type: ignore[index]
    return Machine(flow(task)).run()


STATES: dict[str, Callable[[], Machine]] = {
    "CREATED (scheduled)": _created,
    "QUEUED": _queued,
    "RUNNING": _running,
    "RETRYING": _retrying,
    "PAUSED (task)": _paused,
    "PAUSED (by hand)": _paused_by_hand,
    "BREAKPOINT": _breakpoint,
    "KILLING": _killing,
    "SUCCESS": lambda: Machine(flow(inline("a"))).run(),
    "WARNING": lambda: Machine(flow(failing("a", allow_failure=True))).run(),
    "FAILED": lambda: Machine(flow(failing("a"))).run(),
    "FAILED (no slot free)": _failed_beside_others,
    "KILLED": _killed,
    "CANCELLED": _cancelled,
    "RETRIED": _retried,
}
"""An execution in each state; its first task is ``a``."""

OPERATIONS: dict[str, Callable[[Machine], News]] = {
    "kill": lambda machine: KillRequested(),
    "pause": lambda machine: PauseRequested(),
    "resume": lambda machine: ResumeRequested(),
    "resume from breakpoint": lambda machine: BreakpointResumed(),
    "restart": lambda machine: RestartRequested(),
    "force run": lambda machine: ForceRunRequested(),
    "unqueue": lambda machine: UnqueueRequested(),
    "unqueue to CANCELLED": lambda machine: UnqueueRequested(StateType.CANCELLED),
    "task run to SUCCESS": lambda machine: TaskRunStateRequested(
        _first(machine), StateType.SUCCESS
    ),
    "task run to FAILED": lambda machine: TaskRunStateRequested(_first(machine), StateType.FAILED),
    "execution to WARNING": lambda machine: ExecutionStateRequested(StateType.WARNING),
    "set labels": lambda machine: LabelsRequested((Label("k", "v"),)),
}


def _first(machine: Machine) -> str:
    runs = machine.state.task_runs
    return runs[0].id if runs else "none"


def result(state: str, operation: str) -> str:
    """The states that an operation leads through, NOTHING when it changes nothing."""
    machine = STATES[state]()
    before, rows = machine.execution, machine.state.task_runs
    machine.tell(OPERATIONS[operation](machine))
    entered = machine.execution.state.histories[len(before.state.histories) :]
    if entered:
        return " → ".join(entry.state.value for entry in entered)
    changed = machine.execution != before or machine.state.task_runs != rows
    return "stays" if changed else NOTHING


def table() -> str:
    """The table as Markdown."""
    lines = [f"| | {' | '.join(OPERATIONS)} |", f"|---{'|---' * len(OPERATIONS)}|"]
    for state in STATES:
        results = (result(state, operation) for operation in OPERATIONS)
        lines.append(f"| **{state}** | {' | '.join(results)} |")
    return "\n".join(lines)


def written() -> str:
    """The table as the document has it."""
    text = DOCUMENT.read_text()
    return text[text.index(_BEGIN) + len(_BEGIN) : text.index(_END)].strip()


def write() -> None:
    """Put the table into the document."""
    text = DOCUMENT.read_text()
    before, after = text[: text.index(_BEGIN)], text[text.index(_END) :]
    DOCUMENT.write_text(f"{before}{_BEGIN}\n{table()}\n{after}")


if __name__ == "__main__":
    write()
