"""The cockpit's pages of work, people and mail: counted by hand, on both databases."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from models.database import unit_of_work
from models.journal import SYSTEM, Fact
from models.pages import Page, Ref, To
from models.settings import Settings
from models.tables import (
    AddressTrouble,
    Approval,
    ApprovalDefinition,
    ApprovalSeat,
    ApprovalStep,
    Bounce,
    Entry,
    Gate,
    LightChange,
    Notice,
    Plan,
    PlanItem,
    Unit,
    WorkItem,
)
from notifications.mail_page import mail_page
from tasks.cockpit.calendar import calendar
from tasks.cockpit.index import index
from tasks.cockpit.lights import lights
from tasks.cockpit.view import View
from tasks.cockpit.waiting import waiting
from tests.integration.looking import lines, looking, note, table
from tests.integration.told_bureau import (
    AT,
    AUDIT,
    COORDINATOR,
    DEPUTY,
    FIRST,
    JIANG,
    LU,
    SECOND,
    SECRETARY,
    TODAY,
    XIN,
    happened,
    store,
    supervised,
    work,
)

pytest_plugins = ["tests.integration.told_bureau"]

LIGHTS = ("red", "orange", "yellow", "waiting", "blue", "green", "grey")


def turned(number: int, on: date, was: str, light: str) -> LightChange:
    """A change of light that belongs to the first event."""
    return LightChange(
        event_id=1,
        work_item_id=number,
        on=on,
        was=was,
        light=light,
        rule="late",
        due_on=on,
        days_late=1,
        done=0.0,
        days_silent=0,
    )


def lit(
    bureau: Engine,
    number: int,
    light: str,
    unit: int = FIRST,
    *,
    due: date = date(2026, 3, 31),
    **more: Any,  # noqa: ANN401  # any column
) -> None:
    store(bureau, *work(number, LU, due, unit=unit, light=light, **more))


def seen_lights(bureau: Engine, day: date = TODAY) -> Page:
    with looking(bureau, day) as view:
        return lights(view)


def test_units_stand_worst_first_and_below_their_sum(bureau: Engine) -> None:
    happened(bureau, supervised(TODAY))
    for number, (light, unit) in enumerate(
        [("green", FIRST), ("yellow", FIRST), ("orange", SECOND), ("red", AUDIT), ("grey", AUDIT)], start=1
    ):
        lit(bureau, number, light, unit)

    rows = table(seen_lights(bureau), "units")

    assert [(row["unit"], row["kind"], row["open"]) for row in rows] == [
        ("全部单位", "", 5),
        ("财政审计科", "科室", 2),
        ("第二党支部", "党支部", 1),
        ("第一党支部", "党支部", 2),
    ]
    assert [rows[0][light] for light in LIGHTS] == [1, 1, 1, 0, 0, 1, 1]
    assert [rows[1][light] for light in LIGHTS] == [1, 0, 0, 0, 0, 0, 1]


def test_only_open_work_that_is_announced_and_whole_is_counted(bureau: Engine) -> None:
    happened(bureau, supervised(TODAY))
    lit(bureau, 1, "red")
    lit(bureau, 2, "red", hidden=True)
    lit(bureau, 3, "red", parent_id=1)
    lit(bureau, 4, "yellow", state="closed", closed_on=TODAY, closed_at=AT)
    lit(bureau, 5, "grey", state="cancelled")

    page = seen_lights(bureau)

    assert table(page, "units")[0]["open"] == 1
    assert [row["work"] for row in table(page, "worst")] == [1]


def test_the_trend_is_against_the_lights_of_a_week_ago(bureau: Engine) -> None:
    happened(bureau, supervised(TODAY))
    week_ago = TODAY - timedelta(days=7)
    lit(bureau, 1, "red")
    store(bureau, turned(1, week_ago + timedelta(days=1), "green", "orange"))
    store(bureau, turned(1, TODAY, "orange", "red"))
    lit(bureau, 2, "orange")
    store(bureau, turned(2, week_ago, "green", "orange"))
    lit(bureau, 3, "yellow", SECOND, state="closed", closed_on=TODAY, closed_at=AT)
    store(bureau, turned(3, TODAY, "red", "yellow"))
    lit(bureau, 4, "green", SECOND)

    page = seen_lights(bureau)

    changes = {row["unit"]: row["change"] for row in table(page, "units")}
    assert changes == {"全部单位": 0, "第一党支部": 1, "第二党支部": -1}
    assert "红灯和橙灯与一周前持平。" in page.summary
    assert "最需要关注的是第一党支部（红 1、橙 1）。" in page.summary
    assert lines(page)[1] == "当日变化：新亮红灯或橙灯 0 项，由红灯或橙灯好转 1 项。"


def test_the_worst_items_come_with_owner_and_days_late(bureau: Engine) -> None:
    happened(bureau, supervised(TODAY))
    for number, (light, due) in enumerate(
        [("orange", 1), ("red", 20), ("red", 10), ("orange", 20), ("orange", 18), ("orange", 19)], start=1
    ):
        lit(bureau, number, light, due=date(2026, 3, due))

    rows = table(seen_lights(bureau), "worst")

    assert [(row["work"], row["light"], row["days_late"]) for row in rows] == [
        (3, "红", 14),
        (2, "红", 4),
        (1, "橙", 23),
        (5, "橙", 6),
        (6, "橙", 5),
    ]
    assert {row["owner"] for row in rows} == {"吕国平"}


def test_whoever_reads_learns_of_which_day_the_lights_are(bureau: Engine) -> None:
    lit(bureau, 1, "green")
    assert lines(seen_lights(bureau))[0] == "还没有办过每日督办，亮灯都是初始状态。"

    happened(bureau, supervised(TODAY))

    assert lines(seen_lights(bureau))[0] == "亮灯以 3月24日的每日督办为准。"
    tomorrow = seen_lights(bureau, TODAY + timedelta(days=1))
    assert lines(tomorrow)[0] == "今天还没有办每日督办，以下是 3月24日的亮灯。"


def test_of_many_units_the_worst_are_shown_and_the_rest_counted(bureau: Engine) -> None:
    happened(bureau, supervised(TODAY))
    with unit_of_work(bureau) as session:
        session.add_all(Unit(id=n, code=f"U{n}", name=f"支部{n}", kind="党支部") for n in range(101, 141))
    for number in range(101, 141):
        lit(bureau, number, "red" if number == 140 else "green", number)

    page = seen_lights(bureau)

    rows = table(page, "units")
    assert (rows[0]["open"], rows[1]["unit"], len(rows)) == (40, "支部140", 31)
    assert note(page, "units").startswith("另有 10 个单位未列出。")


def test_the_calendar_counts_each_day_by_what_became_of_its_work(bureau: Engine) -> None:
    store(bureau, *work(1, LU, date(2026, 3, 20)))
    store(bureau, *work(2, LU, date(2026, 3, 20), state="closed", closed_on=TODAY, closed_at=AT))
    store(bureau, *work(3, JIANG, TODAY, unit=SECOND))
    store(bureau, *work(4, JIANG, date(2026, 3, 31)), *work(5, LU, date(2026, 3, 31)))
    store(bureau, *work(6, LU, date(2026, 2, 27)))
    store(bureau, *work(7, LU, TODAY, hidden=True), *work(8, LU, TODAY, state="cancelled"))

    with looking(bureau, TODAY) as view:
        page = calendar(view)

    assert page.summary == "本月到期 5 项，已办 1 项，逾期未办 1 项。今天到期 1 项，已办 0 项。"
    assert [
        (row["day"], row["title"], row["unit"], row["due_count"], row["done_count"], row["late_count"])
        for row in table(page, "due")
    ] == [
        ("2026-03-20", "事项1", "第一党支部", 1, 0, 1),
        ("2026-03-20", "事项2", "第一党支部", 1, "✓", 0),
        ("2026-03-24", "事项3", "第二党支部", 1, 0, 0),
        ("2026-03-31", "事项4", "第一党支部", 1, 0, 0),
        ("2026-03-31", "事项5", "第一党支部", 1, 0, 0),
    ]
    weeks = table(page, "month")
    assert weeks[4]["tue"] == "24 今天\n到期 1"
    assert weeks[3]["fri"] == "20\n到期 2\n已办 1\n逾期 1"
    assert "上月及以前到期、至今未办的还有 1 项，最早的应于 2月27日办结。" in lines(page)


def test_one_item_of_several_units_is_one_row(bureau: Engine) -> None:
    store(bureau, *work(1, LU, date(2026, 3, 31)))
    for number, unit, due in ((2, SECOND, 31), (3, AUDIT, 30), (4, SECOND, 30)):
        _, task = work(number, LU, date(2026, 3, due), unit=unit)
        assert isinstance(task, WorkItem)
        task.item_id, task.period = 1, f"2026-{due}"
        store(bureau, task)

    with looking(bureau, TODAY) as view:
        rows = table(calendar(view), "due")

    assert [(row["unit"], row["due_count"]) for row in rows] == [("2 个单位", 2), ("2 个党支部", 2)]


def test_rest_days_and_make_up_days_are_named(bureau: Engine) -> None:
    with looking(bureau, date(2026, 10, 12)) as view:
        page = calendar(view)

    weeks = table(page, "month")
    assert any("10月1日国庆节" in str(line) for line in lines(page))
    assert any(line.startswith("调休上班：10月10日") for line in map(str, lines(page)))
    assert (weeks[0]["thu"], weeks[1]["sat"]) == ("1 休", "10 班")


def seen_waiting(bureau: Engine, day: date = TODAY) -> Page:
    with looking(bureau, day) as view:
        return waiting(view)


def asked(
    session: Session, number: int, holder: int, on: date, *, subject: str = "plan", due: date | None = None
) -> None:
    """An approval with one open seat."""
    session.merge(ApprovalDefinition(id=1, code="plan", version=1, sha="0", body="", published_at=AT))
    session.flush()
    empty: dict[str, Any] = {key: {} for key in ("facts", "chosen", "branches", "reworks", "urges")}
    session.add(
        Approval(
            id=number,
            definition_id=1,
            subject=subject,
            subject_id=number,
            title=f"请示{number}",
            initiator_id=COORDINATOR,
            status="running",
            rev=1,
            opened_at=AT,
            **empty,
        )
    )
    session.flush()
    session.add(
        ApprovalStep(
            approval_id=number,
            number=1,
            key="sign",
            round=1,
            opened_on=on,
            due_on=due,
            is_open=True,
            live=True,
            rungs=0,
        )
    )
    session.flush()
    closed = {"replaces": 0, "parent": 0, "placing": "", "added_by": 0, "cause_by": 0, "closed_by": 0}
    session.add(
        ApprovalSeat(
            approval_id=number,
            number=1,
            step=1,
            person_id=holder,
            state="open",
            order=0,
            kind="principal",
            opinion="",
            draft="",
            **closed,
        )
    )


def test_who_is_waited_for_longest_stands_first(bureau: Engine) -> None:
    with unit_of_work(bureau) as session:
        asked(session, 1, SECRETARY, date(2026, 3, 20), due=date(2026, 3, 23))
        asked(session, 2, DEPUTY, date(2026, 3, 10))
        asked(session, 3, SECRETARY, date(2026, 3, 22), due=date(2026, 3, 30))
    early: dict[str, Any] = {"assigned_at": datetime(2026, 1, 5, 4, tzinfo=UTC), "start_on": date(2026, 3, 2)}
    store(bureau, *work(1, LU, date(2026, 3, 31), **early), *work(2, LU, date(2026, 3, 20), **early))
    store(bureau, *work(3, JIANG, date(2026, 4, 30), start_on=date(2026, 4, 1)))

    page = seen_waiting(bureau)

    assert [
        (row["person"], row["wait_decision"], row["wait_signature"], row["days_waiting"], row["first_due"])
        for row in table(page, "people")
    ] == [
        ("吕国平", 0, 2, 22, "2026-03-20"),
        ("韩国梁", 1, 0, 14, None),
        ("周立诚", 2, 0, 4, "2026-03-23"),
    ]
    assert [row["past_due"] for row in table(page, "people")] == [2, 0, 1]
    assert [(row["person"], row["title"], row["days_waiting"]) for row in table(page, "waits")] == [
        ("吕国平", "事项1等 2 项", 22),
        ("韩国梁", "请示2", 14),
        ("周立诚", "请示1", 4),
        ("周立诚", "请示3", 2),
    ]
    assert page.summary == "3 人手上有事待办：审批 3 件、签收 2 项。等得最久的是吕国平，已 22 天。"


def test_work_that_was_sent_back_waits_since_then(bureau: Engine) -> None:
    store(bureau, *work(1, LU, TODAY, state="returned", assigned_at=AT - timedelta(days=60)))
    happened(bureau, Fact("work_item.returned", "work_item", 1, SYSTEM))

    with looking(bureau, TODAY + timedelta(days=3)) as view:
        (row,) = table(waiting(view), "waits")

    assert (row["what"], row["days_waiting"], row["due"]) == ("退回重办", 3, "2026-03-24")


def test_who_acts_for_an_absent_person_is_named(bureau: Engine) -> None:
    with unit_of_work(bureau) as session:
        asked(session, 1, XIN, TODAY)

    (row,) = table(seen_waiting(bureau), "waits")

    assert row["person"] == "杜若琳（离岗，陶欣悦代）"


def test_a_decision_leads_to_the_gate_in_which_it_is_made(bureau: Engine) -> None:
    with unit_of_work(bureau) as session:
        asked(session, 1, SECRETARY, TODAY)
        asked(session, 2, DEPUTY, TODAY)
        session.add(Gate(approval_id=1, step=1, run="0d7f", opened_at=AT))
        session.add(Gate(approval_id=2, step=1, run="1e8a", opened_at=AT, closed_at=AT))

    page = seen_waiting(bureau)

    (things,) = [one for one in page.blocks if getattr(one, "key", "") == "waits"]
    assert {row[2].value: row[2].ref for row in things.rows} == {  # type: ignore[union-attr]  # a table of cells
        "请示1": Ref(To.RUN, "0d7f"),
        "请示2": None,
    }


def test_the_coordinator_is_waited_for_by_questions_and_stuck_mail(bureau: Engine) -> None:
    with unit_of_work(bureau) as session:
        plan = Plan(
            id=1,
            year=2026,
            version=1,
            state="draft",
            title="年度清单",
            source="x",
            sha256="0",
            created_at=AT - timedelta(days=2),
        )
        session.add(plan)
        session.flush()
        for number, kind in enumerate(("deadline", "recurring", "unscheduled")):
            session.add(
                PlanItem(
                    plan_id=1,
                    position=number,
                    ref=str(number),
                    no=str(number),
                    category="党建",
                    title=f"事项{number}",
                    kind=kind,
                    reading="",
                    confirm_time=True,
                )
            )
        session.add(parked(1))

    page = seen_waiting(bureau)

    assert [(row["person"], row["title"], row["days_waiting"]) for row in table(page, "waits")] == [
        ("林晓东", "年度清单：2 处待确认", 2),
        ("林晓东", "1 封邮件停发", 0),
    ]


def test_nobody_is_waited_for_where_nothing_waits(bureau: Engine) -> None:
    page = seen_waiting(bureau)

    assert page.summary == lines(page)[0] == "没有等待办理的事项。"


def parked(number: int, **more: object) -> Notice:
    values = {
        "letter": "digest",
        "person_id": LU,
        "facts": {},
        "created_at": AT,
        "not_before": AT,
        "state": "parked",
        "error": "550 5.1.1 no such user",
    }
    return Notice(id=number, dedupe=f"n{number}", **values | more)


def seen_mail(bureau: Engine) -> Page:
    with Session(bureau) as session:
        return mail_page(session, Settings(home=Path("nowhere")), today=TODAY, lang="zh")


def test_the_mail_of_week_and_month_is_counted(bureau: Engine) -> None:
    week, month = AT - timedelta(days=1), AT - timedelta(days=10)
    store(bureau, parked(1, state="sent", sent_at=week, created_at=week, error=""))
    store(bureau, parked(2, state="sent", sent_at=month, created_at=month, error=""))
    for number, notice in ((1, 1), (2, 1), (3, 1), (4, 2)):
        entry = Entry(
            id=number,
            dedupe=f"e{number}",
            letter="overdue",
            person_id=LU,
            facts={},
            created_at=month,
            notice_id=notice,
        )
        store(bureau, entry)
    gone = Entry(
        id=5, dedupe="e5", letter="overdue", person_id=LU, facts={}, created_at=week, dropped_at=week
    )
    store(bureau, gone, parked(3), parked(4, state="waiting", error=""), parked(5, state="waiting"))

    page = seen_mail(bureau)

    ledger = {row["measure"]: (row["this_week"], row["this_month"]) for row in table(page, "ledger")}
    assert ledger["发出邮件（封）"] == (1, 2)
    assert ledger["并入摘要的事项（件）"] == (3, 4)
    assert ledger["合并后少发（封）"] == (2, 2)
    assert ledger["免发（件）"] == (1, 1)
    assert page.summary == "本周发出 1 封，合并后少发 2 封；现在待发 1 封，待重发 1 封，停发 1 封。"
    assert table(page, "letters")[0] == {
        "letter": "逾期督办",
        "sent_count": 0,
        "merged_count": 4,
        "dropped_count": 1,
        "mail_waiting": 0,
        "mail_deferred": 0,
        "mail_parked": 0,
    }


def test_mail_that_does_not_get_through_is_named(bureau: Engine) -> None:
    trouble = AddressTrouble(
        address="P5@example.gov.cn",
        status="5.1.1",
        words="no such user",
        first_at=AT,
        last_at=AT,
        suppressed=True,
    )
    store(bureau, parked(1), trouble)
    store(bureau, Bounce(key="k", trouble_id=1, status="5.1.1", words="", at=AT))

    page = seen_mail(bureau)

    assert table(page, "stuck") == [
        {"person": "吕国平", "letter": "每日摘要", "reason": "550 5.1.1 no such user"}
    ]
    assert table(page, "blocked") == [{"person": "吕国平", "status": "5.1.1", "since_day": "2026-03-24"}]
    assert table(page, "ledger")[-1]["this_week"] == 1


def test_the_front_page_says_what_every_page_says(bureau: Engine) -> None:
    lit(bureau, 1, "red")

    with looking(bureau, TODAY) as view:
        pages = [lights(view), calendar(view)]
        front = index(view, pages)

    assert [(row["page"], row["says"]) for row in table(front, "pages")] == [
        (one.title, one.summary) for one in pages
    ]
    assert front.summary == pages[0].summary
    assert "还没有印发文书。" in lines(front)


def test_pages_are_told_in_english_too(bureau: Engine) -> None:
    lit(bureau, 1, "red")
    with unit_of_work(bureau) as session:
        asked(session, 1, SECRETARY, TODAY)

    def titles(view: View) -> list[str]:
        return [make(view).title for make in (lights, calendar, waiting)]

    with looking(bureau, TODAY, lang="en") as view:
        assert titles(view) == ["Lights today", "Calendar of month 3", "Who is waited for"]
