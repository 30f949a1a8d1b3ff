"""Definitions as approvals are pinned to them: published once with their text."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Row, bindparam, insert, select
from sqlalchemy.orm import Session

from models.approval.definition import Definition
from models.errors import InputError
from models.kept.tables import DEFINITION

_VERSION = (DEFINITION.c.code == bindparam("code"), DEFINITION.c.version == bindparam("version"))
_PUBLISHED = select(DEFINITION.c.id, DEFINITION.c.sha).where(*_VERSION)
_PUBLISH = insert(DEFINITION).returning(DEFINITION.c.id)


def publish(session: Session, definition: Definition, *, at: datetime) -> int:
    """The row to which approvals under this version are pinned, made when the version is new.

    Raises InputError if the same version was used with another text.
    """
    row = _published(session, definition)
    if row is not None:
        if row.sha != definition.sha:
            raise InputError("approval_definition_changed", code=definition.code, version=definition.version)
        return int(row.id)
    values = {
        "code": definition.code,
        "version": definition.version,
        "sha": definition.sha,
        "body": definition.text,
        "published_at": at,
    }
    return int(session.connection().execute(_PUBLISH, values).scalar_one())


def find_published(session: Session, definition: Definition) -> int:
    """The row of a version that was published with this very text. Raises InputError without one."""
    row = _published(session, definition)
    if row is None or row.sha != definition.sha:
        raise InputError("approval_definition_unpublished", code=definition.code, version=definition.version)
    return int(row.id)


def _published(session: Session, definition: Definition) -> Row[Any] | None:
    named = {"code": definition.code, "version": definition.version}
    return session.connection().execute(_PUBLISHED, named).first()
