"""Settle what a plan leaves open: one item at a time, in words or from the edited check sheet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from models.errors import InputError, NotFoundError, RefusedError
from models.journal import Fact, record
from models.lifecycle import PlanState
from models.messages import Lang, say
from models.schedule import ASK, Kind
from models.tables import Plan, PlanItem
from models.workdays import Calendar
from tasks.build_plan import assign_owners, build_slots, renewed, unresolved_words
from tasks.directory import Directory, load_directory
from tasks.read_plan.owners import read_owners, read_people
from tasks.read_plan.phrases import read_phrase
from tasks.resolve_owners import resolve


@dataclass(frozen=True)
class Question:
    """What the coordinator is asked about one item."""

    ref: str
    title: str
    phrase: str
    reading: str
    words: str
    item: PlanItem


@dataclass(frozen=True)
class Answer:
    """What the coordinator says of one item; empty means: as it was read.

    `phrase` is a clearer time phrase, `lead` the lead units, `owner` the person or post.
    """

    ref: str
    phrase: str = ""
    lead: str = ""
    owner: str = ""


def questions(plan: Plan, lang: Lang) -> list[Question]:
    """Everything that must be confirmed before the plan can be submitted."""
    return [
        Question(item.ref, item.title, item.phrase, item.reading, question_of(item, lang), item)
        for item in plan.items
        if item.confirm_time or item.confirm_owner
    ]


def question_of(item: PlanItem, lang: Lang) -> str:
    """What is unclear about an item, in words."""
    parts = []
    if item.confirm_time:
        parts.append(say("plan.ask_time", lang, reading=item.reading))
    asked = unresolved_words(item) if item.confirm_owner else ()
    # An unknown supporting unit is a warning, not a question: see `warnings`.
    parts += [
        say(f"plan.ask_{column}", lang, words=words or "—")
        for column, words in asked
        if column != "supporting"
    ]
    return " ".join(parts)


def warnings(plan: Plan, calendar: Calendar, lang: Lang) -> list[str]:
    """What is worth knowing but needs no answer: unknown supporters, deadlines in unannounced years."""
    found = [
        say("plan.unknown_supporting", lang, ref=item.ref, words=words)
        for item in plan.items
        for column, words in unresolved_words(item)
        if column == "supporting"
    ]
    found += [
        say("plan.unannounced", lang, year=year)
        for year in calendar.unannounced(slot.due_on for item in plan.items for slot in item.slots)
    ]
    return found


def confirm(plan: Plan, answer: Answer, *, directory: Directory, calendar: Calendar) -> PlanItem:
    """Settle one item. The original words stay; the reading becomes what the coordinator says.

    A confirmed reading without dates (适时) stays without; its work is opened when it occurs.
    Raises RefusedError for a plan that is no draft, InputError for words that still say nothing, and
    for an item that nobody would lead.
    """
    if PlanState(plan.state) not in {PlanState.DRAFT, PlanState.RETURNED}:
        raise RefusedError("plan_not_draft", year=plan.year, version=plan.version)
    item = next((one for one in plan.items if one.ref == answer.ref), None)
    if item is None:
        raise NotFoundError("plan_item_unknown", ref=answer.ref, year=plan.year)
    if answer.phrase:
        _set_time(item, answer.phrase, year=plan.year, calendar=calendar)
    if answer.lead or answer.owner:
        _set_owner(item, answer, directory)
    if not any(one.role == "lead" for one in item.responsibles):
        raise InputError("confirm_owner", ref=item.ref, words=item.lead or "—")
    item.reading = item.reading.removesuffix(ASK)
    item.confirm_time = False
    item.confirm_owner = False
    return item


def confirm_plan(
    session: Session, plan: Plan, answers: Sequence[Answer], *, calendar: Calendar, actor: str, at: datetime
) -> list[PlanItem]:
    """Settle many items in one transaction; the first wrong answer stops all.

    Raises what `confirm` raises.
    """
    directory = load_directory(session, date(plan.year, 1, 1), date(plan.year, 12, 31))
    settled = []
    for answer in answers:
        settled.append(confirm(plan, answer, directory=directory, calendar=calendar))
        session.flush()  # an item may be answered again in the same breath
    facts = [
        Fact("plan.item_confirmed", "plan", plan.id, actor, {k: v for k, v in asdict(answer).items() if v})
        for answer in answers
    ]
    record(session, facts, at=at)
    return settled


def _set_time(item: PlanItem, phrase: str, *, year: int, calendar: Calendar) -> None:
    schedule = read_phrase(phrase, year=year)
    if schedule.kind == Kind.MISSING:
        raise InputError("confirm_phrase", ref=item.ref, phrase=phrase)
    item.kind = schedule.kind.value
    item.reading = schedule.reading
    item.days = schedule.days
    item.workdays = schedule.workdays
    slots = build_slots(schedule, calendar=calendar, shift=item.shift, year=year)
    item.slots = renewed(item.slots, slots, identity=("period",))


def _set_owner(item: PlanItem, answer: Answer, directory: Directory) -> None:
    lead, supporting = read_owners(answer.lead or item.lead, item.supporting)
    resolution = resolve(directory, lead, supporting, read_people(answer.owner or item.owner))
    # Only what the coordinator said must name somebody; the rest is confirmed as it was read.
    said = {"lead": answer.lead, "owner": answer.owner}
    open_words = [words for column, words in resolution.unresolved if said.get(column)]
    if open_words:
        raise InputError("confirm_owner", ref=item.ref, words="、".join(open_words))
    assign_owners(item, resolution)
