"""The half-year's inspection bulletin (检查通报): rates, merits, findings, what must be put right."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime

from sqlalchemy.orm import Session

from models.documents import DocumentKind
from models.errors import InputError
from models.messages import say
from models.periods import Period
from models.settings import Settings
from tasks.figures import CountedFigure
from tasks.inspect import MERIT
from tasks.issue.bulletin_tables import annexes, put_off_to, rate_cells
from tasks.issue.changes import Line, body_of
from tasks.issue.draft import Draft, Edition, Sheet
from tasks.issue.half import FIGURES, Half, collect_half
from tasks.issue.ledger import Work
from tasks.issue.marks import late_words
from tasks.issue.office import template_of_home
from tasks.issue.paper import Paper
from tasks.issue.tables import plain
from tasks.issue.text import (
    INNER_QUOTES,
    chinese_date,
    numeral,
    oneline,
    period_name,
    period_words,
    words,
)

KIND = DocumentKind.BULLETIN
#: So many titles of overdue items are named in the text; the annex has all.
_NAMED = 3


def bulletin_drafts(
    session: Session, settings: Settings, period: Period, *, today: date, at: datetime
) -> list[Draft]:
    """The bulletin of a half-year, to be approved.

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
        body_of(tuple(_lines(half)), (*_stays(half), *_problem_texts(half))),
        render,
        figures=_figures(half),
    )
    return [draft]


def _paper(half: Half, title: str, edition: Edition) -> bytes:
    paper = Paper(title, author=half.office.signer, at=half.at, template=template_of_home(half.home, KIND))
    lines = words("bulletin.title_lines", period=period_words(half.period))
    paper.title(lines, below=words("bulletin.number", year=half.today.year))
    paper.address(words("bulletin.address"))
    paper.body(words("bulletin.intro", period=period_words(half.period)))
    paper.heading(words("bulletin.part_1"))
    paper.body(_overall(half))
    for text in _stays(half):
        paper.body(text)
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
    tables = annexes(half)
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
        made_up=total.made_up.count,
        missed=total.missed.count,
        missed_percent=total.missed.shown,
    )


def _stays(half: Half) -> list[str]:
    """What a later date does not wipe out: periods made up, and due dates put off."""
    texts = []
    if half.made_up:
        texts.append(words("bulletin.made_up", **_who(half, half.made_up)))
    if half.put_off:
        total = half.total
        first = (
            words("bulletin.first", count=total.first.count, percent=total.first.shown) if total.due else ""
        )
        texts.append(words("bulletin.put_off", **_who(half, half.put_off)) + first)
    return texts


def _who(half: Half, works: Mapping[int, Sequence[Work]]) -> dict[str, object]:
    return {"count": sum(map(len, works.values())), "units": half.office.unit_words(half.places.crowd(works))}


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
        count = sum(half.returned.values())
        texts.append(words("bulletin.returned", count=count, units="、".join(sent_back)))
    return texts


def _titles(works: Sequence[Work]) -> str:
    titles = list(dict.fromkeys(oneline(work.title) for work in works))
    named = "、".join(f"“{title.translate(INNER_QUOTES)}”" for title in titles[:_NAMED])
    return named + (words("bulletin.and_more") if len(titles) > _NAMED else "")


def _lines(half: Half) -> Iterable[Line]:
    for branch, rates in half.rates:
        cells = zip(words("bulletin.heads_1").split("|")[2:], rate_cells(rates), strict=True)
        value = "，".join(
            f"{head}{cell.replace(chr(10), '（')}{'）' if chr(10) in cell else ''}" for head, cell in cells
        )
        yield Line(f"rates/{branch.id}", branch.name, value)
    year = half.today.year
    for work in (work for own in half.made_up.values() for work in own):
        yield Line(f"made_up/{work.id}", _named(work, year), late_words(work, year))
    for work in (work for own in half.put_off.values() for work in own):
        value = plain([put_off_to(half, work)])[0].replace("\n", "，")
        yield Line(f"put_off/{work.id}", _named(work, year), value)
    for one in half.findings:
        merit = one.kind == MERIT
        label = words("bulletin.merit_label", unit=one.unit) if merit else half.reference(one)
        yield Line(f"finding/{one.number}", label, f"{one.unit}：{oneline(one.words)}")


def _named(work: Work, year: int) -> str:
    return f"{oneline(work.title)}（{work.unit}，{period_name(work.period, year)}）"


def _figures(half: Half) -> tuple[CountedFigure, ...]:
    """The bulletin's own figures, each with the work items that it counts."""
    rule = words("bulletin.note")
    total = half.total
    counts = {
        "due": total.due,
        "on_time": total.on_time.count,
        "late": total.late.count,
        "open_overdue": total.open_overdue.count,
        "made_up": total.made_up.count,
        "missed": total.missed.count,
    }
    return tuple(
        CountedFigure(
            f"bulletin.{name}",
            words(f"bulletin.figure_{name}"),
            float(counts[name]),
            "项",
            rule,
            work_items=tuple(half.counted[name]),
        )
        for name in FIGURES
    )
