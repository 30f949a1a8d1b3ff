"""The documents of a period as a whole: handed out in parts, and told of once when the last one is there."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Row, func, select
from sqlalchemy.orm import Session

from models.documents import DocumentKind
from models.journal import SYSTEM, Fact, record
from models.messages import Lang
from models.periods import Period, read_period
from models.roles import BRANCHES
from models.tables import Event, Publication, Unit
from tasks.issue.office import stands_in
from tasks.issue.parts import Node, Part, part_title
from tasks.orders import OrderState, Wanted, place_anew, states_of, withdraw


@dataclass(frozen=True)
class Whole:
    """The documents of a kind for all branches: the flow that writes them, and the event when they are there.

    `head` and `branch` are the kinds of the bureau's document and of the branches'.
    """

    flow: str
    verb: str
    head: str
    branch: str

    @property
    def part_flow(self) -> str:
        """The flow that writes one part."""
        return f"{self.flow}_part"

    def name(self, period: str, version: int) -> str:
        """What its parts belong to: `monthly_calendar/2026-04/v1`."""
        return f"{self.names(period)}{version}"

    def names(self, period: str) -> str:
        """What that begins with, whatever the head's version."""
        return f"{self.flow}/{period}/v"


SLIPS = Whole("monthly_calendar", "month.issued", DocumentKind.CALENDAR, DocumentKind.SLIP)
CHECKLISTS = Whole("quarterly_checklist", "checklists.issued", DocumentKind.CHECKLIST, DocumentKind.CHECKLIST)
_BY_FLOW = {one.flow: one for one in (SLIPS, CHECKLISTS)}


def tree_of(session: Session, period: Period) -> list[Node]:
    """The units of a period with their branches, siblings in their order; one SELECT."""
    rows = session.execute(
        select(Unit.id, Unit.name, Unit.parent_id, Unit.kind.in_(BRANCHES))
        .where(stands_in(period))
        .order_by(Unit.position, Unit.id)
    )
    return [Node(number, name, parent, bool(branch)) for number, name, parent, branch in rows]


def hand_out(
    session: Session,
    whole: Whole,
    period: Period,
    version: int,
    parts: Sequence[Part],
    *,
    lang: Lang,
    at: datetime,
) -> list[int]:
    """Order the parts of a whole, in the transaction of its head; those of older heads are not owed any more.

    `at` is the machine's instant. Gives the orders' numbers.
    """
    name = whole.name(period.key, version)
    withdraw(session, whole.names(period.key), but=name)
    wanted = [
        Wanted(
            f"{name}/{part.number}",
            whole.part_flow,
            {"period": period.key, "part": part.number, "title": part_title(part, lang)},
            whole=name,
            units=part.branches,
        )
        for part in parts
    ]
    return place_anew(session, name, wanted, at=at)


def keep_together(session: Session, whole: Whole, period: Period, *, at: datetime, actor: str) -> None:
    """The documents of all branches were written with their head: no part is owed, and the whole is there."""
    withdraw(session, whole.names(period.key), but="")
    _tell(session, whole, period, parts=1, at=at, actor=actor)


def tell_if_whole(session: Session, name: str, *, at: datetime) -> None:
    """Record that a whole is issued, if this was its last part; in the transaction that finishes one.

    Writers queue, so of several who finish their parts only the last one sees that all are done.
    """
    flow, _, rest = name.partition("/")
    states = states_of(session, name)
    if flow in _BY_FLOW and set(states) == {OrderState.DONE}:
        key, _, version = rest.partition("/v")
        whole, period = _BY_FLOW[flow], read_period(key)
        newest = _newest_head(session, whole, period)
        if newest is not None and newest.version == int(version):
            _tell(session, whole, period, parts=states[OrderState.DONE], at=at, actor=SYSTEM)


def _newest_head(session: Session, whole: Whole, period: Period) -> Row[tuple[int, int]] | None:
    heads = select(Publication.id, Publication.version).where(
        Publication.kind == whole.head, Publication.period == period.key, Publication.unit_id == 0
    )
    return session.execute(heads.order_by(Publication.version.desc()).limit(1)).first()


def _tell(session: Session, whole: Whole, period: Period, *, parts: int, at: datetime, actor: str) -> None:
    """Record the event, unless it spoke of all these documents before."""
    head = _newest_head(session, whole, period)
    kinds = {whole.head, whole.branch}
    of_period = Publication.kind.in_(kinds), Publication.period == period.key
    fresh, newest = session.execute(
        select(func.count(), func.max(Publication.id)).where(
            *of_period, Publication.id > _told(session, whole, period)
        )
    ).one()
    if head is None or not fresh:
        return
    branches = session.scalar(select(func.count()).where(Unit.kind.in_(BRANCHES), stands_in(period)))
    payload = {
        "period": period.key,
        "branches": branches,
        "parts": parts,
        "fresh": fresh,
        "newest": newest,
    }
    record(session, [Fact(whole.verb, "publication", head.id, actor, payload)], at=at)


def _told(session: Session, whole: Whole, period: Period) -> int:
    """The newest document of which the last such event of the period spoke; 0 if there is none."""
    heads = select(Publication.id).where(
        Publication.kind == whole.head, Publication.period == period.key, Publication.unit_id == 0
    )
    payload = session.scalar(
        select(Event.payload)
        .where(Event.verb == whole.verb, Event.subject_id.in_(heads))
        .order_by(Event.id.desc())
        .limit(1)
    )
    return int(json.loads(payload)["newest"]) if payload is not None else 0
