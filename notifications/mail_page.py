"""邮件台账: what mail went out this week and this month, what was spared, and what does not get through."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models import periods
from models.messages import Lang, say
from models.pages import Cell, Content, Lines, Page, Ref, Table, To
from models.settings import Settings
from models.tables import AddressTrouble, Bounce, Person
from notifications.blocked import IN_THE_WAY
from notifications.circuit import all_standing
from notifications.ledger import Ledger, midnight, read_ledger
from notifications.outbox import Count, count_by_letter, parked
from notifications.reasons import words

#: So many stuck mails and dead addresses are named.
_NAMED = 10
#: What the ledger's lines say, by property of the ledger.
_LINES = ("sent", "told", "saved", "dropped", "spared", "silent")
_STANDING = ("waiting", "deferred", "parked")
_BLOCKED = (
    select(func.coalesce(func.min(Person.name), ""), AddressTrouble.status, AddressTrouble.last_at)
    .outerjoin(Person, func.lower(Person.email) == func.lower(AddressTrouble.address))
    .where(*IN_THE_WAY)
    .group_by(AddressTrouble.id, AddressTrouble.status, AddressTrouble.last_at)
    .order_by(AddressTrouble.last_at.desc())
)


def mail_page(session: Session, settings: Settings, *, today: date, lang: Lang) -> Page:
    """The page; some twenty SELECTs, whatever the number of mails and people."""
    monday = today - timedelta(days=today.weekday())
    week = periods.Period(monday, monday + timedelta(days=6), "week")
    month = periods.month(today.year, today.month)
    ledgers = [read_ledger(session, settings, one, today=today) for one in (week, month)]
    bounced = [_bounced(session, settings, one.begins, one.ends) for one in ledgers]
    counts = count_by_letter(session)
    now = {name: sum(getattr(one, name) for one in counts) for name in _STANDING}
    blocked = session.execute(_BLOCKED.limit(_NAMED)).all()
    summary = say("mail_page.summary", lang, sent=ledgers[0].sent, saved=ledgers[0].saved, **now)
    return Page(
        "mail",
        say("mail_page.title", lang),
        summary,
        today,
        (
            *_servers(session, settings, lang),
            _ledger(ledgers, bounced, lang),
            _letters(ledgers[1], counts, lang),
            *_stuck(session, lang),
            *_addresses(
                [(name, status, at.astimezone(settings.zone).date()) for name, status, at in blocked], lang
            ),
            Lines((Cell(say("mail_page.run", lang), Ref(To.FLOW, "mail_round")),)),
        ),
    )


def _bounced(session: Session, settings: Settings, first: date, last: date) -> int:
    """How many mails came back from the first to the last day."""
    since, until = midnight(settings, first), midnight(settings, last + timedelta(days=1))
    return session.scalar(select(func.count(Bounce.id)).where(Bounce.at >= since, Bounce.at < until)) or 0


def _servers(session: Session, settings: Settings, lang: Lang) -> tuple[Lines, ...]:
    """Mail servers that are left alone for now."""
    lines = tuple(
        say(
            "mail_page.server",
            lang,
            server=one.server,
            until=f"{one.open_until.astimezone(settings.zone):%m-%d %H:%M}",
            reason=words(one.trouble, lang),
        )
        for one in all_standing(session)
    )
    return (Lines(lines),) if lines else ()


def _ledger(ledgers: Sequence[Ledger], bounced: Sequence[int], lang: Lang) -> Table:
    rows: list[tuple[Content, ...]] = [
        (say(f"mail_page.line_{name}", lang), *(getattr(one, name) for one in ledgers)) for name in _LINES
    ]
    rows.append((say("mail_page.line_bounced", lang), *bounced))
    return Table(
        "ledger",
        ("measure", "this_week", "this_month"),
        tuple(rows),
        title=say("mail_page.ledger", lang),
        note=say("mail_page.ledger_note", lang),
    )


def _letters(ledger: Ledger, counts: Sequence[Count], lang: Lang) -> Table:
    """The month by letter, and what of each is on its way or stuck now."""
    lines, now = {one.letter: one for one in ledger.letters}, {one.letter: one for one in counts}
    letters = {letter for letter, one in now.items() if any(getattr(one, name) for name in _STANDING)}
    rows: list[tuple[Content, ...]] = []
    for letter in sorted({*lines, *letters}):
        line, stands = lines.get(letter), now.get(letter)
        rows.append(
            (
                say(f"letter.{letter}", lang),
                *(getattr(line, name) if line else 0 for name in ("sent", "merged", "dropped")),
                *(getattr(stands, name) if stands else 0 for name in _STANDING),
            )
        )
    rows.sort(key=lambda row: (-_number(row[1]) - _number(row[2]), str(row[0])))
    columns = (
        "letter",
        "sent_count",
        "merged_count",
        "dropped_count",
        *(f"mail_{name}" for name in _STANDING),
    )
    return Table("letters", columns, tuple(rows), title=say("mail_page.letters", lang))


def _number(content: Content) -> int:
    return content if isinstance(content, int) else 0


def _stuck(session: Session, lang: Lang) -> tuple[Table, ...]:
    """Mails that were given up, the last ones first."""
    rows = tuple(
        (one.name, say(f"letter.{one.letter}", lang), words(one.reason, lang))
        for one in parked(session, limit=_NAMED)
    )
    columns = ("person", "letter", "reason")
    title, how = say("mail_page.stuck", lang), say("mail_page.stuck_how", lang)
    return (Table("stuck", columns, rows, title=title, note=how),) if rows else ()


def _addresses(blocked: Sequence[tuple[str, str, date]], lang: Lang) -> tuple[Table, ...]:
    """People whose address mail came back from."""
    columns = ("person", "status", "since_day")
    title, how = say("mail_page.blocked", lang), say("mail_page.blocked_how", lang)
    return (Table("blocked", columns, tuple(blocked), title=title, note=how),) if blocked else ()
