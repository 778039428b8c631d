"""Mail over SMTP."""

from __future__ import annotations

import asyncio
import smtplib
import ssl
from email.message import EmailMessage
from enum import StrEnum
from html import escape
from pathlib import Path
from typing import Annotated

from pydantic import Field

from tiercel.plugin.common import Written
from tiercel.plugin.context import TaskContext
from tiercel.plugin.properties import Text
from tiercel.plugin.task import Output, RunnableTask, TaskFailedError
from tiercel.plugins.core.storage import new_file
from tiercel.plugins.notifications.execution import ExecutionNotice


class TransportStrategy(StrEnum):
    """How the connection is protected."""

    SMTPS = "SMTPS"
    SMTP = "SMTP"
    SMTP_TLS = "SMTP_TLS"


class Attachment(Written):
    """A stored file to send along; an embedded image is shown as ``cid:NAME``."""

    uri: Text = Field(description="URI of the stored file.")
    name: Text = Field(
        description=(
            "Name that the file has in the mail; an embedded image is shown as `cid:NAME`."
        )
    )
    content_type: Text = Field(
        default="application/octet-stream",
        description="Content type of the file, such as `text/csv`.",
    )


class Mail(RunnableTask):
    """Base of the tasks that send mail.

    Attributes:
        html_text_content, plain_text_content: The text, in either form or both: readers show the
            first they can.
    """

    host: Text = Field(description="Host name of the mail server.")
    port: int = Field(
        description="Port of the mail server, such as 465 for `SMTPS` or 587 for `SMTP_TLS`."
    )
    username: Text | None = Field(
        default=None, description="User name for the mail server. No login when it is left out."
    )
    password: Text | None = Field(
        default=None, description="Password for the mail server. Keep it in a secret."
    )
    transport_strategy: TransportStrategy = Field(
        default=TransportStrategy.SMTPS,
        description=(
            "How the connection is protected: `SMTPS` from its beginning, `SMTP_TLS` from "
            "when the server agrees, `SMTP` not at all."
        ),
    )
    session_timeout: int = Field(
        default=10_000, description="How many milliseconds the server may take to answer."
    )
    from_: Annotated[Text, Field(alias="from")] = Field(description="Address of the sender.")
    to: Text | list[Text] = Field(
        description=(
            "Addresses of the receivers: a list, or a text with commas or semicolons between them."
        )
    )
    cc: Text | list[Text] | None = Field(
        default=None, description="Addresses that get a copy, written as in `to`."
    )
    subject: Text = Field(default="", description="Subject of the mail.")
    html_text_content: Text | None = Field(default=None, description="Text of the mail as HTML.")
    plain_text_content: Text | None = Field(
        default=None,
        description=(
            "Text of the mail without any markup. Readers show the HTML, if there is any, and "
            "this where they can't."
        ),
    )
    attachments: list[Attachment] | None = Field(
        default=None, description="Stored files that are sent along."
    )
    embedded_images: list[Attachment] | None = Field(
        default=None, description="Stored images that the HTML shows as `cid:NAME`."
    )

    async def send(self, context: TaskContext, html: str | None, plain: str | None) -> None:
        """Send a text, as HTML, plain, or both.

        Raises:
            TaskFailedError: The server refused it, or is not there.
        """
        message = EmailMessage()
        message["From"] = self.from_
        message["To"] = _addresses(self.to)
        if self.cc:
            message["Cc"] = _addresses(self.cc)
        message["Subject"] = self.subject
        message.set_content(
            plain if plain is not None else "Please view this email in a modern client"
        )
        if html is not None:
            message.add_alternative(html, subtype="html")
        for image in self.embedded_images or ():
            content, kind, subtype = await self._content(context, image)
            parts = message.get_payload()
            target = parts[-1] if isinstance(parts, list) else message
            if isinstance(target, EmailMessage):
                target.add_related(content, kind, subtype, cid=f"<{image.name}>")
        for file in self.attachments or ():
            content, kind, subtype = await self._content(context, file)
            message.add_attachment(content, maintype=kind, subtype=subtype, filename=file.name)
        await asyncio.to_thread(self._deliver, message)

    async def _content(self, context: TaskContext, file: Attachment) -> tuple[bytes, str, str]:
        path = new_file(context)
        await context.fetch_file(file.uri, path)
        kind, _, subtype = file.content_type.partition("/")
        return await asyncio.to_thread(Path.read_bytes, path), kind, subtype or "octet-stream"

    def _deliver(self, message: EmailMessage) -> None:
        seconds = self.session_timeout / 1000
        context = ssl.create_default_context()
        try:
            if self.transport_strategy is TransportStrategy.SMTPS:
                server: smtplib.SMTP = smtplib.SMTP_SSL(
                    self.host, self.port, timeout=seconds, context=context
                )
            else:
                server = smtplib.SMTP(self.host, self.port, timeout=seconds)
            with server:
                if self.transport_strategy is TransportStrategy.SMTP_TLS:
                    server.starttls(context=context)
                if self.username:
                    server.login(self.username, self.password or "")
                server.send_message(message)
        except (smtplib.SMTPException, OSError) as error:
            raise TaskFailedError(
                f"The mail can't be sent over {self.host}:{self.port}: {error}"
            ) from error


def _addresses(given: str | list[str]) -> str:
    return given.replace(";", ",") if isinstance(given, str) else ", ".join(given)


class MailSend(Mail):
    """Send a mail. No outputs."""

    type_name = "io.kestra.plugin.notifications.mail.MailSend"
    aliases = ("io.kestra.plugin.email.MailSend",)
    title = "Send a mail."
    examples = (
        (
            "A report as an attachment.",
            "id: mail\ntype: io.kestra.plugin.notifications.mail.MailSend\n"
            "host: smtp.example.com\nport: 465\nusername: reports\n"
            "password: \"{{ secret('SMTP_PASSWORD') }}\"\nfrom: reports@example.com\n"
            "to: team@example.com\nsubject: Report of {{ execution.id }}\n"
            'htmlTextContent: <p>Attached.</p>\nattachments:\n  - uri: "{{ outputs.csv.uri }}"\n'
            "    name: report.csv\n    contentType: text/csv",
        ),
    )

    async def run(self, context: TaskContext) -> Output | None:
        """Send the text."""
        await self.send(context, self.html_text_content, self.plain_text_content)
        return None


class MailExecution(Mail, ExecutionNotice):
    """Send a mail about an execution, by default the task's own. No outputs.

    What is known of it is told in both forms; a text that the flow gives takes the place of both.
    """

    type_name = "io.kestra.plugin.notifications.mail.MailExecution"
    aliases = ("io.kestra.plugin.email.MailExecution",)
    title = "Mail how an execution ended."

    async def run(self, context: TaskContext) -> Output | None:
        """Send what is known of the execution, or the flow's own text."""
        if self.html_text_content is not None or self.plain_text_content is not None:
            await self.send(context, self.html_text_content, self.plain_text_content)
            return None
        notice = await self.notice(context)
        rows = "".join(
            f"<tr><th>{escape(name)}</th><td>{escape(str(value))}</td></tr>"
            for name, value in notice.fields.items()
        )
        html = f"<p>{escape(notice.text).replace(chr(10), '<br>')}</p><table>{rows}</table>"
        await self.send(context, html, notice.plain)
        return None
