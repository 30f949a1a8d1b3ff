"""What the approval commands show: what came of a command, and how an approval stands."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING

from commands.desk import Desk
from commands.show import outcome_json, show_outcome, show_table
from models.messages import Lang

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from flows.office import Office
    from flows.stories.step import Outcome
    from models.approval.state import Seat, State, StepRun
    from models.errors import DubanError
    from tasks.approvals.perform import Answer
    from tasks.approvals.store import Stored
    from tasks.approvals.trail import Trail
    from tasks.approvals.trail_words import Cast


def cast_of(session: Session, people: Iterable[int], lang: Lang) -> Cast:
    """The names of people, by one statement."""
    from sqlalchemy import select

    from models.tables import Person
    from tasks.approvals.trail_words import Cast

    found = session.execute(select(Person.id, Person.name, Person.email).where(Person.id.in_(set(people))))
    return Cast({person: (name, email) for person, name, email in found}, lang)


def people_of(state: State) -> Iterator[int]:
    """Everybody who has to do with an approval; some more than once."""
    yield state.initiator
    yield from state.readers
    yield from state.urges
    for people in state.chosen.values():
        yield from people
    for seat in state.seats.values():
        yield from (seat.person, seat.added_by, seat.closed_by, seat.cause_by)


def name_of_step(stored: Stored, key: str, lang: Lang) -> str:
    """What papers call a step; one that this version lacks keeps its key."""
    step = stored.definition.by_key.get(key)
    return step.name.get(lang) or step.name["zh"] if step else key


def short(desk: Desk, when: date | datetime | None) -> str:
    """A day or local time for tables: without this year's number it fits on one line."""
    if when is None:
        return ""
    if isinstance(when, datetime):
        local = when.astimezone(desk.clock.zone)
        return f"{short(desk, local.date())} {local:%H:%M}"
    return when.isoformat().removeprefix(f"{desk.clock.today().year}-")


def status_of(state: State) -> str:
    """The name under which the catalogue keeps how an approval stands."""
    return "suspended" if state.suspended_on else str(state.status)


def waiting(state: State, acting: Mapping[int, int]) -> list[tuple[StepRun, Seat, int]]:
    """The seats that can be decided now, and who acts on each; `acting`: who acts for whom today."""
    from models.approval.state import SeatState

    return [
        (state.steps[one.step], one, acting.get(one.person, one.person))
        for one in state.seats.values()
        if one.state is SeatState.OPEN
    ]


def standing(desk: Desk, office: Office, number: int) -> tuple[dict[str, object], str]:
    """How an approval stands now: for programs, and in one line for people."""
    from models.substitutes import acting_for
    from tasks.approvals.store import fetch

    with office.read() as session:
        stored = fetch(session, number)
        state, found = stored.state, waiting(stored.state, acting_for(session, desk.clock.today()))
        people = {state.initiator, *(seat.person for _, seat, _ in found), *(acts for *_, acts in found)}
        cast = cast_of(session, people, desk.lang)
    facts: dict[str, object] = {
        "status": state.status,
        "suspended_on": state.suspended_on,
        "waiting": [
            {
                "step": run.key,
                "person": cast.name(seat.person),
                "acting": cast.name(acts),
                "due_on": run.due_on,
            }
            for run, seat, acts in found
        ],
    }
    status = desk.say(f"trail_status.{status_of(state)}")
    turns = [
        desk.say(
            "approval_told.turn_due" if run.due_on else "approval_told.turn",
            name=cast.acting(acts, seat.person),
            what=_step_and_kind(desk, stored, run, seat),
            due=run.due_on,
        )
        for run, seat, acts in found
    ]
    if turns and not state.suspended_on:
        return facts, desk.say(
            "approval_told.waits", status=status, turns=desk.say("trail.comma").join(turns)
        )
    key = "approval_told.with_initiator" if state.status in {"returned", "draft"} else "approval_told.stands"
    return facts, desk.say(key, status=status, name=cast.name(state.initiator), id=number)


def _step_and_kind(desk: Desk, stored: Stored, run: StepRun, seat: Seat) -> str:
    parts = [name_of_step(stored, run.key, desk.lang), *kind_words(desk, seat)]
    return desk.say("approval_told.comma").join(parts)


