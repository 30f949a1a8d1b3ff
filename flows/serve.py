"""Serve every flow to a running Prefect server: `python -m flows.serve HOME`."""

from __future__ import annotations

import sys
from pathlib import Path

from prefect import serve
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterState, FlowRunFilterStateType
from prefect.client.schemas.objects import ConcurrencyLimitConfig, ConcurrencyLimitStrategy, StateType
from prefect.deployments.runner import RunnerDeployment
from prefect.schedules import Cron
from prefect.states import Crashed
from prefect.types.entrypoint import EntrypointType

from flows.all_flows import FLOWS
from flows.catch_up import catch_up
from flows.office import open_office
from flows.timetable import TIMETABLE, Entry
from models.messages import Lang, say
from models.settings import Settings

#: Runs at the same time: the database has one writer anyway.
AT_ONCE = 2


def deployments(settings: Settings) -> list[RunnerDeployment]:
    """The timetable as deployments of this home."""
    return [_deployment(entry, settings) for entry in TIMETABLE]


def close_interrupted_runs(lang: Lang) -> int:
    """Mark runs as crashed that were under way when the server last stopped; gives how many.

    Prefect would show them as running for ever. Only for a server of which nobody else runs flows.
    """
    under_way = FlowRunFilterStateType(any_=[StateType.RUNNING, StateType.PENDING, StateType.CANCELLING])
    with get_client(sync_client=True) as client:
        found = client.read_flow_runs(flow_run_filter=FlowRunFilter(state=FlowRunFilterState(type=under_way)))
        for run in found:
            client.set_flow_run_state(run.id, Crashed(message=say("up.interrupted", lang)), force=True)
    return len(found)


def _deployment(entry: Entry, settings: Settings) -> RunnerDeployment:
    strategy = ConcurrencyLimitStrategy.ENQUEUE if entry.waits else ConcurrencyLimitStrategy.CANCEL_NEW
    flow = FLOWS[entry.name]
    made = flow.to_deployment(
        name=flow.name,
        description=f"{flow.description}\n\n{say(f'timetable.{entry.name}', settings.lang)}",
        schedule=Cron(entry.cron, timezone=settings.timezone) if entry.cron else None,
        parameters={"home": str(settings.home.resolve())},
        concurrency_limit=ConcurrencyLimitConfig(limit=1, collision_strategy=strategy),
        entrypoint_type=EntrypointType.MODULE_PATH,
    )
    assert isinstance(made, RunnerDeployment)  # noqa: S101  # a coroutine only where a loop runs
    return made


def main(home: Path) -> None:
    """Serve until told to stop."""
    office = open_office(home)
    close_interrupted_runs(office.settings.lang)
    catch_up(office)
    office.engine.dispose()
    serve(*deployments(office.settings), limit=AT_ONCE)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
