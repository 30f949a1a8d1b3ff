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
from models.tables.collections import Collection, HandIn
from models.tables.documents import Figure, Publication
from models.tables.events import Cursor, Event
from models.tables.inspections import Finding, Inspection
from models.tables.notices import AddressTrouble, Bounce, Entry, MailPreference, MailServer, Notice
from models.tables.orders import ApprovalCode, Gate, Order, SlipNumber
from models.tables.organisation import Absence, Person, Post, Unit
from models.tables.plans import Item, Plan, PlanItem, PlanSlot, Responsible
from models.tables.work import (
    LOOK_NOW,
    Activity,
    Contribution,
    Evidence,
    Extension,
    Feedback,
    LightChange,
    Reminder,
    WorkChange,
    WorkdayCount,
    WorkItem,
)

__all__ = [
    "LOOK_NOW",
    "Absence",
    "Activity",
    "AddressTrouble",
    "Approval",
    "ApprovalCode",
    "ApprovalCommand",
    "ApprovalDefinition",
    "ApprovalReader",
    "ApprovalRefusal",
    "ApprovalSeat",
    "ApprovalStep",
    "Bounce",
    "Collection",
    "Contribution",
    "Cursor",
    "Entry",
    "Event",
    "Evidence",
    "Extension",
    "Feedback",
    "Figure",
    "Finding",
    "Gate",
    "HandIn",
    "Inspection",
    "Item",
    "LightChange",
    "MailPreference",
    "MailServer",
    "Notice",
    "Order",
    "Person",
    "Plan",
    "PlanItem",
    "PlanSlot",
    "Post",
    "Publication",
    "Reminder",
    "Responsible",
    "SlipNumber",
    "Unit",
    "WorkChange",
    "WorkItem",
    "WorkdayCount",
]
