"""Every table, registered: who imports one of them knows them all."""

from models.tables.approvals import (
    Approval,
    ApprovalCommand,
    ApprovalDefinition,
    ApprovalReader,
    ApprovalRefusal,
    ApprovalSeat,
    ApprovalStep,
)
from models.tables.documents import Figure, Publication
from models.tables.events import Cursor, Event
from models.tables.inspections import Finding, Inspection
from models.tables.notices import Notice
from models.tables.organisation import Absence, Person, Post, Unit
from models.tables.plans import Item, Plan, PlanItem, PlanSlot, Responsible
from models.tables.work import Evidence, Feedback, Reminder, WorkItem

__all__ = [
    "Absence",
    "Approval",
    "ApprovalCommand",
    "ApprovalDefinition",
    "ApprovalReader",
    "ApprovalRefusal",
    "ApprovalSeat",
    "ApprovalStep",
    "Cursor",
    "Event",
    "Evidence",
    "Feedback",
    "Figure",
    "Finding",
    "Inspection",
    "Item",
    "Notice",
    "Person",
    "Plan",
    "PlanItem",
    "PlanSlot",
    "Post",
    "Publication",
    "Reminder",
    "Responsible",
    "Unit",
    "WorkItem",
]
