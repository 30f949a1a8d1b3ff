"""What holds for every time phrase, whatever the months, marks and digits."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.schedule import Kind
from tasks.read_plan.phrases import read_phrase

MARKS = ("-", "~", "～", "—", "至", "——", "--", "－", "到", "–")
CHINESE = ("一", "二", "三", "四", "五", "六", "七", "八", "九", "十", "十一", "十二")
WIDE = str.maketrans("0123456789", "０１２３４５６７８９")
LAST_DAYS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
#: The words of the grammar, to be thrown together without sense.
WORDS = (
    "年 月 日 前 底 初 末 上旬 每 每月 每季度 每周 每年 一 二 十 1 3 12 31 99 - ~ 、 , / : ; 。 ( ) "
    "季度 半年 上 下 次 不少于 分别为 第 个 周 五 工作日 最后 后 内 七一 春节 节 前夕 期间 次年 2026 2101 "
    "全年 起 至 各 元 长期 待 定期 不定期 结束 隔 双 旬 小时 . Q1 和 ①"
)
SHAPES = (
    "{m}月{d}日", "{m}月{d}号", "2026年{m}月{d}日", "2026-{m:02}-{d:02}", "2026/{m}/{d}", "2026.{m}.{d}",
)  # fmt: skip
PIECES = st.sampled_from([*WORDS.split(), "\n"])

months = st.integers(1, 12)
ordered = st.tuples(months, months).map(sorted)
blanks = st.sampled_from(["", " ", "　", "\t", "\n"])
styles = st.sampled_from(["plain", "wide", "chinese"])


def written(month: int, style: str) -> str:
    if style == "chinese":
        return CHINESE[month - 1]
    return str(month).translate(WIDE) if style == "wide" else str(month)


@given(month=months, style=styles, share=st.booleans(), blank=blanks)
def test_a_month_reads_alike_however_written(month: int, style: str, *, share: bool, blank: str) -> None:
    phrase = f"{written(month, style)}{blank}月{'份' if share else ''}"

    schedule = read_phrase(phrase, year=2026)

    assert (schedule.kind, schedule.confirm) == (Kind.WINDOW, False)
    assert [(slot.key, slot.start, slot.due) for slot in schedule.slots] == [
        (f"2026-{month:02}", date(2026, month, 1), date(2026, month, LAST_DAYS[month - 1]))
    ]


@given(
    pair=ordered,
    mark=st.sampled_from(MARKS),
    style=styles,
    unit=st.sampled_from(["", "月", "月份"]),
    blank=blanks,
)
def test_a_range_reads_alike_whatever_its_mark(
    pair: list[int], mark: str, style: str, unit: str, blank: str
) -> None:
    first, last = pair
    phrase = f"{written(first, style)}{unit}{blank}{mark}{blank}{written(last, style)}月"

    schedule = read_phrase(phrase, year=2026)

    assert (schedule.kind, schedule.confirm) == (Kind.WINDOW, False)
    assert [(slot.start, slot.due) for slot in schedule.slots] == [
        (date(2026, first, 1), date(2026, last, LAST_DAYS[last - 1]))
    ]


@given(first=months, last=months, mark=st.sampled_from(MARKS))
def test_a_range_that_runs_backwards_crosses_the_year_and_asks(first: int, last: int, mark: str) -> None:
    first, last = max(first, last), min(first, last)
    schedule = read_phrase(f"{first}{mark}{last}月", year=2026)

    wrapped = first != last
    assert schedule.confirm is wrapped
    assert schedule.slots[0].due == date(2026 + wrapped, last, LAST_DAYS[last - 1])


@given(chosen=st.lists(months, min_size=2, max_size=6, unique=True), mark=st.sampled_from("、/,，和及"))
def test_a_list_of_months_is_one_window_each(chosen: list[int], mark: str) -> None:
    schedule = read_phrase(f"{mark.join(map(str, chosen))}月", year=2026)

    assert schedule.kind is Kind.WINDOW
    assert [slot.key for slot in schedule.slots] == [f"2026-{month:02}" for month in chosen]


@given(
    month=months, end=st.sampled_from(["底前", "底之前", "底以前", "末前", "底前完成", "底"]), style=styles
)
def test_a_month_end_is_a_deadline_that_counts_itself(month: int, end: str, style: str) -> None:
    schedule = read_phrase(f"{written(month, style)}月{end}", year=2026)

    assert (schedule.kind, schedule.confirm) == (Kind.DEADLINE, False)
    assert [(slot.start, slot.due) for slot in schedule.slots] == [
        (None, date(2026, month, LAST_DAYS[month - 1]))
    ]


@given(day=st.dates(date(2026, 1, 1), date(2026, 12, 31)), before=st.sampled_from(["前", "之前", "以前", ""]))
@pytest.mark.parametrize(
    "shape",
    SHAPES,
)
def test_a_day_reads_alike_however_written(day: date, before: str, shape: str) -> None:
    schedule = read_phrase(shape.format(m=day.month, d=day.day) + before, year=2026)

    assert (schedule.kind, schedule.confirm) == (Kind.DEADLINE, False)
    assert [(slot.key, slot.start, slot.due) for slot in schedule.slots] == [
        (f"2026-{day.month:02}", None, day)
    ]


@given(
    times=st.integers(1, 99),
    least=st.sampled_from(["不少于", "至少", "不低于", "≥"]),
    period=st.sampled_from(
        [("每周", 53), ("每月", 12), ("每个月", 12), ("每季度", 4), ("每半年", 2), ("每年", 1)]
    ),
)
def test_a_quota_is_owed_in_every_period(times: int, least: str, period: tuple[str, int]) -> None:
    schedule = read_phrase(f"{period[0]}{least}{times}次", year=2026)

    assert (schedule.kind, schedule.target, len(schedule.slots)) == (Kind.QUOTA, times, period[1])


@given(amounts=st.lists(st.integers(0, 9999), min_size=4, max_size=4))
def test_quantities_are_split_over_periods_in_order(amounts: list[int]) -> None:
    listed = "、".join(map(str, amounts))
    schedule = read_phrase(f"第一、二、三、四季度任务分别为{listed}万元", year=2026)

    assert schedule.target == tuple(map(float, amounts))
    assert [slot.key for slot in schedule.slots] == ["2026-Q1", "2026-Q2", "2026-Q3", "2026-Q4"]


@given(text=st.text(max_size=40) | st.lists(PIECES, max_size=12).map("".join), year=st.integers(2000, 2100))
def test_no_text_is_refused_and_every_reading_is_sound(text: str, year: int) -> None:
    schedule = read_phrase(text, year=year)

    keys = [slot.key for slot in schedule.slots]
    assert schedule.phrase == text
    assert schedule.reading.startswith("理解为：")
    assert schedule.reading.endswith("请确认") is schedule.confirm
    assert len(set(keys)) == len(keys)
    assert all(slot.start <= slot.due for slot in schedule.slots if slot.start and slot.due)
    assert all(1900 <= day.year <= 2200 for slot in schedule.slots for day in (slot.start, slot.due) if day)
    assert not isinstance(schedule.target, tuple) or len(schedule.target) == len(schedule.slots)
    assert schedule.target is None or schedule.kind in {Kind.QUOTA, Kind.UNSCHEDULED}
    assert (schedule.days is not None) is (schedule.kind is Kind.RELATIVE)


@given(text=st.text(alphabet="abcxyz资料见附件领导名单无", max_size=20))
def test_words_without_time_are_missing_and_due_at_the_years_end(text: str) -> None:
    schedule = read_phrase(text, year=2026)

    assert (schedule.kind, schedule.confirm) == (Kind.MISSING, True)
    assert [(slot.start, slot.due) for slot in schedule.slots] == [(None, date(2026, 12, 31))]
