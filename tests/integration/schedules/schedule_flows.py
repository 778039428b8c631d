"""Sources of flows for tests of triggers."""

from __future__ import annotations

import textwrap

_HEAD = """\
id: {id}
namespace: n
{more}tasks:
  - id: r
    type: io.kestra.plugin.core.debug.Return
    format: hello
"""
_TYPE = "io.kestra.plugin.core.trigger"


def flow(id: str, *triggers: str, more: str = "") -> str:
    """A flow of one task with triggers."""
    text = _HEAD.format(id=id, more=textwrap.dedent(more))
    if triggers:
        text += "triggers:\n"
    for trigger in triggers:
        text += "  - " + textwrap.indent(trigger.strip(), "    ").strip() + "\n"
    return text


def schedule(cron: str = "0 * * * *", more: str = "", id: str = "t") -> str:
    """A Schedule trigger."""
    return f"id: {id}\ntype: {_TYPE}.Schedule\ncron: '{cron}'\n{textwrap.dedent(more)}"


def listener(more: str = "", id: str = "t") -> str:
    """A Flow trigger."""
    return f"id: {id}\ntype: {_TYPE}.Flow\n{textwrap.dedent(more)}"


def on_dates(*dates: str, more: str = "", id: str = "t") -> str:
    """A ScheduleOnDates trigger."""
    listed = ", ".join(f"'{date}'" for date in dates)
    return f"id: {id}\ntype: {_TYPE}.ScheduleOnDates\ndates: [{listed}]\n{textwrap.dedent(more)}"
