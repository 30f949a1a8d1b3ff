"""Orders that nobody works on: those that wait in vain, and those that were left in the middle."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from sqlalchemy import and_, case, func, or_, select, update
from sqlalchemy.orm import Session

from models.database import affected
from models.tables import Order
from tasks.orders import (
    RETRY_MINUTES,
    OrderState,
    abandoned,
    at_work,
    kind_of,
    takeable,
)


@dataclass(frozen=True)
class Startable:
    """An order that somebody should run now, owed since `not_before`.

    `lost` is the claim of who stopped working on it.
    """

    id: int
    flow: str
    parameters: Mapping[str, Any]
    attempts: int
    not_before: datetime
    whole: str = ""
    lost: str = ""


_IDLE = select(
    Order.id,
    Order.flow,
    Order.parameters,
    Order.attempts,
    Order.not_before,
    Order.whole,
    func.coalesce(case((Order.state == OrderState.RUNNING, Order.claim)), "").label("lost"),
)


def startable(
    session: Session, flows: Collection[str], *, at: datetime, waited: timedelta, most: int
) -> list[Startable]:
    """Orders of these flows that nobody works on although owed for `waited`, or whose holder has stopped.

    The oldest first, at most so many. What waits for another order of its kind and period is left out.
    """
    in_vain = and_(takeable(at), Order.state == OrderState.OWED, Order.created_at <= at - waited)
    rows = session.execute(
        _IDLE.where(or_(in_vain, abandoned(at)))
        .where(Order.flow.in_(flows))
        .order_by(Order.created_at, Order.id)
    )
    busy = at_work(session, at)
    idle = (
        row for row in rows.mappings() if kind_of(row["flow"], row["parameters"], row["whole"]) not in busy
    )
    return [Startable(**row) for row in islice(idle, most)]


def release(session: Session, number: int, claim: str, *, at: datetime) -> None:
    """Say that who held an order has stopped: it is owed again."""
    lost = update(Order).where(Order.id == number, Order.claim == claim, abandoned(at))
    session.execute(lost.values(state=OrderState.OWED.value, claim=None, lease_until=None, not_before=at))


def crashing(session: Session, *, at: datetime) -> list[Startable]:
    """What was begun as often as it may be and stopped each time without a word.

    A run that takes its whole process along would be started for ever, and nobody would know.
    """
    too_often = Order.attempts > len(RETRY_MINUTES)
    return [Startable(**row) for row in session.execute(_IDLE.where(abandoned(at), too_often)).mappings()]


def give_up(session: Session, number: int, *, error: str, at: datetime) -> bool:
    """Give up an order that nobody works on, with the reason; False where somebody took it meanwhile."""
    idle = update(Order).where(Order.id == number, takeable(at))
    values = {"state": OrderState.FAILED.value, "error": error, "not_before": at}
    return bool(affected(session.execute(idle.values(**values, claim=None, lease_until=None))))
