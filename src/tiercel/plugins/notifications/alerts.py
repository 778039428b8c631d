"""Messages to services whose documents or addresses have a form of their own."""

from __future__ import annotations

import json
import uuid
from datetime import UTC, datetime
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import Field

from tiercel.plugin.context import TaskContext
from tiercel.plugin.outputs import outputs
from tiercel.plugin.properties import Text, TextList, ValueMap
from tiercel.plugin.task import Output, RunnableTask, TaskFailedError
from tiercel.plugins.core.http import Request
from tiercel.plugins.notifications.chat import (
    ExecutionWebhook,
    IncomingWebhook,
    OpsgenieWebhook,
    Posting,
    post_json,
)
from tiercel.plugins.notifications.execution import ExecutionNotice, Notice, filled

_TELEGRAM = "https://api.telegram.org"
_SENDGRID = "https://api.sendgrid.com/v3/mail/send"


class ZulipIncomingWebhook(IncomingWebhook):
    """Post a message to Zulip. No outputs."""

    type_name = "io.kestra.plugin.notifications.zulip.ZulipIncomingWebhook"
    aliases = ("io.kestra.plugin.zulip.ZulipIncomingWebhook",)
    title = "Post a message to Zulip."


class ZulipExecution(ExecutionWebhook):
    """Tell Zulip about an execution. No outputs."""

    type_name = "io.kestra.plugin.notifications.zulip.ZulipExecution"
    aliases = ("io.kestra.plugin.zulip.ZulipExecution",)
    title = "Tell Zulip how an execution ended."

    channel: Text | None = Field(
        default=None, description="Accepted without effect: the webhook knows its channel."
    )


class WhatsAppIncomingWebhook(IncomingWebhook):
    """Post a message to WhatsApp. No outputs."""

    type_name = "io.kestra.plugin.notifications.whatsapp.WhatsAppIncomingWebhook"
    aliases = ("io.kestra.plugin.whatsapp.WhatsAppIncomingWebhook",)
    title = "Post a message to WhatsApp."


class WhatsAppExecution(ExecutionWebhook):
    """Tell WhatsApp about an execution. No outputs."""

    type_name = "io.kestra.plugin.notifications.whatsapp.WhatsAppExecution"
    aliases = ("io.kestra.plugin.whatsapp.WhatsAppExecution",)
    title = "Tell WhatsApp how an execution ended."

    profile_name: Text | None = Field(
        default=None, description="Name that the receiver is shown under."
    )
    whatsapp_ids: TextList | None = Field(default=None, description="Ids of the receivers.")

    def document(self, notice: Notice) -> dict[str, Any]:
        """Return a text message to the ids."""
        contacts = [{"profile": {"name": self.profile_name}, "wa_id": self.whatsapp_ids}]
        message = {"type": "text", "text": {"body": notice.plain}}
        return {"contacts": contacts, "messages": [message]}


class SquadcastIncomingWebhook(IncomingWebhook):
    """Send an incident to Squadcast. No outputs."""

    type_name = "io.kestra.plugin.notifications.squadcast.SquadcastIncomingWebhook"
    aliases = ("io.kestra.plugin.squadcast.SquadcastIncomingWebhook",)
    title = "Send an incident to Squadcast."

    def of_text(self, text: str) -> dict[str, Any]:
        """Return the document of an incident."""
        return {"message": text, "status": "trigger"}


class SquadcastExecution(ExecutionWebhook):
    """Tell Squadcast about an execution. No outputs."""

    type_name = "io.kestra.plugin.notifications.squadcast.SquadcastExecution"
    aliases = ("io.kestra.plugin.squadcast.SquadcastExecution",)
    title = "Tell Squadcast how an execution ended."

    priority: Text | None = Field(
        default=None, description="Priority of the incident, such as `P1`."
    )
    event_id: Text | None = Field(
        default=None,
        description=(
            "Id that tells which incident this is about, so that it can be resolved later."
        ),
    )
    status: Text = Field(
        default="trigger", description="What happens to the incident: `trigger` or `resolve`."
    )
    tags: ValueMap | None = Field(default=None, description="Tags of the incident, by name.")

    def document(self, notice: Notice) -> dict[str, Any]:
        """Return the document of an incident."""
        given = {"priority": self.priority, "event_id": self.event_id, "tags": self.tags}
        return {
            "message": notice.text,
            "description": notice.plain,
            "status": self.status,
            **filled(given),
        }


