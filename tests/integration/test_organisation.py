"""The organisation: imported all or nothing, twice without effect, changed with its history kept."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from models.database import reading, unit_of_work
from models.errors import InputError, NotFoundError, RefusedError
from models.proposal import AbsenceRow, OrganisationFile, PersonRow, Problem
from models.substitutes import acting_for
from models.tables import Absence, Event, Person, Post, Unit
from tasks.directory import find_coordinator, find_person, find_unit, leads_unit, load_directory
from tasks.import_organisation import Imported, import_organisation

NOON = datetime(2026, 4, 15, 4, tzinfo=UTC)
TODAY = date(2026, 4, 15)
LIN = "linxiaodong@example.gov.cn"


def take_over(engine: Engine, file: OrganisationFile, today: date = TODAY) -> Imported:
    with unit_of_work(engine) as session:
        return import_organisation(session, file, actor="SYSTEM", at=NOON, today=today)


def events(session: Session) -> int:
    return session.scalar(select(func.count(Event.id)).where(Event.verb == "organisation.imported")) or 0


def without(file: OrganisationFile, email: str) -> OrganisationFile:
    return replace(
        file,
        people=tuple(one for one in file.people if one.email != email),
        absences=tuple(one for one in file.absences if email not in {one.email, one.substitute}),
    )


def changed(file: OrganisationFile, email: str, **values: object) -> OrganisationFile:
    people = [replace(one, **values) if one.email == email else one for one in file.people]  # type: ignore[arg-type]  # by name
    return replace(file, people=tuple(people))


def person(file: OrganisationFile, email: str) -> PersonRow:
    return next(one for one in file.people if one.email == email)


def test_a_bureau_is_taken_over_with_its_posts(database: Engine, organisation: OrganisationFile) -> None:
    done = take_over(database, organisation)

    assert (done.units, done.people, done.absences) == (49, 120, 8)
    with reading(database) as session:
        directory = load_directory(session, TODAY, TODAY)
        names = {one.id: one.name for one in directory.by_id.values()}
        found = {
            "分管领导": directory.leader_in_charge(directory.units["人事教育科"]),
            "支部书记": directory.holder(directory.units["第一党支部"], "支部书记"),
            "党小组组长": directory.holder(directory.units["第一党支部第一党小组"], "党小组组长"),
            "工会主席": directory.holder(directory.units["工会"], "工会主席"),
            "机关党委书记": directory.holder(directory.units["机关党委"], "机关党委书记"),
            "党组书记": directory.holder(directory.units["朔原市审计局"], "党组书记"),
            "协调人": directory.coordinator(),
            "branch's leader": directory.leader_in_charge(directory.units["第三党支部"]),
        }
        assert events(session) == 1
    assert {role: names[who or 0] for role, who in found.items()} == {
        "分管领导": "周立诚",
        "支部书记": "吕国平",
        "党小组组长": "林晓东",
        "工会主席": "韩国梁",
        "机关党委书记": "韩国梁",
        "党组书记": "周立诚",
        "协调人": "林晓东",
        "branch's leader": "韩国梁",
    }


def test_the_same_file_twice_changes_nothing(organised: Engine, organisation: OrganisationFile) -> None:
    again = take_over(organised, organisation)
    later = take_over(organised, organisation, date(2026, 9, 1))

    assert (again.changes, later.changes) == (0, 0)
    with reading(organised) as session:
        assert events(session) == 1


def test_a_file_with_errors_changes_nothing(database: Engine, organisation: OrganisationFile) -> None:
    wrong = replace(organisation, problems=(Problem("org.xlsx", "坏", error=True),))

    with pytest.raises(InputError) as refused:
        take_over(database, wrong)

    assert refused.value.code == "organisation_errors"
    with reading(database) as session:
        assert session.scalar(select(func.count(Unit.id))) == 0


def test_who_left_is_inactive_and_keeps_a_history(organised: Engine, organisation: OrganisationFile) -> None:
    take_over(organised, without(organisation, "xuwenhui@example.gov.cn"))

    with reading(organised) as session:
        gone = session.scalars(select(Person).where(Person.email == "xuwenhui@example.gov.cn")).one()
        posts = session.scalars(select(Post).where(Post.person_id == gone.id)).all()
        with pytest.raises(NotFoundError):
            find_person(session, "许文慧")
    assert not gone.active
    assert posts
    assert {post.ends_on for post in posts} == {date(2026, 4, 14)}


def test_a_new_secretary_answers_from_the_day_of_the_file(
    organised: Engine, organisation: OrganisationFile
) -> None:
    moved = changed(organisation, "lvguoping@example.gov.cn", roles=("科室负责人", "党员"))
    moved = changed(moved, "duanzhigang@example.gov.cn", roles=("支部书记", "党员"))

    take_over(organised, moved)

    with reading(organised) as session:
        year = load_directory(session, date(2026, 1, 1), date(2026, 12, 31))
        today = load_directory(session, TODAY, TODAY)
        before = load_directory(session, date(2026, 4, 1), date(2026, 4, 1))
        branch = year.units["第一党支部"]
        names = {one.id: one.name for one in year.by_id.values()}
    assert names[year.holder(branch, "支部书记") or 0] == "段志刚"
    assert today.holders[branch.id, "支部书记"] == (year.holder(branch, "支部书记"),)
    assert names[before.holders[branch.id, "支部书记"][-1]] == "吕国平"


def test_a_former_coordinator_and_leader_is_one_no_more(
    organised: Engine, organisation: OrganisationFile
) -> None:
    moved = changed(organisation, LIN, roles=("党员",))
    moved = changed(moved, "xuwenhui@example.gov.cn", roles=("机关党委委员(协调人)", "党员"))
    moved = changed(moved, "hanguoliang@example.gov.cn", in_charge_of=("法规审理科",))

    take_over(organised, moved)

    with reading(organised) as session:
        coordinator = find_coordinator(session, "")
        han = find_person(session, "韩国梁")
        assert coordinator is not None
        assert coordinator.name == "许文慧"
        assert leads_unit(session, han, find_unit(session, "法规审理科"), TODAY)
        assert not leads_unit(session, han, find_unit(session, "第一党支部"), TODAY)
        assert leads_unit(session, han, find_unit(session, "第一党支部"), date(2026, 4, 14))


def test_a_unit_is_known_by_its_name_when_codes_move(
    organised: Engine, organisation: OrganisationFile
) -> None:
    rows = organisation.units
    codes = [one.code for one in rows]
    shifted = [replace(one, code=code) for one, code in zip(rows, [*codes[1:], codes[0]], strict=True)]
    with reading(organised) as session:
        before = {unit.name: unit.id for unit in session.scalars(select(Unit))}

    take_over(organised, replace(organisation, units=tuple(shifted)))

    with reading(organised) as session:
        after = {unit.name: (unit.id, unit.code) for unit in session.scalars(select(Unit))}
    assert {name: number for name, (number, _) in after.items()} == before
    assert after["机关党委"] == (before["机关党委"], "JG003")


def test_a_renamed_unit_stays_the_same_unit(organised: Engine, organisation: OrganisationFile) -> None:
    text = {"内部审计指导监督科": "内审指导科"}
    units = tuple(replace(one, name=text.get(one.name, one.name)) for one in organisation.units)
    people = tuple(
        replace(
            one,
            department=text.get(one.department, one.department),
            in_charge_of=tuple(text.get(name, name) for name in one.in_charge_of),
        )
        for one in organisation.people
    )
    with reading(organised) as session:
        before = find_unit(session, "内部审计指导监督科").id

    take_over(organised, replace(organisation, units=units, people=people))

    with reading(organised) as session:
        assert find_unit(session, "内审指导科").id == before
        assert session.scalar(select(func.count(Unit.id))) == 49


def test_a_dissolved_unit_ends_and_its_code_may_be_given_again(
    organised: Engine, organisation: OrganisationFile
) -> None:
    gone = organisation.units[-1]
    rest = tuple(
        replace(one, parent="") if one.parent == gone.name else one for one in organisation.units[:-1]
    )
    people = tuple(
        replace(one, department="", in_charge_of=tuple(n for n in one.in_charge_of if n != gone.name))
        if one.department == gone.name
        else one
        for one in organisation.people
    )
    take_over(organised, replace(organisation, units=rest, people=people))

    founded = replace(gone, name="派驻监督组", row=99)
    take_over(organised, replace(organisation, units=(*rest, founded), people=people), date(2026, 5, 6))

    with reading(organised) as session:
        old, new = find_unit(session, gone.name), find_unit(session, "派驻监督组")
        assert old.ends_on == date(2026, 4, 14)
        assert (new.code, new.ends_on) == (gone.code, None)
        assert old.id != new.id


def test_an_absence_taken_back_gives_the_duty_back(organised: Engine, organisation: OrganisationFile) -> None:
    with reading(organised) as session:
        absent = find_person(session, "严志勇").id
        assert absent in acting_for(session, TODAY)

    take_over(organised, replace(organisation, absences=()))

    with reading(organised) as session:
        assert acting_for(session, TODAY) == {}
        assert absent in acting_for(session, date(2026, 4, 1))
        assert acting_for(session, date(2026, 8, 3)) == {}


def test_substitutes_are_followed_and_a_circle_gives_nobody(
    organised: Engine, organisation: OrganisationFile
) -> None:
    mails = ["zhoulicheng", "hanguoliang", "suyumei", "zhaopeiwen", "fengqiming"]
    one, two, three, four, five = (f"{mail}@example.gov.cn" for mail in mails)
    chain = ((one, two), (two, three), (four, five), (five, four))
    absences = tuple(
        AbsenceRow(email, substitute, "出差", TODAY, date(2026, 4, 17), "", row)
        for row, (email, substitute) in enumerate(chain)
    )

    take_over(organised, replace(organisation, absences=absences))

    with reading(organised) as session:
        number = {one.email: one.id for one in session.scalars(select(Person))}
        acting = acting_for(session, TODAY)
        assert acting_for(session, date(2026, 4, 18)) == {}
        assert session.scalar(select(func.count(Absence.id)).where(Absence.kind == "出差")) == 4
    assert acting == {number[one]: number[three], number[two]: number[three]}


def test_a_shared_name_is_no_person(organised: Engine, organisation: OrganisationFile) -> None:
    twin = replace(person(organisation, LIN), name="韩国梁")
    take_over(organised, changed(organisation, LIN, name=twin.name))

    with reading(organised) as session, pytest.raises(RefusedError) as refused:
        find_person(session, "韩国梁")

    assert LIN in str(refused.value.facts["choices"])
