"""What a fault on the way to the mail server means, and what follows for mail and server."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from aiosmtplib import (
    SMTPAuthenticationError,
    SMTPConnectError,
    SMTPDataError,
    SMTPException,
    SMTPNotSupported,
    SMTPRecipientRefused,
    SMTPResponseException,
)

from notifications.outbox import State
from notifications.reasons import own, reply
from notifications.talk import Stage


class Trip(StrEnum):
    """Why a server is left alone for a while."""

    #: It cannot be reached, takes no connections or breaks them off.
    FAULT = "fault"
    #: It asks for a slower pace.
    PACE = "pace"
    #: It refuses the account or the sender: only the settings can mend that.
    ACCOUNT = "account"


@dataclass(frozen=True)
class Verdict:
    """`state` of the mail; whether the try `counts`; why the server is left alone, if it is (`trip`).

    `keep` says that the connection may go on; `wait` how long the server asked to be left alone;
    `fault` that the connection failed: several in a row are a fault of the server.
    """

    state: State
    words: str
    counts: bool = True
    trip: Trip | None = None
    keep: bool = False
    wait: timedelta | None = None
    fault: bool = False


#: Replies that mean “too fast”, whatever their code: QQ and Aliyun send 550 for it, NetEase 4xx.
_TOO_FAST = re.compile(
    r"frequen|too many|rate limit|limit exceed|sending limit|quota|throttl|MI:SFQ|MI:DMC|HL:ICC|HL:IF[CQ]",
    re.IGNORECASE,
)
#: Replies about the sender that only the settings can mend.
_WRONG_SENDER = re.compile(
    r"must (?:be the )?(?:same|equal)|not owned by|sender address rejected", re.IGNORECASE
)
#: Replies of a server that would send nobody's mail for us as it is set up.
_NO_RELAY = re.compile(r"relay(?:ing)? (?:access )?(?:denied|not (?:permitted|allowed))", re.IGNORECASE)
_TRY_AGAIN = re.compile(r"(?:again|retry)\D{0,20}(\d{1,5})\s*(second|minute|hour)", re.IGNORECASE)
_SECONDS = {"second": 1, "minute": 60, "hour": 3600}
#: A full mailbox or a large message is this mail's trouble, not the channel's.
_THIS_MAIL = re.compile(r"mailbox|size|[45]\.2\.2|[45]\.3\.4", re.IGNORECASE)
#: How long a channel rests that was told to slow down.
_REST = timedelta(minutes=5)
_SHUTTING_DOWN = 421
_PERMANENT = 500
#: “Authentication required” where none was given (RFC 4954 6).
_LOG_IN = 530


def judge(error: BaseException, stage: Stage) -> Verdict:
    """The verdict on `error`, which happened in `stage`."""
    if isinstance(error, SMTPResponseException) and error.code > 0:
        return _refused(error, stage)
    if isinstance(error, (SMTPNotSupported, ValueError)) and stage is not Stage.OPENING:
        return Verdict(State.PARKED, own("unsendable", error), keep=True)
    if stage is Stage.OPENING or isinstance(error, SMTPConnectError):
        return Verdict(State.WAITING, own("unreachable", _said(error)), counts=False, trip=Trip.FAULT)
    code = "uncertain" if stage is Stage.DATA else "broken"
    return Verdict(State.WAITING, own(code, _said(error)), fault=True)


def _refused(error: SMTPResponseException, stage: Stage) -> Verdict:
    words = reply(error.code, error.message)
    permanent = error.code >= _PERMANENT
    if stage is Stage.OPENING:
        account = permanent and isinstance(error, SMTPAuthenticationError)
        reason, trip = ("login", Trip.ACCOUNT) if account else ("greeting", Trip.FAULT)
        return Verdict(State.WAITING, own(reason, words), counts=False, trip=trip)
    if _TOO_FAST.search(error.message) and not _THIS_MAIL.search(error.message):
        rest = _asked(error.message) or _REST
        return Verdict(State.WAITING, words, counts=False, trip=Trip.PACE, wait=rest)
    about_sender = not isinstance(error, (SMTPRecipientRefused, SMTPDataError))
    if permanent and (
        error.code == _LOG_IN
        or _NO_RELAY.search(error.message)
        or (about_sender and _WRONG_SENDER.search(error.message))
    ):
        reason = "sender" if about_sender and error.code != _LOG_IN else "relay"
        return Verdict(State.WAITING, own(reason, words), counts=False, trip=Trip.ACCOUNT)
    # A 421 ends the session even where the library does not notice: as the answer to the final dot.
    keep = error.code != _SHUTTING_DOWN
    state = State.PARKED if permanent else State.WAITING
    return Verdict(state, words, keep=keep, wait=_asked(error.message))


def _asked(message: str) -> timedelta | None:
    """The wait that the server's sentence asks for, as greylisting servers do."""
    match = _TRY_AGAIN.search(message)
    return timedelta(seconds=int(match[1]) * _SECONDS[match[2].lower()]) if match else None


def _said(error: BaseException) -> str:
    if isinstance(error, (TimeoutError, asyncio.CancelledError)) and not isinstance(error, SMTPException):
        return type(error).__name__
    return str(error) or type(error).__name__
