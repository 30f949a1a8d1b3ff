"""What a year leaves on PostgreSQL: rows for each work item and bytes for each row, as a Markdown table.

`python -m benchmarks.storage` rehearses the example bureau's year, copies what it left so many times over
that pages and indexes are full, and asks PostgreSQL for their sizes. docs/scale.md reckons with it.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from sqlalchemy import Connection, Engine, Integer, Table, func, insert, select, text
from sqlalchemy.schema import UniqueConstraint

from benchmarks.bureau import YEAR, rehearsed
from benchmarks.databases import Postgresql
from models.database import Base, open_database
from models.migrate import migrate

#: The bureau's year so many times over.
COPIES = 50
#: Numbers of one copy lie so far from those of the next.
APART = 10_000_000
#: Bounded whatever the bureau's size, or not of one year.
LEFT_OUT = frozenset({"workday_count", "cursor", "mail_server", "approval_definition"})


@dataclass(frozen=True)
class Stored:
    """A table of one year: its rows, and the bytes that one takes in the table and in its indexes."""

    name: str
    rows: int
    table: float
    indexes: float


def measure(source: Engine, target: Engine) -> list[Stored]:
    """Copy every table of the source into the empty target, and measure it there; largest first."""
    tables = [table for table in Base.metadata.sorted_tables if table.name not in LEFT_OUT]
    with source.connect() as given, target.begin() as taken:
        # Whole copies need no guards: what belongs together is copied together.
        taken.execute(text("SET LOCAL session_replication_role = replica"))
        counts = {table.name: _copy(given, taken, table) for table in tables}
    with target.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE"))
        found = [
            Stored(
                name,
                count,
                _size(connection, "pg_table_size", name) / count / COPIES,
                _size(connection, "pg_indexes_size", name) / count / COPIES,
            )
            for name, count in counts.items()
            if count
        ]
    return sorted(found, key=lambda one: one.rows * (one.table + one.indexes), reverse=True)


def _copy(given: Connection, taken: Connection, table: Table) -> int:
    rows = [dict(row) for row in given.execute(select(table)).mappings()]
    apart = _keys(table)
    for number in range(COPIES if rows else 0):
        taken.execute(insert(table), [_moved(row, apart, number) for row in rows])
    return len(rows)


def _keys(table: Table) -> set[str]:
    """A column of everything that must be unique: a number where there is one."""
    uniques = [list(one.columns) for one in table.constraints if isinstance(one, UniqueConstraint)]
    uniques += [list(index.columns) for index in table.indexes if index.unique]
    uniques.append(list(table.primary_key.columns))
    return {min(one, key=lambda column: not isinstance(column.type, Integer)).name for one in uniques}


def _moved(row: Mapping[str, object], apart: set[str], number: int) -> dict[str, object]:
    moved: dict[str, object] = {}
    for name in apart:
        value = row[name]
        if isinstance(value, int):
            moved[name] = value + number * APART
        elif isinstance(value, str):
            moved[name] = f"{value}{number:02}"
    return {**row, **moved}


def _size(connection: Connection, function: str, table: str) -> int:
    return connection.scalar(select(getattr(func, function)(table))) or 0


def main() -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as folder:
        office = rehearsed(Path(folder, "home"), date(YEAR, 12, 31))
        server = Postgresql(migrate)
        try:
            with server.fresh() as url:
                target = open_database(url)
                stored = measure(office.engine, target)
                target.dispose()
        finally:
            server.close()
            office.engine.dispose()
    work = next(one.rows for one in stored if one.name == "work_item")
    print("| table | rows for a work item | bytes a row | with indexes | bytes for a work item |")
    print("|---|---|---|---|---|")
    total = 0.0
    for one in stored:
        share, whole = one.rows / work, one.table + one.indexes
        total += share * whole
        print(f"| `{one.name}` | {share:.2f} | {one.table:,.0f} | {whole:,.0f} | {share * whole:,.0f} |")
    print(f"| all | | | | {total:,.0f} |")


if __name__ == "__main__":
    main()
