"""Which flow follows what happened: the table, and the orders that it makes of new events.

A follow-up is an order in the database, written in the transaction that reads the event. Prefect's
event is only the quick way to start it; an order that nobody took is found by the relay's sweep.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import periods
from models.documents import DocumentKind
from models.following import Happened, newest_event, open_cursor, read_on
from models.settings import Settings
from models.tables import Inspection, Order, Plan
from tasks.orders import OrderState, Wanted, place

#: The follower's name in the cursor table; the migration that made the tables set its place.
FOLLOWER = "follow_ups"

Parameters = Mapping[str, str | int]
#: What the flow gets; None where nothing follows from this event.
About = Callable[[Session, Settings, Happened], Parameters | None]


@dataclass(frozen=True)
class FollowUp:
    """A line of the table: after `verb` comes `flow`.

    `event` is what Prefect is told, `takes` what its trigger hands to the flow. Where one run does for
    all that happened (`folds`), none is ordered while one has not begun.
    """

    verb: str
    flow: str
    event: str
    about: About
    takes: tuple[str, ...] = ()
    folds: bool = False


def _plan_approved(_session: Session, _settings: Settings, one: Happened) -> Parameters:
    return {"year": one.payload["year"]}


def _first_month(_session: Session, settings: Settings, one: Happened) -> Parameters | None:
    """The month that runs when a plan comes into force, or the first one of its year."""
    day, year = one.at.astimezone(settings.zone).date(), int(one.payload["year"])
    if day.year > year:
        return None
    return {"period": periods.month(year, day.month if day.year == year else 1).key}


def _bulletin_issued(session: Session, _settings: Settings, one: Happened) -> Parameters | None:
    """Only where the inspection is still open: a flow that finds it closed would write the bulletin anew."""
    if one.payload["kind"] != DocumentKind.BULLETIN:
        return None
    period = one.payload["period"]
    waits = select(Inspection.id).where(Inspection.period == period, Inspection.released_at.is_(None))
    return {"period": period} if session.scalar(waits) is not None else None


def _inspection_released(_session: Session, _settings: Settings, one: Happened) -> Parameters:
    return {"period": one.payload["period"]}


def _extension_decided(_session: Session, _settings: Settings, _one: Happened) -> Parameters:
    return {}


def _superior_document(session: Session, _settings: Settings, one: Happened) -> Parameters | None:
    """A new version with a document of a superior body behind it, of a plan that is in force."""
    year = int(one.payload["year"])
    if not one.payload.get("source_document"):
        return None
    in_force = select(Plan.id).where(Plan.year == year, Plan.activated_at.is_not(None))
    return {"year": year} if session.scalar(in_force.limit(1)) is not None else None


FOLLOW_UPS = (
    FollowUp("plan.approved", "annual_plan", "duban.plan.approved", _plan_approved, ("year",)),
    FollowUp("plan.activated", "monthly_calendar", "duban.plan.activated", _first_month, ("period",)),
    FollowUp("plan.imported", "annual_plan", "duban.plan.amended", _superior_document, ("year",)),
    FollowUp(
        "publication.issued", "half_year_inspection", "duban.bulletin.issued", _bulletin_issued, ("period",)
    ),
    FollowUp(
        "inspection.released", "rectification", "duban.inspection.released", _inspection_released, ("period",)
    ),
    FollowUp("work_item.extended", "mail_round", "duban.extension.granted", _extension_decided, folds=True),
    FollowUp(
        "work_item.extension_refused", "mail_round", "duban.extension.refused", _extension_decided, folds=True
    ),
)


def line_of(verb: str, flow: str) -> FollowUp:
    """The line of the table by which an event brought a flow about."""
    return next(line for line in FOLLOW_UPS if (line.verb, line.flow) == (verb, flow))


def place_follow_ups(session: Session, settings: Settings, *, at: datetime) -> int:
    """Order what follows from all that happened since the last time, in the caller's transaction.

    `at` is the machine's instant. Gives how many orders there are now; placing again orders nothing.
    """
    cursor, head = open_cursor(session, FOLLOWER), newest_event(session)
    after = cursor.event_id or 0
    if after == head:
        return 0
    owed = set(session.scalars(select(Order.flow).where(Order.state == OrderState.OWED)))
    wanted: list[Wanted] = []
    for batch in read_on(session, [line.verb for line in FOLLOW_UPS], after=after, head=head):
        for line, one in _followed(session, settings, batch):
            if not (line.folds and line.flow in owed):
                wanted.append(one)
                owed.add(line.flow)
    place(session, wanted, at=at)
    cursor.event_id = head
    session.flush()
    return len(wanted)


def _followed(
    session: Session, settings: Settings, batch: Iterable[Happened]
) -> Iterator[tuple[FollowUp, Wanted]]:
    for one in batch:
        for line in FOLLOW_UPS:
            parameters = line.about(session, settings, one) if line.verb == one.verb else None
            if parameters is not None:
                key = f"{line.flow}/after-{one.id}"
                yield line, Wanted(key, line.flow, parameters, event_id=one.id)
