"""The grammar of time phrases, phrase by phrase: what each is expected to mean in the plan of 2026."""

from __future__ import annotations

import csv
import json
from datetime import date
from pathlib import Path

import pytest
from holidays import country_holidays

from models.schedule import Kind, Schedule, Slot
from tasks.read_plan.phrases import read_date_cell, read_phrase
from tasks.read_plan.phrases.feasts import FEASTS, LUNAR

DATA = Path(__file__).parents[1] / "data"
FIELDS = ("kind", "periods", "target", "first_start", "first_due", "last_start", "last_due", "confirm")
Row = dict[str, str]


def rows(name: str) -> list[Row]:
    with (DATA / name).open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def items() -> list[tuple[str, Row]]:
    plan = json.loads((DATA / "plan_2026_expected.json").read_text("utf-8"))
    return [(item["phrase"], expected(item["reading"])) for item in plan["item_list"]]


def expected(reading: dict[str, object]) -> Row:
    words = {key: "" if value is None else str(value) for key, value in reading.items()}
    return words | {"confirm": "yes" if reading["confirm"] else "no"}


def summary(schedule: Schedule) -> Row:
    """A schedule in the columns of the table; what could not be read counts no period."""
    slots = schedule.slots
    ends = (slots[0].start, slots[0].due, slots[-1].start, slots[-1].due) if slots else (None,) * 4
    values = (
        schedule.kind.value,
        str(0 if schedule.kind is Kind.MISSING else len(slots)),
        amounts(schedule),
        *("" if day is None else day.isoformat() for day in ends),
        "yes" if schedule.confirm else "no",
    )
    return dict(zip(FIELDS, values, strict=True))


def amounts(schedule: Schedule) -> str:
    target = schedule.target
    if target is None:
        return ""
    return ";".join(f"{one:g}" for one in (target if isinstance(target, tuple) else (target,)))


def first_day(year: int, name: str) -> date:
    days = country_holidays("CN", years=year, language="en_US")
    return min(day for day, called in days.items() if name in called and day.year == year)


@pytest.mark.parametrize("name", ["time_phrases_2026.csv", "more_phrases_2026.csv"])
def test_every_phrase_of_the_table_means_what_it_should(name: str) -> None:
    table = rows(name)

    read = {row["phrase"]: summary(read_phrase(row["phrase"], year=2026)) for row in table}

    assert read == {row["phrase"]: {field: row[field] for field in FIELDS} for row in table}


def test_every_phrase_of_the_example_plan_is_read() -> None:
    plan = items()

    read = [(phrase, summary(read_phrase(phrase, year=2026))) for phrase, _ in plan]

    assert len(plan) == 72
    assert read == [(phrase, {field: row[field] for field in FIELDS}) for phrase, row in plan]


@pytest.mark.parametrize(
    ("phrase", "keys"),
    [
        ("3月", ["2026-03"]),
        ("3-4月", ["2026-H1"]),
        ("4-6月", ["2026-Q2"]),
        ("上半年", ["2026-H1"]),
        ("全年", ["2026"]),
        ("4月下旬", ["2026-04"]),
        ("3月上半月", ["2026-03A"]),
        ("3月9日至3月15日", ["2026-W11"]),
        ("6月底前", ["2026-06"]),
        ("年底前", ["2026"]),
        ("年内至少1次", ["2026"]),
        ("次年元月十日前", ["2027-01"]),
        ("12-1月", ["2026"]),
        ("长期坚持", ["2026"]),
        ("", ["2026"]),
        ("3月5日、3月20日前", ["2026-03", "2026-03-2"]),
        ("每季度第一个月10日前", ["2026-Q1", "2026-Q2", "2026-Q3", "2026-Q4"]),
        ("每半年", ["2026-H1", "2026-H2"]),
        ("元旦春节前", ["2026-new-year", "2026-spring"]),
        ("“六一”前夕", ["2026-W22"]),
        ("“七一”前夕", ["2026-06"]),
    ],
)
def test_a_slot_is_named_by_its_period(phrase: str, keys: list[str]) -> None:
    schedule = read_phrase(phrase, year=2026)

    assert [slot.key for slot in schedule.slots] == keys


def test_weekly_slots_are_named_by_iso_week() -> None:
    schedule = read_phrase("每周四下午", year=2026)

    assert schedule.slots[0] == Slot("2026-W01", date(2026, 1, 1), date(2026, 1, 1))
    assert schedule.slots[-1] == Slot("2026-W53", date(2026, 12, 31), date(2026, 12, 31))


