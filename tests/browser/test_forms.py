"""Flows are edited as forms, beside their text."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pytest
from looking import NARROW, look, overflow, serious, settle, shoot

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

FLOW = """\
# A flow to be formed
id: formed
namespace: company.forms

inputs:
  - id: name
    type: STRING
    defaults: world # a planet

variables:
  first: 1
  second: two

tasks:
  # says it
  - id: say
    type: io.kestra.plugin.core.log.Log
    message: "Hello {{ inputs.name }}" # politely

  - id: shell
    type: io.kestra.plugin.scripts.shell.Commands
    commands:
      - echo one # the first
    taskRunner:
      type: io.kestra.plugin.core.runner.Process

  - id: each
    type: io.kestra.plugin.core.flow.ForEach
    values: [1, 2]
    tasks:
      - id: inner
        type: io.kestra.plugin.core.debug.Return
        format: "{{ taskrun.value }}"
"""
PATH = "/api/v1/flows/company.forms/formed"
_KEEP_VIEW = "localStorage.setItem('tiercel-preferences', JSON.stringify({editorView: 'form'}))"


@pytest.fixture
def form(page: Page, server: str) -> Locator:
    """The form beside the source of a stored flow."""
    put(server, FLOW)
    page.on("dialog", lambda dialog: dialog.accept())
    page.add_init_script(_KEEP_VIEW)
    page.goto("/ui/flows/edit/company.forms/formed/editor")
    found = page.get_by_role("region", name="Form", exact=True)
    found.get_by_role("group", name="tasks").wait_for()
    page.get_by_text("✓ Valid").wait_for()
    return found


def put(server: str, source: str) -> None:
    """Store a flow, new or not."""
    headers = {"content-type": "application/x-yaml"}
    with httpx.Client(base_url=server, timeout=60, headers=headers) as client:
        if client.put(PATH, content=source).status_code == httpx.codes.NOT_FOUND:
            client.post("/api/v1/flows", content=source).raise_for_status()


def stored(page: Page, server: str) -> str:
    """Save the flow, and return its text as the server has it."""
    with page.expect_response(lambda reply: reply.request.method == "PUT"):
        page.get_by_role("button", name="Save", exact=True).click()
    found = httpx.get(f"{server}{PATH}", params={"source": "true"}, timeout=60).json()
    source: str = found["source"]
    return source


def go(form: Locator, name: str) -> None:
    """Go to the form of an item, and wait for it."""
    form.get_by_role("button", name=name, exact=False).first.click()
    place = form.get_by_role("navigation", name="Place in the flow")
    place.locator("[aria-current]").get_by_text(
        name.split(" ", maxsplit=1)[0], exact=True
    ).wait_for()


def test_fields_change_the_text_and_nothing_around_it(
    page: Page, server: str, form: Locator
) -> None:
    text = page.locator(".monaco-editor").first
    go(form, "say Log")
    form.get_by_label("message", exact=True).fill("Good morning")
    text.get_by_text("Good morning").wait_for()
    form.get_by_role("button", name="More properties").click()
    form.get_by_label("Find a property").fill("allowF")
    form.get_by_label("allowFailure", exact=True).check(force=True)
    text.get_by_text("allowFailure").wait_for()
    form.get_by_role("button", name="Flow", exact=True).click()
    go(form, "shell Commands")
    form.get_by_role("button", name="Add to commands").click()
    form.get_by_label("commands 2", exact=True).fill("echo two")
    text.get_by_text("echo two").wait_for()
    page.get_by_text("✓ Valid").wait_for()
    expected = FLOW.replace('"Hello {{ inputs.name }}"', '"Good morning"')
    expected = expected.replace("# politely\n", "# politely\n    allowFailure: true\n")
    expected = expected.replace("# the first\n", "# the first\n      - echo two\n")
    assert stored(page, server) == expected


def test_a_number_and_a_switch_of_the_flow(page: Page, server: str, form: Locator) -> None:
    form.get_by_role("button", name="More properties").click()
    form.get_by_label("concurrency", exact=True).check(force=True)
    limit = form.get_by_label("limit", exact=True)
    limit.fill("x")
    form.get_by_text("This is no number.").wait_for()
    limit.fill("3")
    page.locator(".monaco-editor").first.get_by_text("limit").wait_for()
    form.get_by_label("Name of second").fill("other")
    form.get_by_label("Name of second").press("Enter")
    form.get_by_label("Name of other").wait_for()
    form.get_by_role("button", name="Add to labels").click()
    form.get_by_label("key · labels 1").fill("team")
    form.get_by_label("value · labels 1").fill("blue")
    form.get_by_label("value · labels 1").blur()
    page.get_by_text("✓ Valid").wait_for()
    source = stored(page, server)
    assert "labels:\n  - key: team\n    value: blue\n" in source
    assert "concurrency:\n  limit: 3\n" in source
    assert "variables:\n  first: 1\n  other: two\n" in source


def test_a_task_is_added_inside_another(page: Page, server: str, form: Locator) -> None:
    go(form, "each ForEach")
    tasks = form.get_by_role("group", name="tasks")
    tasks.get_by_role("button", name="Add to tasks").click()
    tasks.get_by_role("combobox").fill("log")
    tasks.get_by_role("option").first.get_by_text("Log", exact=True).wait_for()
    page.keyboard.press("Enter")
    place = form.get_by_role("navigation", name="Place in the flow")
    place.get_by_text("log", exact=True).wait_for()
    form.get_by_label("message", exact=True).fill("inside")
    page.locator(".monaco-editor").first.get_by_text("inside").wait_for()
    page.get_by_text("✓ Valid").wait_for()
    source = stored(page, server)
    assert source.startswith(FLOW)
    added = (
        "      - id: log\n        type: io.kestra.plugin.core.log.Log\n        message: inside\n"
    )
    assert source == FLOW + added
    place.get_by_role("button", name="each").click()
    tasks.get_by_role("button", name="Move log up").click()
    tasks.get_by_role("button", name="Remove inner").click()
    tasks.get_by_role("button", name="inner Return").wait_for(state="detached")
    assert stored(page, server) == FLOW[: FLOW.index("      - id: inner")] + added


def test_the_form_follows_the_cursor_and_a_broken_text_keeps_it(page: Page, form: Locator) -> None:
    text = page.locator(".monaco-editor").first
    text.get_by_text("politely").click()
    place = form.get_by_role("navigation", name="Place in the flow")
    place.get_by_text("say", exact=True).wait_for()
    page.keyboard.press("Home")
    page.keyboard.type("{{ [")
    form.get_by_role("alert").wait_for()
    assert form.get_by_label("message", exact=True).input_value() == "Hello {{ inputs.name }}"
    for _ in range(6):
        page.keyboard.press("Control+z")
    form.get_by_role("alert").wait_for(state="detached")
    text.get_by_text("ForEach").click()
    place.get_by_text("each", exact=True).wait_for()


def test_what_is_typed_is_stored_by_the_key_for_it(page: Page, server: str, form: Locator) -> None:
    assert not form.get_by_label("namespace", exact=True).is_editable()
    go(form, "say Log")
    form.get_by_label("message", exact=True).fill("stored by a key")
    with page.expect_response(lambda reply: reply.request.method == "PUT") as reply:
        page.keyboard.press("Control+s")
    assert "stored by a key" in (reply.value.request.post_data or "")
    assert form.get_by_label("message", exact=True).evaluate("e => e === document.activeElement")


def test_what_refers_to_a_renamed_task_changes_with_it(
    page: Page, server: str, form: Locator
) -> None:
    put(server, FLOW.replace("{{ taskrun.value }}", "{{ outputs.say.value }}"))
    page.reload()
    go(form, "say Log")
    name = form.get_by_label("id", exact=True)
    name.fill("speak")
    name.press("Enter")
    form.get_by_text("What refers to it has the new id, too: 1 line.").wait_for()
    page.get_by_text("✓ Valid").wait_for()
    source = stored(page, server)
    assert "- id: speak\n" in source
    assert "{{ outputs.speak.value }}" in source


def test_properties_and_triggers_are_edited_in_drawers(
    page: Page, server: str, form: Locator
) -> None:
    assert form.is_visible()
    page.get_by_role("button", name="Actions").click()
    page.get_by_role("menuitem", name="Edit properties").click()
    drawer = page.get_by_role("dialog")
    drawer.get_by_label("description", exact=True).fill("What **it** does.")
    drawer.get_by_role("button", name="Preview").click()
    drawer.locator("strong").get_by_text("it", exact=True).wait_for()
    drawer.get_by_role("button", name="name STRING").click()
    drawer.get_by_label("defaults as YAML").fill("moon")
    drawer.get_by_role("button", name="Done").click()
    drawer.wait_for(state="detached")
    page.get_by_role("button", name="Actions").click()
    page.get_by_role("menuitem", name="Add a trigger").click()
    drawer.get_by_role("combobox").fill("schedule")
    page.keyboard.press("Enter")
    drawer.get_by_label("cron", exact=True).fill("0 9 * * *")
    drawer.get_by_label("cron", exact=True).blur()
    drawer.get_by_label("View").get_by_text("Source", exact=True).click()
    drawer.locator(".monaco-editor").get_by_text("cron").wait_for()
    drawer.get_by_role("button", name="Done").click()
    page.get_by_text("✓ Valid").wait_for()
    source = stored(page, server)
    assert "description: What **it** does.\n" in source
    assert "    defaults: moon # a planet\n" in source
    assert "    type: io.kestra.plugin.core.trigger.Schedule\n    cron: 0 9 * * *\n" in source


def test_any_value_can_be_given_as_yaml(page: Page, server: str, form: Locator) -> None:
    go(form, "shell Commands")
    form.get_by_role("button", name="More for commands").click()
    page.get_by_role("menuitem", name="As YAML").click()
    yaml = form.get_by_label("commands as YAML")
    yaml.fill("[echo a")
    form.locator("[data-name=commands] .mantine-Textarea-error").wait_for()
    yaml.fill("[echo a, echo b]")
    yaml.blur()
    page.get_by_text("✓ Valid").wait_for()
    assert "commands: [echo a, echo b]" in stored(page, server).replace(
        "commands:\n      ", "commands: "
    )


def test_forms_can_be_read_by_all(page: Page, form: Locator) -> None:
    look(page, "form-flow")
    go(form, "shell Commands")
    form.get_by_role("button", name="More properties").last.click()
    look(page, "form-task")
    form.get_by_role("button", name="Change the type").click()
    form.get_by_role("option").first.wait_for()
    page.set_viewport_size({"width": NARROW[0], "height": NARROW[1]})
    settle(page)
    shoot(page, "form-types-390")
    assert not serious(page)
    assert overflow(page) <= 0


def test_a_key_is_answered_at_once_in_a_flow_of_a_thousand_tasks(page: Page, server: str) -> None:
    tasks = "".join(
        f"  - id: task_{n}\n    type: io.kestra.plugin.core.log.Log\n    message: m\n"
        for n in range(1000)
    )
    page.on("dialog", lambda dialog: dialog.accept())
    put(server, f"id: formed\nnamespace: company.forms\ntasks:\n{tasks}")
    page.add_init_script(_KEEP_VIEW)
    page.goto("/ui/flows/edit/company.forms/formed/editor")
    form = page.get_by_role("region", name="Form", exact=True)
    form.get_by_role("button", name="task_0 Log").click()
    message = form.get_by_label("message", exact=True)
    message.click()
    page.get_by_text("✓ Valid").wait_for()
    page.keyboard.type(" and more of it")
    assert message.input_value().endswith(" and more of it")
    page.locator(".monaco-editor").first.get_by_text("and more of it").wait_for()
