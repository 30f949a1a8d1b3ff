"""Definitions as approvals are pinned to them: published once with their text, read once a process."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Row, bindparam, insert, select
from sqlalchemy.orm import Session

from models.approval.definition import Definition
from models.approval.read_definition import read_definition
from models.errors import InputError
from tasks.approvals.tables import DEFINITION

_VERSION = (DEFINITION.c.code == bindparam("code"), DEFINITION.c.version == bindparam("version"))
_BODY = select(DEFINITION.c.body).where(*_VERSION)
_PUBLISHED = select(DEFINITION.c.id, DEFINITION.c.sha).where(*_VERSION)
_PUBLISH = insert(DEFINITION).returning(DEFINITION.c.id)

#: Definitions that this process has read, by the fingerprint of their text.
_known: dict[str, Definition] = {}


def pinned(session: Session, code: str, version: int, sha: str) -> Definition:
    """The definition that a published text says; `sha` is the text's fingerprint."""
    if sha not in _known:
        body = session.connection().execute(_BODY, {"code": code, "version": version}).scalar_one()
        _known[sha] = read_definition(body, source=f"{code} {version}")
    return _known[sha]


def publish(session: Session, definition: Definition, body: str, *, at: datetime) -> int:
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
        "body": body,
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
