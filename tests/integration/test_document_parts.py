"""Documents of many branches in parts: the same as in one piece, by whomever and however often."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import select, update

from flows.hand_outs import work_off
from flows.office import Office
from flows.run import run_order
from models.errors import InputError, UnavailableError
from models.journal import verify
from models.tables import Order, Person, Publication, Unit, WorkItem
from tasks.orders import OrderState, states_of
from tests.conftest import Databases
from tests.integration.parts_office import (
    DAY,
    FEBRUARY,
    MARCH,
    QUARTER,
    counting,
    documents,
    head,
    numbers,
    office_at,
    orders,
    part,
    told,
    whole,
)
from tests.side_by_side import at_once

#: The branches of the example bureau in February; in March there is a temporary one more.
IN_FEBRUARY, IN_MARCH = 8, 9


@pytest.fixture
def office(databases: Databases, tmp_path: Path) -> Iterator[Office]:
    """The bureau, whose branches are dealt with three at a time."""
    url = databases.copy("in_force")
    opened = office_at(url, tmp_path / "parts")
    yield opened
    opened.engine.dispose()
    databases.drop(url)


@pytest.fixture
def undivided(databases: Databases, tmp_path: Path) -> Iterator[Office]:
    """The same bureau, whose branches are dealt with together."""
    url = databases.copy("in_force")
    opened = office_at(url, tmp_path / "whole", branches=50)
    yield opened
    opened.engine.dispose()
    databases.drop(url)


def states(office: Office, version: int = 1, period: str = FEBRUARY) -> dict[OrderState, int]:
    with office.read() as session:
        return states_of(session, f"monthly_calendar/{period}/v{version}")


@pytest.mark.parametrize(("flow", "period"), [("monthly_calendar", MARCH), ("quarterly_checklist", QUARTER)])
def test_in_parts_the_documents_are_the_same_to_the_byte(
    office: Office, undivided: Office, flow: str, period: str
) -> None:
    whole(office, flow, period)
    whole(undivided, flow, period)

    assert [len(one.units) for one in orders(office, f"{flow}_part")] == [3, 3, 3]
    assert orders(undivided, f"{flow}_part") == []
    assert documents(office) == documents(undivided)
    assert len(documents(office)) == 1 + IN_MARCH
    assert numbers(office) == numbers(undivided)


def test_a_second_version_in_parts_is_the_same_too(office: Office, undivided: Office) -> None:
    for one in (office, undivided):
        whole(one)
        with one.write() as session:
            moved = select(WorkItem.id).where(WorkItem.period == FEBRUARY).order_by(WorkItem.id).limit(40)
            session.execute(
                update(WorkItem).where(WorkItem.id.in_(moved)).values(due_on=DAY.replace(month=2))
            )
        whole(one)

    found = documents(office)
    assert found == documents(undivided)
    assert ("calendar", FEBRUARY, 0, 2) in found
    assert any(kind == "slip" and version == 2 for kind, _, _, version in found)


def test_the_flow_leaves_its_parts_to_others_and_says_which(office: Office) -> None:
    outcome = head(office)

    found = orders(office)
    assert outcome.orders == [one.id for one in found]
    assert [one.key for one in found] == [f"monthly_calendar/2026-02/v1/{n}" for n in (1, 2, 3)]
    assert found[0].parameters == {
        "period": FEBRUARY,
        "part": 1,
        "title": "第一片：机关党委第1–3支部",
    }
    assert outcome.words[1] == "党支部 8 个，支部文书分 3 片编印。"
    assert states(office) == {OrderState.OWED: 3}
    assert {kind for kind, *_ in documents(office)} == {"calendar"}
    assert len(numbers(office)) == IN_FEBRUARY
    assert told(office, "month.issued") == []


def test_without_prefect_the_command_does_all_parts_and_tells_of_them(office: Office) -> None:
    outcome = whole(office)

    assert outcome.orders == []
    assert outcome.words[-1].startswith("支部文书 3 片已全部办完，拟写通知 64 份")
    assert states(office) == {OrderState.DONE: 3}
    (said,) = told(office, "month.issued")
    assert (said["branches"], said["parts"], said["fresh"]) == (IN_FEBRUARY, 3, 1 + IN_FEBRUARY)
    assert len(told(office, "publication.issued")) == 1 + IN_FEBRUARY
    with office.read() as session:
        assert verify(session).broken_at is None


def test_a_small_bureau_says_once_that_its_month_is_there(undivided: Office) -> None:
    whole(undivided)
    whole(undivided)

    (said,) = told(undivided, "month.issued")
    assert (said["period"], said["branches"], said["parts"], said["fresh"]) == (FEBRUARY, 8, 1, 9)


def test_a_part_done_twice_says_nothing_new(office: Office) -> None:
    head(office)
    order = orders(office)[1]
    first, before = part(office, order), documents(office)

    second = part(office, order)

    assert (first.words, second.words) == (["文书 3 份，其中新印 3 份。"], ["文书 3 份，其中新印 0 份。"])
    assert documents(office) == before
    assert len(told(office, "publication.issued")) == 1 + 3


def test_everything_done_twice_changes_nothing_and_is_told_once(office: Office) -> None:
    whole(office)
    before = documents(office)

    again = whole(office)

    assert documents(office) == before
    assert len(told(office, "month.issued")) == 1
    assert again.words[0] == "文书 1 份，其中新印 0 份。"
    assert again.words[-1].startswith("支部文书 3 片已全部办完，拟写通知 0 份")


def test_what_changed_on_slips_alone_is_issued_though_the_calendar_stays(office: Office) -> None:
    whole(office)
    with office.write() as session:
        session.execute(update(Person).where(Person.name == "林晓东").values(email="new@example.gov.cn"))

    whole(office)

    versions = [(kind, version) for kind, _, _, version in documents(office)]
    assert versions.count(("slip", 2)) == IN_FEBRUARY
    assert ("calendar", 2) not in versions
    assert [one["fresh"] for one in told(office, "month.issued")] == [9, 8]


def test_of_two_who_share_the_parts_each_does_some_and_one_tells_of_the_whole(
    office: Office, undivided: Office, tmp_path: Path
) -> None:
    outcome = head(office)
    two = [office_at(office.settings.database, tmp_path / "parts") for _ in range(2)]

    at_once([partial(work_off, own, outcome) for own in two])
    for own in two:
        own.engine.dispose()
    whole(undivided)

    assert documents(office) == documents(undivided)
    assert states(office) == {OrderState.DONE: 3}
    assert len(told(office, "month.issued")) == 1
    assert len(told(office, "publication.issued")) == 1 + IN_FEBRUARY


def test_two_at_the_same_part_make_one_version_of_each_slip(office: Office, tmp_path: Path) -> None:
    head(office)
    order = orders(office)[0]
    two = [office_at(office.settings.database, tmp_path / "parts") for _ in range(2)]

    at_once([partial(part, own, order) for own in two])
    for own in two:
        own.engine.dispose()

    slips = [version for kind, _, _, version in documents(office) if kind == "slip"]
    assert slips == [1, 1, 1]
    assert len(told(office, "publication.issued")) == 1 + 3


def test_a_part_that_fails_leaves_the_others_done_and_is_done_alone_later(
    office: Office, undivided: Office
) -> None:
    whole(undivided)
    blocked = office.settings.home / "documents" / FEBRUARY / "slip"
    blocked /= "2026年2月党建工作提醒单（第五党支部）_v1.docx"
    blocked.mkdir(parents=True)

    with pytest.raises(UnavailableError, match=r"1 parts? failed.*第二片"):
        whole(office)
    done, failed = states(office), [one for one in orders(office) if one.state != OrderState.DONE]
    early = told(office, "month.issued")
    blocked.rmdir()
    with office.write() as session:
        session.execute(update(Order).values(not_before=Order.created_at))
    for one in failed:
        run_order(office, one.id, one.flow, one.parameters)

    assert done == {OrderState.DONE: 2, OrderState.OWED: 1}
    assert "第五党支部" in failed[0].error
    assert early == []
    assert states(office) == {OrderState.DONE: 3}
    assert len(told(office, "month.issued")) == 1
    assert documents(office) == documents(undivided)


def test_a_newer_head_takes_back_what_older_parts_still_owe(office: Office) -> None:
    head(office)
    part_of_old = orders(office)[2]
    run_order(office, part_of_old.id, part_of_old.flow, part_of_old.parameters)
    with office.write() as session:
        session.execute(
            update(WorkItem).where(WorkItem.period == FEBRUARY).values(due_on=DAY.replace(month=2))
        )

    whole(office)

    assert states(office, 1) == {OrderState.DONE: 1}
    assert states(office, 2) == {OrderState.DONE: 3}
    (said,) = told(office, "month.issued")
    assert said["parts"] == 3
    with office.read() as session:
        stale = select(Publication).where(Publication.state == "issued", Publication.kind == "slip")
        assert {one.version for one in session.scalars(stale)} == {1, 2}


def test_a_part_that_was_cut_anew_covers_the_branches_of_today(office: Office) -> None:
    head(office)
    larger = replace(office, settings=replace(office.settings, part_branches=6))

    outcome = head(larger)

    found = orders(office)
    assert [len(one.units) for one in found] == [6, 2]
    assert sorted(outcome.orders) == sorted(one.id for one in found)
    assert len({unit for one in found for unit in one.units}) == IN_FEBRUARY


def test_what_is_done_together_after_all_is_owed_by_nobody(office: Office) -> None:
    head(office)

    whole(replace(office, settings=replace(office.settings, part_branches=50)))

    assert orders(office) == []
    assert [one["parts"] for one in told(office, "month.issued")] == [1]


def test_numbers_have_no_gaps_through_parts_and_months_and_stay(office: Office) -> None:
    whole(office)
    whole(office, period=MARCH)
    given = numbers(office)
    whole(office)

    assert numbers(office) == given
    assert [number for number, *_ in given] == list(range(1, IN_FEBRUARY + IN_MARCH + 1))
    with office.read() as session:
        order = list(session.scalars(select(Unit.id).order_by(Unit.position, Unit.id)))
    for period in (FEBRUARY, MARCH):
        branches = [unit for _, of, unit in given if of == period]
        assert branches == sorted(branches, key=order.index)
    slips = {key[1:3]: said for key, said in documents(office).items() if key[0] == "slip"}
    assert all(f"第{number}号" in slips[period, unit][0] for number, period, unit in given)


def test_how_many_branches_a_part_has_makes_no_difference_to_the_statements(office: Office) -> None:
    head(office)
    head(office, "quarterly_checklist", QUARTER)
    counts = set()
    for flow in ("monthly_calendar_part", "quarterly_checklist_part"):
        order = orders(office, flow)[0]
        for units in (order.units[:1], order.units):
            order.units = units
            with counting(office) as statements:
                part(office, order)
            counts.add((flow, len(statements)))

    assert len(counts) == 2


def test_a_month_that_is_no_month_gives_no_numbers(office: Office) -> None:
    with pytest.raises(InputError, match="2026-03"):
        head(office, period=QUARTER)

    assert numbers(office) == []
