"""The talk with a mail server once the session stands: one mail after the other, in few round trips.

aiosmtplib opens the session (greeting, TLS, login); sending one command at a time it needs four round
trips a mail. Where the server announces PIPELINING (RFC 2920) the first three are one here, and in any
case it is known how far a mail had come when something broke.
"""

from __future__ import annotations

import asyncio
from collections import deque
from enum import StrEnum
from typing import NamedTuple

from aiosmtplib import (
    SMTP,
    SMTPDataError,
    SMTPRecipientRefused,
    SMTPResponseException,
    SMTPSenderRefused,
    SMTPServerDisconnected,
)

#: Octets that a reply may have at most.
_LONGEST_REPLY = 65_536
_GO_ON, _TAKEN, _REFUSALS = 354, 250, 400
#: What our programs never write into an address; it would begin another command.
_BREAKS = frozenset("\r\n<> ")


class Stage(StrEnum):
    """How far the talk with the server had come."""

    #: No session yet: greeting, TLS, login.
    OPENING = "opening"
    #: Before any of the mail itself was sent: surely not delivered.
    ENVELOPE = "envelope"
    #: The mail is on its way: without an answer nobody knows.
    DATA = "data"


class Reply(NamedTuple):
    """What the server said: its code, and its lines joined by line breaks."""

    code: int
    words: str


