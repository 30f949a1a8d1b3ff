"""What becomes of a form that was handed in at a gate: a decision, a sentence and another try, or nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from models.approval.refusals import ApprovalRefusedError, PersonFact, Refusal, refuse
from models.approval.state import Seat, SeatKind, SeatState, State, Status
from models.database import unit_of_work
from models.errors import DubanError, UnavailableError
from models.secret import open_secret
from models.settings import Settings
from models.tables import ApprovalCommand, Gate
from tasks.approvals.codes import CodeState, KnownCode, codes_of, holder_of, issuer_of, use
from tasks.approvals.gate_words import GateWords
from tasks.approvals.gates import find_gate, find_wanted, send_codes
from tasks.approvals.guesses import lock_of, note_guess
from tasks.approvals.refused import log_command, with_names
from tasks.approvals.staff import Staff
from tasks.approvals.store import load
from tasks.approvals.wanted_gates import WantedGate
from tasks.decide import MakeStaff, act
from tasks.gate_form import COMMANDS, Choice, GateForm

#: With which of several seats somebody decides first: the own vote before a stand-in's and advice.
_FIRST = (SeatKind.PRINCIPAL, SeatKind.STAND_IN, SeatKind.ADVICE)


class Outcome(StrEnum):
    """What became of a form."""

    #: The approval moved; its step may still wait for others.
    DECIDED = "decided"
    #: Nothing was decided: the form is asked for again, with the reason.
    AGAIN = "again"
    #: The step waited no longer.
    ELSEWHERE = "elsewhere"


@dataclass(frozen=True)
class GateAnswer:
    """What is answered to a form, in the bureau's language; `waits`: whether its step waits on.

    `repeated` says that this form was dealt with before.
    """

    outcome: Outcome
    words: str
    waits: bool
    repeated: bool = False


def answer_gate(
    engine: Engine,
    settings: Settings,
    form: GateForm,
    *,
    approval: int,
    step: int,
    number: int,
    make_staff: MakeStaff,
    at: datetime,
) -> GateAnswer:
    """Deal with the form that is the `number`-th (from 1) of a gate, in one transaction.

    The code says who acts, and is used up only by a decision that was accepted. The same number once
    more gets the same answer and changes nothing, for the answer is kept with what it answers. Nothing
    that can stand in a form is an error. Raises NotFoundError for a gate that never was, and
    UnavailableError or InputError where the database, the disk or the home's secret cannot be used: then
    nothing happened, and the number is still free.
    """
    with unit_of_work(engine) as session:
        gate = find_gate(session, approval, step)
        desk = _Desk(session, settings, gate, make_staff(session), at)
        if number <= gate.answered:
            return desk.same_again(number)
        answer = desk.deal(form, number)
        gate.answered, gate.said = number, answer.words
        return answer


class _Desk:
    """Where the forms of one gate are dealt with, in a transaction."""

    def __init__(self, session: Session, settings: Settings, gate: Gate, staff: Staff, at: datetime) -> None:
        self.session, self.settings, self.gate = session, settings, gate
        self.staff, self.at = staff, at
        self.approval, self.step = gate.approval_id, gate.step
        self.look()

    def look(self) -> None:
        """See how the approval stands."""
        definition, self.state = load(self.session, self.approval)
        self.words = GateWords(self.session, self.settings, definition, self.state, self.step)

    @property
    def waits(self) -> bool:
        """Whether the step is still to be decided."""
        run = self.state.steps.get(self.step)
        return self.state.status is Status.RUNNING and run is not None and run.is_open and run.live

    def same_again(self, number: int) -> GateAnswer:
        """The answer that a form got before; where the step was decided since, how."""
        decided = self.session.get(ApprovalCommand, self._key(number)) is not None
        if decided or self.waits:
            outcome = Outcome.DECIDED if decided else Outcome.AGAIN
            return GateAnswer(outcome, self.gate.said, self.waits, repeated=True)
        return GateAnswer(Outcome.ELSEWHERE, self.words.elsewhere(), waits=False, repeated=True)

    def deal(self, form: GateForm, number: int) -> GateAnswer:
        """Deal with a form for the first time."""
        choice = form.choice
        if not self.waits:
            return GateAnswer(Outcome.ELSEWHERE, self.words.elsewhere(), waits=False)
        if choice is None:
            return self._again(self.words.say("which_choice"))
        if choice is Choice.NEW_CODE:
            return self._again(self._send_codes())
        if not form.code.strip():
            return self._again(self.words.say("code_missing"))
        try:
            code = self._code_of(form)
        except ApprovalRefusedError as refused:
            return self._again(self._guessed(refused, choice))
        return self._decide(choice, form.says, code, key=self._key(number))

    def _again(self, words: str) -> GateAnswer:
        return GateAnswer(Outcome.AGAIN, words, waits=True)

    def _key(self, number: int) -> str:
        return f"gate:{self.approval}:{self.step}:{number}"

    def _code_of(self, form: GateForm) -> KnownCode:
        until = lock_of(self.session, self.approval, self.at)
        if until is not None:
            raise refuse(Refusal.CODE_LOCKED, until=until)
        secret = open_secret(self.settings.home)
        return holder_of(self.session, secret, form.code, approval=self.approval, at=self.at)

    def _guessed(self, refused: ApprovalRefusedError, choice: Choice) -> str:
        wanted = self._wanted()
        people = [one.id for one in wanted.people] if wanted else []
        said, left = note_guess(
            self.session, self.approval, refused, step=self.step, people=people, verb=choice, at=self.at
        )
        return self.words.refused(said, left)

    def _decide(self, choice: Choice, opinion: str, code: KnownCode, *, key: str) -> GateAnswer:
        """Decide as whom the code belongs to; what is refused leaves the code as it was."""
        seat = _seat_of(self.state, self.staff, self.step, code.person)
        command = COMMANDS[choice](code.person, opinion, seat.number if seat else 0)
        try:
            if seat is None:
                raise refuse(Refusal.NOT_ASSIGNEE, person=PersonFact(code.person))
            with self.session.begin_nested():
                act(self.session, self.approval, command, self.staff, key=key)
                use(self.session, code, at=self.at)
        except ApprovalRefusedError as refused:
            log_command(self.session, self.approval, command, refused, at=self.at)
            return self._again(self.words.refused(with_names(self.session, refused)))
        except UnavailableError:
            raise
        except DubanError as refused:
            return self._again(self.words.refused(refused))
        self.look()
        return GateAnswer(Outcome.DECIDED, self.words.decided(seat.number), self.waits)

    def _send_codes(self) -> str:
        """Send fresh codes to those who can act here and have none that is valid."""
        wanted = self._wanted()
        if wanted is None:
            return self.words.refused(refuse(Refusal.SUSPENDED))
        if not wanted.people:
            return self.words.say("nobody")
        names = {one.id: one.name for one in wanted.people}
        valid = {
            one.person
            for one in codes_of(self.session, self.approval)
            if one.state(self.at) is CodeState.VALID
        }
        missing = [one for one in names if one not in valid]
        if not missing:
            return self.words.all_have_one(names.values())
        issuing = send_codes(self.session, self.settings, wanted, missing, at=self.at)
        leaves = issuer_of(self.settings, self.at).hours.leave(self.at)
        return self.words.sent(issuing, names, leaves=leaves, at=self.at)

    def _wanted(self) -> WantedGate | None:
        """Who can act here; None while the approval is suspended."""
        found = find_wanted(self.session, self.settings, self.approval, today=self.staff.today)
        return next((one for one in found if one.step == self.step), None)


def _seat_of(state: State, staff: Staff, step: int, person: int) -> Seat | None:
    """The seat of a step with which somebody decides: an own one, else that of somebody absent.

    Where none of them is open, one that the engine gives its reason for; None for who has none here.
    """
    seats = sorted(state.seats_of(step), key=lambda one: _FIRST.index(one.kind))
    own = [one for one in seats if one.person == person]
    covered = [one for one in seats if one not in own and staff.substitute(one.person).person == person]
    for some in (own, covered):
        usable = [one for one in some if one.state is SeatState.OPEN]
        if usable:
            return usable[0]
    unusable = [one for one in [*own, *covered] if one.state is SeatState.WAITING] or own[-1:] or covered[-1:]
    return unusable[0] if unusable else None
