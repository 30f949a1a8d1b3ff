"""Approval codes: issued to one person for one approval, mailed to them alone, used once."""

from __future__ import annotations

import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, NamedTuple

from sqlalchemy import Row, bindparam, insert, select, update
from sqlalchemy.orm import Session

from models.approval.code import code_digest, code_digits, read_code
from models.approval.refusals import Refusal, refuse
from models.hours import Hours, working_hours
from models.journal import Fact, record
from models.secret import Secret, open_secret
from models.settings import Settings
from models.tables import ApprovalCode
from models.workdays import load_calendar

#: The event of codes that were issued together.
ISSUED = "approval_code.issued"
#: At most so many codes are sent to one person for one approval within so long: more would fill a mailbox.
MOST, WITHIN = 5, timedelta(hours=1)


class CodeState(StrEnum):
    """What a code is worth."""

    VALID = "valid"
    USED = "used"
    #: A later one was sent, or the gate was closed.
    REVOKED = "revoked"
    EXPIRED = "expired"


@dataclass(frozen=True)
class Issuer:
    """What it takes to issue codes."""

    secret: Secret
    hours: Hours
    lasts: timedelta

    def expires_at(self, at: datetime) -> datetime:
        """When a code that is issued `at` expires: its time begins when its mail may leave."""
        return self.hours.leave(at) + self.lasts


def issuer_of(settings: Settings, at: datetime) -> Issuer:
    """The issuer of a bureau at an instant.

    Raises UnavailableError or InputError where the home's secret cannot be used.
    """
    calendar = load_calendar((at.astimezone(settings.zone).year,), settings.holidays)
    hours = working_hours(settings, calendar)
    return Issuer(open_secret(settings.home), hours, timedelta(hours=settings.code_hours))


class Issued(NamedTuple):
    """A code that was issued; its digits are kept nowhere."""

    person: int
    code: int
    expires_at: datetime


@dataclass(frozen=True)
class Issuing:
    """What became of a wish for codes; who had too many gets none before the instant given."""

    issued: tuple[Issued, ...] = ()
    refused: Mapping[int, datetime] = field(default_factory=dict)


def issue(
    session: Session,
    issuer: Issuer,
    people: Sequence[int],
    *,
    approval: int,
    step: int,
    actor: str,
    at: datetime,
) -> Issuing:
    """Issue a code to each of these people for a step of an approval; earlier ones are worth nothing then.

    One event, and a fixed number of statements, in the caller's transaction. The letters follow from
    the event.
    """
    refused = _spent(session, people, approval=approval, at=at)
    going = [one for one in dict.fromkeys(people) if one not in refused]
    if not going:
        return Issuing(refused=refused)
    revoke(session, approval, at=at, people=going)
    expires_at = issuer.expires_at(at)
    rows = [
        {
            "approval_id": approval,
            "person_id": person,
            "digest": "",
            "created_at": at,
            "expires_at": expires_at,
        }
        for person in going
    ]
    numbers = list(session.execute(_ADD, rows).scalars())
    sealed = [{"id": one, "digest": _seal(issuer.secret, approval=approval, code=one)} for one in numbers]
    session.execute(update(ApprovalCode), sealed)
    issued = tuple(Issued(person, number, expires_at) for person, number in zip(going, numbers, strict=True))
    payload = {
        "step": step,
        "codes": [
            {"person": one.person, "code": one.code, "expires_at": one.expires_at.isoformat()}
            for one in issued
        ],
    }
    record(session, [Fact(ISSUED, "approval", approval, actor, payload)], at=at)
    return Issuing(issued, refused)


_ADD = insert(ApprovalCode).returning(ApprovalCode.id, sort_by_parameter_order=True)


def _seal(secret: Secret, *, approval: int, code: int) -> str:
    return code_digest(secret, approval=approval, digits=code_digits(secret, approval=approval, code=code))


def _spent(session: Session, people: Sequence[int], *, approval: int, at: datetime) -> dict[int, datetime]:
    """Who had as many codes as there may be, and from when on there may be another."""
    recent: dict[int, list[datetime]] = {}
    for person, created_at in session.execute(
        select(ApprovalCode.person_id, ApprovalCode.created_at)
        .where(ApprovalCode.approval_id == approval, ApprovalCode.person_id.in_(people))
        .where(ApprovalCode.created_at > at - WITHIN)
        .order_by(ApprovalCode.id)
    ):
        recent.setdefault(person, []).append(created_at)
    return {person: sent[-MOST] + WITHIN for person, sent in recent.items() if len(sent) >= MOST}


def revoke(session: Session, approval: int, *, at: datetime, people: Sequence[int] | None = None) -> None:
    """Make the codes of an approval worth nothing that were not used; of these people, or of everybody."""
    whose = [] if people is None else [ApprovalCode.person_id.in_(people)]
    session.execute(
        update(ApprovalCode)
        .where(ApprovalCode.approval_id == approval, *whose)
        .where(ApprovalCode.used_at.is_(None), ApprovalCode.revoked_at.is_(None))
        .values(revoked_at=at)
        .execution_options(synchronize_session=False)
    )


class KnownCode(NamedTuple):
    """A code as it is kept."""

    id: int
    person: int
    digest: str
    created_at: datetime
    expires_at: datetime
    used_at: datetime | None
    revoked_at: datetime | None

    def state(self, at: datetime) -> CodeState:
        """What it is worth at an instant."""
        if self.used_at is not None:
            return CodeState.USED
        if self.revoked_at is not None:
            return CodeState.REVOKED
        return CodeState.VALID if at < self.expires_at else CodeState.EXPIRED


def codes_of(session: Session, approval: int) -> list[KnownCode]:
    """All codes of an approval, in the order in which they were issued."""
    rows: Sequence[Row[Any]] = session.execute(_CODES, {"approval": approval}).all()
    return [KnownCode(*row) for row in rows]


_CODES = (
    select(
        ApprovalCode.id,
        ApprovalCode.person_id,
        ApprovalCode.digest,
        ApprovalCode.created_at,
        ApprovalCode.expires_at,
        ApprovalCode.used_at,
        ApprovalCode.revoked_at,
    )
    .where(ApprovalCode.approval_id == bindparam("approval"))
    .order_by(ApprovalCode.id)
)


def holder_of(session: Session, secret: Secret, words: str, *, approval: int, at: datetime) -> KnownCode:
    """The code that somebody typed, and with it who that is; it is valid at `at`.

    Every code of the approval is compared, each in the same time whatever is typed. Raises
    ApprovalRefusedError: WRONG_CODE, CODE_USED, CODE_REPLACED or CODE_EXPIRED.
    """
    sealed = code_digest(secret, approval=approval, digits=read_code(words))
    found = [one for one in codes_of(session, approval) if hmac.compare_digest(one.digest, sealed)]
    valid = [one for one in found if one.state(at) is CodeState.VALID]
    if len(valid) == 1:
        return valid[0]
    if valid or not found:  # that two people have the same digits is nobody's right to decide
        raise refuse(Refusal.WRONG_CODE)
    newest = found[-1]
    if newest.used_at is not None:
        raise refuse(Refusal.CODE_USED, at=newest.used_at)
    if newest.revoked_at is not None:
        raise refuse(Refusal.CODE_REPLACED, at=newest.revoked_at)
    raise refuse(Refusal.CODE_EXPIRED, at=newest.expires_at)


def use(session: Session, code: KnownCode, *, at: datetime) -> None:
    """Use a code up; the writers' queue lets nobody else use it in between."""
    session.execute(update(ApprovalCode).where(ApprovalCode.id == code.id).values(used_at=at))
