"""The month's calendar on paper: the grid, the lists, and the edition for all members."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, timedelta

from tasks.issue.days import notable_words
from tasks.issue.draft import Edition
from tasks.issue.ledger import Stand
from tasks.issue.month import Announced, Month, when_words
from tasks.issue.office import template_of_home
from tasks.issue.paper import Paper
from tasks.issue.rows import Row
from tasks.issue.tables import Cell, Content, Grid
from tasks.issue.text import WEEKDAYS, chinese_date, oneline, period_words, short_date, shortened, words

#: So many entries fit into a day of the grid; so many characters of a title into two lines, and
#: into the one line that a day with more than `ROOMY` entries has for each.
DAY_ENTRIES, ENTRY_LENGTH, SHORT_LENGTH, ROOMY = 4, 17, 9, 2
_GRID_WIDTHS = (35.0,) * 7
_LIST_WIDTHS = (11.0, 35.0, 14.0, 76.0, 44.0, 27.0, 38.0)
_MEMBER_WIDTHS = (12.0, 42.0, 62.0, 40.0)
_REST, _WORK = "F2F2F2", "FFF6E0"


def calendar_paper(month: Announced, title: str, edition: Edition) -> bytes:
    """The coordinator's calendar: everything that was announced, on pages that lie."""
    paper = Paper(
        title,
        author=month.office.signer,
        at=month.at,
        template=template_of_home(month.home, "calendar"),
        landscape=True,
    )
    below = words(
        "calendar.below",
        office=month.office.signer,
        date=chinese_date(month.today),
        version=edition.version,
    )
    paper.title(title, below=below)
    paper.note(_summary(month))
    paper.table(_month_grid(month))
    paper.new_page()
    for part in ("due", "carried", "running"):
        paper.heading(words(f"calendar.{part}"))
        put_list(paper, month, month.stands(Stand(part)))
    paper.note(words("calendar.note"))
    paper.changes(edition.changes, version=edition.version)
    return paper.to_bytes()


def member_paper(month: Announced, title: str) -> bytes:
    """The public edition: what is planned, without lights, lateness or scores."""
    paper = Paper(title, author=month.office.signer, at=month.at)
    paper.title(
        title, below=words("member.below", office=month.office.signer, date=chinese_date(month.today))
    )
    paper.body(words("member.intro", period=period_words(month.period)))
    paper.heading(words("member.due"))
    _member_table(paper, month, month.stands(Stand.DUE))
    ongoing = _ongoing(month)
    if ongoing:
        paper.heading(words("member.running"))
        _member_table(paper, month, ongoing)
    return paper.to_bytes()


def _ongoing(month: Announced) -> list[Row]:
    """What else goes on, each item once; that something is late is nobody's business here."""
    seen = {row.first.item_id for row in month.stands(Stand.DUE)}
    found = []
    for row in month.stands(Stand.RUNNING) + month.stands(Stand.CARRIED):
        if row.first.item_id not in seen:
            found.append(row)
            seen.add(row.first.item_id)
    return found


def _summary(month: Announced) -> str:
    counts = {stand: len([row for row in month.rows if row.stand is stand]) for stand in Stand}
    return words(
        "calendar.summary",
        items=len(month.rows),
        works=month.count,
        due=counts[Stand.DUE],
        carried=counts[Stand.CARRIED],
        running=counts[Stand.RUNNING],
        days=notable_words(month.days),
    )


def _month_grid(month: Announced) -> Grid:
    entries: dict[date, list[Row]] = defaultdict(list)
    for row in month.stands(Stand.DUE):
        if row.due_on:
            entries[row.due_on].append(row)
    first = month.period.start - timedelta(days=month.period.start.weekday())
    weeks = []
    while first <= month.period.end:
        week = [first + timedelta(days=n) for n in range(7)]
        weeks.append([_day_cell(month, day, entries[day]) for day in week])
        first += timedelta(days=7)
    return Grid(
        tuple(f"星期{day}" for day in WEEKDAYS), _GRID_WIDTHS, weeks, centred=(), size=9, height=13, top=True
    )


def _day_cell(month: Announced, day: date, rows: Sequence[Row]) -> Content:
    if day not in month.period:
        return ""
    notable = month.days.get(day)
    mark = ""
    if notable:
        mark = (
            words("calendar.rest_mark")
            if notable.rest
            else words("calendar.work_mark")
            if notable.work
            else ""
        )
    head = " ".join(filter(None, (str(day.day), mark, *(notable.names if notable else ()))))
    length = ENTRY_LENGTH if len(rows) <= ROOMY else SHORT_LENGTH
    lines = [head] + [f"·{_entry(row, length)}" for row in rows[:DAY_ENTRIES]]
    if len(rows) > DAY_ENTRIES:
        lines.append(words("calendar.more", count=len(rows)))
    rests = (notable and notable.rest) or (day.weekday() >= _SATURDAY and not (notable and notable.work))
    return Cell("\n".join(lines), shade=_REST if rests else _WORK if notable and notable.work else "")


_SATURDAY = 5


def _entry(row: Row, length: int) -> str:
    return shortened(oneline(row.first.marked_title.split("，")[0]), length)


def put_list(paper: Paper, month: Month, rows: Sequence[Row]) -> None:
    """Put the rows on paper as a table with all that is known of each."""
    if not rows:
        paper.body(words("calendar.none"))
        return
    heads = tuple(words("calendar.heads").split("|"))
    paper.table(
        Grid(heads, _LIST_WIDTHS, [list_row(month, n, row) for n, row in enumerate(rows, 1)], (0, 1, 2))
    )


def list_row(month: Month, number: int, row: Row) -> tuple[str, ...]:
    """A row of the list as texts, in the order of the heads."""
    return (
        str(number),
        "\n".join((_term(month, row), *_put_off(month, row))),
        words(f"kind.{row.first.kind}"),
        row.first.marked_title,
        month.office.unit_words(row.crowd),
        month.office.head_words(row.crowd, row.owners),
        row.first.standard,
    )


def _term(month: Month, row: Row) -> str:
    when = when_words(month, row)
    if row.due_on is None or row.stand is Stand.DUE:
        return when
    return words("calendar.since" if row.stand is Stand.CARRIED else "calendar.until", date=when)


def _put_off(month: Month, row: Row) -> tuple[str, ...]:
    """The first date of what was put off; it is nobody's business in the members' edition."""
    first = row.first.first_due_on
    return (words("mark.put_off", first=short_date(first, month.year)),) if first else ()


def _member_table(paper: Paper, month: Month, rows: Sequence[Row]) -> None:
    if not rows:
        paper.body(words("calendar.none"))
        return
    shown = [
        (
            str(number),
            words("member.now") if row.stand is Stand.CARRIED else _term(month, row),
            oneline(row.first.title),
            month.office.unit_words(row.crowd),
        )
        for number, row in enumerate(rows, start=1)
    ]
    paper.table(Grid(tuple(words("member.heads").split("|")), _MEMBER_WIDTHS, shown, (0, 1), size=12))
