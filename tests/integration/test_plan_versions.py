"""Versions of a plan: the same file changes nothing, an edited one makes the next with its difference."""

from __future__ import annotations

import json
import threading
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from openpyxl import load_workbook
from sqlalchemy import Engine, func, select

from models.database import reading, unit_of_work
from models.errors import DubanError, InputError, NotFoundError, RefusedError
from models.proposal import Proposal, ProposedItem
from models.settings import Settings
from models.tables import Event, Person, Plan, PlanItem, Unit
from models.workdays import load_calendar
from tasks.check_sheet import read_check_sheet, write_check_sheet
from tasks.compare_plans import compare
from tasks.confirm_plan import Answer, confirm_plan, questions, warnings
from tasks.plan_steps import activate_plan, submit_plan
from tasks.read_plan.phrases import read_phrase
from tasks.store_plan import Stored, find_plan, store_plan
from tests.deciding import approve_all, coordinator_of, reject, staff_on

NOON = datetime(2026, 1, 6, 4, tzinfo=UTC)
CALENDAR = load_calendar([2026])


def store(engine: Engine, proposal: Proposal, settings: Settings, *, source: str = "") -> Stored:
    with unit_of_work(engine) as session:
        return store_plan(
            session,
            proposal,
            settings=settings,
            calendar=CALENDAR,
            actor="SYSTEM",
            at=NOON,
            source_document=source,
        )


def confirm(engine: Engine, *answers: Answer) -> list[PlanItem]:
    with unit_of_work(engine) as session:
        plan = find_plan(session, 2026)
        return confirm_plan(session, plan, answers, calendar=CALENDAR, actor="SYSTEM", at=NOON)


def submit(engine: Engine) -> int:
    with unit_of_work(engine) as session:
        plan = find_plan(session, 2026)
        by = coordinator_of(session)
        return submit_plan(session, plan, staff_on(session, NOON), title="计划", by=by)


def approve(engine: Engine, number: int) -> None:
    with unit_of_work(engine) as session:
        approve_all(session, number, NOON)


def send_back(engine: Engine, number: int, opinion: str) -> None:
    with unit_of_work(engine) as session:
        reject(session, number, NOON, opinion)


def activate(engine: Engine) -> bool:
    with unit_of_work(engine) as session:
        return activate_plan(session, find_plan(session, 2026), actor="SYSTEM", at=NOON)


def open_refs(engine: Engine) -> list[str]:
    with reading(engine) as session:
        return [one.ref for one in questions(find_plan(session, 2026), "zh")]


def item(engine: Engine, ref: str) -> PlanItem:
    with reading(engine) as session:
        return next(one for one in find_plan(session, 2026).items if one.ref == ref)


def owner_names(engine: Engine, ref: str) -> list[tuple[str, str]]:
    with reading(engine) as session:
        found = next(one for one in find_plan(session, 2026).items if one.ref == ref).responsibles
        units = {one.id: one.name for one in session.scalars(select(Unit))}
        people = {one.id: one.name for one in session.scalars(select(Person))}
    return [(units[one.unit_id], people[one.owner_id or 0]) for one in found if one.role == "lead"]


def edited(proposal: Proposal, ref: str, *, phrase: str = "", **values: object) -> Proposal:
    def edit(one: ProposedItem) -> ProposedItem:
        if phrase:
            values["schedule"] = read_phrase(phrase, year=2026)
        return replace(one, **values)  # type: ignore[arg-type]  # by name

    return replace(proposal, items=tuple(edit(one) if one.ref == ref else one for one in proposal.items))


def without(proposal: Proposal, ref: str) -> Proposal:
    return replace(proposal, items=tuple(one for one in proposal.items if one.ref != ref))


def states(engine: Engine) -> list[tuple[int, str]]:
    with reading(engine) as session:
        return [(one.version, one.state) for one in session.scalars(select(Plan).order_by(Plan.version))]


def test_a_plan_is_kept_as_a_draft_with_its_questions(
    organised: Engine, proposal: Proposal, settings: Settings
) -> None:
    stored = store(organised, proposal, settings, source="工委〔2026〕3号")

    assert (stored.fresh, stored.plan.version, stored.plan.state) == (True, 1, "draft")
    assert (len(stored.plan.items), len(stored.difference.added)) == (72, 72)
    assert stored.plan.source_document == "工委〔2026〕3号"
    expected = ["6", "7", "17", "21", "30", "35", "41", "46", "49", "50", "51", "52", "57", "62", "70", "72"]
    assert open_refs(organised) == expected
    with reading(organised) as session:
        warned = warnings(find_plan(session, 2026), CALENDAR, "zh")
        told = session.scalars(select(Event).where(Event.verb == "plan.imported")).one()
    assert warned == ["2027 年放假和调休安排尚未公布，有关期限可能变动；公布后请更新 holidays.csv。"]
    assert json.loads(told.payload)["items"] == 72


