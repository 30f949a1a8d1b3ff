"""Bring a database to the shape that this version needs."""

from __future__ import annotations

from alembic import command
from alembic.config import Config
from sqlalchemy import Engine, inspect, text
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.orm import Session

from models.database import open_database, queue_up
from models.errors import UnavailableError
from models.settings import Settings

#: The newest migration; a test compares it with the files.
LATEST = "0002"


def migrate(engine: Engine) -> None:
    """Create or upgrade the schema; doing it twice changes nothing."""
    config = Config()
    config.set_main_option("script_location", "models:migrations")
    with engine.connect() as connection:
        queue_up(Session(connection))  # two who set up at once do it once
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        connection.commit()


def revision(engine: Engine) -> str | None:
    """The migration that the database stands at; None before the first.

    Raises UnavailableError when the database does not answer.
    """
    try:
        with engine.connect().execution_options(reads_only=True) as connection:
            if not inspect(connection).has_table("alembic_version"):
                return None
            return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    except (OperationalError, DBAPIError) as error:
        url = engine.url.render_as_string(hide_password=True)
        raise UnavailableError("database_unreachable", url=url, reason=error.orig) from error


def ready_database(settings: Settings) -> Engine:
    """The bureau's database, checked to be there and up to date.

    Raises UnavailableError that says to run `duban init` otherwise.
    """
    engine = open_database(settings.database)
    if revision(engine) != LATEST:
        raise UnavailableError("database_not_ready", home=settings.home)
    return engine
