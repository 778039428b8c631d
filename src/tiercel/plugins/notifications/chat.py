"""Messages to chat and alert services: one JSON document posted to a webhook."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from pydantic import Field

from tiercel.plugin.context import TaskContext
from tiercel.plugin.properties import Text, TextMap
from tiercel.plugin.task import Output, Plugin, RunnableTask, TaskFailedError
from tiercel.plugins.core.http import Options, Request, Timeouts
from tiercel.plugins.notifications.execution import ExecutionNotice, Notice, filled


class PostTimeouts(Timeouts):
    """How long to wait: ten seconds for each piece of the answer."""

    read_idle_timeout: timedelta = Field(
        default=timedelta(seconds=10), description="How long the next part of the answer may take."
    )


class PostOptions(Options):
    """How a message is posted."""

    timeout: PostTimeouts = Field(
        default=PostTimeouts(), description="How long the service may take."
    )
    headers: TextMap | None = Field(
        default=None, description="More headers of the request, by name."
    )


class Posting(Plugin):
    """Properties of what posts messages."""

    options: PostOptions = Field(
        default=PostOptions(), description="How the request is made: timeouts, proxy, headers."
    )


class WebhookTask(Posting, RunnableTask):
    """Base of the tasks that post JSON to a webhook. No outputs; an answer of 400 or more fails."""

    url: Text = Field(
        description="Address of the webhook. Keep it in a secret: whoever knows it can post."
    )

    async def post(self, context: TaskContext, payload: str, **headers: str) -> None:
        """Post a document. Raises as :func:`post_json` does."""
        await post_json(context, self.url, payload, options=self.options, headers=headers)


async def post_json(
    context: TaskContext,
    url: str,
    payload: str,
    *,
    options: PostOptions,
    headers: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Post a document; return the outputs of the request.

    Raises:
        TaskFailedError: It is no JSON, or the service refused it.
    """
    try:
        json.loads(payload)
    except json.JSONDecodeError as error:
        raise TaskFailedError(
            f"`payload` is no JSON: {error}. Texts put into it need the filter `| toJson`."
        ) from error
    properties: dict[str, Any] = {
        "uri": url,
        "method": "POST",
        "body": payload,
        "headers": {**(options.headers or {}), **(headers or {})},
        "contentType": "application/json",
        "options": options,
    }
    output = await Request.model_validate(properties).run(context)
    return dict(output.values if output and output.values else {})


class IncomingWebhook(WebhookTask):
    """Base of the tasks whose document the flow writes."""

    payload: Text | None = Field(
        default=None,
        description=(
            "JSON document to post, as the service wants it. Put texts into it with the "
            "filter `toJson`."
        ),
    )
    message_text: Text | None = Field(
        default=None, description="Plain text to post, instead of `payload`."
    )

    async def run(self, context: TaskContext) -> Output | None:
        """Post the payload, or the text as the service's plainest message."""
        if self.payload is None and self.message_text is None:
            raise TaskFailedError("`payload` is required: the JSON document to post")
        await self.post(context, self.payload or json.dumps(self.of_text(self.message_text or "")))
        return None

    def of_text(self, text: str) -> dict[str, Any]:
        """Return the document of a plain message."""
        return {"text": text}


class ExecutionWebhook(WebhookTask, ExecutionNotice):
    """Base of the tasks that post what they tell about an execution."""

    payload: Text | None = Field(
        default=None, description="JSON document to post instead of what the task would write."
    )

    async def run(self, context: TaskContext) -> Output | None:
        """Post what is known of the execution."""
        document = self.document(await self.notice(context))
        await self.post(context, self.payload or json.dumps(document))
        return None

    def document(self, notice: Notice) -> dict[str, Any]:
        """Return the service's document of a notice."""
        return {"text": notice.plain}


_SLACK_EXAMPLE = (
    "Tell a channel.",
    "id: tell\ntype: io.kestra.plugin.notifications.slack.SlackIncomingWebhook\n"
    "url: \"{{ secret('SLACK_WEBHOOK') }}\"\n"
    "payload: |\n  {\"text\": {{ ('Loaded ' ~ outputs.load.rowCount ~ ' rows') | toJson }}}",
)


class SlackIncomingWebhook(IncomingWebhook):
    """Post a message to Slack. No outputs."""

    type_name = "io.kestra.plugin.notifications.slack.SlackIncomingWebhook"
    aliases = ("io.kestra.plugin.slack.SlackIncomingWebhook",)
    title = "Post a message to Slack."
    examples = (_SLACK_EXAMPLE,)