class PagerDutyExecution(ExecutionWebhook):
    """Tell PagerDuty about an execution. No outputs."""

    type_name = "io.kestra.plugin.notifications.pagerduty.PagerDutyExecution"
    aliases = ("io.kestra.plugin.pagerduty.PagerDutyExecution",)
    title = "Tell PagerDuty how an execution ended."

    routing_key: Text = Field(description="Key of the service's integration. Keep it in a secret.")
    event_action: Text = Field(
        default="trigger",
        description="What happens to the alert: `trigger`, `acknowledge` or `resolve`.",
    )
    deduplication_key: Text | None = Field(
        default=None, description="Id that tells which alert this is about."
    )
    payload_source: Text = Field(default="Tiercel", description="What the event is from.")
    payload_severity: Text = Field(
        default="error", description="How bad it is: `critical`, `error`, `warning` or `info`."
    )
    payload_summary: Text | None = Field(
        default=None,
        description="Text of the event. The line about the execution when it is left out.",
    )

    def document(self, notice: Notice) -> dict[str, Any]:
        """Return an event."""
        payload = {
            "summary": self.payload_summary or notice.text,
            "source": self.payload_source,
            "severity": self.payload_severity,
            "custom_details": notice.fields,
        }
        key = {"dedup_key": self.deduplication_key} if self.deduplication_key else {}
        return {
            "routing_key": self.routing_key,
            "event_action": self.event_action,
            "payload": payload,
            **key,
        }


class OpsgenieExecution(OpsgenieWebhook, ExecutionWebhook):
    """Tell Opsgenie about an execution. No outputs."""

    type_name = "io.kestra.plugin.notifications.opsgenie.OpsgenieExecution"
    aliases = ("io.kestra.plugin.opsgenie.OpsgenieExecution",)
    title = "Tell Opsgenie how an execution ended."

    message: Text | None = Field(
        default=None,
        description="Title of the alert. The line about the execution when it is left out.",
    )
    alias: Text | None = Field(default=None, description="Id that tells which alert this is about.")
    responders: ValueMap | None = Field(
        default=None, description="Who is called: kinds, such as `team` or `user`, by id."
    )
    visible_to: ValueMap | None = Field(
        default=None, description="Who may see the alert: kinds, such as `team` or `user`, by id."
    )
    tags: TextList | None = Field(default=None, description="Tags of the alert.")
    priority: Text | None = Field(
        default=None, description="Priority of the alert, from `P1` to `P5`."
    )

    def document(self, notice: Notice) -> dict[str, Any]:
        """Return an alert."""
        given = {
            "alias": self.alias,
            "responders": _typed(self.responders),
            "visibleTo": _typed(self.visible_to),
            "tags": self.tags,
            "priority": self.priority,
        }
        return {
            "message": self.message or notice.text,
            "description": notice.text,
            "details": {name: str(value) for name, value in notice.fields.items()},
            **filled(given),
        }


def _typed(entries: dict[str, Any] | None) -> list[dict[str, Any]]:
    return [{"id": name, "type": kind} for name, kind in (entries or {}).items()]


class ZendutyExecution(ExecutionWebhook):
    """Tell Zenduty about an execution. No outputs."""

    type_name = "io.kestra.plugin.notifications.zenduty.ZendutyExecution"
    aliases = ("io.kestra.plugin.zenduty.ZendutyExecution",)
    title = "Tell Zenduty how an execution ended."

    alert_type: Text = Field(
        default="error",
        description=(
            "Kind of alert: `info`, `warning`, `error`, `critical`, `acknowledged` or `resolved`."
        ),
    )
    message: Text | None = Field(
        default=None,
        description="Title of the alert. The line about the execution when it is left out.",
    )
    summary: Text | None = Field(
        default=None,
        description="Text of the alert. The line about the execution when it is left out.",
    )
    entity_id: Text | None = Field(
        default=None, description="Id that tells which alert this is about."
    )
    urls: TextList | None = Field(default=None, description="Addresses that are linked.")

    def document(self, notice: Notice) -> dict[str, Any]:
        """Return an alert."""
        given = {
            "entity_id": self.entity_id,
            "urls": [{"link_url": url, "link_text": url} for url in self.urls or ()],
        }
        return {
            "alert_type": self.alert_type,
            "message": self.message or notice.text,
            "summary": self.summary or notice.text,
            "payload": notice.fields,
            **filled(given),
        }