def test_the_seven_holidays_leave_their_dates_to_the_calendar() -> None:
    schedule = read_phrase("节前廉政提醒", year=2026)

    assert schedule.slots == (
        Slot("2026-new-year", None, None),
        Slot("2026-spring", None, None),
        Slot("2026-qingming", None, None),
        Slot("2026-labour", None, None),
        Slot("2026-dragon-boat", None, None),
        Slot("2026-mid-autumn", None, None),
        Slot("2026-national", None, None),
    )


@pytest.mark.parametrize(
    ("phrase", "days", "workdays"),
    [
        ("事发后10日内", 10, False),
        ("3个工作日内", 3, True),
        ("收到文件之日起5个工作日内", 5, True),
        ("24小时内", 1, False),
        ("会后一周内", 7, False),
        ("提前5日", -5, False),
        ("会议召开前5个工作日", -5, True),
        ("当日", 0, False),
    ],
)
def test_a_relative_phrase_counts_its_days(phrase: str, days: int, *, workdays: bool) -> None:
    schedule = read_phrase(phrase, year=2026)

    assert (schedule.kind, schedule.days, schedule.workdays) == (Kind.RELATIVE, days, workdays)


@pytest.mark.parametrize(
    ("phrase", "reading"),
    [
        ("3-4月", "理解为：2026-03-01至2026-04-30，到期日2026-04-30"),
        ("6月底前", "理解为：2026-06-30前完成（含当日）"),
        ("每月", "理解为：每月，共12期，首期2026-01-01至2026-01-31，末期2026-12-31到期"),
        (
            "每季度不少于1次",
            "理解为：每季度1次，每期目标1次，共4期，首期2026-03-31到期，末期2026-12-31到期",
        ),
        ("12-1月", "理解为：2026-12-01至2027-01-31，到期日2027-01-31；结束早于开始，按跨年理解，请确认"),
        ("适时", "理解为：没有写明时间，需要先确定开展频次，请确认"),
        ("见附件", "理解为：未能从原文读出时间，暂按2026-12-31前完成，请确认"),
        ("事发后10日内", "理解为：事项发生后10日内，不设固定日期"),
    ],
)
def test_the_reading_is_one_sentence_for_people(phrase: str, reading: str) -> None:
    assert read_phrase(phrase, year=2026).reading == reading


def test_the_last_workday_of_february_is_a_worked_saturday() -> None:
    schedule = read_phrase("每月最后一个工作日", year=2026)

    assert [slot.due for slot in schedule.slots][:3] == [
        date(2026, 1, 30),
        date(2026, 2, 28),
        date(2026, 3, 31),
    ]


def test_the_words_are_kept_exactly_as_given() -> None:
    assert read_phrase(" ３月 — \n９月 ", year=2026).phrase == " ３月 — \n９月 "


def test_lines_of_a_cell_are_a_list() -> None:
    schedule = read_phrase("3月\n9月", year=2026)

    assert [slot.key for slot in schedule.slots] == ["2026-03", "2026-09"]
    assert not schedule.confirm


def test_numbered_lines_are_points_and_no_dates() -> None:
    schedule = read_phrase("1.3月制定方案\n2.6月组织实施", year=2026)

    assert [slot.key for slot in schedule.slots] == ["2026-03", "2026-06"]


def test_a_date_cell_is_a_deadline() -> None:
    schedule = read_date_cell(date(2026, 3, 31), year=2026, month_only=False)

    assert (schedule.kind, schedule.confirm) == (Kind.DEADLINE, False)
    assert schedule.slots == (Slot("2026-03", None, date(2026, 3, 31)),)


def test_a_date_cell_that_shows_a_month_means_the_month() -> None:
    schedule = read_date_cell(date(2026, 3, 1), year=2026, month_only=True)

    assert (schedule.kind, schedule.confirm) == (Kind.WINDOW, False)
    assert schedule.slots == (Slot("2026-03", date(2026, 3, 1), date(2026, 3, 31)),)


def test_a_date_cell_of_another_year_is_confirmed() -> None:
    schedule = read_date_cell(date(2025, 3, 31), year=2026, month_only=False)

    assert schedule.confirm
    assert schedule.slots[0].due == date(2025, 3, 31)


def test_feasts_fall_on_the_days_of_the_holiday_calendar() -> None:
    names = {
        "spring": "Chinese New Year (Spring Festival)",
        "qingming": "Tomb-Sweeping Day",
        "dragon-boat": "Dragon Boat Festival",
        "mid-autumn": "Mid-Autumn Festival",
    }
    feasts = {feast.statutory: feast for feast in FEASTS if feast.statutory in names}

    wrong = [
        (year, key)
        for year in range(2021, 2031)
        for key, name in names.items()
        if feasts[key].on(year) != first_day(year, name)
    ]

    assert wrong == []
    assert min(LUNAR) == 2020
    assert max(LUNAR) == 2050
