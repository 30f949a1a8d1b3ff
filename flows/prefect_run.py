"""A story as a flow run: its steps become task runs, its outcome artifacts, a refusal a sentence."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

from prefect import get_run_logger, task
from prefect.cache_policies import NO_CACHE
from prefect.client.orchestration import get_client
from prefect.client.schemas.objects import FlowRun, State
from prefect.context import FlowRunContext
from prefect.events.worker import EventsWorker
from prefect.logging.handlers import APILogWorker
from prefect.runtime import flow_run
from prefect.states import Completed, Failed

from flows.api import Api
from flows.artifacts import publish_outcome
from flows.cockpit_artifacts import publish_pages
from flows.holding import holding, take_order
from flows.leash import follow_worker
from flows.links import api_address, run_page
from flows.office import Office, office_of
from flows.orders import THEN_COCKPIT, complete, not_due, order_key, order_title, work_on
from flows.stories.cockpit import cockpit
from flows.stories.step import Outcome
from flows.subruns import hand_out, tell_progress
from models.errors import DubanError, UnavailableError
from models.messages import Lang, say
from models.pages import Page
from tasks.orders import ABOUT, Held, given_up_number, reorder

Result = TypeVar("Result")

#: A step that a busy database or a mail server kept from its work is tried again after so many seconds.
RETRY_SECONDS = [1.0, 5.0]


def tell_in_prefect(name: str, home: str, as_of: str, order: int, **parameters: str | int) -> Outcome:
    """Do what a flow is for, inside its run, so that the run can be read by who knows no Prefect.

    `order` is the number of the order that the run carries out; 0 for a run that a person or the clock
    started. One run of a flow and period at a time: another one ends at once and says so. A refusal
    ends the run as failed, with its sentence; whoever called the flow gets it raised.
    """
    follow_worker()
    lang: Lang = "zh"
    try:
        office = office_of(home, as_of)
        lang = office.settings.lang
        try:
            outcome = _carried_out(office, name, parameters, order)
            if name in THEN_COCKPIT:
                outcome = replace(outcome, pages=_pages_now(office))
        finally:
            office.engine.dispose()
    except DubanError as refusal:
        sentence = refusal.sentence(lang)
        get_run_logger().error(sentence)
        # Prefect raises what a failed state holds.
        return Failed(name=say("up.failed", lang), message=sentence, data=refusal)  # type: ignore[return-value]
    _show(outcome, office)
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


def _carried_out(office: Office, name: str, given: Mapping[str, str | int], order: int) -> Outcome:
    """The order's outcome; where it is not due, done or in other hands, that is said."""
    words = {} if order else complete(office, name, given)
    if words is None:
        return not_due(office, name)
    is_first, by_clock = _how_begun()
    if order and not is_first:
        # Whoever presses Retry on a run that failed means what it was to do.
        with office.write() as session:
            reorder(session, order, at=office.settings.clock().now())
    held = take_order(
        office,
        name,
        words,
        order=order,
        claim=str(flow_run.get_id()),
        by_clock=by_clock and is_first,
    )
    if held is None:
        return Outcome(name.replace("_", "-"), _why_not(office, name, words or given, order), [])
    title = order_title(name, held.parameters, office.lang)
    _call_run(title, [say(f"flow.{name}", office.lang), *_about(held)])
    run = str(flow_run.get_id())
    link = run_page(office.settings, run)
    with holding(office, held, title=title, link=link, is_cancelled=lambda: _is_cancelled(office, run)):
        outcome = work_on(RecordedSteps(office.lang), office, held)
    if held.whole:
        tell_progress(office, held)
    return hand_out(office, outcome)


def _how_begun() -> tuple[bool, bool]:
    """Whether the run begins for the first time, and whether the clock started it."""
    run = _this_run()
    return run.run_count <= 1, bool(run.auto_scheduled)


def _this_run() -> FlowRun:
    context = FlowRunContext.get()
    run = context.flow_run if context else None
    assert run is not None  # noqa: S101  # whoever calls is inside a run
    return run


def _why_not(office: Office, name: str, words: Mapping[str, str | int], order: int) -> str:
    """Why a run has nothing to do: it was given up, or it is done or in other hands."""
    title = order_title(name, words, office.lang)
    with office.read() as session:
        number = given_up_number(session, number=order, key=order_key(name, words))
    if number:
        return say("up.given_up", office.lang, title=title, number=number)
    return say("up.in_other_hands", office.lang, title=title)


def _is_cancelled(office: Office, run: str) -> bool:
    """Whether a person cancelled the run; a worker that stops, or is gone, is another matter."""
    try:
        found = Api(api_address(office.settings)).runs([run]).get(run)
    except UnavailableError:
        return False
    return found is not None and found["state"]["type"] in {"CANCELLING", "CANCELLED"}


def _about(held: Held) -> list[str]:
    """By what a manager filters runs besides their kind: the period, and the units of a part."""
    return [str(held.parameters[key]) for key in (*ABOUT, "title") if held.parameters.get(key)]


def _call_run(name: str, tags: Sequence[str] = ()) -> None:
    """Give the run its name, and tags beside those that it has, in one call; in none where it has them."""
    run = _this_run()
    wanted = [*run.tags, *(tag for tag in tags if tag not in run.tags)]
    if (run.name, run.tags) == (name, wanted):
        return
    with get_client(sync_client=True) as client:
        client.update_flow_run(run.id, name=name, tags=wanted)
    run.name, run.tags = name, wanted


def _passes(_task: object, _run: object, state: State[object]) -> bool:
    """Whether the reason of a step's failure may be gone in a moment: a step is one transaction."""
    return isinstance(state.data, UnavailableError)


# An effect that is answered from a cache, or from a result kept earlier, has not happened.
@task(
    task_run_name="{name}",
    cache_policy=NO_CACHE,
    persist_result=False,
    retries=len(RETRY_SECONDS),
    retry_delay_seconds=RETRY_SECONDS,
    retry_condition_fn=_passes,
)
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


def _pages_now(office: Office) -> tuple[Page, ...]:
    """The cockpit after what was done; where that fails, what was done is done all the same."""
    try:
        return cockpit(RecordedSteps(office.lang), office).pages
    except DubanError as refusal:
        get_run_logger().warning(refusal.sentence(office.lang))
        return ()


def _show(outcome: Outcome, office: Office) -> None:
    logger = get_run_logger()
    for words in outcome.words:
        logger.info(words)
    if outcome.waits_for:
        logger.warning(outcome.waits_for)
    publish_outcome(outcome, office.lang)
    if outcome.pages:
        publish_pages(outcome.pages, office)
    _call_run(outcome.title)
