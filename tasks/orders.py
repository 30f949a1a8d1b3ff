"""Orders of flows: what must still be run is written down, taken by one, and finished or taken over.

Instants here are the machine's, whatever day is simulated: a lease is about processes, not about work.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, and_, case, delete, func, insert, or_, select, update
from sqlalchemy.orm import Session

from models.database import affected
from models.tables import Order


class OrderState(StrEnum):
    """Where an order stands."""

    OWED = "owed"
    RUNNING = "running"
    DONE = "done"
    #: Given up until somebody orders it again.
    FAILED = "failed"
    #: Given up, and nobody wants it any more, such as a form with a slip of the pen.
    DROPPED = "dropped"


#: By what a flow is about one run at a time is enough.
ABOUT = ("period", "day", "year")
#: After so many minutes an order that failed for a passing reason is tried again; then it is given up.
RETRY_MINUTES = (1, 5, 15, 60)


@dataclass(frozen=True)
class Wanted:
    """What is to be run: `key` says what it is, so that the same is ordered once."""

    key: str
    flow: str
    parameters: Mapping[str, str | int] = field(default_factory=dict)
    event_id: int | None = None
    whole: str = ""
    units: Sequence[int] = ()


@dataclass(frozen=True)
class Held:
    """An order in the hands of whoever runs it; `attempt` counts from 1."""

    id: int
    key: str
    flow: str
    parameters: Mapping[str, Any]
    units: tuple[int, ...]
    whole: str
    claim: str
    attempt: int


@dataclass(frozen=True)
class Listed:
    """An order as people read of it."""

    id: int
    flow: str
    parameters: Mapping[str, Any]
    state: str
    attempts: int
    created_at: datetime
    error: str


_OWED = Order.state == OrderState.OWED
_GIVEN_UP = Order.state.in_((OrderState.FAILED, OrderState.DROPPED))
_IDLE = or_(_OWED, _GIVEN_UP)
LISTED_COLUMNS = (
    Order.id,
    Order.flow,
    Order.parameters,
    Order.state,
    Order.attempts,
    Order.created_at,
    Order.error,
)
_LISTED = select(*LISTED_COLUMNS)
_NOBODY = {"claim": None, "lease_until": None, "done_at": None}


def place(session: Session, wanted: Sequence[Wanted], *, at: datetime) -> dict[str, int]:
    """Write orders down, those that are known excepted; gives the ids of all by key."""
    if not wanted:
        return {}
    fresh = {one.key: one for one in unplaced(session, wanted)}
    if fresh:
        session.execute(insert(Order), [_row(one, at) for one in fresh.values()])
    return _ids(session, [one.key for one in wanted])


def place_anew(session: Session, whole: str, wanted: Sequence[Wanted], *, at: datetime) -> list[int]:
    """Write down the parts of a whole; those that are known are owed anew, whoever is at them.

    Whoever is replaced so finishes nothing. Parts that are not wanted any more are gone. Gives the ids.
    """
    gone = Order.key.not_in([one.key for one in wanted])
    session.execute(delete(Order).where(Order.whole == whole, gone))
    known = _ids(session, [one.key for one in wanted])
    again = [{**_row(one, at), "id": known[one.key], **_NOBODY} for one in wanted if one.key in known]
    if again:
        session.execute(update(Order), again)
    return list(place(session, wanted, at=at).values())


def withdraw(session: Session, wholes: str, *, but: str) -> None:
    """What is not done of the wholes whose names begin so is not owed any more, one of them excepted."""
    others = Order.whole.startswith(wholes, autoescape=True), Order.whole != but
    session.execute(delete(Order).where(*others, Order.state != OrderState.DONE))


def unplaced(session: Session, wanted: Sequence[Wanted]) -> list[Wanted]:
    """Those of the orders that nobody has written down yet."""
    known = _ids(session, [one.key for one in wanted])
    return [one for one in wanted if one.key not in known]


def take(session: Session, number: int, *, claim: str, at: datetime, lease: timedelta) -> Held | None:
    """Take an order that is owed, or whose holder has stopped; None where there is nothing to do.

    Nor while another order of the same kind and period is under way: it stays owed until that has ended.
    """
    wanted = session.execute(select(*_KIND).where(Order.id == number)).first()
    if wanted is None or kind_of(*wanted) in at_work(session, at, but=number):
        return None
    return _take(session, and_(Order.id == number, takeable(at)), claim=claim, at=at, lease=lease)


def take_again(
    session: Session, wanted: Wanted, *, claim: str, at: datetime, lease: timedelta, by_clock: bool = False
) -> Held | None:
    """The same for what a person or the clock starts, however often it was done before.

    None while somebody else is at it: one run of a kind and period at a time. What was dropped only a person
    brings back, not the clock.
    """
    number = place(session, [wanted], at=at)[wanted.key]
    if kind_of(wanted.flow, wanted.parameters, wanted.whole) in at_work(session, at, but=number):
        return None
    idle = or_(Order.state != OrderState.RUNNING, Order.lease_until < at, Order.claim == claim)
    which = and_(Order.id == number, idle)
    if by_clock and any(wanted.parameters.get(key) for key in ABOUT):
        which = and_(which, Order.state != OrderState.DROPPED)
    return _take(session, which, claim=claim, at=at, lease=lease, parameters=dict(wanted.parameters))


def renew(session: Session, held: Held, *, at: datetime, lease: timedelta) -> bool:
    """Go on holding an order; False where somebody else has taken it over meanwhile."""
    return bool(affected(session.execute(_mine(held).values(lease_until=at + lease))))


def finish(session: Session, held: Held, *, at: datetime) -> bool:
    """The order is done; False where it was taken over meanwhile, who finishes it then."""
    done = {"state": OrderState.DONE.value, "done_at": at, "lease_until": None, "error": ""}
    return bool(affected(session.execute(_mine(held).values(**done))))


def give_back(session: Session, held: Held, *, error: str, at: datetime, passing: bool) -> datetime | None:
    """The order failed: it is owed again later where the reason is `passing`, else given up.

    Gives the instant from which it is tried again; None where it is not.
    """
    again = at + timedelta(minutes=RETRY_MINUTES[held.attempt - 1]) if passing and _tries_left(held) else None
    state = OrderState.OWED if again else OrderState.FAILED
    values = {
        "state": state.value,
        "error": error,
        "claim": None,
        "lease_until": None,
        "not_before": again or at,
    }
    session.execute(_mine(held).values(**values))
    return again


def hand_back(session: Session, held: Held, *, at: datetime) -> None:
    """Whoever held the order was told to stop: it is owed at once, as if it had not been begun."""
    values = {"state": OrderState.OWED.value, "claim": None, "lease_until": None, "not_before": at}
    session.execute(_mine(held).values(**values, attempts=Order.attempts - 1))


def reorder(session: Session, number: int, *, at: datetime) -> bool:
    """Order again what was given up, dropped since or not, or waits to be tried again; False for others."""
    again = {"state": OrderState.OWED.value, "attempts": 0, "not_before": at, "done_at": None, "error": ""}
    which = update(Order).where(Order.id == number, _IDLE)
    return bool(affected(session.execute(which.values(**again))))


def drop(session: Session, number: int, *, at: datetime) -> bool:
    """Nobody wants any more what was given up or waits; False for others, and parts of something larger.

    Dropping it again changes nothing. The row stays, so that the event that brought it about does not order
    it anew.
    """
    dropped = {"state": OrderState.DROPPED.value, "done_at": at}
    which = update(Order).where(Order.id == number, _IDLE, Order.whole == "")
    return bool(affected(session.execute(which.values(**dropped))))


def order_of(session: Session, flow: str, parameters: Mapping[str, str | int]) -> int | None:
    """The oldest order of a flow with these words that nobody has begun; None where there is none."""
    owed = select(Order.id, Order.parameters).where(_OWED, Order.flow == flow).order_by(Order.id)
    return next((row.id for row in session.execute(owed) if row.parameters == dict(parameters)), None)


def list_orders(session: Session, *, every: bool = False, most: int = 200) -> list[Listed]:
    """What is owed, under way or given up, newest first; with `every` also what is done or dropped."""
    listed = _LISTED.order_by(Order.id.desc()).limit(most)
    rows = session.execute(
        listed if every else listed.where(Order.state.not_in([OrderState.DONE, OrderState.DROPPED]))
    )
    return [Listed(**row) for row in rows.mappings()]


def find_order(session: Session, number: int) -> Listed | None:
    """The order with this number."""
    row = session.execute(_LISTED.where(Order.id == number)).mappings().first()
    return Listed(**row) if row else None


def given_up_number(session: Session, *, number: int = 0, key: str = "") -> int:
    """The number of an order, named by its number or key, if it was given up or dropped; else 0."""
    which = Order.id == number if number else Order.key == key
    return session.scalar(select(Order.id).where(which, _GIVEN_UP)) or 0


def states_of(session: Session, whole: str) -> dict[OrderState, int]:
    """How many parts of a whole stand where."""
    counted = select(Order.state, func.count()).where(Order.whole == whole).group_by(Order.state)
    return {OrderState(state): count for state, count in session.execute(counted)}


def _tries_left(held: Held) -> bool:
    return held.attempt <= len(RETRY_MINUTES)


def abandoned(at: datetime) -> ColumnElement[bool]:
    """Whether the holder of an order has stopped without a word."""
    return and_(Order.state == OrderState.RUNNING, Order.lease_until < at)


#: By what orders are of a kind; parts of a whole are each of their own.
_KIND = (Order.flow, Order.parameters, Order.whole)


def kind_of(flow: str, parameters: Mapping[str, Any], whole: str) -> tuple[str, ...]:
    """What no two runs may be at side by side; nothing for a part."""
    return () if whole else (flow, *(str(parameters.get(key) or "") for key in ABOUT))


def at_work(session: Session, at: datetime, *, but: int = 0) -> set[tuple[str, ...]]:
    """What is under way now, one order excepted: as many rows as there are runs."""
    running = Order.state == OrderState.RUNNING, Order.lease_until >= at, Order.id != but
    return {kind_of(*row) for row in session.execute(select(*_KIND).where(*running))} - {()}


def takeable(at: datetime) -> ColumnElement[bool]:
    """Whether an order may be taken now: owed, or left by its holder."""
    return or_(and_(_OWED, Order.not_before <= at), abandoned(at))


def _take(
    session: Session,
    which: ColumnElement[bool],
    *,
    claim: str,
    at: datetime,
    lease: timedelta,
    **values: object,
) -> Held | None:
    taken = (
        session.execute(
            update(Order)
            .where(which)
            .values(
                state=OrderState.RUNNING.value,
                claim=claim,
                lease_until=at + lease,
                error="",
                # What was done or given up begins to be counted anew.
                attempts=case(
                    (Order.state.in_([OrderState.DONE, OrderState.FAILED, OrderState.DROPPED]), 1),
                    else_=Order.attempts + 1,
                ),
                **values,
            )
            .returning(
                Order.id,
                Order.key,
                Order.flow,
                Order.parameters,
                Order.units,
                Order.whole,
                Order.claim,
                Order.attempts.label("attempt"),
            ),
            execution_options={"synchronize_session": False},
        )
        .mappings()
        .first()
    )
    return Held(**{**taken, "units": tuple(taken["units"])}) if taken else None


def _mine(held: Held) -> Any:  # noqa: ANN401  # an UPDATE that goes on with .values()
    return (
        update(Order)
        .where(Order.id == held.id, Order.claim == held.claim, Order.state == OrderState.RUNNING)
        .execution_options(synchronize_session=False)
    )


def _ids(session: Session, keys: Sequence[str]) -> dict[str, int]:
    found = select(Order.key, Order.id).where(Order.key.in_(keys))
    return {row.key: row.id for row in session.execute(found)} if keys else {}


def _row(one: Wanted, at: datetime) -> dict[str, object]:
    return {
        "key": one.key,
        "flow": one.flow,
        "parameters": dict(one.parameters),
        "event_id": one.event_id,
        "whole": one.whole,
        "units": list(one.units),
        "state": OrderState.OWED.value,
        "attempts": 0,
        "not_before": at,
        "created_at": at,
        "error": "",
    }
