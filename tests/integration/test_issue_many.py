"""Documents of very many branches: what is too much to be named or listed is counted, nothing is lost."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from docx import Document
from openpyxl import load_workbook
from sqlalchemy import insert, select

from models import periods
from models.database import reading, unit_of_work
from models.tables import Item, PlanItem, Responsible, SlipNumber, Unit, WorkItem
from tasks.issue.calendar import calendar_drafts
from tasks.issue.checklist_matrix import matrix_drafts
from tasks.issue.matrix_facts import MOST_COLUMNS
from tasks.issue.office import MOST_NAMED
from tasks.issue.publish import Issued
from tasks.issue.slip import slip_drafts
from tasks.issue.slip_facts import Slip, collect_slips
from tasks.issue.slip_numbers import allot_numbers
from tests.integration.documents_bureau import Bureau, instant

pytest_plugins = ["tests.integration.documents_bureau"]
MARCH, Q1 = periods.month(2026, 3), periods.quarter(2026, 1)
AT, TODAY = instant(date(2026, 2, 26)), date(2026, 3, 25)
#: Ids from here on are those of the many branches.
FROM = 100


def found(bureau: Bureau, *sizes: int) -> list[int]:
    """Found districts with so many branches; gives the branches' ids."""
    ids: list[int] = []
    with unit_of_work(bureau.engine) as session:
        for number in range(1, len(sizes) + 1):
            bureau.unit(session, f"{number}区党委", "机关党委", parent="示例市审计局")
        for number, size in enumerate(sizes, start=1):
            district = {"kind": "党支部", "parent_id": bureau.units[f"{number}区党委"].id}
            own = range(FROM + len(ids), FROM + len(ids) + size)
            names = [{"id": n, "code": f"Z{n}", "name": f"{number}区第{n}支部", "position": n} for n in own]
            session.execute(insert(Unit), [district | name for name in names])
            ids += own
    return ids


def owe(
    bureau: Bureau, ref: str, units: list[int], *, support: bool = False, state: str = "assigned"
) -> None:
    """Every unit owes one thing in March, and perhaps supports all others in it."""
    with unit_of_work(bureau.engine) as session:
        item = bureau.items.get(ref) or bureau.item(session, ref, f"第{ref}项工作")
        works = [
            {"item_id": item.id, "unit_id": unit, "period": MARCH.key, "state": state, "done": 0}
            | {"start_on": MARCH.start, "due_on": date(2026, 3, 20)}
            | {"closed_on": date(2026, 3, 10) if state == "closed" else None}
            for unit in units
        ]
        session.execute(insert(WorkItem), works)
        if support:
            helpers = [
                {"plan_item_id": item.plan_item_id, "position": n, "unit_id": unit, "role": "supporting"}
                for n, unit in enumerate(units)
            ]
            session.execute(insert(Responsible), helpers)


def slips(bureau: Bureau, branches: list[int]) -> dict[int, Slip]:
    with unit_of_work(bureau.engine) as session:
        allot_numbers(session, MARCH)
        collected = collect_slips(session, bureau.settings, MARCH, branches, at=AT)
    return {slip.branch.id: slip for slip in collected}


def supports(slip: Slip) -> list[str]:
    return [slip.month.office.unit_words(row.crowd) for row in slip.supports]


def texts(bureau: Bureau, issued: Issued, role: str) -> str:
    path = next(file["path"] for file in issued.files if file["role"] == role)
    document = Document(str(bureau.settings.home / path))
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    return "\n".join([paragraph.text for paragraph in document.paragraphs] + cells)


def sheets(bureau: Bureau, issued: Issued) -> list[list[tuple[object, ...]]]:
    path = next(file["path"] for file in issued.files if file["role"] == "xlsx")
    book = load_workbook(bureau.settings.home / path)
    return [[tuple(row) for row in sheet.iter_rows(min_row=2, values_only=True)] for sheet in book.worksheets]


def calendar(bureau: Bureau, listed: int) -> Issued:
    return bureau.issue(
        lambda session: calendar_drafts(
            session, bureau.settings, bureau.calendar, MARCH, at=AT, listed=listed
        ),
        at=AT,
    )[0]


def test_units_are_named_as_long_as_that_can_be_read_then_counted(bureau: Bureau) -> None:
    branches = found(bureau, MOST_NAMED + 20)
    owe(bureau, "1", branches[:MOST_NAMED])
    owe(bureau, "2", branches[: MOST_NAMED + 1])
    owe(bureau, "3", [*branches[:MOST_NAMED], bureau.units["办公室"].id])
    owe(bureau, "4", [*branches, *bureau.branches])

    (rows, _) = sheets(bureau, calendar(bureau, 10_000))

    units = {str(row[1]): (str(row[7]), row[8]) for row in rows[1:5]}
    assert units["1"][0].split("、") == [f"1区第{n}支部" for n in branches[:MOST_NAMED]]
    assert units["2"] == (f"共{MOST_NAMED + 1}个党支部", "各责任单位负责人")
    assert units["3"][0] == f"共{MOST_NAMED + 1}个单位"
    assert units["4"] == ("各党支部", "各支部书记")