def test_the_same_file_makes_no_new_version(planned: Engine, proposal: Proposal, settings: Settings) -> None:
    again = store(planned, replace(proposal, sha256="0" * 64, source="copy.xlsx"), settings)

    assert (again.fresh, again.plan.version) == (False, 1)
    with reading(planned) as session:
        assert session.scalar(select(func.count(Event.id)).where(Event.verb == "plan.imported")) == 1


def test_an_edited_file_makes_the_next_version_with_its_difference(
    planned: Engine, proposal: Proposal, settings: Settings
) -> None:
    added = replace(proposal.items[0], ref="73", no="73", title="组织一次消防演练")
    changed = without(edited(proposal, "5", phrase="5月底前", title="修订责任清单"), "71")

    stored = store(planned, replace(changed, items=(*changed.items, added)), settings)

    assert (stored.fresh, stored.plan.version) == (True, 2)
    assert stored.difference.refs() == {"added": ["73"], "changed": ["5"], "withdrawn": ["71"]}
    assert [(one.field, one.before, one.after) for one in stored.difference.changed] == [
        ("title", next(one.title for one in proposal.items if one.ref == "5"), "修订责任清单"),
        ("phrase", "4月底前", "5月底前"),
    ]
    assert states(planned) == [(1, "superseded"), (2, "draft")]
    with reading(planned) as session:
        before, after = find_plan(session, 2026, 1), find_plan(session, 2026)
        assert compare(before, after).refs() == stored.difference.refs()


def test_what_was_confirmed_is_kept_where_the_words_are_the_same(
    planned: Engine, proposal: Proposal, settings: Settings
) -> None:
    confirm(planned, Answer("6", phrase="每季度"), Answer("17", owner="许文慧"), Answer("57"), Answer("72"))

    store(planned, edited(proposal, "72", title="组织网络微公益"), settings)

    kept = item(planned, "6")
    assert (kept.kind, kept.phrase, len(kept.slots)) == ("recurring", "定期", 4)
    assert owner_names(planned, "17") == [("机关党委", "许文慧")]
    assert set(open_refs(planned)) & {"6", "17", "57", "72"} == {"72"}


def test_a_confirmation_may_keep_the_period_and_the_unit(planned: Engine) -> None:
    confirm(planned, Answer("72", phrase="11月底前"), Answer("72", phrase="年底前"))
    confirm(planned, Answer("1", owner="许文慧"), Answer("35", phrase="12月"))

    assert [(one.period, one.due_on) for one in item(planned, "35").slots] == [
        ("2026-12", date(2026, 12, 31))
    ]
    assert [one.due_on for one in item(planned, "72").slots] == [date(2026, 12, 31)]
    assert owner_names(planned, "1") == [("机关党委", "许文慧")]
    assert item(planned, "1").confirm_owner is False


def test_an_answer_that_says_nothing_settles_nothing(planned: Engine) -> None:
    wrong = (
        (Answer("6", phrase="等一等"), InputError, "confirm_phrase"),
        (Answer("17", owner="赵六"), InputError, "confirm_owner"),
        (Answer("17", lead="不存在的科"), InputError, "confirm_owner"),
        (Answer("99"), NotFoundError, "plan_item_unknown"),
    )

    for answer, refusal, code in wrong:
        with pytest.raises(refusal) as refused:
            confirm(planned, Answer("35"), answer)
        assert refused.value.code == code

    assert {"6", "17", "35"} <= set(open_refs(planned))


def test_the_check_sheet_carries_the_answers_back(planned: Engine, tmp_path: Path) -> None:
    file = tmp_path / "check.xlsx"
    with reading(planned) as session:
        plan = find_plan(session, 2026)
        write_check_sheet(file, plan.title, questions(plan, "zh"), "zh")

    book = load_workbook(file)
    sheet = book.worksheets[0]
    rows = {str(row[0].value): row for row in sheet.iter_rows(min_row=3)}
    rows["6"][4].value = "每季度"
    rows["17"][6].value = "许文慧"
    rows["49"][5].value = "机关党委"
    rows["72"][4].value = datetime(2026, 11, 30)  # noqa: DTZ001  # as Excel keeps a date
    book.save(file)
    settled = confirm(planned, *read_check_sheet(file))

    assert len(settled) == 16
    assert open_refs(planned) == []
    assert item(planned, "6").reading.startswith("理解为")
    assert owner_names(planned, "49")[0][0] == "机关党委"
    assert [one.due_on for one in item(planned, "72").slots] == [date(2026, 11, 30)]


def test_another_sheet_is_no_check_sheet(tmp_path: Path) -> None:
    broken = tmp_path / "broken.xlsx"
    broken.write_bytes(b"PK nothing")
    other = Path(__file__).parents[1] / "data" / "org_2026.xlsx"

    for file, code in (
        (broken, "confirm_sheet"),
        (other, "confirm_sheet"),
        (tmp_path / "missing.xlsx", "read_missing"),
    ):
        with pytest.raises(InputError) as refused:
            read_check_sheet(file)
        assert refused.value.code == code
        assert file.name in refused.value.sentence("zh")


