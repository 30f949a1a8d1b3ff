"""The rule table in force, as the log has it: whoever explains a light later knows the rules of its day."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime

from sqlalchemy import Integer, bindparam, select
from sqlalchemy.orm import Session

from models.journal import SYSTEM, Fact, canonical, record
from models.prepared import Prepared, run
from models.supervision.read import shipped, supervision_of
from models.supervision.rules import Supervision
from models.tables import Event

RULED = "supervision.ruled"
_EVENT = Event.__table__.c
#: Beyond every event.
_LAST = 2**31 - 1
_NEWEST = Prepared(
    select(_EVENT.payload)
    .where(_EVENT.verb == bindparam("verb"), _EVENT.id <= bindparam("until", type_=Integer))
    .order_by(_EVENT.id.desc())
    .limit(1)
)


def rules_in_force(session: Session, event_id: int = _LAST) -> Supervision:
    """The table that was in force when an event was recorded, or that is now; the shipped one at first."""
    rows = run(session, (_NEWEST, {"verb": RULED, "until": event_id}))[0].rows
    return supervision_of(canonical(json.loads(rows[0].payload)["rules"])) if rows else shipped()


def put_in_force(session: Session, table: Supervision, *, at: datetime) -> bool:
    """Record a table that differs from the one in force; gives whether it does."""
    rows = run(session, (_NEWEST, {"verb": RULED, "until": _LAST}))[0].rows
    digest = hashlib.sha256(table.source.encode()).hexdigest()
    if rows and json.loads(rows[0].payload)["digest"] == digest:
        return False
    payload = {"digest": digest, "rules": json.loads(table.source)}
    record(session, [Fact(RULED, "supervision", None, SYSTEM, payload)], at=at)
    return True
