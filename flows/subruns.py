"""Parts of a run as runs of their own: started side by side below it, with their progress."""

from __future__ import annotations

from prefect import get_run_logger
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import DeploymentFilter, DeploymentFilterName
from prefect.deployments import run_deployment
from prefect.runtime import flow_run
from sqlalchemy import select

from flows.hand_outs import work_off
from flows.office import Office
from flows.orders import order_title
from flows.progress import show_progress
from flows.stories.step import Outcome
from models.messages import say
from models.tables import Order
from tasks.orders import Held, OrderState, states_of


def hand_out(office: Office, outcome: Outcome) -> Outcome:
    """Start a run below this one for each part that was handed out; nobody waits for them.

    Whoever takes a part has its order; what no run takes is found by the relay's sweep. Where no worker is
    set up the parts are done here.
    """
    if not outcome.orders:
        return outcome
    with office.read() as session:
        wanted = select(Order.id, Order.flow, Order.parameters, Order.whole).where(
            Order.id.in_(outcome.orders)
        )
        parts = session.execute(wanted.order_by(Order.id)).all()
    names = {one.flow: say(f"flow.{one.flow}", "zh") for one in parts}
    if not _served(list(names.values())):
        return work_off(office, outcome)
    for one in parts:
        run_deployment(
            name=f"{names[one.flow]}/{names[one.flow]}",
            parameters={**one.parameters, "order": one.id},
            timeout=0,
            as_subflow=True,
            # The same part handed out anew is another run.
            idempotency_key=f"part-{one.id}-{flow_run.get_id()}",
            tags=[str(one.parameters["period"]), str(one.parameters["title"])],
        )
    show_progress(parts[0].whole, outcome.title, 0, len(parts), lang=office.lang)
    get_run_logger().info(say("up.handed_out", office.lang, count=len(parts)))
    return outcome


def tell_progress(office: Office, held: Held) -> None:
    """Show how many parts of a whole are done, after one of them."""
    flow, period, _ = held.whole.split("/")
    title = order_title(flow, {"period": period}, office.lang)
    with office.read() as session:
        states = states_of(session, held.whole)
    show_progress(held.whole, title, states.get(OrderState.DONE, 0), sum(states.values()), lang=office.lang)


def _served(names: list[str]) -> bool:
    """Whether all these deployments are registered."""
    asked = DeploymentFilter(name=DeploymentFilterName(any_=names))
    with get_client(sync_client=True) as client:
        found = client.read_deployments(deployment_filter=asked)
    return {one.name for one in found} >= set(names)
