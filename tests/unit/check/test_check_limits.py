"""How much of a source is looked at: all of what people write, and no more of anything else."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tiercel.check import ParsedFlow
from tiercel.model.problems import MOST_PROBLEMS, Problem
from tiercel.plugin.faults import nearest

Refused = Callable[[str], tuple[Problem, ...]]
HEAD = "id: f\nnamespace: company.team\n"
LOG = "io.kestra.plugin.core.log.Log"
TASKS = f"tasks: [{{id: t, type: {LOG}, message: hi}}]\n"
KEYS = ", ".join(f"k{n}: 1" for n in range(300))
SHELL = "io.kestra.plugin.scripts.shell.Commands"


@pytest.mark.parametrize(
    "source",
    [
        HEAD + "tasks:\n" + "- {id: a, type: nothing}\n" * 300,
        HEAD + TASKS + "".join(f"k{n}: 1\n" for n in range(300)),
        HEAD + TASKS + f"labels: [{'{key: a},' * 300}]\n",
        HEAD + TASKS + "variables: [" + "!x 1," * 300 + "]",
        HEAD + f"tasks: [{{id: a, type: {LOG}, message: x, {KEYS}}}]",
        HEAD + f"tasks: [{{id: a, type: {SHELL}, commands: [{'[],' * 300}]}}]",
        HEAD + f"tasks: [{{id: a, type: {SHELL}, commands: [x], env: {{{KEYS}}}, nothing: 1}}]",
    ],
    ids=["tasks", "properties", "labels", "tags", "of a task", "values", "all right"],
)
def test_no_more_problems_are_looked_for_than_are_told(refused: Refused, source: str) -> None:
    problems = refused(source)
    if "nothing: 1" in source:
        assert len(problems) == 1
        return
    assert len(problems) == MOST_PROBLEMS + 1
    assert "more than 100 problems" in "".join(problem.message for problem in problems)


def test_no_more_warnings_are_looked_for_than_are_told(parse: Callable[[str], ParsedFlow]) -> None:
    tasks = "".join(
        f"- {{id: t{n}, type: {LOG}, message: '{{{{ outputs.x{n}.y }}}}'}}\n" for n in range(150)
    )
    parsed = parse(f"{HEAD}tasks:\n{tasks}")
    assert len(parsed.warnings) == MOST_PROBLEMS + 1
    assert "more than 100 problems" in parsed.warnings[-1].message


def test_endlessly_many_templates_are_refused(refused: Refused) -> None:
    [problem] = refused(HEAD + TASKS.replace("hi", f"'{'{{ x }}' * 10_001}'"))
    assert "more than 10000 templates" in problem.message
    assert problem.hint


def test_a_flow_may_have_thousands_of_tasks(parse: Callable[[str], ParsedFlow]) -> None:
    tasks = "".join(f"- {{id: t{n}, type: {LOG}, message: hi}}\n" for n in range(3_000))
    assert len(parse(f"{HEAD}tasks:\n{tasks}").flow.tasks) == 3_000


def test_a_chain_of_a_thousand_tasks_is_no_circle(
    parse: Callable[[str], ParsedFlow], refused: Refused
) -> None:
    def chain(last: str) -> str:
        items = "".join(
            f"  - {{task: {{id: t{n}, type: {LOG}, message: x}}, dependsOn: [t{n + 1}]}}\n"
            for n in range(1_000)
        )
        end = f"  - {{task: {{id: t1000, type: {LOG}, message: x}}, dependsOn: {last}}}\n"
        dag = "- id: d\n  type: io.kestra.plugin.core.flow.Dag\n  tasks:\n"
        return f"{HEAD}tasks:\n{dag}{items}{end}"

    assert len(parse(chain("[]")).flow.tasks) == 1
    [problem] = refused(chain("[t998]"))
    assert problem.message == "Cyclic dependency detected: t998, t999, t1000"


def test_among_many_words_those_that_look_alike_are_offered() -> None:
    words = [f"w{n}" for n in range(1_000)] + ["message", "massage", "messages_of_all"]
    assert nearest("mesage", words) == "did you mean `message` or `massage`?"
    assert nearest("zzz", words) == ""
