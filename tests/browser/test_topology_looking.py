"""What a topology tells of its tasks: what they are for, what they said and gave, loop by loop."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import httpx
import pytest
from browser_seeds import YAML, start
from looking import look, settle

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

NAMESPACE = "company.looking"

MONTHS = f"""
id: months
namespace: {NAMESPACE}
tasks:
  - id: begin
    type: io.kestra.plugin.core.debug.Return
    description: Says **hello** and <img src=x onerror=alert(1)>
    runIf: "{{{{ flow.id == 'months' }}}}"
    format: hello
  - id: each
    type: io.kestra.plugin.core.flow.ForEach
    values: [jan, feb, mar]
    tasks:
      - id: work
        type: io.kestra.plugin.core.debug.Return
        format: "did {{{{ taskrun.value }}}}"
      - id: check
        type: io.kestra.plugin.core.flow.If
        condition: "{{{{ taskrun.value == 'feb' }}}}"
        then:
          - id: only_feb
            type: io.kestra.plugin.core.log.Log
            message: "it is {{{{ parent.taskrun.value }}}}"
        else:
          - id: others
            type: io.kestra.plugin.core.log.Log
            message: another month
"""


@pytest.fixture(scope="module")
def execution(server: str) -> str:
    """The address of an execution of a flow with a loop, which is over."""
    with httpx.Client(base_url=server, timeout=120) as client:
        reply = client.post("/api/v1/flows", content=MONTHS, headers=YAML)
        assert reply.status_code == 200, reply.text
        execution_id = start(client, f"{NAMESPACE}/months")
    return f"/ui/executions/{NAMESPACE}/months/{execution_id}/topology"


@pytest.fixture
def drawn(page: Page, execution: str) -> Page:
    """A page with the topology of the execution."""
    page.goto(execution)
    node(page, "work").wait_for()
    return page


def node(page: Page, name: str) -> Locator:
    """Return the node of a task."""
    title = page.locator(".node-title").filter(has_text=re.compile(rf"(^|\s){name}$"))
    return page.locator("[data-drawn] .node").filter(has=title)


def choose(page: Page, iteration: str) -> None:
    """Look at one iteration of the loop."""
    page.get_by_role("button", name="Iteration of each").click()
    page.locator(".loop-choices").get_by_role("button", name=iteration).click()


def test_a_node_tells_what_its_task_is_for_and_when_it_runs(page: Page, execution: str) -> None:
    assert execution
    page.goto(f"/ui/flows/edit/{NAMESPACE}/months/topology")
    page.get_by_role("button", name="Description of begin").click()
    words = page.locator(".node-words")
    words.locator("strong", has_text="hello").wait_for()
    assert words.locator("img[onerror]").count() == 0
    look(page, "topology-description")
    page.keyboard.press("Escape")
    words.wait_for(state="detached")
    page.get_by_role("button", name="Condition of begin").press("Enter")
    page.get_by_text("{{ flow.id == 'months' }}").wait_for()
    page.locator(".react-flow__pane").click(position={"x": 5, "y": 5})
    words.wait_for(state="detached")
    assert page.get_by_role("button", name="Log of begin").count() == 0


def test_the_log_and_the_outputs_of_a_task_stand_in_a_drawer(drawn: Page) -> None:
    drawn.get_by_role("button", name="Log of only_feb").click()
    drawer = drawn.get_by_role("dialog")
    drawer.get_by_text("it is feb").wait_for()
    look(drawn, "topology-log")
    drawer.get_by_role("button", name="Full screen").click()
    drawn.wait_for_function(
        "() => document.querySelector('[role=dialog]').clientWidth >= innerWidth - 1"
    )
    drawn.keyboard.press("Escape")
    drawer.wait_for(state="detached")
    drawn.get_by_role("button", name="Outputs of work").press("Enter")
    drawer.get_by_text("did mar").wait_for()
    drawer.locator("input[aria-label='Task run']").fill("jan")
    drawn.get_by_role("option", name="work · jan").click()
    drawer.get_by_role("button", name="value").first.click()
    drawer.locator("pre", has_text="did jan").wait_for()
    look(drawn, "topology-outputs")


def test_a_loop_is_looked_at_one_iteration_after_the_other(drawn: Page) -> None:
    node(drawn, "work").get_by_text("3 runs").wait_for()
    choose(drawn, "jan")
    node(drawn, "work").get_by_text("3 runs").wait_for(state="detached")
    drawn.locator(".node[data-unused]", has_text="only_feb").wait_for()
    assert node(drawn, "others").get_attribute("data-state") == "SUCCESS"
    choose(drawn, "feb")
    drawn.locator(".node[data-unused]", has_text="others").wait_for()
    assert node(drawn, "only_feb").get_attribute("data-state") == "SUCCESS"
    assert node(drawn, "begin").get_attribute("data-state") == "SUCCESS"
    look(drawn, "topology-iteration")
    choose(drawn, "All iterations")
    node(drawn, "work").get_by_text("3 runs").wait_for()


def test_a_frame_is_folded_and_stays_so_while_the_page_is_open(drawn: Page) -> None:
    drawn.get_by_role("button", name="Fold each").press("Enter")
    node(drawn, "work").wait_for(state="detached")
    unfold = drawn.get_by_role("button", name="Unfold each")
    settle(drawn)
    parts = drawn.get_by_role("navigation", name="Parts of the execution")
    parts.get_by_role("link", name="Overview").click()
    drawn.get_by_text("Facts").wait_for()
    parts.get_by_role("link", name="Topology").click()
    unfold.wait_for()
    assert node(drawn, "work").count() == 0
    look(drawn, "topology-folded")
    unfold.click()
    node(drawn, "work").wait_for()
