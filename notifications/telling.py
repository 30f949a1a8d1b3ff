"""The words in which telling is spoken of: audiences, drafts of letters, and what was told."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from functools import cached_property
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.hours import Hours, working_hours
from models.settings import Settings
from models.tables import Unit
from models.workdays import Calendar, load_calendar
from notifications.address import is_deliverable
from notifications.blocked import suppressed
from notifications.roster import Roster, load_roster


class Who(StrEnum):
    """Whom a letter goes to."""

    #: Who answers for the work items that the event speaks of.
    OWNER = "owner"
    #: Who answers for a supporting unit.
    SUPPORTER = "supporter"
    #: Who hands work over, and who takes it.
    BOTH_SIDES = "both_sides"
    #: Who is away, who acts meanwhile, and the superior.
    AROUND_ABSENCE = "around_absence"
    #: Who is asked to hand something in.
    ASKED = "asked"
    #: The leader over the unit whose work is overdue.
    LEADER_OVER = "leader_over"
    #: Who holds a seat in an approval that can be decided now, or has to rework what came back.
    SIGNER = "signer"
    #: Who asked for the approval.
    INITIATOR = "initiator"
    #: Who got a copy of the approval to read.
    READER = "reader"
    #: The head of the unit that the document is for.
    UNIT_HEAD = "unit_head"
    #: The heads of all party branches.
    BRANCH_HEADS = "branch_heads"
    #: The members of the party group, its secretary included.
    PARTY_GROUP = "party_group"
    PARTY_SECRETARY = "party_secretary"
    #: Every leader in charge, and the party secretary.
    LEADERS = "leaders"
    COORDINATOR = "coordinator"


class Way(StrEnum):
    """How something reaches a reader."""

    #: As a letter of its own.
    ALONE = "alone"
    #: As a part of the reader's next digest.
    DIGEST = "digest"


class Lapse(StrEnum):
    """What has to stand still for a row of a digest to be true."""

    #: The work is owed by the same date, and where its owner is told by the same owner.
    WORK = "work"
    #: The reader has not handed in what a collection asks for.
    FORM = "form"


class Part(StrEnum):
    """The parts of a digest, most urgent first."""

    #: Somebody tries to decide in the reader's name.
    GUARDED = "guarded"
    ESCALATED = "escalated"
    OVERDUE = "overdue"
    DUE = "due"
    SOON = "soon"
    SILENT = "silent"
    #: What the reader has to hand in, and lists of those who have not.
    FORMS = "forms"
    GAPS = "gaps"
    RETURNED = "returned"
    NEW = "new"
    CHANGED = "changed"
    DECIDED = "decided"
    INFORMATION = "information"


@dataclass(frozen=True)
class News:
    """An event as telling needs it; `payload` is read from its JSON."""

    id: int
    verb: str
    subject_id: int | None
    actor: str
    payload: Mapping[str, Any]
    reason: str


@dataclass(frozen=True)
class Draft:
    """A letter to one person, before names and addresses are filled in.

    `facts` lacks what every letter has (`common`). The same `dedupe` is never told twice. What is
    `pressing` waits neither for a weekly digest nor for the budget.
    """

    letter: str
    person_id: int
    dedupe: str
    event_id: int
    facts: Mapping[str, object]
    on_behalf: tuple[int, ...] = ()
    thread: str = ""
    attachments: tuple[str, ...] = ()
    pressing: bool = False


@dataclass(frozen=True)
class Nobody:
    """A letter that nobody could be found for: `subject` says what it was about."""

    letter: str
    subject: str


@dataclass(frozen=True)
class Skipped:
    """Who was not told, and why: `inactive`, `address` or `nobody`. `name` is a person's or a subject."""

    name: str
    letter: str
    reason: str


@dataclass(frozen=True)
class Told:
    """What telling gave: how many new notices, and who could not be told."""

    notices: int = 0
    skipped: tuple[Skipped, ...] = ()

    def __add__(self, other: Told) -> Told:
        return Told(self.notices + other.notices, self.skipped + other.skipped)


