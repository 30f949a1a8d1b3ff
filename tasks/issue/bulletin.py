"""Issue the half-year's inspection bulletin (检查通报): rates, merits, findings, what must be put right."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime

from sqlalchemy.orm import Session

from models.errors import InputError
from models.messages import say
from models.periods import Period
from models.settings import Settings
from models.workdays import Calendar
from tasks.figures import CountedFigure
from tasks.issue.changes import Line, body_of
from tasks.issue.half import Half, collect_half
from tasks.issue.ledger import Work
from tasks.issue.office import template_of_home
from tasks.issue.paper import Paper
from tasks.issue.publish import Draft, Edition, Issued, Sheet, publish
from tasks.issue.tables import Grid
from tasks.issue.text import INNER_QUOTES, chinese_date, numeral, oneline, period_words, short_date, words
from tasks.rates import Rates

KIND = "bulletin"
_RATE_WIDTHS = (12.0, 48.0, 16.0, 17.0, 17.0, 17.0, 16.0, 17.0)
_RECTIFY_WIDTHS = (30.0, 30.0, 54.0, 24.0, 20.0)
_OVERDUE_WIDTHS = (12.0, 34.0, 68.0, 24.0, 20.0)
#: So many titles of overdue items are named in the text; the annex has all.
_NAMED = 3


def issue_bulletin(
    session: Session,
    settings: Settings,
    calendar: Calendar,  # noqa: ARG001  # every document of a period is issued alike
    period: Period,
    *,
    at: datetime,
    today: date,
    actor: str,
) -> Issued:
    """Write the bulletin of a half-year as a draft for approval.

    Branches stand in their own order: nobody is ranked. Raises InputError unless `period` is a
    half-year.
    """
    if "-H" not in period.key:
        document = say("document.bulletin", "zh")
        raise InputError("document_period", period=period.key, document=document, wanted="2026-H1")
    half = collect_half(session, settings, period, today=today, at=at)
    title = words("bulletin.title", period=period_words(period))

    def render(edition: Edition) -> Iterable[Sheet]:
        return (Sheet("docx", title, "docx", _paper(half, title, edition)),)

    draft = Draft(
        KIND,
        period,
        title,
        body_of(tuple(_lines(half)), tuple(_problem_texts(half))),
        render,
        figures=_figures(half),
    )
    return publish(session, draft, home=settings.home, at=at, actor=actor, needs_approval=True)


def _paper(half: Half, title: str, edition: Edition) -> bytes:
    paper = Paper(title, author=half.office.signer, at=half.at, template=template_of_home(half.home, KIND))
    lines = words("bulletin.title_lines", period=period_words(half.period))
    paper.title(lines, below=words("bulletin.number", year=half.today.year))
    paper.address(words("bulletin.address"))
    paper.body(words("bulletin.intro", period=period_words(half.period)))
    paper.heading(words("bulletin.part_1"))
    paper.body(_overall(half))
    if half.merits:
        paper.body(_merits(half))
    paper.heading(words("bulletin.part_2"))
    paper.heading(words("bulletin.findings"), level=2)
    for text in _finding_texts(half):
        paper.body(text)
    paper.heading(words("bulletin.overdue"), level=2)
    for text in _overdue_texts(half):
        paper.body(text)
    paper.heading(words("bulletin.part_3"))
    paper.body(words("bulletin.demands" if half.problems else "bulletin.demands_none"))
    paper.body(words("bulletin.back"))
    paper.changes(edition.changes, version=edition.version)
    tables = _annexes(half)
    for number, (heading, _) in enumerate(tables, start=1):
        prefix = words("bulletin.annex_list") if number == 1 else words("bulletin.annex_next")
        paper.body(f"{prefix}{number}.{heading}")
    paper.signature(half.office.signer, half.today)
    for number, (heading, grid) in enumerate(tables, start=1):
        paper.annex(words("bulletin.annex", number=number), heading)
        paper.table(grid)
        if number == 1:
            paper.note(words("bulletin.note"))
    return paper.to_bytes()


def _overall(half: Half) -> str:
    total = half.total
    day = chinese_date(half.today)
    if not total.due:
        return words("bulletin.nothing_due", date=day)
    return words(
        "bulletin.overall",
        date=day,
        count=len(half.rates),
        due=total.due,
        closed=total.closed.count,
        percent=total.closed.shown,
        on_time=total.on_time.count,
        on_time_percent=total.on_time.shown,
        late=total.late.count,
        late_percent=total.late.shown,
        open=total.open_overdue.count,
        open_percent=total.open_overdue.shown,
        ended=total.missed.of,
        missed=total.missed.count,
        missed_percent=total.missed.shown,
    )


def _merits(half: Half) -> str:
    parts = [
        words("bulletin.merit", number=numeral(number), unit=one.unit, words=oneline(one.words))
        for number, one in enumerate(half.merits, start=1)
    ]
    return words("bulletin.merits") + "".join(parts).rstrip("；") + "。"


def _problem_texts(half: Half) -> list[str]:
    return [*_finding_texts(half), *_overdue_texts(half)]


def _finding_texts(half: Half) -> list[str]:
    if not half.problems:
        return [words("bulletin.no_findings")]
    return [
        words("bulletin.finding", number=number, unit=one.unit, words=oneline(one.words))
        for number, one in enumerate(half.problems, start=1)
    ]


def _overdue_texts(half: Half) -> list[str]:
    texts: list[str] = []
    for branch, _ in half.rates:
        own = half.overdue.get(branch.id, ())
        if own:
            texts.append(
                words(
                    "bulletin.overdue_unit",
                    number=len(texts) + 1,
                    unit=branch.name,
                    count=len(own),
                    titles=_titles(own),
                )
            )
    texts = texts or [words("bulletin.overdue_none")]
    sent_back = [branch.name for branch, _ in half.rates if half.returned.get(branch.id)]
    if sent_back:
        count = sum(map(len, half.returned.values()))
        texts.append(words("bulletin.returned", count=count, units="、".join(sent_back)))
    return texts


def _titles(works: Sequence[Work]) -> str:
    titles = list(dict.fromkeys(oneline(work.title) for work in works))
    named = "、".join(f"“{title.translate(INNER_QUOTES)}”" for title in titles[:_NAMED])
    return named + (words("bulletin.and_more") if len(titles) > _NAMED else "")


def _annexes(half: Half) -> list[tuple[str, Grid]]:
    tables = [(words("bulletin.table_1"), _rate_grid(half))]
    if half.problems:
        tables.append((words("bulletin.table_2"), _rectify_grid(half)))
    if half.overdue:
        tables.append((words("bulletin.table_3"), _overdue_grid(half)))
    return tables


def _rate_grid(half: Half) -> Grid:
    rows = [
        (str(n), branch.name, *_rate_cells(rates)) for n, (branch, rates) in enumerate(half.rates, start=1)
    ]
    rows.append(("", words("bulletin.total"), *_rate_cells(half.total)))
    return Grid(
        tuple(words("bulletin.heads_1").split("|")), _RATE_WIDTHS, rows, (0, 2, 3, 4, 5, 6, 7), size=11
    )


def _rate_cells(rates: Rates) -> tuple[str, ...]:
    shares = (rates.on_time, rates.late, rates.open_overdue)
    cells = [f"{rate.count}\n{rate.shown}" for rate in (*shares, rates.missed)]
    return (str(rates.due), *cells[:3], str(rates.missed.of), cells[3])


def _rectify_grid(half: Half) -> Grid:
    rows = [
        (
            half.reference(one),
            one.unit,
            oneline(one.words),
            short_date(one.rectify_by, half.today.year) if one.rectify_by else "",
            one.owner,
        )
        for one in half.problems
    ]
    return Grid(tuple(words("bulletin.heads_2").split("|")), _RECTIFY_WIDTHS, rows, (0, 3, 4), size=11)


def _overdue_grid(half: Half) -> Grid:
    rows: list[tuple[str, ...]] = []
    for branch, _ in half.rates:
        for work in half.overdue.get(branch.id, ()):
            if work.due_on is None:
                continue
            days = (half.today - work.due_on).days
            due = short_date(work.due_on, half.today.year)
            rows.append((str(len(rows) + 1), branch.name, work.marked_title, due, str(days)))
    return Grid(tuple(words("bulletin.heads_3").split("|")), _OVERDUE_WIDTHS, rows, (0, 3, 4), size=11)


def _lines(half: Half) -> Iterable[Line]:
    for branch, rates in half.rates:
        cells = zip(words("bulletin.heads_1").split("|")[2:], _rate_cells(rates), strict=True)
        value = "，".join(
            f"{head}{cell.replace(chr(10), '（')}{'）' if chr(10) in cell else ''}" for head, cell in cells
        )
        yield Line(f"rates/{branch.id}", branch.name, value)
    for one in half.findings:
        label = half.reference(one) if one in half.problems else words("bulletin.merit_label", unit=one.unit)
        yield Line(f"finding/{one.number}", label, f"{one.unit}：{oneline(one.words)}")


def _figures(half: Half) -> tuple[CountedFigure, ...]:
    """The bulletin's own figures, each with the work items that it counts."""
    rule = words("bulletin.note")
    works = [work for own in half.works.values() for work in own]
    closed = [work for work in works if work.closed_on]
    sources = {
        "due": [work for work in works if work.closed_on or (work.due_on and work.due_on < half.today)],
        "on_time": [
            work for work in closed if work.closed_on and work.due_on and work.closed_on <= work.due_on
        ],
        "late": [work for work in closed if work.closed_on and work.due_on and work.closed_on > work.due_on],
        "open_overdue": [work for own in half.overdue.values() for work in own],
    }
    total = half.total
    counts = {
        "due": total.due,
        "on_time": total.on_time.count,
        "late": total.late.count,
        "open_overdue": total.open_overdue.count,
    }
    return tuple(
        CountedFigure(
            f"bulletin.{name}",
            words(f"bulletin.figure_{name}"),
            float(counts[name]),
            "项",
            rule,
            work_items=tuple(sorted(work.id for work in own)),
        )
        for name, own in sources.items()
    )
