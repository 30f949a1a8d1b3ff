"""Take over an organisation file: units, people, posts and absences, all or nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.errors import InputError
from models.journal import Fact, record
from models.messages import Lang, say
from models.proposal import AbsenceRow, OrganisationFile, PersonRow
from models.roles import ROLE_PLACE, Role, UnitKind
from models.tables import Absence, Person, Post, Unit
from tasks.absences import BY_FILE, absent_fact, entered_by_hand
from tasks.successors import Succeeded, hand_over_vacated, posts_held


@dataclass(frozen=True)
class Imported:
    """How many rows of each kind are in force now, and how many were added, changed or ended.

    `succeeded` is the open work that changed hands with its posts, and what nobody takes over.
    """

    units: int
    people: int
    absences: int
    changes: int
    succeeded: Succeeded = field(default_factory=Succeeded)


def import_organisation(
    session: Session,
    file: OrganisationFile,
    *,
    actor: str,
    at: datetime,
    today: date,
    lang: Lang = "zh",
) -> Imported:
    """Make the stored organisation what the file says; a file with errors changes nothing.

    What the file no longer names ended the day before and keeps its history; open work follows the posts
    that changed hands. Importing the same file again changes nothing and records no event. Raises
    InputError for a file with errors.
    """
    if file.errors:
        raise InputError("organisation_errors", file=file.source, count=len(file.errors))
    ended = today - timedelta(days=1)
    before = posts_held(session, today)
    units, changes = _store_units(session, file, ended)
    people, changed = _store_people(session, file)
    changes += changed
    session.flush()
    changes += _store_heads(units, people, file)
    changes += _store_posts(session, units, people, file, ended=ended)
    absent = _store_absences(session, people, file, ended=ended)
    changes += len(absent)
    session.flush()
    done = Imported(len(file.units), len(file.people), len(file.absences), changes)
    if not changes:
        return done
    payload = {
        "file": file.source,
        "units": done.units,
        "people": done.people,
        "absences": done.absences,
        "changes": changes,
    }
    record(session, [Fact("organisation.imported", "organisation", None, actor, payload)], at=at)
    if before:  # with the first organisation nobody has anything yet that another could act for
        told = [one for one in absent if one.ends_on >= today]
        record(session, [absent_fact(one, actor, source=BY_FILE) for one in told], at=at)
    reason = say("moves.reorganised", lang, file=file.source)
    succeeded = hand_over_vacated(session, before, reason=reason, actor=actor, at=at, today=today)
    return replace(done, succeeded=succeeded)


def _store_units(session: Session, file: OrganisationFile, ended: date) -> tuple[dict[str, Unit], int]:
    """The units of the file by name, and how many units are new, changed or ended."""
    known = list(session.scalars(select(Unit).order_by(Unit.id)))
    twins = _twins(known, file, ended)
    _make_room(session, twins, file)
    changes = 0
    for position, row in enumerate(file.units):
        unit = twins.get(row.name)
        if unit is None:
            unit = twins[row.name] = Unit(code=row.code)
            session.add(unit)
        changes += _set(
            unit,
            code=row.code,
            name=row.name,
            kind=row.kind,
            position=position,
            starts_on=row.starts_on,
            ends_on=row.ends_on,
            remark=row.remark,
        )
    for gone in known:
        if gone not in twins.values():
            changes += _set(gone, ends_on=min(gone.ends_on or ended, ended))
    session.flush()
    for row in file.units:
        parent = twins.get(row.parent)
        changes += _set(twins[row.name], parent_id=parent.id if parent else None)
    return twins, changes


def _twins(known: Sequence[Unit], file: OrganisationFile, ended: date) -> dict[str, Unit]:
    """Which stored unit each row means: the one of that name, else the one of that code (更名).

    Names come first, because codes are numbered anew when a unit is put in between.
    """
    names = {row.name for row in file.units}
    by_name = {unit.name: unit for unit in known if unit.name in names}
    alive = [unit for unit in known if unit.ends_on is None or unit.ends_on > ended]
    renamed = {unit.code: unit for unit in alive if unit.name not in names}
    found = {row.name: by_name.get(row.name) or renamed.get(row.code) for row in file.units}
    return {name: unit for name, unit in found.items() if unit is not None}


def _make_room(session: Session, twins: dict[str, Unit], file: OrganisationFile) -> None:
    """Free the codes that wander from one unit to another: a code belongs to one unit at any moment."""
    codes = {row.name: row.code for row in file.units}
    stay = {unit.id for name, unit in twins.items() if unit.code == codes[name]}
    for unit in session.scalars(select(Unit).where(Unit.code.in_(codes.values()))):
        if unit.id not in stay:
            unit.code = f"{unit.code}~{unit.id}"
    session.flush()


def _store_people(session: Session, file: OrganisationFile) -> tuple[dict[str, Person], int]:
    known = {person.email: person for person in session.scalars(select(Person))}
    people, changes = {}, 0
    for row in file.people:
        person = known.pop(row.email, None)
        if person is None:
            person = Person(email=row.email)
            session.add(person)
        changes += _set(person, name=row.name, title=row.title, active=True)
        people[row.email] = person
    for gone in known.values():
        changes += _set(gone, active=False)
    return people, changes


def _store_heads(units: dict[str, Unit], people: dict[str, Person], file: OrganisationFile) -> int:
    """Heads are given by name, or by address where people share a name."""
    known: dict[str, Person] = {}
    for person in people.values():
        known.setdefault(person.name, person)
        known[person.email.lower()] = person
    changes = 0
    for row in file.units:
        head = known.get(row.head) or known.get(row.head.lower())
        changes += _set(units[row.name], head_id=head.id if head else None)
    return changes


def _store_posts(
    session: Session,
    units: dict[str, Unit],
    people: dict[str, Person],
    file: OrganisationFile,
    *,
    ended: date,
) -> int:
    wanted: dict[tuple[int, int, str], Unit] = {}
    for row in file.people:
        for unit, role in posts_of(row, units):
            wanted[people[row.email].id, unit.id, role] = unit
    changes = 0
    for post in session.scalars(select(Post)):
        unit_in_force = wanted.pop((post.person_id, post.unit_id, post.role), None)
        if unit_in_force is None:
            changes += _set(post, ends_on=min(post.ends_on or ended, ended))
        else:
            changes += _set(post, starts_on=unit_in_force.starts_on, ends_on=unit_in_force.ends_on)
    for (person_id, unit_id, role), unit in wanted.items():
        session.add(
            Post(
                person_id=person_id,
                unit_id=unit_id,
                role=role,
                starts_on=unit.starts_on,
                ends_on=unit.ends_on,
            )
        )
        changes += 1
    return changes


def posts_of(row: PersonRow, units: dict[str, Unit]) -> Iterator[tuple[Unit, str]]:
    """Every post that a row of the people's sheet stands for: membership, roles, units led.

    A role such as `机关党委专职副书记(协调人)` gives two posts: the role and the word in brackets.
    """
    places = _places(row, units)
    if "department" in places:
        yield places["department"], Role.MEMBER
    for place in ("group", "temporary_branch"):
        if place in places:
            yield places[place], Role.PARTY_MEMBER
    for word in row.roles:
        base, _, bracket = word.replace("（", "(").partition("(")
        if base == Role.LEADER_IN_CHARGE:
            continue
        unit = _place_of(base, places, units)
        if unit is not None:
            yield unit, base
            if bracket.rstrip(")）") == Role.COORDINATOR:
                yield unit, Role.COORDINATOR
    for name in row.in_charge_of:
        if name in units:
            yield units[name], Role.LEADER_IN_CHARGE


def _places(row: PersonRow, units: dict[str, Unit]) -> dict[str, Unit]:
    names = {
        "department": row.department,
        "branch": row.branch,
        "group": row.group,
        "temporary_branch": row.temporary_branch,
    }
    places = {place: units[name] for place, name in names.items() if name in units}
    for unit in units.values():
        if unit.kind == UnitKind.BUREAU and unit.parent_id is None:
            places.setdefault("bureau", unit)
        if unit.kind == UnitKind.COMMITTEE:
            places.setdefault("committee", unit)
    return places


def _place_of(role: str, places: dict[str, Unit], units: dict[str, Unit]) -> Unit | None:
    if role in ROLE_PLACE:
        return places.get(ROLE_PLACE[role])
    named = [name for name in units if role.startswith(name)]
    return units[max(named, key=len)] if named else places.get("department")


def _store_absences(
    session: Session, people: dict[str, Person], file: OrganisationFile, *, ended: date
) -> list[Absence]:
    """Absences as the file has them; gives those that are new, changed or taken back.

    Past ones that it no longer names stay on record, and so does what was entered by hand.
    """
    known = {(one.person_id, one.starts_on): one for one in session.scalars(select(Absence))}
    changed = []
    for row in file.absences:
        person = people[row.email]
        absence = known.pop((person.id, row.starts_on), None)
        if absence is None:
            absence = Absence(person_id=person.id, starts_on=row.starts_on)
            session.add(absence)
        if _set(absence, **_absence_values(row, people)):
            changed.append(absence)
    by_hand = entered_by_hand(session) if known else set()
    for gone in known.values():
        if gone.id in by_hand:
            continue
        if gone.starts_on > ended:
            gone.ends_on = ended
            session.delete(gone)
            changed.append(gone)
        elif _set(gone, ends_on=min(gone.ends_on, ended)):
            changed.append(gone)
    return changed


def _absence_values(row: AbsenceRow, people: dict[str, Person]) -> dict[str, object]:
    substitute = people.get(row.substitute)
    return {
        "substitute_id": substitute.id if substitute else None,
        "kind": row.kind,
        "ends_on": row.ends_on,
        "reason": row.reason,
    }


def _set(row: object, **values: object) -> int:
    """Set what differs; 1 if anything did."""
    differs = [name for name, value in values.items() if getattr(row, name, None) != value]
    for name in differs:
        setattr(row, name, values[name])
    return 1 if differs else 0
