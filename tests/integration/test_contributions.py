"""Lead and supporting: who is asked, who may contribute, and what the lead cannot close without."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, func, select, update
from sqlalchemy.orm import Session

from models.database import reading, unit_of_work
from models.errors import DubanError, InputError, RefusedError
from models.settings import Contributions, Settings
from models.tables import Contribution, Event, Feedback, Item, Responsible, Unit, WorkItem
from notifications.facts_contributions import asked_contributions, planned_contributions
from notifications.letters import render
from notifications.news import read_news
from notifications.samples import SAMPLES
from notifications.telling import Audience, Draft, Nobody, Who, begin_telling
from tasks.contributions import ask_for, ask_planned, contribute
from tasks.directory import find_unit
from tasks.work import Hand, cancel, feedback, send_back
from tests.deciding import staff_on
from tests.working import COORDINATOR, NOON, OWNER, TODAY, do, done, history, now, one, told

Step = Callable[[Session, int, Hand], object]

LATER = datetime(2026, 3, 30, 5, tzinfo=UTC)
#: Heads a branch that supports nothing of the first branch unless asked.
HEAD_OF_SECOND = "蒋文博"


def asked(engine: Engine) -> int:
    with reading(engine) as session:
        return session.scalar(select(func.count(Contribution.id))) or 0


def ask(engine: Engine, *, which: Contributions = "key", at: datetime = NOON) -> int:
    with unit_of_work(engine) as session:
        return ask_planned(session, year=2026, which=which, at=at)


def asks(unit: str, words: str = "请提供第二支部的典型做法") -> Step:
    return lambda s, n, h: ask_for(s, n, h, unit=find_unit(s, unit), words=words)


def gives(words: str = "已提供", quantity: float | None = None, unit: str = "") -> Step:
    return lambda s, n, h: contribute(
        s, n, h, words=words, quantity=quantity, unit=find_unit(s, unit) if unit else None
    )


def test_supporting_units_of_key_items_are_asked_once(in_force: Engine) -> None:
    counts = [ask(in_force, which="none"), ask(in_force), ask(in_force)]

    assert counts[0] == counts[2] == 0
    assert counts[1] == asked(in_force) > 100
    with reading(in_force) as session:
        rows = session.execute(
            select(Item.key, Item.hidden, Contribution.unit_id == WorkItem.unit_id)
            .select_from(Contribution)
            .join(WorkItem, WorkItem.id == Contribution.work_item_id)
            .join(Item, Item.id == WorkItem.item_id)
            .distinct()
        ).all()
        told_of = session.scalars(select(Event.payload).where(Event.verb == "work.contributions_asked")).all()
    assert [tuple(map(bool, row)) for row in rows] == [(True, False, False)]
    assert len(told_of) == 1


def test_what_the_plan_no_longer_expects_is_no_more_asked_for(in_force: Engine) -> None:
    ask(in_force)
    number = one(in_force, "40", period="2026-05")
    do(in_force, asks("第二党支部"), number, OWNER)
    before = asked(in_force)
    with unit_of_work(in_force) as session:
        committee = find_unit(session, "机关党委")
        planned = session.scalars(
            select(Contribution).where(Contribution.work_item_id == number, Contribution.words == "")
        ).all()
        item = session.get_one(Item, session.get_one(WorkItem, number).item_id)
        session.execute(
            update(Responsible)
            .where(Responsible.plan_item_id == item.plan_item_id, Responsible.role == "supporting")
            .values(unit_id=committee.id, owner_id=committee.head_id)
        )
        dropped = {one.unit_id for one in planned}
    assert dropped

    ask(in_force, at=LATER)

    with reading(in_force) as session:
        rows = session.execute(
            select(Unit.name, Contribution.words)
            .join(Unit, Unit.id == Contribution.unit_id)
            .where(Contribution.work_item_id == number)
            .order_by(Unit.position)
        ).all()
    assert sorted(rows) == sorted([("机关党委", ""), ("第二党支部", "请提供第二支部的典型做法")])
    assert asked(in_force) == before


def test_the_lead_cannot_close_while_a_contribution_is_open_unless_with_a_reason(in_force: Engine) -> None:
    first, second = one(in_force, "42"), one(in_force, "42", period="2026-05")
    for number in (first, second):
        do(in_force, asks("第二党支部"), number, OWNER)
        with pytest.raises(RefusedError) as refused:
            do(in_force, done, number, OWNER)
        assert (refused.value.code, refused.value.facts["units"]) == ("contributions_open", "第二党支部")

    do(in_force, gives(), first, HEAD_OF_SECOND)
    do(in_force, done, first, OWNER)
    do(in_force, lambda s, n, h: done(s, n, h, reason="第二支部另行报送"), second, OWNER)

    assert [now(in_force, number).state for number in (first, second)] == ["closed", "closed"]
    with reading(in_force) as session:
        given, waived = session.scalars(select(Contribution).order_by(Contribution.work_item_id)).all()
    assert (given.given_at, given.waived_at, given.reason) == (NOON, None, "")
    assert (waived.given_at, waived.waived_at, waived.reason) == (None, NOON, "第二支部另行报送")
    assert dict(history(in_force, second))["submitted"]["waived"] == ["第二党支部"]


def test_a_contribution_is_a_report_of_its_unit_and_signs_for_nobody(in_force: Engine) -> None:
    number = one(in_force, "38")
    do(in_force, asks("第二党支部"), number, OWNER)

    do(in_force, gives("联合开展一次", 1), number, HEAD_OF_SECOND)

    work = now(in_force, number)
    assert (work.state, work.done, work.reported_on, work.accepted_at) == ("assigned", 1.0, None, None)
    with reading(in_force) as session:
        (report,) = session.scalars(select(Feedback))
        unit = session.get_one(Unit, report.unit_id).name
    assert (unit, report.words, report.on) == ("第二党支部", "联合开展一次", TODAY)
    assert told(in_force, number) == ["contribution_asked", "contributed"]


def test_a_unit_that_supports_by_plan_contributes_unasked(in_force: Engine) -> None:
    number = one(in_force, "42")
    with reading(in_force) as session:
        unit = session.execute(
            select(Unit)
            .join(Responsible, Responsible.unit_id == Unit.id)
            .join(Item, Item.plan_item_id == Responsible.plan_item_id)
            .join(WorkItem, WorkItem.item_id == Item.id)
            .where(WorkItem.id == number, Responsible.role == "supporting")
        ).scalar_one()

    do(in_force, gives(unit=unit.name), number, COORDINATOR)

    with reading(in_force) as session:
        (row,) = session.scalars(select(Contribution))
    assert (row.unit_id, row.asked_at, row.given_at, row.words) == (unit.id, NOON, NOON, "")


def test_who_supports_has_no_vote_and_who_does_not_has_no_word(in_force: Engine) -> None:
    number = one(in_force, "42")
    do(in_force, asks("第二党支部"), number, OWNER)
    refusals: list[tuple[Step, str, type[DubanError], str]] = [
        (done, HEAD_OF_SECOND, RefusedError, "not_responsible"),
        (lambda s, n, h: cancel(s, n, h, reason="不办"), HEAD_OF_SECOND, RefusedError, "not_reviewer"),
        (lambda s, n, h: feedback(s, n, h, words="已办"), HEAD_OF_SECOND, RefusedError, "not_responsible"),
        (gives(), "秦慧敏", RefusedError, "not_supporting"),
        (gives(unit="第三党支部"), COORDINATOR, RefusedError, "not_supporting"),
        (gives(), COORDINATOR, InputError, "contribute_unit"),
        (gives(" "), HEAD_OF_SECOND, InputError, "feedback_words"),
        (asks("第二党支部", " "), OWNER, InputError, "ask_words"),
        (asks("第一党支部"), OWNER, RefusedError, "ask_unit"),
        (asks("第三党支部"), HEAD_OF_SECOND, RefusedError, "not_responsible"),
    ]

    for step, by, refusal, code in refusals:
        with pytest.raises(refusal) as refused:
            do(in_force, step, number, by)
        assert refused.value.code == code, (code, refused.value)

    assert told(in_force, number) == ["contribution_asked"]


def test_an_unannounced_inspection_asks_nobody(in_force: Engine) -> None:
    number = one(in_force, "40", period="2026-03")
    with unit_of_work(in_force) as session:
        work = session.get_one(WorkItem, number)
        session.execute(update(Item).where(Item.id == work.item_id).values(hidden=True))

    ask(in_force)
    with pytest.raises(RefusedError) as refused:
        do(in_force, asks("第二党支部"), number, OWNER)

    assert refused.value.code == "ask_hidden"
    with reading(in_force) as session:
        assert not session.scalar(select(Contribution.id).where(Contribution.work_item_id == number))


def test_asking_again_opens_what_was_waived(in_force: Engine) -> None:
    number = one(in_force, "42")
    do(in_force, asks("第二党支部"), number, OWNER)
    do(in_force, lambda s, n, h: done(s, n, h, reason="不再等待"), number, OWNER)
    do(
        in_force,
        lambda s, n, h: send_back(s, n, h, words="请补第二支部情况", staff=staff_on(s, NOON)),
        number,
        COORDINATOR,
    )

    do(in_force, asks("第二党支部", "请补报"), number, OWNER)

    with pytest.raises(RefusedError):
        do(in_force, done, number, OWNER)
    with reading(in_force) as session:
        (row,) = session.scalars(select(Contribution))
    assert (row.words, row.waived_at, row.reason) == ("请补报", None, "")


PLANNED = Audience("work.contributions_asked", "contribution_asked", (Who.SUPPORTER,), planned_contributions)
ASKED = Audience("work_item.contribution_asked", "contribution_asked", (Who.SUPPORTER,), asked_contributions)


def drafts(session: Session, audience: Audience) -> Sequence[Draft | Nobody]:
    telling = begin_telling(session, Settings(home=Path("nowhere")), TODAY)
    head = session.scalar(select(func.max(Event.id))) or 0
    news = [one for batch in read_news(session, [audience], after=0, head=head) for one in batch]
    return list(audience.compose(telling, news, [audience]))


def rows_of(draft: Draft) -> list[dict[str, Any]]:
    rows = draft.facts["rows"]
    assert isinstance(rows, list)
    return rows


def test_supporting_owners_are_told_item_by_item(in_force: Engine) -> None:
    ask(in_force)
    number = one(in_force, "42")
    do(in_force, asks("第二党支部"), number, OWNER)

    with reading(in_force) as session:
        planned, (direct,) = drafts(session, PLANNED), drafts(session, ASKED)
        people = session.scalar(select(func.count(func.distinct(Contribution.owner_id))))

    assert isinstance(direct, Draft)
    (row,) = rows_of(direct)
    assert (row["id"], row["by"], row["words"]) == (number, OWNER, "请提供第二支部的典型做法")
    assert row["for_units"] == ["第二党支部"]
    letters = [one for one in planned if isinstance(one, Draft)]
    assert 1 < len(letters) <= (people or 0)
    assert len({one.dedupe for one in letters}) == len(letters)
    rows = [row for one in letters for row in rows_of(one)]
    assert sum(row["times"] * len(row["for_units"]) for row in rows) >= len(rows)
    assert max(row["times"] for row in rows) >= 12
    common = {key: SAMPLES["contribution_asked"][key] for key in ("person", "coordinator", "bureau")}
    for draft in (direct, letters[0], letters[-1]):
        facts = {**common, "on_behalf": [], "today": TODAY.isoformat(), **draft.facts}
        for letter in (render("contribution_asked", "zh", facts), render("contribution_asked", "en", facts)):
            assert rows_of(draft)[0]["title"] in letter.text
            assert rows_of(draft)[0]["title"] in letter.html
