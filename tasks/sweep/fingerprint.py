"""The fingerprint of a sweep's light changes: kept in its event, and checked against the rows."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable
from datetime import date
from functools import cache
from itertools import groupby
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Date, FromClause, String, cast, func, literal, select
from sqlalchemy.orm import Session

from models.prepared import Prepared, run
from models.tables import Event, LightChange
from tasks.sweep.stage import KEPT, STAGE, changed
from tasks.sweep.words import Words, words_of

_EPOCH = date(1970, 1, 1)
_DATES = frozenset({"due_on"})
_FLOATS = frozenset({"target", "done", "behind"})


class Changed(NamedTuple):
    """How many lights changed, by which rules, and the fingerprint of it all."""

    lights: int
    rules: dict[str, int]
    digest: str


def staged_changes(session: Session, day: date) -> Changed:
    """What the stage holds to be changed on `day`."""
    rows = run(session, (_staged(session.get_bind().dialect.name), {}))[0].rows
    counts = Counter(rule for _, rule in rows)
    rules = dict(sorted(counts.items()))
    return Changed(len(rows), rules, _digest(day.isoformat(), (line for line, _ in rows)))


def check(session: Session) -> list[int]:
    """The events of sweeps whose light changes are not those that they recorded."""
    told = {
        number: json.loads(payload)
        for number, payload in session.execute(
            select(Event.id, Event.payload).where(Event.verb == "day.supervised").order_by(Event.id)
        )
    }
    words = words_of(session.get_bind().dialect.name)
    kept = LightChange.__table__
    rows = session.execute(
        select(kept.c.event_id, kept.c.on, _line(kept, kept.c.work_item_id, words))
        .join(Event, Event.id == kept.c.event_id)
        .where(Event.verb == "day.supervised")
        .order_by(kept.c.event_id, kept.c.work_item_id)
        .execution_options(yield_per=5000)
    )
    found = {}
    for (number, on), lines in groupby(rows, key=lambda row: (row[0], row[1])):
        found[number] = "twice" if number in found else _digest(on.isoformat(), (one[2] for one in lines))
    return [
        number
        for number, payload in told.items()
        if "digest" in payload and found.get(number, _digest(payload["day"], ())) != payload["digest"]
    ]


@cache
def _staged(dialect: str) -> Prepared:
    line = _line(STAGE, STAGE.c.id, words_of(dialect))
    return Prepared(select(line, STAGE.c.rule).where(changed()).order_by(STAGE.c.id))


def _line(table: FromClause, number: ColumnElement[int], words: Words) -> ColumnElement[str]:
    """A change as one line of text, the same on every database."""
    line: ColumnElement[str] = cast(number, String)
    for name in KEPT:
        line = line + literal("|") + func.coalesce(_text(name, table.c[name], words), "", type_=String)
    return line


def _text(name: str, column: ColumnElement[Any], words: Words) -> ColumnElement[str]:
    if name in _DATES:
        return cast(words.days_between(column, literal(_EPOCH, Date)), String)
    return cast(words.thousandths(column) if name in _FLOATS else column, String)


def _digest(day: str, lines: Iterable[str]) -> str:
    digest = hashlib.sha256(day.encode())
    for line in lines:
        digest.update(b"\n" + line.encode())
    return digest.hexdigest()
