"""How a command on an approval is done: who acts, what came of it, and what follows."""

from __future__ import annotations

import re
import shlex
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from commands.desk import Desk

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from flows.office import Office
    from models.approval.commands import Command
    from models.approval.state import Seat
    from models.errors import DubanError
    from tasks.approvals.perform import Answer
    from tasks.approvals.staff import Staff
    from tasks.approvals.store import Stored

Number = Annotated[int, typer.Argument(help="审批编号，见 duban approval list。 Approval number.")]
Signer = Annotated[
    str,
    typer.Option("--as", metavar="姓名或邮箱", help="由谁办理；只有一步、一人待办时可不填。 Who signs."),
]
Initiator = Annotated[
    str, typer.Option("--as", metavar="姓名或邮箱", help="由谁办理；默认为申请人。 Default: its initiator.")
]
Opinion = Annotated[str, typer.Option("--opinion", help="意见。 Opinion.")]


@dataclass(frozen=True)
class Scene:
    """An approval as a command finds it."""

    session: Session
    stored: Stored
    staff: Staff
    desk: Desk

    def person(self, words: str) -> int:
        """The person with this name or address: first among those of the approval, who may have left."""
        from sqlalchemy import or_, select

        from models.tables import Person
        from tasks.directory import find_person

        seated = {one.person for one in self.stored.state.seats.values()}
        named = or_(Person.name == words, Person.email == words)
        found = self.session.scalars(select(Person.id).where(named, Person.id.in_(seated))).all()
        return found[0] if len(found) == 1 else find_person(self.session, words).id

    def people(self, names: list[str]) -> tuple[int, ...]:
        """Several people, each once."""
        return tuple(dict.fromkeys(self.person(one) for one in names))

    def step(self, words: str) -> str:
        """The key of the step with this key or name; other words stay as they are."""
        steps = self.stored.definition.by_key.values()
        return next((one.key for one in steps if words in one.name.values()), words)

    def must_take(self, command: Command) -> None:
        """Raise the refusal that a command would get; nothing is done."""
        from models.approval.decide import decide

        decide(self.stored.definition, self.stored.state, command, self.staff)

    def acting(self, holder: int) -> int:
        """Who acts for the holder of a seat today: the holder, unless somebody stands in."""
        return self.staff.substitute(holder).person or holder

    def who_must_be_named(self, error: str, people: list[tuple[int, int, str]]) -> DubanError:
        """The refusal to guess who acts. `people`: who could, for whom, and on what."""
        from commands.approval_views import cast_of
        from models.errors import RefusedError

        cast = cast_of(
            self.session, [one for acts, holder, _ in people for one in (acts, holder)], self.desk.lang
        )
        turns = [
            self.desk.say("approval_told.turn", name=cast.acting(acts, holder), what=what)
            for acts, holder, what in people
        ]
        return RefusedError(
            error,
            id=self.stored.number,
            turns=self.desk.say("trail.comma").join(turns),
            example=_typed_again("--as", cast.name(people[0][0])),
        )


def _typed_again(*more: str) -> str:
    """The command line as it was typed, with more words; quoted only where a shell needs it."""
    words = ["duban", *sys.argv[1:], *more]
    return " ".join(one if _PLAIN.fullmatch(one) else shlex.quote(one) for one in words)


#: What needs no quotes on a command line; Chinese does not.
_PLAIN = re.compile(r"[\w./:@%+=,，。、；：-]+")

#: Finds who acts where nobody is named.
Default = Callable[[Scene], int]
#: Makes the command of who acts.
Make = Callable[[Scene, int], "Command"]


def the_initiator(scene: Scene) -> int:
    """The initiator: whose request it is."""
    return scene.stored.state.initiator


def the_coordinator(scene: Scene) -> int:
    """The coordinator, who sits at this terminal."""
    return scene.staff.admin


def the_only_signer(scene: Scene) -> int:
    """The one who can be meant, where there is one step and one seat; otherwise a refusal to guess.

    With more steps the same line typed again would sign the next one in somebody else's name.
    """
    from models.approval.refusals import Refusal, refuse
    from models.approval.state import FINISHED, Cause, SeatState

    state = scene.stored.state
    alone = len(scene.stored.definition.by_key) == 1
    seats = [one for one in state.seats.values() if one.state is SeatState.OPEN]
    if alone and len(seats) == 1:
        return scene.acting(seats[0].person)
    if seats:
        turns = [(scene.acting(one.person), one.person, _step_name(scene, one)) for one in seats]
        raise scene.who_must_be_named("approval_say_who", turns)
    decided = [one for one in state.seats.values() if one.cause is Cause.DECIDED and one.closed_by]
    if alone and len(decided) == 1:
        return decided[0].closed_by
    raise refuse(Refusal.FINISHED if state.status in FINISHED else Refusal.NOT_RUNNING)