@dataclass
class Telling:
    """What the composers of letters work with, for one run of telling."""

    session: Session
    settings: Settings
    today: date

    @cached_property
    def roster(self) -> Roster:
        """Who is who today; read when the first letter needs it: most of what happens is told to nobody."""
        return load_roster(self.session, self.today, self.settings.coordinator)

    @cached_property
    def bureau(self) -> str:
        """The bureau's name as it stands in letters."""
        return self.settings.bureau or self.session.scalar(_ROOT) or ""

    @cached_property
    def namesakes(self) -> frozenset[str]:
        """Names that several people have."""
        names = Counter(one.name for one in self.roster.people.values())
        return frozenset(name for name, count in names.items() if count > 1)

    @cached_property
    def calendar(self) -> Calendar:
        """The workdays around today."""
        return load_calendar((self.today.year,), self.settings.holidays)

    @cached_property
    def bounced(self) -> frozenset[str]:
        """The addresses that mail comes back from: what is for them waits until they are mended."""
        return frozenset(suppressed(self.session))

    @cached_property
    def hours(self) -> Hours:
        """When mail may leave."""
        return working_hours(self.settings, self.calendar)

    def name_of(self, address: str) -> str:
        """The name of the person with an address; the address itself for anybody else."""
        person_id = self.roster.by_address.get(address)
        return self.roster.people[person_id].name if person_id else address

    def people(self, who: Who, *, unit_id: int) -> tuple[int, ...]:
        """The people of an audience that the organisation alone decides.

        A document of the whole bureau (unit 0) has no head to go to but the coordinator.
        """
        roster = self.roster
        found: dict[Who, Callable[[], tuple[int, ...]]] = {
            Who.UNIT_HEAD: lambda: roster.unit_head(unit_id) if unit_id else roster.coordinator(),
            Who.BRANCH_HEADS: roster.branch_heads,
            Who.PARTY_GROUP: roster.party_group,
            Who.PARTY_SECRETARY: roster.party_secretary,
            Who.LEADERS: roster.leaders,
            Who.COORDINATOR: roster.coordinator,
        }
        return found[who]()


_ROOT = select(Unit.name).where(Unit.parent_id.is_(None)).order_by(Unit.position, Unit.id).limit(1)


def begin_telling(session: Session, settings: Settings, today: date) -> Telling:
    """What a run of telling works with; who is who on `today` is read once for all of it."""
    return Telling(session, settings, today)


def common_facts(
    telling: Telling, reader_id: int | None, *, on_behalf: Sequence[int] = ()
) -> dict[str, object]:
    """The facts that every letter has: reader (nameless if unknown), for whom, coordinator, bureau, day."""
    people = telling.roster.people
    person = people.get(reader_id or 0)
    coordinator = people.get(telling.roster.coordinator_id or 0)
    reachable = coordinator is not None and is_deliverable(coordinator.email)
    return {
        "person": {"name": person.name if person else "", "title": person.title if person else ""},
        "on_behalf": [people[one].name for one in on_behalf if one in people],
        "coordinator": {
            "name": coordinator.name if coordinator and reachable else "",
            "email": coordinator.email if coordinator and reachable else "",
        },
        "bureau": telling.bureau,
        "today": telling.today.isoformat(),
    }


Compose = Callable[[Telling, Sequence[News], Sequence["Audience"]], Iterator[Draft | Nobody]]


@dataclass(frozen=True)
class Audience:
    """One line of the table: what happened, who is told, with which letter.

    `verb` is an event's, or such as `approval.*` for all of that kind, which are then told together.
    `kind` narrows `publication.issued` to one kind of document; `files` are the roles of its files
    that go with the letter. A letter that goes into the digest says into which `part` of it.

    What `lapses` has rows that are not told any more where what they speak of is over by the time of
    the digest. `dated` rows go along as calendar
    entries too.
    """

    verb: str
    letter: str
    who: tuple[Who, ...]
    compose: Compose = field(repr=False)
    kind: str = ""
    files: tuple[str, ...] = ()
    part: Part | None = None
    pressing: bool = False
    lapses: Lapse | None = None
    dated: bool = False

    @property
    def way(self) -> Way:
        """Whether the letter goes alone or into the digest."""
        return Way.ALONE if self.part is None else Way.DIGEST

    def hears(self, verb: str) -> bool:
        """Whether an event with this verb is among what is told."""
        return verb.startswith(self.verb[:-1]) if self.verb.endswith(".*") else verb == self.verb
