"""Calendar files as people's programs get them: what goes with mails, and the feeds."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import vobject
from icalendar import Calendar
from sqlalchemy import Engine, event

from models.database import reading, unit_of_work
from models.journal import SYSTEM, Fact, record
from models.settings import Settings
from models.tables import Person, WorkChange, WorkItem
from notifications.calendars import Feed, attach_changes, write_feeds
from notifications.telling import begin_telling
from tests.integration.told_bureau import AT, COORDINATOR, FIRST, JIANG, LU, SECOND, XIN, YUE, store, work

pytest_plugins = ["tests.integration.told_bureau"]
TODAY = date(2026, 3, 24)
#: 杜若琳 is away until June; 陶欣悦 acts for her.
DURING, AFTER = date(2026, 6, 18), date(2026, 6, 30)
CLOSED: dict[str, Any] = {"state": "closed", "closed_at": AT, "closed_on": TODAY}


def attached(
    database: Engine, settings: Settings, wanted: Mapping[int, Collection[int]]
) -> dict[int, tuple[str, ...]]:
    with reading(database) as session:
        return attach_changes(begin_telling(session, settings, TODAY), wanted)


def feeds(database: Engine, settings: Settings, today: date = TODAY) -> dict[str, Feed]:
    with reading(database) as session:
        return {one.of: one for one in write_feeds(session, settings, today=today)}


def entries(settings: Settings, path: str | Path) -> dict[str, Any]:
    """The entries of a file by UID, as icalendar reads them; the other library must open it too."""
    content = (settings.home / path).read_bytes()
    vobject.readOne(content.decode()).validate(raiseException=True)
    calendar = Calendar.from_ical(content)
    assert calendar.errors == []
    method = calendar.get("METHOD")
    for one in calendar.walk("VEVENT"):
        # RFC 5546 3.2: by mail each entry names who answers for it, and nobody is asked to come.
        assert ("ORGANIZER" in one) == (method is not None)
        assert "ATTENDEE" not in one
        assert method != "CANCEL" or one["STATUS"] == "CANCELLED"
    return {str(one["UID"]): one for one in calendar.walk("VEVENT")}


def summaries(settings: Settings, path: str | Path) -> list[str]:
    return [str(one["SUMMARY"]) for one in entries(settings, path).values()]


def method(settings: Settings, path: str) -> str:
    return str(Calendar.from_ical((settings.home / path).read_bytes())["METHOD"])


def change(database: Engine, number: int, *, was: int, **values: object) -> None:
    """Give a work item to somebody else, as a hand-over does."""
    with unit_of_work(database) as session:
        item = session.get_one(WorkItem, number)
        item.sequence += 1
        for name, value in values.items():
            setattr(item, name, value)
        [made] = record(
            session, [Fact("work.handed_over", "person", was, SYSTEM)], at=AT + timedelta(hours=1)
        )
        row = WorkChange(event_id=made, work_item_id=number, kind="handed_over", was=str(was))
        row.now = str(item.owner_id)
        session.add(row)


def test_what_is_owed_is_published_as_it_stands(bureau: Engine, settings: Settings) -> None:
    store(
        bureau, *work(1, LU, date(2026, 3, 31), sequence=2), *work(2, LU, None), *work(3, LU, TODAY, **CLOSED)
    )

    found = attached(bureau, settings, {LU: [1, 2, 3], JIANG: []})

    [(person, [path])] = [(who, list(paths)) for who, paths in found.items()]
    assert (person, method(settings, path)) == (LU, "PUBLISH")
    [(uid, entry)] = entries(settings, path).items()
    assert (uid, entry["SEQUENCE"], entry.decoded("DTSTART")) == ("work-1@duban", 2, date(2026, 3, 31))
    assert str(entry["SUMMARY"]) == "事项1（第一党支部）"
    assert "duban work feedback 1" in str(entry["DESCRIPTION"])
    assert attached(bureau, settings, {LU: [1]}) == found


def test_what_was_cancelled_is_taken_out_again(bureau: Engine, settings: Settings) -> None:
    store(bureau, *work(1, LU, date(2026, 3, 31), sequence=1, state="cancelled"), *work(2, LU, TODAY))

    news, gone = attached(bureau, settings, {LU: [1, 2]})[LU]

    assert (method(settings, news), list(entries(settings, news))) == ("PUBLISH", ["work-2@duban"])
    assert (method(settings, gone), list(entries(settings, gone))) == ("CANCEL", ["work-1@duban"])


def test_a_hand_over_takes_from_one_calendar_and_gives_to_the_other(
    bureau: Engine, settings: Settings
) -> None:
    store(bureau, *work(1, LU, date(2026, 3, 31)))
    before = entries(settings, attached(bureau, settings, {LU: [1]})[LU][0])["work-1@duban"]
    change(bureau, 1, was=LU, owner_id=JIANG)

    found = attached(bureau, settings, {LU: [1], JIANG: [1], COORDINATOR: [1]})

    assert set(found) == {LU, JIANG}
    assert [method(settings, found[who][0]) for who in (LU, JIANG)] == ["CANCEL", "PUBLISH"]
    for who in (LU, JIANG):
        after = entries(settings, found[who][0])["work-1@duban"]
        assert after["SEQUENCE"] > before["SEQUENCE"]
        assert after.decoded("DTSTAMP") > before.decoded("DTSTAMP")
    change(bureau, 1, was=JIANG, owner_id=LU)
    back = attached(bureau, settings, {LU: [1], JIANG: [1]})
    assert [method(settings, back[who][0]) for who in (LU, JIANG)] == ["PUBLISH", "CANCEL"]


def test_hidden_work_stands_in_its_owners_files_only(bureau: Engine, settings: Settings) -> None:
    store(bureau, *work(1, XIN, date(2026, 3, 31), hidden=True), *work(2, XIN, date(2026, 3, 31)))

    found = attached(bureau, settings, {XIN: [1], YUE: [1, 2], LU: [1]})
    written = feeds(bureau, settings)

    assert {who: list(entries(settings, paths[0])) for who, paths in found.items()} == {
        XIN: ["work-1@duban"],
        YUE: ["work-2@duban"],
    }
    own = entries(settings, written["杜若琳"].path)
    assert str(own["work-1@duban"]["CLASS"]) == "CONFIDENTIAL"
    assert list(entries(settings, written["第一党支部"].path)) == ["work-2@duban"]
    change(bureau, 1, was=XIN, owner_id=JIANG)
    gone = attached(bureau, settings, {XIN: [1]})[XIN][0]
    assert summaries(settings, gone) == ["【已移交】专项任务"]
    holding = [one.of for one in feeds(bureau, settings).values() if "work-1@" in _text(settings, one)]
    assert holding == ["蒋文博"]


def _text(settings: Settings, feed: Feed) -> str:
    return (settings.home / feed.path).read_text("utf-8")


def test_a_feed_shows_the_year_as_it_went(bureau: Engine, settings: Settings) -> None:
    store(bureau, *work(1, LU, date(2026, 3, 31)), *work(2, LU, date(2026, 1, 30), **CLOSED))
    store(bureau, *work(3, LU, date(2026, 2, 27), state="cancelled"), *work(4, LU, date(2025, 12, 31)))
    store(bureau, *work(5, LU, date(2025, 11, 28), **CLOSED), *work(6, LU, TODAY, state="scheduled"))
    change(bureau, 1, was=JIANG)

    found = feeds(bureau, settings)

    assert summaries(settings, found["吕国平"].path) == [
        "事项4（第一党支部）",
        "【已办结】事项2（第一党支部）",
        "【已取消】事项3（第一党支部）",
        "事项1（第一党支部）",
    ]
    assert summaries(settings, found["第一党支部"].path)[0] == "事项4（吕国平）"
    assert found["吕国平"].path == Path("calendars/people/p5@example.gov.cn.ics")
    left = entries(settings, found["蒋文博"].path)["work-1@duban"]
    assert (str(left["SUMMARY"]), str(left["STATUS"])) == ("【已移交】事项1（第一党支部）", "CANCELLED")


def test_a_substitute_has_what_falls_into_the_absence(bureau: Engine, settings: Settings) -> None:
    store(bureau, *work(1, XIN, DURING), *work(2, XIN, AFTER), *work(3, XIN, TODAY, **CLOSED))

    during = feeds(bureau, settings)["陶欣悦"]
    assert summaries(settings, during.path) == ["【代杜若琳】事项1（第一党支部）"]

    assert "陶欣悦" not in feeds(bureau, settings, today=DURING + timedelta(days=1))
    assert not (settings.home / during.path).exists()


def test_only_feeds_that_changed_are_written(bureau: Engine, settings: Settings) -> None:
    store(bureau, *work(1, LU, date(2026, 3, 31)), *work(2, JIANG, date(2026, 3, 31), unit=SECOND))
    assert {one.changed for one in feeds(bureau, settings).values()} == {True}

    assert {one.changed for one in feeds(bureau, settings, TODAY + timedelta(days=1)).values()} == {False}

    with unit_of_work(bureau) as session:
        moved = session.get_one(WorkItem, 1)
        moved.due_on, moved.sequence = date(2026, 4, 3), 1
    changed = {one.of for one in feeds(bureau, settings).values() if one.changed}
    assert changed == {"吕国平", "第一党支部"}
    assert not list(settings.home.rglob("*.part"))


def test_an_address_never_leads_out_of_the_folder(bureau: Engine, settings: Settings) -> None:
    with unit_of_work(bureau) as session:
        session.get_one(Person, LU).email = "../../X/吕 国平"
        session.get_one(Person, JIANG).email = "../../x/吕 国平"
    store(bureau, *work(1, LU, TODAY), *work(2, JIANG, TODAY))

    found = feeds(bureau, settings)

    names = [found[one].path.name for one in ("吕国平", "蒋文博")]
    assert len(set(names)) == len({name.lower() for name in names}) == 2
    assert {found[one].path.parent for one in ("吕国平", "蒋文博")} == {Path("calendars/people")}
    assert {one.parent.name for one in settings.home.rglob("*.ics")} == {"people", "units"}


def test_files_for_many_cost_no_more_statements_than_for_few(bureau: Engine, settings: Settings) -> None:
    asked: list[str] = []
    event.listen(bureau, "before_cursor_execute", lambda *args: asked.append(args[2]))
    for number in range(1, 41):
        store(bureau, *work(number, 1 + number % YUE, TODAY, unit=FIRST + number % 2))
    asked.clear()
    attached(bureau, settings, {LU: [4]})
    few = len(asked)

    asked.clear()
    found = attached(bureau, settings, {who: range(1, 41) for who in range(1, YUE + 1)})

    assert (len(asked), len(found)) == (few, YUE)


def test_a_whole_years_feeds_open_everywhere(in_force: Engine, settings: Settings) -> None:
    found = feeds(in_force, settings, date(2026, 1, 5)).values()

    held = {one.path: len(entries(settings, one.path)) for one in found}
    assert sum(held[one.path] for one in found if one.kind == "unit") == 717
    assert sum(held[one.path] for one in found if one.kind == "person") >= 600


def test_english_bureaus_have_english_entries(bureau: Engine, settings: Settings) -> None:
    store(bureau, *work(1, LU, TODAY, **CLOSED), *work(2, XIN, DURING))
    english = replace(settings, lang="en")

    found = feeds(bureau, english)

    assert summaries(english, found["吕国平"].path) == ["[done] 事项1 (第一党支部)"]
    assert summaries(english, found["陶欣悦"].path) == ["[for 杜若琳] 事项2 (第一党支部)"]
