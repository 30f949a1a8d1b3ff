"""What is told of approvals: what waits for whom, what is urged, what was copied, and how it ended."""

from __future__ import annotations

import re
import shlex
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from sqlalchemy import bindparam, select

from models.approval.definition import INITIATOR
from models.approval.state import FINISHED, SYSTEM, Placing, Seat, SeatKind, SeatState, Status
from models.tables import ApprovalReader
from notifications.approval_rows import addressee, copy_fact, ended_fact, name_of, seat_fact
from notifications.facts_documents import attached, file_names
from notifications.matters import Matter, Subjects, load_matters, load_subjects
from notifications.telling import Audience, Draft, News, Nobody, Telling, Who
from notifications.work_rows import MOST_ROWS

#: What becomes of a work item is told by its own letter, closed or returned, with the opinion.
_TOLD_ELSEWHERE = frozenset({"work_item", "extension"})
#: After these an approval is told to who asked and to the coordinator.
_ENDS = FINISHED | {Status.RETURNED}
#: Whoever hands a seat over says why; any other event's words belong to another signer's decision.
_HANDING_OVER = {"approval.delegate", "approval.add_signer", "approval.transfer", "approval.reassign"}
_BACKWARDS = {"approval.return", "approval.reject"}
#: Words that need no quotes on a command line.
_PLAIN_WORD = re.compile(r"[\w.@+-]+")

#: A seat by the numbers of its approval and its own; a returned approval has seat 0.
_Place = tuple[int, int]
_Row = Mapping[str, object]


@dataclass
class _Heard:
    """What the events say, by what it means to somebody; each with its events in order."""

    opened: dict[_Place, list[News]] = field(default_factory=dict)
    #: Seats whose turn came, or came back.
    turned: set[_Place] = field(default_factory=set)
    resumed: dict[int, News] = field(default_factory=dict)
    #: By approval, step and person.
    rungs: dict[tuple[int, int, int], list[News]] = field(default_factory=dict)
    #: By approval and person.
    urged: dict[tuple[int, int], list[tuple[News, Mapping[str, Any]]]] = field(default_factory=dict)
    copied: dict[tuple[int, int], tuple[News, Mapping[str, Any]]] = field(default_factory=dict)
    ended: dict[int, News] = field(default_factory=dict)

    @property
    def approvals(self) -> set[int]:
        """The numbers of all approvals that somebody may have to be told of."""
        several = (self.opened, self.rungs, self.urged, self.copied)
        return {key[0] for found in several for key in found} | self.ended.keys() | self.resumed.keys()


@dataclass(frozen=True)
class _Line:
    """A row of a letter: for whom, to whom, and since which event.

    What is `over` is not told any more; it only keeps the letter's key what it was.
    """

    matter: Matter
    principal: int
    reader: int
    event_id: int
    over: bool
    row: Callable[[], _Row]
    seat: int = 0


def approvals(
    telling: Telling, news: Sequence[News], audiences: Sequence[Audience]
) -> Iterator[Draft | Nobody]:
    """One letter of each kind per person, with everything of its kind since the last telling.

    What was decided, withdrawn or handed over meanwhile waits for nobody and is not told.
    """
    heard = _listen(news)
    matters = load_matters(telling.session, heard.approvals)
    subjects = load_subjects(telling.session, matters.values())
    for audience in audiences:
        found = _LINES[audience.letter](telling, audience, heard, matters)
        lines = []
        for one in found:
            if isinstance(one, Nobody):
                yield one
            else:
                lines.append(one)
        yield from _letters(telling, audience, lines, subjects)


def _listen(news: Sequence[News]) -> _Heard:
    heard = _Heard()
    for one in news:
        if one.subject_id is None:
            continue
        if one.verb == "approval.resume":
            heard.resumed[one.subject_id] = one
        for change, values in one.payload.get("changes", ()):
            note = _NOTES.get(change)
            if note is not None:
                note(heard, one.subject_id, one, values)
    return heard


def _note_seat(heard: _Heard, number: int, news: News, values: Mapping[str, Any]) -> None:
    if values["state"] == SeatState.OPEN:
        heard.opened.setdefault((number, values["seat"]), []).append(news)


