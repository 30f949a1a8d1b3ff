"""From a proposal to plan rows: readings become slots on workdays, owner words become people."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TypeVar

from models.figures import figure_of
from models.proposal import ProposedItem
from models.schedule import Kind, Schedule, Slot
from models.settings import Settings
from models.tables import PlanItem, PlanSlot, Responsible
from models.workdays import Calendar
from tasks.directory import Directory
from tasks.read_plan.owners import read_people
from tasks.resolve_owners import Resolution, resolve

Row = TypeVar("Row", PlanSlot, Responsible)


def build_item(
    proposed: ProposedItem,
    *,
    position: int,
    settings: Settings,
    calendar: Calendar,
    directory: Directory,
    year: int,
    origin: str = "plan",
) -> PlanItem:
    """The plan row of one proposed item, with its slots and responsible units."""
    schedule = proposed.schedule
    shift = shift_of(proposed, settings)
    item = PlanItem(
        ref=proposed.ref,
        no=proposed.no,
        position=position,
        category=proposed.category,
        title=proposed.title,
        key=proposed.key,
        owner=proposed.owner,
        lead=proposed.lead,
        supporting=proposed.supporting,
        standard=proposed.standard,
        remark=proposed.remark,
        phrase=schedule.phrase,
        kind=schedule.kind.value,
        reading=schedule.reading,
        days=schedule.days,
        workdays=schedule.workdays,
        shift=shift,
        origin=origin,
        figure=figure_of(proposed.title, standard=proposed.standard, remark=proposed.remark),
        confirm_time=schedule.confirm,
    )
    item.slots = build_slots(schedule, calendar=calendar, shift=shift, year=year)
    assign_owners(item, owners_of(proposed, directory))
    return item


def owners_of(proposed: ProposedItem, directory: Directory) -> Resolution:
    """Who answers for a proposed item."""
    people = read_people(proposed.owner)
    return resolve(directory, proposed.lead_units, proposed.supporting_units, people)


def assign_owners(item: PlanItem, resolution: Resolution) -> None:
    """Put the resolved units on the row; what stayed open becomes the question to the coordinator."""
    rows = [
        Responsible(position=n, unit_id=one.unit.id, owner_id=one.owner_id, role=one.role)
        for n, one in enumerate(resolution.answerable)
    ]
    item.responsibles = renewed(item.responsibles, rows, identity=("unit_id", "role"))
    item.owner_note = "；".join(f"{column}:{words}" for column, words in resolution.unresolved)
    item.confirm_owner = resolution.needs_confirmation


def shift_of(proposed: ProposedItem, settings: Settings) -> str:
    """Whether a due date on a rest day moves to the workday before (报送) or after (活动).

    What the sheet itself says (遇法定假日顺延, 遇休息日提前) comes before the configured words.
    """
    written = proposed.schedule.phrase + proposed.remark
    if "顺延" in written:
        return "later"
    if "提前" in proposed.remark:
        return "earlier"
    text = proposed.title + proposed.standard
    activity = any(word in text for word in settings.activity_words)
    return settings.activity_shift if activity else settings.report_shift


def build_slots(schedule: Schedule, *, calendar: Calendar, shift: str, year: int) -> list[PlanSlot]:
    """The slots of a schedule with due dates on workdays; both dates are kept.

    A window keeps inside its own period, so its end only ever moves earlier; a deadline that says
    “before” does too. Only a day on which something takes place may move later.
    """
    slots = []
    for position, slot in enumerate(schedule.slots):
        start, nominal = dates_of(schedule.kind, slot, calendar, year)
        direction = shift if nominal is not None and start == nominal else "earlier"
        slots.append(
            PlanSlot(
                position=position,
                period=slot.key,
                start_on=start,
                nominal_due_on=nominal,
                due_on=_shifted(nominal, start, calendar, direction=direction),
                target=schedule.target_of(position),
            )
        )
    return slots


def reschedule(item: PlanItem, *, calendar: Calendar, year: int) -> bool:
    """Put the item's slots on the workdays that are known now; whether any date moved.

    The words and their nominal dates stay: only rest days and make-up days may have been announced.
    """
    kept = tuple(Slot(slot.period, slot.start_on, slot.nominal_due_on) for slot in item.slots)
    schedule = Schedule(item.phrase, Kind(item.kind), item.reading, kept)
    moved = False
    for slot, now in zip(
        item.slots, build_slots(schedule, calendar=calendar, shift=item.shift, year=year), strict=True
    ):
        for name in ("start_on", "nominal_due_on", "due_on"):
            if getattr(slot, name) != getattr(now, name):
                setattr(slot, name, getattr(now, name))
                moved = True
    return moved


def _shifted(nominal: date | None, start: date | None, calendar: Calendar, *, direction: str) -> date | None:
    """The due date on a workday, never before the slot's own start (每月3日前 after a New Year's break)."""
    if nominal is None:
        return None
    due = calendar.shift(nominal, direction)
    return calendar.later(nominal) if start is not None and due < start else due


def dates_of(kind: Kind, slot: Slot, calendar: Calendar, year: int) -> tuple[date | None, date | None]:
    """Start and nominal due date of a slot; a holiday's slot ends on the workday before the break."""
    if kind != Kind.HOLIDAY:
        return slot.start, slot.due
    off = calendar.statutory_break(year, slot.key.partition("-")[2])
    if off is None:
        return slot.start, slot.due
    due = calendar.add(off[0], -1)
    return calendar.add(due, -4), due


def renewed(present: Sequence[Row], wanted: Sequence[Row], *, identity: Sequence[str]) -> list[Row]:
    """The wanted rows, those that are there already changed instead of replaced.

    Additions are written before deletions, so a row of the same identity must not be both.
    """
    known = {tuple(getattr(row, name) for name in identity): row for row in present}
    return [
        _as(wanted_row, known.get(tuple(getattr(wanted_row, name) for name in identity)))
        for wanted_row in wanted
    ]


def _as(wanted: Row, present: Row | None) -> Row:
    if present is None:
        return wanted
    for column in wanted.__table__.columns:
        if column.key not in {"id", "plan_item_id"}:
            setattr(present, column.key, getattr(wanted, column.key))
    return present


def unresolved_words(item: PlanItem) -> Sequence[tuple[str, str]]:
    """The (column, words) pairs of an item's owner note."""
    pairs = [part.partition(":") for part in item.owner_note.split("；") if part]
    return [(column, words) for column, _, words in pairs]