class SentryPlugin(Posting, RunnableTask):
    """Base of the tasks that send events to Sentry."""

    dsn: Text = Field(
        description=(
            "Address with the key of the project, such as `https://KEY@HOST/PROJECT`. Keep it "
            "in a secret."
        )
    )
    endpoint_type: Text = Field(
        default="ENVELOPE",
        description="Which endpoint of Sentry takes the event: `ENVELOPE` or `STORE`.",
    )
    payload: Text | None = Field(
        default=None,
        description="The event, as JSON; what it has counts before what the task would write.",
    )

    async def send(self, context: TaskContext, event: dict[str, Any]) -> None:
        """Send an event.

        Raises:
            TaskFailedError: The address is no DSN, or the service refused it.
        """
        parts = urlsplit(self.dsn)
        project = parts.path.rpartition("/")[2]
        if not parts.username or not parts.hostname or not project:
            raise TaskFailedError("`dsn` must be like https://KEY@HOST/PROJECT")
        event = {
            "event_id": uuid.uuid4().hex,
            "timestamp": datetime.now(UTC).isoformat(),
            "platform": "python",
            **event,
        }
        host = parts.hostname + (f":{parts.port}" if parts.port else "")
        folder = parts.path.rpartition("/")[0]
        login = f"Sentry sentry_version=7, sentry_key={parts.username}, sentry_client=tiercel/1"
        is_envelope = self.endpoint_type.upper() == "ENVELOPE"
        kind = "envelope" if is_envelope else "store"
        text = json.dumps(event)
        if is_envelope:
            head = json.dumps({"event_id": event["event_id"], "dsn": self.dsn})
            text = f'{head}\n{{"type": "event"}}\n{text}\n'
        properties: dict[str, Any] = {
            "uri": f"{parts.scheme}://{host}{folder}/api/{project}/{kind}/",
            "method": "POST",
            "body": text,
            "contentType": "application/x-sentry-envelope" if is_envelope else "application/json",
            "headers": {**(self.options.headers or {}), "X-Sentry-Auth": login},
            "options": self.options,
        }
        await Request.model_validate(properties).run(context)


class SentryAlert(SentryPlugin):
    """Send an event to Sentry. No outputs."""

    type_name = "io.kestra.plugin.notifications.sentry.SentryAlert"
    aliases = ("io.kestra.plugin.sentry.SentryAlert",)
    title = "Send an event to Sentry."

    async def run(self, context: TaskContext) -> Output | None:
        """Send the payload, an event of Sentry."""
        await self.send(context, _document(self.payload or "{}"))
        return None


class SentryExecution(SentryPlugin, ExecutionNotice):
    """Tell Sentry about an execution. No outputs."""

    type_name = "io.kestra.plugin.notifications.sentry.SentryExecution"
    aliases = ("io.kestra.plugin.sentry.SentryExecution",)
    title = "Tell Sentry how an execution ended."

    level: Text = Field(
        default="ERROR",
        description="Level of the event: `FATAL`, `ERROR`, `WARNING`, `INFO` or `DEBUG`.",
    )
    transaction: Text | None = Field(default=None, description="Name of what was at work.")
    server_name: Text | None = Field(default=None, description="Name of the machine.")
    extra: ValueMap | None = Field(default=None, description="More values of the event, by name.")
    errors: ValueMap | None = Field(
        default=None, description="Accepted without effect: write them as `extra`."
    )

    async def run(self, context: TaskContext) -> Output | None:
        """Send what is known of the execution."""
        notice = await self.notice(context)
        given = {"transaction": self.transaction, "server_name": self.server_name}
        event = {
            "message": {"formatted": notice.text},
            "level": self.level.lower(),
            "extra": {**notice.fields, **(self.extra or {}), **(self.custom_fields or {})},
            **filled(given),
            **(_document(self.payload) if self.payload else {}),
        }
        await self.send(context, event)
        return None


