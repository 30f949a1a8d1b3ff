"""Do what a command asks of an approval: decide, keep, record; the same key gives the same answer."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from sqlalchemy import bindparam, insert, select
from sqlalchemy.orm import Session

from models.approval.changes import Change, from_json, to_json
from models.approval.commands import Command, Submit
from models.approval.decide import Accepted, decide
from models.approval.definition import Definition, FactValue
from models.approval.refusals import Refusal, refuse
from models.approval.state import SYSTEM, State, Status
from models.approval.world import Standing, World
from models.journal import SYSTEM as SYSTEM_ADDRESS
from models.journal import Fact, chain, record
from models.kept.tables import COMMAND, EVENT
from models.prepared import Prepared, Step, run
from tasks.approvals.checks import check_call, check_command, check_words
from tasks.approvals.definitions import publish
from tasks.approvals.store import Earlier, Stored, add, fetch, find_caller, find_unfinished, save

_REMEMBER = Prepared(insert(COMMAND))
_PAYLOAD = select(EVENT.c.payload).where(EVENT.c.id == bindparam("event"))
#: Fields in which the different commands keep what somebody says.
_SAID = ("opinion", "words", "reason")


@dataclass(frozen=True)
class Answer:
    """What became of an accepted command.

    `event` is its event, none where nothing was left to do; `repeated` says that the key came before
    and this is the answer that it got then.
    """

    approval: int
    verb: str
    status: Status
    rev: int
    event: int | None
    repeated: bool
    changes: tuple[Change, ...]


def perform(session: Session, number: int, command: Command, world: World, *, key: str = "") -> Answer:
    """Do what a command asks, in the caller's transaction, and record it as one event.

    Raises NotFoundError, or ApprovalRefusedError before anything is written.
    """
    check_call(number, command.by, key)
    stored = fetch(session, number, by=command.by, key=key)
    check_command(command)
    digest = _digest(command, number) if key else ""
    if stored.earlier is not None:
        return _once_more(session, stored.earlier, digest)
    actor = _address(command, stored.actor)
    if stored.active is not None:
        world.learn(command.by, Standing.ACTIVE if stored.active else Standing.DISABLED)
    accepted = decide(stored.definition, stored.state, command, world)
    event, more = None, list[Step]()
    if accepted.changes:
        fact = _fact(stored, command, accepted, actor)
        (event,), append = chain([fact], stored.head, at=world.now)
        more.append(append)
    answer = _answer(number, command, accepted, event)
    if key:
        more.append(_remembered(key, digest, answer))
    if accepted.changes:
        save(session, stored, accepted.state, _definition_after(stored, command, accepted), world, *more)
    elif more:
        run(session, *more)
    return answer


def start(
    session: Session,
    definition: Definition,
    *,
    subject: str,
    subject_id: int,
    title: str,
    initiator: int,
    world: World,
    facts: Mapping[str, FactValue] | None = None,
    chosen: Mapping[str, tuple[int, ...]] | None = None,
    key: str = "",
) -> Answer:
    """Submit a subject for approval under a definition.

    Raises ApprovalRefusedError, ALREADY_RUNNING where the subject has an approval that is not
    finished; InputError where this version of the definition was used with another text.
    """
    command = Submit(initiator, facts or {}, chosen or {})
    check_call(subject_id, initiator, key)
    check_words(subject=subject, title=title)
    check_command(command)
    email, earlier = find_caller(session, initiator, key)
    digest = _digest(command, subject, subject_id) if key else ""
    if earlier is not None:
        return _once_more(session, earlier, digest)
    actor = _address(command, email)
    if find_unfinished(session, subject, subject_id) is not None:
        raise refuse(Refusal.ALREADY_RUNNING)
    accepted = decide(definition, State(), command, world)
    pin = publish(session, definition, at=world.now)
    columns = {"definition_id": pin, "subject": subject, "subject_id": subject_id, "title": title}
    number = add(session, accepted.state, columns, definition, world)
    stored = Stored(number, definition, pin, State(), subject, subject_id, title, world.now)
    (event,) = record(session, [_fact(stored, command, accepted, actor)], at=world.now)
    answer = _answer(number, command, accepted, event)
    if key:
        run(session, _remembered(key, digest, answer))
    return answer


def _definition_after(stored: Stored, command: Command, accepted: Accepted) -> Definition:
    """A migration is the one command after which another definition holds."""
    to = getattr(command, "to", None)
    moved = isinstance(to, Definition) and accepted.state.version == to.version
    return to if moved and to is not None else stored.definition


def _address(command: Command, email: str | None) -> str:
    if command.by == SYSTEM:
        return SYSTEM_ADDRESS
    if email is None:
        raise refuse(Refusal.NO_SUCH_USER)
    return email


def _fact(stored: Stored, command: Command, accepted: Accepted, actor: str) -> Fact:
    payload = {
        "subject": stored.subject,
        "subject_id": stored.subject_id,
        "title": stored.title,
        "status": accepted.state.status,
        "rev": accepted.state.rev,
        "by": command.by,
        "changes": [to_json(one) for one in accepted.changes],
    }
    said = next((words for name in _SAID if (words := getattr(command, name, ""))), "")
    return Fact(f"approval.{command.verb}", "approval", stored.number, actor, payload, said)


def _answer(number: int, command: Command, accepted: Accepted, event: int | None) -> Answer:
    state = accepted.state
    return Answer(
        number, command.verb, state.status, state.rev, event, repeated=False, changes=accepted.changes
    )


def _remembered(key: str, digest: str, answer: Answer) -> Step:
    row = {
        "key": key,
        "approval_id": answer.approval,
        "digest": digest,
        "event_id": answer.event,
        "answer": {"verb": answer.verb, "status": answer.status, "rev": answer.rev},
    }
    return _REMEMBER, row


def _once_more(session: Session, earlier: Earlier, digest: str) -> Answer:
    """The answer that the key got; its changes stand in its event."""
    if earlier.digest != digest:
        raise refuse(Refusal.KEY_REUSED)
    changes: list[Any] = []
    if earlier.event is not None:
        payload = session.connection().execute(_PAYLOAD, {"event": earlier.event}).scalar_one()
        changes = json.loads(payload)["changes"]
    return Answer(
        earlier.approval,
        earlier.answer["verb"],
        Status(earlier.answer["status"]),
        earlier.answer["rev"],
        earlier.event,
        repeated=True,
        changes=tuple(from_json(one) for one in changes),
    )


def _digest(command: Command, *about: object) -> str:
    asked = [*about, command.verb, *(getattr(command, one.name) for one in fields(command))]
    plain = json.dumps(asked, default=_plain, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(plain.encode()).hexdigest()


def _plain(value: object) -> object:
    """A version of a definition by its fingerprint, any other mapping by what it holds."""
    return value.sha if isinstance(value, Definition) else dict(value)  # type: ignore[call-overload]  # commands have no other types
