"""Plan versions in the year: what runs follows without losing history, and whoever has it is told."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import Engine, func, select

from models.database import reading, unit_of_work
from models.proposal import Proposal
from models.settings import Settings
from models.tables import (
    LOOK_NOW,
    Contribution,
    Event,
    Extension,
    Feedback,
    Item,
    Plan,
    Responsible,
    Unit,
    WorkChange,
    WorkItem,
)
from notifications.facts_changes import plan_changed
from notifications.facts_extension import extensions_decided
from notifications.letters import _environment, render
from notifications.samples_moves import MOVES
from notifications.telling import Audience, Draft, News, Part, Who, begin_telling
from tasks.expand import Expanded, assign, expand
from tasks.extensions import end_overtaken
from tasks.plan_steps import activate_plan
from tasks.store_plan import find_plan
from tasks.work import feedback
from tests.deciding import staff_on
from tests.integration.test_expand import NOON, edited, next_version, without, work
from tests.integration.test_extend import ask, decide
from tests.working import LEADER, do, now

OWNER = "韩国梁"


def changes(engine: Engine, number: int) -> list[tuple[str, str, str]]:
    with reading(engine) as session:
        query = select(WorkChange).where(WorkChange.work_item_id == number).order_by(WorkChange.id)
        return [(one.kind, one.was, one.now) for one in session.scalars(query)]


def news(engine: Engine, verb: str) -> list[News]:
    with reading(engine) as session:
        query = select(Event).where(Event.verb == verb).order_by(Event.id)
        return [
            News(x.id, x.verb, x.subject_id, x.actor, json.loads(x.payload), x.reason)
            for x in session.scalars(query)
        ]


def drafts(engine: Engine, settings: Settings, verb: str, compose: Any) -> dict[str, Draft]:  # noqa: ANN401  # a composer
    audience = Audience(verb, "plan_changed", (Who.OWNER,), compose, part=Part.CHANGED)
    with reading(engine) as session:
        telling = begin_telling(session, settings, date(2026, 3, 30))
        return {
            telling.roster.people[one.person_id].name: one
            for one in compose(telling, news(engine, verb), [audience])
        }


def part_of(engine: Engine, number: int, due: date) -> int:
    """A part of a work item, owned by its owner."""
    with unit_of_work(engine) as session:
        whole = session.get_one(WorkItem, number)
        item = session.get_one(Item, whole.item_id)
        count = session.scalar(select(func.count(Item.id)).where(Item.origin == "part"))
        part = Item(
            year=2026,
            ref=f"{item.ref}-{count}",
            no=item.no,
            position=0,
            category=item.category,
            title="分项",
            kind=item.kind,
            origin="part",
        )
        session.add(part)
        session.flush()
        made = WorkItem(
            item_id=part.id,
            unit_id=whole.unit_id,
            period=whole.period,
            state="accepted",
            owner_id=whole.owner_id,
            due_on=due,
            start_on=due,
            assigned_at=NOON,
            parent_id=number,
        )
        session.add(made)
        session.flush()
        return made.id


def test_work_in_hand_goes_through_two_versions_with_its_history(
    in_force: Engine, proposal: Proposal, settings: Settings
) -> None:
    number = work(in_force, "5")[0].id
    do(in_force, lambda s, n, h: feedback(s, n, h, words="已起草", quantity=1), number, OWNER)
    begun = now(in_force, number)

    next_version(in_force, edited(proposal, "5", phrase="4月24日前"), settings)
    next_version(in_force, edited(proposal, "5", phrase="5月底前"), settings)

    after = now(in_force, number)
    assert (after.state, after.accepted_at, after.done) == ("accepted", begun.accepted_at, 1)
    assert (after.due_on, after.original_due_on) == (date(2026, 5, 29), date(2026, 4, 30))
    assert (after.sequence, after.look_on) == (begun.sequence + 3, LOOK_NOW)
    assert changes(in_force, number) == [
        ("moved", "2026-04-30", "2026-04-24"),
        ("period", "2026-04", "2026-05"),
        ("moved", "2026-04-24", "2026-05-29"),
    ]
    assert len(work(in_force, "5")) == 1
    with reading(in_force) as session:
        words = session.scalars(select(Feedback.words).where(Feedback.work_item_id == number)).all()
        named = session.scalars(select(WorkChange.event_id).where(WorkChange.work_item_id == number)).all()
    assert words == ["已起草"]
    assert sorted(set(named)) == [one.id for one in news(in_force, "work.expanded")][-2:]


@pytest.mark.parametrize(
    ("phrase", "due", "traces"),
    [
        ("4月24日前", date(2026, 5, 15), [("kept", "2026-04-24", "2026-05-15")]),
        (
            "5月底前",
            date(2026, 5, 29),
            [("period", "2026-04", "2026-05"), ("moved", "2026-05-15", "2026-05-29")],
        ),
    ],
)
def test_a_granted_extension_outlives_a_plan_that_is_not_later(
    *,
    in_force: Engine,
    proposal: Proposal,
    settings: Settings,
    phrase: str,
    due: date,
    traces: list[tuple[str, str, str]],
) -> None:
    number = work(in_force, "5")[0].id
    decide(in_force, ask(in_force, number, date(2026, 5, 15), by=OWNER))

    next_version(in_force, edited(proposal, "4", phrase="3月底前"), settings)
    assert (now(in_force, number).due_on, changes(in_force, number)) == (date(2026, 5, 15), [])
    next_version(in_force, edited(proposal, "5", phrase=phrase), settings)

    assert now(in_force, number).due_on == due
    assert changes(in_force, number) == traces


def test_a_plan_that_moves_the_date_ends_the_request_to_move_it(
    in_force: Engine, proposal: Proposal, settings: Settings
) -> None:
    number = work(in_force, "5")[0].id
    ask(in_force, number, date(2026, 5, 15), by=OWNER)

    next_version(in_force, edited(proposal, "5", phrase="5月底前"), settings)
    with unit_of_work(in_force) as session:
        assert end_overtaken(session, staff_on(session, NOON)) == [number]

    with reading(in_force) as session:
        assert session.scalars(select(Extension.state)).all() == ["withdrawn"]
    assert now(in_force, number).due_on == date(2026, 5, 29)


def test_owners_are_told_what_moved_and_what_is_dropped_and_why(
    in_force: Engine, proposal: Proposal, settings: Settings
) -> None:
    with reading(in_force) as session:
        names = {one.name for one in session.scalars(select(Unit))}
    assert names
    next_version(in_force, without(edited(proposal, "5", phrase="4月24日前"), "66"), settings)
    with unit_of_work(in_force) as session:
        session.get_one(Plan, find_plan(session, 2026).id).source_document = "工委〔2026〕12号"

    told = drafts(in_force, settings, "work.expanded", plan_changed)

    facts: list[Any] = [one.facts["rows"] for one in told.values()]
    rows = [row for some in facts for row in some]
    assert [
        (row["changes"][0]["kind"], row["source"], row["version"]) for row in rows if row["no"] == "5"
    ] == [("moved", "工委〔2026〕12号", 2)]
    dropped = [row for row in rows if row["no"] == "66"]
    assert len(dropped) == 4
    assert {row["changes"][0]["kind"] for row in dropped} == {"cancelled"}


def test_the_former_owner_is_told_who_takes_over(
    in_force: Engine, proposal: Proposal, settings: Settings
) -> None:
    next_version(in_force, edited(proposal, "20", owner="焦宏伟"), settings)

    told = drafts(in_force, settings, "work.expanded", plan_changed)

    rows: Any = told["甘正华"].facts["rows"]
    assert {row["taker"] for row in rows} == {"焦宏伟"}
    assert "焦宏伟" not in told  # the letter of assignment says it all


def test_the_owner_is_told_how_the_request_went(in_force: Engine, settings: Settings) -> None:
    number = work(in_force, "5")[0].id
    decide(in_force, ask(in_force, number, date(2026, 5, 15), by=OWNER), "同意")

    told = drafts(in_force, settings, "work_item.extended", extensions_decided)

    rows: Any = told[OWNER].facts["rows"]
    row = rows[0]
    assert (row["outcome"], row["from"], row["until"], row["words"]) == (
        "granted",
        "2026-04-30",
        "2026-05-15",
        "同意",
    )
    assert row["by"] != LEADER  # the leader does not decide on his own request


def test_parts_follow_what_they_are_parts_of_and_never_the_plan(
    in_force: Engine, proposal: Proposal, settings: Settings
) -> None:
    number = work(in_force, "5")[0].id
    late, early = part_of(in_force, number, date(2026, 4, 29)), part_of(in_force, number, date(2026, 4, 10))
    below = part_of(in_force, late, date(2026, 4, 28))

    done, _ = next_version(in_force, edited(proposal, "5", phrase="4月24日前"), settings)

    assert done == Expanded(0, 1, 0)
    assert [now(in_force, one).due_on for one in (late, below, early)] == [
        date(2026, 4, 24),
        date(2026, 4, 24),
        date(2026, 4, 10),
    ]
    assert now(in_force, late).start_on == date(2026, 4, 24)
    with unit_of_work(in_force) as session:
        again = expand(session, find_plan(session, 2026), actor="SYSTEM", at=NOON)
        assert (again.moved, again.cancelled) == (0, 0)
        parts = session.scalars(select(Item).where(Item.origin == "part"))
        assert [one.withdrawn_at for one in parts] == [None, None, None]


def test_what_the_plan_drops_takes_its_parts_along(
    in_force: Engine, proposal: Proposal, settings: Settings
) -> None:
    number = work(in_force, "5")[0].id
    part = part_of(in_force, number, date(2026, 4, 10))

    done, _ = next_version(in_force, without(proposal, "5"), settings)

    assert done.cancelled == 2
    assert [now(in_force, one).state for one in (number, part)] == ["cancelled", "cancelled"]


def test_a_part_numbered_like_a_new_item_steps_aside(in_force: Engine) -> None:
    number = work(in_force, "5")[0].id
    part = part_of(in_force, number, date(2026, 4, 10))
    with unit_of_work(in_force) as session:
        plan = find_plan(session, 2026)
        newest = Plan(
            year=2026, version=2, state="approved", title=plan.title, source="x", sha256="", created_at=NOON
        )
        session.add(newest)
        session.flush()
        moved = plan.items[0]
        moved.plan_id = newest.id
        moved.ref = "5-0"
        session.flush()
        session.expire_all()
        activate_plan(session, find_plan(session, 2026), actor="SYSTEM", at=NOON)

    with reading(in_force) as session:
        refs = dict(
            session.execute(select(Item.id, Item.ref).where(Item.ref.startswith("5-0"))).tuples().all()
        )
    assert sorted(refs.values()) == ["5-0", f"5-0~{now(in_force, part).item_id}"]


def test_supporting_units_are_asked_when_work_is_handed_out(in_force: Engine) -> None:
    with unit_of_work(in_force) as session:
        session.execute(WorkItem.__table__.update().values(state="scheduled"))  # type: ignore[attr-defined]  # a table
        at = datetime(2026, 1, 7, 4, tzinfo=UTC)
        assign(
            session,
            find_plan(session, 2026),
            actor="SYSTEM",
            at=at,
            today=date(2026, 1, 7),
            grace_until=date(2026, 1, 14),
            contributions="key",
        )
        asked = session.scalar(select(func.count(Contribution.id)))
        supporting = session.scalar(
            select(func.count(Responsible.id))
            .join(Item, Item.plan_item_id == Responsible.plan_item_id)
            .where(Responsible.role == "supporting", Item.key)
        )
    assert asked
    assert supporting


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_sections_say_every_kind_of_change(lang: Any) -> None:  # noqa: ANN401  # Lang
    shared = {
        "person": {"name": "陶欣悦", "title": ""},
        "on_behalf": [],
        "coordinator": {"name": "", "email": ""},
        "bureau": "审计局",
        "today": "2026-03-24",
    }
    text = ""
    for letter in ("plan_changed", "absence"):
        for name in ("section.txt", "section.html"):
            text += _environment(lang).get_template(f"{letter}/{lang}/{name}").render(shared | MOVES[letter])
    for letter in ("handed_over", "extension_decided"):
        text += render(letter, lang, shared | MOVES[letter]).text

    assert (
        "期限由3月31日（周二）调整为4月24日（周五）" if lang == "zh" else "Tue 31 March → Fri 24 April"
    ) in text
    assert "None" not in text
