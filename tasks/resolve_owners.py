"""From owner words to units and people: what cannot be resolved is named, never guessed silently."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from models.roles import COLLECTIVES, LEADERSHIP, POST_KINDS, ROLE_PLACE, Role, UnitKind
from models.tables import Unit
from tasks.directory import Directory

_EACH = re.compile(r"^各(?:相关)?")
_HEAD_OF = re.compile(r"^(?P<unit>.+?)(?:负责人|主要负责人|主任|主席|书记|组长|科长)$")


@dataclass(frozen=True)
class Answerable:
    """A unit with the person who answers for it there (None while nobody is known)."""

    unit: Unit
    owner_id: int | None
    role: str


@dataclass(frozen=True)
class Resolution:
    """Who leads and who supports; `unresolved` are (column, words) that nobody matches.

    `column` is `lead`, `supporting` or `owner`.
    """

    answerable: tuple[Answerable, ...]
    unresolved: tuple[tuple[str, str], ...]

    @property
    def needs_confirmation(self) -> bool:
        """Whether the coordinator must say who leads or answers; supporting words only warn."""
        return any(column != "supporting" for column, _ in self.unresolved)


def resolve(
    directory: Directory, lead: Sequence[str], supporting: Sequence[str], people: Sequence[str]
) -> Resolution:
    """Who answers for an item.

    A collective (各党支部) makes each of its units answer for itself. Of several named units the
    first leads and answers for all (牵头单位汇总反馈); the others support. Without a lead unit the
    first person's department leads.
    """
    unresolved: list[tuple[str, str]] = []
    leads, extra = _leads(directory, lead, unresolved)
    if not leads and not lead:
        leads = _departments(directory, people)
        if not leads:
            unresolved.append(("lead", ""))
    supporters = list(extra)
    for word in supporting:
        found = _units(directory, word)
        if not found:
            unresolved.append(("supporting", word))
        supporters += found
    answerable = []
    lacking: dict[str, list[Unit]] = {}
    for unit in leads:
        owner, missing = owner_of(directory, unit, people, alone=len(leads) == 1)
        for word in missing:
            lacking.setdefault(word, []).append(unit)
        answerable.append(Answerable(unit, owner, "lead"))
    unresolved += [("owner", _lacking_in(word, units, leads)) for word, units in lacking.items()]
    taken = {unit.id for unit in leads}
    for unit in supporters:
        if unit.id not in taken:
            taken.add(unit.id)
            answerable.append(Answerable(unit, unit.head_id, "supporting"))
    return Resolution(tuple(answerable), tuple(dict.fromkeys(unresolved)))


def owner_of(
    directory: Directory, unit: Unit, people: Sequence[str], *, alone: bool
) -> tuple[int | None, list[str]]:
    """The person who answers for `unit`, and the words that name nobody.

    Words are tried in turn: a name, a post held in the unit, a leadership word (the leader in
    charge), a post held by one person only. Without a match the unit's head answers, and the words
    are given back so that the coordinator sees it.
    """
    candidates = [(word, _candidates(directory, unit, word)) for word in people]
    member = [
        one
        for _, found in candidates
        for one in found
        if (unit.id, Role.MEMBER) in directory.holders and one in directory.holders[unit.id, Role.MEMBER]
    ]
    missing = [word for word, found in candidates if not found]
    every = [one for _, found in candidates for one in found]
    if every:
        # Several names beside several units: each unit's own person answers for it.
        return (member or every)[0], [word for word in missing if alone and len(people) == 1]
    return unit.head_id, missing if people or unit.head_id is not None else [""]


def _lacking_in(word: str, units: list[Unit], leads: list[Unit]) -> str:
    """The words, with the units that lack such a person where others have one."""
    if len(units) == len(leads):
        return word
    return f"{word}（{'、'.join(unit.name for unit in units)}）"


def _leads(
    directory: Directory, words: Sequence[str], unresolved: list[tuple[str, str]]
) -> tuple[list[Unit], list[Unit]]:
    """Units that lead, and units named after the first that only support."""
    leads: list[Unit] = []
    extra: list[Unit] = []
    for word in words:
        found = _units(directory, word)
        if not found:
            unresolved.append(("lead", word))
            # 各相关党支部 is taken as each of them until the coordinator says which.
            found = _units(directory, word.replace("相关", ""))
        if word.replace("相关", "") in COLLECTIVES or not leads:
            leads += [unit for unit in found if unit not in leads]
        else:
            extra += found
    return leads, extra


def _units(directory: Directory, word: str) -> list[Unit]:
    if word in directory.units:
        return [directory.units[word]]
    if word in COLLECTIVES:
        return directory.of_kind(COLLECTIVES[word])
    # 机关党办 for 机关党委 and the like stay unresolved; only posts in units count: 各支部网格员.
    for collective, kinds in COLLECTIVES.items():
        post = word.removeprefix(collective)
        if post and post != word and directory.holders_anywhere(post):
            return directory.of_kind(kinds)
    return []


def _departments(directory: Directory, people: Sequence[str]) -> list[Unit]:
    by_id = {unit.id: unit for unit in directory.units.values()}
    for word in people:
        for person in directory.people.get(word, ()):
            for (unit_id, role), who in directory.holders.items():
                unit = by_id.get(unit_id)
                if role == Role.MEMBER and person.id in who and unit is not None:
                    return [unit]
    return []


def _candidates(directory: Directory, unit: Unit, word: str) -> list[int]:
    if word in directory.people:
        return [person.id for person in directory.people[word]]
    post = _EACH.sub("", word)
    if post in LEADERSHIP or word in LEADERSHIP:
        leader = directory.leader_in_charge(unit)
        return [leader] if leader is not None and leader in directory.holders_anywhere(post) else []
    held = _post_holders(directory, unit, post)
    if held:
        return list(held)
    named = _HEAD_OF.match(word)
    if named and named["unit"] in directory.units:
        head = directory.units[named["unit"]].head_id
        return [head] if head is not None else []
    if unit.kind in POST_KINDS.get(ROLE_PLACE.get(post, ""), ()):
        return []  # another unit's 组织委员 does not answer for this one's
    anywhere = directory.holders_anywhere(post)
    return list(anywhere) if len(anywhere) == 1 else []


def _post_holders(directory: Directory, unit: Unit, post: str) -> tuple[int, ...]:
    held = directory.holders.get((unit.id, post), ())
    if not held and unit.kind == UnitKind.TEMPORARY_BRANCH and unit.head_id is not None:
        # A temporary branch has no full committee: its secretary holds every branch post.
        return (unit.head_id,)
    if not held and post in {Role.SECTION_HEAD, Role.BRANCH_SECRETARY} and unit.head_id is not None:
        matching = {Role.SECTION_HEAD: UnitKind.DEPARTMENT, Role.BRANCH_SECRETARY: UnitKind.BRANCH}
        return (unit.head_id,) if unit.kind == matching[Role(post)] else ()
    return held
