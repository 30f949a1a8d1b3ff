"""Open work changes hands with posts, with its history; absences and the end of units are followed."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import Engine, select, update
from sqlalchemy.orm import Session

from models.database import reading, unit_of_work
from models.errors import DubanError
from models.proposal import OrganisationFile, Proposal
from models.settings import Settings
from models.substitutes import acting_for
from models.tables import (
    LOOK_NOW,
    Contribution,
    Event,
    Extension,
    Person,
    Responsible,
    Unit,
    WorkChange,
    WorkItem,
)
from notifications.facts_hand_over import absences, handed_over
from notifications.letters import render
from notifications.telling import Audience, Draft, News, Part, Who, begin_telling
from tasks.absences import Snag, end_absence, record_absence
from tasks.directory import find_person, find_unit
from tasks.end_units import end_units
from tasks.expand import expand
from tasks.hand_over import HandedOver, find_anybody, hand_over
from tasks.import_organisation import Imported, import_organisation
from tasks.steps import Hand
from tasks.store_plan import find_plan
from tasks.work import accept, feedback
from tests.deciding import staff_on
from tests.integration.test_expand import edited, next_version, work
from tests.integration.test_extend import ask
from tests.integration.test_organisation import changed, without
from tests.working import COORDINATOR, NOON, OWNER, TODAY, do, now, one

TAKER = "段志刚"
TEMPORARY = "高标准农田专项审计临时党支部"


def hand_of(session: Session, by: str = COORDINATOR, day: date = TODAY) -> Hand:
    return Hand(find_person(session, by), NOON, day)


def give(
    engine: Engine,
    giver: str = OWNER,
    taker: str = TAKER,
    *,
    by: str = COORDINATOR,
    unit: str = "",
    works: tuple[int, ...] = (),
) -> HandedOver:
    with unit_of_work(engine) as session:
        return hand_over(
            session,
            find_anybody(session, giver),
            find_person(session, taker),
            hand_of(session, by),
            reason="岗位调整",
            unit=find_unit(session, unit) if unit else None,
            works=works,
        )


def take_over(engine: Engine, file: OrganisationFile, day: date = TODAY) -> Imported:
    with unit_of_work(engine) as session:
        return import_organisation(session, file, actor="SYSTEM", at=NOON, today=day)


def owners(engine: Engine, unit: str) -> set[str]:
    """Who owns what is open in a unit."""
    with reading(engine) as session:
        query = select(Person.name).join(WorkItem, WorkItem.owner_id == Person.id)
        query = query.join(Unit, Unit.id == WorkItem.unit_id).where(Unit.name == unit)
        return set(session.scalars(query.where(WorkItem.closed_at.is_(None))))


def events(engine: Engine, verb: str) -> list[News]:
    with reading(engine) as session:
        return [
            News(x.id, x.verb, x.subject_id, x.actor, json.loads(x.payload), x.reason)
            for x in session.scalars(select(Event).where(Event.verb == verb).order_by(Event.id))
        ]


def drafts(engine: Engine, settings: Settings, compose: Callable[..., Any], verb: str) -> dict[str, Draft]:
    """Who is told what, by name."""
    audience = Audience(verb, verb, (Who.OWNER,), compose, part=Part.CHANGED)
    with reading(engine) as session:
        telling = begin_telling(session, settings, TODAY)
        found = list(compose(telling, events(engine, verb), [audience]))
        return {telling.roster.people[draft.person_id].name: draft for draft in found}


def test_whoever_takes_over_signs_anew_and_history_comes_along(in_force: Engine) -> None:
    begun, other = one(in_force, "38", period="2026-Q1"), one(in_force, "42", unit="第二党支部")
    do(in_force, lambda s, n, h: feedback(s, n, h, words="已布置", quantity=1), begun, OWNER)
    before = now(in_force, begun)

    done, again = give(in_force), give(in_force)

    after = now(in_force, begun)
    assert (done.count, again.count, again.event) == (len(set(changes(in_force))), 0, None)
    assert (before.state, after.state, after.accepted_at) == ("accepted", "assigned", None)
    assert after.assigned_at == before.assigned_at
    assert (after.done, after.reported_on, after.due_on) == (1, TODAY, before.due_on)
    assert (after.sequence, after.look_on) == (before.sequence + 1, LOOK_NOW)
    assert OWNER not in owners(in_force, "第一党支部")
    assert now(in_force, other).owner_id != after.owner_id
    (event,) = events(in_force, "work.handed_over")
    assert (event.subject_id, event.payload["to"], event.payload["count"], event.reason) == (
        before.owner_id,
        after.owner_id,
        done.count,
        "岗位调整",
    )
    with reading(in_force) as session:
        trace = session.scalars(select(WorkChange).where(WorkChange.work_item_id == begun)).one()
    assert (trace.event_id, trace.kind, trace.was, trace.now) == (
        event.id,
        "handed_over",
        str(before.owner_id),
        str(after.owner_id),
    )


def changes(engine: Engine) -> list[int]:
    with reading(engine) as session:
        return list(session.scalars(select(WorkChange.work_item_id)))


def test_expanding_the_plan_gives_nothing_back(
    in_force: Engine, proposal: Proposal, settings: Settings
) -> None:
    single = one(in_force, "38", period="2026-Q1")
    give(in_force, works=(single,))
    give(in_force, unit="办公室", giver="曹宇航", taker="许文慧")

    expanded, _ = next_version(in_force, edited(proposal, "5", phrase="4月24日前"), settings)

    with reading(in_force) as session:
        assert now(in_force, single).owner_id == find_person(session, TAKER).id
    assert expanded.handed_over == 0
    assert "曹宇航" not in owners(in_force, "办公室")


def test_a_plan_that_names_somebody_else_is_followed(
    in_force: Engine, proposal: Proposal, settings: Settings
) -> None:
    single = work(in_force, "20")[0].id
    with reading(in_force) as session:
        owner = session.get_one(Person, now(in_force, single).owner_id).name
    give(in_force, giver=owner, works=(single,))

    next_version(in_force, edited(proposal, "20", owner="焦宏伟"), settings)

    with reading(in_force) as session:
        assert now(in_force, single).owner_id == find_person(session, "焦宏伟").id


def test_what_waits_for_review_stays_there_and_requests_and_contributions_follow(in_force: Engine) -> None:
    waiting, asked = one(in_force, "38", period="2026-Q1"), one(in_force, "38", period="2026-Q2")
    with unit_of_work(in_force) as session:
        session.get_one(WorkItem, waiting).state = "submitted"
        giver = find_person(session, OWNER)
        contribution = Contribution(
            work_item_id=one(in_force, "42", unit="第二党支部"),
            unit_id=find_unit(session, "第一党支部").id,
            owner_id=giver.id,
            asked_at=NOON,
        )
        session.add(contribution)
    approval = ask(in_force, asked, date(2026, 7, 15), day=date(2026, 3, 30))

    done = give(in_force, unit="第一党支部")

    with reading(in_force) as session:
        taker = find_person(session, TAKER).id
        assert (now(in_force, waiting).state, now(in_force, waiting).owner_id) == ("submitted", taker)
        assert session.scalars(select(Extension.person_id)).one() == taker
        assert session.scalars(select(Contribution.owner_id)).one() == taker
        named = select(Responsible.owner_id).where(Responsible.unit_id == find_unit(session, "第一党支部").id)
        assert find_person(session, OWNER).id not in set(session.scalars(named))
    assert done.contributions == 1
    assert approval not in done.approvals  # it waits for the leader


def test_what_cannot_be_handed_over_is_refused_by_name(in_force: Engine) -> None:
    foreign = one(in_force, "42", unit="第二党支部")
    refused = []
    for which in (
        {"by": "秦慧敏"},
        {"taker": OWNER},
        {"works": (foreign,)},
        {"unit": "第一党支部", "works": (foreign,)},
    ):
        with pytest.raises(DubanError) as error:
            give(in_force, **which)
        refused.append(error.value.code)

    assert refused == ["hand_over_who", "hand_over_same", "hand_over_items", "hand_over_parts"]
    assert events(in_force, "work.handed_over") == []


def test_both_get_the_list(in_force: Engine, settings: Settings) -> None:
    number = one(in_force, "38", period="2026-Q1")
    do(in_force, lambda s, n, h: feedback(s, n, h, words="已布置", quantity=1), number, OWNER)
    give(in_force, works=(number,))

    told = drafts(in_force, settings, handed_over, "work.handed_over")

    assert set(told) == {OWNER, TAKER}
    facts = dict(told[TAKER].facts) | {
        "person": {"name": TAKER, "title": ""},
        "on_behalf": [],
        "coordinator": {"name": "", "email": ""},
        "bureau": "审计局",
        "today": "2026-03-30",
    }
    letter = render("handed_over", "zh", facts)
    assert letter.subject == f"【移交】您接手{OWNER}移交的1项任务"
    assert "最近反馈3月30日（周一）" in letter.text
    assert "因岗位调整" in letter.text


def test_what_goes_from_one_to_the_same_other_is_one_list(in_force: Engine, settings: Settings) -> None:
    first, second = (one(in_force, "38", period=period) for period in ("2026-Q1", "2026-Q2"))
    give(in_force, works=(first,))
    give(in_force, works=(second,))

    told = drafts(in_force, settings, handed_over, "work.handed_over")

    rows: Any = told[TAKER].facts["rows"]
    assert [row["id"] for row in rows] == [first, second]
    with reading(in_force) as session:
        telling = begin_telling(session, settings, TODAY)
        audience = Audience("work.handed_over", "handed_over", (Who.OWNER,), handed_over, part=Part.CHANGED)
        assert len(list(handed_over(telling, events(in_force, "work.handed_over"), [audience]))) == 2


def test_a_new_secretary_takes_over_the_work_of_the_post(
    in_force: Engine, organisation: OrganisationFile
) -> None:
    file = changed(organisation, "lvguoping@example.gov.cn", roles=("科室负责人", "党员"))
    file = changed(file, "duanzhigang@example.gov.cn", roles=("支部书记", "党员"))
    units = tuple(replace(unit, head="段志刚") if unit.name == "第一党支部" else unit for unit in file.units)

    done = take_over(in_force, replace(file, units=units))
    again = take_over(in_force, replace(file, units=units))

    assert {(x.giver.name, x.taker.name) for x in done.succeeded.moved} == {(OWNER, TAKER)}
    assert OWNER not in owners(in_force, "第一党支部")
    assert TAKER in owners(in_force, "第一党支部")
    assert again.succeeded.moved == ()
    with unit_of_work(in_force) as session:
        assert expand(session, find_plan(session, 2026), actor="SYSTEM", at=NOON).handed_over == 0


def test_a_lost_post_moves_only_what_was_owned_for_it(
    in_force: Engine, organisation: OrganisationFile
) -> None:
    before = owners(in_force, "第一党支部")
    file = changed(organisation, "qinhuimin@example.gov.cn", title="一级主任科员")

    done = take_over(in_force, file)

    assert done.changes == 1
    assert (done.succeeded.moved, done.succeeded.unowned) == ((), ())
    assert owners(in_force, "第一党支部") == before


def test_work_of_who_left_without_successor_is_named_and_stays(
    in_force: Engine, organisation: OrganisationFile
) -> None:
    units = tuple(
        replace(unit, head="") if unit.name == "第一党支部" else unit for unit in organisation.units
    )
    file = without(replace(organisation, units=units), "lvguoping@example.gov.cn")

    done = take_over(in_force, file)

    left = {x.person.name: x.works for x in done.succeeded.unowned}
    assert left[OWNER] > 0
    (event,) = events(in_force, "work.unowned")
    assert event.payload == {"person": event.subject_id, "count": left[OWNER]}

    heads = tuple(
        replace(unit, head=TAKER) if unit.name == "第一党支部" else unit for unit in organisation.units
    )
    settled = take_over(in_force, replace(file, units=heads))
    assert {(x.giver.name, x.taker.name) for x in settled.succeeded.moved} == {(OWNER, TAKER)}
    assert OWNER not in owners(in_force, "第一党支部")


def away(
    engine: Engine,
    name: str,
    start: date,
    end: date,
    substitute: str = "",
    *,
    day: date = TODAY,
) -> list[Snag]:
    with unit_of_work(engine) as session:
        done = record_absence(
            session,
            find_person(session, name),
            hand_of(session, day=day),
            starts_on=start,
            ends_on=end,
            substitute=find_person(session, substitute) if substitute else None,
            kind="抽调",
        )
        return [one.snag for one in done.pointed]


def test_an_absence_gives_the_duty_away_and_the_return_gives_it_back(
    in_force: Engine, organisation: OrganisationFile
) -> None:
    first, last = date(2026, 4, 1), date(2026, 4, 17)
    away(in_force, OWNER, first, last, TAKER)
    away(in_force, OWNER, first, last, TAKER)
    take_over(in_force, replace(organisation, absences=()))

    with unit_of_work(in_force) as session:
        owner, taker = find_person(session, OWNER), find_person(session, TAKER)
        assert acting_for(session, last)[owner.id] == taker.id  # no file takes back what it did not bring
        end_absence(session, owner, hand_of(session, day=date(2026, 4, 10)))
        assert owner.id in acting_for(session, date(2026, 4, 9))
        assert owner.id not in acting_for(session, date(2026, 4, 10))
        with pytest.raises(DubanError):
            end_absence(session, owner, hand_of(session, day=date(2026, 4, 10)))
    mine = [x for x in events(in_force, "person.absent") if x.payload["source"] == "hand"]
    assert [x.payload["to"] for x in mine] == ["2026-04-17"]
    assert events(in_force, "person.back")[-1].payload["on"] == "2026-04-10"


def test_an_absence_taken_back_before_it_began_may_be_entered_again(in_force: Engine) -> None:
    first, last = date(2026, 4, 1), date(2026, 4, 17)
    away(in_force, OWNER, first, last, TAKER)
    with unit_of_work(in_force) as session:
        owner = find_person(session, OWNER)
        with pytest.raises(DubanError):  # nobody is back who has not left: the same command twice is safe
            end_absence(session, owner, hand_of(session))
        end_absence(session, owner, hand_of(session), starts_on=first)
        assert find_person(session, OWNER).id not in acting_for(session, first)

    away(in_force, OWNER, first, last, TAKER)

    with reading(in_force) as session:
        assert find_person(session, OWNER).id in acting_for(session, first)


def test_absences_that_cannot_be_are_refused_and_doubtful_substitutes_pointed_out(in_force: Engine) -> None:
    first, last = date(2026, 4, 1), date(2026, 4, 17)
    away(in_force, OWNER, first, last, TAKER)

    refused = []
    for name, start, end, substitute in (
        (OWNER, last, date(2026, 4, 20), TAKER),
        (OWNER, date(2026, 5, 6), date(2026, 5, 5), TAKER),
        (OWNER, date(2026, 3, 2), date(2026, 3, 3), TAKER),
        (TAKER, first, last, TAKER),
    ):
        with pytest.raises(DubanError) as error:
            away(in_force, name, start, end, substitute)
        refused.append(error.value.code)

    assert refused == ["absence_overlap", "absence_dates", "absence_past", "absence_self"]
    assert away(in_force, TAKER, date(2026, 4, 15), last, OWNER) == [Snag.CIRCLE]
    assert away(in_force, "秦慧敏", first, last, OWNER) == [Snag.CIRCLE]
    assert away(in_force, "蒋文博", date(2026, 4, 1), date(2026, 4, 3), OWNER) == [Snag.AWAY]


def test_who_acts_is_told_what_is_due_meanwhile_and_the_superior_that_somebody_acts(
    in_force: Engine, settings: Settings
) -> None:
    number = one(in_force, "38", period="2026-Q1")
    away(in_force, OWNER, date(2026, 3, 30), date(2026, 4, 3), TAKER)

    told = drafts(in_force, settings, absences, "person.absent")

    roles = {name: draft.facts["role"] for name, draft in told.items()}
    assert roles[OWNER], roles[TAKER] == ("self", "acting")
    assert "head" in roles.values()
    assert number in [row["id"] for row in told[TAKER].facts["works"]]  # type: ignore[attr-defined]  # as composed
    assert told[OWNER].facts["works"] == []


def test_the_end_of_a_temporary_unit_ends_what_it_would_owe_later(
    in_force: Engine, proposal: Proposal, settings: Settings
) -> None:
    with unit_of_work(in_force) as session:
        unit = find_unit(session, TEMPORARY)
        last = date(2026, 6, 15)
        unit.ends_on = last
        owed = select(WorkItem).where(WorkItem.unit_id == unit.id)
        later = [x.id for x in session.scalars(owed.where(WorkItem.due_on > last))]
        earlier = [x.id for x in session.scalars(owed.where(WorkItem.due_on <= last))]
        do_accept = Hand(find_person(session, COORDINATOR), NOON, TODAY)
        accept(session, later[0], do_accept)

    def ended(day: int) -> list[int]:
        with unit_of_work(in_force) as session:
            at = datetime(2026, 6, day, 0, 30, tzinfo=UTC)
            return [x.works for x in end_units(session, staff_on(session, at))]

    assert (ended(12), ended(15), ended(16)) == ([], [len(later)], [])
    assert {now(in_force, number).state for number in later} == {"cancelled"}
    assert {now(in_force, number).state for number in earlier} == {"assigned"}
    assert sorted(changes(in_force)) == sorted(later)
    (event,) = events(in_force, "unit.ended")
    assert event.payload["count"] == len(later)

    done, _ = next_version(in_force, edited(proposal, "5", phrase="4月24日前"), settings)
    assert done.revived == 0
    with unit_of_work(in_force) as session:
        session.execute(update(Unit).where(Unit.name == TEMPORARY).values(ends_on=date(2026, 12, 31)))
        assert expand(session, find_plan(session, 2026), actor="SYSTEM", at=NOON).revived == len(later)
