"""Read a view straight from the driver: everyday lists start before the ORM would be loaded."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from urllib.parse import unquote, urlsplit

from models.errors import InputError, UnavailableError
from models.settings import Settings

Row = dict[str, object]

#: How SQLAlchemy names PostgreSQL and its driver; the driver itself knows `postgresql:` only.
_DRIVER = re.compile(r"^postgres(ql)?(\+\w+)?:")


def select_rows(settings: Settings, sql: str, values: Sequence[object]) -> list[Row]:
    """The rows of a SELECT whose placeholders are `?`, by column name; nothing can be written.

    Raises UnavailableError when the database is not there, not set up or does not answer.
    """
    url = settings.database
    if url.startswith("sqlite"):
        file = Path(url.partition(":///")[2].partition("?")[0])
        return _from_sqlite(settings, file.absolute(), sql, values)
    if url.startswith("postgres"):
        return _from_postgresql(settings, _DRIVER.sub("postgresql:", url), sql, values)
    raise InputError("database_url_wrong", url=url)


def _from_sqlite(settings: Settings, file: Path, sql: str, values: Sequence[object]) -> list[Row]:
    try:
        with closing(sqlite3.connect(f"{file.as_uri()}?mode=ro", uri=True)) as connection:
            connection.row_factory = sqlite3.Row
            return [dict(row) for row in connection.execute(sql, values)]
    except sqlite3.OperationalError as error:
        raise UnavailableError("database_not_ready", home=settings.home) from error
    except sqlite3.DatabaseError as error:
        raise UnavailableError("database_unreachable", url=settings.database, reason=error) from error


def _from_postgresql(settings: Settings, url: str, sql: str, values: Sequence[object]) -> list[Row]:
    import psycopg  # noqa: PLC0415  # SQLite homes start without it
    from psycopg.rows import dict_row  # noqa: PLC0415  # the same

    try:
        with psycopg.connect(url, row_factory=dict_row) as connection:
            connection.read_only = True
            return list(connection.execute(sql.replace("?", "%s").encode(), values))
    except psycopg.errors.UndefinedTable as error:
        raise UnavailableError("database_not_ready", home=settings.home) from error
    except psycopg.OperationalError as error:
        host = unquote(urlsplit(url).hostname or "")
        raise UnavailableError("database_unreachable", url=host, reason=error) from error
