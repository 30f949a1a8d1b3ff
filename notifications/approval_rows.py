"""Approvals as rows of a letter: the plain values that templates show."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import select, text

from models.approval.definition import Mode, RungAct
from models.approval.state import APPROVING, REJECTING, SYSTEM, Cause, Seat, SeatKind, StepRun, Verb
from models.kept.read import pinned
from models.tables import Approval, ApprovalDefinition, ApprovalSeat, ApprovalStep
from notifications.matters import Matter
from notifications.telling import Telling

#: What a signer who is asked reads of those who signed before; the end is told with every opinion.
LAST_SAID = 4
#: Most opinions that are told of one approval.
MOST_SAID = 60
#: Verbs with which a seat says something about the matter.
_SAYING = APPROVING | REJECTING | {Verb.RETURN, Verb.ADVISE, Verb.DECLINE, Verb.AUTO_RETURN}

# Said literally, as in the partial index: with a parameter it would not be used.
_WAITING = (
    select(
        ApprovalSeat.person_id,
        Approval.id,
        Approval.title,
        Approval.initiator_id,
        ApprovalDefinition.code,
        ApprovalDefinition.version,
        ApprovalDefinition.sha,
        ApprovalStep.key,
        ApprovalStep.opened_on,
        ApprovalStep.due_on,
    )
    .join(
        ApprovalStep,
        (ApprovalStep.approval_id == ApprovalSeat.approval_id) & (ApprovalStep.number == ApprovalSeat.step),
    )
    .join(Approval, Approval.id == ApprovalSeat.approval_id)
    .join(ApprovalDefinition, ApprovalDefinition.id == Approval.definition_id)
    .where(text("approval_seat.state = 'open'"), Approval.suspended_on.is_(None))
    .where(ApprovalSeat.person_id.is_not(None))
    .order_by(Approval.id, ApprovalSeat.number)
)


def name_of(telling: Telling, person: int) -> str:
    """A person's name; nothing for SYSTEM."""
    found = telling.roster.people.get(person)
    return found.name if found else ""


def matter_fact(telling: Telling, matter: Matter) -> dict[str, object]:
    """What every letter says of an approval."""
    return {
        "id": matter.id,
        "title": matter.title,
        "subject": matter.subject,
        "status": str(matter.status),
        "asked_by": name_of(telling, matter.initiator),
        "asked_on": _local(telling, matter.opened_at),
    }


def seat_fact(telling: Telling, matter: Matter, seat: Seat) -> dict[str, object]:
    """What an approval looks like from an open seat: step, how it is decided, until when, who said what."""
    key = f"step {seat.step}"
    if key not in matter.words:
        matter.words[key] = _step_fact(telling, matter, matter.state.steps[seat.step])
    return {**matter.words[key], "then": _then(telling, matter, seat)}


def _step_fact(telling: Telling, matter: Matter, run: StepRun) -> dict[str, object]:
    state, step = matter.state, matter.definition.by_key.get(run.key)
    votes = state.votes_of(run.number)
    return {
        **matter_fact(telling, matter),
        "step": step_name(matter, run),
        "mode": str(step.mode if step else Mode.ALL),
        "seats": len(votes),
        "approved": sum(state.vote(one) in APPROVING for one in votes),
        "need": step.need.of(len(votes)) if step and step.mode is Mode.VOTE else 0,
        **_dates(telling, run.opened_on, run.due_on),
        **_said(telling, matter, LAST_SAID),
    }


def _dates(telling: Telling, since: date, due: date | None) -> dict[str, object]:
    today = telling.today
    late = max(0, (today - due).days) if due else 0
    return {
        "since": since.isoformat(),
        "due": due.isoformat() if due else "",
        "late": late,
        "left": telling.calendar.between(today, due) if due and not late else None,
    }


