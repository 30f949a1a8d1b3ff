"""One approval as a whole: how it stands seat by seat, and all that happened to it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from commands.approval_acting import office_of
from commands.approval_views import cast_of, kind_words, name_of_step, people_of, short, standing
from commands.desk import Desk
from commands.show import show_table

if TYPE_CHECKING:
    from datetime import datetime, tzinfo

    from models.approval.state import Seat, StepRun
    from tasks.approvals.store import Stored
    from tasks.approvals.trail import Row
    from tasks.approvals.trail_words import Cast


@dataclass(frozen=True)
class Sheet:
    """An approval with what its tables keep beside the state."""

    stored: Stored
    cast: Cast
    opened_at: datetime
    closed_at: datetime | None


def show_approval(desk: Desk, number: int) -> None:
    """Print head, steps with seats and opinions, whose turn it is, and who got copies."""
    from models.tables import Approval
    from tasks.approvals.store import fetch

    office = office_of(desk)
    with office.read() as session:
        stored = fetch(session, number)
        row = session.get_one(Approval, number)
        cast = cast_of(session, people_of(stored.state), desk.lang)
        sheet = Sheet(stored, cast, row.opened_at, row.closed_at)
    facts, words = standing(desk, office, number)
    if desk.json:
        desk.print_json({**_head(sheet, desk.clock.zone), **facts, **_body(desk, sheet)})
        return
    _tell_head(desk, sheet)
    show_table(desk, [*_seat_rows(desk, sheet), *_rows_ahead(desk, sheet)])
    desk.tell("approval_told.now", id=number, words=words)
    for reader in stored.state.readers.values():
        at = short(desk, reader.read_at)
        key = "approval_told.copy_read" if at else "approval_told.copy_unread"
        desk.tell(key, name=cast.name(reader.person), at=at)


def _tell_head(desk: Desk, sheet: Sheet) -> None:
    stored, zone = sheet.stored, desk.clock.zone
    definition = stored.definition
    kind = definition.name.get(desk.lang) or definition.name["zh"]
    named = {
        "approval_title": f"{stored.number}　{stored.title}",
        "definition": desk.say("approval_told.definition", name=kind, version=definition.version),
        "initiator": sheet.cast.name(stored.state.initiator),
        "opened_at": sheet.opened_at.astimezone(zone).strftime("%Y-%m-%d %H:%M"),
    }
    for key, value in named.items():
        desk.tell("show.fact", name=desk.say(f"column.{key}"), value=value)


def _seat_rows(desk: Desk, sheet: Sheet) -> list[dict[str, object]]:
    """A row for every seat, and for a step that was skipped; of rounds that no longer count what was said."""
    from models.approval.state import Verb

    said = {Verb.APPROVE, Verb.REJECT, Verb.RETURN, Verb.ADVISE}
    rows: list[dict[str, object]] = []
    for run in sheet.stored.state.steps.values():
        name = name_of_step(sheet.stored, run.key, desk.lang)
        if run.round > 1:
            name = desk.say("approval_told.round", step=name, round=run.round)
        seats = sheet.stored.state.seats_of(run.number)
        rows += [_seat_row(desk, sheet, run, name, seat) for seat in seats if run.live or seat.verb in said]
        if run.live and not seats:
            words = desk.say(f"trail_outcome.{run.outcome or 'open'}")
            rows.append(_row(name, verdict=words))
    return rows


def _seat_row(desk: Desk, sheet: Sheet, run: StepRun, name: str, seat: Seat) -> dict[str, object]:
    from models.approval.state import APPROVING, Cause, SeatState
    from tasks.approvals.trail_words import verdict

    if seat.state is SeatState.CLOSED:
        words = verdict(seat, sheet.stored.definition, desk.lang)
        if not run.live and seat.verb in APPROVING:
            words = desk.say("approval_told.no_longer", verdict=words)
    else:
        words = desk.say(f"approval_told.seat_{seat.state}")
        if seat.draft:
            words += desk.say("approval_told.has_draft")
    signer = sheet.cast.name(seat.person)
    if seat.cause is Cause.DECIDED and seat.person:
        signer = sheet.cast.acting(seat.closed_by, seat.person)
    for kind in kind_words(desk, seat):
        signer = desk.say("approval_told.turn", name=signer, what=kind)
    return _row(
        name,
        signer=signer,
        verdict=words,
        opinion=seat.opinion,
        at=short(desk, seat.closed_at),
        due_on=run.due_on if run.is_open and seat.state is not SeatState.CLOSED else None,
    )


def _row(step: str, **cells: object) -> dict[str, object]:
    return {"step": step, **dict.fromkeys(("signer", "verdict", "opinion", "at", "due_on"), ""), **cells}


def _rows_ahead(desk: Desk, sheet: Sheet) -> list[dict[str, object]]:
    """A row for every step that a running approval can still reach."""
    from models.approval.state import Status

    state, definition = sheet.stored.state, sheet.stored.definition
    if state.status is not Status.RUNNING:
        return []
    left_out = [(definition.blocks[block], branch) for block, branch in state.branches.items()]
    ahead = [
        key
        for key, path in definition.paths.items()
        if state.live_run(key) is None
        and not any(path[: len(at)] == at and path[len(at)] != branch for at, branch in left_out)
    ]
    words = desk.say("approval_diagram.not_reached")
    return [_row(name_of_step(sheet.stored, key, desk.lang), verdict=words) for key in ahead]


def _head(sheet: Sheet, zone: tzinfo) -> dict[str, object]:
    stored = sheet.stored
    definition = stored.definition
    return {
        "id": stored.number,
        "title": stored.title,
        "subject": stored.subject,
        "subject_id": stored.subject_id,
        "definition": {"code": definition.code, "version": definition.version, "name": definition.name},
        "initiator": sheet.cast.name(stored.state.initiator),
        "opened_at": sheet.opened_at.astimezone(zone),
        "closed_at": sheet.closed_at and sheet.closed_at.astimezone(zone),
        "rev": stored.state.rev,
    }


def _body(desk: Desk, sheet: Sheet) -> dict[str, object]:
    """Everything that the state keeps, with names in the place of people's numbers."""
    state, name, zone = sheet.stored.state, sheet.cast.name, desk.clock.zone
    return {
        "facts": state.facts,
        "chosen": {choice: [name(one) for one in people] for choice, people in state.chosen.items()},
        "branches": state.branches,
        "steps": [
            {
                "number": run.number,
                "key": run.key,
                "name": name_of_step(sheet.stored, run.key, desk.lang),
                "round": run.round,
                "opened_on": run.opened_on,
                "due_on": run.due_on,
                "is_open": run.is_open,
                "live": run.live,
                "outcome": run.outcome,
                "rungs": run.rungs,
                "seats": [_seat_json(sheet.cast, seat, zone) for seat in state.seats_of(run.number)],
            }
            for run in state.steps.values()
        ],
        "readers": [
            {
                "person": name(one.person),
                "added_by": name(one.added_by),
                "read_at": one.read_at and one.read_at.astimezone(zone),
            }
            for one in state.readers.values()
        ],
        "urges": [
            {"person": name(person), "last_on": last, "count": count}
            for person, (last, count) in state.urges.items()
        ],
    }


