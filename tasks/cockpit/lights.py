"""今日亮灯: which units show which lights, the worst first, and what is worst of all."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Date, Row, Select, and_, bindparam, case, func, select

from models.lifecycle import OPEN_STATES
from models.light_history import CHANGED, COUNTED, LIGHT_THEN, UNDER_WAY
from models.messages import say
from models.pages import Cell, Content, Lines, Page, Ref, Table, To
from models.supervision.facts import Light
from models.tables import Item, LightChange, Person, Unit, WorkItem
from tasks.cockpit.counting import how_many
from tasks.cockpit.view import MOST_ROWS, View, titled
from tasks.supervise import last_supervised

#: The lights from the worst to nothing to do.
LIGHTS = (Light.RED, Light.ORANGE, Light.YELLOW, Light.WAITING, Light.BLUE, Light.GREEN, Light.GREY)
#: Lights that call for somebody's hand: their number is compared with that of a week ago.
ALARMING = (Light.RED, Light.ORANGE)
#: So many items are named.
WORST = 5
_WEEK = timedelta(days=7)
_RUN = Ref(To.FLOW, "daily_supervision")

_OPEN = WorkItem.state.in_(OPEN_STATES)
_SHOWING = {light: how_many(and_(_OPEN, WorkItem.light == light.value)) for light in LIGHTS}
_ALL = how_many(_OPEN)
_NUMBERS = (*_SHOWING.values(), _ALL, how_many(LIGHT_THEN.in_(ALARMING)))
_WORK = (
    select(*_NUMBERS)
    .select_from(WorkItem)
    .join(Item, Item.id == WorkItem.item_id)
    .join(Unit, Unit.id == WorkItem.unit_id)
    .outerjoin(CHANGED, CHANGED.c.work_item_id == WorkItem.id)
    .where(COUNTED, UNDER_WAY)
)
_BUREAU = _WORK.add_columns(func.count(func.distinct(case((_OPEN, WorkItem.unit_id)))))
_UNITS = (
    _WORK.add_columns(Unit.name, Unit.kind)
    .group_by(Unit.id, Unit.name, Unit.kind, Unit.position)
    .having(_ALL > 0)
    .order_by(*(_SHOWING[light].desc() for light in LIGHTS[:4]), Unit.position, Unit.id)
    .limit(MOST_ROWS)
)
_MOVES: Select[Any] = (
    select(
        how_many(and_(LightChange.light.in_(ALARMING), LightChange.was.not_in(ALARMING))),
        how_many(and_(LightChange.was.in_(ALARMING), LightChange.light.not_in(ALARMING))),
    )
    .select_from(LightChange)
    .join(WorkItem, WorkItem.id == LightChange.work_item_id)
    .join(Item, Item.id == WorkItem.item_id)
    .where(COUNTED, LightChange.on == bindparam("day", type_=Date))
)
_WORST = (
    select(
        WorkItem.id,
        WorkItem.light,
        WorkItem.due_on,
        Item.title,
        Item.key,
        Unit.name.label("unit"),
        func.coalesce(Person.name, "").label("owner"),
    )
    .join(Item, Item.id == WorkItem.item_id)
    .join(Unit, Unit.id == WorkItem.unit_id)
    .join(Person, Person.id == WorkItem.owner_id, isouter=True)
    .where(COUNTED, _OPEN, WorkItem.light.in_(ALARMING))
    .order_by(
        case((WorkItem.light == Light.RED.value, 0), else_=1),
        WorkItem.due_on.is_(None),
        WorkItem.due_on,
        Item.position,
        WorkItem.id,
    )
    .limit(WORST)
)


def lights(view: View) -> Page:
    """The page; five SELECTs, whatever the number of units and work items."""
    since = {"since": view.today - _WEEK}
    *numbers, count = view.session.execute(_BUREAU, since).one()
    units = view.session.execute(_UNITS, since).all()
    supervised = last_supervised(view.session)
    moves = view.session.execute(_MOVES, {"day": supervised or view.today}).one()
    run = view.say("run_of", flow=say("flow.daily_supervision", view.lang))
    return Page(
        "lights",
        view.say("lights"),
        _summary(view, numbers, units),
        view.today,
        (
            Lines((_as_of(view, supervised), view.say("lights_moves", lit=moves[0], out=moves[1]))),
            _units(view, numbers, units, left=count - len(units)),
            *_worst(view),
            Lines((Cell(run, _RUN),)),
        ),
    )


def _summary(view: View, numbers: Sequence[int], units: Sequence[Row[Any]]) -> str:
    *showing, every, then = numbers
    now = sum(showing[: len(ALARMING)])
    trend = "more" if now > then else "fewer" if now < then else "same"
    red, orange, yellow = showing[:3]
    words = [
        view.say("lights_summary", open=every, red=red, orange=orange, yellow=yellow),
        view.say(f"lights_{trend}", count=abs(now - then)),
    ]
    if now:
        words.append(view.say("lights_most", unit=units[0].name, red=units[0][0], orange=units[0][1]))
    return view.sentences(words)


def _as_of(view: View, supervised: date | None) -> str:
    if supervised is None:
        return view.say("lights_never")
    return view.say("lights_today" if supervised >= view.today else "lights_before", day=supervised)


def _units(view: View, numbers: Sequence[int], units: Sequence[Row[Any]], *, left: int) -> Table:
    rows = [_row(Cell(view.say("all_units"), strong=True), "", numbers)]
    rows += [_row(one.name, one.kind, one[: len(_NUMBERS)]) for one in units]
    return Table(
        "units",
        ("unit", "kind", *(light.value for light in LIGHTS), "open", "change"),
        tuple(rows),
        title=view.say("lights_units"),
        note=view.left_out("more_units", left, view.say("lights_note")),
        headings={light.value: say(f"light.{light}", view.lang) for light in LIGHTS},
    )


def _row(name: Content, kind: str, numbers: Sequence[int]) -> tuple[Content, ...]:
    *showing, every, then = numbers
    alarming = len(ALARMING)
    counts = (Cell(count, strong=n < alarming) for n, count in enumerate(showing))
    return (name, kind, *counts, every, sum(showing[:alarming]) - then)


def _worst(view: View) -> tuple[Table, ...]:
    rows = tuple(
        (
            one.id,
            titled(one.title, key=one.key),
            one.unit,
            one.owner,
            one.due_on,
            max((view.today - one.due_on).days, 0) if one.due_on else None,
            say(f"light.{one.light}", view.lang),
        )
        for one in view.session.execute(_WORST)
    )
    columns = ("work", "title", "unit", "owner", "due", "days_late", "light")
    title, how = view.say("lights_worst"), view.say("lights_how")
    return (Table("worst", columns, rows, title=title, note=how),) if rows else ()
