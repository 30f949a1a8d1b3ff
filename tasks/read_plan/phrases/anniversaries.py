"""Anniversaries and statutory holidays: “七一”前夕, 三八节, 节前, 元旦、春节前."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta

from models.periods import month
from models.schedule import Kind, Slot
from models.workdays import STATUTORY
from tasks.read_plan.phrases import wording
from tasks.read_plan.phrases.cadences import cadence
from tasks.read_plan.phrases.feasts import FEASTS, Feast, Named, named
from tasks.read_plan.phrases.normal import Words
from tasks.read_plan.phrases.resolve import Stretch
from tasks.read_plan.phrases.slots import Reading, key_of, numbered
from tasks.read_plan.phrases.stretches import find
from tasks.read_plan.phrases.wording import Doubt

#: The days of 前夕: the seven that end on the day before.
_EVE = 7
_GENERIC = re.compile(
    r"(?:^|(?<=[大要统定逢于在每等、,;各]))节(?=[前后])|(?:法定)?节假日|(?<!纪念)节日(?=前|后|期间|来临)|(?:重大|重要|传统)节日"
    r"|逢年过节|逢节|(?:小?长假|假期)(?=[前后期])|(?P<nodes>(?:重要|关键|重大)(?:时间)?节点)|(?P<two>两节|双节)(?=$|[前后期间])"
)
_TWO = {"两节": ("new-year", "spring"), "双节": ("mid-autumn", "national")}
_LINK = re.compile(r"[、,/和及与]?(?:以及)?")
_MODIFIER = re.compile(
    r"(?:节|日|节日)?的?(?:(?P<around>前后)|(?P<eve>前夕|前1?个?(?:周|星期)(?!\d)|来临之际|到来之际)"
    r"|(?:之|以)?前(?P<ahead>\d{1,2})(?:日|天|个工作日)|(?P<before>(?:之|以)?前|来临前|到来前)"
    r"|(?:之|以)?后(?P<behind>\d{1,2})(?:日|天|个工作日)|(?P<after>(?:之|以)?后)|(?P<month>所?[在当]月)"
    r"|(?P<during>期间|假期|长假|假日))?"
)
_WHEN = re.compile(r"节?(?:假?日)?(?P<after>后)|节?(?:假?日)?(?P<during>期间|期)")


def read_anniversaries(words: Words) -> Reading | None:
    """The feasts or holidays of the text; none if it names none, or if something else dates it."""
    text = words.text
    if "节" not in text and "假" not in text and not named(text):
        return None
    recurring = cadence(text)
    if recurring and recurring.unit != "年":
        return None
    found = named(text)
    generic = _GENERIC.search(text)
    if not found:
        return _generic(generic, words) if generic else None
    if not _agrees(found, words):
        return None
    if _many_holidays(found, generic, text):
        keys = tuple(dict.fromkeys(name.feast.statutory for name in found))
        return _holidays(
            words.year, tuple(STATUTORY) if _open(text, found) else keys, _when(text, found[-1].end)
        )
    return _feasts(found, words)


def _agrees(found: list[Named], words: Words) -> bool:
    """Whether the text's own dates, if any, hold the feasts: 3月“三八”节, but not 3月底前、七一."""
    stretches = find(words.text, words.year).stretches
    return all(_held(name.feast.on(words.year), stretches, words.text) for name in found)


def _held(day: date | None, stretches: list[Stretch], text: str) -> bool:
    if not stretches or day is None:
        return True
    return any(
        stretch.start <= day <= stretch.due if stretch.start else stretch.due == day and "前" not in text
        for stretch in stretches
    )


def _many_holidays(found: list[Named], generic: re.Match[str] | None, text: str) -> bool:
    if not all(name.feast.statutory for name in found):
        return False
    several = len({name.feast.name for name in found}) > 1
    last = _MODIFIER.match(text, found[-1].end)
    ahead = bool(last and (last["before"] or last["eve"]))
    return (generic is not None and generic.end() > found[-1].end) or (several and ahead)


def _open(text: str, found: list[Named]) -> bool:
    return text.startswith("等", found[-1].end)


def _when(text: str, at: int) -> str:
    match = _WHEN.search(text, at)
    if match is None or text.find("前", at) >= 0:
        return "before"
    return "after" if match["after"] else "during"


def _generic(generic: re.Match[str], words: Words) -> Reading | None:
    stretches = find(words.text, words.year).stretches
    if any(stretch.start != date(stretch.due.year, 1, 1) for stretch in stretches):
        return None
    keys = _TWO.get(generic["two"] or "", tuple(STATUTORY))
    doubts = (Doubt.NODES,) if generic["nodes"] else ()
    return _holidays(words.year, keys, _when(words.text, generic.start()), doubts)


