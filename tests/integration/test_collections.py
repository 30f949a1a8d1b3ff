"""Collections: who is asked, who has handed in, what is chased when, and who is told."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from itertools import product
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, event, select, update
from sqlalchemy.orm import Session

from models.database import reading, unit_of_work
from models.errors import DubanError, InputError, NotFoundError, RefusedError
from models.messages import Lang
from models.settings import Settings
from models.tables import Absence, Collection, Event, HandIn, Item, Person, Post, Unit
from models.workdays import load_calendar
from notifications.audience import AUDIENCES
from notifications.facts_collections import ASKED, CHASED, GAPS, collections
from notifications.letters import render
from notifications.samples import SAMPLES
from notifications.telling import Draft, News, begin_telling
from tasks.collection_chase import chase, remind, rung_on
from tasks.collection_list import Count, count_of, joiners, list_collections, list_lines
from tasks.collection_people import load_roll
from tasks.collections import Opened, close, excuse, hand_in, join, open_collection
from tasks.directory import find_coordinator, find_person
from tasks.evidence import Kept
from tasks.work import Hand

CALENDAR = load_calendar([2026])
#: A Tuesday; due on a Tuesday five weeks later.
OPENED, DUE = date(2026, 3, 24), date(2026, 4, 28)
TITLE = "廉政风险点及防控措施表"
LINES = tuple(one for one in AUDIENCES if one.verb == "collection.*")


def hand(session: Session, name: str = "", day: date = OPENED) -> Hand:
    """Somebody's hand at nine in the morning of a day; the coordinator's where nobody is named."""
    person = find_person(session, name) if name else find_coordinator(session, "")
    assert person is not None
    return Hand(person, datetime(day.year, day.month, day.day, 1, tzinfo=UTC), day)


def opened(database: Engine, audience: str = "财政审计科", *, by: str = "", **more: Any) -> Opened:  # noqa: ANN401
    with unit_of_work(database) as session:
        facts: dict[str, Any] = {"title": TITLE, "due": DUE} | more
        return open_collection(session, hand(session, by), audience=audience, **facts)


def handed_in(database: Engine, name: str, words: str = "无", *, day: date = OPENED, by: str = "") -> HandIn:
    with unit_of_work(database) as session:
        of = find_person(session, name)
        return hand_in(session, 1, hand(session, by or name, day), of=of, words=words)


def chased(database: Engine, day: date, settings: Settings) -> int:
    with unit_of_work(database) as session:
        return chase(session, settings, day=day, calendar=CALENDAR, at=datetime(2026, 4, 1, tzinfo=UTC))


def happened(database: Engine) -> list[tuple[str, dict[str, Any]]]:
    with reading(database) as session:
        rows = session.execute(
            select(Event.verb, Event.payload).where(Event.subject == "collection").order_by(Event.id)
        )
        return [(verb.removeprefix("collection."), json.loads(payload)) for verb, payload in rows]


def names(database: Engine) -> list[str]:
    with reading(database) as session:
        return [line.name for line in list_lines(session, 1)]


def count(database: Engine) -> Count:
    with reading(database) as session:
        return count_of(list_lines(session, 1))


def told(
    database: Engine, settings: Settings, today: date, *, after: int = 0
) -> dict[tuple[str, str], Draft]:
    """What those events tell, by letter and reader."""
    with reading(database) as session:
        rows = session.execute(select(Event).where(Event.verb.like("collection.%"), Event.id > after))
        news = [
            News(one.id, one.verb, one.subject_id, one.actor, json.loads(one.payload), one.reason)
            for (one,) in rows
        ]
        telling = begin_telling(session, settings, today)
        drafts = [one for one in collections(telling, news, LINES) if isinstance(one, Draft)]
        return {(one.letter, telling.roster.people[one.person_id].name): one for one in drafts}


def last_event(database: Engine) -> int:
    with reading(database) as session:
        return session.scalar(select(Event.id).order_by(Event.id.desc()).limit(1)) or 0


def rows(draft: Draft) -> Any:  # noqa: ANN401  # plain JSON
    return draft.facts["rows"]


def test_an_audience_is_who_it_means_that_day(organised: Engine) -> None:
    expected = {
        "全体干部": 118,
        "全体党员": 108,
        "第一党支部": 12,
        "各科室": 14,
        "支部书记": 8,
        # One of the department is no party member.
        "财政审计科、吕国平，全体党员": 109,
        "吕国平, linxiaodong@example.gov.cn": 2,
    }
    with reading(organised) as session:
        roll = load_roll(session, OPENED)
        found = {words: roll.resolve(words) for words in expected}

    assert {words: len({one.id for one in asked}) for words, asked in found.items()} == expected
    assert {words: len(asked) for words, asked in found.items()} == expected
    assert all(one.unit_id for asked in found.values() for one in asked)


def test_members_are_listed_under_their_branch_and_staff_under_their_office(organised: Engine) -> None:
    with reading(organised) as session:
        roll = load_roll(session, OPENED)
        kinds = {
            words: {roll.places[one.unit_id].kind for one in roll.resolve(words) if one.unit_id}
            for words in ("全体党员", "全体干部")
        }

    assert kinds == {"全体党员": {"党支部"}, "全体干部": {"科室", "单位", "机关党委", "派驻机构"}}


def test_a_word_that_means_nobody_is_named(organised: Engine) -> None:
    with unit_of_work(organised) as session:
        roll = load_roll(session, OPENED)
        with pytest.raises(InputError, match="某科"):
            roll.resolve("办公室、某科")
        twin = Person(name="吕国平", email="lv2@example.gov.cn")
        session.add(twin)
        session.flush()
        with pytest.raises(RefusedError, match="lv2@"):
            load_roll(session, OPENED).resolve("吕国平")


def test_who_is_away_through_the_due_date_is_excused(organised: Engine) -> None:
    done = opened(organised, "全体干部", item_ref="")

    # On secondment, on maternity leave, in a village; who is back before the due date still owes it.
    assert [(one.name, one.reason[:2]) for one in done.excused] == [
        ("严志勇", "抽调"),
        ("杜若琳", "产假"),
        ("卓文涛", "驻村"),
    ]
    assert (done.count, count(organised)) == (118, Count(115, 0, 3))
    [(verb, payload)] = happened(organised)
    assert (verb, payload["count"], payload["due"], len(payload["excused"])) == (
        "opened",
        118,
        "2026-04-28",
        3,
    )


def test_nobody_is_asked_twice_for_the_same(organised: Engine) -> None:
    opened(organised)

    with pytest.raises(RefusedError, match="1"):
        opened(organised)
    with unit_of_work(organised) as session:
        close(session, 1, hand(session))
    assert opened(organised).collection.id == 2


def test_a_collection_needs_what_when_and_from_whom(organised: Engine) -> None:
    wrong: list[tuple[dict[str, Any], type[DubanError]]] = [
        ({"title": "  "}, InputError),
        ({"due": OPENED - timedelta(days=1)}, InputError),
        ({"audience": "、"}, InputError),
        ({"item_ref": "999"}, NotFoundError),
    ]
    for facts, refusal in wrong:
        with pytest.raises(refusal):
            opened(organised, **{"audience": "财政审计科"} | facts)

    assert happened(organised) == []


def test_heads_ask_their_own_people_only(organised: Engine) -> None:
    opened(organised, "第一党支部", by="吕国平", title="思想汇报")

    with pytest.raises(RefusedError, match="吕国平"):
        opened(organised, "全体党员", by="吕国平")
    opened(organised, "财政审计科", by="韩国梁")
    opened(organised, "全体干部", by="周立诚", title="述职")


def test_handing_in_again_replaces_the_words_and_keeps_both_in_the_log(organised: Engine) -> None:
    opened(organised, "办公室")
    handed_in(organised, "吕国平", "无风险点")

    again = handed_in(organised, "吕国平", "风险点一处", day=DUE + timedelta(days=1))
    handed_in(organised, "吕国平", "风险点一处", day=DUE + timedelta(days=2))

    # It was in time: putting it right later makes nobody late.
    assert (again.words, again.handed_in_on) == ("风险点一处", OPENED)
    said = [
        (one["words"], one["again"], one["late"]) for verb, one in happened(organised) if verb == "handed_in"
    ]
    assert said == [("无风险点", False, False), ("风险点一处", True, False)]


def test_a_file_is_enough_and_late_is_said(organised: Engine) -> None:
    opened(organised, "办公室")
    with unit_of_work(organised) as session:
        of, late = find_person(session, "田秀芬"), DUE + timedelta(days=1)
        kept = Kept("表.docx", "ab" * 32, 10, "docx")
        hand_in(session, 1, hand(session, "田秀芬", late), of=of, words="", kept=kept)

    with reading(organised) as session:
        [line] = [one for one in list_lines(session, 1) if one.name == "田秀芬"]
    assert (line.file, line.stand(DUE)) == ("表.docx", "late")
    assert happened(organised)[-1][1]["late"] is True


def test_only_those_concerned_hand_in(organised: Engine) -> None:
    opened(organised, "办公室")

    with pytest.raises(InputError):
        handed_in(organised, "吕国平", " ")
    with pytest.raises(NotFoundError, match="蒋文博"):
        handed_in(organised, "蒋文博")
    with pytest.raises(RefusedError, match="曹宇航"):
        handed_in(organised, "田秀芬", by="曹宇航")
    handed_in(organised, "田秀芬", by="吕国平")
    handed_in(organised, "曹宇航", by="林晓东")
    with unit_of_work(organised) as session:
        close(session, 1, hand(session))
    with pytest.raises(RefusedError, match="1"):
        handed_in(organised, "白晓雪")


def test_excused_with_a_reason_nobody_owes(organised: Engine) -> None:
    opened(organised, "办公室")
    before = count(organised)
    with unit_of_work(organised) as session:
        of = find_person(session, "田秀芬")
        with pytest.raises(RefusedError):
            excuse(session, 1, hand(session), of=of, reason=" ")
        with pytest.raises(RefusedError, match="吕国平"):
            excuse(session, 1, hand(session, "吕国平"), of=of, reason="病假")
        for _ in range(2):
            excuse(session, 1, hand(session), of=of, reason="长期病假")

    assert count(organised) == Count(before.owed - 1, 0, 1)
    assert [verb for verb, _ in happened(organised)] == ["opened", "excused"]
    # Who hands in all the same is counted again.
    handed_in(organised, "田秀芬")
    assert count(organised) == Count(before.owed, 1, 0)
    with unit_of_work(organised) as session, pytest.raises(RefusedError, match="田秀芬"):
        excuse(session, 1, hand(session), of=find_person(session, "田秀芬"), reason="病假")


def test_joiners_are_offered_and_never_added_silently(organised: Engine) -> None:
    opened(organised, "财政审计科")
    with unit_of_work(organised) as session:
        unit = session.scalar(select(Unit.id).where(Unit.name == "财政审计科"))
        new = Person(name="新来的", email="new@example.gov.cn")
        session.add(new)
        session.flush()
        session.add(Post(person_id=new.id, unit_id=unit, role="成员"))

    with reading(organised) as session:
        found = session.get_one(Collection, 1)
        offered = joiners(session, found, list_lines(session, 1), OPENED)
    assert [one.name for one in offered] == ["新来的"]
    assert "新来的" not in names(organised)
    with unit_of_work(organised) as session:
        assert join(session, 1, hand(session), "财政审计科").count == 1
    with unit_of_work(organised) as session:
        assert join(session, 1, hand(session), "财政审计科").count == 0
    assert "新来的" in names(organised)
    assert [verb for verb, _ in happened(organised)] == ["opened", "joined"]


def test_closing_names_the_uncovered(organised: Engine) -> None:
    opened(organised, "吕国平、田秀芬、曹宇航")
    handed_in(organised, "田秀芬")

    for _ in range(2):
        with unit_of_work(organised) as session:
            close(session, 1, hand(session))

    verb, payload = happened(organised)[-1]
    assert verb == "closed"
    assert (payload["count"], payload["handed_in"], payload["uncovered"]) == (3, 1, ["吕国平", "曹宇航"])
    assert [one for one, _ in happened(organised)].count("closed") == 1
    with reading(organised) as session:
        assert list_collections(session) == []
        [summary] = list_collections(session, every=True)
    assert (summary.count.open, summary.count.coverage) == (2, 33)


def test_a_collection_may_serve_a_plan_item(in_force: Engine) -> None:
    with reading(in_force) as session:
        ref = session.scalar(select(Item.ref).where(Item.year == 2026).limit(1)) or ""

    assert opened(in_force, item_ref=ref).collection.item_id is not None


@given(st.integers(0, 10**6), st.integers(0, 10**6))
def test_a_hundred_per_cent_means_everybody(owed: int, handed: int) -> None:
    one = Count(owed, min(owed, handed), 0)

    assert 0 <= one.coverage <= 100
    assert (one.coverage == 100) == (one.open == 0)


@given(st.integers(0, 120), st.integers(0, 60), st.integers(0, 60))
def test_rungs_only_rise_with_the_days(start: int, length: int, beyond: int) -> None:
    began = date(2026, 1, 5) + timedelta(days=start)
    one = Collection(opened_on=began, due_on=began + timedelta(days=length))
    days = [began + timedelta(days=n) for n in range(length + beyond + 1)]
    rungs = [rung for day in days if CALENDAR.is_workday(day) and (rung := rung_on(one, CALENDAR, day))]

    heights = {"soon": -1, "due": 0}
    order = [heights[rung] if rung in heights else int(rung.removeprefix("late-")) for rung in rungs]
    assert order == sorted(order)
    late = [rung for rung in rungs if rung.startswith("late")]
    assert len(late) == len(set(late))
    assert rungs.count("soon") <= 3


def test_chased_before_on_and_every_workday_after(organised: Engine, settings: Settings) -> None:
    opened(organised, "吕国平、田秀芬", due=date(2026, 4, 10))

    days = [OPENED + timedelta(days=n) for n in range(24)]
    found = {day: chased(organised, day, settings) for day in days for _ in range(2)}
    again = sum(chased(organised, day, settings) for day in days)

    rungs = [one["rung"] for verb, one in happened(organised) if verb == "chased"]
    assert rungs == ["soon", "due", "late-1", "late-2", "late-3", "late-4"]
    # Tomb-Sweeping Day is no workday: three workdays before the tenth is the seventh.
    assert [one["day"] for verb, one in happened(organised) if verb == "chased"][:2] == [
        "2026-04-07",
        "2026-04-10",
    ]
    assert (set(found.values()), again) == ({0}, 0)
    handed_in(organised, "吕国平", day=date(2026, 4, 17))
    handed_in(organised, "田秀芬", day=date(2026, 4, 17))
    assert chased(organised, date(2026, 4, 20), settings) == 0


def test_missed_days_are_caught_up_in_one_go(organised: Engine, settings: Settings) -> None:
    opened(organised, "吕国平、田秀芬", due=date(2026, 4, 10))
    opened(organised, "吕国平、曹宇航", due=date(2026, 4, 14), title="述职")

    assert chased(organised, date(2026, 4, 13), settings) == 2
    assert chased(organised, date(2026, 4, 13), settings) == 0

    assert [one["rung"] for verb, one in happened(organised) if verb == "chased"] == ["late-1", "soon"]
    assert happened(organised)[-1][1] == {
        "collection": 2,
        "open": 2,
        "coverage": 0,
        "rung": "soon",
        "day": "2026-04-13",
    }


def test_chasing_many_asks_no_more_than_chasing_few(organised: Engine, settings: Settings) -> None:
    asked: list[str] = []
    event.listen(organised, "before_cursor_execute", lambda *args: asked.append(args[2]))
    opened(organised, "吕国平", due=date(2026, 4, 10), title="0")
    asked.clear()
    chased(organised, date(2026, 4, 10), settings)
    few = len(asked)

    for number in range(1, 20):
        opened(organised, "吕国平", due=date(2026, 4, 13), title=f"{number}")
    asked.clear()
    assert chased(organised, date(2026, 4, 13), settings) == 20
    assert len(asked) <= few + 1


def test_the_uncovered_are_named_once_thirty_days_before(organised: Engine, settings: Settings) -> None:
    opened(organised, "吕国平、田秀芬")
    handed_in(organised, "田秀芬")

    days = [DUE - timedelta(days=n) for n in (33, 30, 29, 28)]
    found = [chased(organised, day, settings) for day in days]

    # The thirtieth day before is a Sunday: the Monday after names them.
    assert found == [0, 0, 1, 0]
    verb, payload = happened(organised)[-1]
    assert (verb, payload["people"], payload["coverage"]) == ("uncovered", ["吕国平"], 50)
    notices = told(organised, settings, days[2], after=last_event(organised) - 1)
    assert list(notices) == [(GAPS, "林晓东")]


def test_reminding_by_hand_is_recorded_and_limited(organised: Engine) -> None:
    opened(organised, "吕国平、田秀芬")

    def by_hand(day: date) -> None:
        with unit_of_work(organised) as session:
            remind(session, 1, hand(session, day=day), words="请抓紧", every=1, calendar=CALENDAR)

    by_hand(OPENED)
    with pytest.raises(RefusedError, match="2026-03-25"):
        by_hand(OPENED)
    by_hand(OPENED + timedelta(days=1))
    assert [verb for verb, _ in happened(organised)] == ["opened", "reminded", "reminded"]
    for name in ("吕国平", "田秀芬"):
        handed_in(organised, name)
    with pytest.raises(RefusedError, match="1"):
        by_hand(OPENED + timedelta(days=3))


def test_each_is_asked_then_chased_and_heads_get_one_list(organised: Engine, settings: Settings) -> None:
    opened(organised, "办公室", words="每人一份", due=date(2026, 4, 10))
    opened(organised, "财政审计科、田秀芬", title="述职", due=date(2026, 4, 10))
    asked = told(organised, settings, OPENED + timedelta(days=1))
    assert {letter for letter, _ in asked} == {ASKED}
    assert [row["title"] for row in rows(asked[ASKED, "田秀芬"])] == [TITLE, "述职"]
    assert rows(asked[ASKED, "田秀芬"])[0]["words"] == "每人一份"
    assert not asked[ASKED, "田秀芬"].pressing

    handed_in(organised, "田秀芬")
    before = last_event(organised)
    chased(organised, date(2026, 4, 10), settings)
    found = told(organised, settings, date(2026, 4, 10), after=before)

    assert [row["title"] for row in rows(found[CHASED, "田秀芬"])] == ["述职"]
    assert found[CHASED, "田秀芬"].pressing
    office, other = rows(found[GAPS, "吕国平"])
    assert [one["unit"] for one in office["units"]] == ["办公室"]
    assert other["units"] == [{"unit": "办公室", "names": ["田秀芬"]}]
    everybody = rows(found[GAPS, "林晓东"])
    assert {row["title"] for row in everybody} == {TITLE, "述职"}
    assert all(row["open"] == sum(len(one["names"]) for one in row["units"]) for row in everybody)
    assert "田秀芬" not in str(office["units"])


def test_what_is_over_is_not_told_any_more(organised: Engine, settings: Settings) -> None:
    opened(organised, "吕国平、田秀芬", due=date(2026, 4, 10))
    chased(organised, date(2026, 4, 10), settings)
    handed_in(organised, "吕国平")
    with unit_of_work(organised) as session:
        session.execute(update(Person).where(Person.name == "田秀芬").values(active=False))

    found = told(organised, settings, date(2026, 4, 10))

    # Who left cannot answer; the coordinator sees that it is still owed.
    assert list(found) == [(GAPS, "吕国平"), (GAPS, "林晓东")] or list(found) == [
        (GAPS, "林晓东"),
        (GAPS, "吕国平"),
    ]
    with unit_of_work(organised) as session:
        close(session, 1, hand(session))
    assert told(organised, settings, date(2026, 4, 10)) == {}


def test_the_head_who_is_away_has_the_list_read_by_the_substitute(
    organised: Engine, settings: Settings
) -> None:
    opened(organised, "办公室", due=date(2026, 4, 10))
    with unit_of_work(organised) as session:
        head, acting = (find_person(session, name).id for name in ("吕国平", "曹宇航"))
        session.add(
            Absence(
                person_id=head, substitute_id=acting, kind="出差", starts_on=OPENED, ends_on=date(2026, 4, 12)
            )
        )
    chased(organised, date(2026, 4, 10), settings)

    found = told(organised, settings, date(2026, 4, 10))

    assert (GAPS, "曹宇航") in found
    assert (GAPS, "吕国平") not in found
    # What each person owes himself no substitute can hand in.
    assert (ASKED, "吕国平") in found


def test_the_letters_hold_what_was_composed(organised: Engine, settings: Settings) -> None:
    opened(organised, "办公室", words="<b>每人</b>一份", due=date(2026, 4, 10))
    chased(organised, date(2026, 4, 13), settings)
    shared = {
        key: SAMPLES["assigned"][key] for key in ("person", "on_behalf", "coordinator", "bureau", "today")
    }
    found = told(organised, settings, date(2026, 4, 13))

    for ((letter, _), draft), lang in product(found.items(), get_args(Lang)):
        part = {"letter": letter, "part": "new", "count": 1, "facts": draft.facts}
        facts = {**shared, "day": shared["today"], "brief": None, "morning": None, "parts": [part]}
        done = render("digest", lang, facts | {"waiting": {"count": 0, "rows": [], "more": 0}})
        assert TITLE in done.text
        assert "<b>每人</b>" not in done.html
        assert letter not in done.text
