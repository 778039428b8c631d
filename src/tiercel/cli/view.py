"""The terminal view of a running execution: a live tree, or lines where there is no terminal."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from typing import TYPE_CHECKING, Protocol

from rich.live import Live
from rich.markup import escape
from rich.text import Text
from rich.tree import Tree

from tiercel.model.state import StateType
from tiercel.model.task import LogLevel
from tiercel.services.clock import utc_now

if TYPE_CHECKING:
    from rich.console import Console

    from tiercel.model.execution import TaskRun
    from tiercel.model.job import LogEntry, Progress
    from tiercel.model.state import State
    from tiercel.services.executions import Snapshot

_STYLES = {
    StateType.SUCCESS: ("✔", "green"),
    StateType.WARNING: ("▲", "yellow"),
    StateType.FAILED: ("✘", "bold red"),
    StateType.KILLED: ("■", "magenta"),
    StateType.CANCELLED: ("■", "magenta"),
    StateType.SKIPPED: ("↷", "dim"),
    StateType.RUNNING: ("▶", "cyan"),
    StateType.KILLING: ("▶", "magenta"),
    StateType.PAUSED: ("⏸", "yellow"),
}
_OTHER = ("·", "dim")
_LEVELS = {
    LogLevel.ERROR: "bold red",
    LogLevel.WARN: "yellow",
    LogLevel.INFO: "green",
    LogLevel.DEBUG: "dim",
    LogLevel.TRACE: "dim",
}


class View(Protocol):
    """Shows an execution while it runs."""

    def update(self, snapshot: Snapshot) -> None:
        """Show the execution as it is now."""

    def log(self, entry: LogEntry) -> None:
        """Show one log entry; entries come in order."""

    def progress(self, progress: Progress) -> None:
        """Show how far a running task is."""

    def close(self) -> None:
        """Leave the last state on the screen."""


def human_duration(duration: timedelta) -> str:
    """Return a duration as people write it: ``43 ms``, ``1.27 s``, ``2 min 05 s``."""
    seconds = duration.total_seconds()
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 60:
        return f"{seconds:.2f} s"
    minutes, rest = divmod(int(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest:02d} s"
    return f"{minutes // 60} h {minutes % 60:02d} min"


def human_amount(amount: int, unit: str) -> str:
    """Return a count with its unit: bytes as KiB, MiB; the rest with thousands separated."""
    if unit not in ("bytes", "B"):
        return f"{amount:,} {unit}".rstrip()
    size = float(amount)
    for name in ("B", "KiB", "MiB"):
        if size < 1024:
            return f"{size:.0f} B" if name == "B" else f"{size:.1f} {name}"
        size /= 1024
    return f"{size:.1f} GiB"


def progress_text(progress: Progress) -> str:
    """Return one line such as ``512,000 rows`` or ``copied 3.1 MiB of 9.0 MiB, 34 %``."""
    label = "" if progress.label == progress.unit else f"{progress.label} "
    done = human_amount(progress.done, progress.unit)
    if not progress.total or progress.done >= progress.total:
        return f"{label}{done}"
    total = human_amount(progress.total, progress.unit)
    return f"{label}{done} of {total}, {progress.done * 100 // progress.total} %"


def state_style(name: str) -> str:
    """Return the style of a state's name; empty for other texts."""
    state = StateType.__members__.get(name)
    return _STYLES[state][1] if state in _STYLES else ""


def level_style(name: str) -> str:
    """Return the style of a level's name; empty for other texts."""
    return _LEVELS[LogLevel[name]] if name in LogLevel.__members__ else ""


def log_line(entry: LogEntry) -> Text:
    """Return a log entry as one styled text: time, level, task, message."""
    text = Text()
    text.append(entry.timestamp.astimezone().strftime("%H:%M:%S.%f")[:-3], style="dim")
    text.append(f" {entry.level:<5} ", style=_LEVELS[entry.level])
    text.append(f"{entry.task_id or 'execution'} ", style="bold")
    text.append(entry.message.rstrip("\n"))
    return text


