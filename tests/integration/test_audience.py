"""Who is told what: a small bureau, its events and the notices that follow."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event
from sqlalchemy.orm import Session

from models.database import unit_of_work
from models.journal import SYSTEM, Fact
from models.settings import Settings
from models.tables import Cursor, Figure, Item, Publication, Unit
from notifications.audience import tell
from notifications.letters import render
from notifications.telling import Skipped, Told
from tests.integration.told_bureau import (
    AT,
    AUDIT,
    COORDINATOR,
    DEPUTY,
    FIRST,
    GONE,
    JIANG,
    LOST,
    LU,
    SECOND,
    SECRETARY,
    TODAY,
    XIN,
    YUE,
    digested,
    entries,
    every,
    happened,
    letters,
    notices,
    reached,
    store,
    supervised,
    told,
    work,
)

pytest_plugins = ["tests.integration.told_bureau"]


def titles(rows: Sequence[dict[str, Any]]) -> list[str]:
    return [row["title"] for row in rows]


def assigned() -> Fact:
    payload = {"year": 2026, "work_items": 9, "since": AT.isoformat()}
    return Fact("work.assigned", "plan", 1, SYSTEM, payload)


def test_an_owner_gets_one_letter_for_all_work(bureau: Engine) -> None:
    for number in range(1, 51):
        store(bureau, *work(number, LU, date(2026, 3, 1) + timedelta(days=number)))
    store(bureau, *work(51, JIANG, None, unit=SECOND))
    store(bureau, *work(52, JIANG, date(2026, 4, 30), assigned_at=AT - timedelta(days=30)))

    happened(bureau, assigned())
    done = told(bureau)

    assert done == Told(notices=2)
    lu, jiang = sorted(notices(bureau), key=lambda one: one.person_id)
    assert (lu.letter, lu.dedupe, lu.thread) == ("assigned", f"assigned:1:1:{LU}", "plan-2026")
    assert (lu.facts["items"], lu.facts["more"]) == (50, 10)
    assert [(month["month"], len(month["rows"])) for month in lu.facts["months"]] == [
        ("2026-03", 30),
        ("2026-04", 10),
    ]
    assert titles(jiang.facts["months"][0]["rows"]) == ["事项51"]
    assert "其余10项未列出" in render("assigned", "zh", lu.facts).text


def test_telling_again_gives_nothing(bureau: Engine) -> None:
    store(bureau, *work(1, LU, TODAY))
    happened(bureau, assigned())

    first, second = told(bureau), told(bureau)

    assert (first, second) == (Told(1), Told(0))
    with unit_of_work(bureau) as session:
        assert session.get_one(Cursor, "notices").event_id == 1
        session.get_one(Cursor, "notices").event_id = None
    assert told(bureau) == Told(0)


def test_a_failed_telling_leaves_nothing(bureau: Engine) -> None:
    store(bureau, *work(1, LU, TODAY))
    happened(bureau, assigned())

    with Session(bureau) as session:
        tell(session, Settings(home=Path("/nowhere")), at=AT, today=TODAY)
        session.rollback()

    assert notices(bureau) == []
    assert told(bureau) == Told(1)


def test_a_substitute_reads_for_the_absent_owner(bureau: Engine) -> None:
    store(bureau, *work(1, XIN, TODAY), *work(2, YUE, TODAY))
    happened(bureau, assigned())

    told(bureau)

    [notice] = notices(bureau)
    assert (notice.person_id, notice.facts["on_behalf"]) == (YUE, ["杜若琳"])
    rows = notice.facts["months"][0]["rows"]
    assert [(row["title"], row["for_whom"]) for row in rows] == [("事项1", "杜若琳"), ("事项2", "")]
    assert "（陶欣悦代杜若琳）" in render("assigned", "zh", notice.facts).text


def test_an_owner_who_is_back_reads_himself(bureau: Engine) -> None:
    store(bureau, *work(1, XIN, date(2026, 6, 30)))
    happened(bureau, assigned())

    told(bureau, today=date(2026, 6, 19))

    assert letters(bureau) == [("assigned", XIN)]


def test_who_cannot_be_reached_is_named(bureau: Engine) -> None:
    store(bureau, *work(1, GONE, TODAY), *work(2, LOST, TODAY))
    happened(bureau, assigned())

    done = told(bureau)

    assert done.notices == 0
    assert done.skipped == (
        Skipped("去职人", "assigned", "inactive"),
        Skipped("无邮箱", "assigned", "address"),
    )


def test_hidden_work_is_for_owner_and_coordinator_only(bureau: Engine, tmp_path: Path) -> None:
    due = date(2026, 3, 10)
    store(bureau, *work(1, XIN, due, unit=AUDIT, hidden=True), reached(1, "urge-1", due))
    store(bureau, reached(1, "head", due, track="head"), reached(1, "leader", due, track="leader"))
    happened(
        bureau,
        assigned(),
        supervised(TODAY),
        Fact("month.closed", "month", None, SYSTEM, {"period": "2026-03"}),
    )

    told(bureau, today=date(2026, 4, 1))
    digested(bureau, tmp_path, today=date(2026, 4, 1))

    seen = {one.person_id for one in every(bureau) if "事项1" in json.dumps(one.facts, ensure_ascii=False)}
    assert seen == {XIN, COORDINATOR}


def test_owners_hear_of_others_decisions_only(bureau: Engine) -> None:
    store(bureau, *work(1, LU, TODAY, state="closed"), *work(2, LU, TODAY, state="closed"))
    store(bureau, *work(3, LU, TODAY, state="returned"))
    coordinator, owner = f"p{COORDINATOR}@example.gov.cn", f"p{LU}@example.gov.cn"
    happened(
        bureau,
        Fact("work_item.closed", "work_item", 1, coordinator),
        Fact("work_item.closed", "work_item", 2, owner),
        Fact("work_item.returned", "work_item", 2, coordinator, {"words": "作废"}),
        Fact("work_item.returned", "work_item", 3, coordinator, {"words": "请补签到表"}),
    )

    told(bureau)

    returned, closed = sorted(entries(bureau), key=lambda one: one.letter, reverse=True)
    assert (closed.letter, titles(closed.facts["rows"])) == ("closed", ["事项1"])
    assert (returned.letter, titles(returned.facts["rows"])) == ("returned", ["事项3"])
    assert returned.facts["rows"][0]["words"] == "请补签到表"
    assert returned.facts["rows"][0]["by"] == "林晓东"


def test_occasional_work_is_assigned_when_it_is_opened(bureau: Engine) -> None:
    store(bureau, *work(1, LU, TODAY), *work(2, LU, TODAY, unit=SECOND), *work(3, None, TODAY))
    payload = {"words": "市委会议精神传达"}
    happened(bureau, *(Fact("work_item.opened", "work_item", n, SYSTEM, payload) for n in (1, 2, 3)))

    told(bureau)

    [entry] = entries(bureau)
    assert (entry.letter, entry.person_id, titles(entry.facts["rows"])) == ("opened", LU, ["事项1", "事项2"])
    assert {row["words"] for row in entry.facts["rows"]} == {"市委会议精神传达"}


def publication(number: int, kind: str, period: str, *, unit: int = 0, version: int = 1) -> Publication:
    roles = {"calendar": ("docx", "xlsx", "member", "ics"), "checklist": ("docx", "xlsx")}.get(
        kind, ("docx",)
    )
    return Publication(
        id=number,
        kind=kind,
        period=period,
        unit_id=unit,
        version=version,
        title=f"{period}{kind}",
        state="issued",
        files=[{"role": role, "path": f"documents/{kind}.{role}", "sha256": ""} for role in roles],
        content="",
        body={},
        changes=["改期"] if version > 1 else [],
        created_at=AT,
    )


def issued(number: int, kind: str) -> Fact:
    return Fact("publication.issued", "publication", number, SYSTEM, {"kind": kind})


def test_a_calendar_reaches_the_owners_of_the_month(bureau: Engine) -> None:
    store(bureau, *work(1, LU, date(2026, 3, 31)), *work(2, JIANG, date(2026, 4, 1), unit=SECOND))
    store(bureau, publication(1, "calendar", "2026-03"))
    happened(bureau, issued(1, "calendar"))

    told(bureau)

    assert letters(bureau) == [("calendar", COORDINATOR), ("calendar", LU)]
    coordinator, owner = sorted(notices(bureau), key=lambda one: one.person_id)
    assert owner.attachments == ["documents/calendar.member", "documents/calendar.ics"]
    assert (owner.facts["own"], titles(owner.facts["rows"])) == (True, ["事项1"])
    assert (coordinator.facts["own"], coordinator.facts["total"]) == (False, 1)


def test_a_slip_reaches_the_head_of_its_branch(bureau: Engine) -> None:
    store(bureau, *work(1, XIN, date(2026, 3, 31)), *work(2, XIN, date(2026, 2, 27)))
    store(
        bureau, *work(3, XIN, date(2026, 3, 31), unit=SECOND), *work(4, XIN, date(2026, 3, 31), hidden=True)
    )
    store(
        bureau, publication(1, "slip", "2026-03", unit=FIRST), publication(2, "slip", "2026-03", unit=SECOND)
    )
    happened(bureau, issued(1, "slip"), issued(2, "slip"))

    told(bureau)

    assert letters(bureau) == [("slip", LU), ("slip", JIANG)]
    first = notices(bureau)[0]
    assert (titles(first.facts["rows"]), first.facts["late"]) == (["事项2", "事项1"], 1)
    assert (first.attachments, first.facts["answer_by"]) == (["documents/slip.docx"], "2026-03-27")
    assert {row["for_whom"] for row in first.facts["rows"]} == {""}


def test_bulletin_and_report_reach_their_readers(bureau: Engine) -> None:
    store(bureau, publication(1, "bulletin", "2026-H1"), publication(2, "report", "2026-H1"))
    store(bureau, publication(3, "checklist", "2026-Q1", unit=SECOND), publication(4, "checklist", "2026-Q1"))
    store(
        bureau,
        Figure(
            publication_id=2, key="x", label="集中学习", value=6, unit="次", rule="", work_items=[], events=[]
        ),
    )
    happened(
        bureau, issued(1, "bulletin"), issued(2, "report"), issued(3, "checklist"), issued(4, "checklist")
    )

    told(bureau)

    assert letters(bureau) == [
        ("bulletin", SECRETARY),
        ("bulletin", DEPUTY),
        ("bulletin", COORDINATOR),
        ("bulletin", LU),
        ("bulletin", JIANG),
        ("checklist", COORDINATOR),
        ("checklist", JIANG),
        ("report", SECRETARY),
        ("report", COORDINATOR),
    ]
    report = next(one for one in notices(bureau) if one.letter == "report")
    assert report.facts["figures"] == [{"label": "集中学习", "value": 6.0, "unit": "次"}]


def test_a_letter_without_a_reader_is_named(bureau: Engine) -> None:
    with unit_of_work(bureau) as session:
        session.get_one(Unit, SECOND).head_id = None
    store(bureau, publication(1, "slip", "2026-03", unit=SECOND))
    happened(bureau, issued(1, "slip"))

    assert told(bureau) == Told(0, (Skipped("2026-03slip", "slip", "nobody"),))


def test_progress_counts_the_month_against_the_one_before(bureau: Engine) -> None:
    march, february = date(2026, 3, 13), date(2026, 2, 13)
    closed: dict[str, Any] = {"state": "closed", "closed_at": AT}
    store(bureau, *work(1, LU, march, closed_on=march, **closed))
    store(bureau, *work(2, LU, march, closed_on=date(2026, 3, 31), **closed))
    store(bureau, *work(3, LU, march, closed_on=date(2026, 4, 1), **closed))
    store(bureau, *work(4, JIANG, march, unit=SECOND), *work(5, JIANG, march, unit=SECOND, state="cancelled"))
    store(bureau, *work(6, LU, february, closed_on=february, **closed), *work(7, LU, february))
    # A part is counted in its whole, what the plan withdrew no more.
    store(bureau, *work(8, LU, march, parent_id=4), *work(9, LU, march))
    with unit_of_work(bureau) as session:
        session.get_one(Item, 9).withdrawn_at = AT
    happened(bureau, Fact("month.closed", "month", None, SYSTEM, {"period": "2026-03"}))

    told(bureau, today=date(2026, 4, 1))

    assert letters(bureau) == [("progress", SECRETARY), ("progress", DEPUTY), ("progress", COORDINATOR)]
    facts = entries(bureau)[0].facts
    assert facts["total"] == {"due": 4, "on_time": 1, "late": 1, "open": 2, "rate": 50}
    assert facts["before"] == {"due": 2, "on_time": 1, "late": 0, "open": 1, "rate": 50}
    assert [(unit["name"], unit["now"]["due"], unit["now"]["open"]) for unit in facts["units"]] == [
        ("第一党支部", 3, 1),
        ("第二党支部", 1, 1),
    ]
    assert facts["overdue"]["count"] == 2


def test_the_coordinator_may_be_named_in_the_settings(bureau: Engine) -> None:
    store(bureau, *work(1, JIANG, TODAY))
    happened(bureau, assigned())

    told(bureau, coordinator="吕国平", bureau="某局")

    facts = notices(bureau)[0].facts
    assert facts["coordinator"] == {"name": "吕国平", "email": f"p{LU}@example.gov.cn"}
    assert facts["bureau"] == "某局"


def test_telling_asks_no_more_for_many_than_for_few(bureau: Engine) -> None:
    asked: list[str] = []
    event.listen(bureau, "before_cursor_execute", lambda *args: asked.append(args[2]))
    store(bureau, *work(1, LU, TODAY))
    happened(bureau, assigned())
    asked.clear()
    told(bureau)
    few = len(asked)

    for number in range(2, 60):
        due = date(2026, 3, 24 + number % 5)
        owner = 1 + number % YUE
        store(bureau, *work(number, owner, due, assigned_at=AT))
    happened(bureau, assigned())
    asked.clear()
    told(bureau)

    assert len(asked) <= few
    assert len(notices(bureau)) > 6
