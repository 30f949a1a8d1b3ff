"""The documents of all branches: a month's calendar with slips, a quarter's matrix with checklists.

Of very many branches the head alone is written here; the rest is handed out in parts.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from flows.office import Office
from flows.stories.issued import conclude, issued_words
from flows.stories.step import Outcome, Step
from models.messages import say
from models.periods import Period
from tasks.issue.calendar import calendar_drafts, check_month
from tasks.issue.checklist import checklist_drafts
from tasks.issue.checklist_matrix import check_quarter, matrix_drafts
from tasks.issue.draft import Draft
from tasks.issue.parts import Part, cut
from tasks.issue.publish import Issued, issue
from tasks.issue.slip import slip_drafts
from tasks.issue.slip_numbers import allot_numbers
from tasks.issue.whole import CHECKLISTS, SLIPS, Whole, hand_out, keep_together, tree_of


@dataclass(frozen=True)
class _Kind:
    """How documents of a kind are begun, and read: for the whole bureau, and for some branches."""

    whole: Whole
    begin: Callable[[Office, Period], None]
    head: Callable[[Session, Office, Period], list[Draft]]
    of_branches: Callable[[Session, Office, Period, Sequence[int]], list[Draft]]


@dataclass(frozen=True)
class _Written:
    """What was written, and what was handed out."""

    issued: Sequence[Issued]
    parts: Sequence[Part] = ()
    orders: Sequence[int] = ()


def monthly_calendar(step: Step, office: Office, *, period: Period, actor: str = "SYSTEM") -> Outcome:
    """Issue a month's work calendar, its member edition and a reminder slip for every branch."""
    return _issue(step, office, _MONTH, period, actor)


def quarterly_checklist(step: Step, office: Office, *, period: Period, actor: str = "SYSTEM") -> Outcome:
    """Issue a quarter's checklist for every branch, and the matrix of all."""
    return _issue(step, office, _QUARTER, period, actor)


def documents_part(
    step: Step,
    office: Office,
    flow: str,
    *,
    period: Period,
    part: int,
    title: str,
    branches: Sequence[int],
    actor: str = "SYSTEM",
) -> Outcome:
    """Issue the documents of some branches: a month's slips or a quarter's checklists, as `flow` says."""
    kind, lang = _OF_PARTS[flow], office.lang

    def write() -> Sequence[Issued]:
        return issue(
            office.engine,
            lambda session: kind.of_branches(session, office, period, branches),
            home=office.settings.home,
            at=office.clock.now(),
            actor=actor,
        )

    issued = step(say(f"step.{flow}", lang), write)
    key = f"{flow.replace('_', '-')}-{period.key.lower()}-{part}"
    named = say(f"story.{flow}", lang, period=period.key, title=title)
    return Outcome(key, named, [issued_words(issued, lang)])


def _issue(step: Step, office: Office, kind: _Kind, period: Period, actor: str) -> Outcome:
    flow, lang = kind.whole.flow, office.lang
    written = step(say(f"step.{flow}", lang), lambda: _write(office, kind, period, actor))
    more = []
    if written.orders:
        count = sum(len(part.branches) for part in written.parts)
        more = [say("story.handed_out", lang, branches=count, parts=len(written.parts))]
    return conclude(step, office, period, written.issued, story=flow, more=more, orders=written.orders)


def _write(office: Office, kind: _Kind, period: Period, actor: str) -> _Written:
    """Write the head, and in the same transaction either all branches' documents or the orders of parts."""
    settings = office.settings
    kind.begin(office, period)
    with office.read() as session:
        parts = cut(tree_of(session, period), settings.part_branches)
    together = len(parts) <= 1
    orders: list[int] = []

    def collect(session: Session) -> list[Draft]:
        head, *rest = kind.head(session, office, period)
        own = kind.of_branches(session, office, period, parts[0].branches) if together and parts else []
        return [head, *own, *rest]

    def also(session: Session, issued: Sequence[Issued]) -> None:
        at = office.clock.now()
        if together:
            keep_together(session, kind.whole, period, at=at, actor=actor)
            return
        placed = settings.clock().now()  # the machine's: orders are about processes
        head = issued[0].version
        orders[:] = hand_out(session, kind.whole, period, head, parts, lang=settings.lang, at=placed)

    issued = issue(office.engine, collect, home=settings.home, at=office.clock.now(), actor=actor, also=also)
    return _Written(issued, parts, orders)


def _begin_month(office: Office, period: Period) -> None:
    """Give the slips their numbers before anything is read: a slip bears its number.

    A transaction of its own, because whatever has a head owes nothing any more.
    """
    check_month(period)
    with office.write() as session:
        allot_numbers(session, period)


def _calendar(session: Session, office: Office, period: Period) -> list[Draft]:
    calendar, at = office.calendar([period.start.year]), office.clock.now()
    return calendar_drafts(session, office.settings, calendar, period, at=at)


def _slips(session: Session, office: Office, period: Period, branches: Sequence[int]) -> list[Draft]:
    return slip_drafts(session, office.settings, period, branches, at=office.clock.now())


def _begin_quarter(_office: Office, period: Period) -> None:
    check_quarter(period)


def _matrix(session: Session, office: Office, period: Period) -> list[Draft]:
    today, at = office.clock.today(), office.clock.now()
    return matrix_drafts(session, office.settings, period, today=today, at=at)


def _checklists(session: Session, office: Office, period: Period, branches: Sequence[int]) -> list[Draft]:
    today, at = office.clock.today(), office.clock.now()
    return checklist_drafts(session, office.settings, period, branches, today=today, at=at)


_MONTH = _Kind(SLIPS, _begin_month, _calendar, _slips)
_QUARTER = _Kind(CHECKLISTS, _begin_quarter, _matrix, _checklists)
_OF_PARTS = {kind.whole.part_flow: kind for kind in (_MONTH, _QUARTER)}