def _then(telling: Telling, matter: Matter, seat: Seat) -> list[dict[str, str]]:
    """What the clock does to this seat when its day has come, beyond reminding."""
    run = matter.state.steps[seat.step]
    step = matter.definition.by_key.get(run.key)
    if run.due_on is None or step is None or step.deadline is None:
        return []
    if seat.kind is SeatKind.ADVICE:
        return [{"act": "advice_ends", "on": run.due_on.isoformat()}]
    skipped = {RungAct.REMIND, RungAct.ESCALATE} if seat.kind is SeatKind.STAND_IN else {RungAct.REMIND}
    return [
        {"act": str(rung.act), "on": telling.calendar.add(run.due_on, rung.after).isoformat()}
        for rung in step.deadline.ladder[run.rungs :]
        if rung.act not in skipped
    ]


def _said(telling: Telling, matter: Matter, most: int) -> dict[str, Any]:
    """What was said so far, the last of it, in order; a vote carried into a new round is said once."""
    seats = [
        one
        for one in matter.state.seats.values()
        if one.verb in _SAYING and one.cause is not Cause.CARRIED and one.closed_at is not None
    ]
    seats.sort(key=_when)
    return {
        "said": [_opinion(telling, matter, one) for one in seats[-most:]],
        "said_before": max(0, len(seats) - most),
    }


def _when(seat: Seat) -> tuple[float, int]:
    return (seat.closed_at.timestamp() if seat.closed_at else 0.0), seat.number


def _opinion(telling: Telling, matter: Matter, seat: Seat) -> dict[str, object]:
    how = str(seat.verb)
    if seat.verb is Verb.ADVISE:
        how = "advise_yes" if seat.leaning else "advise_no"
    elif seat.verb is Verb.AUTO_APPROVE and seat.cause is Cause.NOBODY:
        how = "auto_approve_nobody"
    acts_for = seat.closed_by not in {SYSTEM, seat.person}
    return {
        "name": name_of(telling, seat.closed_by or seat.person),
        "for_whom": name_of(telling, seat.person) if acts_for else "",
        "step": step_name(matter, matter.state.steps[seat.step]),
        "how": how,
        "words": seat.opinion,
        "on": _local(telling, seat.closed_at),
    }


def ended_fact(telling: Telling, matter: Matter) -> dict[str, Any]:
    """An approval that ended or came back: when, and every opinion."""
    spoken = _said(telling, matter, MOST_SAID)
    last = spoken["said"][-1]["on"] if spoken["said"] else telling.today.isoformat()
    return {
        **matter_fact(telling, matter),
        **spoken,
        "on": _local(telling, matter.closed_at) or last,
    }


def copy_fact(telling: Telling, matter: Matter) -> dict[str, object]:
    """An approval as its readers see it: where it stands, and the last opinions."""
    return {
        **matter_fact(telling, matter),
        "steps": [step_name(matter, run) for run in matter.state.open_runs()],
        **_said(telling, matter, LAST_SAID),
    }


def step_name(matter: Matter, run: StepRun) -> dict[str, str]:
    """What papers call a step, by language; a step that a newer version lacks keeps its key."""
    step = matter.definition.by_key.get(run.key)
    return dict(step.name) if step else {"zh": run.key, "en": run.key}


def _local(telling: Telling, at: datetime | None) -> str:
    return at.astimezone(telling.settings.zone).date().isoformat() if at else ""


def addressee(telling: Telling, initiator: int, person: int) -> int:
    """Who reads what waits for a person: who acts for an absent one, but never on the own request."""
    acting = telling.roster.addressee(person)
    return person if acting == initiator else acting


def waiting_rows(telling: Telling) -> dict[int, list[dict[str, object]]]:
    """What waits for whose decision today, by who reads of it; in one statement."""
    rows: dict[int, list[dict[str, object]]] = {}
    for row in telling.session.connection().execute(_WAITING).all():
        reader = addressee(telling, row.initiator_id, row.person_id)
        step = pinned(telling.session, row.code, row.version, row.sha).by_key.get(row.key)
        fact = {
            "id": row.id,
            "title": row.title,
            "asked_by": name_of(telling, row.initiator_id),
            "step": dict(step.name) if step else {"zh": row.key, "en": row.key},
            "for_whom": name_of(telling, row.person_id) if reader != row.person_id else "",
            **_dates(telling, row.opened_on, row.due_on),
        }
        rows.setdefault(reader, []).append(fact)
    return rows