def test_open_questions_keep_a_plan_from_its_approver(planned: Engine) -> None:
    with pytest.raises(RefusedError) as refused:
        submit(planned)

    assert refused.value.code == "plan_open_questions"
    assert "46" in refused.value.sentence("zh")
    assert states(planned) == [(1, "draft")]


def test_a_new_version_takes_the_waiting_approval_back(
    planned: Engine, proposal: Proposal, settings: Settings
) -> None:
    confirm(planned, *(Answer(ref) for ref in open_refs(planned)))
    asked = submit(planned)

    store(planned, edited(proposal, "5", phrase="5月底前"), settings)

    with pytest.raises(RefusedError) as refused:
        send_back(planned, asked, "太晚了")
    assert refused.value.code == "approval_finished"
    assert states(planned) == [(1, "superseded"), (2, "draft")]
    assert submit(planned) != asked


def test_a_returned_plan_may_be_confirmed_and_submitted_again(planned: Engine) -> None:
    confirm(planned, *(Answer(ref) for ref in open_refs(planned)))
    first = submit(planned)
    assert submit(planned) == first

    send_back(planned, first, "请把第5项提前")
    confirm(planned, Answer("5", phrase="3月底前"))
    second = submit(planned)
    assert second == first
    approve(planned, second)

    assert (activate(planned), activate(planned)) == (True, False)
    assert states(planned) == [(1, "active")]


def test_a_plan_that_is_not_approved_is_not_put_in_force(planned: Engine) -> None:
    with pytest.raises(RefusedError) as refused:
        activate(planned)

    assert refused.value.sentence("zh") == "2026 年计划第 1 版尚未批准（当前状态：草稿），不能下达。"


def test_a_submitted_plan_is_not_confirmed_any_more(planned: Engine) -> None:
    confirm(planned, *(Answer(ref) for ref in open_refs(planned)))
    submit(planned)

    with pytest.raises(RefusedError) as refused:
        confirm(planned, Answer("5", phrase="3月底前"))

    assert refused.value.code == "plan_not_draft"


def test_a_new_version_of_a_plan_in_force_needs_approval_again(
    in_force: Engine, proposal: Proposal, settings: Settings
) -> None:
    store(in_force, edited(proposal, "5", phrase="5月底前"), settings)

    assert states(in_force) == [(1, "active"), (2, "draft")]
    assert open_refs(in_force) == []
    approve(in_force, submit(in_force))
    activate(in_force)
    assert states(in_force) == [(1, "superseded"), (2, "active")]


def test_rules_switched_on_are_added_but_never_doubled(
    organised: Engine, proposal: Proposal, settings: Settings
) -> None:
    rules = ("theme-day", "member-meeting", "dues", "secretary-review", "group-meeting@临时党支部")

    stored = store(organised, proposal, replace(settings, rules=rules))

    added = [one for one in stored.plan.items if one.origin == "rule"]
    assert [one.ref for one in added] == ["R-dues", "R-secretary-review"]
    assert len(added[0].slots) == 12
    assert len(owner_names(organised, "R-dues")) == 8
    assert not store(organised, proposal, replace(settings, rules=rules)).fresh


def test_a_rule_that_does_not_exist_is_named(
    organised: Engine, proposal: Proposal, settings: Settings
) -> None:
    for rule in ("theme-party", "dues@学习小组"):
        with pytest.raises(InputError) as refused:
            store(organised, proposal, replace(settings, rules=(rule,)))
        assert refused.value.facts["rule"] == rule


def test_a_plan_needs_items_and_an_organisation(
    database: Engine, proposal: Proposal, settings: Settings
) -> None:
    with pytest.raises(InputError) as empty:
        store(database, replace(proposal, items=()), settings)
    with pytest.raises(InputError) as alone:
        store(database, proposal, settings)

    assert (empty.value.code, alone.value.code) == ("plan_empty", "organisation_missing")


def test_two_who_import_at_once_make_one_version_each(
    organised: Engine, proposal: Proposal, settings: Settings
) -> None:
    ready = threading.Barrier(2)
    versions: list[int] = []
    failures: list[BaseException] = []

    def import_(changed: Proposal) -> None:
        try:
            ready.wait()
            versions.append(store(organised, changed, settings).plan.version)
        except BaseException as error:  # noqa: BLE001  # handed to the test, which fails on it
            failures.append(error)

    threads = [
        threading.Thread(target=import_, args=(edited(proposal, "5", title=title),)) for title in ("甲", "乙")
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert failures == []
    assert sorted(versions) == [1, 2]


def test_a_year_or_version_without_a_plan_is_named(planned: Engine) -> None:
    for year, version, code in ((2025, None, "plan_unknown"), (2026, 7, "plan_version_unknown")):
        with reading(planned) as session, pytest.raises(DubanError) as refused:
            find_plan(session, year, version)
        assert refused.value.code == code
