"""How many SQL statements each verb is, on both kinds of database: information, without a bound.

Counted is what SQLAlchemy says to the driver between the beginning of the transaction and its end, BEGIN
and the writers' queue included, COMMIT not; one `executemany` counts once. PostgreSQL's driver is asked too.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psycopg
from sqlalchemy import Engine, event

from benchmarks.approvals_cases import ADMIN, INITIATOR, organisation, two_steps
from benchmarks.approvals_desk import Desk
from benchmarks.databases import Postgresql, Sqlite
from benchmarks.figure import Figure
from models.approval.commands import (
    AddSigner,
    Approve,
    Command,
    Comment,
    Copy,
    Delegate,
    KeepDraft,
    Read,
    Reassign,
    Reject,
    RemoveSigner,
    Resume,
    Return,
    Submit,
    Suspend,
    TakeBack,
    Terminate,
    Transfer,
    Urge,
    Withdraw,
)
from models.approval.refusals import ApprovalRefusedError


@dataclass(frozen=True)
class Said:
    """A statement with its values, as the driver heard it."""

    statement: str
    values: Any


@dataclass(frozen=True)
class Counted:
    """A command that is counted, after others that lead up to it. 1 to 3 sign, then 4 decides."""

    name: str
    command: Command
    before: tuple[Command, ...] = ()


#: Everybody of the first step has signed.
_SIGNED = (Approve(1), Approve(2), Approve(3))
_COUNTED = (
    Counted("approve", Approve(1, "同意")),
    Counted("approve, the step's last", Approve(3, "同意"), _SIGNED[:2]),
    Counted("approve, the last of all", Approve(4, "同意"), _SIGNED),
    Counted("reject", Reject(1, "不同意")),
    Counted("return", Return(4, "请修改"), _SIGNED),
    Counted("submit again", Submit(INITIATOR), (*_SIGNED, Return(4, "请修改"))),
    Counted("transfer", Transfer(1, "转办", to=9)),
    Counted("delegate", Delegate(1, "请提意见", to=9)),
    Counted("advise", Approve(9, "可行"), (Delegate(1, "请提意见", to=9),)),
    Counted("add a signer", AddSigner(1, "加签", people=(9,))),
    Counted("remove a signer", RemoveSigner(1, people=(9,)), (AddSigner(1, "加签", people=(9,)),)),
    Counted("reassign", Reassign(ADMIN, holder=1, to=9)),
    Counted("withdraw", Withdraw(INITIATOR)),
    Counted("take back", TakeBack(3), _SIGNED),
    Counted("urge", Urge(INITIATOR)),
    Counted("copy", Copy(INITIATOR, (9,))),
    Counted("read", Read(9), (Copy(INITIATOR, (9,)),)),
    Counted("comment", Comment(INITIATOR, "补充")),
    Counted("keep a draft", KeepDraft(1, "待定")),
    Counted("suspend", Suspend(ADMIN, "暂停")),
    Counted("resume", Resume(ADMIN), (Suspend(ADMIN, "暂停"),)),
    Counted("terminate", Terminate(ADMIN, "作废")),
    Counted("refused", Approve(9)),
)


def run(short: bool) -> Iterator[Figure]:  # noqa: ARG001, FBT001  # every benchmark is called alike; this one is short
    """A figure a verb and kind of database."""
    with TemporaryDirectory() as folder:
        yield from _count(Sqlite(Path(folder), organisation))
    try:
        server = Postgresql(organisation)
    except psycopg.OperationalError as error:
        yield Figure("statements PostgreSQL", missing=f"no server: {str(error).splitlines()[0]}")
        return
    try:
        yield from _count(server)
    finally:
        server.close()


def _count(databases: Sqlite | Postgresql) -> Iterator[Figure]:
    with databases.fresh() as url:
        desk = Desk(url)
        page = two_steps()
        desk.start(page)  # publishes the definition, once
        with counting(desk.engine) as said:
            desk.start(page)
        yield _figure("submit", databases.name, said)
        for one in _COUNTED:
            number = desk.start(page)
            for command in one.before:
                desk.do(number, command)
            with counting(desk.engine) as said, suppress(ApprovalRefusedError):
                desk.do(number, one.command)
            yield _figure(one.name, databases.name, said)
        number = desk.start(page)
        desk.do(number, Approve(1, "同意"), "twice")
        with counting(desk.engine) as said:
            assert desk.do(number, Approve(1, "同意"), "twice").repeated
        yield _figure("the same click again", databases.name, said)
        desk.close()


def _figure(name: str, database: str, said: list[Said]) -> Figure:
    return Figure(f"statements {name} {database}", len(said), unit="statements")


@contextmanager
def counting(engine: Engine) -> Generator[list[Said]]:
    """Collect the statements that are said to the driver."""
    said: list[Said] = []

    def hear(*told: Any) -> None:  # noqa: ANN401  # connection, cursor, statement, values, …
        said.append(Said(told[2], told[3]))

    event.listen(engine, "before_cursor_execute", hear)
    try:
        yield said
    finally:
        event.remove(engine, "before_cursor_execute", hear)
