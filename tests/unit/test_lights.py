"""The laws of supervision: pace, lights, the next look, the ladder, and why a light shines."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.lifecycle import State
from models.schedule import Kind
from models.supervision.explain import explain
from models.supervision.facts import Asked, Light, Track, Work
from models.supervision.judge import judge, measure
from models.supervision.ladder import Chain, climb
from models.supervision.looks import next_look
from models.supervision.pace import Pace, pace
from models.supervision.read import shipped
from models.supervision.rules import Compared, LightRule, Sign, Supervision
from models.workdays import load_calendar

CALENDAR = load_calendar([2026])
TABLE = shipped()
DAYS = st.dates(date(2026, 1, 1), date(2026, 12, 31))
#: Begun on Monday 2 March, due on Friday 13 March: ten workdays.
MARCH = Work("accepted", "window", start_on=date(2026, 3, 2), due_on=date(2026, 3, 13))
COUNTED = MARCH._replace(target=4.0)


def day(month: int, number: int) -> date:
    return date(2026, month, number)


def pace_on(on: date, done: float = 0.0, target: float | None = 4.0) -> Pace | None:
    return pace(
        done=done, target=target, start_on=MARCH.start_on, due_on=MARCH.due_on, day=on, calendar=CALENDAR
    )


def test_pace_is_what_is_done_beside_the_workdays_that_have_passed() -> None:
    assert pace_on(day(3, 2)) == Pace(done=0.0, elapsed=0.0)
    assert pace_on(day(3, 9), done=1.0) == Pace(done=25.0, elapsed=50.0)
    assert pace_on(day(3, 14), done=5.0) == Pace(done=125.0, elapsed=100.0)


@pytest.mark.parametrize("target", [None, 0.0, -1.0])
def test_what_counts_nothing_has_no_pace(target: float | None) -> None:
    assert pace_on(day(3, 9), target=target) is None


@given(on=DAYS, done=st.floats(0, 1000), target=st.floats(0.1, 1000), start=DAYS, due=DAYS)
def test_pace_only_falls_behind_with_time_and_only_on_workdays(
    on: date, done: float, target: float, start: date, due: date
) -> None:
    def at(when: date) -> Pace | None:
        return pace(done=done, target=target, start_on=start, due_on=due, day=when, calendar=CALENDAR)

    today, tomorrow = at(on), at(on + timedelta(days=1))
    if today is None or tomorrow is None:
        assert today is tomorrow
        assert CALENDAR.between(start - timedelta(days=1), due) <= 0
        return
    assert 0 <= today.elapsed <= tomorrow.elapsed <= 100
    assert today.elapsed == 0 or on > start
    assert tomorrow.elapsed == 100 or on < due
    if not CALENDAR.is_workday(on):
        assert today == tomorrow


#: A work item on a day, the rule that fires, and what is said of it.
SAID: list[tuple[Work, date, str, str]] = [
    (MARCH._replace(state="cancelled"), day(3, 20), "cancelled", "已取消，亮灰灯"),
    (
        MARCH._replace(state="closed", closed_on=day(4, 10)),
        day(5, 6),
        "made_up",
        "4月10日补办（应于3月13日办结），晚了28天，亮黄灯",
    ),
    (MARCH._replace(state="archived", closed_on=day(3, 13)), day(5, 6), "done", "已按期办结，亮绿灯"),
    (
        MARCH._replace(waits=True),
        day(3, 20),
        "extension_asked",
        "时限（3月13日）前已申请延期，正在审批，显示待决",
    ),
    (Work("assigned", "awaiting"), day(3, 20), "awaiting", "待上级通知，时限未定，显示待决"),
    (MARCH, day(3, 1), "not_started", "未到启动日，亮灰灯"),
    (
        MARCH._replace(state="submitted", submitted_on=day(3, 13)),
        day(3, 25),
        "reported_in_time",
        "已按期报结，等待审核，亮绿灯",
    ),
    (
        MARCH._replace(kind="standing", due_on=None),
        day(6, 3),
        "standing_silent",
        "长期坚持事项已93天没有反馈，超过92天，亮黄灯",
    ),
    (MARCH._replace(kind="standing"), day(4, 20), "standing", "长期坚持事项，不计时限，亮绿灯"),
    (
        MARCH._replace(kind="standing", state="returned"),
        day(4, 20),
        "standing_returned",
        "报结后被退回重办，亮黄灯",
    ),
    (MARCH, day(3, 22), "late_long", "逾期9天（应于3月13日办结），超过7天，亮红灯"),
    (
        COUNTED._replace(done=1.0),
        day(3, 12),
        "far_behind",
        "落后序时进度55个百分点（已完成1 / 4），超过30个百分点，亮红灯",
    ),
    (MARCH, day(3, 20), "late", "逾期7天（应于3月13日办结），亮橙灯"),
    (
        MARCH._replace(state="submitted", submitted_on=day(3, 16)),
        day(5, 6),
        "late",
        "逾期3天（应于3月13日办结），亮橙灯",
    ),
    (
        MARCH._replace(state="returned"),
        day(3, 10),
        "returned",
        "报结后被退回重办（应于3月13日办结），亮黄灯",
    ),
    (
        COUNTED._replace(done=1.0),
        day(3, 9),
        "behind",
        "落后序时进度25个百分点（已完成1 / 4），达到10个百分点，亮黄灯",
    ),
    (
        MARCH,
        day(3, 10),
        "due_unreported",
        "办结时限3月13日，还有3个工作日，尚无进展反馈，亮黄灯",
    ),
    (
        MARCH._replace(reported_on=day(3, 3)),
        day(3, 10),
        "due_soon",
        "办结时限3月13日，还有3个工作日，亮蓝灯",
    ),
    (MARCH, day(3, 3), "on_track", "正常推进，亮绿灯"),
]


@pytest.mark.parametrize(("work", "on", "rule", "said"), SAID, ids=[f"{one[2]}-{one[1]}" for one in SAID])
def test_each_rule_gives_its_light_and_says_why(work: Work, on: date, rule: str, said: str) -> None:
    verdict = judge(TABLE.lights, measure(work, on, CALENDAR))

    assert (verdict.rule, explain(verdict, TABLE, "zh", on=on)) == (rule, said)
    assert explain(verdict, TABLE, "en", on=on)


def test_every_shipped_rule_is_told_above() -> None:
    assert {rule for _, _, rule, _ in SAID} == {rule.key for rule in TABLE.lights}


def test_a_single_deed_is_not_behind_before_it_is_due() -> None:
    single = MARCH._replace(target=1.0, reported_on=day(3, 2))

    assert judge(TABLE.lights, measure(single, day(3, 13), CALENDAR)).light == "blue"


def test_a_change_is_told_with_its_day_and_another_years_date_with_its_year() -> None:
    verdict = judge(TABLE.lights, measure(MARCH, day(3, 22), CALENDAR))
    last_year = MARCH._replace(start_on=None, due_on=date(2025, 12, 31))
    old = judge(TABLE.lights, measure(last_year, day(3, 22), CALENDAR))

    assert explain(verdict, TABLE, "zh", on=day(3, 22), changed=True) == (
        "逾期9天（应于3月13日办结），超过7天，自3月22日起亮红灯"
    )
    assert explain(old, TABLE, "en", on=day(3, 22), changed=True) == (
        "81 day(s) overdue (due on 31 December 2025), more than 7: red since 22 March"
    )


def test_a_rule_of_the_bureaus_own_is_told_by_its_conditions() -> None:
    own = LightRule("slow", Light.ORANGE, (Compared(Asked.BEHIND, Sign.OVER, 20.0),))
    table = Supervision((own, *TABLE.lights), TABLE.ladders, "{}")
    verdict = judge(table.lights, measure(COUNTED, day(3, 5), CALENDAR))

    assert (
        explain(verdict, table, "zh", on=day(3, 5)) == "按规则“slow”：落后序时进度30个百分点（>20），亮橙灯"
    )


def test_a_moved_threshold_is_told_as_it_is() -> None:
    stricter = TABLE.lights[10]._replace(when=(Compared(Asked.DAYS_LATE, Sign.OVER, 3),))
    table = Supervision((stricter, *TABLE.lights), TABLE.ladders, "{}")
    verdict = judge(table.lights, measure(MARCH, day(3, 18), CALENDAR))

    assert explain(verdict, table, "zh", on=day(3, 18)) == "逾期5天（应于3月13日办结），超过3天，亮红灯"


WORKS = st.builds(
    Work,
    state=st.sampled_from([one.value for one in State]),
    kind=st.sampled_from([one.value for one in Kind]),
    star=st.booleans(),
    start_on=st.none() | DAYS,
    due_on=st.none() | DAYS,
    assigned_on=st.none() | DAYS,
    submitted_on=st.none() | DAYS,
    closed_on=st.none() | DAYS,
    reported_on=st.none() | DAYS,
    target=st.sampled_from([None, 1.0, 3.0, 4.0, 500.0]),
    done=st.sampled_from([0.0, 1.0, 2.5, 7.3]),
    waits=st.booleans(),
)
CHAINS = st.builds(
    Chain,
    absence=st.sampled_from([None, None, 7]),
    absent_until=st.just(date(2026, 12, 31)),
    head=st.booleans(),
    head_there=st.booleans(),
)


@given(work=WORKS, on=DAYS, chain=CHAINS)
def test_nothing_differs_before_the_next_look(work: Work, on: date, chain: Chain) -> None:
    def seen(when: date) -> tuple[object, ...]:
        situation = measure(work, when, CALENDAR)
        verdict = judge(TABLE.lights, situation)
        return verdict.light, verdict.rule, climb(TABLE.ladder_of(work), situation, chain, CALENDAR)

    look_on = next_look(TABLE, measure(work, on, CALENDAR), chain, CALENDAR)
    if work.ended:
        assert look_on is None
        return
    first = seen(on)
    told = list(first[2]) if isinstance(first[2], list) else []

    for number in range(1, 60):
        later = on + timedelta(days=number)
        if look_on is not None and later >= look_on:
            break
        light, rule, rungs = seen(later)
        assert (light, rule) == first[:2], later
        # On a workday the rung on which it stood already was told; on a rest day nothing is.
        assert rungs in ([], told), later


@given(work=WORKS, on=DAYS, chain=CHAINS)
def test_each_track_stands_on_one_rung_and_nobody_is_told_of_what_is_not_owed(
    work: Work, on: date, chain: Chain
) -> None:
    told = climb(TABLE.ladder_of(work), measure(work, on, CALENDAR), chain, CALENDAR)

    assert len({one.track for one in told}) == len(told)
    if told:
        assert CALENDAR.is_workday(on)
        assert work.owed
        assert not work.waits
        assert chain.absence is None or [one.rung for one in told] == ["absent-7"]
        assert chain.head or Track.HEAD not in {one.track for one in told}
