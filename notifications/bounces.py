"""Mail that came back (退信): read the reports, mark the addresses, stop sending to those that are dead."""

from __future__ import annotations

import imaplib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from models.clock import Clock
from models.database import unit_of_work
from models.errors import NotFoundError
from models.journal import SYSTEM, Fact, record
from models.settings import Settings
from models.tables import AddressTrouble, Bounce, Notice, Person
from notifications import outbox
from notifications.dsn import Failure, Kind, Mail, read_mail
from notifications.mime import mark_of
from notifications.reasons import own
from notifications.returns import Returns, open_returns

#: Reports are kept so many in one transaction.
_BATCH = 50
#: A report comes at most so long after the mail; one that does not name the mail, so long.
_NAMED, _UNNAMED = timedelta(days=60), timedelta(days=5)
#: A permanent trouble that is not plainly the address's blocks it at this many reports.
_ENOUGH = 2
#: Codes that say it is the sender's address that is wrong (RFC 3463 3.2).
_SENDERS = ("5.1.7", "5.1.8")


@dataclass
class Returned:
    """What reading the returns gave.

    `reports` were counted, `replies` of programs passed over, `aside` flagged for a person to read;
    `blocked` are the addresses that get no more mail; `trouble`, as `reasons` keeps it, why the mailbox
    could not be read.
    """

    reports: int = 0
    replies: int = 0
    aside: int = 0
    blocked: list[str] = field(default_factory=list)
    trouble: str = ""


class _Sent(NamedTuple):
    """Who a report is about: the person, and which notice came back if it says so."""

    person_id: int
    address: str
    notice_id: int | None
    is_named: bool


def read_bounces(engine: Engine, settings: Settings, *, clock: Clock) -> Returned:
    """Read what came back since the last time, mark the addresses, and record which get no more mail.

    Nothing where the setting `bounces` is empty. Each report counts once, however often it is read. A
    mailbox that cannot be reached is no error but `trouble`. Raises InputError for an unusable setting.
    """
    returned = Returned()
    if not settings.bounces:
        return returned
    with _troubled(returned), open_returns(settings.bounces) as mailbox:
        waiting: list[tuple[str, Mail]] = []
        for handle, content in mailbox.fresh():
            waiting.append((handle, read_mail(content)))
            if len(waiting) == _BATCH:
                _take(engine, mailbox, waiting, returned, clock.now())
                waiting = []
        _take(engine, mailbox, waiting, returned, clock.now())
    return returned


def unblock(session: Session, address: str, *, at: datetime, actor: str) -> list[int]:
    """Send to an address again: its trouble is over, and what was parked for it is due at `at`.

    Gives the numbers of those notices. Raises NotFoundError when nothing is held against the address.
    """
    address = address.strip().lower()
    troubles = session.scalars(_CURRENT.where(AddressTrouble.address == address)).all()
    if not troubles:
        raise NotFoundError("address_not_blocked", address=address)
    for one in troubles:
        one.cleared_at = at
    session.flush()
    theirs = select(Person.id).where(func.lower(Person.email) == address)
    person_id = session.scalar(theirs.limit(1))
    kept = Notice.error.startswith(own("blocked"), autoescape=True)
    back = outbox.put_back(session, Notice.person_id.in_(theirs), kept, at=at)
    payload = {"address": address, "notices": len(back)}
    record(session, [Fact("address.unblocked", "person", person_id, actor, payload)], at=at)
    return back


def troubles(session: Session) -> list[AddressTrouble]:
    """The addresses that mail came back from and that nobody has settled, blocked ones first."""
    order = (AddressTrouble.suppressed.desc(), AddressTrouble.last_at.desc(), AddressTrouble.id)
    return list(session.scalars(_CURRENT.order_by(*order)))


_CURRENT = select(AddressTrouble).where(AddressTrouble.cleared_at.is_(None))


@contextmanager
def _troubled(returned: Returned) -> Iterator[None]:
    """Put what the mailbox refuses into words; what was settled before stays so."""
    try:
        yield
    except (OSError, imaplib.IMAP4.error) as error:
        returned.trouble = own("returns", str(error) or type(error).__name__)


def _take(
    engine: Engine, mailbox: Returns, mails: Sequence[tuple[str, Mail]], returned: Returned, at: datetime
) -> None:
    """Keep what the mails say, then mark them: read again after a crash they count no second time."""
    reports = [mail for _, mail in mails if mail.kind is Kind.REPORT]
    understood: set[str] = set()
    if reports:
        with unit_of_work(engine) as session:
            understood = _Book(session, at).enter(reports, returned)
    for handle, mail in mails:
        returned.replies += mail.kind is Kind.REPLY
        is_understood = mail.kind is Kind.REPLY or (mail.kind is Kind.REPORT and mail.key in understood)
        returned.aside += not is_understood
        mailbox.settle(handle, understood=is_understood)


