"""The event feed reads as a story in both languages, however many items a day has."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from typing import Any, get_args
from uuid import UUID

import pytest

from flows.follow_ups import FOLLOW_UPS
from flows.happenings import MOST_RELATED, TOLD, follow_up_event, tell_happenings
from flows.timetable import TIMETABLE
from models.following import Happened
from models.messages import Lang, catalogue

NOW = datetime(2026, 3, 2, 1, tzinfo=UTC)


def happened(number: int, verb: str, subject: str = "work_item", **payload: object) -> Happened:
    return Happened(number, NOW, verb, subject, number, "lin@example.gov.cn", payload, "缺会议纪要")


def names(*events: Happened) -> list[str]:
    return [one["resource"]["prefect.resource.name"] for one in tell_happenings(events, "zh")]


def test_one_thing_is_told_as_it_is_and_many_of_a_kind_as_one() -> None:
    assert names(happened(5, "work_item.returned")) == ["任务 5 被退回：缺会议纪要"]
    assert names(*(happened(n, "work_item.closed") for n in range(1, 100_001))) == ["销号任务 100000 项"]


def test_different_things_are_told_each_in_the_order_in_which_they_began() -> None:
    slips = [
        happened(n, "publication.issued", "publication", kind="slip", period="2026-03", title=f"提醒单{n}")
        for n in (2, 3, 4)
    ]
    calendar = happened(
        1, "publication.issued", "publication", kind="calendar", period="2026-03", title="2026年3月行事历"
    )

    assert names(calendar, *slips, happened(9, "month.closed", "month", period="2026-02")) == [
        "已印发：2026年3月行事历",
        "已印发提醒单 3 份（2026-03）",
        "2026-02 月小结已形成",
    ]


def test_overdue_work_is_one_event_a_day_with_its_count() -> None:
    day = happened(7, "day.supervised", "day", day="2026-03-02", counts={"due": 4, "urge-2": 3, "head": 2})
    quiet = happened(8, "day.supervised", "day", day="2026-03-03", counts={"due": 4})

    told = Counter(one["event"] for one in tell_happenings([day, quiet], "zh"))

    assert told == {"duban.day.supervised": 2, "duban.work-item.overdue": 1}
    assert names(day)[-1] == "2026-03-02：新提醒逾期任务 5 项"


def test_what_nobody_needs_to_see_is_not_told() -> None:
    assert tell_happenings([happened(1, "mail.preferred", "person")], "zh") == []


def test_the_same_events_told_again_are_the_same_and_related_things_stay_few() -> None:
    events = [happened(n, "work_item.closed", period="2026-03", unit_id=4) for n in range(1, 60)]

    first, again = tell_happenings(events, "zh"), tell_happenings(events, "zh")

    assert first == again
    assert str(UUID(first[0]["id"])) == first[0]["id"]
    roles = Counter(one["prefect.resource.role"] for one in first[0]["related"])
    assert roles == {"work-item": MOST_RELATED, "unit": 1, "period": 1}
    assert first[0]["payload"]["count"] == 59


@pytest.mark.parametrize("lang", get_args(Lang))
def test_every_verb_that_is_told_has_its_words(lang: Any) -> None:  # noqa: ANN401  # Lang
    for verb in TOLD:
        told = tell_happenings([happened(1, verb, verb.partition(".")[0], kind="slip")], lang)
        assert told[0]["resource"]["prefect.resource.name"]
        assert told[0]["event"] == f"duban.{verb.replace('_', '-')}"


def test_the_signal_that_starts_a_flow_carries_its_order() -> None:
    about = {"period": "2026-03"}
    signal = follow_up_event(
        "duban.plan.activated", event=9, at=NOW, flow="monthly_calendar", order=4, about=about, lang="zh"
    )

    assert signal["payload"] == {"order": 4, "event": 9, "period": "2026-03"}
    assert signal["resource"]["duban.follow-up"] == "monthly_calendar"
    assert signal["resource"]["prefect.resource.name"] == "接续办理：月度行事历 2026-03"


def test_every_flow_that_follows_is_in_the_timetable_and_has_words() -> None:
    flows = {entry.name for entry in TIMETABLE}

    assert {line.flow for line in FOLLOW_UPS} <= flows
    assert all(f"follows.{line.flow}" in catalogue("zh") for line in FOLLOW_UPS)
