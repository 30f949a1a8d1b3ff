"""What stays visible of a missed date: made up (补), still missed (未开展), put off (延期)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from tasks.issue.ledger import Work
from tasks.issue.text import period_name, short_date, words

#: Behind what was made up (RGB).
YELLOW = "FFF2CC"


def marks(works: Sequence[Work], *, year: int, today: date) -> tuple[str, ...]:
    """The marks of work items that stand in one cell, as things are on `today`; usually none.

    Where there are several work items, each mark names the period that it speaks of.
    """
    named = len({work.period for work in works}) > 1
    late = [_with_period(work, late_words(work, year), year, named=named) for work in works if work.done_late]
    put_off = [
        _with_period(work, words("mark.put_off", first=short_date(first, year)), year, named=named)
        for work in works
        if (first := work.first_due_on) is not None
    ]
    missed = [period_name(work.period, year) for work in works if work.missed(today)]
    said = words("mark.missed", periods="、".join(dict.fromkeys(missed)) if named else "") if missed else ""
    return tuple(dict.fromkeys(filter(None, [*late, *put_off, said])))


def late_words(work: Work, year: int) -> str:
    """补（4月10日） for a period made up, 逾期办结（4月10日） for other work done late."""
    assert work.closed_on is not None  # noqa: S101  # only what was closed is late
    return done_late_words(work.closed_on, year, recurring=work.recurring)


def done_late_words(day: date, year: int, *, recurring: bool) -> str:
    """The same of work that was closed on a day."""
    return words("mark.made_up" if recurring else "mark.late", date=short_date(day, year))


def shade(works: Sequence[Work]) -> str:
    """The colour behind a cell: yellow where something was made up."""
    return YELLOW if any(work.done_late for work in works) else ""


def _with_period(work: Work, said: str, year: int, *, named: bool) -> str:
    return f"{period_name(work.period, year)}{said}" if named else said
