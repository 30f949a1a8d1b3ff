"""What starts after a decision, and what else is owed where nobody serves the flows."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta

from flows.follow_ups import place_follow_ups
from flows.held_up import held_up
from flows.links import ui_address
from flows.office import Office
from flows.orders import ORDERS, order_title
from flows.run import run_flow, run_order
from flows.server import running_part
from flows.stories.step import Outcome
from models.errors import DubanError, NotFoundError
from models.messages import say
from tasks.idle_orders import startable
from tasks.orders import find_order, order_of

#: Follow-ups that a command does at once at the most: what one brings about may bring about the next.
MOST = 20


def follow_decision(office: Office, number: int) -> Outcome | None:
    """Run the flow that an approval was holding up, or tell who is next.

    It runs after the decision's own transaction, so a failure here loses nothing: the same flow run
    again goes on from there. Where `duban up` runs it is left to its relay and its mail.
    """
    flow, parameters = held_up(office, number)
    if _is_relayed(office):
        return None if flow == "mail_round" else _handed_over(office, flow, parameters)
    at = office.settings.clock().now()
    with office.write() as session:
        place_follow_ups(session, office.settings, at=at)
        order = order_of(session, flow, parameters)
    outcome = run_order(office, order, flow, parameters) if order else run_flow(office, flow, **parameters)
    return outcome if outcome.words or flow != "mail_round" else None


def do_order(office: Office, number: int) -> Outcome:
    """Have an order carried out: by the relay of a running `duban up`, or at once.

    Raises NotFoundError for an unknown one, and what its flow refuses.
    """
    with office.read() as session:
        order = find_order(session, number)
    if order is None:
        raise NotFoundError("order_unknown", number=number)
    if _is_relayed(office):
        return _handed_over(office, order.flow, dict(order.parameters))
    return run_order(office, number, order.flow, order.parameters)


def _is_relayed(office: Office) -> bool:
    """Whether a relay, here or elsewhere, starts what is owed."""
    return bool(office.settings.prefect_url or running_part(office.settings.home, "relay"))


def _handed_over(office: Office, flow: str, parameters: dict[str, str | int]) -> Outcome:
    title = order_title(flow, parameters, office.lang)
    words = say("up.handed_over", office.lang, title=title, url=ui_address(office.settings))
    return Outcome(flow.replace("_", "-"), title, [words])


def do_owed(office: Office) -> list[Outcome]:
    """Carry out the orders that are owed, one after another, and what they bring about in turn.

    A refusal stops only the order that it concerns: it is told to the coordinator and kept.
    """
    outcomes: list[Outcome] = []
    for _ in range(MOST):
        at = office.settings.clock().now()
        with office.write() as session:
            place_follow_ups(session, office.settings, at=at)
            found = startable(session, ORDERS, at=at, waited=timedelta(0), most=1)
        if not found:
            break
        with suppress(DubanError):
            outcomes.append(run_order(office, found[0].id, found[0].flow, found[0].parameters))
    return outcomes