def kind_words(desk: Desk, seat: Seat) -> list[str]:
    """What a seat is besides an ordinary one: advice, a stand-in's, an added signer's."""
    from models.approval.state import SeatKind

    if seat.kind is not SeatKind.PRINCIPAL:
        return [desk.say(f"approval_told.kind_{seat.kind}")]
    return [desk.say("approval_told.kind_added")] if seat.added_by else []


def show_answer(desk: Desk, office: Office, answer: Answer, by: int) -> None:
    """Print what `by` did, what followed by itself, and how the approval stands now."""
    from tasks.approvals.trail import trail

    with office.read() as session:
        found = trail(session, answer.approval, desk.lang)
    if answer.repeated:
        _tell_earlier(desk, found, by)
    rows = [one for one in found.rows if answer.event and one.event == answer.event]
    for row in rows:
        key = "approval_told.follows" if row.automatic else "approval_told.did"
        desk.tell(
            f"{key}_in_step" if row.step else key,
            id=answer.approval,
            actor=row.actor,
            step=row.step,
            what=row.what,
        )
    if not rows and not answer.repeated:
        desk.tell("approval_told.nothing_to_do", id=answer.approval)
    desk.tell("approval_told.now", id=answer.approval, words=standing(desk, office, answer.approval)[1])


def _tell_earlier(desk: Desk, found: Trail, by: int) -> None:
    """Say when the same was decided before."""
    from models.approval.state import Cause
    from tasks.approvals.trail_words import verdict

    seats = found.state.seats.values()
    seat = [one for one in seats if one.closed_by == by and one.cause is Cause.DECIDED][-1]
    assert seat.closed_at is not None  # noqa: S101  # decided seats have it
    desk.tell(
        "approval_told.already",
        actor=found.cast.acting(by, seat.person),
        what=verdict(seat, found.definition, desk.lang),
        at=seat.closed_at.astimezone(desk.clock.zone).strftime("%Y-%m-%d %H:%M"),
    )


def answer_json(desk: Desk, office: Office, answer: Answer, outcome: Outcome | None) -> dict[str, object]:
    """What came of a command, for programs."""
    facts, _ = standing(desk, office, answer.approval)
    return {
        "id": answer.approval,
        "verb": answer.verb,
        "changed": bool(answer.changes) and not answer.repeated,
        "event": answer.event,
        **facts,
        "outcome": outcome and outcome_json(outcome),
    }


def show_standing(desk: Desk, office: Office, number: int, outcome: Outcome | None) -> None:
    """Show how an approval stands after its subject was submitted again."""
    facts, words = standing(desk, office, number)
    if desk.json:
        desk.print_json(
            {"id": number, "verb": "submit", **facts, "outcome": outcome and outcome_json(outcome)}
        )
        return
    desk.tell("approval_told.now", id=number, words=words)
    if outcome is not None:
        show_outcome(desk, outcome)


def show_bulk(
    desk: Desk,
    office: Office,
    done: Sequence[Answer],
    refused: Mapping[int, DubanError],
    outcomes: Sequence[Outcome],
) -> None:
    """Print what became of each of several approvals."""
    if desk.json:
        desk.print_json(
            {
                "done": [answer_json(desk, office, one, None) for one in done],
                "refused": [
                    {"id": number, "code": error.code, "reason": error.sentence(desk.lang, desk.clock.zone)}
                    for number, error in refused.items()
                ],
                "outcomes": [outcome_json(one) for one in outcomes],
            }
        )
        return
    rows: dict[int, dict[str, object]] = {}
    for one in done:
        changed = one.changes and not one.repeated
        rows[one.approval] = {
            "id": one.approval,
            "bulk_result": desk.say("approval_told.bulk_done" if changed else "approval_told.bulk_already"),
            "bulk_words": standing(desk, office, one.approval)[1],
        }
    for number, error in refused.items():
        rows[number] = {
            "id": number,
            "bulk_result": desk.say("approval_told.bulk_refused"),
            "bulk_words": error.sentence(desk.lang, desk.clock.zone),
        }
    show_table(desk, [rows[number] for number in sorted(rows)])
    for outcome in outcomes:
        show_outcome(desk, outcome)
    fresh = sum(bool(one.changes) and not one.repeated for one in done)
    counts = {"done": fresh, "already": len(done) - fresh, "refused": len(refused)}
    desk.tell("approval_told.bulk", **counts)
