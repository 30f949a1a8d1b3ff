"""Databases for the benchmarks: prepared once, copied for each round, on SQLite and PostgreSQL."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import psycopg
from psycopg import sql
from sqlalchemy import Engine, make_url

from models.database import open_database

#: The server on which PostgreSQL's figures are measured: the same variable as the tests'.
POSTGRES = os.environ.get("DUBAN_TEST_POSTGRES", "postgresql+psycopg://postgres@127.0.0.1:5432/postgres")

Prepare = Callable[[Engine], None]


class Sqlite:
    """Database files in a folder."""

    name = "SQLite"

    def __init__(self, folder: Path, prepare: Prepare) -> None:
        self._folder = folder
        self._template = folder / "template.db"
        _prepare(f"sqlite:///{self._template}", prepare)

    @contextmanager
    def fresh(self) -> Generator[str]:
        """The URL of a copy of the prepared database, gone afterwards."""
        file = self._folder / f"{uuid4().hex}.db"
        shutil.copyfile(self._template, file)
        try:
            yield f"sqlite:///{file}"
        finally:
            for rest in self._folder.glob(f"{file.name}*"):
                rest.unlink()


class Postgresql:
    """Databases on a server. Raises psycopg.OperationalError when none answers."""

    name = "PostgreSQL"

    def __init__(self, prepare: Prepare) -> None:
        self._server = make_url(POSTGRES)
        self._admin = psycopg.connect(plain(POSTGRES), autocommit=True)
        self._template = self._create("template1")
        _prepare(self._url(self._template), prepare)

    @contextmanager
    def fresh(self) -> Generator[str]:
        """The URL of a copy of the prepared database, gone afterwards."""
        name = self._create(self._template)
        try:
            yield self._url(name)
        finally:
            self._drop(name)

    def close(self) -> None:
        """Remove the prepared database too."""
        self._drop(self._template)
        self._admin.close()

    def _create(self, template: str) -> str:
        name = f"duban_bench_{uuid4().hex}"
        create = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
        self._admin.execute(create.format(sql.Identifier(name), sql.Identifier(template)))
        return name

    def _drop(self, name: str) -> None:
        self._admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))

    def _url(self, name: str) -> str:
        return self._server.set(database=name).render_as_string(hide_password=False)


def plain(url: str) -> str:
    """A PostgreSQL URL as the driver itself reads it."""
    return url.replace("postgresql+psycopg:", "postgresql:", 1)


def _prepare(url: str, prepare: Prepare) -> None:
    engine = open_database(url)
    prepare(engine)
    engine.dispose()
