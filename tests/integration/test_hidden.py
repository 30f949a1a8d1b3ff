"""An unannounced inspection is known to who makes it and to the coordinator: no mail or file says more.

A year of documents, digests and calendars is made around one whose title holds a word that stands
nowhere else; then every mail and every file is searched for it.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from email import message_from_bytes
from email.policy import default
from io import BytesIO
from pathlib import Path
from typing import get_args

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from flows.artifacts import page_of
from flows.office import Office
from flows.relay import Relay
from flows.stories.branch_documents import monthly_calendar, quarterly_checklist
from flows.stories.cockpit import collect_pages
from flows.stories.daily_supervision import daily_supervision
from flows.stories.documents import (
    half_year_inspection,
    half_year_report,
)
from flows.stories.step import Outcome, plainly
from flows.stories.tell import send_mail, tell_day
from models import periods
from models.database import open_database
from models.messages import Lang
from models.settings import Settings
from models.tables import Approval, Entry, Item, Notice, Person, PlanItem, WorkItem
from models.workdays import load_calendar
from notifications.calendars import write_feeds
from tasks.directory import find_person
from tasks.extend import ask_extension
from tasks.figures import compute_figures
from tasks.open_work import open_work
from tasks.work import Hand, feedback, finish
from tests.conftest import SqliteDatabases
from tests.deciding import approve_all, staff_on
from tests.fake_prefect import FakePrefect

#: Stand in the title, in the words with which the work was opened, and in a report on it.
TITLE, OPENED, REPORTED = "琥珀行动", "蓝鲸线索", "白鹭情况"
SECRETS = (TITLE, OPENED, REPORTED)
#: The leader in charge who makes the inspections, and the coordinator.
ENTITLED = {"韩国梁", "林晓东"}
H1 = periods.half(2026, 1)


@pytest.fixture
def office(sqlite_databases: SqliteDatabases, tmp_path: Path) -> Iterator[Office]:
    """The example bureau with its plan in force."""
    url = sqlite_databases.copy("in_force")
    engine: Engine = open_database(url)
    settings = Settings(home=tmp_path, database_url=url)
    yield Office(settings, engine, settings.clock())
    engine.dispose()
    sqlite_databases.drop(url)


def _plant(office: Office) -> list[int]:
    """Give the unannounced item its word and open four inspections: early, late, done, and in June."""
    with office.write() as session:
        item = session.scalars(select(Item).where(Item.hidden)).one()
        item.title = session.get_one(PlanItem, item.plan_item_id).title = f"{item.title}（{TITLE}）"
        found = []
        for occurred, due in (
            (date(2026, 1, 12), date(2026, 3, 20)),
            (date(2026, 1, 13), date(2026, 2, 6)),
            (date(2026, 1, 14), date(2026, 3, 27)),
            (date(2026, 1, 15), date(2026, 6, 12)),
        ):
            found += _open(session, item.ref, occurred, due, OPENED)
        _open(session, "22", date(2026, 1, 12), date(2026, 3, 25), "学习贯彻重要讲话")
    return found


def _open(session: Session, ref: str, occurred: date, due: date, words: str) -> list[int]:
    at = datetime(2026, 1, 12, 4, tzinfo=UTC)
    calendar = load_calendar([2026])
    opened = open_work(
        session,
        year=2026,
        ref=ref,
        occurred_on=occurred,
        calendar=calendar,
        actor="SYSTEM",
        at=at,
        due_on=due,
        words=words,
    )
    return [work.id for work in opened]


def _act(office: Office, works: list[int]) -> None:
    """The leader reports on two inspections and finishes one of them."""
    with office.write() as session:
        leader = find_person(session, "韩国梁")
        hand = Hand(leader, office.clock.now(), office.clock.today())
        for number in works[1:3]:
            feedback(session, number, hand, words=f"{REPORTED}，已到现场")
        staff = staff_on(session, office.clock.now(), office.settings)
        finish(session, works[2], hand, words=REPORTED, staff=staff)


def _decide(office: Office) -> None:
    """Everybody approves what waits."""
    with office.write() as session:
        waiting = session.scalars(select(Approval.id).where(Approval.status == "running"))
        for number in waiting.all():
            approve_all(session, number, office.clock.now())


def _live(office: Office) -> tuple[list[int], list[Outcome]]:
    """Half a year around the inspections; gives their work items, and what the flows said."""
    works = _plant(office)
    said = [
        daily_supervision(plainly, office, day=day)
        for day in (date(2026, 1, 12), date(2026, 2, 9), date(2026, 2, 27))
    ]
    february = office.on(date(2026, 2, 27))
    said.append(monthly_calendar(plainly, february, period=periods.month(2026, 3)))
    _act(february, works)
    # A second edition names what changed since the first.
    with office.write() as session:
        ref = session.scalars(select(Item.ref).where(Item.hidden)).one()
        _open(session, ref, date(2026, 3, 1), date(2026, 3, 26), OPENED)
    said.append(monthly_calendar(plainly, office.on(date(2026, 3, 2)), period=periods.month(2026, 3)))
    said += [daily_supervision(plainly, office, day=day) for day in (date(2026, 3, 23), date(2026, 3, 30))]
    assert not _shown(office.on(date(2026, 3, 30)))
    said.append(quarterly_checklist(plainly, office.on(date(2026, 4, 1)), period=periods.quarter(2026, 2)))
    june = office.on(date(2026, 6, 29))
    said.append(daily_supervision(plainly, june, day=date(2026, 6, 29)))
    said.append(half_year_inspection(plainly, june, period=H1))
    said.append(half_year_report(plainly, june, period=H1))
    _decide(june)
    said.append(half_year_inspection(plainly, june, period=H1))
    tell_day(june)
    with june.write() as session:
        write_feeds(session, june.settings, today=june.clock.today())
    send_mail(june)
    assert not _shown(june)
    return works, said


def _shown(office: Office) -> list[str]:
    """The cockpit's pages that tell a secret, in either language."""
    return [
        page.key
        for lang in get_args(Lang)
        for page in collect_pages(replace(office, reader=lang))
        if any(secret in json.dumps(page.plain(), ensure_ascii=False) for secret in SECRETS)
    ]


