"""A branch's quarterly checklist on paper and as a spreadsheet."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from models.figures import amount
from tasks.issue.draft import Edition
from tasks.issue.ledger import Work
from tasks.issue.marks import marks
from tasks.issue.office import template_of_home
from tasks.issue.paper import Paper
from tasks.issue.quarter import Checklist, Quarter
from tasks.issue.sheets import Page, Value, workbook_bytes
from tasks.issue.tables import Cell, Content, Grid
from tasks.issue.tally import Tally
from tasks.issue.text import chinese_date, period_name, period_words, short_date, words

_WIDTHS = (10.0, 43.0, 39.0, 11.0, 11.0, 11.0, 11.0, 20.0)
_QUOTA_WIDTHS = (10.0, 48.0, 22.0, 13.0, 15.0, 13.0, 35.0)
_RUNNING_WIDTHS = (10.0, 66.0, 24.0, 36.0, 20.0)
#: Columns of running text, by the table's heads.
_LEFT = {"checklist.heads": (1, 7), "checklist.quota_heads": (1,), "checklist.running_heads": (1,)}
_SHEET_WIDTHS = (6, 46, 24, 8, 8, 8, 8, 30)


def checklist_paper(quarter: Quarter, checklist: Checklist, edition: Edition) -> bytes:
    """应办与结转, 次数目标, 跨季度推进: the branch's three tables."""
    title = words("checklist.title", period=period_words(quarter.period))
    author = quarter.office.signer
    paper = Paper(title, author=author, at=quarter.at, template=template_of_home(quarter.home, "checklist"))
    day = chinese_date(quarter.today)
    paper.title(title, below=words("checklist.below", unit=checklist.branch.name, date=day))
    paper.body(_summary(quarter, checklist))
    paper.heading(words("checklist.part_due"))
    _part(paper, "checklist.heads", _WIDTHS, _plain_rows(quarter, checklist), checklist.plain)
    if checklist.quotas:
        paper.heading(words("checklist.part_quota"))
        _part(
            paper, "checklist.quota_heads", _QUOTA_WIDTHS, _quota_rows(quarter, checklist), checklist.quotas
        )
    if checklist.running:
        paper.heading(words("checklist.part_running"))
        _part(paper, "checklist.running_heads", _RUNNING_WIDTHS, _running_rows(quarter, checklist))
    paper.note(words("checklist.note"))
    paper.changes(edition.changes, version=edition.version)
    paper.signature(author, quarter.today)
    return paper.to_bytes()


def checklist_sheet(quarter: Quarter, checklist: Checklist, title: str, edition: Edition) -> bytes:
    """The same three tables, a worksheet each."""
    heads = words("checklist.heads").split("|")
    notes = [words("checklist.note"), *edition.changes]
    pages = [
        Page(
            words("checklist.part_due"),
            title,
            tuple(heads),
            _SHEET_WIDTHS,
            _plain_rows(quarter, checklist),
            (0, 2, 3, 4, 5, 6),
            notes,
        )
    ]
    if checklist.quotas:
        quota = tuple(words("checklist.quota_heads").split("|"))
        rows = _quota_rows(quarter, checklist)
        pages.append(
            Page(
                words("checklist.part_quota"),
                title,
                quota,
                (6, 46, 12, 9, 9, 9, 20),
                rows,
                (0, 2, 3, 4, 5, 6),
            )
        )
    if checklist.running:
        running = tuple(words("checklist.running_heads").split("|"))
        rows = _running_rows(quarter, checklist)
        pages.append(
            Page(words("checklist.part_running"), title, running, (6, 46, 14, 18, 12), rows, (0, 2, 3, 4))
        )
    return workbook_bytes(pages, author=quarter.office.signer, at=quarter.at)


def _summary(quarter: Quarter, checklist: Checklist) -> str:
    text = words("checklist.summary", **checklist.sums)
    made_up, missed = checklist.made_up(quarter.today), checklist.missed(quarter.today)
    if made_up or missed:
        text += words("checklist.missed_summary", made_up=made_up, missed=missed)
    if checklist.quotas:
        text += words("checklist.quota_summary", count=len(checklist.quotas))
    return text


def _part(
    paper: Paper,
    heads: str,
    widths: tuple[float, ...],
    rows: list[tuple[Value, ...]],
    tallies: Sequence[Tally] = (),
) -> None:
    if not rows:
        paper.body(words("checklist.none"))
        return
    centred = tuple(n for n in range(len(widths)) if n not in _LEFT[heads])
    term = words(heads).split("|").index(words("checklist.term"))
    shown: list[list[Content]] = [
        [amount(cell) if isinstance(cell, float) else str(cell) for cell in row] for row in rows
    ]
    for row, one in zip(shown, tallies, strict=False):
        row[term] = Cell(str(row[term]), shade=one.shade)
    paper.table(Grid(tuple(words(heads).split("|")), widths, shown, centred, size=11))


def _plain_rows(quarter: Quarter, checklist: Checklist) -> list[tuple[Value, ...]]:
    year = quarter.period.start.year
    return [
        (
            number,
            one.first.marked_title,
            one.marked_term(year, quarter.today),
            one.due,
            one.done,
            one.carried,
            one.left,
            one.first.standard,
        )
        for number, one in enumerate(checklist.plain, start=1)
    ]


def _quota_rows(quarter: Quarter, checklist: Checklist) -> list[tuple[Value, ...]]:
    year = quarter.period.start.year
    return [
        (
            number,
            one.first.marked_title,
            period_name(one.first.period, year),
            one.due,
            one.done,
            one.left,
            one.marked_term(year, quarter.today),
        )
        for number, one in enumerate(checklist.quotas, start=1)
    ]


def _running_rows(quarter: Quarter, checklist: Checklist) -> list[tuple[Value, ...]]:
    year = quarter.period.start.year
    return [
        (
            number,
            work.marked_title,
            work.owner,
            _until(work, year, quarter.today),
            quarter.state_words(work),
        )
        for number, work in enumerate(checklist.running, start=1)
    ]


def _until(work: Work, year: int, today: date) -> str:
    due = short_date(work.due_on, year) if work.due_on else words("calendar.long")
    return "\n".join((due, *marks([work], year=year, today=today)))