def _note_turn(heard: _Heard, number: int, news: News, values: Mapping[str, Any]) -> None:
    _note_seat(heard, number, news, values)
    if values["state"] == SeatState.OPEN:
        heard.turned.add((number, values["seat"]))


def _note_rung(heard: _Heard, number: int, news: News, values: Mapping[str, Any]) -> None:
    for person in values.get("people", ()):
        heard.rungs.setdefault((number, values["step"], person), []).append(news)


def _note_urge(heard: _Heard, number: int, news: News, values: Mapping[str, Any]) -> None:
    for person in values.get("people", ()):
        heard.urged.setdefault((number, person), []).append((news, values))


def _note_copy(heard: _Heard, number: int, news: News, values: Mapping[str, Any]) -> None:
    heard.copied.setdefault((number, values["person"]), (news, values))


def _note_status(heard: _Heard, number: int, news: News, values: Mapping[str, Any]) -> None:
    if values["status"] in _ENDS:
        heard.ended[number] = news


_NOTES: Mapping[str, Callable[[_Heard, int, News, Mapping[str, Any]], None]] = {
    "SeatOpened": _note_seat,
    "SeatTurned": _note_turn,
    "RungReached": _note_rung,
    "Urged": _note_urge,
    "Copied": _note_copy,
    "StatusChanged": _note_status,
}


def _asked(
    telling: Telling, _audience: Audience, heard: _Heard, matters: Mapping[int, Matter]
) -> Iterator[_Line | Nobody]:
    """The seats that were opened, or that can be decided again after a pause."""
    opened = dict(heard.opened)
    for number, news in heard.resumed.items():
        for seat in _open_seats(matters[number]):
            opened[number, seat.number] = [*opened.get((number, seat.number), ()), news]
    for (number, place), news_of in sorted(opened.items()):
        matter = matters[number]
        seat, latest = matter.state.seats[place], news_of[-1]
        waits = matter.waits and seat.state is SeatState.OPEN
        if seat.person == SYSTEM:
            if waits:
                yield Nobody("approval_asked", matter.title)
            continue
        reader = addressee(telling, matter.initiator, seat.person)
        own = latest.verb == "approval.take_back" and latest.payload["by"] == reader
        row = partial(_asked_row, telling, matter, seat, latest, heard)
        yield _Line(matter, seat.person, reader, news_of[0].id, not waits or own, row, place)


def _asked_row(telling: Telling, matter: Matter, seat: Seat, news: News, heard: _Heard) -> _Row:
    why = _why_asked(telling, matter, seat, news, turned=(matter.id, seat.number) in heard.turned)
    urged = heard.urged.get((matter.id, seat.person), ())
    return {**seat_fact(telling, matter, seat), **why, "urged": _urged_fact(telling, urged)}


def _why_asked(telling: Telling, matter: Matter, seat: Seat, news: News, *, turned: bool) -> _Row:
    """How the seat came to its holder: in the order of the steps, or by somebody's act."""
    seats = matter.state.seats
    by = holder = SYSTEM
    if news.verb == "approval.resume":
        kind = "resumed"
    elif seat.kind is SeatKind.ADVICE:
        kind, by = "advise", seat.added_by
    elif seat.replaces and news.verb in {"approval.transfer", "approval.reassign"}:
        kind, by, holder = (
            news.verb.removeprefix("approval."),
            news.payload["by"],
            seats[seat.replaces].person,
        )
    elif seat.kind is SeatKind.STAND_IN:
        kind = "escalated" if news.verb == "approval.scan" else "stand_in"
        holder = seats[seat.parent].person
    elif seat.added_by and seat.placing is not Placing.NONE:
        kind, by = f"added_{seat.placing}", seat.added_by
    elif turned and _had_advice(matter, seat):
        kind = "advised"
    elif news.verb in _BACKWARDS and matter.state.steps[seat.step].round > 1:
        kind, by = "sent_back", news.payload["by"]
    else:
        kind = "decide"
    says = news.verb in _HANDING_OVER or kind == "sent_back"
    return {
        "kind": kind,
        "by": name_of(telling, by),
        "holder": name_of(telling, holder),
        "words": news.reason if says else "",
    }


