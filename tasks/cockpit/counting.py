"""Counting in SQL: how many rows meet a condition."""

from __future__ import annotations

from sqlalchemy import ColumnElement, case, func


def how_many(test: ColumnElement[bool]) -> ColumnElement[int]:
    """The number of rows that meet a condition; 0 where there are no rows at all."""
    counted: ColumnElement[int] = func.coalesce(func.sum(case((test, 1), else_=0)), 0)
    return counted