def test_of_too_many_work_items_the_rows_alone_are_listed(bureau: Bureau) -> None:
    branches = found(bureau, 4)
    owe(bureau, "1", branches)
    owe(bureau, "2", [bureau.units["办公室"].id])

    few, many = calendar(bureau, 5), calendar(bureau, 4)
    with unit_of_work(bureau.engine) as session:
        session.get_one(Unit, branches[0]).name = "改名后的支部"
    changed = calendar(bureau, 4)

    assert many == replace(few, fresh=False)
    assert [file["role"] for file in changed.files] == ["docx", "xlsx", "member"]
    assert len(sheets(bureau, changed)) == 1
    assert "责任到单位5件" in texts(bureau, changed, "docx")


def test_columns_of_the_matrix_are_the_branches_or_the_units_above_so_many(bureau: Bureau) -> None:
    first, second = MOST_COLUMNS - 2, 3
    branches = found(bureau, first, second)
    owe(bureau, "1", branches[1:])
    owe(bureau, "1", branches[:1], state="closed")
    owe(bureau, "2", [bureau.units["第二党支部第一党小组"].id])

    (matrix,) = bureau.issue(
        lambda session: matrix_drafts(session, bureau.settings, Q1, today=TODAY, at=AT), at=AT
    )

    heads, *rows = sheets(bureau, matrix)[0]
    assert heads[2:] == ("机关党委", "1区党委", "2区党委")
    assert rows[0][1:] == (
        "第1项工作",
        None,
        f"1/{first}\n欠{first - 1}期".replace("\n欠", "\n欠") if MARCH.end < TODAY else f"1/{first}",
        f"0/{second}",
    )
    assert rows[1][1:] == ("第2项工作", "0/1", None, None)
    assert rows[2][1:] == ("合计", "0/1", f"1/{first}", f"0/{second}")
    assert sheets(bureau, matrix)[1][1:] == [
        ("1", "机关党委", "2", "1", "0", "0%"),
        ("2", "1区党委", f"{first}", f"{first}", "1", "2%"),
        ("3", "2区党委", f"{second}", f"{second}", "0", "0%"),
    ]
    assert f"涵盖{len(branches) + 2}个党支部" in texts(bureau, matrix, "docx")


def test_what_a_branch_leads_itself_is_not_among_what_it_supports(bureau: Bureau) -> None:
    branches = found(bureau, 3)
    owe(bureau, "1", branches, support=True)
    owe(bureau, "2", branches[:1])
    with unit_of_work(bureau.engine) as session:
        plan_item = session.scalars(select(PlanItem).where(PlanItem.ref == "2")).one()
        helpers = [branches[0], bureau.units["第二党支部第一党小组"].id]
        session.add_all(
            Responsible(plan_item_id=plan_item.id, position=n, unit_id=unit, role="supporting")
            for n, unit in enumerate(helpers)
        )

    made = slips(bureau, [*branches, *bureau.branches])

    assert supports(made[branches[0]]) == [f"1区第{branches[1]}支部、1区第{branches[2]}支部"]
    assert supports(made[branches[2]]) == [f"1区第{branches[0]}支部、1区第{branches[1]}支部"]
    # The group's branch owes nothing, but supports.
    second = bureau.units["第二党支部"].id
    assert supports(made[second]) == [f"1区第{branches[0]}支部"]
    assert set(made) == {*branches, second}


def test_who_supports_very_many_is_told_how_many(bureau: Bureau) -> None:
    branches = found(bureau, 2 * MOST_NAMED + 5)
    owe(bureau, "1", branches, support=True)

    made = slips(bureau, [branches[0], branches[-1]])

    others = f"共{len(branches) - 1}个党支部"
    assert [supports(slip) for slip in made.values()] == [[others], [others]]
    keys = [row.first.unit_id for slip in made.values() for row in slip.supports]
    assert keys == [branches[1], branches[0]]


def test_branches_get_numbers_for_what_they_or_their_groups_owe_or_support_and_for_nothing_else(
    bureau: Bureau,
) -> None:
    idle, leading, helping = found(bureau, 3)
    group = bureau.units["第二党支部第一党小组"].id
    owe(bureau, "1", [leading, group])
    owe(bureau, "2", [bureau.units["办公室"].id])
    with unit_of_work(bureau.engine) as session:
        hidden = bureau.item(session, "9", "暗访", hidden=True)
        session.execute(insert(WorkItem), _secret(hidden, idle))
        plan_item = session.scalars(select(PlanItem).where(PlanItem.ref == "2")).one()
        session.add(Responsible(plan_item_id=plan_item.id, position=1, unit_id=helping, role="supporting"))
        allot_numbers(session, MARCH)
        allot_numbers(session, MARCH)

    with reading(bureau.engine) as session:
        numbers = select(SlipNumber.number, SlipNumber.unit_id).order_by(SlipNumber.number)
        assert list(session.execute(numbers).tuples()) == [
            (1, bureau.units["第二党支部"].id),
            (2, leading),
            (3, helping),
        ]
        drafts = slip_drafts(session, bureau.settings, MARCH, [idle, helping, leading], at=AT)
    assert [(draft.unit_id, draft.body["number"]) for draft in drafts] == [(leading, 2), (helping, 3)]


def _secret(item: Item, unit: int) -> list[dict[str, object]]:
    dates = {"start_on": MARCH.start, "due_on": date(2026, 3, 20)}
    about = {"item_id": item.id, "unit_id": unit, "period": MARCH.key, "state": "assigned", "done": 0}
    return [about | dates]
