"""One connection to the mail server, opened when it is first needed and kept."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from aiosmtplib import SMTP, SMTPException, SMTPServerDisconnected

from notifications.channel import Channel
from notifications.compose import Envelope
from notifications.outbox import State
from notifications.reasons import own
from notifications.verdicts import Stage, Verdict, judge

#: What we call ourselves to the server: asking for this machine's name can take seconds.
LOCAL_NAME = "duban.localdomain"
#: Steps of one mail that may each take the channel's timeout: MAIL, RCPT, DATA, the final dot.
_STEPS = 4


@dataclass
class Line:
    """A connection that sends one mail after the other and says what became of each."""

    channel: Channel
    _smtp: SMTP | None = None
    _stage: Stage = Stage.OPENING

    @property
    def is_open(self) -> bool:
        """Whether a session with the server stands."""
        return self._smtp is not None

    async def open(self) -> Verdict | None:
        """Open the session; the verdict if that fails, none is raised."""
        try:
            await self._open()
        except (SMTPException, OSError, TimeoutError, ValueError) as error:
            return judge(error, Stage.OPENING)
        return None

    async def send(self, envelope: Envelope) -> Verdict:
        """Send one mail. Every fault of server, network or mail is a verdict, none is raised.

        A session that turns out to be gone before DATA is opened anew, once.
        """
        used = self.is_open
        try:
            return await self._send(envelope)
        except SMTPServerDisconnected as error:
            self.close()
            if used and self._stage is Stage.ENVELOPE:
                return await self.send(envelope)
            return judge(error, self._stage)
        except (SMTPException, OSError, TimeoutError, ValueError) as error:
            return await self._recover(judge(error, self._stage))
        except asyncio.CancelledError:
            # The next reply on this connection would belong to the mail that was broken off.
            self.close()
            raise

    async def quit(self) -> None:
        """Say good-bye and hang up."""
        if self._smtp is not None and self._smtp.is_connected:
            try:
                async with asyncio.timeout(self.channel.timeout):
                    await self._smtp.execute_command(b"QUIT")
            except (SMTPException, OSError, TimeoutError):
                pass  # the server hung up first: nothing is lost by it
        self.close()

    def close(self) -> None:
        """Hang up at once: a TLS session that waits for the other side's farewell would stay open."""
        if self._smtp is not None:
            transport = self._smtp.transport
            self._smtp.close()
            if isinstance(transport, asyncio.WriteTransport):
                transport.abort()
            self._smtp = None

    async def _send(self, envelope: Envelope) -> Verdict:
        smtp = self._smtp or await self._open()
        self._stage = Stage.ENVELOPE
        limit = smtp.esmtp_extensions.get("size", "")
        if limit.isdigit() and 0 < int(limit) < len(envelope.content):
            return Verdict(State.PARKED, own("size", f"{len(envelope.content)} > {limit}"))
        async with asyncio.timeout(self.channel.timeout * _STEPS):
            await smtp.mail(envelope.sender)
            await smtp.rcpt(envelope.recipient)
            self._stage = Stage.DATA
            await smtp.data(envelope.content)
        return Verdict(State.SENT, "")

    async def _open(self) -> SMTP:
        self._stage = Stage.OPENING
        channel = self.channel
        smtp = SMTP(
            hostname=channel.host,
            port=channel.port,
            username=channel.user or None,
            password=channel.password or None,
            local_hostname=LOCAL_NAME,
            timeout=channel.timeout,
            use_tls=channel.tls == "tls",
            start_tls=channel.tls == "starttls",
            tls_context=channel.tls_context,
        )
        self._smtp = smtp
        try:
            async with asyncio.timeout(channel.timeout * _STEPS):
                await smtp.connect()
                await smtp.ehlo()
        except BaseException:
            self.close()
            raise
        return smtp

    async def _recover(self, verdict: Verdict) -> Verdict:
        """Make the connection fit for the next mail, or hang up."""
        if verdict.keep and self._smtp is not None:
            try:
                async with asyncio.timeout(self.channel.timeout):
                    await self._smtp.rset()
            except (SMTPException, OSError, TimeoutError):
                self.close()  # the verdict on the mail stands; the next one opens a new session
        else:
            self.close()
        return verdict
