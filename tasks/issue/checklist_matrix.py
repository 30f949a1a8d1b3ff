"""The quarter's matrix: which branch has done how much of which item, and the other units' work."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime

from sqlalchemy.orm import Session

from models.documents import DocumentKind
from models.errors import InputError
from models.figures import amount
from models.messages import say
from models.periods import Period
from models.settings import Settings
from tasks.issue.changes import Line, body_of
from tasks.issue.draft import Draft, Edition, Sheet
from tasks.issue.ledger import Stand
from tasks.issue.matrix_facts import NONE, Counted, Matrix, collect_matrix
from tasks.issue.office import template_of_home
from tasks.issue.paper import Paper
from tasks.issue.quarter import open_quarter
from tasks.issue.sheets import Page, workbook_bytes
from tasks.issue.tables import Cell, Content, Grid, plain
from tasks.issue.tally import grouped, tally, tally_quota
from tasks.issue.text import chinese_date, oneline, period_words, shortened, words

KIND = DocumentKind.CHECKLIST
_PAPER_WIDTH = 245.0
_NUMBER, _TITLE = 10.0, 80.0
_OTHERS_WIDTHS = (10.0, 42.0, 87.0, 58.0, 12.0, 12.0, 12.0, 12.0)
_HOLDERS_WIDTHS = (15.0, 90.0, 35.0, 35.0, 35.0, 35.0)
_BRANCH_NAME = 12


def check_quarter(period: Period) -> None:
    """Raise InputError unless `period` is a quarter."""
    if "-Q" not in period.key:
        document = say("document.checklist", "zh")
        raise InputError("document_period", period=period.key, document=document, wanted="2026-Q1")


def matrix_drafts(
    session: Session, settings: Settings, period: Period, *, today: date, at: datetime
) -> list[Draft]:
    """The document of the whole bureau (unit 0), as things stand on `today`.

    Raises InputError unless `period` is a quarter.
    """
    check_quarter(period)
    matrix = collect_matrix(session, open_quarter(session, settings, period, today=today, at=at))
    title = words("checklist.matrix", period=period_words(period))

    def render(edition: Edition) -> Iterable[Sheet]:
        yield Sheet("docx", title, "docx", _paper(matrix, title, edition))
        yield Sheet("xlsx", title, "xlsx", _sheet(matrix, title, edition))

    return [Draft(KIND, period, title, body_of(tuple(_lines(matrix))), render)]


def matrix_rows(matrix: Matrix) -> list[tuple[Content, ...]]:
    """Number, item, and 已办／应办 for each column; the last row adds the counted periods up."""
    sums = (_sum(matrix, column) for column in matrix.columns)
    return [*_item_rows(matrix).values(), ("", words("checklist.total"), *sums)]


def _item_rows(matrix: Matrix) -> dict[str, tuple[Content, ...]]:
    """The rows of the items, by their numbers for life."""
    return {
        one.ref: (str(number), oneline(one.title), *(_cell(matrix, one, column) for column in matrix.columns))
        for number, one in enumerate(matrix.items, start=1)
    }


def _cell(matrix: Matrix, item: Counted, column: int) -> Content:
    """What a column did of an item, and what was made up of it or missed."""
    shares = item.shares(column)
    text = "\n".join(one.text(matrix.quarter.year, recurring=item.recurring) for one in shares)
    return Cell(text, shade=next(filter(None, (one.shade for one in shares)), ""))


def _sum(matrix: Matrix, column: int) -> str:
    total = sum((one.plain[column] for one in matrix.items if column in one.plain), NONE)
    return f"{round(total.done)}/{round(total.due + total.carried)}"


def _heads(matrix: Matrix) -> tuple[str, ...]:
    names = (shortened(name, _BRANCH_NAME) for name in matrix.columns.values())
    return (*words("checklist.matrix_heads").split("|"), *names)


def _other_rows(matrix: Matrix) -> list[tuple[Content, ...]]:
    """The work of departments and other units, unit by unit."""
    rows: list[tuple[Content, ...]] = []
    quarter = matrix.quarter
    for unit, works in matrix.others.items():
        dated = [
            work
            for work in works
            if work.target is not None or work.stand(quarter.period) is not Stand.RUNNING
        ]
        for group in grouped(dated, by_period=False):
            quota = group[0].target is not None
            one = tally_quota(group) if quota else tally(group, quarter.period)
            counts = tuple(amount(n) for n in (one.due, one.done, one.carried, one.left))
            term = Cell(one.marked_term(quarter.year, quarter.today), shade=one.shade)
            rows.append((str(len(rows) + 1), unit, one.first.marked_title, term, *counts))
    return rows


def _holder_rows(matrix: Matrix) -> list[tuple[str, ...]]:
    """What the branches right below each unit did."""
    return [
        (str(number), one.name, *map(str, (one.branches, one.rate.of, one.rate.count)), one.rate.shown)
        for number, one in enumerate(matrix.holders, start=1)
    ]


def _notes(matrix: Matrix) -> list[str]:
    """How the matrix is to be read."""
    note = words("checklist.matrix_note")
    if not matrix.joined:
        return [note]
    return [note, words("checklist.matrix_joined", count=matrix.quarter.office.branches)]


def _lines(matrix: Matrix) -> Iterable[Line]:
    heads = _heads(matrix)[2:]
    for ref, cells in _item_rows(matrix).items():
        row = plain(cells)
        shares = (f"{head}{share}" for head, share in zip(heads, row[2:], strict=True) if share)
        yield Line(f"branch/{ref}", row[1], "、".join(shares).replace("\n", "，"))
    for _, name, branches, due, done, _ in _holder_rows(matrix):
        value = words("checklist.holder_value", branches=branches, due=due, done=done)
        yield Line(f"holder/{name}", name, value)
    for row in map(plain, _other_rows(matrix)):
        value = words("checklist.value", due=row[4], done=row[5], carried=row[6], left=row[7])
        said = "，".join((value, *row[3].split("\n")[1:]))
        yield Line(f"other/{row[1]}/{row[2]}", f"{oneline(row[2])}（{row[1]}）", said)


def _paper(matrix: Matrix, title: str, edition: Edition) -> bytes:
    quarter, office = matrix.quarter, matrix.quarter.office
    paper = Paper(
        title,
        author=office.signer,
        at=quarter.at,
        template=template_of_home(quarter.home, "matrix"),
        landscape=True,
    )
    paper.title(
        title, below=words("checklist.matrix_below", office=office.signer, date=chinese_date(quarter.today))
    )
    count = max(len(matrix.columns), 1)
    widths = (_NUMBER, _TITLE, *((_PAPER_WIDTH - _NUMBER - _TITLE) / count for _ in matrix.columns))
    centred = (0, *range(2, len(widths)))
    paper.table(Grid(_heads(matrix), widths, matrix_rows(matrix), centred))
    for note in _notes(matrix):
        paper.note(note)
    if matrix.holders:
        paper.heading(words("checklist.holders"))
        heads = tuple(words("checklist.holders_heads").split("|"))
        paper.table(Grid(heads, _HOLDERS_WIDTHS, _holder_rows(matrix), (0, 2, 3, 4, 5)))
    others = _other_rows(matrix)
    if others:
        paper.heading(words("checklist.others"))
        heads = tuple(words("checklist.others_heads").split("|"))
        paper.table(Grid(heads, _OTHERS_WIDTHS, others, (0, 3, 4, 5, 6, 7)))
        paper.note(words("checklist.note"))
    paper.changes(edition.changes, version=edition.version)
    return paper.to_bytes()


def _sheet(matrix: Matrix, title: str, edition: Edition) -> bytes:
    heads = _heads(matrix)
    widths = (6.0, 46.0, *(12.0 for _ in matrix.columns))
    notes = [*_notes(matrix), *edition.changes]
    items = [plain(row) for row in matrix_rows(matrix)]
    others = [plain(row) for row in _other_rows(matrix)]
    pages = [
        Page(title, title, heads, widths, items, (0, *range(2, len(heads))), notes),
        _page("checklist.others", (6, 24, 46, 24, 8, 8, 8, 8), others, (0, 3, 4, 5, 6, 7)),
    ]
    if matrix.holders:
        pages.insert(
            1, _page("checklist.holders", (6, 40, 12, 12, 12, 12), _holder_rows(matrix), (0, 2, 3, 4, 5))
        )
    return workbook_bytes(pages, author=matrix.quarter.office.signer, at=matrix.quarter.at)


def _page(
    key: str, widths: tuple[float, ...], rows: Sequence[Sequence[str]], centred: tuple[int, ...]
) -> Page:
    """A worksheet whose name and heads stand in the catalogue."""
    return Page(words(key), words(key), tuple(words(f"{key}_heads").split("|")), widths, rows, centred)
