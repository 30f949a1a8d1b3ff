"""Who a rule names in the example bureau, who stands above whom, and who acts for whom."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine, select, update
from sqlalchemy.orm import Session

from models.approval.definition import Who, WhoKind
from models.approval.state import State
from models.approval.world import Standing, Substitution
from models.database import reading, unit_of_work
from models.errors import NotFoundError
from models.settings import Settings
from models.substitutes import acting_for
from models.tables import Absence, Person, Post, Unit
from models.workdays import load_calendar
from tasks.approvals.staff import Staff

NOON = datetime(2026, 5, 12, 4, tzinfo=UTC)
#: 殷长青 is away on this day, and with him some others.
MAY = date(2026, 5, 12)


class Bureau:
    """The example bureau, spoken to by names."""

    def __init__(self, engine: Engine, tmp_path: Path) -> None:
        self.engine = engine
        self.settings = Settings(home=tmp_path)
        with reading(engine) as session:
            self.ids: dict[str, int] = {
                name: number for number, name in session.execute(select(Person.id, Person.name))
            }
            self.units = {name: number for number, name in session.execute(select(Unit.id, Unit.name))}
        self.names: dict[int, str] = {number: name for name, number in self.ids.items()}

    def named(self, who: Who, *, state: State | None = None, unit: str = "", day: date = MAY) -> list[str]:
        """Whom a rule names, for a subject of a unit."""
        with reading(self.engine) as session:
            owner = self.units.get(unit)
            staff = Staff(
                session,
                self.settings,
                load_calendar([2026]),
                at=NOON,
                today=day,
                find_owner_unit=lambda: owner,
            )
            return [self.names[one] for one in staff.resolve(who, state or State())]

    def superior(self, name: str) -> str:
        """Who stands above somebody; empty for nobody."""
        with reading(self.engine) as session:
            return self.names.get(self.staff(session).superior(self.ids[name]), "")

    def staff(self, session: Session) -> Staff:
        """The world of a command."""
        return Staff(session, self.settings, load_calendar([2026]), at=NOON, today=MAY)


@pytest.fixture
def bureau(organised: Engine, tmp_path: Path) -> Bureau:
    return Bureau(organised, tmp_path)


def test_a_person_is_named_by_name_or_address_and_an_ambiguous_name_names_nobody(bureau: Bureau) -> None:
    assert bureau.named(Who(WhoKind.PERSON, "苏玉梅")) == ["苏玉梅"]
    assert bureau.named(Who(WhoKind.PERSON, "suyumei@example.gov.cn")) == ["苏玉梅"]
    assert bureau.named(Who(WhoKind.PERSON, "无此人")) == []

    with unit_of_work(bureau.engine) as session:
        session.add(Person(name="苏玉梅", email="other@example.gov.cn"))

    assert bureau.named(Who(WhoKind.PERSON, "苏玉梅")) == []


def test_a_post_counts_while_it_is_in_force_and_its_holder_is_active(bureau: Bureau) -> None:
    secretary = Who(WhoKind.POST, "党组书记")
    assert bureau.named(secretary) == ["周立诚"]
    assert bureau.named(Who(WhoKind.POST, "支部书记", unit="第五党支部")) == ["沈卫东"]
    temporary = Who(WhoKind.POST, "临时党支部书记")
    assert bureau.named(temporary, day=date(2026, 7, 31)) == ["余长河"]
    assert bureau.named(temporary, day=date(2026, 8, 1)) == []

    with unit_of_work(bureau.engine) as session:
        session.execute(update(Person).where(Person.name == "周立诚").values(active=False))

    assert bureau.named(secretary) == []


def test_the_unit_that_answers_has_a_head_and_a_leader_in_charge(bureau: Bureau) -> None:
    assert bureau.named(Who(WhoKind.OWNER_HEAD), unit="企业审计科") == ["程建明"]
    assert bureau.named(Who(WhoKind.LEADER_IN_CHARGE), unit="企业审计科") == ["赵培文"]
    assert bureau.named(Who(WhoKind.LEADER_IN_CHARGE), unit="第三党支部第一党小组") == ["韩国梁"]
    assert bureau.named(Who(WhoKind.LEADER_IN_CHARGE), unit="派驻纪检组") == ["周立诚"]
    assert bureau.named(Who(WhoKind.OWNER_HEAD)) == []
    assert bureau.named(Who(WhoKind.LEADER_IN_CHARGE)) == []


def test_a_setting_names_somebody_or_leaves_it_to_the_next_part(bureau: Bureau) -> None:
    rule = Who(WhoKind.FIRST, parts=(Who(WhoKind.SETTING, "approver"), Who(WhoKind.POST, "机关党委书记")))
    assert bureau.named(rule) == ["韩国梁"]

    bureau.settings = Settings(home=Path(), approver="苏玉梅")

    assert bureau.named(rule) == ["苏玉梅"]


def test_rules_are_put_together_in_order(bureau: Bureau) -> None:
    chosen = Who(WhoKind.CHOSEN, "signers")
    state = State(initiator=bureau.ids["田秀芬"], chosen={"signers": (bureau.ids["程建明"], 999)})
    everybody = Who(WhoKind.EVERY, parts=(chosen, Who(WhoKind.INITIATOR_SUPERIOR), Who(WhoKind.ADMIN)))

    with reading(bureau.engine) as session:
        found = bureau.staff(session).resolve(everybody, state)

    assert found == (*(bureau.ids["程建明"], 999), bureau.ids["吕国平"], bureau.ids["林晓东"])


@pytest.mark.parametrize(
    ("person", "superior"),
    [
        ("田秀芬", "吕国平"),
        ("吕国平", "周立诚"),
        ("程建明", "赵培文"),
        ("何子谦", "韩国梁"),
        ("苏玉梅", "周立诚"),
        ("周立诚", ""),
    ],
)
def test_above_a_person_stand_the_head_then_the_leader_then_the_secretary(
    bureau: Bureau, person: str, superior: str
) -> None:
    assert bureau.superior(person) == superior


def test_who_left_stands_above_nobody(bureau: Bureau) -> None:
    with unit_of_work(bureau.engine) as session:
        session.execute(update(Person).where(Person.name == "程建明").values(active=False))
        who = select(Person.id).where(Person.name == "程建明").scalar_subquery()
        session.execute(update(Post).where(Post.person_id == who).values(ends_on=date(2026, 5, 1)))
        member = session.scalars(
            select(Person.name)
            .join(Post, Post.person_id == Person.id)
            .join(Unit, Unit.id == Post.unit_id)
            .where(Unit.name == "企业审计科", Post.role == "成员", Person.active)
        ).first()

    assert member is not None
    assert bureau.superior(member) == "赵培文"


def test_a_person_is_active_disabled_or_unknown(bureau: Bureau) -> None:
    with unit_of_work(bureau.engine) as session:
        session.execute(update(Person).where(Person.name == "苏玉梅").values(active=False))

    with reading(bureau.engine) as session:
        staff = bureau.staff(session)
        found = [staff.standing(one) for one in (bureau.ids["周立诚"], bureau.ids["苏玉梅"], 999)]

    assert found == [Standing.ACTIVE, Standing.DISABLED, Standing.UNKNOWN]


def test_substitutes_are_those_of_everybody_else(bureau: Bureau) -> None:
    with reading(bureau.engine) as session:
        staff, acting = bureau.staff(session), acting_for(session, MAY)
        found = {one: staff.substitute(one).person for one in bureau.ids.values()}

    assert {absent: one for absent, one in found.items() if one} == acting
    assert found[bureau.ids["殷长青"]] == bureau.ids["柳春燕"]


def test_a_circle_of_absences_leaves_nobody_and_says_so(bureau: Bureau) -> None:
    with unit_of_work(bureau.engine) as session:
        back = {"person_id": bureau.ids["柳春燕"], "substitute_id": bureau.ids["殷长青"]}
        session.add(Absence(**back, kind="出差", starts_on=MAY, ends_on=MAY))

    with reading(bureau.engine) as session:
        staff = bureau.staff(session)
        assert staff.substitute(bureau.ids["殷长青"]) == Substitution(circle=True)
        assert staff.substitute(bureau.ids["周立诚"]) == Substitution()


def test_the_administrator_is_the_coordinator(bureau: Bureau, database: Engine) -> None:
    with reading(bureau.engine) as session:
        assert bureau.names[bureau.staff(session).admin] == "林晓东"
    with reading(database) as session, pytest.raises(NotFoundError) as missing:
        _ = bureau.staff(session).admin

    assert missing.value.code == "coordinator_unknown"
