"""An order in our hands while its flow runs: kept alive, then finished, or given back with the reason."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from typing import Any

from flows.links import run_page
from flows.office import Office
from flows.orders import order_key, order_title
from models.clock import Clock
from models.database import open_database, unit_of_work
from models.errors import DubanError, RefusedError, UnavailableError
from models.journal import SYSTEM, Fact, record
from models.messages import say
from models.settings import Settings
from tasks.idle_orders import Startable, crashing, give_up
from tasks.issue.whole import tell_if_whole
from tasks.orders import (
    Held,
    Wanted,
    drop,
    finish,
    give_back,
    hand_back,
    renew,
    take,
    take_again,
)

#: How often a holder says that it is still there, within the time after which it is replaced.
TIMES_A_LEASE = 4


def take_order(
    office: Office,
    flow: str,
    parameters: Mapping[str, str | int],
    *,
    order: int,
    claim: str,
    by_clock: bool = False,
) -> Held | None:
    """Take the order with this number, or for 0 one for what a person or, `by_clock`, the clock started.

    None where it is done already, or somebody else is at it.
    """
    at, lease = _now(office.settings), _lease(office.settings)
    with office.write() as session:
        if order:
            return take(session, order, claim=claim, at=at, lease=lease)
        wanted = Wanted(order_key(flow, parameters), flow, parameters)
        return take_again(session, wanted, claim=claim, at=at, lease=lease, by_clock=by_clock)


@contextmanager
def holding(
    office: Office,
    held: Held,
    *,
    title: str,
    link: str = "",
    is_cancelled: Callable[[], bool] = lambda: False,
) -> Generator[None]:
    """Run the block with the order held: finished after it, given back where it fails.

    With the last part of a whole its event is recorded.

    A failure becomes the event `run.failed`, of which the coordinator is told: `title` names the run to
    people, `link` is its page. What is told to stop is owed to the next at once, and dropped where a
    person cancelled it, as `is_cancelled` says. Whatever the block raises is raised on.
    """
    with keeping(office, held):
        try:
            yield
        except Exception as error:
            with suppress(DubanError):  # a database that fails keeps the lease: it runs out by itself
                _failed(office, held, error, title=title, link=link)
            raise
        except BaseException:  # the run is told to stop
            with suppress(DubanError):
                if is_cancelled():
                    cancelled = RefusedError(_CANCELLED[bool(held.whole)], number=held.id)
                    _failed(office, held, cancelled, title=title, link=link, dropped=True)
                else:
                    _hand_back(office, held)
            raise
    with office.write() as session:
        if finish(session, held, at=_now(office.settings)) and held.whole:
            tell_if_whole(session, held.whole, at=office.clock.now())


#: What is said of an order whose run a person cancelled: of a whole, and of a part.
_CANCELLED = ("run_cancelled", "part_cancelled")


@contextmanager
def keeping(office: Office, held: Held) -> Generator[None]:
    """Hold an order for as long as the block runs, however long; what becomes of it then is not said."""
    ended = threading.Event()
    renewing = threading.Thread(target=_keep, args=(office.settings, held, ended), daemon=True)
    renewing.start()
    try:
        yield
    finally:
        ended.set()
        renewing.join()


def _hand_back(office: Office, held: Held) -> None:
    with office.write() as session:
        hand_back(session, held, at=_now(office.settings))


def give_up_crashing(office: Office) -> None:
    """Give up orders whose runs stopped again and again without a word, and tell why."""
    with office.read() as session:
        found = crashing(session, at=_now(office.settings))
    for one in found:
        _give_up(office, one, say("up.crashes", office.settings.lang, count=one.attempts))


def give_up_cancelled(office: Office, one: Startable, run: str) -> None:
    """Drop an order whose run a person cancelled before anybody worked on it, and tell how it is."""
    words = RefusedError(_CANCELLED[bool(one.whole)], number=one.id).sentence(office.settings.lang)
    _give_up(office, one, words, link=run_page(office.settings, run), dropped=True)


def _give_up(office: Office, one: Startable, words: str, *, link: str = "", dropped: bool = False) -> None:
    title, at = order_title(one.flow, one.parameters, office.settings.lang), _now(office.settings)
    with office.write() as session:
        if give_up(session, one.id, error=words, at=at):
            if dropped:
                drop(session, one.id, at=at)
            fact = _failure(one.id, one.flow, one.parameters, title=title, words=words, link=link)
            record(session, [fact], at=office.clock.now())


def _failed(
    office: Office, held: Held, error: Exception, *, title: str, link: str, dropped: bool = False
) -> None:
    lang, settings = office.settings.lang, office.settings
    ours = isinstance(error, DubanError)
    reason = error.sentence(lang, settings.zone) if isinstance(error, DubanError) else f"{error}"
    words = reason if ours else say("up.unexpected", lang, reason=f"{type(error).__name__}: {reason}"[:300])
    passing = isinstance(error, UnavailableError) or not ours
    with office.write() as session:
        if not renew(session, held, at=_now(settings), lease=_lease(settings)):
            return  # taken over meanwhile: whoever has it now tells how it ended
        again = give_back(session, held, error=words, at=_now(settings), passing=passing)
        if dropped:
            drop(session, held.id, at=_now(settings))
        fact = _failure(held.id, held.flow, held.parameters, title=title, words=words, again=again, link=link)
        record(session, [fact], at=office.clock.now())


def _failure(
    order: int,
    flow: str,
    parameters: Mapping[str, Any],
    *,
    title: str,
    words: str,
    again: datetime | None = None,
    link: str = "",
) -> Fact:
    """That a run failed, of which the coordinator is told."""
    payload = {
        "flow": flow,
        "title": title,
        "parameters": dict(parameters),
        "again": again.isoformat() if again else "",
        "link": link,
    }
    return Fact("run.failed", "flow_order", order, SYSTEM, payload, words)


def _keep(settings: Settings, held: Held, ended: threading.Event) -> None:
    """Say again and again that somebody works on the order, on a connection of our own."""
    lease = _lease(settings)
    engine = open_database(settings.database)
    while not ended.wait(lease.total_seconds() / TIMES_A_LEASE):
        with suppress(DubanError), unit_of_work(engine, queued=False) as session:
            renew(session, held, at=_now(settings), lease=lease)
    engine.dispose()


def _now(settings: Settings) -> datetime:
    """The machine's instant: leases are about processes, whatever day is simulated."""
    clock: Clock = settings.clock()
    return clock.now()


def _lease(settings: Settings) -> timedelta:
    return timedelta(seconds=settings.lease_seconds)