def _texts(content: bytes, name: str) -> Iterator[str]:
    """All text in a file: a document is unpacked, of a mail every part is read."""
    if zipfile.is_zipfile(BytesIO(content)):
        with zipfile.ZipFile(BytesIO(content)) as package:
            for part in package.namelist():
                yield from _texts(package.read(part), part)
        return
    text = content.decode("utf-8", errors="replace")
    # Calendar files fold their lines; Word may set a word in several runs.
    yield text.replace("\r\n ", "").replace("\n ", "")
    if name.endswith((".xml", ".rels")):
        yield "".join(piece.partition(">")[2] for piece in text.split("<"))


def _tells(content: bytes, name: str) -> bool:
    return any(secret in text for text in _texts(content, name) for secret in SECRETS)


def _mails(home: Path) -> Iterator[tuple[str, bool]]:
    """To whom each mail went, and whether any part of it tells a secret."""
    for file in sorted((home / "mailbox").rglob("*")):
        if not file.is_file():
            continue
        mail = message_from_bytes(file.read_bytes(), policy=default)
        parts = [part for part in mail.walk() if not part.is_multipart()]
        contents = [(part.get_payload(decode=True) or b"", part.get_filename() or "") for part in parts]
        headers = "\n".join(str(value) for value in mail.values())
        told = any(_tells(bytes(content), name) for content, name in contents)
        yield str(mail["To"]), told or any(secret in headers for secret in SECRETS)


