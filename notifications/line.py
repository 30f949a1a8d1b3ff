"""One connection to the mail server, opened when it is first needed and kept."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass

from aiosmtplib import SMTP, SMTPException, SMTPServerDisconnected

from notifications.channel import Channel
from notifications.compose import Envelope
from notifications.outbox import State
from notifications.reasons import own
from notifications.talk import Stage, Talk
from notifications.verdicts import Verdict, judge

#: What we call ourselves to the server: asking for this machine's name can take seconds.
LOCAL_NAME = "duban.localdomain"
#: Steps of opening a session that may each take the channel's timeout: greeting, TLS, login, EHLO.
_STEPS = 4


@dataclass
class Line:
    """A connection that sends one mail after the other and says what became of each."""

    channel: Channel
    _talk: Talk | None = None

    @property
    def is_open(self) -> bool:
        """Whether a session with the server stands."""
        return self._talk is not None

    async def open(self) -> Verdict | None:
        """Open the session; the verdict if that fails, none is raised."""
        try:
            await self._open()
        except (SMTPException, OSError, TimeoutError, ValueError) as error:
            return judge(error, Stage.OPENING)
        return None

    async def send(self, envelope: Envelope) -> Verdict:
        """Send one mail. Every fault of server, network or mail is a verdict, none is raised.

        A session that turns out to be gone before the mail itself was sent is opened anew, once.
        """
        used = self._talk is not None
        stage = Stage.OPENING
        try:
            talk = self._talk or await self._open()
            try:
                return await self._send(talk, envelope)
            finally:
                stage = talk.stage
        except SMTPServerDisconnected as error:
            self.close()
            if used and stage is Stage.ENVELOPE:
                return await self.send(envelope)
            return judge(error, stage)
        except (SMTPException, OSError, TimeoutError, ValueError) as error:
            return await self._recover(judge(error, stage))
        except asyncio.CancelledError:
            # The next reply on this connection would belong to the mail that was broken off.
            self.close()
            raise

    async def quit(self) -> None:
        """Say good-bye and hang up."""
        if self._talk is not None:
            with suppress(SMTPException, OSError, TimeoutError):  # it hung up first: nothing is lost by it
                await self._talk.command("QUIT", patience=self.channel.timeout)
        self.close()

    def close(self) -> None:
        """Hang up at once."""
        if self._talk is not None:
            self._talk.hang_up()
            self._talk = None

    async def _send(self, talk: Talk, envelope: Envelope) -> Verdict:
        if 0 < talk.largest < len(envelope.content):
            return Verdict(State.PARKED, own("size", f"{len(envelope.content)} > {talk.largest}"))
        await talk.send(envelope.sender, envelope.recipient, envelope.content, patience=self.channel.timeout)
        return Verdict(State.SENT, "")

    async def _open(self) -> Talk:
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
        try:
            async with asyncio.timeout(channel.timeout * _STEPS):
                await smtp.connect()
                await smtp.ehlo()
            self._talk = Talk.take_over(smtp)
        except BaseException:
            if isinstance(smtp.transport, asyncio.WriteTransport):
                smtp.transport.abort()
            smtp.close()
            raise
        return self._talk

    async def _recover(self, verdict: Verdict) -> Verdict:
        """Make the connection fit for the next mail, or hang up."""
        if not verdict.keep or self._talk is None or not self._talk.in_step:
            self.close()
            return verdict
        try:
            await self._talk.command("RSET", patience=self.channel.timeout)
        except (SMTPException, OSError, TimeoutError):
            self.close()  # the verdict on the mail stands; the next one opens a new session
        return verdict