def _state_text(name: str, state: State, detail: str) -> Text:
    icon, style = _STYLES.get(state.current, _OTHER)
    text = Text()
    text.append(f"{icon} ", style=style)
    text.append(name)
    text.append(f"  {state.current}", style=style)
    if state.current is not StateType.SKIPPED:
        duration = state.duration(utc_now()) if state.is_terminal else utc_now() - state.start_date
        text.append(f"  {human_duration(max(duration, timedelta(0)))}", style="dim")
    if detail:
        text.append(f"  {detail}", style="cyan" if not state.is_terminal else "dim")
    return text


class TreeView:
    """Draws the tree of task runs again and again below the log lines that scroll by."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._snapshot: Snapshot | None = None
        self._progress: dict[str, Progress] = {}
        self._live = Live(
            get_renderable=self.tree, console=console, refresh_per_second=10, transient=True
        )
        self._live.start()

    def tree(self) -> Tree | Text:
        """Return the execution as a tree of its task runs, in order of creation."""
        if self._snapshot is None:
            return Text("starting …", style="dim")
        execution = self._snapshot.execution
        children: dict[str | None, list[TaskRun]] = defaultdict(list)
        for task_run in sorted(self._snapshot.task_runs, key=lambda run: run.sequence):
            children[task_run.parent_id].append(task_run)
        title = _state_text(f"{execution.namespace}.{execution.flow_id}", execution.state, "")
        tree = Tree(title, guide_style="dim")
        self._grow(tree, None, children)
        return tree

    def _grow(
        self, tree: Tree, parent_id: str | None, children: dict[str | None, list[TaskRun]]
    ) -> None:
        for task_run in children[parent_id]:
            name = task_run.task_id
            if task_run.value is not None:
                name = f"{name} [{task_run.value}]"
            last = self._progress.get(task_run.id)
            detail = progress_text(last) if last else ""
            self._grow(tree.add(_state_text(name, task_run.state, detail)), task_run.id, children)

    def update(self, snapshot: Snapshot) -> None:
        """Show the execution as it is now."""
        self._snapshot = snapshot

    def log(self, entry: LogEntry) -> None:
        """Print a log entry above the tree."""
        self._console.print(log_line(entry))

    def progress(self, progress: Progress) -> None:
        """Show how far a task is beside its line."""
        self._progress[progress.task_run_id] = progress

    def close(self) -> None:
        """Stop drawing and leave the tree as it is now."""
        self._live.stop()
        self._console.print(self.tree())


class LineView:
    """Prints a line for every change: for files, pipes and CI."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._shown: dict[str, StateType] = {}
        self._progress: dict[str, Progress] = {}

    def update(self, snapshot: Snapshot) -> None:
        """Print what changed since the last update."""
        for task_run in sorted(snapshot.task_runs, key=lambda run: run.sequence):
            name = task_run.task_id
            if task_run.value is not None:
                name = f"{name} [{task_run.value}]"
            last = self._progress.get(task_run.id)
            detail = progress_text(last) if last and task_run.state.is_terminal else ""
            self._show(task_run.id, name, task_run.state, detail)
        execution = snapshot.execution
        name = f"{execution.namespace}.{execution.flow_id}"
        self._show(execution.id, name, execution.state, "")

    def _show(self, key: str, name: str, state: State, detail: str) -> None:
        if self._shown.get(key) is not state.current:
            self._shown[key] = state.current
            self._console.print(_state_text(name, state, detail))

    def log(self, entry: LogEntry) -> None:
        """Print a log entry."""
        self._console.print(log_line(entry))

    def progress(self, progress: Progress) -> None:
        """Keep it for the line that says how the task ended."""
        self._progress[progress.task_run_id] = progress

    def close(self) -> None:
        """Nothing is left to do: every line is printed already."""


def open_view(console: Console) -> View:
    """Return the view that fits the console."""
    return TreeView(console) if console.is_terminal else LineView(console)


def show_outputs(console: Console, snapshot: Snapshot) -> None:
    """Print the flow's outputs, or those of its tasks when it declares none."""
    execution = snapshot.execution
    if execution.outputs:
        values = dict(execution.outputs)
    else:
        values = {run.task_id: run.outputs for run in snapshot.task_runs if run.outputs}
    if not values:
        return
    console.print("[bold]Outputs[/]")
    for name, value in values.items():
        text = str(value)
        shown = text if len(text) <= 300 else f"{text[:300]} …"
        console.print(f"  [cyan]{escape(name)}[/]: {escape(shown)}")
