"""等谁办: what waits for whom, the longest first."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from itertools import chain

from sqlalchemy import select

from models.pages import Cell, Content, Lines, Page, Table
from models.substitutes import acting_for
from models.tables import Person
from tasks.cockpit.view import MOST_ROWS, View, titled
from tasks.cockpit.waits import WHATS, Wait, coordinators, decisions, work

#: What an approval is about says unit and period at its end.
_LENGTH = 60


def waiting(view: View) -> Page:
    """The page; nine SELECTs, whatever the number of people and of things that wait."""
    every = sorted(
        chain(decisions(view), work(view), coordinators(view)),
        key=lambda one: (one.since, one.due or view.today, one.name, one.title),
    )
    substitutes = _substitutes(view)
    blocks: tuple[Lines | Table, ...] = (
        (_people(view, every, substitutes), _things(view, every, substitutes))
        if every
        else (Lines((view.say("waiting_nothing"),)),)
    )
    return Page("waiting", view.say("waiting"), _summary(view, every), view.today, blocks)


def _summary(view: View, every: Sequence[Wait]) -> str:
    if not every:
        return view.say("waiting_nothing")
    counts = _counts(every)
    parts = [view.say(f"waiting_count_{what}", count=counts[what]) for what in WHATS if counts[what]]
    longest = every[0]
    return view.sentences(
        [
            view.say("waiting_summary", parts=view.joined(parts), people=len({one.person for one in every})),
            view.say("waiting_longest", name=longest.name, days=(view.today - longest.since).days),
        ]
    )


def _substitutes(view: View) -> dict[int, str]:
    """Who acts for absent people today: name by the absent person."""
    acting = acting_for(view.session, view.today)
    named = select(Person.id, Person.name).where(Person.id.in_(set(acting.values())))
    names = dict(view.session.execute(named).tuples().all())
    return {absent: names[person] for absent, person in acting.items()}


def _who(view: View, one: Wait, substitutes: Mapping[int, str]) -> str:
    acting = substitutes.get(one.person)
    return view.say("waiting_acting", name=one.name, acting=acting) if acting else one.name


def _counts(waits: Sequence[Wait]) -> Counter[str]:
    counts = Counter[str]()
    for one in waits:
        counts[one.what] += one.count
    return counts


def _people(view: View, every: Sequence[Wait], substitutes: Mapping[int, str]) -> Table:
    """A row a person, who keeps others waiting longest first."""
    by_person: dict[int, list[Wait]] = defaultdict(list)
    for one in every:
        by_person[one.person].append(one)
    # Only what anybody waits for needs a column.
    whats = [what for what in WHATS if any(one.what == what for one in every)]
    rows: list[tuple[Content, ...]] = []
    for own in list(by_person.values())[:MOST_ROWS]:
        counts = _counts(own)
        dues = [one.due for one in own if one.due]
        late = sum(one.count for one in own if one.due and one.due < view.today)
        rows.append(
            (
                _who(view, own[0], substitutes),
                *(counts[what] for what in whats),
                Cell((view.today - own[0].since).days, strong=True),
                min(dues, default=None),
                late,
            )
        )
    return Table(
        "people",
        ("person", *(f"wait_{what}" for what in whats), "days_waiting", "first_due", "past_due"),
        tuple(rows),
        title=view.say("waiting_people"),
        note=view.left_out("more_people", len(by_person) - len(rows)),
    )


def _things(view: View, every: Sequence[Wait], substitutes: Mapping[int, str]) -> Table:
    rows = tuple(
        (
            _who(view, one, substitutes),
            view.say(f"waiting_what_{one.what}"),
            Cell(titled(one.title, length=_LENGTH), one.ref),
            Cell((view.today - one.since).days, strong=True),
            one.due,
        )
        for one in every[:MOST_ROWS]
    )
    return Table(
        "waits",
        ("person", "what", "title", "days_waiting", "due"),
        rows,
        title=view.say("waiting_things"),
        note=view.left_out(
            "more_waits",
            len(every) - len(rows),
            view.say("waiting_note") if any(one.ref for one in every[:MOST_ROWS]) else "",
        ),
    )
