"""What is new in the event log, put into drafts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from sqlalchemy.orm import Session

from models.following import read_on
from notifications.address import is_deliverable
from notifications.telling import Audience, Draft, News, Nobody, Skipped, Telling

#: Keys compared or rows written in one statement.
ROWS = 1000


def read_news(
    session: Session, audiences: Iterable[Audience], *, after: int, head: int
) -> Iterator[list[News]]:
    """The events up to `head` that somebody is told of, in order, a batch at a time."""
    verbs = [audience.verb for audience in audiences]
    for batch in read_on(session, verbs, after=after, head=head):
        yield [News(one.id, one.verb, one.subject_id, one.actor, one.payload, one.reason) for one in batch]


def compose(
    telling: Telling, news: Sequence[News], audiences: Sequence[Audience]
) -> Iterator[tuple[dict[str, Draft], list[Skipped]]]:
    """What these events tell the people who can be reached, by key; and who is not told, and why.

    A portion at a time: one event may be for a hundred thousand readers.
    """
    drafts, skipped = dict[str, Draft](), list[Skipped]()
    for one in _drafts(telling, news, audiences):
        if isinstance(one, Nobody):
            skipped.append(Skipped(one.subject, one.letter, "nobody"))
            continue
        reason = unreachable(telling, one.person_id)
        if reason:
            skipped.append(Skipped(telling.roster.people[one.person_id].name, one.letter, reason))
        else:
            drafts.setdefault(one.dedupe, one)
        if len(drafts) + len(skipped) >= ROWS:
            yield drafts, skipped
            drafts, skipped = {}, []
    yield drafts, skipped


def _drafts(
    telling: Telling, news: Sequence[News], audiences: Sequence[Audience]
) -> Iterator[Draft | Nobody]:
    """Lines of the table with the same verb and composer are told together."""
    happened = {one.verb for one in news}
    for verb, composer in dict.fromkeys((audience.verb, audience.compose) for audience in audiences):
        lines = [one for one in audiences if (one.verb, one.compose) == (verb, composer)]
        verbs = {one for one in happened if lines[0].hears(one)}
        heard = [one for one in news if one.verb in verbs]
        if heard:
            yield from composer(telling, heard, lines)


def unreachable(telling: Telling, person_id: int) -> str:
    """Why a person gets no mail; nothing if he can."""
    person = telling.roster.people[person_id]
    if not person.active:
        return "inactive"
    return "" if is_deliverable(person.email) else "address"


def chunks(keys: Sequence[str]) -> Iterable[Sequence[str]]:
    """Keys in portions that fit into one statement."""
    return (keys[start : start + ROWS] for start in range(0, len(keys), ROWS))
