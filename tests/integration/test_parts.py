"""Breaking down: parts lie inside the whole, count for it, and end with it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from models.database import reading, unit_of_work
from models.errors import DubanError, InputError, RefusedError
from models.periods import read_period
from models.tables import Activity, Event, Feedback, Item, Person, Unit, WorkItem
from models.workdays import load_calendar
from tasks.directory import find_person
from tasks.figures import compute_figures
from tasks.part_words import PartWords, read_part, read_parts
from tasks.parts import split
from tasks.unfinished import parts_done
from tasks.work import Hand, accept, cancel, feedback, send_back
from tests.deciding import staff_on
from tests.working import COORDINATOR, NOON, OWNER, TODAY, do, done, history, now, one, told

Step = Callable[[Session, int, Hand], object]
CALENDAR = load_calendar([2026])
#: Of another branch and department; of the owner's own branch.
STRANGER, MEMBER = "蒋文博", "秦慧敏"
#: From April to June, due on 2026-06-30 without a target; monthly with a target of 4.
PLAIN, COUNTED = "47", "19"


def splits(*parts: str) -> Callable[[Session, int, Hand], list[WorkItem]]:
    words = [read_part(text, place) for place, text in enumerate(parts, start=1)]
    return lambda s, n, h: split(s, n, h, words, calendar=CALENDAR)


def described(engine: Engine, numbers: Sequence[int]) -> list[tuple[object, ...]]:
    with reading(engine) as session:
        rows = session.execute(
            select(
                Item.ref,
                Item.title,
                Unit.name,
                Person.name,
                WorkItem.start_on,
                WorkItem.due_on,
                WorkItem.state,
            )
            .join(Item, Item.id == WorkItem.item_id)
            .join(Unit, Unit.id == WorkItem.unit_id)
            .join(Person, Person.id == WorkItem.owner_id)
            .where(WorkItem.id.in_(numbers))
            .order_by(WorkItem.id)
        )
        return [tuple(row) for row in rows]


def plain(engine: Engine) -> int:
    return one(engine, PLAIN, period="2026-Q2")


def counted(engine: Engine) -> int:
    return one(engine, COUNTED, unit="办公室", period="2026-04")


def parts_of(engine: Engine, number: int, *parts: str, by: str = OWNER) -> list[int]:
    return [part.id for part in do(engine, splits(*parts), number, by)]


def test_a_work_item_is_split_into_parts_that_are_handed_out(in_force: Engine) -> None:
    number = plain(in_force)

    made = parts_of(
        in_force, number, f"收集材料;{MEMBER};;2026-06-20", f"汇总；{STRANGER}；2026-06-10；；第二党支部"
    )

    due = now(in_force, number).due_on
    assert described(in_force, made) == [
        (
            "47-1",
            "收集材料",
            "第一党支部",
            MEMBER,
            now(in_force, number).start_on,
            date(2026, 6, 22),
            "assigned",
        ),
        ("47-2", "汇总", "第二党支部", STRANGER, date(2026, 6, 10), due, "assigned"),
    ]
    assert now(in_force, number).state == "accepted"
    with reading(in_force) as session:
        item = session.get_one(Item, now(in_force, made[0]).item_id)
        whole = session.get_one(Item, now(in_force, number).item_id)
    assert (item.origin, item.figure, item.key, item.plan_item_id) == ("part", "", False, None)
    assert (item.category, item.kind, item.hidden) == (whole.category, whole.kind, whole.hidden)
    (_, facts) = history(in_force, number)[-1]
    assert [(part["id"], part["ref"], part["owner"]) for part in facts["parts"]] == [
        (made[0], "47-1", MEMBER),
        (made[1], "47-2", STRANGER),
    ]
    assert history(in_force, made[0])[0][1]["parent"] == number


def test_splitting_twice_changes_nothing_and_later_parts_are_added(in_force: Engine) -> None:
    number = plain(in_force)
    first = parts_of(in_force, number, f"甲;{MEMBER}", f"乙;{STRANGER}")
    before = told(in_force, number)

    again = parts_of(in_force, number, f"甲;{MEMBER}", f"乙;{STRANGER}")
    assert (again, told(in_force, number)) == (first, before)
    more = parts_of(in_force, number, f"乙;{STRANGER}", f"丙;{MEMBER}")

    assert more[0] == first[1]
    assert [ref for ref, *_ in described(in_force, [*first, *more])] == ["47-1", "47-2", "47-3"]


def test_the_same_item_of_two_units_has_parts_of_different_numbers(in_force: Engine) -> None:
    mine, theirs = plain(in_force), one(in_force, PLAIN, unit="第二党支部", period="2026-Q2")

    parts = parts_of(in_force, mine, f"甲;{MEMBER}") + parts_of(
        in_force, theirs, f"甲;{STRANGER}", by=STRANGER
    )

    assert [ref for ref, *_ in described(in_force, parts)] == ["47-1", "47-2"]


def test_what_is_reported_on_parts_counts_once_for_the_whole(in_force: Engine) -> None:
    number = counted(in_force)
    with reading(in_force) as session:
        owner = session.get_one(Person, session.get_one(WorkItem, number).owner_id).name
    (part,) = parts_of(in_force, number, "上半月;曹宇航;;2026-04-15", by=owner)
    (piece,) = parts_of(in_force, part, "第一周;曹宇航;;2026-04-08", by=owner)

    do(in_force, lambda s, n, h: feedback(s, n, h, words="更新", quantity=1), piece, owner)
    do(in_force, lambda s, n, h: feedback(s, n, h, words="更新", quantity=2), number, owner)

    assert [now(in_force, one_).done for one_ in (number, part, piece)] == [3.0, 0.0, 1.0]
    assert now(in_force, number).reported_on == now(in_force, part).reported_on == TODAY
    with reading(in_force) as session:
        whole = session.scalars(select(Feedback.quantity).where(Feedback.work_item_id == number)).all()
        figures = compute_figures(session, year=2026, period=read_period("2026-03"))
    assert set(whole) == {1.0, 2.0}
    assert {piece, part}.isdisjoint(work for figure in figures for work in figure.work_items)
    assert [facts.get("part") for verb, facts in history(in_force, number) if verb == "feedback"] == [
        piece,
        None,
    ]


def test_an_activity_that_counted_through_a_part_counts_no_second_time(in_force: Engine) -> None:
    number = counted(in_force)
    (part,) = parts_of(in_force, number, "上半月;曹宇航;;2026-04-15", by="曹宇航")
    with unit_of_work(in_force) as session:
        person = find_person(session, "曹宇航")
        session.add(Activity(id=1, title="开放日", on=TODAY, person_id=person.id, at=NOON))

    def held(session: Session, number: int, hand: Hand) -> object:
        return feedback(session, number, hand, words="开放日", quantity=1, activity=1)

    do(in_force, held, part, "曹宇航")
    with pytest.raises(RefusedError) as refused:
        do(in_force, held, number, "曹宇航")

    assert (refused.value.code, now(in_force, number).done) == ("activity_counted", 1.0)


def test_the_whole_is_finished_after_its_parts_unless_with_a_reason(in_force: Engine) -> None:
    number = plain(in_force)
    ready, begun, untouched = parts_of(in_force, number, f"甲;{MEMBER}", f"乙;{STRANGER}", f"丙;{MEMBER}")
    do(in_force, done, ready, MEMBER)
    do(in_force, accept, begun, STRANGER)
    with reading(in_force) as session:
        assert parts_done(session, number) == (1, 3)

    with pytest.raises(RefusedError) as refused:
        do(in_force, done, number, OWNER)
    assert refused.value.code == "parts_open"
    do(in_force, lambda s, n, h: done(s, n, h, reason="余下部分转下月"), number, OWNER)

    assert [now(in_force, one_).state for one_ in (number, ready, begun, untouched)] == [
        "closed",
        "closed",
        "accepted",
        "cancelled",
    ]
    closed = dict(history(in_force, number))["closed"]
    assert (closed["cancelled_parts"], closed["open_parts"]) == (["47-3"], ["47-2"])
    with reading(in_force) as session:
        assert parts_done(session, number) == (1, 2)


def test_a_cancelled_whole_takes_its_untouched_parts_along(in_force: Engine) -> None:
    number = plain(in_force)
    begun, untouched = parts_of(in_force, number, f"甲;{STRANGER}", f"乙;{MEMBER}")
    do(in_force, accept, begun, STRANGER)

    do(in_force, lambda s, n, h: cancel(s, n, h, reason="上级统一开展"), number, COORDINATOR)

    assert [now(in_force, one_).state for one_ in (number, begun, untouched)] == [
        "cancelled",
        "accepted",
        "cancelled",
    ]
    assert history(in_force, number)[-1][1]["open_parts"] == ["47-1"]


def test_who_answers_for_the_whole_reviews_its_parts(in_force: Engine) -> None:
    number = plain(in_force)
    (part,) = parts_of(in_force, number, f"甲;{STRANGER};;;第二党支部")
    do(in_force, done, part, STRANGER)

    do(
        in_force,
        lambda s, n, h: send_back(s, n, h, words="请补名单", staff=staff_on(s, NOON)),
        part,
        OWNER,
    )
    with pytest.raises(RefusedError) as refused:
        do(in_force, lambda s, n, h: cancel(s, n, h, reason="不办"), part, STRANGER)
    assert refused.value.code == "not_reviewer"
    do(in_force, done, part, STRANGER)
    do(in_force, done, number, OWNER)

    with pytest.raises(RefusedError) as refused:
        do(in_force, lambda s, n, h: send_back(s, n, h, words="重办", staff=staff_on(s, NOON)), part, OWNER)
    assert refused.value.code == "return_part"


def test_parts_that_do_not_fit_are_refused_as_a_whole(in_force: Engine) -> None:
    number = plain(in_force)
    fits = f"甲;{MEMBER}"
    refusals: list[tuple[str, type[DubanError], str]] = [
        (f";{MEMBER}", InputError, "part_title"),
        ("乙;", InputError, "part_owner_none"),
        ("乙;没有这人", InputError, "part_owner"),
        (f"乙;{MEMBER};;;没有这单位", InputError, "part_unit"),
        (f"乙;{MEMBER};六月一日", InputError, "part_day"),
        (f"乙;{MEMBER};;2026-02-30", InputError, "part_day"),
        (f"乙;{MEMBER};;2026-07-31", InputError, "part_due_outside"),
        (f"乙;{MEMBER};;2026-03-20", InputError, "part_due_outside"),
        (f"乙;{MEMBER};2026-06-25;2026-06-12", InputError, "part_start_outside"),
        (f"乙;{MEMBER};2026-03-30;2026-06-12", InputError, "part_start_outside"),
        (fits, InputError, "part_twice"),
    ]
    with reading(in_force) as session:
        before = session.scalar(select(func.count(Event.id)))

    for text, refusal, code in refusals:
        with pytest.raises(refusal) as refused:
            do(in_force, splits(fits, text), number, OWNER)
        assert refused.value.code == code, text
        assert refused.value.facts["place"] == "--part 2"
    for step, by, code in (
        (splits(), OWNER, "split_nothing"),
        (splits(fits), STRANGER, "not_responsible"),
        (splits(*(f"第{n}份;{MEMBER}" for n in range(51))), OWNER, "split_many"),
    ):
        with pytest.raises(DubanError) as other:
            do(in_force, step, number, by)
        assert other.value.code == code

    with reading(in_force) as session:
        assert session.scalar(select(func.count(Event.id))) == before
        assert not session.scalar(select(WorkItem.id).where(WorkItem.parent_id == number))


def test_parts_are_split_once_more_and_not_when_overdue(in_force: Engine) -> None:
    number = plain(in_force)
    (part,) = parts_of(in_force, number, f"甲;{MEMBER}")
    (piece,) = parts_of(in_force, part, f"甲一;{MEMBER}", by=MEMBER)
    assert described(in_force, [piece])[0][0] == "47-1-1"

    with pytest.raises(RefusedError) as deep:
        parts_of(in_force, piece, f"甲一一;{MEMBER}", by=MEMBER)
    with pytest.raises(RefusedError) as late:
        do(in_force, splits(f"乙;{MEMBER}"), number, OWNER, today=date(2026, 7, 1))
    with pytest.raises(RefusedError) as other:
        parts_of(in_force, number, f"甲;{MEMBER};;2026-06-12")

    assert (deep.value.code, late.value.code, other.value.code) == (
        "split_depth",
        "split_overdue",
        "part_already",
    )


def test_parts_are_read_from_a_table_under_its_headings_or_in_order(tmp_path: Path) -> None:
    headed, bare, wrong, empty = (tmp_path / f"{name}.csv" for name in ("headed", "bare", "wrong", "empty"))
    headed.write_bytes("责任人,题目,止\n甲某,收集,2026/6/5\n,汇总,\n".encode("gb18030"))
    bare.write_text("收集,甲某,,2026-06-05\n", "utf-8")
    wrong.write_text("题目,经办\n收集,甲某\n", "utf-8")
    empty.write_text("题目,责任人\n", "utf-8")

    assert read_parts(headed) == [
        PartWords("headed.csv:2", "收集", "甲某", "", "2026/6/5", ""),
        PartWords("headed.csv:3", "汇总", "", "", "", ""),
    ]
    assert read_parts(bare) == [PartWords("bare.csv:1", "收集", "甲某", "", "2026-06-05", "")]
    for file, code in ((wrong, "part_headings"), (empty, "parts_none")):
        with pytest.raises(InputError) as refused:
            read_parts(file)
        assert refused.value.code == code
    for text in ("只有题目", "题;人;起;止;单位;多"):
        with pytest.raises(InputError) as refused:
            read_part(text, 1)
        assert refused.value.code == "part_fields"
