"""Days in the organisation's tables, as date cells or as people type them."""

from __future__ import annotations

import re
from datetime import date

from tasks.read_plan.grid import Cell
from tasks.read_plan.problems import Place, Problems
from tasks.read_plan.text import normal

_DAY = re.compile(r"(\d{4})(?:年|[-/.])(\d{1,2})(?:月|[-/.])(\d{1,2})日?|(\d{4})(\d\d)(\d\d)")


def read_day(cell: Cell, problems: Problems, *, at: Place) -> date | None:
    """The day of a cell, None where it is blank; what is no whole date is a problem."""
    if not (text := normal(cell.text)):
        return None
    if cell.day is not None:
        if cell.month_only:
            problems.fail("date_without_day", at=at, text=text)
        return cell.day
    match = _DAY.fullmatch(text)
    try:
        return date(*(int(part) for part in match.groups() if part)) if match else _refuse(text)
    except ValueError:
        problems.fail("date_unreadable", at=at, text=text)
        return None


def _refuse(text: str) -> date:
    raise ValueError(text)
