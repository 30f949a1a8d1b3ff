"""How many mails a week are enough, who may say so, and the account of what was spared."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from models.database import unit_of_work
from models.errors import InputError, RefusedError
from models.journal import verify
from models.periods import read_period
from models.settings import Settings
from models.tables import Activity, Feedback, MailPreference, Notice, Person, WorkItem
from notifications.ledger import Ledger, read_ledger
from notifications.preference import read_weekday, set_preference
from tests.integration.test_digest import closed, counts, parts
from tests.integration.told_bureau import (
    AT,
    COORDINATOR,
    JIANG,
    LU,
    TODAY,
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

WEDNESDAY, THURSDAY, FRIDAY, MONDAY = (date(2026, 3, day) for day in (25, 26, 27, 30))


def crossed_off(database: Engine, number: int) -> None:
    """Something that a digest tells and that can wait."""
    store(database, *work(number, LU, TODAY, state="closed"))
    happened(database, closed(number))


def ledger(database: Engine, period: str = "2026-03") -> Ledger:
    with Session(database) as session:
        return read_ledger(session, Settings(home=Path()), read_period(period), today=date(2026, 12, 31))


def test_what_can_wait_waits_for_the_next_week_once_the_budget_is_spent(
    bureau: Engine, tmp_path: Path
) -> None:
    for number, day in enumerate((TODAY, WEDNESDAY, THURSDAY, FRIDAY), start=1):
        crossed_off(bureau, number)
        found = digested(bureau, tmp_path, today=day, mail_budget=2)
        assert len(found) == (number <= 2)

    [monday] = [one for one in digested(bureau, tmp_path, today=MONDAY, mail_budget=2) if one.person_id == LU]

    assert parts(monday) == {"closed": ["事项3", "事项4"]}
    assert [one["held"] for one in counts(bureau)] == [0, 0, 1, 1, 0]


def test_what_presses_goes_out_beyond_the_budget_and_is_counted(bureau: Engine, tmp_path: Path) -> None:
    store(bureau, MailPreference(person_id=LU, digest_at="", weekday=None, budget=1))
    crossed_off(bureau, 1)
    digested(bureau, tmp_path)
    crossed_off(bureau, 2)
    store(bureau, *work(3, LU, WEDNESDAY), reached(3, "due", WEDNESDAY, WEDNESDAY))
    happened(bureau, supervised(WEDNESDAY))

    [digest] = digested(bureau, tmp_path, today=WEDNESDAY)

    assert parts(digest) == {"due_today": ["事项3"], "closed": ["事项2"]}
    assert counts(bureau)[-1]["over_budget"] == 1


def test_a_budget_of_nought_is_no_limit(bureau: Engine, tmp_path: Path) -> None:
    for number, day in enumerate((TODAY, WEDNESDAY, THURSDAY, FRIDAY), start=1):
        crossed_off(bureau, number)
        assert len(digested(bureau, tmp_path, today=day, mail_budget=0)) == 1


def test_the_ledger_counts_what_was_sent_merged_and_spared(bureau: Engine, tmp_path: Path) -> None:
    store(bureau, *work(1, LU, TODAY), reached(1, "due", TODAY))
    crossed_off(bureau, 2)
    store(bureau, *work(3, JIANG, TODAY), reached(3, "due", TODAY))
    happened(bureau, supervised(TODAY))
    told(bureau)
    with unit_of_work(bureau) as session:
        session.get_one(WorkItem, 3).state = "closed"
    [digest] = digested(bureau, tmp_path)
    activity = Activity(id=1, title="党课", on=TODAY, person_id=LU, at=AT)
    again = {"person_id": LU, "at": AT, "on": TODAY, "words": "党课"}
    store(bureau, activity, *(Feedback(work_item_id=one, activity_id=1, **again) for one in (1, 2, 3)))
    store(bureau, Feedback(work_item_id=1, **again))
    with unit_of_work(bureau) as session:
        session.get_one(Notice, digest.id).state = "sent"
        session.get_one(Notice, digest.id).sent_at = AT

    found = ledger(bureau)

    assert [(one.letter, one.sent, one.merged, one.dropped) for one in found.letters] == [
        ("closed", 0, 1, 0),
        ("digest", 1, 0, 0),
        ("due_today", 0, 1, 1),
    ]
    assert (found.told, found.digests, found.saved, found.dropped) == (2, 1, 1, 1)
    assert (found.feedback, found.activities, found.spared) == (3, 1, 2)
    assert (found.days, found.silent) == (1, 0)
    assert found.told + found.dropped == len(entries(bureau))
    paragraph = found.paragraph("zh")
    assert "共发送邮件1封。2条通知合并为1封摘要，少发1封；事项办结等原因免发通知1条" in paragraph
    assert "少填报2次" in paragraph
    assert "sent 1 mails" in found.paragraph("en")


def test_the_ledger_keeps_to_its_period_by_the_bureau_s_days(bureau: Engine, tmp_path: Path) -> None:
    crossed_off(bureau, 1)
    [digest] = digested(bureau, tmp_path)
    with unit_of_work(bureau) as session:
        sent = session.get_one(Notice, digest.id)
        sent.state, sent.sent_at = "sent", datetime(2026, 3, 31, 16, tzinfo=UTC)  # midnight in China

    assert (ledger(bureau).sent, ledger(bureau, "2026-04").sent) == (0, 1)
    assert ledger(bureau, "2026-H2") == Ledger(date(2026, 7, 1), date(2026, 12, 31), (), 0, 0, 0, 0, 0, 0, 0)


def wish(database: Engine, **changes: object) -> MailPreference:
    by = changes.pop("by", LU)
    with unit_of_work(database) as session:
        return set_preference(
            session,
            session.get_one(Person, LU),
            Settings(home=Path()),
            by=session.get_one(Person, by),
            coordinator=session.get_one(Person, COORDINATOR),
            at=AT,
            **changes,  # type: ignore[arg-type]  # as the test names them
        )


def test_a_person_says_when_and_how_often(bureau: Engine) -> None:
    wish(bureau, hour="9:30")
    wish(bureau, weekday=5, by=COORDINATOR)
    set_to = wish(bureau, budget=1)

    assert (set_to.digest_at, set_to.weekday, set_to.budget) == ("09:30", 5, 1)
    daily = wish(bureau, daily=True)
    assert (daily.digest_at, daily.weekday, daily.budget) == ("09:30", None, 1)
    default = wish(bureau, forget=True)
    assert (default.digest_at, default.weekday, default.budget) == ("", None, None)
    with Session(bureau) as session:
        assert verify(session).count == 5


def test_nobody_else_may_and_quiet_hours_are_refused(bureau: Engine) -> None:
    with pytest.raises(RefusedError, match="吕国平"):
        wish(bureau, hour="09:00", by=JIANG)
    with pytest.raises(InputError, match=r"20:00.*18:00"):
        wish(bureau, hour="20:00")
    with pytest.raises(InputError, match="noon"):
        wish(bureau, hour="noon")
    assert notices(bureau) == []


@pytest.mark.parametrize(
    ("words", "day"), [("周一", 1), ("星期日", 7), ("周天", 7), ("三", 3), ("5", 5), (" 周六 ", 6)]
)
def test_weekdays_are_read_as_people_write_them(words: str, day: int) -> None:
    assert read_weekday(words) == day


@pytest.mark.parametrize("words", ["", "8", "0", "周八", "Monday", "一二", "²"])
def test_anything_else_is_no_weekday(words: str) -> None:
    with pytest.raises(InputError):
        read_weekday(words)


def test_a_new_week_has_a_new_budget_by_the_bureau_s_clock(bureau: Engine, tmp_path: Path) -> None:
    # Monday 00:30 in China is still Sunday in UTC.
    at = datetime(2026, 3, 22, 16, 30, tzinfo=UTC)
    old = {"facts": {}, "not_before": AT, "state": "sent", "error": "", "letter": "slip", "person_id": LU}
    store(bureau, Notice(dedupe="sunday", created_at=at - timedelta(hours=1), **old))
    crossed_off(bureau, 1)
    assert len(digested(bureau, tmp_path, mail_budget=1)) == 1

    store(bureau, Notice(dedupe="monday", created_at=at, **old))
    crossed_off(bureau, 2)
    assert digested(bureau, tmp_path, today=WEDNESDAY, mail_budget=2) == []
