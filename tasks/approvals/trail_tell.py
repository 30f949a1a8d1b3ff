"""Tell an event of an approval in words: what was done, and what followed from it by itself."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from models.approval.changes import (
    Change,
    Copied,
    DraftKept,
    DueMoved,
    FactsChanged,
    Migrated,
    Noted,
    ReworkAsked,
    RungReached,
    SeatClosed,
    SeatOpened,
    SeatTurned,
    StatusChanged,
    StepClosed,
    StepDropped,
    StepOpened,
    Urged,
)
from models.approval.definition import INITIATOR, Definition, Mode, RungAct
from models.approval.state import SYSTEM, Cause, Outcome, Seat, SeatKind, SeatState, State, Status, Verb
from models.messages import Lang, say
from tasks.approvals.trail_words import BY_PEOPLE, Cast, Entry, date_words, verdict, whose

C = TypeVar("C", bound=Change)


@dataclass(frozen=True)
class Scene:
    """An event between the states before and after it; `end` is the state of today."""

    definition: Definition
    before: State
    after: State
    end: State
    entry: Entry
    cast: Cast

    @property
    def lang(self) -> Lang:
        """The language that is spoken."""
        return self.cast.lang

    def say(self, key: str, /, **facts: object) -> str:
        """A sentence of the trail."""
        return say(f"trail.{key}", self.lang, **facts)

    def of(self, kind: type[C]) -> list[C]:
        """The changes of a kind, in their order."""
        return [one for one in self.entry.changes if isinstance(one, kind)]

    def step_name(self, key: str) -> str:
        """What papers call a step; a step that a newer version lacks keeps its key."""
        step = self.definition.by_key.get(key)
        return step.name[self.lang] if step else key

    def number(self, key: str) -> int:
        """The round of a step that counts after the event; 0 where there is none."""
        run = self.after.live_run(key)
        return run.number if run else 0


@dataclass(frozen=True)
class Told:
    """Something of an event in words; `step` is the number of a round, 0 for none.

    `actor` is empty for what followed by itself; the same words about several people are said once.
    """

    what: str
    step: int = 0
    actor: str = ""
    opinion: str = ""


def tell(scene: Scene) -> list[tuple[Told, tuple[int, ...]]]:
    """An event in words: what was done first, then what followed, each with the people it is about."""
    told: dict[Told, list[int]] = {}
    done = _DONE[scene.entry.verb](scene)
    if done is not None:
        told[done] = []
    for change in scene.entry.changes:
        follow = _FOLLOWS.get(type(change))
        for words, people in follow(scene, change) if follow else ():
            told.setdefault(words, []).extend(people)
    if not told:  # every event has its row
        told[Told(scene.say("scan"))] = []
    return [(words, tuple(dict.fromkeys(people))) for words, people in told.items()]


# --- what was done ---------------------------------------------------------------------------------------


def _plain(key: str) -> Callable[[Scene], Told]:
    def done(scene: Scene) -> Told:
        return Told(scene.say(key), 0, scene.cast.name(scene.entry.by), scene.entry.words)

    return done


def _submitted(scene: Scene) -> Told:
    return _plain("resubmit" if scene.before.rev else "submit")(scene)


def _on_seat(scene: Scene, seat: Seat, what: str, *, opinion: str | None = None) -> Told:
    """Something that was done with a seat, by its holder or by who acts for the holder."""
    actor = scene.cast.acting(scene.entry.by, whose(seat, scene.after))
    return Told(what, seat.step, actor, scene.entry.words if opinion is None else opinion)


def _decided(scene: Scene) -> Told:
    seat = _own(scene)
    return _on_seat(scene, seat, verdict(seat, scene.definition, scene.lang))


def _own(scene: Scene) -> Seat:
    """The seat that who acts has closed."""
    closed = next(
        one for one in scene.of(SeatClosed) if one.verb in BY_PEOPLE and one.cause is not Cause.CARRIED
    )
    return scene.after.seats[closed.seat]


def _returned(scene: Scene) -> Told:
    asked = next(one for one in scene.of(ReworkAsked) if one.resubmit)
    return _on_seat(scene, _own(scene), _sent(scene, "return", asked))


def _sent(scene: Scene, key: str, asked: ReworkAsked) -> str:
    home = asked.target == INITIATOR
    target = scene.say("initiator") if home else scene.say("quoted", name=scene.step_name(asked.target))
    return scene.say(key, target=target, way=scene.say(str(asked.resubmit)))


def _kept(scene: Scene) -> Told:
    """The words of a draft are nobody's business but the signer's."""
    seat = scene.after.seats[scene.of(DraftKept)[0].seat]
    return _on_seat(scene, seat, scene.say("keep_draft"), opinion="")


def _transferred(scene: Scene) -> Told:
    to = scene.of(SeatOpened)[0].person
    return _on_seat(scene, _own(scene), scene.say("transfer", people=scene.cast.name(to)))


def _seated(scene: Scene) -> Told:
    """Advisers and added signers: the seat that they were asked from is their parent."""
    opened = scene.of(SeatOpened)
    key = f"add_{opened[0].placing}" if opened[0].placing else "delegate"
    people = scene.cast.names(one.person for one in opened)
    return _on_seat(scene, scene.after.seats[opened[0].parent], scene.say(key, people=people))


def _removed(scene: Scene) -> Told:
    closed = [scene.after.seats[one.seat] for one in scene.of(SeatClosed) if one.verb is Verb.REMOVE]
    what = scene.say("remove_signer", people=scene.cast.names(one.person for one in closed))
    return Told(what, _only(one.step for one in closed), scene.cast.name(scene.entry.by), scene.entry.words)


def _reassigned(scene: Scene) -> Told:
    opened = scene.of(SeatOpened)
    holder = scene.cast.name(scene.after.seats[opened[0].replaces].person)
    what = scene.say("reassign", holder=holder, people=scene.cast.name(opened[0].person))
    return Told(what, _only(one.step for one in opened), scene.cast.name(scene.entry.by), scene.entry.words)


def _only(steps: Iterable[int]) -> int:
    """The one round that is meant; where there are several, the whole approval is."""
    found = set(steps)
    return found.pop() if len(found) == 1 else 0


def _taken_back(scene: Scene) -> Told:
    opened = scene.of(SeatOpened)[0]
    return Told(scene.say("take_back"), opened.step, scene.cast.name(scene.entry.by), scene.entry.words)


def _urged(scene: Scene) -> Told:
    urged = scene.of(Urged)[0]
    what = scene.say("urge", count=urged.count, people=scene.cast.names(urged.people))
    return Told(what, 0, scene.cast.name(scene.entry.by), scene.entry.words)


def _copied(scene: Scene) -> Told:
    what = scene.say("copy", people=scene.cast.names(one.person for one in scene.of(Copied)))
    return Told(what, 0, scene.cast.name(scene.entry.by), scene.entry.words)


def _migrated(scene: Scene) -> Told:
    what = scene.say("migrate", version=scene.of(Migrated)[0].version)
    return Told(what, 0, scene.cast.name(scene.entry.by), scene.entry.words)


def _nothing(scene: Scene) -> None:  # noqa: ARG001  # what the clock did follows by itself
    return None


_DONE: Mapping[str, Callable[[Scene], Told | None]] = {
    "submit": _submitted,
    "approve": _decided,
    "reject": _decided,
    "return": _returned,
    "decline": _decided,
    "keep_draft": _kept,
    "transfer": _transferred,
    "delegate": _seated,
    "add_signer": _seated,
    "remove_signer": _removed,
    "reassign": _reassigned,
    "take_back": _taken_back,
    "urge": _urged,
    "copy": _copied,
    "migrate": _migrated,
    "scan": _nothing,
    **{verb: _plain(verb) for verb in ("withdraw", "read", "comment", "suspend", "resume", "terminate")},
}

# --- what followed ---------------------------------------------------------------------------------------

#: Words about people; nobody where the words say it all.
About = Iterator[tuple[Told, Iterable[int]]]


def _step_opened(scene: Scene, change: StepOpened) -> About:
    if scene.after.steps[change.step].outcome is Outcome.SKIPPED:
        yield Told(scene.say("skipped"), change.step), ()
        return
    asked = [
        one.person
        for one in scene.of(SeatOpened)
        if one.step == change.step
        and one.kind is SeatKind.PRINCIPAL
        and (scene.after.seats[one.seat].state is not SeatState.CLOSED)
    ]
    step = scene.definition.by_key.get(scene.end.steps[change.step].key)
    key = "opened_in_turn" if step and step.mode is Mode.IN_TURN and len(asked) > 1 else "opened_for"
    what = scene.say(key, people=scene.cast.names(asked)) if asked else scene.say("opened")
    if change.due_on and asked:
        what = scene.say("opened_due", what=what, due=date_words(change.due_on, scene.lang))
    yield Told(what, change.step), ()


def _seat_opened(scene: Scene, change: SeatOpened) -> About:
    if change.kind is SeatKind.STAND_IN and scene.entry.verb not in {"transfer", "reassign", "take_back"}:
        holder = scene.cast.name(scene.after.seats[change.parent].person)
        yield (
            Told(scene.say("stand_in", people=scene.cast.name(change.person), holder=holder), change.step),
            (),
        )


def _seat_turned(scene: Scene, change: SeatTurned) -> About:
    before = scene.before.seats.get(change.seat)
    now = scene.after.seats[change.seat]
    if before and before.state is SeatState.WAITING and now.state is SeatState.OPEN:
        yield Told(scene.say("turn"), now.step), (now.person,)


def _seat_closed(scene: Scene, change: SeatClosed) -> About:
    seat = scene.after.seats[change.seat]
    if change.cause is Cause.CARRIED:
        yield Told(scene.say("carried"), seat.step), (seat.person,)
    elif change.verb not in BY_PEOPLE | {Verb.COVERED}:
        people = (seat.person,) if seat.person != SYSTEM else ()
        yield Told(verdict(seat, scene.definition, scene.lang), seat.step), people


def _step_closed(scene: Scene, change: StepClosed) -> About:
    if change.outcome in {Outcome.APPROVED, Outcome.REJECTED, Outcome.CANCELLED}:
        yield Told(scene.say(f"step_{change.outcome}"), change.step), ()


def _step_dropped(scene: Scene, change: StepDropped) -> About:
    if scene.after.steps[change.step].outcome is Outcome.APPROVED:
        yield Told(scene.say("dropped"), change.step), ()


def _due_moved(scene: Scene, change: DueMoved) -> About:
    yield Told(scene.say("due_moved", due=date_words(change.due_on, scene.lang)), change.step), ()


def _rung_reached(scene: Scene, change: RungReached) -> About:
    if change.act in {RungAct.REMIND, RungAct.ESCALATE}:  # decisions are told seat by seat
        yield Told(scene.say(change.act), change.step), change.people


def _rework_asked(scene: Scene, change: ReworkAsked) -> About:
    if change.resubmit and scene.entry.verb != "return":
        yield Told(_sent(scene, "sent_back", change)), ()


def _status_changed(scene: Scene, change: StatusChanged) -> About:
    if change.status in {Status.APPROVED, Status.REJECTED}:
        yield Told(scene.say(change.status)), ()


def _copied_by_rule(scene: Scene, change: Copied) -> About:
    if change.by == SYSTEM and scene.entry.verb != "copy":
        yield Told(scene.say("copied")), (change.person,)


def _noted(scene: Scene, change: Noted) -> About:
    if change.note != "comment":
        people = (change.person,) if change.person else ()
        yield Told(scene.say(f"note_{change.note}"), scene.number(change.step)), people


def _facts_changed(scene: Scene, change: FactsChanged) -> About:  # noqa: ARG001  # that they did is told
    yield Told(scene.say("facts_changed")), ()


_FOLLOWS: Mapping[type[Change], Callable[[Scene, Any], About]] = {
    StepOpened: _step_opened,
    SeatOpened: _seat_opened,
    SeatTurned: _seat_turned,
    SeatClosed: _seat_closed,
    StepClosed: _step_closed,
    StepDropped: _step_dropped,
    DueMoved: _due_moved,
    RungReached: _rung_reached,
    ReworkAsked: _rework_asked,
    StatusChanged: _status_changed,
    Copied: _copied_by_rule,
    Noted: _noted,
    FactsChanged: _facts_changed,
}