class SlackExecution(ExecutionWebhook):
    """Tell Slack about an execution. No outputs."""

    type_name = "io.kestra.plugin.notifications.slack.SlackExecution"
    aliases = ("io.kestra.plugin.slack.SlackExecution",)
    title = "Tell Slack how an execution ended."

    channel: Text | None = Field(
        default=None,
        description=(
            "Channel to post to, where the webhook allows it. The webhook's own when it is "
            "left out."
        ),
    )
    username: Text | None = Field(default=None, description="Name that the message is shown under.")
    icon_url: Text | None = Field(
        default=None, description="Address of the picture beside the message."
    )
    icon_emoji: Text | None = Field(
        default=None, description="Emoji beside the message, such as `:rocket:`."
    )

    def document(self, notice: Notice) -> dict[str, Any]:
        """Return a text with an attachment of fields."""
        shown = [{"title": name, "value": str(value)} for name, value in notice.fields.items()]
        given = {
            "channel": self.channel,
            "username": self.username,
            "icon_url": self.icon_url,
            "icon_emoji": self.icon_emoji,
        }
        return {"text": notice.text, "attachments": [{"fields": shown}], **filled(given)}


class DiscordIncomingWebhook(IncomingWebhook):
    """Post a message to Discord. No outputs."""

    type_name = "io.kestra.plugin.notifications.discord.DiscordIncomingWebhook"
    aliases = ("io.kestra.plugin.discord.DiscordIncomingWebhook",)
    title = "Post a message to Discord."

    def of_text(self, text: str) -> dict[str, Any]:
        """Return the document of a plain message."""
        return {"content": text}


class DiscordExecution(ExecutionWebhook):
    """Tell Discord about an execution. No outputs."""

    type_name = "io.kestra.plugin.notifications.discord.DiscordExecution"
    aliases = ("io.kestra.plugin.discord.DiscordExecution",)
    title = "Tell Discord how an execution ended."

    username: Text | None = Field(default=None, description="Name that the message is shown under.")
    avatar_url: Text | None = Field(
        default=None, description="Address of the picture beside the message."
    )

    def document(self, notice: Notice) -> dict[str, Any]:
        """Return a text with its fields as lines."""
        sender = {"username": self.username, "avatar_url": self.avatar_url}
        return {"content": notice.plain, **filled(sender)}


class TeamsIncomingWebhook(IncomingWebhook):
    """Post a message to Microsoft Teams. No outputs."""

    type_name = "io.kestra.plugin.notifications.teams.TeamsIncomingWebhook"
    aliases = ("io.kestra.plugin.teams.TeamsIncomingWebhook",)
    title = "Post a message to Microsoft Teams."


class TeamsExecution(ExecutionWebhook):
    """Tell Microsoft Teams about an execution. No outputs."""

    type_name = "io.kestra.plugin.notifications.teams.TeamsExecution"
    aliases = ("io.kestra.plugin.teams.TeamsExecution",)
    title = "Tell Microsoft Teams how an execution ended."


class GoogleChatIncomingWebhook(IncomingWebhook):
    """Post a message to Google Chat. No outputs."""

    type_name = "io.kestra.plugin.notifications.google.GoogleChatIncomingWebhook"
    aliases = ("io.kestra.plugin.google.GoogleChatIncomingWebhook",)
    title = "Post a message to Google Chat."


class GoogleChatExecution(ExecutionWebhook):
    """Tell Google Chat about an execution. No outputs."""

    type_name = "io.kestra.plugin.notifications.google.GoogleChatExecution"
    aliases = ("io.kestra.plugin.google.GoogleChatExecution",)
    title = "Tell Google Chat how an execution ended."


class PagerDutyAlert(IncomingWebhook):
    """Send an event to PagerDuty. No outputs."""

    type_name = "io.kestra.plugin.notifications.pagerduty.PagerDutyAlert"
    aliases = ("io.kestra.plugin.pagerduty.PagerDutyAlert",)
    title = "Send an event to PagerDuty."


class OpsgenieWebhook(WebhookTask):
    """Base of the tasks that post to Opsgenie."""

    authorization_token: Text | None = Field(
        default=None, description="Key of the Opsgenie API. Keep it in a secret."
    )

    async def post(self, context: TaskContext, payload: str, **headers: str) -> None:
        """Post with the token."""
        if self.authorization_token:
            headers = {**headers, "Authorization": f"GenieKey {self.authorization_token}"}
        await super().post(context, payload, **headers)


class OpsgenieAlert(OpsgenieWebhook, IncomingWebhook):
    """Send an alert to Opsgenie. No outputs."""

    type_name = "io.kestra.plugin.notifications.opsgenie.OpsgenieAlert"
    aliases = ("io.kestra.plugin.opsgenie.OpsgenieAlert",)
    title = "Send an alert to Opsgenie."


class ZendutyAlert(IncomingWebhook):
    """Send an alert to Zenduty. No outputs."""

    type_name = "io.kestra.plugin.notifications.zenduty.ZendutyAlert"
    aliases = ("io.kestra.plugin.zenduty.ZendutyAlert",)
    title = "Send an alert to Zenduty."
