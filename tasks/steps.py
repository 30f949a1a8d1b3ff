"""Who takes a step on a work item, whether they may, and how a step is taken and recorded."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from models.errors import NotFoundError, RefusedError
from models.journal import Fact, record
from models.lifecycle import OPEN_STATES, Action, State, after
from models.messages import Lang, say
from models.substitutes import acting_for
from models.tables import LOOK_NOW, Item, Person, Unit, WorkItem
from tasks.approvals.subject import Decided
from tasks.directory import find_coordinator, leads_unit


@dataclass(frozen=True)
class Hand:
    """Who acts, and when: the person, the instant and the local day, the configured coordinator.

    What was done may be reported `report_back_days` calendar days later at most.
    """

    person: Person
    at: datetime
    today: date
    coordinator: str = ""
    report_back_days: int = 7

    @property
    def actor(self) -> str:
        """How the log names who acts."""
        return self.person.email


def find_work(session: Session, number: int) -> WorkItem:
    """The work item with this number, locked for the caller's transaction. Raises NotFoundError."""
    work = session.get(WorkItem, number, with_for_update=True)
    if work is None:
        raise NotFoundError("work_unknown", id=number)
    return work


def answers_for(session: Session, work: WorkItem, hand: Hand) -> bool:
    """Whether the person is the owner, acts for an absent owner, heads the unit, or reviews the work."""
    acting = acting_for(session, hand.today).get(work.owner_id or 0)
    unit = session.get_one(Unit, work.unit_id)
    answering = {work.owner_id, acting, unit.head_id}
    return hand.person.id in answering or is_reviewer(session, work, hand)


def mine(session: Session, number: int, hand: Hand) -> WorkItem:
    """The work item, if the person answers for it. Raises NotFoundError, RefusedError."""
    work = find_work(session, number)
    if not answers_for(session, work, hand):
        raise RefusedError("not_responsible", id=number, name=hand.person.name)
    return work


def is_reviewer(session: Session, work: WorkItem, hand: Hand) -> bool:
    """Whether the person coordinates, is the leader in charge of the unit, or answers for the whole.

    Who answers for a work item reviews its parts.
    """
    coordinator = find_coordinator(session, hand.coordinator)
    if coordinator is not None and coordinator.id == hand.person.id:
        return True
    if leads_unit(session, hand.person, session.get_one(Unit, work.unit_id), hand.today):
        return True
    parent = parent_of(session, work)
    return parent is not None and answers_for(session, parent, hand)


def only_reviewers(session: Session, work: WorkItem, hand: Hand) -> None:
    """Raise RefusedError unless the person reviews the work."""
    if not is_reviewer(session, work, hand):
        raise RefusedError("not_reviewer", id=work.id, name=hand.person.name)


def parent_of(session: Session, work: WorkItem) -> WorkItem | None:
    """The work item that this is a part of."""
    return find_work(session, work.parent_id) if work.parent_id is not None else None


def take_step(work: WorkItem, action: Action) -> None:
    """Change the state as the table says; the next sweep looks at what is still open. Raises RefusedError."""
    follows = after(State(work.state), action, work.id)
    work.state = follows.value
    work.look_on = LOOK_NOW if follows in OPEN_STATES else None


def told(
    session: Session,
    work: WorkItem,
    hand: Hand | Decided,
    verb: str,
    *,
    reason: str = "",
    **facts: object,
) -> int:
    """Record `work_item.<verb>` with the state, the period and the facts that are any; gives its id."""
    payload = {"state": work.state, "period": work.period} | {
        k: v for k, v in facts.items() if v not in ("", None, [])
    }
    fact = Fact(f"work_item.{verb}", "work_item", work.id, hand.actor, payload, reason)
    return record(session, [fact], at=hand.at)[0]


def name_for_approval(item: Item, lang: Lang) -> str:
    """What an item is called in an approval: of unannounced work its signers read no more than that."""
    return say("closing.unannounced", lang) if item.hidden else item.title
