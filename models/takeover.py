"""A bureau moves from SQLite to PostgreSQL: every row as it is, the event log with its chain."""

from __future__ import annotations

from sqlalchemy import Engine, Table, delete, func, insert, select, text
from sqlalchemy.orm import Session

from models.database import Base, reading, unit_of_work
from models.errors import RefusedError, UnavailableError
from models.journal import Verdict, verify
from models.migrate import LATEST, revision
from models.tables import Cursor, Event, Person

#: Rows written at once.
AT_ONCE = 2000
_FOREIGN_KEYS = text(
    "SELECT conrelid::regclass::text AS owner, conname AS name, pg_get_constraintdef(oid) AS says "
    "FROM pg_constraint WHERE contype = 'f' AND connamespace = current_schema()::regnamespace"
)


def take_over(source: Engine, target: Engine) -> Verdict:
    """Copy all rows of an SQLite database into a PostgreSQL database that is migrated and empty.

    All of them or none, as they stand when the copy begins; gives the log as it verifies there. Raises
    RefusedError where the target is no PostgreSQL or holds something, or where the log does not verify,
    UnavailableError where the source is not at the newest migration.
    """
    if target.dialect.name != "postgresql":
        raise RefusedError("takeover_target")
    if revision(source) != LATEST:
        raise UnavailableError("takeover_old", file=source.url.database)
    with reading(source) as given, unit_of_work(target) as taken:
        if taken.scalar(select(Event.id).limit(1)) or taken.scalar(select(Person.id).limit(1)):
            raise RefusedError("takeover_not_empty", url=target.url.render_as_string(hide_password=True))
        taken.execute(delete(Cursor))  # a migration begins one
        keys = taken.execute(_FOREIGN_KEYS).all()
        # Rows refer to rows of their own table in any order: the keys are tried on the whole.
        for key in keys:
            taken.execute(text(f"ALTER TABLE {key.owner} DROP CONSTRAINT {key.name}"))
        for table in Base.metadata.sorted_tables:
            _copy(given, taken, table)
        for key in keys:
            taken.execute(text(f"ALTER TABLE {key.owner} ADD CONSTRAINT {key.name} {key.says}"))
        verdict = verify(taken)
        if verdict.broken_at is not None:
            raise RefusedError("takeover_broken", event=verdict.broken_at)
    return verdict


def _copy(given: Session, taken: Session, table: Table) -> None:
    with given.execute(select(table).execution_options(yield_per=AT_ONCE)) as rows:
        for some in rows.mappings().partitions(AT_ONCE):
            taken.execute(insert(table), [dict(row) for row in some])
    number = table.autoincrement_column
    if number is not None:
        sequence = func.pg_get_serial_sequence(table.name, number.name)
        newest = select(func.setval(sequence, func.max(number))).where(sequence.is_not(None))
        taken.execute(newest.having(func.count() > 0))
