"""The quarter's matrix: which branch has done how much of which item, and the other units' work."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from models.figures import amount
from tasks.issue.changes import Line, body_of
from tasks.issue.ledger import Stand
from tasks.issue.office import template_of_home
from tasks.issue.paper import Paper
from tasks.issue.publish import Draft, Edition, Sheet
from tasks.issue.quarter import Checklist, Quarter
from tasks.issue.sheets import Page, workbook_bytes
from tasks.issue.tables import Cell, Content, Grid, plain
from tasks.issue.tally import Tally, grouped, tally, tally_quota
from tasks.issue.text import chinese_date, oneline, period_words, shortened, words

KIND = "checklist"
_PAPER_WIDTH = 245.0
_NUMBER, _TITLE = 10.0, 80.0
_OTHERS_WIDTHS = (10.0, 42.0, 87.0, 58.0, 12.0, 12.0, 12.0, 12.0)
_BRANCH_NAME = 12


def matrix_draft(quarter: Quarter) -> Draft:
    """The document of the whole bureau (unit 0)."""
    title = words("checklist.matrix", period=period_words(quarter.period))

    def render(edition: Edition) -> Iterable[Sheet]:
        return (
            Sheet("docx", title, "docx", _paper(quarter, title, edition)),
            Sheet("xlsx", title, "xlsx", _sheet(quarter, title, edition)),
        )

    return Draft(KIND, quarter.period, title, body_of(tuple(_lines(quarter))), render)


def matrix_rows(quarter: Quarter) -> list[tuple[Content, ...]]:
    """Number, item, and 已办／应办 for each branch; the last row adds the counted periods up."""
    sums = (_sum(checklist) for checklist in quarter.checklists)
    return [*_item_rows(quarter).values(), ("", words("checklist.total"), *sums)]


def _item_rows(quarter: Quarter) -> dict[str, tuple[Content, ...]]:
    """The rows of the items, by their numbers for life."""
    cells: dict[int, dict[int, list[Tally]]] = {}
    firsts: dict[int, Tally] = {}
    for column, checklist in enumerate(quarter.checklists):
        for one in (*checklist.plain, *checklist.quotas):
            firsts.setdefault(one.first.item_id, one)
            cells.setdefault(one.first.item_id, {}).setdefault(column, []).append(one)
    ordered = sorted(firsts.values(), key=lambda one: (one.first.position, one.first.item_id))
    columns = range(len(quarter.checklists))
    return {
        one.first.ref: (
            str(number),
            oneline(one.first.marked_title),
            *(_cell(quarter, cells[one.first.item_id].get(n, ())) for n in columns),
        )
        for number, one in enumerate(ordered, start=1)
    }


def _cell(quarter: Quarter, tallies: Sequence[Tally]) -> Content:
    """What a branch did of an item, and what was made up of it or missed."""
    year = quarter.period.start.year
    text = "\n".join(one.marked_share(year, quarter.today) for one in tallies)
    return Cell(text, shade=next(filter(None, (one.shade for one in tallies)), ""))


def _sum(checklist: Checklist) -> str:
    sums = checklist.sums
    return f"{sums['done']}/{sums['due'] + sums['carried']}"


def _heads(quarter: Quarter) -> tuple[str, ...]:
    names = (shortened(one.branch.name, _BRANCH_NAME) for one in quarter.checklists)
    return (*words("checklist.matrix_heads").split("|"), *names)


def _other_rows(quarter: Quarter) -> list[tuple[Content, ...]]:
    """The work of departments and other units, unit by unit."""
    rows: list[tuple[Content, ...]] = []
    year = quarter.period.start.year
    for place in quarter.office.places:
        own = [work for work in quarter.others if work.unit_id == place.id]
        dated = [
            work for work in own if work.target is not None or work.stand(quarter.period) is not Stand.RUNNING
        ]
        for group in grouped(dated, by_period=False):
            quota = group[0].target is not None
            one = tally_quota(group) if quota else tally(group, quarter.period)
            counts = tuple(amount(n) for n in (one.due, one.done, one.carried, one.left))
            term = Cell(one.marked_term(year, quarter.today), shade=one.shade)
            rows.append((str(len(rows) + 1), place.name, one.first.marked_title, term, *counts))
    return rows


def _lines(quarter: Quarter) -> Iterable[Line]:
    heads = _heads(quarter)[2:]
    for ref, cells in _item_rows(quarter).items():
        row = plain(cells)
        shares = (f"{head}{share}" for head, share in zip(heads, row[2:], strict=True) if share)
        yield Line(f"branch/{ref}", row[1], "、".join(shares).replace("\n", "，"))
    for row in map(plain, _other_rows(quarter)):
        value = words("checklist.value", due=row[4], done=row[5], carried=row[6], left=row[7])
        said = "，".join((value, *row[3].split("\n")[1:]))
        yield Line(f"other/{row[1]}/{row[2]}", f"{oneline(row[2])}（{row[1]}）", said)


def _paper(quarter: Quarter, title: str, edition: Edition) -> bytes:
    office = quarter.office
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
    count = max(len(quarter.checklists), 1)
    widths = (_NUMBER, _TITLE, *((_PAPER_WIDTH - _NUMBER - _TITLE) / count for _ in quarter.checklists))
    centred = (0, *range(2, len(widths)))
    paper.table(Grid(_heads(quarter), widths, matrix_rows(quarter), centred))
    paper.note(words("checklist.matrix_note"))
    others = _other_rows(quarter)
    if others:
        paper.heading(words("checklist.others"))
        heads = tuple(words("checklist.others_heads").split("|"))
        paper.table(Grid(heads, _OTHERS_WIDTHS, others, (0, 3, 4, 5, 6, 7)))
        paper.note(words("checklist.note"))
    paper.changes(edition.changes, version=edition.version)
    return paper.to_bytes()


def _sheet(quarter: Quarter, title: str, edition: Edition) -> bytes:
    heads = _heads(quarter)
    widths = (6.0, 46.0, *(12.0 for _ in quarter.checklists))
    notes = [words("checklist.matrix_note"), *edition.changes]
    pages = [
        Page(
            title,
            title,
            heads,
            widths,
            [plain(row) for row in matrix_rows(quarter)],
            (0, *range(2, len(heads))),
            notes,
        ),
        Page(
            words("checklist.others"),
            words("checklist.others"),
            tuple(words("checklist.others_heads").split("|")),
            (6, 24, 46, 24, 8, 8, 8, 8),
            [plain(row) for row in _other_rows(quarter)],
            (0, 3, 4, 5, 6, 7),
        ),
    ]
    return workbook_bytes(pages, author=quarter.office.signer, at=quarter.at)