def _holidays(year: int, keys: tuple[str, ...], when: str, doubts: tuple[Doubt, ...] = ()) -> Reading:
    """One slot per holiday; the days before it come from the workday calendar, so they stay open here."""
    names = "、".join(STATUTORY[key][0] for key in keys)
    if when == "before":
        slots = tuple(Slot(f"{year}-{key}", None, None) for key in keys)
        return Reading(Kind.HOLIDAY, f"{names}各一次，共{len(slots)}次，时间为节前", slots, doubts=doubts)
    feasts = {feast.statutory: feast for feast in FEASTS if feast.statutory}
    slots = numbered(_around(feasts[key], year, when) for key in keys if feasts[key].on(year))
    place = {"after": "后7日内", "during": "期间"}[when]
    return Reading(Kind.EVENT, f"{names}各一次，共{len(slots)}次，时间为节{place}", slots, doubts=doubts)


def _around(feast: Feast, year: int, when: str) -> Slot:
    first, last = _length(feast, feast.on(year) or date(year, 1, 1))
    if when == "after":
        first, last = last + timedelta(days=1), last + timedelta(days=_EVE)
    return Slot(key_of(first, last), first, last)


def _length(feast: Feast, day: date) -> tuple[date, date]:
    first = day - timedelta(days=feast.before)
    return first, first + timedelta(days=feast.length - 1)


def _feasts(found: list[Named], words: Words) -> Reading | None:
    doubts: list[Doubt] = []
    spans: list[Stretch] = []
    modifier: re.Match[str] | None = None
    for position in reversed(range(len(found))):
        name = found[position]
        own = _MODIFIER.match(words.text, name.end)
        linked = position + 1 < len(found) and _LINK.fullmatch(
            words.text[name.end : found[position + 1].begin]
        )
        if own and own.lastgroup:
            modifier = own
        elif not linked:
            modifier = None
        day = name.feast.on(words.year)
        if day is None:
            doubts.append(Doubt.NO_FEAST)
            continue
        span = _span(name.feast, day, modifier)
        if span.due.year < words.year:
            doubts.append(Doubt.NEXT_NEW_YEAR)
            span = _span(name.feast, day.replace(year=words.year + 1), modifier)
        spans.insert(0, span)
    if not spans:
        return None
    return _reading(spans, found, tuple(doubts))


def _reading(spans: list[Stretch], found: list[Named], doubts: tuple[Doubt, ...]) -> Reading:
    if all(span.start is None for span in spans):
        slots = numbered(Slot(month(span.due.year, span.due.month).key, None, span.due) for span in spans)
        return Reading(Kind.DEADLINE, wording.deadlines(slots), slots, doubts=doubts)
    slots = numbered(
        Slot(key_of(span.start or span.due, span.due), span.start or span.due, span.due) for span in spans
    )
    names = "、".join(dict.fromkeys(name.feast.name for name in found))
    return Reading(Kind.EVENT, f"{names}，{wording.windows(slots)}", slots, doubts=doubts)


def _span(feast: Feast, day: date, modifier: re.Match[str] | None) -> Stretch:
    which = modifier.lastgroup if modifier else None
    first, last = _length(feast, day)
    if modifier is None or which is None:
        return Stretch(day, day) if feast.statutory else Stretch(first, last)
    return _MODIFIED[which](modifier, day, (first, last))


def _days(match: re.Match[str], group: str) -> timedelta:
    return timedelta(days=int(match[group]))


_ONE, _SEVEN = timedelta(days=1), timedelta(days=_EVE)
_MODIFIED: dict[str, Callable[[re.Match[str], date, tuple[date, date]], Stretch]] = {
    "around": lambda _match, day, _whole: Stretch(day - _SEVEN, day + _SEVEN),
    "eve": lambda _match, day, _whole: Stretch(day - _SEVEN, day - _ONE),
    "ahead": lambda match, day, _whole: Stretch(day - max(_days(match, "ahead"), _ONE), day - _ONE),
    "before": lambda _match, day, _whole: Stretch(None, day - _ONE),
    "behind": lambda match, _day, whole: Stretch(
        whole[1] + _ONE, whole[1] + max(_days(match, "behind"), _ONE)
    ),
    "after": lambda _match, _day, whole: Stretch(whole[1] + _ONE, whole[1] + _SEVEN),
    "month": lambda _match, day, _whole: Stretch(day.replace(day=1), month(day.year, day.month).end),
    "during": lambda _match, _day, whole: Stretch(*whole),
}
