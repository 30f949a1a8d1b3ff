"""What is said at the gate of a step: what was decided, what is missing, how the step ended elsewhere."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.approval.code import LOCKED_FOR
from models.approval.definition import Definition
from models.approval.refusals import ApprovalRefusedError, Refusal
from models.approval.state import APPROVING, REJECTING, Outcome, Seat, SeatState, State, Verb
from models.errors import DubanError
from models.messages import say
from models.settings import Settings
from models.tables import Person
from tasks.approvals.codes import Issuing
from tasks.approvals.trail_words import Cast, verdict

#: Outcomes of a step that its own seats bring about, and what they bring them about with.
_DECIDED = frozenset({Outcome.APPROVED, Outcome.REJECTED, Outcome.RETURNED})
_ENDING = APPROVING | REJECTING | {Verb.RETURN}


class GateWords:
    """The words about one round of a step as its approval stands, in the bureau's language."""

    def __init__(
        self, session: Session, settings: Settings, definition: Definition, state: State, step: int
    ) -> None:
        self._lang, self._zone = settings.lang, settings.zone
        self._definition, self._state, self._step = definition, state, step
        seats = state.seats_of(step)
        people = {one for seat in seats for one in (seat.person, seat.closed_by, seat.cause_by)}
        rows = session.execute(select(Person.id, Person.name, Person.email).where(Person.id.in_(people)))
        self._cast = Cast({number: (name, email) for number, name, email in rows}, self._lang)

    def say(self, key: str, /, **facts: object) -> str:
        """A sentence of gates."""
        return say(f"gate.{key}", self._lang, **facts)

    def refused(self, error: DubanError, left: int = 0) -> str:
        """Why a form was not taken, and how many more wrong codes there may be before a lock."""
        if isinstance(error, ApprovalRefusedError) and error.refusal is Refusal.COMMENT_REQUIRED:
            return self.say("opinion_missing")
        sentence = error.sentence(self._lang, self._zone)
        if not left:
            return sentence
        minutes = int(LOCKED_FOR.total_seconds() // 60)
        return self.say("tries_left", sentence=sentence, left=left, minutes=minutes)

    def decided(self, seat: int) -> str:
        """Who decided what, and what the step waits for now."""
        closed = self._state.seats[seat]
        who = self._cast.signature(closed, self._state)
        what = verdict(closed, self._definition, self._lang)
        run = self._state.steps[self._step]
        if run.is_open:
            then = self.say("waits_for", names=self._open())
        else:
            then = self.say(f"then_{self._state.status}")
        return self.say("decided", who=who, what=what, then=then)

    def elsewhere(self) -> str:
        """How a step that waits no longer was decided: by whom, when, with what."""
        closed = [one for one in self._state.seats_of(self._step) if one.closed_at is not None]
        run = self._state.steps.get(self._step)
        if run is None or not closed:
            return self.say("over")
        # What was decided before something else ended the step did not end it.
        ending = [one for one in closed if one.verb in _ENDING] if run.outcome in _DECIDED else []
        last = max(ending or closed, key=_when)
        what, at = verdict(last, self._definition, self._lang), self._local(last.closed_at)
        if not ending:
            return self.say("over_by_rule", what=what, at=at)
        return self.say("elsewhere", who=self._cast.signature(last, self._state), what=what, at=at)

    def sent(self, issuing: Issuing, names: Mapping[int, str], *, leaves: datetime, at: datetime) -> str:
        """Who gets a new code, until when it is valid, and who has had too many."""
        parts = []
        if issuing.issued:
            first = issuing.issued[0]
            sent = self._names(names[one.person] for one in issuing.issued)
            parts.append(self.say("sent", names=sent, until=self._local(first.expires_at)))
        if issuing.issued and leaves > at:
            parts.append(self.say("leaves", at=self._local(leaves)))
        for person, again in issuing.refused.items():
            parts.append(self.say("sent_too_often", name=names[person], at=self._local(again)))
        return self.say("joint").join(parts)

    def all_have_one(self, names: Iterable[str]) -> str:
        """That everybody who can act has a code that is valid."""
        return self.say("all_have_one", names=self._names(names))

    def _open(self) -> str:
        seats = self._state.seats_of(self._step)
        return self._cast.names(one.person for one in seats if one.state is SeatState.OPEN)

    def _names(self, names: Iterable[str]) -> str:
        return say("trail.comma", self._lang).join(names)

    def _local(self, at: datetime | None) -> str:
        return at.astimezone(self._zone).strftime("%Y-%m-%d %H:%M") if at else ""


def _when(seat: Seat) -> tuple[float, int]:
    return (seat.closed_at.timestamp() if seat.closed_at else 0.0), seat.number
