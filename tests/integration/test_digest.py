"""The digest: one mail a person a day with everything, at the right time, and nothing twice."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, event, select
from sqlalchemy.orm import Session

from models.database import reading, unit_of_work
from models.hours import Hours, working_hours
from models.journal import SYSTEM, Fact
from models.settings import Settings
from models.tables import (
    Absence,
    AddressTrouble,
    Event,
    LightChange,
    MailPreference,
    Notice,
    Person,
    Post,
    WorkItem,
)
from models.workdays import load_calendar
from notifications.audience import DIGEST, tell
from notifications.budget import passed
from notifications.digest import next_digest
from notifications.letters import render
from notifications.parts import lines
from tests.integration.told_bureau import (
    AT,
    AUDIT,
    COMMITTEE,
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
    happened,
    notices,
    reached,
    store,
    supervised,
    told,
    work,
)

pytest_plugins = ["tests.integration.told_bureau"]

MONDAY = date(2026, 3, 23)
CALENDAR = load_calendar([2026])
ZONE = Settings(home=Path()).zone


def parts(notice: Notice) -> dict[str, list[str]]:
    """The parts of a digest by letter, with the titles in each."""
    return {
        one["letter"]: [row["title"] for row in one["facts"].get("rows", ())] for one in notice.facts["parts"]
    }


def subject(notice: Notice) -> str:
    return render("digest", "zh", notice.facts).subject


def month_closed() -> Fact:
    return Fact("month.closed", "month", None, SYSTEM, {"period": "2026-02"})


def closed(number: int, by: int = COORDINATOR) -> Fact:
    return Fact("work_item.closed", "work_item", number, f"p{by}@example.gov.cn")


def counts(database: Engine) -> list[dict[str, Any]]:
    """What each run of the digests recorded."""
    with Session(database) as session:
        found = session.scalars(select(Event.payload).where(Event.verb == "mail.digested").order_by(Event.id))
        return [json.loads(one) for one in found]


def test_a_day_gives_each_person_one_mail(bureau: Engine, tmp_path: Path) -> None:
    store(bureau, *work(1, LU, date(2026, 3, 27)), reached(1, "remind", date(2026, 3, 27)))
    store(bureau, *work(2, LU, TODAY), reached(2, "due", TODAY))
    store(bureau, *work(3, JIANG, date(2026, 3, 23)), reached(3, "urge-1", date(2026, 3, 23)))
    store(bureau, *work(4, JIANG, date(2026, 3, 2)))
    store(bureau, *work(5, JIANG, date(2026, 3, 2), state="submitted"))
    store(bureau, *work(7, JIANG, date(2026, 3, 2), light="waiting"))  # a later date is being decided
    store(bureau, *work(6, LU, TODAY, state="closed"))
    happened(bureau, supervised(TODAY), closed(6))

    lu, jiang = digested(bureau, tmp_path)

    assert (lu.person_id, lu.letter, lu.dedupe) == (LU, "digest", f"digest:2026-03-24:{LU}")
    assert lu.thread == f"digest-{LU}"
    assert parts(lu) == {"due_today": ["事项2"], "due_soon": ["事项1"], "closed": ["事项6"]}
    assert subject(lu) == "【提醒】今日到期1项、即将到期1项、结果1件"
    assert lu.facts["parts"][1]["facts"]["rows"][0]["left"] == 3
    assert parts(jiang) == {"overdue": ["事项3"]}
    overdue = jiang.facts["parts"][0]["facts"]
    assert [(row["late"], row["urge"]) for row in overdue["rows"]] == [(1, 1)]
    assert overdue["also"] == {"count": 1, "titles": ["事项4"]}
    assert subject(jiang) == "【督办】“事项3”已逾期1日"


def test_what_came_back_and_is_overdue_is_told_once(bureau: Engine, tmp_path: Path) -> None:
    due, coordinator = date(2026, 3, 23), f"p{COORDINATOR}@example.gov.cn"
    store(bureau, *work(1, LU, due, state="returned"), reached(1, "urge-1", due))
    returned = Fact("work_item.returned", "work_item", 1, coordinator, {"words": "请补签到表"})
    happened(bureau, returned, supervised(TODAY))

    [lu] = digested(bureau, tmp_path)

    assert parts(lu) == {"overdue": ["事项1"]}
    assert subject(lu) == "【督办】“事项1”已逾期1日"
    assert "林晓东退回：请补签到表" in render("digest", "zh", lu.facts).text


def test_a_second_run_on_a_day_changes_nothing(bureau: Engine, tmp_path: Path) -> None:
    store(bureau, *work(1, LU, TODAY), reached(1, "due", TODAY), *work(2, LU, TODAY, state="closed"))
    happened(bureau, supervised(TODAY))
    digested(bureau, tmp_path)
    happened(bureau, closed(2))

    assert digested(bureau, tmp_path) == []
    assert digested(bureau, tmp_path, today=MONDAY) == []
    [next_day] = digested(bureau, tmp_path, today=TODAY + timedelta(days=1))
    assert parts(next_day) == {"closed": ["事项2"]}


def test_every_entry_is_merged_or_dropped_never_both(bureau: Engine, tmp_path: Path) -> None:
    store(bureau, *work(1, LU, TODAY), reached(1, "due", TODAY))
    store(bureau, *work(2, JIANG, TODAY), reached(2, "due", TODAY))
    happened(bureau, supervised(TODAY))
    told(bureau)
    with unit_of_work(bureau) as session:
        session.get_one(WorkItem, 2).state = "closed"

    [digest] = digested(bureau, tmp_path)

    merged, dropped = sorted(entries(bureau), key=lambda one: one.person_id)
    assert (merged.notice_id, merged.dropped_at) == (digest.id, None)
    assert (dropped.notice_id, dropped.dropped_at) == (None, AT)
    assert counts(bureau)[0] | {"silent": 0} == {
        "day": "2026-03-24",
        "digests": 1,
        "entries": 1,
        "dropped": 1,
        "held": 0,
        "over_budget": 0,
        "silent": 0,
    }


def test_rungs_go_up_to_head_and_leader(bureau: Engine, tmp_path: Path) -> None:
    due = date(2026, 3, 10)
    for number, (owner, unit) in enumerate([(JIANG, AUDIT), (JIANG, FIRST), (DEPUTY, COMMITTEE)], start=1):
        store(bureau, *work(number, owner, due, unit=unit, light="red"))
        store(bureau, reached(number, "head", due, track="head"))
    store(bureau, reached(1, "leader", due, track="leader"))
    store(bureau, *work(4, JIANG, date(2026, 3, 31), unit=FIRST))
    store(bureau, reached(4, "absent-9", date(2026, 3, 20), track="head"))
    happened(bureau, supervised(TODAY))

    secretary, deputy, lu = digested(bureau, tmp_path)

    # Nobody oversees himself: the head's own work goes to whoever is above.
    assert (secretary.person_id, parts(secretary)) == (SECRETARY, {"overseen": ["事项3"]})
    assert (deputy.person_id, parts(deputy)) == (DEPUTY, {"escalated": ["事项1"]})
    assert (lu.person_id, parts(lu)) == (LU, {"overseen": ["事项1", "事项2"], "absent": ["事项4"]})
    assert [row["urge"] for part in lu.facts["parts"] for row in part["facts"]["rows"]] == [0, 0, 0]
    assert "呈报：请您督办（1项）" in render("digest", "zh", deputy.facts).text
    assert deputy.facts["brief"] is not None
    assert lu.facts["brief"] is None


def test_days_told_late_are_told_as_they_stand(bureau: Engine, tmp_path: Path) -> None:
    friday = date(2026, 3, 20)
    store(bureau, *work(1, LU, friday), reached(1, "due", friday, on=friday))
    store(bureau, *work(2, LU, date(2026, 3, 26)), reached(2, "remind", date(2026, 3, 26), on=MONDAY))
    happened(bureau, supervised(friday), supervised(MONDAY))

    [digest] = [one for one in digested(bureau, tmp_path, today=MONDAY) if one.person_id == LU]

    assert parts(digest) == {"overdue": ["事项1"], "due_soon": ["事项2"]}


def test_a_rung_of_an_older_date_is_not_told(bureau: Engine, tmp_path: Path) -> None:
    store(bureau, *work(1, LU, date(2026, 4, 30)), reached(1, "due", TODAY))
    store(bureau, *work(2, LU, TODAY, state="closed"), reached(2, "due", TODAY))
    happened(bureau, supervised(TODAY))

    assert digested(bureau, tmp_path) == []


def test_work_that_went_to_somebody_else_is_not_told_to_the_old_owner(bureau: Engine, tmp_path: Path) -> None:
    store(bureau, *work(1, LU, TODAY), reached(1, "due", TODAY))
    happened(bureau, supervised(TODAY))
    told(bureau)
    with unit_of_work(bureau) as session:
        session.get_one(WorkItem, 1).owner_id = JIANG

    assert digested(bureau, tmp_path) == []


def test_nothing_owed_means_no_mail(bureau: Engine, tmp_path: Path) -> None:
    store(bureau, *work(1, LU, date(2026, 6, 30)))
    happened(bureau, supervised(TODAY))

    assert digested(bureau, tmp_path) == []
    assert counts(bureau)[0]["silent"] == 1


def test_a_substitute_reads_for_the_absent_owner(bureau: Engine, tmp_path: Path) -> None:
    store(bureau, *work(1, XIN, TODAY), reached(1, "due", TODAY))
    store(bureau, *work(2, YUE, TODAY), reached(2, "due", TODAY))
    happened(bureau, supervised(TODAY))

    [digest] = digested(bureau, tmp_path)

    assert (digest.person_id, digest.facts["on_behalf"]) == (YUE, ["杜若琳"])
    assert "（陶欣悦代杜若琳）" in render("digest", "zh", digest.facts).text
    assert "事项1（代杜若琳）" in render("digest", "zh", digest.facts).text


def test_rest_days_are_quiet_and_their_news_comes_on_the_next_workday(bureau: Engine, tmp_path: Path) -> None:
    saturday, monday = date(2026, 3, 28), date(2026, 3, 30)
    store(bureau, *work(1, LU, saturday, state="closed"))
    happened(bureau, closed(1))

    assert digested(bureau, tmp_path, today=saturday) == []
    [digest] = [one for one in digested(bureau, tmp_path, today=monday) if one.person_id == LU]
    assert parts(digest) == {"closed": ["事项1"]}


def test_a_digest_leaves_at_its_reader_s_hour(bureau: Engine, tmp_path: Path) -> None:
    store(bureau, MailPreference(person_id=JIANG, digest_at="14:00", weekday=None, budget=None))
    for number, owner in enumerate((LU, JIANG), start=1):
        store(bureau, *work(number, owner, TODAY), reached(number, "due", TODAY))
    happened(bureau, supervised(TODAY))

    lu, jiang = digested(bureau, tmp_path)

    assert (lu.not_before, jiang.not_before) == (AT, datetime(2026, 3, 24, 6, tzinfo=UTC))


def test_a_weekly_reader_waits_unless_something_presses(bureau: Engine, tmp_path: Path) -> None:
    friday = 5
    store(bureau, MailPreference(person_id=LU, digest_at="", weekday=friday, budget=None))
    store(bureau, *work(1, LU, date(2026, 3, 30)), reached(1, "remind", date(2026, 3, 30)))
    happened(bureau, supervised(TODAY))
    assert digested(bureau, tmp_path) == []

    store(bureau, *work(2, LU, date(2026, 3, 25)), reached(2, "due", date(2026, 3, 25), date(2026, 3, 25)))
    happened(bureau, supervised(date(2026, 3, 25)))
    [pressing] = digested(bureau, tmp_path, today=date(2026, 3, 25))
    assert parts(pressing) == {"due_today": ["事项2"], "due_soon": ["事项1"]}

    store(bureau, *work(3, LU, TODAY, state="closed"))
    happened(bureau, closed(3))
    assert digested(bureau, tmp_path, today=date(2026, 3, 26)) == []
    [weekly] = digested(bureau, tmp_path, today=date(2026, 3, 27))
    assert parts(weekly) == {"closed": ["事项3"]}


def test_a_weekly_reader_hears_the_day_before_of_what_is_due(bureau: Engine, tmp_path: Path) -> None:
    store(bureau, MailPreference(person_id=LU, digest_at="", weekday=1, budget=None))
    due = date(2026, 3, 27)
    store(bureau, *work(1, LU, due), reached(1, "remind", due))
    happened(bureau, supervised(TODAY))

    assert digested(bureau, tmp_path) == []
    assert digested(bureau, tmp_path, today=date(2026, 3, 25)) == []
    [digest] = digested(bureau, tmp_path, today=date(2026, 3, 26))
    assert parts(digest) == {"due_soon": ["事项1"]}


def test_who_cannot_be_reached_gets_it_when_the_address_works(bureau: Engine, tmp_path: Path) -> None:
    trouble = AddressTrouble(
        address=f"p{LU}@example.gov.cn",
        status="5.1.1",
        words="User unknown",
        suppressed=True,
        first_at=AT,
        last_at=AT,
    )
    store(bureau, trouble, *work(1, LU, TODAY, state="closed"))
    happened(bureau, closed(1))

    [coordinator] = digested(bureau, tmp_path)
    assert coordinator.person_id == COORDINATOR
    assert [one["kind"] for one in coordinator.facts["morning"]["parts"]] == ["bounced"]

    with unit_of_work(bureau) as session:
        session.get_one(AddressTrouble, 1).cleared_at = AT
    [digest] = digested(bureau, tmp_path, today=date(2026, 3, 25))
    assert (digest.person_id, parts(digest)) == (LU, {"closed": ["事项1"]})


def test_leaders_get_five_lines_on_the_first_workday_of_the_week(bureau: Engine, tmp_path: Path) -> None:
    for number, (light, due) in enumerate(
        [("red", date(2026, 3, 2)), ("red", date(2026, 3, 9)), ("blue", TODAY), ("grey", None)], start=1
    ):
        store(bureau, *work(number, LU, due, unit=AUDIT, light=light))
    store(bureau, *work(5, LU, date(2026, 3, 2), unit=SECOND, light="red", hidden=True))
    store(bureau, *work(6, JIANG, TODAY, unit=SECOND, light="green"))
    happened(bureau, supervised(MONDAY))
    for number, was, light in ((1, "orange", "red"), (2, "blue", "orange"), (2, "orange", "red")):
        change = LightChange(
            event_id=1, work_item_id=number, on=MONDAY - timedelta(days=3), was=was, light=light, rule="x"
        )
        change.days_late = change.done = change.days_silent = 0
        store(bureau, change)

    secretary, deputy = digested(bureau, tmp_path, today=MONDAY)

    assert (secretary.person_id, deputy.person_id) == (SECRETARY, DEPUTY)
    assert subject(deputy) == "【督办简报】红灯2项"
    lines = render("digest", "zh", deputy.facts).text
    assert "30秒简报（分管范围）" in lines
    assert "1. 亮灯：红2、蓝1" in lines
    assert "2. 趋势：与3月16日（周一）相比：红增2、橙减1" in lines
    assert "3. 最急：“事项1”（吕国平）逾期21日；“事项2”（吕国平）逾期14日" in lines
    assert "4. 本周到期：1项" in lines
    assert "5. 待您决定：没有" in lines
    assert "1. 亮灯：红2、蓝1、绿1" in render("digest", "zh", secretary.facts).text
    assert digested(bureau, tmp_path) == []


def test_the_coordinator_is_told_of_new_trouble_and_once_a_week_of_all(
    bureau: Engine, tmp_path: Path
) -> None:
    store(bureau, *work(1, None, date(2026, 4, 30)), *work(2, LOST, TODAY), *work(3, GONE, TODAY))
    store(
        bureau,
        *work(4, JIANG, TODAY, start_on=date(2026, 3, 1), assigned_at=AT - timedelta(days=30)),
        *work(5, JIANG, TODAY, start_on=date(2026, 3, 1), assigned_at=AT - timedelta(days=1)),
    )
    parked = {"facts": {}, "created_at": AT, "not_before": AT, "state": "parked", "error": "550 no such user"}
    store(bureau, Notice(dedupe="x", letter="slip", person_id=LU, **parked))

    [digest] = digested(bureau, tmp_path)

    assert subject(digest) == "【协调】需协调5处"
    text = render("digest", "zh", digest.facts).text
    assert "吕国平（提醒单）：550 no such user" in text
    assert "无邮箱：1项任务" in text
    assert "去职人：1项任务" in text
    assert "事项1（第一党支部，4月30日（周四）到期，编号 1）" in text
    assert "蒋文博：1项已开始，最早2月22日（周日）交办" in text

    assert digested(bureau, tmp_path, today=date(2026, 3, 25)) == []
    store(bureau, *work(6, None, date(2026, 4, 30)))
    [again] = digested(bureau, tmp_path, today=date(2026, 3, 26))
    assert again.facts["morning"]["count"] == 6
    [weekly] = [
        one for one in digested(bureau, tmp_path, today=date(2026, 3, 30)) if one.person_id == COORDINATOR
    ]
    assert weekly.facts["morning"]["count"] == 6


def test_a_substitute_of_the_coordinator_sees_no_hidden_work(bureau: Engine, tmp_path: Path) -> None:
    store(bureau, *work(1, None, TODAY, hidden=True), *work(2, None, TODAY))
    away = Absence(person_id=COORDINATOR, substitute_id=YUE, kind="请假", starts_on=TODAY, ends_on=TODAY)
    store(bureau, away)

    [substitute] = digested(bureau, tmp_path)
    [coordinator] = digested(bureau, tmp_path, today=TODAY + timedelta(days=1))

    assert (substitute.person_id, substitute.facts["morning"]["keys"]) == (YUE, ["unowned:2"])
    assert (coordinator.person_id, coordinator.facts["morning"]["keys"]) == (
        COORDINATOR,
        ["unowned:1", "unowned:2"],
    )


def test_the_preview_writes_nothing_and_says_what_comes(bureau: Engine, tmp_path: Path) -> None:
    store(bureau, *work(1, LU, TODAY), reached(1, "due", TODAY))
    happened(bureau, supervised(TODAY))
    settings = Settings(home=tmp_path)

    with reading(bureau) as session:
        facts = next_digest(session, settings, at=AT, today=TODAY, person_id=LU)
        nothing = next_digest(session, settings, at=AT, today=TODAY, person_id=JIANG)

    assert (notices(bureau), entries(bureau), nothing) == ([], [], None)
    [digest] = digested(bureau, tmp_path)
    assert facts == {name: fact for name, fact in digest.facts.items() if name != "finished"}


def test_digests_take_no_more_statements_for_many_than_for_few(bureau: Engine, tmp_path: Path) -> None:
    asked: list[str] = []
    event.listen(bureau, "before_cursor_execute", lambda *args: asked.append(args[2]))

    def statements(first: int, last: int, today: date) -> int:
        for number in range(first, last):
            owner = 1 + number % YUE
            store(bureau, *work(number, owner, today, unit=1 + number % AUDIT, state="returned"))
            store(bureau, reached(number, "due", today, today))
            store(bureau, reached(number, "leader", today, today, track="leader"))
        happened(
            bureau,
            supervised(today),
            month_closed(),
            *(
                Fact("work_item.returned", "work_item", number, SYSTEM, {"words": "补"})
                for number in range(first, last)
            ),
        )
        asked.clear()
        digested(bureau, tmp_path, today=today)
        return len(asked)

    few = statements(1, 9, TODAY)
    assert statements(10, 100, date(2026, 3, 25)) <= few + 1


def test_the_lines_of_one_letter_agree_on_how_it_is_told() -> None:
    for letter, line in lines().items():
        same = [one for one in DIGEST if one.letter == letter]
        how = (line.part, line.pressing, line.lapses, line.dated, line.who)
        assert {(one.part, one.pressing, one.lapses, one.dated, one.who) for one in same} == {how}


# Quiet hours.


def test_mail_outside_working_hours_waits_and_marked_urgent_does_not(bureau: Engine) -> None:
    night = datetime(2026, 3, 27, 14, tzinfo=UTC)  # Friday, ten in the evening
    store(bureau, *work(1, LU, TODAY))
    payload = {"year": 2026, "work_items": 1, "since": AT.isoformat()}
    happened(bureau, Fact("work.assigned", "plan", 1, SYSTEM, payload))
    happened(bureau, Fact("work.assigned", "plan", 1, SYSTEM, payload | {"urgent": True}))

    with unit_of_work(bureau) as session:
        tell(session, Settings(home=Path()), at=night, today=date(2026, 3, 27))

    waits, urgent = notices(bureau)
    assert waits.not_before == datetime(2026, 3, 30, tzinfo=UTC)  # Monday at eight
    assert urgent.not_before == night


INSTANTS = st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 20), timezones=st.just(UTC))  # noqa: DTZ001  # the zone is given
TIMES = st.times().map(lambda one: one.replace(second=0, microsecond=0))


@given(at=INSTANTS, opens=TIMES, closes=TIMES, hour=st.none() | TIMES)
def test_mail_leaves_in_working_hours_of_a_workday_and_never_before_it_is_written(
    at: datetime, opens: time, closes: time, hour: time | None
) -> None:
    hours = Hours(ZONE, CALENDAR, opens, closes)

    leaves = hours.leave(at, hour)

    local = leaves.astimezone(ZONE)
    assert leaves >= at
    assert CALENDAR.is_workday(local.date())
    if opens < closes:
        assert opens <= local.time() < closes
    assert hours.leave(leaves, hour) == leaves or hour is not None
    assert hours.leave(leaves) == leaves


@given(at=INSTANTS, wait=st.timedeltas(timedelta(seconds=1), timedelta(hours=6)))
def test_a_failed_mail_is_tried_again_in_working_hours_unless_it_could_not_wait_for_them(
    at: datetime, wait: timedelta
) -> None:
    hours = Hours(ZONE, CALENDAR, time(8), time(18))

    again = hours.again(at, at + wait)

    in_hours = hours.leave(at) == at
    assert again >= at + wait
    assert hours.leave(again) == again if in_hours else again == at + wait


@pytest.mark.parametrize(
    ("weekday", "since", "today", "is_turn"),
    [
        (1, None, MONDAY, True),
        (1, None, TODAY, False),
        (1, date(2026, 3, 20), TODAY, True),
        (1, MONDAY, TODAY, False),
        (5, date(2026, 9, 30), date(2026, 10, 8), True),
        (5, date(2026, 3, 20), date(2026, 3, 26), False),
    ],
)
def test_a_weekday_that_was_no_workday_is_made_up(
    weekday: int, since: date | None, today: date, *, is_turn: bool
) -> None:
    assert passed(weekday, since=since, today=today) is is_turn


def test_working_hours_follow_the_settings() -> None:
    hours = working_hours(Settings(home=Path(), mail_opens="09:00", mail_closes="17:00"), CALENDAR)

    assert hours.leave(datetime(2026, 3, 24, 0, 30, tzinfo=UTC)) == datetime(2026, 3, 24, 1, tzinfo=UTC)


def test_who_leads_and_acts_for_a_leader_reads_both(bureau: Engine, tmp_path: Path) -> None:
    with unit_of_work(bureau) as session:
        session.add(Post(person_id=XIN, unit_id=SECOND, role="分管领导"))
        session.get_one(Person, XIN).title = "副局长"
    store(bureau, *work(1, JIANG, TODAY, unit=SECOND, light="red"))
    happened(bureau, supervised(MONDAY))

    found = {one.person_id: one for one in digested(bureau, tmp_path, today=MONDAY)}

    assert "1. 亮灯：红1" in render("digest", "zh", found[YUE].facts).text
