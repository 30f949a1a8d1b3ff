"""The sentences of the half-year report, built from what was really closed and counted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from models.errors import InputError
from models.figures import amount
from tasks.figures import CountedFigure
from tasks.issue.report_facts import CLOSED, DUE, NAMED, YEAR, Done, Facts, Lot, Subject, by_part
from tasks.issue.report_outline import CountSentence, Part, Topic, parts, say
from tasks.issue.text import INNER_QUOTES, chinese_date, numeral, oneline, period_words
from tasks.rates import Rate

#: So many items are named in a topic.
NAMED_ITEMS = 8


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
        say("put_off", count=facts.put_off) if facts.put_off else "",
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
    items = [one for one in facts.done.get((place, topic), ()) if one.figure not in shown]
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


def _items(items: Sequence[Done]) -> Iterator[str]:
    named = items[:NAMED_ITEMS]
    if len(named) == 1:
        yield f"{oneline(named[0].title)}{_times(named[0])}。"
    elif named:
        texts = (
            say("item", number=numeral(n), title=oneline(one.title), times=_times(one))
            for n, one in enumerate(named, start=1)
        )
        yield "；".join(texts) + "。"
    if len(items) > len(named):
        yield say("more", count=len(items) - len(named))


def _times(one: Done) -> str:
    if not one.closed:
        return say("times_quota", done=amount(one.done), target=amount(one.target))
    if one.units > 1:
        return say("times_units", units=one.units, count=one.closed)
    return say("times", count=one.closed) if one.closed > 1 else ""


def _problems(facts: Facts, number: int) -> list[Paragraph]:
    found = [Paragraph((f"{numeral(number)}、{say('problems')}",), heading=True)]
    date = chinese_date(facts.today)
    texts: list[str] = []
    if facts.overdue.count:
        units, titles = _first(facts.overdue_units), _titles(facts.overdue.items)
        missed = say("missed", count=facts.missed) if facts.missed else ""
        texts.append(
            say("overdue", date=date, count=facts.overdue.count, units=units, titles=titles) + missed
        )
    if facts.returned.count:
        texts.append(_problem(facts, "returned", len(texts), facts.returned))
    if facts.late.count:
        texts.append(
            _problem(facts, "late", len(texts), facts.late)
            + (say("made_up", count=facts.made_up) if facts.made_up else "")
        )
    return [*found, Paragraph(("".join(texts) or say("no_problems", date=date),))]


def _problem(facts: Facts, key: str, before: int, lot: Lot) -> str:
    due = facts.figure(DUE)
    share = Rate(lot.count, int(due.value) if due else 0).shown
    number, titles = numeral(before + 1), _titles(lot.items)
    return say(key, number=number, span=_span(facts), count=lot.count, titles=titles, percent=share)


def _plans(facts: Facts, number: int) -> list[Paragraph]:
    key = "2" if facts.second else "1"
    heading = Paragraph((f"{numeral(number)}、{say(f'plans_{key}')}",), heading=True)
    if not facts.ahead.count:
        return [heading, Paragraph((say("no_plans"),))]
    clauses: list[str] = []
    for place, items in by_part(facts.ahead.items).items():
        clauses.append(
            say(
                "plan_part",
                number=numeral(len(clauses) + 1),
                part=parts()[place].heading.split("，")[0],
                titles=_titles(items, more=False),
                more=say("plan_more", count=len(items)) if len(items) > NAMED else "",
            )
        )
    text = say("plans", next=say(f"next_{key}"), count=facts.ahead.count) + "；".join(clauses) + "。"
    return [heading, Paragraph((text,))]


def _titles(items: Iterable[Subject], *, more: bool = True) -> str:
    return _first(
        dict.fromkeys(f"“{oneline(item.title).translate(INNER_QUOTES)}”" for item in items), more=more
    )


def _first(names: Iterable[str], *, more: bool = True) -> str:
    known = list(names)
    return "、".join(known[:NAMED]) + ("等" if more and len(known) > NAMED else "")
