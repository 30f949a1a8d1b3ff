"""What comes again and again: 每月28日前, 每季度末, 每周四下午, 每季度不少于1次."""

from __future__ import annotations

import re
from datetime import date

from models.periods import Period
from models.schedule import Kind, Slot
from tasks.read_plan.phrases import wording
from tasks.read_plan.phrases.amounts import SEVERAL, Amount, amounts, in_order
from tasks.read_plan.phrases.cadences import Cadence, cadence, periods
from tasks.read_plan.phrases.feasts import named
from tasks.read_plan.phrases.normal import Words
from tasks.read_plan.phrases.placing import Placing, follows, placing
from tasks.read_plan.phrases.slots import Reading, key_of, numbered
from tasks.read_plan.phrases.stretches import find
from tasks.read_plan.phrases.windows import owed
from tasks.read_plan.phrases.wording import Doubt

_LIMITING = re.compile(r"[,:的内间起]*[^,;。:]{0,8}")
_DATED = re.compile(r"(?<!\d)\d{1,2}[月日](?!内)")
_YEAR_PART = re.compile(r"[初中底末终内]")
_WHOLE = re.compile(r"全年|年内|本年|每年|年度")
_WEEK = 7


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
    return found is not None and follows(text, found.end)


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
    placed = placing(found, rest)
    bases, doubts = _limited(periods(found, words.year), words.text[: found.begin], words.year)
    slots = numbered(
        Slot(base.key, start or base.start, due) for base in bases for start, due in placed.spans(base)
    )
    if not slots:
        # No day of the year answers to the words: the whole periods stand in, to be confirmed.
        slots = numbered(Slot(base.key, base.start, base.end) for base in bases)
        doubts = (*doubts, Doubt.NO_SUCH_DAY)
    left = rest[placed.end :]
    also = (Doubt.ALSO,) if _DATED.search(left) or named(words.text) else ()
    doubts = (*found.doubts, *doubts, *placed.doubts, *also)
    label = found.label
    return _counted((label, slots), left, (found, placed, doubts))


def _counted(
    series: tuple[str, tuple[Slot, ...]], rest: str, context: tuple[Cadence, Placing, tuple[Doubt, ...]]
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


def _once(amount: Amount, found: Cadence, placed: Placing) -> bool:
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
