"""A story as a flow run: its steps become task runs, its outcome artifacts, a refusal a sentence."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar
from uuid import UUID

from prefect import get_run_logger, task
from prefect.cache_policies import NO_CACHE
from prefect.client.orchestration import get_client
from prefect.events.worker import EventsWorker
from prefect.logging.handlers import APILogWorker
from prefect.runtime import flow_run
from prefect.states import Completed, Failed

from flows.artifacts import publish_outcome
from flows.office import open_office
from flows.orders import ORDERS, read_day
from flows.stories.step import Outcome
from models.errors import DubanError
from models.messages import Lang, say

Result = TypeVar("Result")


def tell_in_prefect(name: str, home: str, as_of: str, **parameters: object) -> Outcome:
    """Do what a flow is for, inside its run, so that the run can be read by who knows no Prefect.

    A refusal ends the run as failed, with its sentence; whoever called the flow gets it raised.
    """
    lang: Lang = "zh"
    try:
        office = open_office(home, read_day(as_of))
        lang = office.settings.lang
        try:
            outcome = ORDERS[name](RecordedSteps(lang), office, **parameters)
        finally:
            office.engine.dispose()
    except DubanError as refusal:
        sentence = refusal.sentence(lang)
        get_run_logger().error(sentence)
        # Prefect raises what a failed state holds.
        return Failed(name=say("up.failed", lang), message=sentence, data=refusal)  # type: ignore[return-value]
    _show(outcome, lang)
    # Prefect gives a returned state's data to the caller.
    return Completed(  # type: ignore[return-value]
        name=say("up.waits" if outcome.waits_for else "up.done", lang),
        message=outcome.waits_for or " ".join(outcome.words) or outcome.title,
        data=outcome,
    )


def send_what_is_left() -> None:
    """Send the task runs and log lines that are still on their way, while there is a server to take them."""
    EventsWorker.drain_all()
    APILogWorker.drain_all()


class RecordedSteps:
    """The steps of a story inside a flow run: each is one task run, however many items it handles."""

    def __init__(self, lang: Lang) -> None:
        self.lang = lang

    def __call__(self, name: str, work: Callable[[], Result]) -> Result:
        """Do `work` as a task run called `name`; whatever it raises is raised here."""
        state = _step.with_options(name=name)(name, work, self.lang, return_state=True)
        result: Result = state.result()  # type: ignore[assignment]  # the options lose the function's type
        return result


# An effect that is answered from a cache, or from a result kept earlier, has not happened.
@task(task_run_name="{name}", cache_policy=NO_CACHE, persist_result=False)
def _step(name: str, work: Callable[[], Result], lang: Lang) -> Result:
    logger, began = get_run_logger(), time.monotonic()
    try:
        result = work()
    except DubanError as refusal:
        sentence = refusal.sentence(lang)
        logger.error(say("up.step_failed", lang, name=name, reason=sentence))  # noqa: TRY400  # no trace
        return Failed(name=say("up.failed", lang), message=sentence, data=refusal)  # type: ignore[return-value]
    logger.info(say("up.step_done", lang, name=name, seconds=f"{time.monotonic() - began:.1f}"))
    return Completed(name=say("up.done", lang), data=result)  # type: ignore[return-value]  # the same


def _show(outcome: Outcome, lang: Lang) -> None:
    logger = get_run_logger()
    for words in outcome.words:
        logger.info(words)
    if outcome.waits_for:
        logger.warning(outcome.waits_for)
    publish_outcome(outcome, lang)
    with get_client(sync_client=True) as client:
        # A run that chose its period itself says only now which one.
        client.update_flow_run(UUID(flow_run.get_id()), name=outcome.title)
