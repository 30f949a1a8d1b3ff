"""What comes again and again: 每月28日前, 每季度末, 每周四下午, 每季度不少于1次."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from models.periods import Period, month
from models.schedule import Kind, Slot
from tasks.read_plan.phrases import wording
from tasks.read_plan.phrases.amounts import SEVERAL, Amount, amounts, in_order
from tasks.read_plan.phrases.cadences import Cadence, cadence, periods
from tasks.read_plan.phrases.feasts import named
from tasks.read_plan.phrases.normal import Words
from tasks.read_plan.phrases.numerals import COUNTED
from tasks.read_plan.phrases.positions import BEFORE, WEEK, WEEKDAYS, Span, later_place, place, workdays
from tasks.read_plan.phrases.slots import Reading, key_of, numbered
from tasks.read_plan.phrases.stretches import find
from tasks.read_plan.phrases.windows import owed
from tasks.read_plan.phrases.wording import Doubt

Spans = Callable[[Period], list[Span]]

_AFTER = re.compile(
    r"(?:结束|终了|期满|过)?(?:以|之)?后的?(?P<number>\d{1,3})(?P<unit>个?工作日|个?自然日|日|天)(?:之|以)?内?"
)
_NEXT_MONTH = re.compile(r"的?(?:结束)?后?的?[次下]1?个?月的?")
_WHICH_MONTH = re.compile(r"的?(?:第(?P<nth>[1-6])个?月|最后1个?月)的?,?")
_WEEKDAYS = re.compile(
    rf"{WEEK}?(?P<days>(?:[一二三四五六日天]|[1-7](?!\d|{COUNTED}))(?:[、,/和及与]?{WEEK}?[一二三四五六日天])*)"
    rf"(?:[-至到]{WEEK}?(?P<until>[一二三四五六日天1-7]))?(?:左右)?{BEFORE}"
)
_WEEKEND = re.compile(rf"末{BEFORE}")
_FIRST_PART = re.compile(r"第|的?前|初|最初|上")
_LAST_PART = re.compile(r"最后|倒数|底|末|下")
_FILLER = re.compile(r"(?:的|,|:|在|于|定于|固定在|原则上|一般|一般在|安排在|召开)*")
_LIMITING = re.compile(r"[,:的内间起]*[^,;。:]{0,8}")
_DATED = re.compile(r"(?<!\d)\d{1,2}[月日](?!内)")
_YEAR_PART = re.compile(r"[初中底末终内]")
_WHOLE = re.compile(r"全年|年内|本年|每年|年度")
_WEEK = 7


@dataclass(frozen=True)
class _Placed:
    """Where in each period the work falls; `end` is where the words about it stop."""

    spans: Spans
    end: int
    doubts: tuple[Doubt, ...] = ()
    #: Whether the words name a place at all, rather than the whole period.
    named: bool = True


def read_recurring(words: Words) -> Reading | None:
    """A recurrence, with its quantity if one is owed; none if the text names no recurrence."""
    found = _chosen(words)
    if found is None:
        return None
    if found.unit == "年" and named(words.text):
        return None
    if found.unit in {"日", "工作日"} and found.count < _WEEK:
        return _daily(words.year)
    rest = words.text[found.end :]
    if found.unit == "年" and found.count == 1:
        yearly = _yearly(rest, words.year)
        if yearly:
            return yearly
    return _series(found, rest, words)


def follows_period(text: str) -> bool:
    """Whether “后…内” belongs to a recurrence: 每季度结束后10日内."""
    found = cadence(text)
    return found is not None and bool(_AFTER.match(text, found.end))


def _chosen(words: Words) -> Cadence | None:
    """The recurrence that counts: 每年每季度 is every quarter, 每年3月、每季度 is not."""
    found = cadence(words.text)
    if found is None or found.unit != "年":
        return found
    finer = cadence(words.text, found.end)
    if finer is None:
        return found
    between = words.text[found.end : finer.begin]
    return found if amounts(between) or find(between, words.year).stretches else finer


def _daily(year: int) -> Reading:
    slot = Slot(f"{year}", date(year, 1, 1), None)
    return Reading(Kind.STANDING, "每日开展，不设到期日", (slot,), doubts=(Doubt.DAILY,))


def _yearly(rest: str, year: int) -> Reading | None:
    """每年3月、9月 and 每年6月底前: the stretches of the one year, begun where the year begins."""
    found = find("年" + rest if _YEAR_PART.match(rest) else rest, year)
    if not found.stretches or amounts(found.head):
        return None
    quota = owed(found, year)
    if quota:
        return quota
    begun = [
        (stretch, stretch.start or date(min(year, stretch.due.year), 1, 1)) for stretch in found.stretches
    ]
    slots = numbered(
        Slot(stretch.key or key_of(start, stretch.due), start, stretch.due) for stretch, start in begun
    )
    return Reading(Kind.RECURRING, wording.series("每年", slots), slots, doubts=tuple(found.doubts))


def _series(found: Cadence, rest: str, words: Words) -> Reading:
    placed = _placed(found, rest)
    bases, doubts = _limited(periods(found, words.year), words.text[: found.begin], words.year)
    slots = numbered(
        Slot(base.key, start or base.start, due) for base in bases for start, due in placed.spans(base)
    )
    left = rest[placed.end :]
    also = (Doubt.ALSO,) if _DATED.search(left) or named(words.text) else ()
    doubts = (*found.doubts, *doubts, *placed.doubts, *also)
    label = found.label
    return _counted((label, slots), left, (found, placed, doubts))


def _counted(
    series: tuple[str, tuple[Slot, ...]], rest: str, context: tuple[Cadence, _Placed, tuple[Doubt, ...]]
) -> Reading:
    label, slots = series
    found, placed, doubts = context
    listed = in_order(rest, len(slots))
    if listed and len(slots) > 1:
        return Reading(Kind.QUOTA, wording.quota(slots, *listed), slots, listed[0], doubts)
    amount, more = _amount(rest, len(slots))
    doubts = (*doubts, *more)
    if amount is None or _once(amount, found, placed):
        if SEVERAL.search(rest):
            doubts = (*doubts, Doubt.SEVERAL_TIMES)
        return Reading(Kind.RECURRING, wording.series(label, slots), slots, doubts=doubts)
    each = f"{label}{wording.number(amount.number)}{amount.unit}"
    said = f"{each}，{wording.quota(slots, amount.number, amount.unit)}"
    return Reading(Kind.QUOTA, said, slots, amount.number, (*doubts, *amount.doubts))


def _once(amount: Amount, found: Cadence, placed: _Placed) -> bool:
    """每两个月一次 and 每月5日报送1份 say when, not how much."""
    return amount.number == 1 and not amount.least and (found.count > 1 or placed.named)


def _amount(rest: str, size: int) -> tuple[Amount | None, tuple[Doubt, ...]]:
    """The first quantity that belongs to the recurrence itself, not to the year as a whole."""
    whole = _WHOLE.search(rest)
    again = cadence(rest)
    end = min(whole.start() if whole else len(rest), again.begin if again else len(rest))
    own, total = amounts(rest[:end]), amounts(rest[end:])
    amount = own[0] if own else None
    if total and (whole is None or total[0].number != (amount.number if amount else 1) * size):
        return amount, (Doubt.ALSO,)
    return amount, ()


def _limited(bases: list[Period], head: str, year: int) -> tuple[list[Period], tuple[Doubt, ...]]:
    """3-11月每月: only the periods of the months named before the recurrence."""
    found = find(head, year)
    if not found.stretches:
        return bases, ()
    if not _LIMITING.fullmatch(found.tails[-1]):
        return bases, (Doubt.ALSO,)
    doubts = tuple(doubt for doubt in found.doubts if doubt is not Doubt.NO_END)
    kept = [
        base
        for base in bases
        if any(
            base.start <= stretch.due and base.end >= (stretch.start or bases[0].start)
            for stretch in found.stretches
        )
    ]
    return (kept, doubts) if kept else (bases, (*doubts, Doubt.ALSO))


def _placed(found: Cadence, rest: str) -> _Placed:
    filler = _FILLER.match(rest)
    at = filler.end() if filler else 0
    if found.unit == "周":
        return _in_week(rest, at)
    if found.unit not in {"月", "季度", "半年", "单月", "双月", "年"}:
        return _whole(at)
    after = _AFTER.match(rest, at)
    if after:
        return _Placed(_behind(int(after["number"]), work="工作日" in after["unit"]), after.end())
    following = _NEXT_MONTH.match(rest, at)
    if following:
        inner = place(rest, following.end())
        if inner:
            return _Placed(_next_month(inner[0]), inner[1])
    if found.unit in {"季度", "半年", "年"} or found.count > 1:
        return _in_months(rest, at)
    return _in_month(rest, at)


def _whole(at: int) -> _Placed:
    return _Placed(lambda base: [(base.start, base.end)], at, named=False)


def _behind(days: int, *, work: bool) -> Spans:
    def spans(base: Period) -> list[Span]:
        if work:
            return [(base.start, workdays(base.end.year).add(base.end, days))]
        return [(base.start, base.end + timedelta(days=days))]

    return spans


def _next_month(inner: Spans) -> Spans:
    def spans(base: Period) -> list[Span]:
        after = base.end + timedelta(days=1)
        return [(base.start, due) for _start, due in inner(month(after.year, after.month))]

    return spans


def _in_month(rest: str, at: int) -> _Placed:
    inner = place(rest, at)
    if inner:
        return _Placed(inner[0], inner[1])
    later = later_place(rest)
    if later:
        return _Placed(later, len(rest))
    return _whole(at)


def _in_months(rest: str, at: int) -> _Placed:
    which = _WHICH_MONTH.match(rest, at)
    if which:
        inner = place(rest, which.end())
        step = int(which["nth"]) - 1 if which["nth"] else -1
        return _Placed(_of_month(step, inner[0] if inner else None), inner[1] if inner else which.end())
    inner = place(rest, at)
    if inner is None:
        later = later_place(rest)
        return _Placed(_of_month(-1, later), len(rest), (Doubt.WHICH_MONTH,)) if later else _whole(at)
    if rest[at] in "底末" or rest.startswith(("月底", "月末"), at):
        return _Placed(lambda base: [(base.start, base.end)], inner[1])
    if rest[at] == "初":
        return _Placed(_of_month(0, None), inner[1])
    if _FIRST_PART.match(rest, at):
        return _Placed(_of_month(0, inner[0]), inner[1])
    doubts = () if _LAST_PART.match(rest, at) else (Doubt.WHICH_MONTH,)
    return _Placed(_of_month(-1, inner[0]), inner[1], doubts)


def _of_month(step: int, inner: Spans | None) -> Spans:
    """The place within the first, second, … or last (-1) month of each period."""

    def spans(base: Period) -> list[Span]:
        count = (base.end.year - base.start.year) * 12 + base.end.month - base.start.month + 1
        offset = min(step, count - 1) if step >= 0 else count - 1
        here = month(base.start.year, base.start.month + offset)
        return inner(here) if inner else [(here.start, here.end)]

    return spans


def _in_week(rest: str, at: int) -> _Placed:
    weekend = _WEEKEND.match(rest, at)
    if weekend:
        return _Placed(_weekdays([5, 6], joined=True), weekend.end())
    match = _WEEKDAYS.match(rest, at)
    if match is None:
        return _whole(at)
    days = [_weekday(day) for day in re.findall(r"[一二三四五六日天1-7]", match["days"])]
    if match["until"]:
        return _Placed(_weekdays([days[0], _weekday(match["until"])], joined=True), match.end())
    return _Placed(_weekdays(sorted(set(days)), by=bool(match["before"])), match.end())


def _weekday(name: str) -> int:
    return int(name) - 1 if name.isdigit() else WEEKDAYS.index(name.replace("天", "日"))


def _weekdays(days: list[int], *, by: bool = False, joined: bool = False) -> Spans:
    """Days of the week, or the stretch between two of them, as far as they lie in the period."""

    def spans(base: Period) -> list[Span]:
        found = [_on(base, day) for day in days]
        if joined:
            start, due = max(min(found), base.start), min(max(found), base.end)
            return [(start, due)] if start <= due else []
        return [(None if by else day, day) for day in found if base.start <= day <= base.end]

    return spans


def _on(base: Period, weekday: int) -> date:
    # A week that the year's start cuts off begins on its Monday all the same.
    day = base.start + timedelta(days=weekday - base.start.weekday())
    skipped = day < base.start and (base.end - base.start).days >= _WEEK
    return day + timedelta(days=_WEEK) if skipped else day
