"""What Prefect lost is set in motion again: orders that nobody took, runs whose worker is gone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta

from sqlalchemy import and_, or_, select

from flows.api import OVER, Api
from flows.cut_off import cut_off, since
from flows.holding import give_up_cancelled
from flows.office import Office
from flows.orders import ORDERS
from flows.timetable import flow_names
from models.errors import UnavailableError
from models.messages import say
from models.tables import Order
from tasks.idle_orders import Startable, release, startable
from tasks.orders import OrderState

#: A trigger may take so long to start what follows; afterwards it is thought lost.
TRIGGERED_WITHIN = timedelta(seconds=30)
#: A run that a worker has taken holds its order within so long, or never will.
BEGINS_WITHIN = timedelta(minutes=1)
#: A run that was started for an order and is not heard of is started once more after so long.
PATIENCE = timedelta(minutes=10)
#: So begins what Prefect says of a run that it cancelled itself, for others of its kind were under way.
NO_ROOM = "Deployment concurrency"
#: Orders that are started at once.
MOST = 50


def start_owed(office: Office, api: Api) -> int:
    """Start a run for each order that waits in vain; gives how many. Doing it again starts none twice.

    What waits for a worker does not wait in vain: one more run would only wait behind it. Whatever a person
    cancelled at Prefect meanwhile is dropped instead.
    """
    at = office.settings.clock().now()
    with office.read() as session:
        found = startable(session, ORDERS, at=at, waited=TRIGGERED_WITHIN, most=MOST)
    if not found:
        return 0
    registered = api.deployments()
    deployments = {flow: registered[say(f"flow.{flow}", "zh")] for flow in {one.flow for one in found}}
    cancelled = _cancelled(api, found, deployments)
    for one in found:
        if one.id in cancelled:
            give_up_cancelled(office, one, cancelled[one.id])
    settled = set(cancelled) | _on_their_way(api, found, deployments, at)
    wanted = [one for one in found if one.id not in settled]
    started: dict[int, str] = {}
    for one in wanted:
        if one.lost:
            _leave(office, api, one, at)
        started[one.id] = _start(api, deployments[one.flow], one, _key(one, at))
    known = api.runs(list(started.values()))
    for one in wanted:
        run = started[one.id]
        # It was started before, and was over before it took its order: once more, not again and again.
        if run in known and known[run]["state"]["type"] in OVER:
            _start(api, deployments[one.flow], one, f"{_key(one, at)}/{run}")
    return len(wanted)


def _cancelled(api: Api, found: Sequence[Startable], deployments: Mapping[str, str]) -> dict[int, str]:
    """The runs that a person cancelled since their orders were owed, by the numbers of the orders."""
    owed = {str(one.id): one for one in found}
    # What a person or the clock started took its order itself.
    held = {one.lost: one for one in found if one.lost}
    cancelled = {}
    for run in api.cancelled(list(deployments.values()), min(one.not_before for one in found)):
        order = held.get(run["id"]) or owed.get(str(run["parameters"].get("order")))
        by_prefect = str(run["state"].get("message") or "").startswith(NO_ROOM)
        if order and since(run) >= order.not_before and not by_prefect:
            cancelled[order.id] = str(run["id"])
    return cancelled


def _on_their_way(
    api: Api, found: Sequence[Startable], deployments: Mapping[str, str], at: datetime
) -> set[int]:
    """The numbers of the orders for which a run waits for a worker or is just beginning."""
    left = {one.lost for one in found}
    named = {
        str(run["parameters"].get("order"))
        for run in api.due(list(deployments.values()), at)
        if run["id"] not in left and (run["state"]["type"] == "SCHEDULED" or since(run) >= at - BEGINS_WITHIN)
    }
    return {one.id for one in found if str(one.id) in named}


def _start(api: Api, deployment: str, one: Startable, key: str) -> str:
    return api.start(deployment, {**one.parameters, "order": one.id}, key=key)


def end_dead_runs(office: Office, api: Api) -> int:
    """Mark runs as crashed that hold no order and were cut off, or not heard of for long; gives how many.

    Prefect would show them as running for ever, and keep their place.
    """
    at = office.settings.clock().now()
    alive = {
        "flow_runs": {"state": {"type": {"any_": ["PENDING", "RUNNING", "CANCELLING"]}}},
        # Others may use the same server: their runs are theirs.
        "flows": {"name": {"any_": flow_names()}},
        "limit": 200,
    }
    under_way = api.post("/flow_runs/filter", alive)
    suspects = {str(one["id"]) for one in under_way if since(one) < at - PATIENCE}
    suspects |= set(cut_off(office.settings.home, api, under_way, at=at))
    if not suspects:
        return 0
    with office.read() as session:
        held = set(
            session.scalars(
                select(Order.claim).where(
                    or_(
                        and_(Order.state == OrderState.RUNNING, Order.lease_until >= at),
                        # Done a moment ago: what was done is being shown.
                        Order.done_at >= at - PATIENCE,
                    )
                )
            )
        )
    dead = sorted(suspects - held)
    for run in dead:
        _crash(office, api, run)
    return len(dead)


def draw_cockpit(api: Api) -> None:
    """Have the cockpit drawn anew."""
    deployment = api.deployments().get(say("flow.cockpit", "zh"))
    if deployment:
        api.start(deployment, {})


def _leave(office: Office, api: Api, one: Startable, at: datetime) -> None:
    """Whoever held an order has stopped: its run is over, and the order owed again."""
    with office.write() as session:
        release(session, one.id, one.lost, at=at)
    with suppress(UnavailableError):  # a command's own run has no page
        _crash(office, api, one.lost)


def _crash(office: Office, api: Api, run: str) -> None:
    lang = office.settings.lang
    api.end(run, "CRASHED", name=say("up.crashed", lang), message=say("up.interrupted", lang))


def _key(one: Startable, at: datetime) -> str:
    """The same for as long as a run for it may still be on its way; another once it is owed anew."""
    owed = at if one.lost else one.not_before
    return f"order-{one.id}-{owed.isoformat()}-{(at - owed) // PATIENCE}"
