"""Evidence: files kept by their content and attached to work; the name is only what a file was called."""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.errors import InputError, NotFoundError, RefusedError, file_failed
from models.lifecycle import Action, State, after
from models.tables import Evidence, Item, Person, Unit, WorkItem
from tasks.contributions import speaks_for
from tasks.file_kinds import FileKind, fits, kind_of
from tasks.steps import Hand, answers_for, find_work, told

_CHUNK = 1 << 20
#: Longest name that is kept of a file, its suffix included.
_LONGEST_NAME = 120
#: Everything that may stand before a name: folders of any system.
_FOLDERS = re.compile(r"^.*[/\\]")


@dataclass(frozen=True)
class Kept:
    """A stored file: its name as given, the hash that addresses it, its size in bytes, its media type."""

    name: str
    sha256: str
    size: int
    kind: str


class Used(NamedTuple):
    """Where the same file was attached already: the work item, its period and title, and when."""

    id: int
    period: str
    title: str
    at: datetime


class Attached(NamedTuple):
    """An attached file, and where else the very same one was attached; `again` to this work as well."""

    evidence: Evidence
    reused: list[Used]
    again: bool = False


class Shown(NamedTuple):
    """Evidence as it is listed; `at` is when it was uploaded."""

    name: str
    kind: str
    size: int
    at: datetime
    by: str
    sha256: str
    reused: list[Used]


def keep_file(home: Path, file: Path, *, limit_mib: int, types: Sequence[str]) -> Kept:
    """Copy a file into `home/evidence` under its hash; the same content is stored once.

    Its content must be of a kind that is among `types` (suffixes) and that fits its name; it is never
    opened by its name. Raises NotFoundError when it is not there, InputError when it is empty, too
    large, of another kind, or not what its name says.
    """
    if not file.is_file():
        raise NotFoundError("evidence_missing", file=file)
    name = safe_name(file.name)
    suffix = Path(name).suffix.lower().lstrip(".")
    if suffix not in types:
        raise InputError("evidence_type", file=name, types="、".join(types))
    folder = home / "evidence"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=folder)
    except OSError as error:
        raise file_failed(error, folder) from error
    copy = Path(temporary)
    try:
        sha256, size = _copied(file, handle, name=name, limit_mib=limit_mib)
        kind = _checked(copy, name, suffix)
        copy.replace(folder / sha256)
    except OSError as error:
        raise file_failed(error, file) from error
    finally:
        copy.unlink(missing_ok=True)
    return Kept(name, sha256, size, kind.media)


def safe_name(name: str) -> str:
    """What a file was called, as one line without folders, control or direction characters."""
    visible = "".join(one for one in name if unicodedata.category(one) not in {"Cc", "Cf", "Cs", "Zl", "Zp"})
    plain = " ".join(_FOLDERS.sub("", visible).split()).lstrip(".")
    stem, dot, suffix = plain.rpartition(".")
    if not dot:
        return plain[:_LONGEST_NAME]
    return f"{stem[: max(1, _LONGEST_NAME - len(suffix) - 1)]}.{suffix[:_LONGEST_NAME]}"


def attach(session: Session, number: int, hand: Hand, kept: Kept) -> Attached:
    """Attach a stored file; the same file twice is one row, and files used elsewhere are pointed out.

    By who answers for the work or speaks for a supporting unit; not to what was cancelled or filed.
    Raises NotFoundError, RefusedError.
    """
    work = find_work(session, number)
    if not answers_for(session, work, hand) and not speaks_for(session, work, hand):
        raise RefusedError("not_responsible", id=number, name=hand.person.name)
    reused = _used(session, [kept.sha256], hidden=_hidden(session, work)).get(kept.sha256, [])
    elsewhere = [one for one in reused if one.id != work.id]
    present = session.scalar(
        select(Evidence).where(Evidence.work_item_id == work.id, Evidence.sha256 == kept.sha256)
    )
    if present is not None:
        return Attached(present, elsewhere, again=True)
    after(State(work.state), Action.ATTACH, work.id)
    evidence = Evidence(
        work_item_id=work.id,
        person_id=hand.person.id,
        at=hand.at,
        sha256=kept.sha256,
        name=kept.name,
        size=kept.size,
        kind=kept.kind,
    )
    session.add(evidence)
    told(
        session,
        work,
        hand,
        "evidence",
        name=kept.name,
        sha256=kept.sha256,
        kind=kept.kind,
        size=kept.size,
        reused=[one._asdict() | {"at": one.at.isoformat()} for one in elsewhere],
    )
    return Attached(evidence, elsewhere)


def evidence_of(session: Session, number: int) -> list[Shown]:
    """The evidence of a work item in the order of uploading, with where else each file was attached.

    Raises NotFoundError.
    """
    work = session.get(WorkItem, number)
    if work is None:
        raise NotFoundError("work_unknown", id=number)
    rows = session.execute(
        select(Evidence, Person.name)
        .join(Person, Person.id == Evidence.person_id)
        .where(Evidence.work_item_id == number)
        .order_by(Evidence.id)
    ).all()
    used = _used(session, [one.sha256 for one, _ in rows], hidden=_hidden(session, work))
    return [
        Shown(
            one.name,
            one.kind,
            one.size,
            one.at,
            by,
            one.sha256,
            [other for other in used.get(one.sha256, []) if other.id != number],
        )
        for one, by in rows
    ]


def _copied(file: Path, handle: int, *, name: str, limit_mib: int) -> tuple[str, int]:
    """Copy a file no further than the limit; gives hash and size. What grows meanwhile is too large."""
    digest, size = hashlib.sha256(), 0
    with os.fdopen(handle, "wb") as target, file.open("rb") as source:
        while chunk := source.read(_CHUNK):
            size += len(chunk)
            if size > limit_mib * _CHUNK:
                whole = max(size, file.stat().st_size)
                raise InputError("evidence_large", file=name, size=-(-whole // _CHUNK), limit=limit_mib)
            digest.update(chunk)
            target.write(chunk)
    if not size:
        raise InputError("evidence_empty", file=name)
    return digest.hexdigest(), size


def _checked(copy: Path, name: str, suffix: str) -> FileKind:
    kind = kind_of(copy, suffix)
    if kind is None:
        raise InputError("evidence_unknown", file=name, suffix=suffix)
    if not fits(kind, suffix):
        raise InputError(
            "evidence_mismatch", file=name, suffix=suffix, content=f"{kind.suffix}（{kind.media}）"
        )
    return kind


def _hidden(session: Session, work: WorkItem) -> bool:
    return session.get_one(Item, work.item_id).hidden


def _used(session: Session, hashes: Sequence[str], *, hidden: bool) -> dict[str, list[Used]]:
    """Where files were attached, by hash. Unannounced inspections are named among themselves only."""
    rows = session.execute(
        select(Evidence.sha256, WorkItem.id, WorkItem.period, Item.title, Unit.name, Evidence.at)
        .join(WorkItem, WorkItem.id == Evidence.work_item_id)
        .join(Item, Item.id == WorkItem.item_id)
        .join(Unit, Unit.id == WorkItem.unit_id)
        .where(Evidence.sha256.in_(hashes))
        .where(*([] if hidden else [Item.hidden.is_(False)]))
        .order_by(Evidence.id)
    )
    found: dict[str, list[Used]] = {}
    for sha256, number, period, title, unit, at in rows:
        found.setdefault(sha256, []).append(Used(number, period, f"{title}（{unit}）", at))
    return found
