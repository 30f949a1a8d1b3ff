"""`duban work show`: one work item with everything around it, and its story in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from commands.desk import Desk
from commands.show import LIGHTS, whole
from commands.work_acting import Number, shown_at, shown_size

if TYPE_CHECKING:
    from collections.abc import Iterator

    from models.supervision.pace import Pace
    from tasks.story import Helper, Relative, Story


def show(ctx: typer.Context, number: Number) -> None:
    """显示一项任务：现状、亮灯原因、延期、配合、分项、佐证和经过。 Show one work item and its history."""
    from commands.work_facts import facts_of
    from models.database import reading
    from tasks.history import story_of
    from tasks.lights import explain_light

    desk: Desk = ctx.obj
    today = desk.clock.today()
    with reading(desk.engine) as session:
        story = story_of(session, number, today)
        light = explain_light(session, number, desk.lang, today)
        pace = _pace(desk, story)
        if desk.json:
            desk.print_json(facts_of(story, light, pace, desk.clock.zone))
            return
        _tell_head(desk, story, light, pace)
        for title, lines in (
            ("extensions", _extensions(desk, story)),
            ("supporting", _helpers(desk, story)),
            ("whole", (_relative(desk, one) for one in [story.parent] if one)),
            ("parts", (_relative(desk, one) for one in story.parts)),
            ("evidence", _evidence(desk, story)),
            ("history", _history(desk, story)),
        ):
            _tell_section(desk, title, list(lines))


def _pace(desk: Desk, story: Story) -> Pace | None:
    """The pace today of what is counted and has begun; what is finished has none."""
    from models.lifecycle import OPEN_STATES
    from models.supervision.pace import pace

    work = story.work
    if work.target is None or work.state not in OPEN_STATES:
        return None
    years = {day.year for day in (work.start_on, work.due_on) if day}
    return pace(
        done=work.done,
        target=work.target,
        start_on=work.start_on,
        due_on=work.due_on,
        day=desk.clock.today(),
        calendar=desk.calendar(*years),
    )


def _tell_head(desk: Desk, story: Story, light: str, pace: Pace | None) -> None:
    from rich.text import Text

    star = "★" if story.item.key else ""
    desk.console.print(Text(f"{story.item.ref}　{star}{story.item.title}", style="bold"), soft_wrap=True)
    for key, value in _head(desk, story):
        desk.tell("work_show.fact", name=desk.say(f"column.{key}"), value=value)
    colour = LIGHTS.get(story.work.light, "")
    said = Text.assemble(
        f"  {desk.say('show.fact', name=desk.say('column.light'), value='')}",
        (desk.say(f"light.{story.work.light}"), colour),
        f"　{light}",
    )
    desk.console.print(said, soft_wrap=True)
    if story.work.target is not None:
        done, target = whole(story.work.done), whole(story.work.target)
        desk.tell("work_show.progress", done=done, target=target)
    if pace is not None:
        desk.tell("work_show.pace", done=round(pace.done), elapsed=round(pace.elapsed))
    if story.made_up:
        desk.tell("work_show.made_up", due=story.work.due_on, on=story.work.closed_on)


def _head(desk: Desk, story: Story) -> Iterator[tuple[str, object]]:
    work = story.work
    yield "id", work.id
    yield "unit", story.unit.name
    yield "period", work.period
    owner = story.owner.name if story.owner else desk.say("work_show.nobody")
    if story.substitute:
        owner = desk.say("work_show.acting", name=story.substitute, absent=owner)
    yield "owner", owner
    yield "state", desk.say(f"state.{work.state}")
    yield "start_on", work.start_on or desk.say("work_show.none")
    due: object = work.due_on or desk.say("work_show.none")
    if work.due_on != work.original_due_on and work.original_due_on is not None:
        due = desk.say("work_show.due_moved", due=due, original=work.original_due_on)
    yield "due_on", due
    if work.closed_on is not None:
        yield "closed_on", work.closed_on


def _tell_section(desk: Desk, title: str, lines: list[str]) -> None:
    if not lines:
        return
    desk.tell(f"work_section.{title}")
    for line in lines:
        desk.console.print(f"  {line}", markup=False, soft_wrap=True)


def _extensions(desk: Desk, story: Story) -> Iterator[str]:
    for one in story.extensions:
        asked = desk.say(
            "work_show.extension",
            at=shown_at(desk, one.asked_at),
            by=one.by,
            frm=one.from_due_on,
            until=one.to_due_on,
            reason=one.reason,
        )
        fate = desk.say(f"extension_state.{one.state}", until=one.granted_due_on or one.to_due_on)
        late = desk.say("work_show.extension_late") if one.late else ""
        yield f"{asked}{late}{fate}"


def _helpers(desk: Desk, story: Story) -> Iterator[str]:
    """A line for everybody who was asked, one for all others."""
    yield from (_helper(desk, one) for one in story.helpers if one.asked_at)
    others = [one.unit for one in story.helpers if not one.asked_at]
    if others:
        yield desk.say("work_show.not_asked", units=desk.say("life.comma").join(others))


def _helper(desk: Desk, helper: Helper) -> str:
    if helper.given_at:
        fate = desk.say("work_show.given", at=shown_at(desk, helper.given_at))
    elif helper.waived_at:
        fate = desk.say("work_show.waived", at=shown_at(desk, helper.waived_at), reason=helper.reason)
    else:
        fate = desk.say("work_show.asked")
    words = desk.say("work_show.quote", words=helper.words) if helper.words else ""
    return desk.say(
        "work_show.helper",
        unit=helper.unit,
        owner=helper.owner or desk.say("work_show.nobody"),
        fate=fate + words,
    )


def _relative(desk: Desk, one: Relative) -> str:
    return desk.say(
        "work_show.relative",
        id=one.id,
        ref=one.ref,
        title=one.title,
        unit=one.unit,
        owner=one.owner or desk.say("work_show.nobody"),
        due=one.due_on or desk.say("work_show.none"),
        state=desk.say(f"state.{one.state}"),
    )


def _evidence(desk: Desk, story: Story) -> Iterator[str]:
    for one in story.evidence:
        yield desk.say(
            "work_show.file",
            name=one.name,
            kind=one.kind or desk.say("work_show.none"),
            size=shown_size(one.size),
            at=shown_at(desk, one.at),
            by=one.by,
        )
        for other in one.reused:
            facts = {"id": other.id, "period": other.period, "title": other.title}
            yield desk.say("work_show.reused", **facts, at=shown_at(desk, other.at))


def _history(desk: Desk, story: Story) -> Iterator[str]:
    """Events, what set-based steps changed, and rungs of the ladder, oldest first."""
    from commands.work_words import told_lines

    for at, name, words in told_lines(story, desk.lang, desk.clock.zone):
        yield f"{at}  {name or desk.say('party.system')}  {words}".rstrip()
