"""What is told of approval codes: each to whom it belongs, and that codes are being guessed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import bindparam, select

from models.approval.code import code_digest, code_digits
from models.approval.state import Seat, SeatKind, SeatState
from models.errors import InputError
from models.secret import KEY_FILE, Secret
from models.tables import ApprovalCode, Gate
from notifications.approval_rows import addressee, matter_fact, step_name
from notifications.matters import Matter, load_matters
from notifications.telling import Audience, Draft, News, Telling

#: The letter whose digits are put in when it leaves.
CODE_LETTER: Final = "approval_code"

_IDS: Any = bindparam("ids", expanding=True)
_VALID = (
    select(ApprovalCode.id, ApprovalCode.digest)
    .where(ApprovalCode.id.in_(_IDS))
    .where(ApprovalCode.used_at.is_(None), ApprovalCode.revoked_at.is_(None))
)
_RUNS = select(Gate.approval_id, Gate.step, Gate.run).where(Gate.approval_id.in_(_IDS))


def codes(telling: Telling, news: Sequence[News], audiences: Sequence[Audience]) -> Iterator[Draft]:
    """One letter for each code that is still worth something, to its person and to nobody else.

    The facts hold the code's number and what it is known by, never the digits: see `with_digits`.
    """
    letter, session = audiences[0].letter, telling.session
    told = [(one, code) for one in news for code in one.payload["codes"]]
    numbers = sorted({code["code"] for _, code in told})
    valid = {row.id: row.digest for row in session.execute(_VALID, {"ids": numbers})}
    ids = sorted({one.subject_id for one, _ in told if one.subject_id is not None})
    matters = load_matters(session, ids)
    runs = {(row.approval_id, row.step): row.run for row in session.execute(_RUNS, {"ids": ids})}
    for one, code in told:
        matter, step = matters.get(one.subject_id or 0), one.payload["step"]
        if matter is None or not matter.waits or code["code"] not in valid:
            continue
        seats = _seats(telling, matter, step, code["person"])
        if not seats:
            continue
        absent = dict.fromkeys(seat.person for seat in seats if seat.person != code["person"])
        yield Draft(
            letter=letter,
            person_id=code["person"],
            dedupe=f"{letter}:{code['code']}",
            event_id=one.id,
            facts={
                **matter_fact(telling, matter),
                "code": code["code"],
                "digest": valid[code["code"]],
                "step": step_name(matter, matter.state.steps[step]),
                "advice": all(seat.kind is SeatKind.ADVICE for seat in seats),
                "until": _local(telling, code["expires_at"]),
                "link": _link(telling, runs.get((matter.id, step), "")),
            },
            on_behalf=tuple(absent),
            thread=f"approval-{matter.id}",
        )


def with_digits(secret: Secret, facts: Mapping[str, Any]) -> dict[str, Any]:
    """The facts of such a letter with the digits in them.

    Raises InputError where the secret is not the one with which the code was issued.
    """
    approval = facts["id"]
    digits = code_digits(secret, approval=approval, code=facts["code"])
    if code_digest(secret, approval=approval, digits=digits) != facts["digest"]:
        raise InputError("secret_differs", file=KEY_FILE, approval=approval)
    return {**facts, "digits": digits}


def locks(telling: Telling, news: Sequence[News], audiences: Sequence[Audience]) -> Iterator[Draft]:
    """One entry a reader with every approval at which codes were guessed since the last telling.

    Read by who could have decided there, and by the coordinator.
    """
    letter = audiences[0].letter
    matters = load_matters(telling.session, {one.subject_id for one in news if one.subject_id is not None})
    latest = {one.subject_id: one for one in news if one.subject_id in matters}
    readers: dict[int, list[News]] = {}
    for one in latest.values():
        coordinators = [telling.roster.addressee(who) for who in telling.roster.coordinator()]
        for reader in dict.fromkeys([*one.payload["people"], *coordinators]):
            readers.setdefault(reader, []).append(one)
    for reader, theirs in readers.items():
        first = min(one.id for one in theirs)
        yield Draft(
            letter=letter,
            person_id=reader,
            dedupe=f"{letter}:{first}:{reader}",
            event_id=first,
            facts={
                "rows": [_locked_row(telling, matters[one.subject_id or 0], one) for one in theirs],
                "total": len(theirs),
                "more": 0,
            },
        )


def _locked_row(telling: Telling, matter: Matter, news: News) -> dict[str, object]:
    step = matter.state.steps[news.payload["step"]]
    return {
        **matter_fact(telling, matter),
        "step": step_name(matter, step),
        "guesses": news.payload["guesses"],
        "locked": _local(telling, news.payload["until"]),
    }


def _seats(telling: Telling, matter: Matter, step: int, person: int) -> list[Seat]:
    """The seats of a step with which somebody can still decide, now or when their turn comes."""
    return [
        one
        for one in matter.state.seats_of(step)
        if one.state is not SeatState.CLOSED
        and person in {one.person, addressee(telling, matter.initiator, one.person)}
    ]


def _link(telling: Telling, run: str) -> str:
    """The page of the run in which the gate waits; nothing where no setting says where people open it."""
    settings = telling.settings
    pages = (settings.ui_url or settings.prefect_url.removesuffix("/api")).rstrip("/")
    return f"{pages}/runs/flow-run/{run}" if pages and run else ""


def _local(telling: Telling, instant: str) -> str:
    """An instant to the minute, as it is called in the bureau's zone."""
    at = datetime.fromisoformat(instant).astimezone(telling.settings.zone)
    return at.replace(tzinfo=None).isoformat(timespec="minutes")
