"""Ours as the benchmarks use it: a database with the bureau in it, requests started, decided and told."""

from __future__ import annotations

from pathlib import Path
from uuid import uuid4

from sqlalchemy.orm import Session

from benchmarks.approvals_cases import ADMIN, AT, CLOCK, INITIATOR, address
from models.approval.commands import Command
from models.approval.definition import Definition
from models.approval.read_definition import read_definition
from models.database import open_database, unit_of_work
from models.settings import Settings
from models.workdays import load_calendar
from notifications.audience import tell
from tasks.approvals.attempt import attempt
from tasks.approvals.perform import Answer, start
from tasks.approvals.staff import Staff


class Desk:
    """Approvals through the shell that the product uses: rules, rights, keys, log; and telling."""

    def __init__(self, url: str) -> None:
        self.engine = open_database(url)
        self._settings = Settings(Path("/nonexistent"), coordinator=address(ADMIN))
        self._calendar = load_calendar((AT.year,))
        self._definitions: dict[str, Definition] = {}
        self._subject = 0

    def start(self, page: str) -> int:
        """Submit another subject under a definition's page; gives the approval's number."""
        self._subject += 1
        definition = self._read(page)
        with unit_of_work(self.engine) as session:
            answer = start(
                session,
                definition,
                subject="bench",
                subject_id=self._subject,
                title=f"事项 {self._subject}",
                initiator=INITIATOR,
                world=self._world(session),
                key=uuid4().hex,
            )
        return answer.approval

    def do(self, number: int, command: Command, key: str = "") -> Answer:
        """One command in its transaction; without a key it gets one of its own."""
        return attempt(self.engine, number, command, self._world, key=key or uuid4().hex)

    def tell(self) -> int:
        """Turn what happened into letters in the outbox, in one go; gives how many."""
        with unit_of_work(self.engine) as session:
            return tell(session, self._settings, at=CLOCK.now(), today=CLOCK.today()).notices

    def close(self) -> None:
        """Let the database go."""
        self.engine.dispose()

    def _read(self, page: str) -> Definition:
        """The definition of a page, read once, as the catalogue does."""
        if page not in self._definitions:
            self._definitions[page] = read_definition(page, source="benchmark")
        return self._definitions[page]

    def _world(self, session: Session) -> Staff:
        return Staff(session, self._settings, self._calendar, at=CLOCK.now(), today=CLOCK.today())