def _had_advice(matter: Matter, seat: Seat) -> bool:
    """Whether the signer had asked for the advice that the seat waited for."""
    seats = matter.state.seats.values()
    return any(one.kind is SeatKind.ADVICE and one.parent == seat.number for one in seats)


def _reminded(
    telling: Telling, _audience: Audience, heard: _Heard, matters: Mapping[int, Matter]
) -> Iterator[_Line]:
    """Whom the clock or somebody reminds of what was asked before; once for both."""
    found: dict[_Place, list[News]] = {}
    for (number, step, person), news_of in heard.rungs.items():
        for seat in _seats_of(matters[number], person, step):
            found.setdefault((number, seat.number), []).extend(news_of)
    for (number, person), urges in heard.urged.items():
        matter = matters[number]
        places = [seat.number for seat in _seats_of(matter, person)]
        if matter.status is Status.RETURNED and person == matter.initiator:
            places.append(0)
        for place in places:
            found.setdefault((number, place), []).extend(news for news, _ in urges)
    for (number, place), news_of in sorted(found.items(), key=lambda one: one[0]):
        matter = matters[number]
        person = matter.state.seats[place].person if place else matter.initiator
        reader = addressee(telling, matter.initiator, person)
        over = not place and matter.suspended
        over |= bool(place) and (not matter.waits or (number, place) in heard.opened)
        over |= all(one.payload["by"] == reader for one in news_of)
        row = partial(_reminded_row, telling, matter, place, heard)
        yield _Line(matter, person, reader, min(one.id for one in news_of), over, row, place)


def _reminded_row(telling: Telling, matter: Matter, place: int, heard: _Heard) -> _Row:
    seat = matter.state.seats[place] if place else None
    person = seat.person if seat else matter.initiator
    urged = {"urged": _urged_fact(telling, heard.urged.get((matter.id, person), ()))}
    if seat is None:
        return {**ended_fact(telling, matter), **urged, "kind": "rework", "stand_ins": []}
    stand_ins = [one.person for one in matter.state.stand_ins(seat) if one.state is SeatState.OPEN]
    names = [name_of(telling, one) for one in stand_ins]
    kind = "advise" if seat.kind is SeatKind.ADVICE else "decide"
    return {**seat_fact(telling, matter, seat), **urged, "kind": kind, "stand_ins": names}


def _urged_fact(
    telling: Telling, urges: Sequence[tuple[News, Mapping[str, Any]]]
) -> dict[str, object] | None:
    """Who urged last, and how often by now."""
    if not urges:
        return None
    news, values = urges[-1]
    return {"by": name_of(telling, values["by"]), "count": values["count"], "words": news.reason}


def _seats_of(matter: Matter, person: int, step: int = 0) -> Iterable[Seat]:
    """The open seats of a person; who waits for the turn or for advice has nothing to do yet."""
    return [one for one in _open_seats(matter) if one.person == person and step in {0, one.step}]


def _open_seats(matter: Matter) -> Iterable[Seat]:
    return [one for one in matter.state.seats.values() if one.state is SeatState.OPEN]


_READ = select(ApprovalReader.approval_id, ApprovalReader.person_id).where(
    ApprovalReader.approval_id.in_(bindparam("ids", expanding=True)), ApprovalReader.read_at.is_not(None)
)


def _copied(
    telling: Telling, _audience: Audience, heard: _Heard, matters: Mapping[int, Matter]
) -> Iterator[_Line]:
    """Copies that were not read yet. They go to their readers alone: nobody reads for somebody else."""
    if not heard.copied:
        return
    numbers = sorted({number for number, _ in heard.copied})
    read = {
        (number, person) for number, person in telling.session.connection().execute(_READ, {"ids": numbers})
    }
    for (number, person), (news, values) in sorted(heard.copied.items(), key=lambda one: one[0]):
        matter, by = matters[number], values["by"]
        over = (number, person) in read or by == person
        yield _Line(matter, person, person, news.id, over, partial(_copied_row, telling, matter, by))


