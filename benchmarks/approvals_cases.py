"""The cases of the approval benchmarks: who there is, and the pages under which they decide."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Engine, insert

from benchmarks.peers.worker import shape_of
from models.clock import Clock
from models.database import unit_of_work
from models.migrate import migrate
from models.roles import Role, UnitKind
from models.tables import Person, Post, Unit

#: A workday in office hours; the clock stands still there.
AT = datetime(2026, 3, 4, 1, 30, tzinfo=UTC)
CLOCK = Clock(ZoneInfo("Asia/Shanghai"), AT)
#: As many as the largest case has signers; then who asks, and who administers.
SIGNERS = 200
INITIATOR, ADMIN = SIGNERS + 1, SIGNERS + 2
#: Departments below the bureau.
DEPARTMENTS = 20


def organisation(engine: Engine) -> None:
    """Fill an empty database with a bureau: people with addresses, departments with heads, posts."""
    migrate(engine)
    people = range(1, ADMIN + 1)
    with unit_of_work(engine) as session:
        session.execute(insert(Person), [_person(number) for number in people])
        session.execute(insert(Unit), [_unit(number) for number in range(1, DEPARTMENTS + 2)])
        session.execute(insert(Post), [_post(number) for number in people])
        session.add(Post(person_id=ADMIN, unit_id=1, role=Role.COORDINATOR))


def page_of(case: str) -> str:
    """The page of a case: `linear-5` is five people one after the other, `all-sign-5` one 会签 of five."""
    at_once, size = shape_of(case)
    code = case.replace("-", "_")
    if at_once:
        return _page(code, [_step("sign", "all", size)])
    return _page(code, [_step(f"step_{place}", "all", 1, after=place) for place in range(size)])


def any_sign(size: int) -> str:
    """The page of one 或签 of so many."""
    return _page(f"any_sign_{size}", [_step("sign", "any", size)])


def two_steps() -> str:
    """The page on which the verbs are counted: a 会签 of three, then one more."""
    return _page("two_steps", [_step("sign", "all", 3), _step("decide", "all", 1, after=3)])


def address(person: int) -> str:
    """The address of a person by number."""
    return f"p{person}@example.gov.cn"


def _page(code: str, steps: list[str]) -> str:
    return f"code: {code}\nversion: 1\nname: {{zh: 基准}}\nsubject: bench\nsteps:\n" + "".join(steps)


def _step(key: str, mode: str, people: int, *, after: int = 0) -> str:
    """A step of so many people, with a deadline in workdays and its ladder."""
    who = ", ".join(f"{{person: {address(after + place)}}}" for place in range(1, people + 1))
    return (
        f"- {{key: {key}, name: {{zh: 审批}}, mode: {mode}, who: {{every: [{who}]}}, deadline: {{workdays: 3,"
        " ladder: [{after: -1, do: remind}, {after: 0, do: remind}, {after: 2, do: escalate}]}}\n"
    )


def _person(number: int) -> dict[str, object]:
    return {"id": number, "name": f"人员{number}", "email": address(number), "title": "科员"}


def _unit(number: int) -> dict[str, object]:
    bureau = number == 1
    return {
        "id": number,
        "code": f"U{number}",
        "name": f"第{number}单位",
        "kind": UnitKind.BUREAU if bureau else UnitKind.DEPARTMENT,
        "position": number,
        "parent_id": None if bureau else 1,
        "head_id": number,
    }


def _post(person: int) -> dict[str, object]:
    return {"person_id": person, "unit_id": person % DEPARTMENTS + 2, "role": Role.MEMBER}
