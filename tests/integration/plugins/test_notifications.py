"""Messages, to servers of the test's own."""

from __future__ import annotations

import json
import socketserver
import threading
from collections.abc import Iterator, Mapping
from email import message_from_string
from email.policy import default
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest

from context import FakeTaskContext
from tiercel.plugin.registry import Registry
from tiercel.plugin.task import RunnableTask, TaskFailedError

REGISTRY = Registry.builtin(use_entry_points=False)


class Webhook(BaseHTTPRequestHandler):
    """Remembers what is posted; /refuse answers 400."""

    posted: ClassVar[list[tuple[dict[str, str], Any]]] = []

    def log_message(self, *args: object) -> None:
        """Keep quiet."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.posted.append((dict(self.headers), json.loads(body)))
        self.send_response(400 if self.path == "/refuse" else 200)
        self.end_headers()
        self.wfile.write(b"invalid_payload" if self.path == "/refuse" else b"ok")


@pytest.fixture
def webhook() -> Iterator[str]:
    Webhook.posted = []
    with ThreadingHTTPServer(("127.0.0.1", 0), Webhook) as server:
        threading.Thread(target=server.serve_forever, args=[0.01], daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


class Smtp(socketserver.StreamRequestHandler):
    """A mail server that keeps the last message."""

    received: ClassVar[list[str]] = []

    def handle(self) -> None:
        self.say("220 here")
        for line in iter(self.rfile.readline, b""):
            word = line.decode().split()[0].upper()
            if word == "DATA":
                self.say("354 go on")
                lines = iter(self.rfile.readline, b".\r\n")
                self.received.append("".join(text.decode() for text in lines))
            self.say("221 bye" if word == "QUIT" else "250 fine")
            if word == "QUIT":
                return

    def say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())


@pytest.fixture
def mail_port() -> Iterator[int]:
    Smtp.received = []
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Smtp) as server:
        threading.Thread(target=server.serve_forever, args=[0.01], daemon=True).start()
        yield server.server_address[1]
        server.shutdown()


@pytest.fixture
def context(tmp_path: Path) -> FakeTaskContext:
    context = FakeTaskContext(tmp_path, {"kestra": {"url": "http://tiercel/"}})

    def execution(values: Mapping[str, Any]) -> dict[str, Any]:
        is_first = values["executionId"] == "first"
        return {
            "namespace": "company" if is_first else "company.team",
            "flowId": "load" if is_first else "flow",
            "state": "FAILED" if is_first else "RUNNING",
            "isTerminal": is_first,
            "startDate": "2026-01-02T03:04:05.000+00:00",
            "seconds": 65.4,
            "firstFailed": "fetch" if is_first else None,
            "lastTask": "clean",
        }

    context.server_answers["execution"] = execution
    return context


async def run(context: FakeTaskContext, name: str, **properties: Any) -> None:
    task = REGISTRY.build(f"io.kestra.plugin.{name}", properties)
    assert isinstance(task, RunnableTask)
    assert await task.run(context) is None


async def test_a_payload_is_posted_as_it_is(context: FakeTaskContext, webhook: str):
    name = "notifications.slack.SlackIncomingWebhook"
    await run(context, name, url=webhook, payload='{"text": "hi"}')
    ((headers, body),) = Webhook.posted
    assert (headers["Content-Type"], body) == ("application/json", {"text": "hi"})


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("slack.SlackIncomingWebhook", {"text": "hi"}),
        ("notifications.discord.DiscordIncomingWebhook", {"content": "hi"}),
        ("notifications.teams.TeamsIncomingWebhook", {"text": "hi"}),
        ("notifications.google.GoogleChatIncomingWebhook", {"text": "hi"}),
    ],
)
async def test_a_plain_text(context: FakeTaskContext, webhook: str, name: str, body: Any):
    await run(context, name, url=webhook, messageText="hi")
    assert Webhook.posted[0][1] == body


async def test_headers_of_the_flow_go_along(context: FakeTaskContext, webhook: str):
    options = {"headers": {"X-Team": "blue", "Authorization": "own"}, "readTimeout": "PT5S"}
    await run(context, "slack.SlackIncomingWebhook", url=webhook, payload="{}", options=options)
    more = {"authorizationToken": "abc", "options": options}
    await run(context, "notifications.opsgenie.OpsgenieAlert", url=webhook, payload="{}", **more)
    (slack, _), (opsgenie, _) = Webhook.posted
    assert (slack["X-Team"], slack["Authorization"]) == ("blue", "own")
    assert (opsgenie["X-Team"], opsgenie["Authorization"]) == ("blue", "GenieKey abc")


async def test_what_the_service_refuses_fails_the_task(context: FakeTaskContext, webhook: str):
    name = "notifications.pagerduty.PagerDutyAlert"
    with pytest.raises(TaskFailedError, match="400"):
        await run(context, name, url=f"{webhook}/refuse", payload="{}")
    with pytest.raises(TaskFailedError, match="`payload` is no JSON"):
        await run(context, name, url=webhook, payload='{"text": "a "quoted" word"}')
    with pytest.raises(TaskFailedError, match="`payload` is required"):
        await run(context, name, url=webhook)


async def test_opsgenie_wants_a_token(context: FakeTaskContext, webhook: str):
    name = "notifications.opsgenie.OpsgenieAlert"
    await run(context, name, url=webhook, payload="{}", authorizationToken="abc")
    assert Webhook.posted[0][0]["Authorization"] == "GenieKey abc"


async def test_an_execution_is_told_of(context: FakeTaskContext, webhook: str):
    name = "notifications.slack.SlackExecution"
    more = {"customFields": {"Owner": "Ada"}, "customMessage": "Look!", "channel": "#alerts"}
    await run(context, name, url=webhook, executionId="first", **more)
    body = Webhook.posted[0][1]
    assert body["text"] == "company.load first ended FAILED\nLook!"
    assert body["channel"] == "#alerts"
    fields = {field["title"]: field["value"] for field in body["attachments"][0]["fields"]}
    assert fields == {
        "Namespace": "company",
        "Flow": "load",
        "Execution": "first",
        "Status": "FAILED",
        "Started": "2026-01-02T03:04:05.000+00:00",
        "Duration": "0:01:05",
        "First failed task": "fetch",
        "Last task": "clean",
        "Link": "http://tiercel/ui/executions/company/load/first",
        "Owner": "Ada",
    }


async def test_mail_with_an_attachment(context: FakeTaskContext, mail_port: int):
    uri = await context.store_text("report.csv", "a,b\n")
    await run(
        context,
        "notifications.mail.MailSend",
        host="127.0.0.1",
        port=mail_port,
        transportStrategy="SMTP",
        **{"from": "a@example.com", "to": "b@example.com;c@example.com", "subject": "Grüße"},
        htmlTextContent="<b>hi</b>",
        plainTextContent="hi",
        attachments=[{"uri": uri, "name": "report.csv", "contentType": "text/csv"}],
    )
    message: Any = message_from_string(Smtp.received[0], policy=default)
    assert (message["Subject"], message["To"]) == ("Grüße", "b@example.com, c@example.com")
    assert message.get_body(("html",)).get_content().strip() == "<b>hi</b>"
    (attachment,) = message.iter_attachments()
    assert (attachment.get_filename(), attachment.get_content()) == ("report.csv", "a,b\n")


async def test_mail_about_the_current_execution(context: FakeTaskContext, mail_port: int):
    await run(
        context,
        "email.MailExecution",
        host="127.0.0.1",
        port=mail_port,
        transportStrategy="SMTP",
        **{"from": "a@example.com", "to": ["b@example.com"]},
    )
    message: Any = message_from_string(Smtp.received[0], policy=default)
    plain = message.get_body(("plain",)).get_content()
    assert "company.team.flow 6SUR3sTAuhtjqJ9lNkNWgU is RUNNING" in plain


@pytest.mark.parametrize("name", ["MailSend", "MailExecution"])
@pytest.mark.parametrize(
    ("given", "plain", "html"),
    [
        ({"htmlTextContent": "<b>hi</b>"}, "Please view this email", "<b>hi</b>"),
        ({"plainTextContent": "hi"}, "hi", None),
        ({"htmlTextContent": "<b>hi</b>", "plainTextContent": "hi"}, "hi", "<b>hi</b>"),
    ],
)
async def test_a_mail_has_the_texts_that_are_given(
    context: FakeTaskContext,
    mail_port: int,
    name: str,
    given: dict[str, str],
    plain: str,
    html: str | None,
):
    await run(
        context,
        f"notifications.mail.{name}",
        host="127.0.0.1",
        port=mail_port,
        transportStrategy="SMTP",
        **{"from": "a@example.com", "to": "b@example.com"},
        **given,
    )
    message: Any = message_from_string(Smtp.received[0], policy=default)
    assert message.get_body(("plain",)).get_content().startswith(plain)
    shown = message.get_body(("html",))
    assert (shown.get_content().strip() if shown is not None else None) == html


async def test_pictures_belong_to_the_html(context: FakeTaskContext, mail_port: int):
    uri = await context.store_text("logo.png", "picture")
    await run(
        context,
        "notifications.mail.MailExecution",
        host="127.0.0.1",
        port=mail_port,
        transportStrategy="SMTP",
        **{"from": "a@example.com", "to": "b@example.com"},
        htmlTextContent='<img src="cid:logo">',
        plainTextContent="no picture here",
        embeddedImages=[{"uri": uri, "name": "logo", "contentType": "image/png"}],
    )
    message: Any = message_from_string(Smtp.received[0], policy=default)
    plain, related = message.iter_parts()
    assert plain.get_content().strip() == "no picture here"
    html, picture = related.iter_parts()
    assert "cid:logo" in html.get_content()
    assert (picture["Content-ID"], picture.get_content()) == ("<logo>", b"picture")


async def test_no_mail_server(context: FakeTaskContext):
    with pytest.raises(TaskFailedError, match=r"can't be sent over 127\.0\.0\.1:1"):
        await run(
            context,
            "notifications.mail.MailSend",
            **{"host": "127.0.0.1", "port": 1, "from": "a@example.com", "to": "b@example.com"},
        )


ALERTS: list[tuple[str, dict[str, Any], str, dict[str, Any]]] = [
    ("zulip.ZulipIncomingWebhook", {"url": "{}", "messageText": "x"}, "text", {"": "x"}),
    ("squadcast.SquadcastIncomingWebhook", {"url": "{}", "messageText": "x"}, "message", {"": "x"}),
    (
        "pagerduty.PagerDutyExecution",
        {"url": "{}", "executionId": "first", "routingKey": "k"},
        "payload",
        {"severity": "error", "summary": "company.load first ended FAILED"},
    ),
    (
        "opsgenie.OpsgenieExecution",
        {"url": "{}", "executionId": "first", "responders": {"a": "team"}},
        "responders",
        {"": [{"id": "a", "type": "team"}]},
    ),
    (
        "zenduty.ZendutyExecution",
        {"url": "{}", "executionId": "first", "customFields": {"n": 1}},
        "payload",
        {"n": 1, "Status": "FAILED"},
    ),
    (
        "whatsapp.WhatsAppExecution",
        {"url": "{}", "executionId": "first", "whatsappIds": ["1"], "profileName": "p"},
        "contacts",
        {"": [{"profile": {"name": "p"}, "wa_id": ["1"]}]},
    ),
    (
        "telegram.TelegramSend",
        {"endpointOverride": "{}", "token": "t", "channel": "c", "payload": "hello"},
        "text",
        {"": "hello"},
    ),
    (
        "telegram.TelegramExecution",
        {"endpointOverride": "{}", "token": "t", "channel": "c", "executionId": "first"},
        "chat_id",
        {"": "c"},
    ),
]


@pytest.mark.parametrize(
    ("name", "properties", "key", "expected"), ALERTS, ids=[name for name, *_ in ALERTS]
)
async def test_alerts_have_the_forms_of_their_services(
    context: FakeTaskContext,
    webhook: str,
    name: str,
    properties: dict[str, Any],
    key: str,
    expected: dict[str, Any],
):
    filled = {field: webhook if value == "{}" else value for field, value in properties.items()}
    task = REGISTRY.build(f"io.kestra.plugin.notifications.{name}", filled)
    assert isinstance(task, RunnableTask)
    await task.run(context)
    document = Webhook.posted[0][1][key]
    for field, value in expected.items():
        assert (document[field] if field else document) == value


async def test_sendgrid_gives_back_what_it_answered(context: FakeTaskContext, webhook: str):
    properties = {
        "sendgridApiKey": "key",
        "from": "a@example.com",
        "to": ["b@example.com"],
        "subject": "s",
        "textContent": "t",
        "endpointOverride": webhook,
    }
    task = REGISTRY.build("io.kestra.plugin.notifications.sendgrid.SendGridMailSend", properties)
    assert isinstance(task, RunnableTask)
    output = await task.run(context)
    assert output is not None
    assert (output.values or {})["statusCode"] == 200
    headers, document = Webhook.posted[0]
    assert headers["Authorization"] == "Bearer key"
    assert document["personalizations"] == [{"to": [{"email": "b@example.com"}]}]
    assert document["content"] == [{"type": "text/plain", "value": "t"}]
    assert context.masked == ["key"]


async def test_sendgrid_sends_the_text_that_is_given(context: FakeTaskContext, webhook: str):
    name = "io.kestra.plugin.notifications.sendgrid.SendGridMailExecution"
    given = {
        "sendgridApiKey": "key",
        "from": "a@example.com",
        "to": ["b@example.com"],
        "executionId": "first",
        "endpointOverride": webhook,
    }
    for more in ({}, {"htmlContent": "<b>hi</b>"}):
        task = REGISTRY.build(name, given | more)
        assert isinstance(task, RunnableTask)
        await task.run(context)
    (_, told), (_, written) = Webhook.posted
    assert told["content"][0]["value"].startswith("company.load first ended FAILED")
    assert written["content"] == [{"type": "text/html", "value": "<b>hi</b>"}]


async def test_sentry_gets_events(context: FakeTaskContext, webhook: str):
    dsn = f"{webhook.replace('http://', 'http://key@')}/7"
    for name, more in (
        ("SentryAlert", {"payload": '{"message": "x"}'}),
        ("SentryExecution", {"executionId": "first"}),
    ):
        task = REGISTRY.build(
            f"io.kestra.plugin.notifications.sentry.{name}",
            {"dsn": dsn, "endpointType": "STORE", **more},
        )
        assert isinstance(task, RunnableTask)
        await task.run(context)
    alert, execution = Webhook.posted
    assert "sentry_key=key" in alert[0]["X-Sentry-Auth"]
    assert alert[1]["message"] == "x"
    assert execution[1]["extra"]["Status"] == "FAILED"
    wrong = REGISTRY.build("io.kestra.plugin.notifications.sentry.SentryAlert", {"dsn": "x"})
    assert isinstance(wrong, RunnableTask)
    with pytest.raises(TaskFailedError, match="`dsn` must be like"):
        await wrong.run(context)