@dataclass
class _Book:
    """Where reports are entered, in the session's transaction."""

    session: Session
    at: datetime
    _facts: list[Fact] = field(default_factory=list)

    def enter(self, reports: Sequence[Mail], returned: Returned) -> set[str]:
        """Count the reports that were not counted before; gives the keys of those that were understood.

        One that speaks of nobody we wrote to is not: anybody could block anybody's mail with it.
        """
        sent = self._sent(reports)
        keys = [_key(mail, failure) for mail in reports for failure in mail.failures]
        known = set(self.session.scalars(select(Bounce.key).where(Bounce.key.in_(keys))))
        standing = self._standing([one.address for one in sent.values()])
        understood = {mail.key for mail in reports if not mail.failures}  # all went well
        for mail in reports:
            for failure in mail.failures:
                key = _key(mail, failure)
                if key in sent:
                    understood.add(mail.key)
                    if key not in known:
                        known.add(key)
                        returned.reports += 1
                        self._count(key, failure, sent[key], standing, returned)
        record(self.session, self._facts, at=self.at)
        return understood

    def _sent(self, reports: Sequence[Mail]) -> Mapping[str, _Sent]:
        """Who each failure is about, by its key: a person whom we wrote to and who has this address."""
        named = {one for mail in reports for failure in mail.failures for one in failure.addresses}
        rows = self.session.execute(
            select(Person.id, func.lower(Person.email), Notice.id, Notice.dedupe, Notice.sent_at)
            .join(Notice, Notice.person_id == Person.id)
            .where(func.lower(Person.email).in_(named), Notice.created_at > self.at - _NAMED)
            .order_by(Notice.id)
        ).tuples()
        by_mark: dict[tuple[str, str], _Sent] = {}
        lately: dict[str, _Sent] = {}
        for person_id, address, notice_id, dedupe, sent_at in rows:
            by_mark[address, mark_of(dedupe)] = _Sent(person_id, address, notice_id, is_named=True)
            if sent_at is not None and sent_at > self.at - _UNNAMED:
                lately[address] = _Sent(person_id, address, None, is_named=False)
        found: dict[str, _Sent] = {}
        for mail in reports:
            for failure in mail.failures:
                for address in failure.addresses:
                    one = by_mark.get((address, mail.notice)) if mail.notice else lately.get(address)
                    if one is not None:
                        found.setdefault(_key(mail, failure), one)
        return found

    def _standing(self, addresses: Sequence[str]) -> dict[str, AddressTrouble]:
        rows = self.session.scalars(_CURRENT.where(AddressTrouble.address.in_(addresses)))
        return {one.address: one for one in rows}

    def _count(
        self,
        key: str,
        failure: Failure,
        sent: _Sent,
        standing: dict[str, AddressTrouble],
        returned: Returned,
    ) -> None:
        trouble = standing.get(sent.address)
        if trouble is None:
            trouble = standing[sent.address] = AddressTrouble(
                address=sent.address, count=0, first_at=self.at, suppressed=False
            )
            self.session.add(trouble)
        trouble.count += 1
        trouble.last_at = self.at
        if not trouble.suppressed or failure.status.startswith("5."):
            trouble.status, trouble.words = failure.status, failure.words
        self.session.flush()
        self.session.add(
            Bounce(
                key=key,
                trouble_id=trouble.id,
                notice_id=sent.notice_id,
                status=failure.status,
                words=failure.words,
                at=self.at,
            )
        )
        self.session.flush()
        if not trouble.suppressed and self._is_dead(trouble, failure, sent):
            trouble.suppressed = True
            returned.blocked.append(sent.address)
            payload = {
                "address": sent.address,
                "status": failure.status,
                "words": failure.words,
                "count": trouble.count,
                "notice": sent.notice_id,
            }
            self._facts.append(Fact("address.bounced", "person", sent.person_id, SYSTEM, payload))

    def _is_dead(self, trouble: AddressTrouble, failure: Failure, sent: _Sent) -> bool:
        """Whether nothing more should be sent there: no such address, or refused for good twice."""
        if not failure.status.startswith("5.") or failure.status in _SENDERS:
            return False
        if failure.status.startswith("5.1.") and sent.is_named:
            return True
        theirs = select(func.count(Bounce.id)).where(
            Bounce.trouble_id == trouble.id, Bounce.status.startswith("5."), Bounce.status.not_in(_SENDERS)
        )
        return (self.session.scalar(theirs) or 0) >= _ENOUGH


def _key(mail: Mail, failure: Failure) -> str:
    return f"{mail.key} {failure.addresses[-1]}"
