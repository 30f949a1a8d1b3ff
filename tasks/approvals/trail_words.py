"""The words of an approval's trail and form: who is who, and how a seat was decided."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from models.approval.changes import Change
from models.approval.definition import Definition, Duplicates
from models.approval.state import SYSTEM, Seat, SeatKind, State, Verb
from models.messages import Lang, say

#: What people do with seats; everything else that closes a seat follows from a rule.
BY_PEOPLE = frozenset(
    {
        Verb.APPROVE,
        Verb.REJECT,
        Verb.RETURN,
        Verb.ADVISE,
        Verb.DECLINE,
        Verb.TRANSFER,
        Verb.REASSIGN,
        Verb.REMOVE,
    }
)
#: What people do with a seat on behalf of whom it belongs to, if it is not their own.
_FOR_ANOTHER = BY_PEOPLE - {Verb.REASSIGN, Verb.REMOVE}


@dataclass(frozen=True)
class Entry:
    """An event of an approval as the log keeps it. `by` is a person's id, or SYSTEM."""

    id: int
    at: datetime
    verb: str
    by: int
    words: str
    hash: str
    changes: tuple[Change, ...]


class Cast:
    """The people of an approval: made of names and addresses by id. Two of one name are told apart."""

    def __init__(self, people: Mapping[int, tuple[str, str]], lang: Lang) -> None:
        self.lang: Lang = lang
        shared = Counter(name for name, _ in people.values())
        self.people = {
            person: name if shared[name] == 1 else say("trail.homonym", lang, name=name, email=email)
            for person, (name, email) in people.items()
        }

    def name(self, person: int) -> str:
        """What a person is called."""
        if person == SYSTEM:
            return say("trail.system", self.lang)
        return self.people.get(person) or say("trail.unknown", self.lang, id=person)

    def names(self, people: Iterable[int]) -> str:
        """Several people, each once."""
        return say("trail.comma", self.lang).join(self.name(one) for one in dict.fromkeys(people))

    def acting(self, by: int, person: int) -> str:
        """Who acted, and for whom if it was for somebody else."""
        if person in {by, SYSTEM}:
            return self.name(by)
        return say("trail.acting", self.lang, by=self.name(by), person=self.name(person))

    def signature(self, seat: Seat, state: State) -> str:
        """Who closed a seat; a stand-in and a substitute name the person whom they stood in for."""
        if seat.verb not in _FOR_ANOTHER:
            return self.name(seat.closed_by)
        return self.acting(seat.closed_by, whose(seat, state))


def whose(seat: Seat, state: State) -> int:
    """Whose vote it is: a stand-in decides for who holds the seat now that it was opened for."""
    return _heir(state, seat.parent).person if seat.kind is SeatKind.STAND_IN else seat.person


def _heir(state: State, number: int) -> Seat:
    heirs = {one.replaces: one.number for one in state.seats.values() if one.replaces}
    while number in heirs:
        number = heirs[number]
    return state.seats[number]


def date_words(day: date, lang: Lang) -> str:
    """2026年1月5日, or 2026-01-05."""
    return f"{day.year}年{day.month}月{day.day}日" if lang == "zh" else day.isoformat()


def verdict(seat: Seat, definition: Definition, lang: Lang) -> str:
    """How a closed seat was decided, in words that no automatic decision shares with a person's."""
    key = str(seat.verb)
    if seat.verb is Verb.ADVISE:
        key = "advise_yes" if seat.leaning else "advise_no"
    elif seat.verb is Verb.CANCEL:
        key = f"cancel_{seat.cause}"
    elif seat.verb is Verb.AUTO_DEDUPE:
        key += "_all" if definition.duplicates is Duplicates.ALL else "_consecutive"
    elif seat.verb is Verb.AUTO_APPROVE:
        key += "_nobody" if seat.person == SYSTEM else "_timed_out"
    return say(f"trail_seat.{key}", lang)
