"""Register the timetable at a Prefect server: work pool, deployments, triggers.

`python -m flows.deploy HOME [DAY]`; doing it again changes nothing but what has changed.
"""

from __future__ import annotations

import signal
import sys
from datetime import timedelta
from threading import Event
from uuid import uuid4

from prefect.client.orchestration import get_client
from prefect.client.schemas.actions import WorkPoolCreate
from prefect.client.schemas.objects import ConcurrencyLimitConfig, ConcurrencyLimitStrategy
from prefect.deployments.runner import RunnerDeployment
from prefect.events import DeploymentEventTrigger
from prefect.schedules import Cron
from prefect.types.entrypoint import EntrypointType
from prefect.workers.process import ProcessWorker

from flows.all_flows import FLOWS
from flows.follow_ups import FOLLOW_UPS, FollowUp
from flows.holding import keeping, take_order
from flows.office import office_of
from flows.timetable import POOL, TIMETABLE, Entry
from models.messages import say
from models.settings import Settings
from tasks.orders import finish


def deploy(settings: Settings, as_of: str = "") -> list[str]:
    """Register everything; gives the names of the deployments. Home and secrets stay with the workers.

    `as_of` is the day that is simulated; empty in real life.
    """
    with get_client(sync_client=True) as client:
        pool = WorkPoolCreate(
            name=POOL,
            type=ProcessWorker.type,
            description=say("up.pool", settings.lang),
            base_job_template=ProcessWorker.get_default_base_job_template(),
        )
        client.create_work_pool(pool, overwrite=True)
    made = [_deployment(entry, settings, as_of) for entry in TIMETABLE]
    for one in made:
        one.apply(work_pool_name=POOL)
    return [one.name for one in made]


def _deployment(entry: Entry, settings: Settings, as_of: str) -> RunnerDeployment:
    flow = FLOWS[entry.name]
    made = flow.to_deployment(
        name=flow.name,
        description=f"{flow.description}\n\n{say(f'timetable.{entry.name}', settings.lang)}",
        tags=[flow.name],
        parameters={"as_of": as_of} if as_of else {},
        schedule=Cron(entry.cron, timezone=settings.timezone) if entry.cron else None,
        concurrency_limit=_limit(entry),
        triggers=[_trigger(line) for line in FOLLOW_UPS if line.flow == entry.name],
        entrypoint_type=EntrypointType.MODULE_PATH,
    )
    assert isinstance(made, RunnerDeployment)  # noqa: S101  # a coroutine only where a loop runs
    return made


def _limit(entry: Entry) -> ConcurrencyLimitConfig | None:
    if not entry.at_once:
        return None
    strategy = ConcurrencyLimitStrategy.ENQUEUE if entry.waits else ConcurrencyLimitStrategy.CANCEL_NEW
    return ConcurrencyLimitConfig(
        limit=entry.at_once,
        collision_strategy=strategy,
        # A run whose worker died holds its place no longer than its order.
        grace_period_seconds=int(timedelta(minutes=10).total_seconds()),
    )


def _trigger(line: FollowUp) -> DeploymentEventTrigger:
    """Start the flow that follows, with the order that stands in the event."""
    takes = {name: f"{{{{ event.payload.{name} }}}}" for name in ("order", *line.takes)}
    return DeploymentEventTrigger(
        name=f"{line.event} → {say(f'flow.{line.flow}', 'zh')}",
        expect={line.event},
        match={"duban.follow-up": line.flow},
        parameters=takes,
    )


def deploy_alone(home: str, as_of: str = "") -> list[str]:
    """The same, one after another where several workers start at once: triggers would be made twice."""
    office, never = office_of(home, as_of), Event()
    while (held := take_order(office, "deploy", {}, order=0, claim=str(uuid4()))) is None:
        never.wait(1)
    try:
        with keeping(office, held):
            return deploy(office.settings, as_of)
    finally:
        # Taken as a lock: whoever started this tries again where it failed.
        with office.write() as session:
            finish(session, held, at=office.settings.clock().now())
        office.engine.dispose()


def _stop(_signal: int, _frame: object) -> None:
    """Stop in order, so that the next one need not wait until it is sure that nobody registers."""
    raise SystemExit(1)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, _stop)
    sys.stdout.write("\n".join(deploy_alone(*sys.argv[1:])) + "\n")
