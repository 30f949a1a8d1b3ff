"""The relay: from the event log to Prefect, and whatever Prefect has lost back into motion.

`python -m flows.relay HOME [DAY]` runs until it is told to stop. It looks for new events several times a
second, orders what follows from them and tells Prefect; now and then it sweeps: what nobody took is
started, what its holder left is owed again.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from threading import Event
from time import monotonic

from sqlalchemy import select

from flows.api import Api
from flows.catch_up import place_missed
from flows.follow_ups import line_of, place_follow_ups
from flows.gatekeeper import keep_gates
from flows.happenings import FOLLOWER, TOLD, follow_up_event, tell_happenings
from flows.holding import give_up_crashing
from flows.links import api_address
from flows.looping import look_until, stop_signal
from flows.office import Office, office_of
from flows.registering import register_lost
from flows.restart import draw_cockpit, end_dead_runs, start_owed
from models.errors import DubanError
from models.following import Happened, newest_event, open_cursor, place_of, read_on
from models.tables import Event as Happening
from models.tables import Order
from tasks.orders import OrderState
from tasks.unannounced import without_unannounced

#: How often the log is looked at, and how often everything is swept, in seconds.
LOOK_EVERY, SWEEP_EVERY = 0.2, 10.0
#: Kinds of events after which managers look for something new.
SHOWN = frozenset({"approval", "plan", "publication", "inspection", "day"})
#: The cockpit is drawn no oftener than this, in seconds.
DRAW_EVERY = 300.0
#: After a failure the next look comes later and later, up to so many seconds.
LONGEST_REST = 30.0


@dataclass
class Relay:
    """Between one home and one Prefect server."""

    office: Office
    api: Api
    #: Set when the relay is told to stop.
    stopped: Event = field(default_factory=Event)
    #: The last event seen, and the last order whose event was sent; what a crash forgets the sweep finds.
    seen: int = -1
    told: int = 0
    #: When everything was swept last and the cockpit drawn last, in monotonic seconds.
    swept: float = -SWEEP_EVERY
    drawn: float = -DRAW_EVERY
    #: Whether something happened since that the cockpit shows.
    stale: bool = False

    def look(self) -> bool:
        """Order what follows from new events and tell Prefect of them; whether there were any.

        Raises UnavailableError where the database or the server fails: the next look goes on from there.
        """
        with self.office.read() as session:
            head = newest_event(session)
        if head == self.seen:
            return False
        with self.office.write() as session:
            place_follow_ups(session, self.office.settings, at=self.office.settings.clock().now())
        _each(
            self._tell_follow_ups,
            lambda: keep_gates(self.office, self.api),
            lambda: self._tell_story(head),
        )
        self.seen = head
        return True

    def sweep(self) -> None:
        """Find what no trigger started, what a dead worker left, and what a day off has missed.

        Raises UnavailableError as `look` does.
        """
        _each(
            lambda: place_missed(self.office),
            lambda: give_up_crashing(self.office),
            lambda: start_owed(self.office, self.api),
            lambda: end_dead_runs(self.office, self.api),
            lambda: keep_gates(self.office, self.api, look_after_runs=True),
        )

    def _tell_follow_ups(self) -> None:
        """These first: somebody waits for what follows."""
        lang = self.office.settings.lang
        with self.office.read() as session:
            owed = session.execute(
                select(
                    Order.id,
                    Order.flow,
                    Order.parameters,
                    Happening.id.label("event"),
                    Happening.at,
                    Happening.verb,
                )
                .join(Happening, Happening.id == Order.event_id)
                .where(Order.id > self.told, Order.state == OrderState.OWED)
                .order_by(Order.id)
            ).all()
        self.api.emit(
            [
                follow_up_event(
                    line_of(one.verb, one.flow).event,
                    event=one.event,
                    at=self._simulated or one.at,
                    flow=one.flow,
                    order=one.id,
                    about=one.parameters,
                    lang=lang,
                )
                for one in owed
            ]
        )
        self.told = max([self.told, *(one.id for one in owed)])

    def _tell_story(self, head: int) -> None:
        """Everything since the last time; what was told is noted afterwards, so it may be told twice.

        Of what happened before there was a server nothing is told.
        """
        with self.office.read() as session:
            after = place_of(session, FOLLOWER)
            self.stale = self.stale or after is None
            batches = () if after is None else read_on(session, list(TOLD), after=after, head=head)
            happened = (self._noted(one) for batch in batches for one in without_unannounced(session, batch))
            story = tell_happenings(happened, self.office.settings.lang, self._simulated)
        self.api.emit(story)
        with self.office.write() as session:
            open_cursor(session, FOLLOWER).event_id = head or None

    def _noted(self, one: Happened) -> Happened:
        """The same event; the cockpit is drawn anew after what it shows."""
        self.stale = self.stale or one.verb.partition(".")[0] in SHOWN
        return one

    @property
    def _simulated(self) -> datetime | None:
        """The real instant where the clock stands on a simulated day; None in real life."""
        return self.office.settings.clock().now() if self.office.clock.fixed else None

    def round(self) -> str:
        """Look, and sweep when it is time again, whatever troubles the other. Raises as `look` does.

        What the server knows no more is registered before: without it nothing can be started.
        """
        if monotonic() - self.swept < SWEEP_EVERY:
            _each(self.look, self._draw_again)
        else:
            self.swept = monotonic()
            _each(self._register_lost, self.look, self.sweep, self._draw_again)
        return ""

    def _register_lost(self) -> None:
        register_lost(self.office, self.api, self.stopped)

    def _draw_again(self) -> None:
        if self.stale and monotonic() - self.drawn >= DRAW_EVERY:
            draw_cockpit(self.api)
            self.stale, self.drawn = False, monotonic()


def _each(*steps: Callable[[], object]) -> None:
    """Do all of them: one that fails keeps none of the others, and is raised when they are through."""
    troubles = []
    for step in steps:
        try:
            step()
        except DubanError as trouble:
            troubles.append(trouble)
    if troubles:
        raise troubles[0]


if __name__ == "__main__":
    office = office_of(*sys.argv[1:])
    relay = Relay(office, Api(api_address(office.settings)), stop_signal())
    look_until(relay.stopped, relay.round, every=LOOK_EVERY, longest=LONGEST_REST, lang=office.lang)
    office.engine.dispose()