def _copied_row(telling: Telling, matter: Matter, by: int) -> _Row:
    return {**copy_fact(telling, matter), "by": name_of(telling, by)}


def _ended(
    telling: Telling, audience: Audience, heard: _Heard, matters: Mapping[int, Matter]
) -> Iterator[_Line]:
    """Approvals that ended or came back, for who asked and for the coordinator."""
    for number, news in sorted(heard.ended.items()):
        matter = matters[number]
        if matter.subject in _TOLD_ELSEWHERE:
            continue
        meant = {Who.INITIATOR: (matter.initiator,), Who.COORDINATOR: telling.roster.coordinator()}
        readers: dict[int, int] = {}
        for person in (one for who in audience.who for one in meant[who]):
            readers.setdefault(telling.roster.addressee(person), person)
        over = matter.status != news.payload["status"]
        row = partial(_ended_row, telling, matter, news)
        for reader, person in readers.items():
            own = matter.status is Status.TERMINATED and news.payload["by"] == reader
            yield _Line(matter, person, reader, news.id, over or own, row)


def _ended_row(telling: Telling, matter: Matter, news: News) -> _Row:
    resubmit = next(
        (
            values.get("resubmit", "")
            for change, values in news.payload["changes"]
            if change == "ReworkAsked" and values["target"] == INITIATOR
        ),
        "",
    )
    fact = ended_fact(telling, matter)
    # A signer's words stand among the opinions already.
    words = "" if any(one["words"] == news.reason for one in fact["said"]) else news.reason
    by = name_of(telling, news.payload["by"])
    return {**fact, "by": by, "words": words, "resubmit": resubmit}


#: How the rows of each letter are found.
_LINES: Mapping[
    str, Callable[[Telling, Audience, _Heard, Mapping[int, Matter]], Iterator[_Line | Nobody]]
] = {
    "approval_asked": _asked,
    "approval_reminded": _reminded,
    "approval_copied": _copied,
    "approval_decided": _ended,
}


def _letters(
    telling: Telling, audience: Audience, lines: Iterable[_Line], subjects: Subjects
) -> Iterator[Draft]:
    by_reader: dict[int, list[_Line]] = {}
    for line in lines:
        by_reader.setdefault(line.reader, []).append(line)
    for reader, every in by_reader.items():
        theirs = [line for line in every if not line.over]
        if not theirs:
            continue
        shown, first = theirs[:MOST_ROWS], min(line.event_id for line in every)
        matters = list({line.matter.id: line.matter for line in theirs}.values())
        places = Counter(line.matter.id for line in theirs)
        paths = _paths(matters, subjects, audience)
        yield Draft(
            letter=audience.letter,
            person_id=reader,
            dedupe=f"{audience.letter}:{first}:{reader}",
            event_id=min(line.event_id for line in theirs),
            facts={
                "rows": [_row(telling, line, subjects, places) for line in shown],
                "total": len(theirs),
                "more": len(theirs) - len(shown),
                "files": file_names(paths),
                "me": _argument(telling, reader),
            },
            on_behalf=tuple(dict.fromkeys(line.principal for line in theirs if line.principal != reader)),
            thread=f"approval-{matters[0].id}" if len(matters) == 1 else "",
            attachments=tuple(paths),
        )


def _row(telling: Telling, line: _Line, subjects: Subjects, places: Mapping[int, int]) -> _Row:
    for_whom = name_of(telling, line.principal) if line.principal != line.reader else ""
    return {
        **line.row(),
        "for_whom": for_whom,
        "plan": subjects.plan_of(line.matter),
        # Who holds several seats of an approval says which is meant.
        "seat": line.seat if places[line.matter.id] > 1 else 0,
    }


def _paths(matters: Iterable[Matter], subjects: Subjects, audience: Audience) -> list[str]:
    paths = (path for one in matters for path in attached(subjects.files_of(one), audience.files))
    return list(dict.fromkeys(paths))


def _argument(telling: Telling, reader: int) -> str:
    """How a command names the reader: by name, by address if several people have it."""
    person = telling.roster.people[reader]
    word = person.email if person.name in telling.namesakes else person.name
    return word if _PLAIN_WORD.fullmatch(word) else shlex.quote(word)
