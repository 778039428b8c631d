"""Why a peer wins where it does, by measure and peer."""

from __future__ import annotations

REASONS: dict[tuple[str, str], str] = {
    ("start", "Luigi (library)"): (
        "its server keeps a pickle in memory and starts nothing else; ours starts a database and a"
        " bus that live through a crash."
    ),
    ("start", "DBOS (library)"): (
        "it connects to a database that runs already; ours makes and starts one. A start with the"
        " data folder present is the nearer comparison."
    ),
    ("memory", "Luigi (library)"): "one small process that keeps nothing on disk but a pickle.",
    ("memory", "DBOS (library)"): "one process and its database; no bus, no pages, no API.",
    ("light", "Luigi (library)"): (
        "its tasks are functions of one process, without isolation or a record; our script tasks"
        " are a process each, as their flows ask for. Tasks that need no process (`Return`) take"
        " 0.3 ms each here, and are written to disk."
    ),
    ("light", "DBOS (library)"): (
        "its steps are functions of the caller's process, each written to the database; our script"
        " tasks are a process each. `Return` beside it is the like of it."
    ),
    ("heavy", "Luigi (library)"): "it saves ten starts of Python, as one process for all does.",
    ("heavy", "DBOS (library)"): "it saves ten starts of Python, as one process for all does.",
    ("fan", "Luigi (library)"): "a hundred function calls and empty files; no run is stored.",
    ("shell", "Luigi (library)"): (
        "no log line is kept and nothing is committed; what our tasks add is in the table of a"
        " shell task's steps above."
    ),
}
