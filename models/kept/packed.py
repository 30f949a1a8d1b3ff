"""Rows of a table as one JSON value: one statement reads an approval with all that belongs to it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, ColumnElement, ScalarSelect, Table, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement


class _Packed(FunctionElement[list[list[Any]]]):
    """The columns of every row, as a list of lists; the order of the rows is not said."""

    name = "packed"
    type = JSON()
    inherit_cache = True


@compiles(_Packed, "sqlite")
def _on_sqlite(packed: _Packed, compiler: SQLCompiler, **options: Any) -> str:  # noqa: ANN401  # its signature
    return f"json_group_array(json_array({compiler.process(packed.clauses, **options)}))"


@compiles(_Packed, "postgresql")
def _on_postgresql(packed: _Packed, compiler: SQLCompiler, **options: Any) -> str:  # noqa: ANN401  # the same
    return f"coalesce(json_agg(json_build_array({compiler.process(packed.clauses, **options)})), '[]')"


def packed(
    table: Table, columns: tuple[str, ...], label: str, where: ColumnElement[bool]
) -> ColumnElement[list[list[Any]]]:
    """The columns of a table's rows that belong to the row around, under a name."""
    rows: ScalarSelect[list[list[Any]]] = (
        select(_Packed(*(table.c[one] for one in columns))).where(where).scalar_subquery()
    )
    return rows.label(label)
