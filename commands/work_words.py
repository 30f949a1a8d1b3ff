"""What happened to a work item, in words: a line for every event, change and rung."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, time, tzinfo
from typing import Any

from commands.show import whole
from models.messages import Lang, catalogue, say
from tasks.story import Changed, Happened, Rung, Story

#: When it was, who did it (empty for the system), what it was.
Line = tuple[str, str, str]


def told_lines(story: Story, lang: Lang, zone: tzinfo) -> list[Line]:
    """The story's lines, oldest first; what the ladder did is known by the day only."""
    lines = [
        *((at, "", say(f"history.{step}", lang)) for step, at in _begun(story)),
        *((one.at, one.name, _event(one, lang)) for one in story.events),
        *((one.at, one.actor, _change(one, lang)) for one in story.changes),
    ]
    timed = [
        (at.astimezone(zone), f"{at.astimezone(zone):%Y-%m-%d %H:%M}", by, words) for at, by, words in lines
    ]
    timed += [
        (datetime.combine(one.on, time.max, zone), f"{one.on}", "", _rung(one, lang)) for one in story.rungs
    ]
    return [line[1:] for line in sorted(timed, key=lambda one: one[0])]


def _begun(story: Story) -> Iterator[tuple[str, datetime]]:
    """When the plan had it first and its owner was told: set-based steps whose events name the plan."""
    if any(one.verb == "work_item.opened" for one in story.events):
        return
    if story.registered_at is not None:
        yield "registered", story.registered_at
    if story.work.assigned_at is not None:
        yield "assigned", story.work.assigned_at


def _event(one: Happened, lang: Lang) -> str:
    verb = one.verb.rpartition(".")[2]
    step = catalogue(lang).get(f"history.{verb}", verb)
    return "  ".join([step, *dict.fromkeys(_said(verb, one.payload, one.reason, lang))])


def _said(verb: str, payload: Mapping[str, Any], reason: str, lang: Lang) -> Iterator[str]:
    """What a person gave with a step: the day, the quantity, the words, the file, the reason."""
    if payload.get("on") and verb != "urged":
        yield say("history_fact.on", lang, on=payload["on"])
    if payload.get("quantity"):
        yield f"+{whole(payload['quantity'])}"
    if payload.get("unit"):
        yield str(payload["unit"])
    if payload.get("until"):
        yield say("history_fact.until", lang, until=payload["until"])
    if payload.get("from") and payload.get("to"):
        yield say("history_fact.moved", lang, was=payload["from"], now=payload["to"])
    for key in ("words", "name"):
        if payload.get(key):
            yield str(payload[key])
    for other in payload.get("reused") or ():
        yield say("history_fact.reused", lang, id=other["id"], period=other["period"])
    if payload.get("reason") or reason:
        yield str(payload.get("reason") or reason)


def _change(one: Changed, lang: Lang) -> str:
    """What a plan version or a hand-over changed, from what to what."""
    step = catalogue(lang).get(f"history.{one.kind}", one.kind)
    if one.kind in {"cancelled", "revived"}:
        was, now = (catalogue(lang).get(f"state.{state}", state) for state in (one.was, one.now))
    else:
        was, now = one.was or "—", one.now or "—"
    moved = say("history_fact.moved", lang, was=was, now=now)
    return "  ".join(filter(None, [step, moved, one.reason]))


def _rung(one: Rung, lang: Lang) -> str:
    """A rung by its name in words; one that the bureau named itself as it is."""
    name, _, number = one.rung.partition("-")
    words = catalogue(lang).get(f"rung.{name}", name).format(number=number or 1)
    track = catalogue(lang).get(f"track.{one.track}", one.track)
    return say("history_fact.rung", lang, rung=words, track=track)
