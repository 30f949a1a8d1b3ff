"""What counts in which figure, and what counts once: the law, without a database."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import NamedTuple

from models.figures import AlsoIn, Counting, FigureKind, kinds_by_key


class Deed(NamedTuple):
    """Something that may count: a quantity reported on a work item, or the closing of one.

    `figure` is the one that the item feeds, `title` the item's. A closing has no `quantity`. `held` is
    the title of the `activity` behind it, empty without one.
    """

    figure: str
    title: str
    work: int
    item: int
    unit: int
    period: str
    on: date
    at: datetime | None
    quantity: float | None = None
    activity: int | None = None
    held: str = ""

    @property
    def closing(self) -> bool:
        """Whether it is a closing and not a report."""
        return self.quantity is None


class Share(NamedTuple):
    """What a deed adds to a figure; nothing where the same thing was counted before.

    `counted_on` is the local day on which the thing first counted, `also` the rule that led here from
    another figure.
    """

    deed: Deed
    amount: float
    counted_on: date
    also: AlsoIn | None


@dataclass
class _Counted:
    """What one figure has counted so far: by identity, on which day and how much."""

    on: dict[Hashable, date] = field(default_factory=dict)
    amounts: dict[Hashable, float] = field(default_factory=dict)
    shares: list[Share] = field(default_factory=list)


def shares(deeds: Iterable[Deed]) -> dict[str, list[Share]]:
    """The shares of every figure, by its key, in the order in which they happened.

    Within one figure an activity counts once, a work item is closed once, and an item that several
    units lead together counts once per period where the figure says so. Whatever happened first counts,
    so that the figures of the parts of a year add up to the year's.
    """
    found: dict[str, _Counted] = defaultdict(_Counted)
    for deed in sorted(deeds, key=_order):
        for kind, also in _counts_in(deed):
            _take(found[kind.key], kind, deed, also)
    return {key: counted.shares for key, counted in found.items()}


def _order(deed: Deed) -> tuple[object, ...]:
    # What tells the time comes first; the rest only keeps the order the same on every run.
    return (deed.on, deed.closing, deed.work, deed.activity or 0, deed.quantity or 0)


def _counts_in(deed: Deed) -> Iterator[tuple[FigureKind, AlsoIn | None]]:
    """The figures that a deed counts in: its own, and those that the catalogue names beside it."""
    kinds = kinds_by_key()
    own = kinds.get(deed.figure)
    if own is None or own.from_plan or (deed.closing and own.counting is not Counting.CLOSED):
        return
    yield own, None
    for also in own.also_in:
        if also.takes(held=deed.held, title=deed.title):
            yield kinds[also.figure], also


def _take(counted: _Counted, kind: FigureKind, deed: Deed, also: AlsoIn | None) -> None:
    worth = _worth(kind, deed)
    if not worth:
        return
    marks = list(_identities(kind, deed))
    known = [mark for mark in marks if mark in counted.on]
    day = min((counted.on[mark] for mark in known), default=deed.on)
    before = max((counted.amounts[mark] for mark in known), default=0.0)
    if known:
        # Of an activity with several amounts the largest is meant; whatever else is known, is counted.
        worth = max(worth - before, 0) if kind.counting is Counting.QUANTITY else 0
    for mark in marks:
        counted.on.setdefault(mark, day)
        counted.amounts[mark] = before + worth
    counted.shares.append(Share(deed, worth, day, also))


def _worth(kind: FigureKind, deed: Deed) -> float:
    """How much a deed adds if nothing of it was counted: an activity took place once."""
    if deed.quantity is None:
        return 1
    if deed.activity is not None and kind.counting is Counting.CLOSED:
        return 1 if deed.quantity else 0
    return deed.quantity


def _identities(kind: FigureKind, deed: Deed) -> Iterator[Hashable]:
    if deed.activity is not None:
        yield "activity", deed.activity
    if deed.closing:
        yield "period", deed.item, deed.period, 0 if kind.once else deed.unit
