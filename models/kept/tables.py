"""The tables as plain SQL knows them: the engine writes rows, not objects."""

from __future__ import annotations

from sqlalchemy import Table, inspect

from models.database import Base
from models.tables import (
    Absence,
    Approval,
    ApprovalCommand,
    ApprovalDefinition,
    ApprovalReader,
    ApprovalRefusal,
    ApprovalSeat,
    ApprovalStep,
    Event,
    Person,
    Post,
    Unit,
)


def _table(mapped: type[Base]) -> Table:
    table = inspect(mapped).local_table
    assert isinstance(table, Table)  # noqa: S101  # every one of ours is mapped to a table
    return table


APPROVAL, DEFINITION, STEP = _table(Approval), _table(ApprovalDefinition), _table(ApprovalStep)
SEAT, READER = _table(ApprovalSeat), _table(ApprovalReader)
COMMAND, REFUSAL, EVENT = _table(ApprovalCommand), _table(ApprovalRefusal), _table(Event)
PERSON, POST, UNIT, ABSENCE = _table(Person), _table(Post), _table(Unit), _table(Absence)
