"""The sentences of the half-year report, built from what was really closed and counted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from models.errors import InputError
from models.figures import amount
from models.lifecycle import DONE_STATES
from tasks.figures import CountedFigure
from tasks.issue.ledger import Work
from tasks.issue.report_facts import CLOSED, DUE, YEAR, Facts, by_part
from tasks.issue.report_outline import CountSentence, Part, Topic, parts, say
from tasks.issue.text import INNER_QUOTES, chinese_date, numeral, oneline, period_words
from tasks.rates import Rate

#: So many items are named in a topic, and so many titles in a sentence about problems and plans.
NAMED_ITEMS, NAMED_TITLES = 8, 3


@dataclass(frozen=True)
class Count:
    """A counted figure as it stands in a sentence; printed with its unit and the number of its source."""

    key: str
    text: str
    unit: str = ""


@dataclass(frozen=True)
class Bold:
    """A run-in heading."""

    text: str


Sentence = tuple[str | Count | Bold, ...]


@dataclass(frozen=True)
class Paragraph:
    """A heading, or a paragraph of running text."""

    words: Sentence
    heading: bool = False


def report_paragraphs(facts: Facts) -> list[Paragraph]:
    """The whole text from the introduction to the plans.

    Raises InputError if the same figure stands in it with different values, or if a placeholder
    `**` is left anywhere.
    """
    period = period_words(facts.period)
    found = [
        Paragraph((say("intro", bureau=facts.office.bureau, period=period),)),
        Paragraph((say("opening", bureau=facts.office.bureau, span=_span(facts)), *_progress(facts))),
    ]
    number = 0
    for place, part in enumerate(parts()):
        topics = _topics(facts, place, part)
        if not topics and place == len(parts()) - 1:
            continue
        number += 1
        found.append(Paragraph((f"{numeral(number)}、{part.heading}",), heading=True))
        found.extend(topics or [Paragraph((say("nothing", span=_span(facts)),))])
    found += _problems(facts, number + 1)
    found += _plans(facts, number + 2)
    check(found, facts.figures)
    return found


def check(paragraphs: Sequence[Paragraph], figures: Sequence[CountedFigure]) -> None:
    """Refuse a text that contradicts its own figures or still has placeholders.

    Raises InputError that names the figure, or quotes the place.
    """
    values = {figure.key: {figure.shown} for figure in figures}
    labels = {figure.key: figure.label for figure in figures}
    for paragraph in paragraphs:
        for piece in paragraph.words:
            if isinstance(piece, Count):
                values.setdefault(piece.key, set()).add(piece.text)
            text = piece if isinstance(piece, str) else piece.text
            if "**" in text:
                raise InputError("document_placeholder", text=text[:60])
    for key, shown in values.items():
        if len(shown) > 1:
            raise InputError(
                "document_figure_differs", figure=labels.get(key, key), values="、".join(sorted(shown))
            )


def _span(facts: Facts) -> str:
    return say("span_2" if facts.second else "span_1")


def _progress(facts: Facts) -> Sentence:
    due, closed = facts.figure(DUE), facts.figure(CLOSED)
    if due is None or closed is None or not due.value:
        return ()
    return (
        say("progress", date=chinese_date(facts.today), span=_span(facts)),
        *_counted(say("progress_due", n="{n}"), due),
        *_counted(say("progress_closed", n="{n}"), closed),
        say("progress_percent", percent=facts.closed_rate.shown),
        say("put_off", count=len(facts.put_off)) if facts.put_off else "",
    )


def _counted(text: str, figure: CountedFigure) -> Sentence:
    before, _, after = text.partition("{n}")
    rest = after.removeprefix(figure.unit)
    return (before, Count(figure.key, figure.shown, after[: len(after) - len(rest)]), rest)


def _topics(facts: Facts, place: int, part: Part) -> list[Paragraph]:
    found: list[Paragraph] = []
    for topic in sorted(part.topics, key=lambda topic: topic.rank):
        sentence = _topic(facts, place, topic)
        if sentence:
            heading = Bold(f"{len(found) + 1}. {topic.heading}")
            found.append(Paragraph((heading, *sentence)))
    return found


def _topic(facts: Facts, place: int, topic: Topic) -> Sentence:
    counts = [
        _count_sentence(facts, count, figure)
        for count in topic.counts
        if (figure := facts.figure(count.figure)) is not None and figure.value
    ]
    shown = {count.figure for count in topic.counts} if counts else set()
    items = [group for group in facts.done.get((place, topic), ()) if group[0].figure not in shown]
    if not counts and not items:
        return ()
    sentence: list[str | Count | Bold] = [topic.lead]
    for clause in counts:
        sentence += ["，" if topic.lead else "", *clause]
    if topic.lead:
        sentence.append("。")
    return (*sentence, *_items(items))


def _count_sentence(facts: Facts, count: CountSentence, figure: CountedFigure) -> Sentence:
    whole = facts.figure(count.figure + YEAR)
    if whole is None:
        return _counted(count.text, figure)
    year = say("year", n="{n}", unit=whole.unit)
    return (*_counted(count.text, figure), *_counted(year, whole))


def _items(items: Sequence[tuple[Work, ...]]) -> Iterator[str]:
    named = items[:NAMED_ITEMS]
    if len(named) == 1:
        yield f"{oneline(named[0][0].title)}{_times(named[0])}。"
    elif named:
        texts = (
            say("item", number=numeral(n), title=oneline(group[0].title), times=_times(group))
            for n, group in enumerate(named, start=1)
        )
        yield "；".join(texts) + "。"
    if len(items) > len(named):
        yield say("more", count=len(items) - len(named))


def _times(group: Sequence[Work]) -> str:
    closed = [work for work in group if work.state in DONE_STATES]
    if not closed:
        done, target = sum(work.done for work in group), sum(work.target or 0 for work in group)
        return say("times_quota", done=amount(done), target=amount(target))
    units = len({work.unit_id for work in closed})
    if units > 1:
        return say("times_units", units=units, count=len(closed))
    return say("times", count=len(closed)) if len(closed) > 1 else ""


def _problems(facts: Facts, number: int) -> list[Paragraph]:
    found = [Paragraph((f"{numeral(number)}、{say('problems')}",), heading=True)]
    date = chinese_date(facts.today)
    texts: list[str] = []
    if facts.overdue:
        units = _first(dict.fromkeys(work.unit for work in facts.overdue))
        count = len(facts.overdue)
        missed = say("missed", count=len(facts.missed)) if facts.missed else ""
        texts.append(
            say("overdue", date=date, count=count, units=units, titles=_titles(facts.overdue)) + missed
        )
    if facts.returned:
        texts.append(_problem(facts, "returned", len(texts), facts.returned))
    if facts.late:
        made_up = sum(work.made_up(facts.today) for work in facts.late)
        texts.append(
            _problem(facts, "late", len(texts), facts.late)
            + (say("made_up", count=made_up) if made_up else "")
        )
    return [*found, Paragraph(("".join(texts) or say("no_problems", date=date),))]


def _problem(facts: Facts, key: str, before: int, works: Sequence[Work]) -> str:
    due = facts.figure(DUE)
    share = Rate(len(works), int(due.value) if due else 0).shown
    number = numeral(before + 1)
    return say(key, number=number, span=_span(facts), count=len(works), titles=_titles(works), percent=share)


def _plans(facts: Facts, number: int) -> list[Paragraph]:
    key = "2" if facts.second else "1"
    heading = Paragraph((f"{numeral(number)}、{say(f'plans_{key}')}",), heading=True)
    if not facts.ahead:
        return [heading, Paragraph((say("no_plans"),))]
    clauses: list[str] = []
    for place, works in by_part(facts.ahead).items():
        count = len({work.item_id for work in works})
        clauses.append(
            say(
                "plan_part",
                number=numeral(len(clauses) + 1),
                part=parts()[place].heading.split("，")[0],
                titles=_titles(works, more=False),
                more=say("plan_more", count=count) if count > NAMED_TITLES else "",
            )
        )
    text = say("plans", next=say(f"next_{key}"), count=len(facts.ahead)) + "；".join(clauses) + "。"
    return [heading, Paragraph((text,))]


def _titles(works: Sequence[Work], *, more: bool = True) -> str:
    return _first(
        dict.fromkeys(f"“{oneline(work.title).translate(INNER_QUOTES)}”" for work in works), more=more
    )


def _first(names: Iterable[str], *, more: bool = True) -> str:
    known = list(names)
    return "、".join(known[:NAMED_TITLES]) + ("等" if more and len(known) > NAMED_TITLES else "")