def _document(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except json.JSONDecodeError as error:
        raise TaskFailedError(f"`payload` is no JSON: {error}") from error
    if not isinstance(found, dict):
        raise TaskFailedError("`payload` must be a JSON map")
    return found


class TelegramPlugin(Posting, RunnableTask):
    """Base of the tasks that send messages of a Telegram bot."""

    token: Text = Field(description="Token of the bot. Keep it in a secret.")
    channel: Text = Field(description="Id of the chat, or name of the channel, such as `@team`.")
    parse_mode: Text | None = Field(
        default=None,
        description=(
            "How the text is marked up: `HTML`, `Markdown` or `MarkdownV2`. Not at all when "
            "it is left out."
        ),
    )
    endpoint_override: Text | None = Field(
        default=None, description="Address of the service, if it is not Telegram's own."
    )

    async def send(self, context: TaskContext, text: str) -> None:
        """Send a text to the channel."""
        context.mask(self.token)
        document = {"chat_id": self.channel, "text": text}
        if self.parse_mode:
            document["parse_mode"] = self.parse_mode
        url = f"{(self.endpoint_override or _TELEGRAM).rstrip('/')}/bot{self.token}/sendMessage"
        await post_json(context, url, json.dumps(document), options=self.options)


class TelegramSend(TelegramPlugin):
    """Send a message to a Telegram channel. No outputs."""

    type_name = "io.kestra.plugin.notifications.telegram.TelegramSend"
    aliases = ("io.kestra.plugin.telegram.TelegramSend",)
    title = "Send a message to Telegram."

    payload: Text = Field(description="Text of the message.")

    async def run(self, context: TaskContext) -> Output | None:
        """Send the text."""
        await self.send(context, self.payload)
        return None


class TelegramExecution(TelegramPlugin, ExecutionNotice):
    """Tell a Telegram channel about an execution. No outputs."""

    type_name = "io.kestra.plugin.notifications.telegram.TelegramExecution"
    aliases = ("io.kestra.plugin.telegram.TelegramExecution",)
    title = "Tell Telegram how an execution ended."

    async def run(self, context: TaskContext) -> Output | None:
        """Send what is known of the execution."""
        await self.send(context, (await self.notice(context)).plain)
        return None


class SendGridPlugin(Posting, RunnableTask):
    """Base of the tasks that send mail through SendGrid."""

    sendgrid_api_key: Text = Field(description="Key of the SendGrid API. Keep it in a secret.")
    from_: Annotated[Text, Field(alias="from")] = Field(description="Address of the sender.")
    to: TextList = Field(description="Addresses of the receivers.")
    cc: TextList | None = Field(default=None, description="Addresses that get a copy.")
    subject: Text = Field(default="", description="Subject of the mail.")
    html_content: Text | None = Field(default=None, description="Text of the mail as HTML.")
    text_content: Text | None = Field(
        default=None,
        description="Text of the mail without any markup. This, `htmlContent` or both.",
    )
    endpoint_override: Text | None = Field(
        default=None, description="Address of the service, if it is not SendGrid's own."
    )

    async def send(
        self, context: TaskContext, html: str | None, plain: str | None
    ) -> dict[str, Any]:
        """Send a mail; return what the service answered."""
        context.mask(self.sendgrid_api_key)
        people: dict[str, Any] = {"to": [{"email": address} for address in self.to]}
        if self.cc:
            people["cc"] = [{"email": address} for address in self.cc]
        texts = (("text/plain", plain), ("text/html", html))
        mail = {
            "personalizations": [people],
            "from": {"email": self.from_},
            "subject": self.subject,
            "content": [{"type": kind, "value": text} for kind, text in texts if text],
        }
        answered = await post_json(
            context,
            self.endpoint_override or _SENDGRID,
            json.dumps(mail),
            options=self.options,
            headers={"Authorization": f"Bearer {self.sendgrid_api_key}"},
        )
        return {
            "body": answered.get("body"),
            "headers": answered.get("headers"),
            "statusCode": answered.get("code"),
        }


class SendGridMailSend(SendGridPlugin):
    """Send a mail through SendGrid. Outputs: ``body``, ``headers``, ``statusCode``."""

    type_name = "io.kestra.plugin.notifications.sendgrid.SendGridMailSend"
    aliases = ("io.kestra.plugin.sendgrid.SendGridMailSend",)
    title = "Send a mail through SendGrid."
    output_types = outputs(body=str, headers=dict[str, Any], statusCode=int)

    async def run(self, context: TaskContext) -> Output:
        """Send it."""
        if not self.html_content and not self.text_content:
            raise TaskFailedError("`htmlContent` or `textContent` is required")
        return Output(values=await self.send(context, self.html_content, self.text_content))


class SendGridMailExecution(SendGridPlugin, ExecutionNotice):
    """Tell people about an execution through SendGrid, or send the flow's own text.

    Outputs: ``body``, ``headers``, ``statusCode``.
    """

    type_name = "io.kestra.plugin.notifications.sendgrid.SendGridMailExecution"
    aliases = ("io.kestra.plugin.sendgrid.SendGridMailExecution",)
    title = "Tell people through SendGrid how an execution ended."
    output_types = outputs(body=str, headers=dict[str, Any], statusCode=int)

    async def run(self, context: TaskContext) -> Output:
        """Send what is known of the execution, or the flow's own text."""
        plain = self.text_content
        if not self.html_content and not plain:
            plain = (await self.notice(context)).plain
        return Output(values=await self.send(context, self.html_content, plain))