def test_nobody_else_is_told_of_an_unannounced_inspection(office: Office) -> None:
    prefect = FakePrefect()
    relay = Relay(office, prefect)
    relay.look()
    works, said = _live(office)
    relay.look()

    home = office.settings.home
    with office.read() as session:
        people = {person.id: person for person in session.scalars(select(Person))}
        told = [
            (people[one.person_id].name, one.letter)
            for one in (*session.scalars(select(Notice)), *session.scalars(select(Entry)))
            if any(secret in json.dumps(one.facts, ensure_ascii=False) for secret in SECRETS)
        ]
        entitled = {person.email for person in people.values() if person.name in ENTITLED}
        state = session.get_one(WorkItem, works[2]).state
    mails = list(_mails(home))
    files = {
        file.relative_to(home).as_posix()
        for folder in ("documents", "calendars", "archive")
        for file in (home / folder).rglob("*")
        if file.is_file() and _tells(file.read_bytes(), file.name)
    }

    assert state == "closed"
    assert {name for name, _ in told} == ENTITLED
    assert len(mails) > 100
    told_by_mail = {to for to, tells in mails if tells}
    assert told_by_mail
    assert all(any(address in to for address in entitled) for to in told_by_mail)
    registers = {file for file in files if file.startswith("documents/2026-03/register/")}
    assert registers
    # What is shown at Prefect does not even name the register; at the terminal it is told what changed.
    pages = [
        page_of(one, "zh") + json.dumps([t.rows for t in one.tables], ensure_ascii=False) for one in said
    ]
    assert not [page for page in pages for secret in (*SECRETS, "不事先通知") if secret in page]
    assert any(TITLE in words for one in said for words in one.aside)
    assert len(prefect.heard) > 10
    feed = json.dumps(prefect.heard, ensure_ascii=False)
    assert not [secret for secret in (*SECRETS, "不事先通知") if secret in feed]
    own = {f"calendars/people/{address}.ics" for address in entitled}
    sent = {file for file in files if file.startswith("calendars/sent/")}
    assert files - registers - sent <= own


def test_the_cockpit_knows_nothing_of_an_unannounced_inspection(office: Office) -> None:
    day = date(2026, 3, 23)
    daily_supervision(plainly, office, day=day)
    before = {page.key: page for page in collect_pages(office.on(day))}

    works = _plant(office)
    with office.write() as session:
        hidden = session.scalars(select(Item).where(Item.hidden)).one()
        hidden.key = True
        announced = select(WorkItem).join(Item, Item.id == WorkItem.item_id)
        for work in session.scalars(announced.where(Item.ref == "22")):
            session.delete(work)
        hand = Hand(find_person(session, "韩国梁"), office.on(day).clock.now(), day)
        finish(session, works[0], hand, words=REPORTED, staff=staff_on(session, hand.at, office.settings))
        until = date(2026, 6, 26)
        staff = staff_on(session, hand.at, office.settings)
        ask_extension(session, works[3], hand, until=until, reason=REPORTED, staff=staff)
        asked = session.scalars(select(Approval.subject).where(Approval.status == "running")).all()
    after = {page.key: page for page in collect_pages(office.on(day))}

    assert sorted(asked) == ["extension", "work_item"]
    assert {key: page.fingerprint for key, page in after.items()} == {
        key: page.fingerprint for key, page in before.items()
    }


def test_an_unannounced_inspection_still_counts(office: Office) -> None:
    with office.write() as session:
        item = session.scalars(select(Item).where(Item.hidden)).one()
        item.figure = "廉政教育次"
        (number,) = _open(session, item.ref, date(2026, 1, 12), date(2026, 1, 30), OPENED)
        hand = Hand(find_person(session, "韩国梁"), office.clock.now(), date(2026, 1, 20))
        finish(session, number, hand, words=REPORTED, staff=staff_on(session, office.clock.now()))

        figures = compute_figures(session, year=2026, period=periods.year(2026))

    assert [figure.value for figure in figures if figure.key == "廉政教育次"] == [1]