def the_only_approver(scene: Scene) -> int:
    """The one who approved so far and could take it back; otherwise a refusal to guess."""
    from models.approval.refusals import Refusal, refuse
    from models.approval.state import Verb

    state = scene.stored.state
    approved = [
        (one.closed_by, one.person, _step_name(scene, one))
        for one in state.seats.values()
        if one.verb is Verb.APPROVE and one.closed_by and state.steps[one.step].live
    ]
    if not approved:
        raise refuse(Refusal.NOTHING_TO_TAKE_BACK)
    if len(scene.stored.definition.by_key) > 1 or len(approved) > 1:
        raise scene.who_must_be_named("approval_say_who_approved", approved)
    return approved[0][0]


def the_only_reader(scene: Scene) -> int:
    """The one who has not read the copy yet; otherwise a refusal to guess."""
    from commands.approval_views import cast_of
    from models.approval.refusals import Refusal, refuse

    readers = scene.stored.state.readers.values()
    unread = [one.person for one in readers if one.read_at is None] or [one.person for one in readers]
    if not unread:
        name = cast_of(scene.session, [scene.staff.admin], scene.desk.lang).name(scene.staff.admin)
        raise refuse(Refusal.NOT_A_READER, person=name)
    if len(unread) > 1:
        copy = scene.desk.say("approval_told.copy")
        raise scene.who_must_be_named("approval_say_who_reads", [(one, one, copy) for one in unread])
    return unread[0]


def _step_name(scene: Scene, seat: Seat) -> str:
    from commands.approval_views import name_of_step

    return name_of_step(scene.stored, scene.stored.state.steps[seat.step].key, scene.desk.lang)


def office_of(desk: Desk) -> Office:
    """The office in which the desk's commands work."""
    from flows.office import Office

    return Office(desk.settings, desk.engine, desk.clock, desk.lang)


def look(office: Office, desk: Desk, number: int, by: str, default: Default, make: Make) -> Command:
    """What somebody who is named, or else the default, asks of an approval. Raises refusals."""
    from tasks.approvals.store import fetch
    from tasks.directory import find_person

    with office.read() as session:
        stored = fetch(session, number)
        scene = Scene(session, stored, office.staff(session, number), desk)
        return make(scene, find_person(session, by).id if by else default(scene))


def act(ctx: typer.Context, number: int, by: str, default: Default, make: Make) -> None:
    """Do one command on an approval, say what came of it, and let the flow that waited go on."""
    desk: Desk = ctx.obj
    office = office_of(desk)
    carry_out(desk, office, number, look(office, desk, number, by, default, make))


def carry_out(desk: Desk, office: Office, number: int, command: Command) -> None:
    """Do a command, say what came of it, and let the flow that waited go on."""
    from commands.approval_views import answer_json, show_answer
    from commands.show import show_outcome
    from flows.follow import follow_decision

    answer = _take(office, number, command)
    if not desk.json:
        show_answer(desk, office, answer, command.by)
    outcome = follow_decision(office, number) if _leads_on(answer) else None
    if desk.json:
        desk.print_json(answer_json(desk, office, answer, outcome))
    elif outcome is not None:
        show_outcome(desk, outcome)


def act_on_all(ctx: typer.Context, numbers: list[int], by: str, default: Default, make: Make) -> None:
    """Do the same on several approvals, each for itself; exit 1 if one of them was refused."""
    from commands.approval_views import show_bulk
    from flows.follow import follow_decision
    from models.errors import InputError, NotFoundError, RefusedError

    desk: Desk = ctx.obj
    office = office_of(desk)
    done: list[Answer] = []
    refused: dict[int, DubanError] = {}
    for number in dict.fromkeys(numbers):
        try:
            command = look(office, desk, number, by, default, make)
            done.append(_take(office, number, command))
        except (InputError, NotFoundError, RefusedError) as error:
            refused[number] = error
    outcomes = [follow_decision(office, one.approval) for one in done if _leads_on(one)]
    show_bulk(desk, office, done, refused, [one for one in outcomes if one is not None])
    if refused:
        raise typer.Exit(1)


def _take(office: Office, number: int, command: Command) -> Answer:
    from tasks.decide import take

    return take(office.engine, number, command, lambda session: office.staff(session, number))


def _leads_on(answer: Answer) -> bool:
    """Whether something may have waited for this; said once more it may have been cut off before."""
    return answer.repeated or bool(answer.changes)
