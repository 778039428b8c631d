"""Large topologies: tasks are found by their id, a map shows the whole, keys move it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pytest
from browser_seeds import NAMESPACE as TEAM
from browser_seeds import YAML, start
from looking import NARROW, look

if TYPE_CHECKING:
    from playwright.sync_api import Page

NAMESPACE = "company.topology"
BRANCHES, TASKS = 6, 10


def wide_flow() -> str:
    """Return a flow of branches side by side: far more than fits."""
    lines = ["id: wide", f"namespace: {NAMESPACE}", "tasks:"]
    lines += ["  - id: side_by_side", "    type: io.kestra.plugin.core.flow.Parallel", "    tasks:"]
    for branch in range(1, BRANCHES + 1):
        lines += [
            f"      - id: branch_{branch}",
            "        type: io.kestra.plugin.core.flow.Sequential",
        ]
        lines += ["        tasks:"]
        for task in range(1, TASKS + 1):
            lines += [f"          - id: load_{branch}_{task}"]
            lines += [
                "            type: io.kestra.plugin.core.debug.Return",
                "            format: x",
            ]
    return "\n".join(lines)


CHILD = f"""
id: child
namespace: {NAMESPACE}
tasks:
  - id: hold
    type: io.kestra.plugin.core.flow.Pause
  - id: behind
    type: io.kestra.plugin.core.debug.Return
    format: x
"""

CALLER = f"""
id: caller
namespace: {NAMESPACE}
tasks:
  - id: call
    type: io.kestra.plugin.core.flow.Subflow
    namespace: {NAMESPACE}
    flowId: child
    wait: true
