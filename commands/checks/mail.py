"""Whether mail can leave: the server greets us, or the built-in mailbox can be written to."""

from __future__ import annotations

import smtplib

from commands.checks.check import Check, Mark
from commands.checks.home import check_writable
from commands.desk import Desk
from models.errors import DubanError
from notifications.channel import Channel, mailbox_directory, read_channel

#: How long a mail server may take to answer, in seconds.
PATIENCE = 10.0


def check_mail(desk: Desk) -> Check:
    """The mail server greets us, or the built-in mailbox can be written to; nothing is sent."""
    try:
        folder = mailbox_directory(desk.settings.smtp)
        if folder is not None:
            return check_writable(desk, "mail", folder)
        channel = read_channel(desk.settings.smtp)
    except DubanError as error:
        return Check("mail", Mark.BAD, error.sentence(desk.lang), desk.say("doctor.settings_remedy"))
    try:
        greet(channel)
    except (OSError, smtplib.SMTPException) as error:
        shown = desk.say("doctor.mail_refused", server=channel.name, reason=error)
        return Check("mail", Mark.BAD, shown, desk.say("doctor.mail_remedy"))
    return Check("mail", Mark.GOOD, channel.name)


def greet(channel: Channel) -> None:
    """Connect and say EHLO, behind TLS where the channel asks for it.

    Raises OSError or SMTPException when the server does not answer as it should.
    """
    context = channel.tls_context
    if channel.tls == "tls":
        with smtplib.SMTP_SSL(channel.host, channel.port, timeout=PATIENCE, context=context) as server:
            server.ehlo_or_helo_if_needed()
        return
    with smtplib.SMTP(channel.host, channel.port, timeout=PATIENCE) as server:
        server.ehlo_or_helo_if_needed()
        if channel.tls == "starttls":
            server.starttls(context=context)
            server.ehlo()
