"""Whoever decides on a plan gets it as a sheet: all that is announced, and what an amendment changes."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

from openpyxl import load_workbook
from sqlalchemy import Engine, select

from flows.artifacts import page_of
from flows.office import Office
from flows.stories.annual_plan import annual_plan
from flows.stories.step import plainly
from models.database import reading
from models.proposal import Proposal
from models.schedule import Kind
from models.settings import Settings
from models.tables import Approval, Notice
from tasks.confirm_plan import Answer, confirm_plan
from tasks.store_plan import find_plan, store_plan
from tests.up_home import confirm_everything

MONDAY = date(2026, 1, 12)
PLANTED = "琥珀行动"

Cells = list[tuple[str, ...]]


def office_of(engine: Engine, home: Path) -> Office:
    settings = Settings(home=home, database_url=engine.url.render_as_string(hide_password=False))
    return Office(settings, engine, settings.clock().at(MONDAY))


def submit(office: Office) -> None:
    """Settle what is open, and take the plan to its approval."""
    confirm_everything(office)
    annual_plan(plainly, office, year=2026)


def attached(office: Office) -> list[str]:
    """What goes with the letter that asks for the decision."""
    with reading(office.engine) as session:
        asked = select(Notice).where(Notice.letter == "approval_asked").order_by(Notice.id.desc())
        notice = session.scalars(asked).first()
        assert notice is not None
        return list(notice.attachments)


def pages(office: Office) -> dict[str, Cells]:
    """The sheets of the one file attached, by name."""
    (path,) = attached(office)
    book = load_workbook(office.settings.home / path)
    return {
        sheet.title: [tuple(str(cell or "") for cell in row) for row in sheet.iter_rows(values_only=True)]
        for sheet in book.worksheets
    }


def test_the_plan_is_attached_without_what_is_unannounced(planned: Engine, tmp_path: Path) -> None:
    office = office_of(planned, tmp_path)
    with office.write() as session:
        plan = find_plan(session, 2026)
        (hidden,) = (item for item in plan.items if item.kind == Kind.UNSCHEDULED.value)
        hidden.title = PLANTED
        refs = [item.ref for item in plan.items if item is not hidden]
    submit(office)

    ((name, rows),) = pages(office).items()
    assert name == "工作计划"
    assert [row[0] for row in rows[2:-1]] == refs
    assert rows[-1][0] == "另有 1 项不定期、不打招呼的工作，由承办人和协调人掌握，不列入本表。"
    assert PLANTED not in str(rows)


def test_an_amendment_begins_with_what_it_changes(
    in_force: Engine, proposal: Proposal, tmp_path: Path
) -> None:
    office = office_of(in_force, tmp_path)
    first, second = proposal.items[:2]
    edited = replace(proposal, items=(replace(first, remark="改为上半年完成"), *proposal.items[2:]))
    with office.write() as session:
        store_plan(
            session,
            edited,
            settings=office.settings,
            calendar=office.calendar([2026]),
            actor="SYSTEM",
            at=office.clock.now(),
            source_document="工委〔2026〕12号",
        )
    submit(office)

    changes, whole = pages(office).values()
    assert [(row[0], row[2], row[4]) for row in changes[2:-1]] == [
        (first.ref, "调整（备注）", "改为上半年完成"),
        (second.ref, "撤销", ""),
    ]
    assert changes[-1][0] == "调整依据：工委〔2026〕12号"
    assert second.ref not in [row[0] for row in whole]


def test_an_amendment_tells_of_what_was_confirmed_otherwise_though_its_words_stay(
    in_force: Engine, proposal: Proposal, tmp_path: Path
) -> None:
    """New dates and owners that no word of the plan shows; a star; and that something unannounced changed."""
    office = office_of(in_force, tmp_path)
    starred = next(one for one in proposal.items if one.key)
    (hidden,) = (one for one in proposal.items if "四不两直" in one.title)
    edited = [
        replace(one, key=False) if one is starred else replace(one, remark=PLANTED) if one is hidden else one
        for one in proposal.items
    ]
    calendar, at = office.calendar([2026]), office.clock.now()
    with office.write() as session:
        store_plan(
            session,
            replace(proposal, items=tuple(edited)),
            settings=office.settings,
            calendar=calendar,
            actor="SYSTEM",
            at=at,
        )
    with office.write() as session:
        plan = find_plan(session, 2026)
        vague = next(one for one in plan.items if one.kind == Kind.VAGUE.value)
        led = next(one for one in plan.items if one.kind == Kind.RECURRING.value)
        vague.confirm_time = led.confirm_owner = True
        answers = [Answer(vague.ref, phrase="每月5日前"), Answer(led.ref, owner="韩国梁")]
        confirm_plan(session, plan, answers, calendar=calendar, actor="SYSTEM", at=at)
    submit(office)

    changes = pages(office)["调整情况"]
    found = {(row[0], row[2]): (row[3], row[4]) for row in changes[2:-1]}
    assert found[starred.ref, "调整（重点）"] == ("★", "")
    before, after = found[vague.ref, "调整（理解）"]
    assert (before[-7:], after[-7:]) == ("（共 0 期）", "共 12 期）")
    assert "韩国梁" in found[led.ref, "调整（牵头单位、责任人）"][1]
    assert len(found) == 3
    assert changes[-1][0] == "另有 1 项不定期、不打招呼的工作有调整，不列入本表。"
    assert PLANTED not in str(changes)
    with reading(office.engine) as session:
        facts = session.scalars(select(Approval.facts).order_by(Approval.id.desc())).first()
    assert facts is not None
    assert facts["changed"] == 4


def test_the_same_plan_is_written_once(planned: Engine, tmp_path: Path) -> None:
    office = office_of(planned, tmp_path)
    submit(office)
    (before,) = attached(office)
    (tmp_path / before).write_bytes(b"as it was")
    annual_plan(plainly, office, year=2026)

    assert [file.relative_to(tmp_path).as_posix() for file in (tmp_path / "plans").rglob("*.xlsx")] == [
        before
    ]
    assert (tmp_path / before).read_bytes() == b"as it was"


def test_what_is_unclear_of_what_is_unannounced_is_asked_at_the_terminal_alone(
    planned: Engine, tmp_path: Path
) -> None:
    office = office_of(planned, tmp_path)
    with office.write() as session:
        plan = find_plan(session, 2026)
        (hidden,) = (item for item in plan.items if item.kind == Kind.UNSCHEDULED.value)
        hidden.title, hidden.confirm_owner = PLANTED, True

    asked = annual_plan(plainly, office, year=2026)

    (table,) = asked.tables
    assert table.rows
    assert PLANTED not in page_of(asked, "zh") + str(table.rows)
    (aside,) = asked.aside
    assert PLANTED in aside