class Talk(asyncio.Protocol):
    """A session that was opened by somebody else, from now on ours.

    Every failure is one of aiosmtplib's exceptions or TimeoutError. After a failure that leaves replies
    owed `in_step` is false: then the only thing to do is to hang up.
    """

    def __init__(self, transport: asyncio.Transport, extensions: dict[str, str]) -> None:
        """Take over `transport`; `extensions` is what the server's EHLO announced."""
        self._transport = transport
        self._pipelines = "pipelining" in extensions
        size = extensions.get("size")
        #: Largest mail the server takes, in octets; 0 where it does not say.
        self.largest = int(size) if size and size.isdigit() else 0
        self._tells_size = size is not None
        self.stage = Stage.ENVELOPE
        self.in_step = True
        self._read = bytearray()
        self._lines: list[str] = []
        self._replies = deque[Reply]()
        self._waiter: asyncio.Future[None] | None = None
        self._lost: SMTPServerDisconnected | SMTPResponseException | None = None
        transport.set_protocol(self)

    @classmethod
    def take_over(cls, smtp: SMTP) -> Talk:
        """Go on with the session that aiosmtplib opened. Raises SMTPServerDisconnected if it is gone."""
        if not isinstance(smtp.transport, asyncio.Transport) or smtp.transport.is_closing():
            raise SMTPServerDisconnected("Connection lost")
        return cls(smtp.transport, smtp.esmtp_extensions)

    async def send(self, sender: str, recipient: str, content: bytes, *, patience: float) -> None:
        """Send one mail; returns when the server has taken it.

        `patience` is how long each answer may take, in seconds; the answer to the mail itself four times
        as long and as the mail takes on a slow line, because servers look at it before they answer.
        """
        if _BREAKS.intersection(sender + recipient):
            raise ValueError(recipient)
        self.stage = Stage.ENVELOPE
        if self._lost or self._read or self._replies:  # it said good-bye while nobody listened
            raise self._lost or SMTPServerDisconnected("Connection lost")
        size = f" SIZE={len(content)}" if self._tells_size else ""
        commands = (f"MAIL FROM:<{sender}>{size}", f"RCPT TO:<{recipient}>", "DATA")
        self.in_step = False
        async with asyncio.timeout(patience) as limit:
            mail, rcpt, data = await self._ask(commands, limit, patience)
            if data is None or data.code != _GO_ON:
                self.in_step = self._lost is None
                raise _refusal(mail, rcpt, data, sender, recipient)
            if _is_refusal(mail) or _is_refusal(rcpt):
                raise _refusal(mail, rcpt, data, sender, recipient)  # and it waits for a mail to nobody
            limit.reschedule(_now() + 4 * patience + len(content) / _SLOWEST)
            self.stage = Stage.DATA
            self._transport.write(_stuffed(content))
            answer = await self._reply()
        self.in_step = True
        if answer.code != _TAKEN:
            raise SMTPDataError(answer.code, answer.words)

    async def command(self, word: str, *, patience: float) -> Reply:
        """Say a command without words of its own, such as RSET."""
        self.in_step = False
        async with asyncio.timeout(patience):
            self._say(word)
            reply = await self._reply()
        self.in_step = True
        return reply

    def hang_up(self) -> None:
        """Cut the connection at once: a TLS session that waits for the other's farewell would stay open."""
        self._transport.abort()

    async def _ask(
        self, commands: tuple[str, str, str], limit: asyncio.Timeout, patience: float
    ) -> tuple[Reply, Reply | None, Reply | None]:
        """The answers to MAIL, RCPT and DATA; those not asked for because one before was refused are None."""
        replies: list[Reply | None] = [None, None, None]
        if self._pipelines:
            self._say("\r\n".join(commands))
        for place, command in enumerate(commands):
            if not self._pipelines:
                limit.reschedule(_now() + patience)
                self._say(command)
            try:
                reply = replies[place] = await self._reply()
            except SMTPServerDisconnected:
                if place and _is_refusal(replies[place - 1]):
                    break  # it said why before it hung up
                raise
            if not self._pipelines and _is_refusal(reply):
                break
        assert replies[0] is not None  # noqa: S101  # the first is always asked
        return replies[0], replies[1], replies[2]

    def _say(self, words: str) -> None:
        if self._lost is not None:
            raise self._lost
        self._transport.write(words.encode("ascii") + b"\r\n")

    async def _reply(self) -> Reply:
        """The next reply, waited for if it is not there yet."""
        while not self._replies:
            if self._lost is not None:
                raise self._lost
            self._waiter = asyncio.get_running_loop().create_future()
            try:
                await self._waiter
            finally:
                self._waiter = None
        return self._replies.popleft()

    def data_received(self, data: bytes) -> None:
        """Put what arrives together to replies."""
        self._read += data
        while (end := self._read.find(b"\n")) >= 0:
            line = self._read[:end].decode("utf-8", "replace").rstrip("\r")
            del self._read[: end + 1]
            self._take(line)
        if len(self._read) + sum(map(len, self._lines)) > _LONGEST_REPLY:
            self._break(SMTPResponseException(-1, "Response too long"))

    def _take(self, line: str) -> None:
        if not line[:3].isdecimal():
            self._break(SMTPResponseException(-1, f"Malformed SMTP response line: {line[:80]}"))
            return
        self._lines.append(line[4:].strip())
        if line[3:4] != "-":
            self._replies.append(Reply(int(line[:3]), "\n".join(self._lines)))
            self._lines.clear()
            self._wake()

    def connection_lost(self, exc: Exception | None) -> None:
        """Let who waits know."""
        lost = SMTPServerDisconnected(f"Connection lost: {exc}" if exc else "Connection lost")
        self._lost = self._lost or lost
        self._wake()

    def _break(self, error: SMTPResponseException) -> None:
        self._lost = error
        self._transport.abort()
        self._wake()

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)


#: Octets a second that even a slow line carries.
_SLOWEST = 32_768


def _is_refusal(reply: Reply | None) -> bool:
    return reply is not None and reply.code >= _REFUSALS


def _now() -> float:
    return asyncio.get_running_loop().time()


def _refusal(
    mail: Reply, rcpt: Reply | None, data: Reply | None, sender: str, recipient: str
) -> SMTPResponseException:
    """The first refusal of the three; those after it only follow from it."""
    if _is_refusal(mail) or rcpt is None:
        return SMTPSenderRefused(mail.code, mail.words, sender)
    if _is_refusal(rcpt) or data is None:
        return SMTPRecipientRefused(rcpt.code, rcpt.words, recipient)
    return SMTPDataError(data.code, data.words)


def _stuffed(content: bytes) -> bytes:
    """The mail as it goes over the wire, with its final dot; its lines end with CRLF already."""
    if content.startswith(b"."):
        content = b"." + content
    if b"\n." in content:
        content = content.replace(b"\n.", b"\n..")
    return content + (b".\r\n" if content.endswith(b"\r\n") else b"\r\n.\r\n")