def _seat_json(cast: Cast, seat: Seat, zone: tzinfo) -> dict[str, object]:
    people = {"person": seat.person, "closed_by": seat.closed_by, "added_by": seat.added_by}
    named = {key: cast.name(one) if one else None for key, one in people.items()}
    if seat.person == 0:
        named["person"] = cast.name(seat.person)
    return {
        "number": seat.number,
        **named,
        "state": seat.state,
        "kind": seat.kind,
        "placing": seat.placing,
        "parent": seat.parent or None,
        "replaces": seat.replaces or None,
        "verb": seat.verb,
        "cause": seat.cause,
        "cause_by": cast.name(seat.cause_by) if seat.cause_by else None,
        "leaning": seat.leaning,
        "opinion": seat.opinion,
        "closed_at": seat.closed_at and seat.closed_at.astimezone(zone),
        "draft": seat.draft,
    }


def show_trail(desk: Desk, number: int) -> None:
    """Print what happened, oldest first, with the event behind each line."""
    from tasks.approvals.trail import trail

    with office_of(desk).read() as session:
        found = trail(session, number, desk.lang)
    if desk.json:
        desk.print_json(
            {
                "id": number,
                "status": found.state.status,
                "rows": [_plain(one, desk.clock.zone) for one in found.rows],
            }
        )
        return
    rows = [
        {
            "at": short(desk, one.at),
            "actor": one.actor,
            "step": desk.say("approval_told.round", step=one.step, round=one.round)
            if one.round > 1
            else one.step,
            "what": one.what,
            "opinion": one.opinion,
            "event": one.event,
        }
        for one in found.rows
    ]
    show_table(desk, rows)


def _plain(row: Row, zone: tzinfo) -> dict[str, object]:
    return {
        "at": row.at.astimezone(zone),
        "actor": row.actor,
        "step": row.step,
        "round": row.round,
        "what": row.what,
        "opinion": row.opinion,
        "automatic": row.automatic,
        "event": row.event,
        "hash": row.mark,
    }
