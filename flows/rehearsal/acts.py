"""Invented people at work: each act is the verb that `duban work` calls, in the name of a person."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, time
from random import Random

from sqlalchemy.orm import Session

from flows.office import Office
from flows.rehearsal.tempers import Act, Verb, again, review
from models.lifecycle import TRANSITIONS, Action, State
from models.messages import say
from models.substitutes import acting_for
from models.tables import Item, Person, Unit, WorkItem
from models.workdays import Calendar
from tasks import work as verbs
from tasks.contributions import contribute
from tasks.directory import find_coordinator
from tasks.unfinished import open_contributions
from tasks.work import Hand

#: Office hours of the rehearsal, in minutes after midnight.
OPENS, CLOSES = 9 * 60 + 20, 17 * 60 + 40
#: What each verb does to a work item.
ACTIONS = {
    Verb.ACCEPT: Action.ACCEPT,
    Verb.FEEDBACK: Action.FEEDBACK,
    Verb.FINISH: Action.SUBMIT,
    Verb.RETURN: Action.RETURN,
}
#: How many wordings the catalogue has of each kind.
WORDINGS = 4


def at_minute(office: Office, day: date, minute: int) -> Office:
    """The office on a day, so many minutes after midnight."""
    return replace(office, clock=office.clock.at(day, time(minute // 60, minute % 60)))


def work_through(office: Office, day: date, acts: Iterable[Act], calendar: Calendar) -> list[Act]:
    """Do a day's acts, spread over its hours; gives what follows from them on later days."""
    todo = list(acts)
    follow_ups = []
    for number, act in enumerate(todo):
        minute = OPENS + (CLOSES - OPENS) * number // len(todo)
        follow_ups += _do(at_minute(office, day, minute), act, calendar)
    return follow_ups


def _do(office: Office, act: Act, calendar: Calendar) -> list[Act]:
    today = office.clock.today()
    with office.write() as session:
        work = session.get_one(WorkItem, act.number)
        if (State(work.state), ACTIONS[act.verb]) not in TRANSITIONS:
            return []  # it went another way meanwhile: its unit ended, the plan dropped it
        hand = _hand(session, office, work, act)
        if act.verb is Verb.ACCEPT:
            verbs.accept(session, act.number, hand)
        elif act.verb is Verb.FEEDBACK:
            words = wording(office, "reported", act.number + today.toordinal())
            verbs.feedback(session, act.number, hand, words=words, quantity=act.quantity)
        elif act.verb is Verb.FINISH:
            return _finish(session, office, work, hand, calendar=calendar)
        else:
            words = wording(office, "not_yet", act.number)
            verbs.send_back(session, act.number, hand, words=words, staff=office.staff(session))
            return [again(act.number, today, calendar)]
    return []


def _finish(session: Session, office: Office, work: WorkItem, hand: Hand, *, calendar: Calendar) -> list[Act]:
    short = work.target is not None and work.done < work.target
    short |= not _supported(session, office, work)
    verbs.finish(
        session,
        work.id,
        hand,
        words=wording(office, "finished", work.id),
        staff=office.staff(session),
        reason=wording(office, "short", work.id) if short else "",
    )
    key = session.get_one(Item, work.item_id).key
    reviewed = work.state == State.CLOSED.value and not work.returns and not key
    back = review(work.id, hand.today, calendar) if reviewed else None
    return [back] if back else []


def _supported(session: Session, office: Office, work: WorkItem) -> bool:
    """Let who was asked contribute before the lead reports; gives whether all of them could."""
    today = office.clock.today()
    for asked in open_contributions(session, work.id):
        owner = asked.contribution.owner_id
        if owner is None:
            return False
        person = session.get_one(Person, acting_for(session, today).get(owner, owner))
        hand = Hand(person, office.clock.now(), today, office.settings.coordinator)
        unit = session.get_one(Unit, asked.contribution.unit_id)
        contribute(
            session, work.id, hand, words=wording(office, "reported", asked.contribution.id), unit=unit
        )
    return True


def _hand(session: Session, office: Office, work: WorkItem, act: Act) -> Hand:
    """Who does it: the coordinator gives back; else the owner, or who acts for him today."""
    settings, today = office.settings, office.clock.today()
    person = find_coordinator(session, settings.coordinator) if act.verb is Verb.RETURN else None
    if person is None:
        owner = work.owner_id or 0
        person = session.get_one(Person, acting_for(session, today).get(owner, owner))
    return Hand(person, office.clock.now(), today, settings.coordinator)


def wording(office: Office, kind: str, seed: int) -> str:
    """One of the catalogue's wordings for what people write."""
    number = Random(f"{kind} {seed}").randint(1, WORDINGS)  # noqa: S311  # invented people
    return say(f"rehearsal.{kind}_{number}", office.settings.lang)
