"""What SQLite and PostgreSQL spell differently: days between dates, the least of several values."""

from __future__ import annotations

from typing import Any, Protocol

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Date,
    DateTime,
    Integer,
    String,
    cast,
    func,
    literal,
    type_coerce,
)

Column = ColumnElement[Any]


class Words(Protocol):
    """One database's words."""

    def days_between(self, later: Column, earlier: Column) -> Column:
        """How many days the one date lies after the other."""
        ...

    def plus_days(self, day: Column, days: Column) -> Column:
        """A date so many days later."""
        ...

    def utc_day(self, instant: Column) -> Column:
        """The day of an instant in UTC."""
        ...

    def whole(self, number: Column) -> Column:
        """The whole part of a number that is not negative."""
        ...

    def thousandths(self, number: Column) -> Column:
        """A number in whole thousandths, cut off: the same on every database."""
        ...

    def least(self, *values: Column) -> Column:
        """The least of two or more values that are never NULL."""
        ...

    def greatest(self, one: Column, other: Column) -> Column:
        """The greater of two values; whether NULL counts differs."""
        ...


class _Sqlite:
    def days_between(self, later: Column, earlier: Column) -> Column:
        return cast(func.julianday(later) - func.julianday(earlier), Integer)

    def plus_days(self, day: Column, days: Column) -> Column:
        return type_coerce(func.date(day, cast(days, String) + literal(" days")), Date)

    def utc_day(self, instant: Column) -> Column:
        return type_coerce(func.date(instant), Date)

    def whole(self, number: Column) -> Column:
        return cast(number, Integer)

    def thousandths(self, number: Column) -> Column:
        return cast(number * literal(1000), BigInteger)

    def least(self, *values: Column) -> Column:
        return type_coerce(func.min(*values), values[0].type)

    def greatest(self, one: Column, other: Column) -> Column:
        return type_coerce(func.max(one, other), one.type)


class _Postgresql:
    def days_between(self, later: Column, earlier: Column) -> Column:
        return type_coerce(later.op("-")(earlier), Integer)

    def plus_days(self, day: Column, days: Column) -> Column:
        return type_coerce(day.op("+")(days), Date)

    def utc_day(self, instant: Column) -> Column:
        return cast(func.timezone("UTC", instant, type_=DateTime), Date)

    def whole(self, number: Column) -> Column:
        return cast(func.floor(number), Integer)

    def thousandths(self, number: Column) -> Column:
        return cast(func.trunc(number * literal(1000)), BigInteger)

    def least(self, *values: Column) -> Column:
        return func.least(*values, type_=values[0].type)

    def greatest(self, one: Column, other: Column) -> Column:
        return func.greatest(one, other, type_=one.type)


_WORDS: dict[str, Words] = {"sqlite": _Sqlite(), "postgresql": _Postgresql()}


def words_of(dialect: str) -> Words:
    """The words of a kind of database."""
    return _WORDS[dialect]
