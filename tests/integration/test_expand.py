"""A plan in force becomes work items: exactly these, once, and following what a new version says."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from models.database import reading, unit_of_work
from models.proposal import Proposal, ProposedItem
from models.settings import Settings
from models.tables import Event, Item, Plan, Unit, WorkItem
from models.workdays import load_calendar
from tasks.confirm_plan import Answer, confirm_plan, questions
from tasks.directory import find_person
from tasks.expand import Expanded, assign, expand
from tasks.plan_steps import activate_plan, set_deadlines, submit_plan
from tasks.read_plan.phrases import read_phrase
from tasks.store_plan import find_plan, store_plan
from tasks.work import Hand, accept, cancel
from tests.deciding import approve_all, coordinator_of, staff_on

NOON = datetime(2026, 1, 6, 4, tzinfo=UTC)
TODAY = date(2026, 1, 6)
EXPECTED = json.loads(
    Path(__file__).parents[1].joinpath("data", "plan_2026_expected.json").read_text("utf-8")
)
TEMPORARY = "高标准农田专项审计临时党支部"
#: The periods that the temporary branch (16 March to 31 July) lives through, item by item.
ITS_LIFE = {"38": 3, "39": 5, "40": 5, "41": 4, "42": 5, "43": 1, "46": 0, "47": 1, "50": 1}
#: How many units answer for themselves where an item names them together; temporary ones apart.
TOGETHER = {"各党支部": 8, "各相关党支部": 8, "各科室": 14}


def owed(item: Mapping[str, Any]) -> int:
    # A missing time, confirmed as it was read, is due at the year's end.
    periods = item["reading"]["periods"] or int(item["reading"]["kind"] == "missing")
    units = TOGETHER.get(item["lead_units"][0], 1)
    return int(units * periods + ITS_LIFE.get(item["no"], 0))


def handed_out(session: Session, plan: Plan, *, today: date = TODAY) -> int:
    grace = load_calendar([2026]).add(today, 5)
    return assign(session, plan, actor="SYSTEM", at=NOON, today=today, grace_until=grace)


def run(engine: Engine) -> tuple[Expanded, int]:
    with unit_of_work(engine) as session:
        plan = find_plan(session, 2026)
        return expand(session, plan, actor="SYSTEM", at=NOON), handed_out(session, plan)


def next_version(engine: Engine, proposal: Proposal, settings: Settings) -> tuple[Expanded, int]:
    """Import, confirm, approve and put in force, then expand."""
    calendar = load_calendar([2026])
    with unit_of_work(engine) as session:
        store_plan(session, proposal, settings=settings, calendar=calendar, actor="SYSTEM", at=NOON)
        plan = find_plan(session, 2026)
        answers = [Answer(one.ref) for one in questions(plan, "zh")]
        confirm_plan(session, plan, answers, calendar=calendar, actor="SYSTEM", at=NOON)
        by = coordinator_of(session)
        asked = submit_plan(session, plan, staff_on(session, NOON), title="计划", by=by)
        approve_all(session, asked, NOON)
        activate_plan(session, plan, actor="SYSTEM", at=NOON)
    return run(engine)


def edited(proposal: Proposal, ref: str, *, phrase: str = "", lead: str = "", owner: str = "") -> Proposal:
    def edit(one: ProposedItem) -> ProposedItem:
        schedule = read_phrase(phrase, year=2026) if phrase else one.schedule
        units = (lead,) if lead else one.lead_units
        owners = owner or one.owner
        return replace(one, schedule=schedule, lead=lead or one.lead, lead_units=units, owner=owners)

    return replace(proposal, items=tuple(edit(one) if one.ref == ref else one for one in proposal.items))


def without(proposal: Proposal, ref: str) -> Proposal:
    return replace(proposal, items=tuple(one for one in proposal.items if one.ref != ref))


def work(engine: Engine, ref: str, *, unit: str = "") -> list[WorkItem]:
    with reading(engine) as session:
        query = select(WorkItem).join(Item).join(Unit, Unit.id == WorkItem.unit_id).where(Item.ref == ref)
        found = query.where(Unit.name == unit) if unit else query
        return list(session.scalars(found.order_by(WorkItem.due_on, WorkItem.id)))


def hand(engine: Engine, name: str) -> Hand:
    with reading(engine) as session:
        return Hand(find_person(session, name), NOON, TODAY)


def test_every_item_gives_one_work_item_per_unit_and_period(in_force: Engine) -> None:
    with reading(in_force) as session:
        query = select(Item.ref, func.count()).join(WorkItem, WorkItem.item_id == Item.id).group_by(Item.ref)
        found = dict(session.execute(query).tuples().all())

    assert found == {item["no"]: owed(item) for item in EXPECTED["item_list"] if owed(item)}
    assert sum(found.values()) == 719


def test_a_temporary_branch_owes_only_what_falls_into_its_life(in_force: Engine) -> None:
    theme_days = work(in_force, "40", unit=TEMPORARY)

    assert [one.period for one in theme_days] == ["2026-03", "2026-04", "2026-05", "2026-06", "2026-07"]
    assert {ref: len(work(in_force, ref, unit=TEMPORARY)) for ref in ITS_LIFE} == ITS_LIFE


def test_a_work_item_keeps_the_day_as_written_beside_the_workday(in_force: Engine) -> None:
    february = work(in_force, "40", unit="第一党支部")[1]
    report = work(in_force, "9")[2]

    assert (february.nominal_due_on, february.due_on) == (date(2026, 2, 20), date(2026, 2, 24))
    assert (report.nominal_due_on, report.due_on) == (date(2026, 3, 28), date(2026, 3, 27))
    assert february.original_due_on == february.due_on


def test_nobody_is_late_with_what_was_never_asked(in_force: Engine) -> None:
    third_january = work(in_force, "11")[0]

    assert third_january.nominal_due_on == date(2026, 1, 3)
    assert third_january.original_due_on == date(2026, 1, 4)
    assert third_january.due_on == date(2026, 1, 12)


def test_what_was_due_before_it_was_asked_gets_five_workdays(in_force: Engine) -> None:
    new_year = work(in_force, "52")[0]

    assert (new_year.original_due_on, new_year.due_on) == (date(2025, 12, 31), date(2026, 1, 12))
    assert work(in_force, "41")[0].due_on == date(2026, 1, 5)


def test_quotas_and_standing_work_keep_their_targets(in_force: Engine) -> None:
    money = work(in_force, "66")
    standing = work(in_force, "56")

    assert [one.target for one in money] == [3.0, 5.0, 8.0, 4.0]
    assert [(one.start_on, one.due_on) for one in standing] == [(date(2026, 1, 1), None)]


def test_everything_with_an_owner_is_assigned_and_told_as_one_set(in_force: Engine) -> None:
    with reading(in_force) as session:
        states = dict(
            session.execute(select(WorkItem.state, func.count()).group_by(WorkItem.state)).tuples().all()
        )
        verbs = ("work.expanded", "work.assigned")
        told = {
            one.verb: json.loads(one.payload)
            for one in session.scalars(select(Event).where(Event.verb.in_(verbs)))
        }

    assert states == {"assigned": 719}
    assert {key: told["work.expanded"][key] for key in ("year", "count", "moved", "cancelled")} == {
        "year": 2026,
        "count": 719,
        "moved": 0,
        "cancelled": 0,
    }
    assert (told["work.assigned"]["year"], told["work.assigned"]["work_items"]) == (2026, 719)


def test_expanding_again_adds_nothing_and_says_nothing(in_force: Engine) -> None:
    again = run(in_force)

    with reading(in_force) as session:
        expanded = session.scalar(select(func.count()).where(Event.verb == "work.expanded"))
    assert again == (Expanded(0, 0, 0), 0)
    assert expanded == 1


def test_a_new_version_moves_what_is_owed_and_keeps_the_first_date(
    in_force: Engine, proposal: Proposal, settings: Settings
) -> None:
    with unit_of_work(in_force) as session:
        accept(session, work(in_force, "5")[0].id, hand(in_force, "韩国梁"))

    done, assigned = next_version(in_force, edited(proposal, "5", phrase="4月24日前"), settings)

    moved = work(in_force, "5")[0]
    assert (done, assigned) == (Expanded(0, 1, 0), 0)
    assert (moved.state, moved.due_on, moved.original_due_on) == (
        "accepted",
        date(2026, 4, 24),
        date(2026, 4, 30),
    )


def test_a_new_version_cancels_only_what_nobody_has_begun(
    in_force: Engine, proposal: Proposal, settings: Settings
) -> None:
    begun = work(in_force, "38", unit="第一党支部")[0].id
    with unit_of_work(in_force) as session:
        accept(session, begun, hand(in_force, "吕国平"))

    done, _ = next_version(in_force, without(proposal, "38"), settings)

    states = {one.id: one.state for one in work(in_force, "38")}
    assert done == Expanded(0, 0, 34)
    assert states.pop(begun) == "accepted"
    assert set(states.values()) == {"cancelled"}


def test_a_new_lead_unit_takes_the_work_over(
    in_force: Engine, proposal: Proposal, settings: Settings
) -> None:
    done, assigned = next_version(in_force, edited(proposal, "15", lead="办公室"), settings)

    assert (done, assigned) == (Expanded(1, 0, 1), 1)
    assert [one.state for one in work(in_force, "15")] == ["cancelled", "assigned"]


def test_a_new_owner_takes_over_what_is_still_owed(
    in_force: Engine, proposal: Proposal, settings: Settings
) -> None:
    begun, waiting, *_ = work(in_force, "20")
    with unit_of_work(in_force) as session:
        accept(session, begun.id, hand(in_force, "甘正华"))

    done, told = next_version(in_force, edited(proposal, "20", owner="焦宏伟"), settings)
    again = run(in_force)

    taken = work(in_force, "20")
    assert (done, told) == (Expanded(0, 0, 0, 0, handed_over=24), 24)
    assert {one.owner_id for one in taken} == {hand(in_force, "焦宏伟").person.id}
    assert {one.state for one in taken} == {"assigned"}
    assert (taken[0].due_on, taken[1].due_on) == (begun.due_on, waiting.due_on)
    assert again == (Expanded(0, 0, 0), 0)


def test_what_comes_back_is_taken_up_again_unless_a_person_cancelled_it(
    in_force: Engine, proposal: Proposal, settings: Settings
) -> None:
    by_hand = work(in_force, "66")[3].id
    with unit_of_work(in_force) as session:
        cancel(session, by_hand, hand(in_force, "周立诚"), reason="资金已由上级拨付")
    next_version(in_force, without(proposal, "66"), settings)

    done, assigned = next_version(in_force, proposal, settings)

    assert (done, assigned) == (Expanded(0, 0, 0, revived=3), 3)
    assert [one.state for one in work(in_force, "66")] == ["assigned", "assigned", "assigned", "cancelled"]


def test_an_item_withdrawn_keeps_its_number_when_it_comes_back(
    in_force: Engine, proposal: Proposal, settings: Settings
) -> None:
    with reading(in_force) as session:
        before = session.scalars(select(Item).where(Item.ref == "71")).one().id

    next_version(in_force, without(proposal, "71"), settings)
    with reading(in_force) as session:
        withdrawn = session.get_one(Item, before).withdrawn_at
    next_version(in_force, proposal, settings)

    with reading(in_force) as session:
        after = session.scalars(select(Item).where(Item.ref == "71")).one()
    assert withdrawn == NOON
    assert (after.id, after.withdrawn_at) == (before, None)


def test_a_notice_of_holidays_moves_what_is_still_owed(in_force: Engine, tmp_path: Path) -> None:
    override = tmp_path / "holidays.csv"
    override.write_text("日期,类型,名称\n2026-03-31,休,临时放假\n", encoding="utf-8")
    calendar = load_calendar([2026], override)

    with unit_of_work(in_force) as session:
        plan = find_plan(session, 2026)
        moved = set_deadlines(session, plan, calendar=calendar, actor="SYSTEM", at=NOON)
        again = set_deadlines(session, plan, calendar=calendar, actor="SYSTEM", at=NOON)
        expanded = expand(session, plan, actor="SYSTEM", at=NOON)
        nothing = expand(session, plan, actor="SYSTEM", at=NOON)
        event = session.scalars(select(Event).where(Event.verb == "plan.deadlines_set")).one()

    march = work(in_force, "28")[0]
    assert (march.due_on, march.original_due_on) == (date(2026, 3, 30), date(2026, 3, 31))
    assert march.nominal_due_on == date(2026, 3, 31)
    assert (moved, again) == (len(json.loads(event.payload)["items"]), 0)
    assert expanded.moved >= 1
    assert expanded.added == 0
    assert nothing == Expanded(0, 0, 0)


def test_a_date_that_a_person_moved_stays_where_it_was_put(in_force: Engine) -> None:
    number = work(in_force, "28")[0].id
    with unit_of_work(in_force) as session:
        session.get_one(WorkItem, number).due_on = date(2026, 4, 15)

    expanded, _ = run(in_force)

    assert expanded.moved == 0
    assert work(in_force, "28")[0].due_on == date(2026, 4, 15)
