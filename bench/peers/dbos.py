"""DBOS: durable steps in the caller's own process, kept in PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator

from bench.peers.database import Database, database
from bench.peers.peer import PROGRAMS, Peer, Stages
from bench.peers.processes import Family, proportional_megabytes
from bench.peers.rows import Trial

_ASKED = 20


class Dbos(Peer):
    """An application with a few workflows."""

    key = "dbos"
    title = "DBOS (library)"
    environment = package = "dbos"
    requirements = ("dbos", "psycopg[binary]")

    def stages(self) -> Stages:
        """Run PostgreSQL, and begin applications on it."""
        with database(self.folder / "postgres") as own:
            url = own.fresh()
            self._said(url, "launch")
            yield {
                "start": [
                    Trial(
                        "application launched, database new",
                        lambda: self._launch(own.fresh()),
                        "DBOS.launch()",
                    ),
                    Trial(
                        "application launched",
                        lambda: self._launch(url),
                        "DBOS.launch()",
                        is_main=False,
                    ),
                ],
                "memory": self._memory(own, url),
                "light": [self._work(url, "chain", "steps of one workflow")],
                "heavy": [self._work(url, "long", "steps of one workflow")],
                "fan": [self._work(url, "fan", "child workflows")],
                "burst": [
                    self._rate(url, "200 in its queue, polled every 1 s", "1"),
                    self._rate(url, "200 in its queue, polled every 0.05 s", "0.05", False),
                ],
                "latency": [
                    self._latency(url, "1"),
                    self._latency(url, "0.05", is_main=False),
                ],
                "shell": [self._work(url, "shell", "steps of one workflow")],
            }

    def _words(self, *words: str) -> list[str]:
        return [str(self.program("python")), str(PROGRAMS / "dbos_app.py"), *words]

    def _said(self, url: str, name: str) -> str:
        return self.said(self._words(name), {"PEERS_DATABASE": url})

    def _work(self, url: str, name: str, what: str) -> Trial:
        more = {"PEERS_DATABASE": url}
        return Trial(what, lambda: self.inner(self._words(name), more), "@DBOS.workflow()")

    def _rate(self, url: str, what: str, poll: str, is_main: bool = True) -> Trial:
        more = {"PEERS_DATABASE": url, "PEERS_POLL": poll}
        return Trial(
            what,
            lambda: 200 / self.inner(self._words("burst"), more),
            "DBOS.enqueue_workflow(…)",
            is_main=is_main,
        )

    def _serve(self, url: str, poll: str = "1") -> Family:
        log = self.folder / "app.log"
        log.unlink(missing_ok=True)
        more = self.variables() | {"PEERS_DATABASE": url, "PEERS_POLL": poll}
        application = Family(self._words("serve"), more, self.folder, log)
        application.until(lambda: "launched" in log.read_text())
        return application

    def _launch(self, url: str) -> float:
        log = self.folder / "launch.log"
        log.unlink(missing_ok=True)
        more = self.variables() | {"PEERS_DATABASE": url}
        application = Family(self._words("launch"), more, self.folder, log)
        try:
            return application.until(lambda: "launched" in log.read_text())
        finally:
            application.stop()

    def _memory(self, own: Database, url: str) -> list[Trial]:
        def measure(with_database: bool) -> float:
            application = self._serve(url)
            try:
                pids = application.pids() | (own.pids() if with_database else set())
                return proportional_megabytes(pids)
            finally:
                application.stop()

        return [
            Trial("application and PostgreSQL", lambda: measure(True), "DBOS.launch()"),
            Trial("application alone", lambda: measure(False), "DBOS.launch()", is_main=False),
        ]

    def _latency(self, url: str, poll: str, *, is_main: bool = True) -> Trial:
        answers = self._answers(url, poll)
        what = f"queue polled every {poll} s"
        return Trial(what, lambda: next(answers), "DBOSClient.enqueue(…)", _ASKED, is_main)

    def _answers(self, url: str, poll: str) -> Iterator[float]:
        more = {"PEERS_DATABASE": url, "PEERS_POLL": poll}
        application = self._serve(url, poll)
        try:
            said = self.said(self._words("ask", str(_ASKED + 1)), more)
        finally:
            application.stop()
        # The first one finds a client that knows nothing yet.
        yield from [float(line.split()[1]) for line in said.splitlines()][1:]
