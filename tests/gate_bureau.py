"""A small bureau whose documents wait at gates: approvals, gates, codes and the forms that are handed in.

PYTEST_DONT_REWRITE: tests import its helpers before pytest takes its fixture from it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from models.approval.code import code_digits
from models.approval.commands import Command
from models.approval.read_definition import read_definition
from models.approval.state import State
from models.database import Base, reading, unit_of_work
from models.journal import verify
from models.secret import open_secret
from models.settings import Settings
from models.tables import ApprovalCode, ApprovalRefusal, Event, Gate, Plan
from models.workdays import load_calendar
from tasks.answer_gate import GateAnswer, answer_gate
from tasks.approvals.gates import close_gate, open_gate, open_gates
from tasks.approvals.perform import start
from tasks.approvals.rebuild import check
from tasks.approvals.staff import Staff
from tasks.approvals.store import load
from tasks.approvals.wanted_gates import WantedGate, wanted_gates
from tasks.decide import act
from tasks.gate_form import GateForm
from tests.integration.told_bureau import AT, YUE, found_bureau

#: Whoever takes the fixtures from here has the bureau with them.
pytest_plugins = ["tests.integration.told_bureau"]

#: One after the other.
TWO_STEPS = """
code: two_steps
version: 1
name: {zh: 两步, en: Two steps}
subject: plan
steps:
  - {key: review, name: {zh: 审核, en: Review}, who: {person: 吕国平}, rejected: initiator}
  - {key: sign, name: {zh: 审批, en: Approval}, who: {person: 周立诚}}
"""
#: One person in two branches at once.
SIDE_BY_SIDE = """
code: side_by_side
version: 1
name: {zh: 并行, en: Side by side}
subject: plan
steps:
  - key: both
    parallel:
      - {steps: [{key: left, name: {zh: 甲, en: Left}, who: {person: 吕国平}}]}
      - {steps: [{key: right, name: {zh: 乙, en: Right}, who: {person: 吕国平}}]}
"""


@dataclass
class GateBureau:
    """Its database, home and clock; `at` is moved by the tests."""

    engine: Engine
    settings: Settings
    at: datetime = AT
    plans: int = 0

    def submit(
        self, page: str = TWO_STEPS, *, by: int = YUE, subject: str = "plan", number: int | None = None
    ) -> int:
        """A new request for a decision on a plan of its own; gives the approval's number."""
        self.plans += 1
        with unit_of_work(self.engine) as session:
            if number is None:
                number = self._plan(session)
            return start(
                session,
                read_definition(page, source="test"),
                subject=subject,
                subject_id=number,
                title=f"2026年计划{self.plans}",
                initiator=by,
                world=self.staff(session),
            ).approval

    def staff(self, session: Session) -> Staff:
        """Who is who now."""
        today = self.at.astimezone(self.settings.zone).date()
        return Staff(session, self.settings, load_calendar([2026]), at=self.at, today=today)

    def give(self, approval: int, *given: Command) -> None:
        """Commands that come another way than through a gate."""
        for one in given:
            with unit_of_work(self.engine) as session:
                act(session, approval, one, self.staff(session))

    def wanted(self) -> list[WantedGate]:
        """The gates that are wanted now."""
        today = self.at.astimezone(self.settings.zone).date()
        with reading(self.engine) as session:
            return wanted_gates(session, self.settings, today=today)

    def look(self) -> tuple[int, int]:
        """Open what is wanted and close what is over, as the flow does; how many were opened and closed."""
        opened = closed = 0
        for one in self.wanted():
            with unit_of_work(self.engine) as session:
                opened += open_gate(session, self.settings, one, at=self.at)
        with unit_of_work(self.engine) as session:
            for gate in open_gates(session):
                if not gate.waits:
                    closed += close_gate(session, gate.approval, gate.step, at=self.at)
        return opened, closed

    def codes(self, approval: int, person: int) -> list[str]:
        """The digits of all codes that somebody was sent, oldest first."""
        with reading(self.engine) as session:
            mine = ApprovalCode.approval_id == approval, ApprovalCode.person_id == person
            numbers = session.scalars(select(ApprovalCode.id).where(*mine).order_by(ApprovalCode.id)).all()
        secret = open_secret(self.settings.home)
        return [code_digits(secret, approval=approval, code=one) for one in numbers]

    def code(self, approval: int, person: int) -> str:
        """The digits of the latest one."""
        return self.codes(approval, person)[-1]

    def hand_in(
        self,
        approval: int,
        decision: str = "同意",
        opinion: str = "",
        code: str = "",
        *,
        step: int = 1,
        number: int | None = None,
    ) -> GateAnswer:
        """Hand in a form; the next one if no number is said."""
        return answer_gate(
            self.engine,
            self.settings,
            GateForm(decision, opinion, code),
            approval=approval,
            step=step,
            number=number or self.gate(approval, step).answered + 1,
            make_staff=self.staff,
            at=self.at,
        )

    def gate(self, approval: int, step: int = 1) -> Gate:
        """The gate's row."""
        with reading(self.engine) as session:
            gate = session.get_one(Gate, (approval, step))
            session.expunge(gate)
            return gate

    def state(self, approval: int) -> State:
        """How the approval stands."""
        with reading(self.engine) as session:
            return load(session, approval)[1]

    def refusals(self) -> list[tuple[str, str, str]]:
        """The log of refused attempts: who, what, why."""
        with reading(self.engine) as session:
            columns = ApprovalRefusal.actor, ApprovalRefusal.verb, ApprovalRefusal.code
            return [tuple(row) for row in session.execute(select(*columns).order_by(ApprovalRefusal.id))]

    def verbs(self, prefix: str) -> list[str]:
        """The events whose verb begins so, in order."""
        with reading(self.engine) as session:
            query = select(Event.verb).where(Event.verb.startswith(prefix, autoescape=True))
            return list(session.scalars(query.order_by(Event.id)))

    def pass_time(self, **some: float) -> None:
        """Let time pass."""
        self.at += timedelta(**some)

    def everything(self) -> str:
        """All that stands in the database, as one text."""
        with reading(self.engine) as session:
            return "\n".join(
                repr(tuple(row))
                for table in Base.metadata.sorted_tables
                for row in session.execute(select(table))
            )

    def is_sound(self) -> bool:
        """Whether the chain fits and replaying the events gives the tables."""
        with reading(self.engine) as session:
            return verify(session).broken_at is None and check(session) == []

    def _plan(self, session: Session) -> int:
        plan = Plan(
            year=2026,
            version=self.plans,
            state="submitted",
            title=f"计划{self.plans}",
            source="",
            sha256="",
            created_at=self.at,
        )
        session.add(plan)
        session.flush()
        return plan.id


@pytest.fixture
def gates(database: Engine, tmp_path: Path) -> GateBureau:
    return GateBureau(found_bureau(database), Settings(home=tmp_path))


@pytest.fixture
def number(gates: GateBureau) -> int:
    """An approval of two steps whose first waits at its gate for 吕国平."""
    found = gates.submit()
    gates.look()
    return found