"""

FLOW = f"/ui/flows/edit/{NAMESPACE}/wide/topology"
_IS_IN_SIGHT = """() => {
  const node = document.querySelector('.node[data-hit="current"]')?.getBoundingClientRect()
  const canvas = document.querySelector('.picture-canvas')?.getBoundingClientRect()
  return node && canvas && node.left >= canvas.left && node.right <= canvas.right
    && node.top >= canvas.top && node.bottom <= canvas.bottom
}"""
_VIEW = "() => document.querySelector('.react-flow__viewport').style.transform"
_HAS_MOVED = f"before => ({_VIEW})() !== before"


@pytest.fixture(scope="module")
def execution(server: str) -> str:
    """The address of an execution of a large flow, which is over."""
    with httpx.Client(base_url=server, timeout=120) as client:
        reply = client.post("/api/v1/flows", content=wide_flow(), headers=YAML)
        assert reply.status_code == 200, reply.text
        execution_id = start(client, f"{NAMESPACE}/wide")
    return f"/ui/executions/{NAMESPACE}/wide/{execution_id}/topology"


@pytest.fixture
def drawn(page: Page, execution: str) -> Page:
    """A page with the topology of the execution."""
    page.goto(execution)
    page.locator("[data-drawn] .node").first.wait_for()
    return page


def status(page: Page, text: str) -> None:
    """Wait for what the finder says."""
    page.get_by_role("search").get_by_text(text, exact=True).wait_for()


def test_a_task_is_found_by_its_id_and_brought_into_sight(drawn: Page) -> None:
    drawn.get_by_role("textbox", name="Find a task").fill("LOAD_5_9")
    status(drawn, "1 of 1")
    drawn.wait_for_function(_IS_IN_SIGHT)
    found = drawn.locator(".node[aria-current]")
    assert found.get_by_text("load_5_9").count() == 1
    assert drawn.locator('.map-node[data-hit="current"]').count() == 1


def test_keys_go_from_one_found_task_to_the_next(drawn: Page) -> None:
    drawn.keyboard.press("/")
    box = drawn.get_by_role("textbox", name="Find a task")
    assert box.evaluate("node => node === document.activeElement")
    drawn.keyboard.type("load_3")
    status(drawn, f"1 of {TASKS}")
    for key, place in (("Enter", 2), ("ArrowDown", 3), ("Shift+Enter", 2), ("ArrowUp", 1)):
        drawn.keyboard.press(key)
        status(drawn, f"{place} of {TASKS}")
        drawn.wait_for_function(_IS_IN_SIGHT)
    drawn.keyboard.press("ArrowUp")
    status(drawn, f"{TASKS} of {TASKS}")
    drawn.get_by_role("button", name="The next one").click()
    status(drawn, f"1 of {TASKS}")
    assert drawn.locator(".node[data-hit]").count() == TASKS
    look(drawn, "execution-topology-found")
    box.press("Escape")
    drawn.locator(".node[data-hit]").first.wait_for(state="detached")
    box.fill("no such task")
    status(drawn, "No task has this in its id.")


def test_a_map_shows_the_whole_and_leads_there(drawn: Page) -> None:
    shown = drawn.get_by_role("img", name="Map of the whole picture")
    shown.wait_for()
    tasks = drawn.locator('.map-node[data-kind="task"]')
    # each flowable is a frame with its own task within
    assert tasks.count() == BRANCHES * (TASKS + 1) + 1
    assert drawn.locator('.map-node[data-kind="task"][data-state="SUCCESS"]').count() > 0
    before = drawn.evaluate(_VIEW)
    box = shown.bounding_box()
    assert box is not None
    drawn.mouse.click(box["x"] + box["width"] - 20, box["y"] + box["height"] - 20)
    drawn.wait_for_function(_HAS_MOVED, arg=before)
    drawn.set_viewport_size({"width": NARROW[0], "height": NARROW[1]})
    shown.wait_for(state="detached")


def test_keys_move_and_zoom_the_picture(drawn: Page) -> None:
    canvas = drawn.locator(".picture-canvas")
    canvas.focus()
    for key in ("ArrowRight", "ArrowDown", "+", "-", "0", "ArrowLeft", "ArrowUp"):
        before = drawn.evaluate(_VIEW)
        drawn.keyboard.press(key)
        drawn.wait_for_function(_HAS_MOVED, arg=before)


def test_the_page_of_a_flow_is_searched_too(page: Page, execution: str) -> None:
    assert execution
    page.goto(FLOW)
    page.get_by_role("textbox", name="Find a task").fill("branch_2")
    status(page, "1 of 1")
    page.wait_for_function(_IS_IN_SIGHT)


def test_what_is_seen_at_a_glance_has_neither_search_nor_map(page: Page) -> None:
    page.goto(f"/ui/flows/edit/{TEAM}/steps/topology")
    page.locator("[data-drawn] .node").first.wait_for()
    assert page.get_by_role("search").count() == 0
    assert page.locator(".picture-map").count() == 0


def is_told(url: str, *, but: str) -> bool:
    """Whether this is the stream of another execution."""
    return "/follow" in url and but not in url


def test_an_opened_subflow_is_followed_and_not_asked_for_again(page: Page, server: str) -> None:
    with httpx.Client(base_url=server, timeout=120) as client:
        for source in (CHILD, CALLER):
            assert client.post("/api/v1/flows", content=source, headers=YAML).status_code == 200
        caller = start(client, f"{NAMESPACE}/caller", wait=False)
        page.goto(f"/ui/executions/{NAMESPACE}/caller/{caller}/topology")
        opens = page.get_by_role("button", name="Open the subflow child")
        with page.expect_request(lambda asked: is_told(asked.url, but=caller)) as told:
            opens.click()
            page.locator('.node[data-state="PAUSED"]', has_text="hold").wait_for()
        child = told.value.url.split("/executions/")[1].split("/")[0]
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        assert client.post(f"/api/v1/executions/{child}/resume").status_code in (200, 204)
        page.locator('.node[data-state="SUCCESS"]', has_text="behind").wait_for()
    assert not [url for url in asked if url.endswith(f"/executions/{child}")]
