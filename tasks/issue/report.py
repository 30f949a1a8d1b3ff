"""The half-year report (半年党建工作汇报): what was done in words, every number with its source."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime

from sqlalchemy.orm import Session

from models.documents import DocumentKind
from models.errors import InputError
from models.messages import say as say_message
from models.periods import Period
from models.settings import Settings
from tasks.figures import CountedFigure
from tasks.issue.changes import Line, body_of
from tasks.issue.draft import Draft, Edition, Sheet
from tasks.issue.office import template_of_home
from tasks.issue.paper import Paper, Piece
from tasks.issue.report_facts import Facts, collect_facts
from tasks.issue.report_outline import say
from tasks.issue.report_text import Bold, Count, Paragraph, report_paragraphs
from tasks.issue.tables import Grid
from tasks.issue.text import oneline, period_words, words

KIND = DocumentKind.REPORT
_SOURCE_WIDTHS = (11.0, 34.0, 19.0, 92.0, 12.0, 36.0, 12.0, 30.0)
#: So many runs of ids are printed; the register keeps all of them.
_RUNS = 14


def report_drafts(
    session: Session, settings: Settings, period: Period, *, today: date, at: datetime
) -> list[Draft]:
    """The report of a half-year with its figures, to be approved.

    The second half's report also gives the figures of the whole year. Raises InputError unless
    `period` is a half-year, for figures that contradict each other and for placeholders left.
    """
    if "-H" not in period.key:
        document = say_message("document.report", "zh")
        raise InputError("document_period", period=period.key, document=document, wanted="2026-H1")
    facts = collect_facts(session, settings, period, today=today, at=at)
    paragraphs = report_paragraphs(facts)
    facts = replace(facts, figures=_as_cited(facts.figures, paragraphs))
    title = words("report.title", bureau=facts.office.bureau, period=period_words(period))

    def render(edition: Edition) -> Iterable[Sheet]:
        return (Sheet("docx", title, "docx", _paper(facts, paragraphs, title, edition)),)

    return [Draft(KIND, period, title, body_of(tuple(_lines(facts))), render, figures=facts.figures)]


def _as_cited(figures: Sequence[CountedFigure], paragraphs: Sequence[Paragraph]) -> tuple[CountedFigure, ...]:
    """The figures in the order in which the text first names them; those it does not name come last."""
    cited = [piece.key for paragraph in paragraphs for piece in paragraph.words if isinstance(piece, Count)]
    order = {key: place for place, key in enumerate(dict.fromkeys(cited))}
    return tuple(sorted(figures, key=lambda figure: order.get(figure.key, len(order))))


def _paper(facts: Facts, paragraphs: Sequence[Paragraph], title: str, edition: Edition) -> bytes:
    bureau = facts.office.bureau
    paper = Paper(title, author=bureau, at=facts.at, template=template_of_home(facts.home, KIND))
    lines = words("report.title_lines", bureau=bureau, period=period_words(facts.period))
    paper.title(lines, below=words("report.number", year=facts.today.year))
    paper.address(say("address"))
    for paragraph in paragraphs:
        if paragraph.heading:
            paper.heading("".join(str(piece) for piece in paragraph.words))
        else:
            paper.body(_pieces(facts, paragraph))
    paper.changes(edition.changes, version=edition.version)
    paper.body(words("report.annex_line"))
    paper.signature(bureau, facts.today)
    paper.turn(landscape=True)
    paper.line(words("report.annex"))
    paper.title(words("report.annex_title"))
    paper.note(words("report.note"))
    paper.table(_sources(facts.figures))
    return paper.to_bytes()


def _pieces(facts: Facts, paragraph: Paragraph) -> list[str | Piece]:
    found: list[str | Piece] = []
    for piece in paragraph.words:
        if isinstance(piece, Bold):
            found.append(Piece(piece.text, bold=True))
        elif isinstance(piece, Count):
            found += [piece.text + piece.unit, Piece(f"[{facts.number(piece.key)}]", raised=True)]
        elif piece:
            found.append(piece)
    return found


def _sources(figures: Sequence[CountedFigure]) -> Grid:
    rows = [
        (
            str(number),
            figure.label,
            f"{figure.shown}{figure.unit}",
            figure.rule,
            str(len(figure.work_items)),
            runs(figure.work_items),
            str(len(figure.events)),
            runs(figure.events),
        )
        for number, figure in enumerate(figures, start=1)
    ]
    return Grid(tuple(words("report.heads").split("|")), _SOURCE_WIDTHS, rows, (0, 2, 4, 6))


def runs(ids: Sequence[int]) -> str:
    """Ids with neighbours drawn together (12～15、18); at most so many runs."""
    found: list[list[int]] = []
    for one in sorted(ids):
        if found and one == found[-1][1] + 1:
            found[-1][1] = one
        else:
            found.append([one, one])
    shown = "、".join(str(first) if first == last else f"{first}～{last}" for first, last in found[:_RUNS])
    return (shown or words("report.heads_none")) + (words("report.more_ids") if len(found) > _RUNS else "")


def _lines(facts: Facts) -> Iterable[Line]:
    for figure in facts.figures:
        yield Line(f"figure/{figure.key}", figure.label, f"{figure.shown}{figure.unit}")
    for items in facts.done.values():
        for one in items:
            value = words("report.line_done", count=one.count)
            yield Line(f"done/{one.ref}", oneline(one.title), value)
    for name, count in (
        ("overdue", facts.overdue.count),
        ("returned", facts.returned.count),
        ("ahead", facts.ahead.count),
        ("late", facts.late.count),
        ("missed", facts.missed),
        ("put_off", facts.put_off),
    ):
        yield Line(name, words(f"report.line_{name}"), words("report.line_count", count=count))
