"""The lives of plans and work items, as tables: whatever is not in them is refused."""

from __future__ import annotations

from enum import StrEnum

from models.errors import RefusedError, Term


class PlanState(StrEnum):
    """States of a plan version."""

    #: Imported; the coordinator confirms and corrects.
    DRAFT = "draft"
    #: Waits for the approver.
    SUBMITTED = "submitted"
    #: Sent back by the approver; may be submitted again.
    RETURNED = "returned"
    #: Approved, not yet expanded into work items.
    APPROVED = "approved"
    #: In force.
    ACTIVE = "active"
    #: A newer version is in force, or was imported before this one was approved.
    SUPERSEDED = "superseded"


class State(StrEnum):
    """States of a work item. Late is not a state: it is a light."""

    #: Expanded from the plan; nobody was told yet.
    SCHEDULED = "scheduled"
    #: Its owner was told (交办).
    ASSIGNED = "assigned"
    #: Its owner signed for it (签收).
    ACCEPTED = "accepted"
    #: Reported as done (报结), waits for review.
    SUBMITTED = "submitted"
    #: Sent back to the owner (退回).
    RETURNED = "returned"
    #: Done and crossed off (销号).
    CLOSED = "closed"
    #: Dropped, with a reason.
    CANCELLED = "cancelled"


class Action(StrEnum):
    """What is done to a work item."""

    ASSIGN = "assign"
    ACCEPT = "accept"
    FEEDBACK = "feedback"
    SUBMIT = "submit"
    CLOSE = "close"
    RETURN = "return"
    CANCEL = "cancel"
    #: The owner takes the report back before it was decided on.
    WITHDRAW = "withdraw"


#: States in which a work item is still owed.
OPEN_STATES = (State.SCHEDULED, State.ASSIGNED, State.ACCEPTED, State.SUBMITTED, State.RETURNED)

TRANSITIONS: dict[tuple[State, Action], State] = {
    (State.SCHEDULED, Action.ASSIGN): State.ASSIGNED,
    (State.ASSIGNED, Action.ACCEPT): State.ACCEPTED,
    # A report is also a signature: who reports has taken the work on.
    (State.ASSIGNED, Action.FEEDBACK): State.ACCEPTED,
    (State.ACCEPTED, Action.FEEDBACK): State.ACCEPTED,
    (State.RETURNED, Action.FEEDBACK): State.RETURNED,
    (State.ASSIGNED, Action.SUBMIT): State.SUBMITTED,
    (State.ACCEPTED, Action.SUBMIT): State.SUBMITTED,
    (State.RETURNED, Action.SUBMIT): State.SUBMITTED,
    (State.SUBMITTED, Action.CLOSE): State.CLOSED,
    (State.SUBMITTED, Action.RETURN): State.RETURNED,
    (State.CLOSED, Action.RETURN): State.RETURNED,
    (State.SUBMITTED, Action.WITHDRAW): State.ACCEPTED,
    (State.SCHEDULED, Action.CANCEL): State.CANCELLED,
    (State.ASSIGNED, Action.CANCEL): State.CANCELLED,
    (State.ACCEPTED, Action.CANCEL): State.CANCELLED,
    (State.RETURNED, Action.CANCEL): State.CANCELLED,
}

PLAN_TRANSITIONS: dict[tuple[PlanState, str], PlanState] = {
    (PlanState.DRAFT, "submit"): PlanState.SUBMITTED,
    (PlanState.RETURNED, "submit"): PlanState.SUBMITTED,
    (PlanState.SUBMITTED, "approve"): PlanState.APPROVED,
    (PlanState.SUBMITTED, "return"): PlanState.RETURNED,
    (PlanState.SUBMITTED, "withdraw"): PlanState.DRAFT,
    (PlanState.APPROVED, "activate"): PlanState.ACTIVE,
    (PlanState.DRAFT, "supersede"): PlanState.SUPERSEDED,
    (PlanState.RETURNED, "supersede"): PlanState.SUPERSEDED,
    (PlanState.SUBMITTED, "supersede"): PlanState.SUPERSEDED,
    (PlanState.APPROVED, "supersede"): PlanState.SUPERSEDED,
    (PlanState.ACTIVE, "supersede"): PlanState.SUPERSEDED,
}


def after(state: State, action: Action) -> State:
    """The state in which `action` leaves a work item. Raises RefusedError if it is not allowed."""
    try:
        return TRANSITIONS[state, action]
    except KeyError as error:
        terms = {"state": Term(f"state.{state}"), "action": Term(f"action.{action}")}
        raise RefusedError("work_transition", **terms) from error


def plan_after(state: PlanState, action: str) -> PlanState:
    """The same for plan versions."""
    try:
        return PLAN_TRANSITIONS[state, action]
    except KeyError as error:
        terms = {"state": Term(f"plan_state.{state}"), "action": Term(f"action.{action}")}
        raise RefusedError("plan_transition", **terms) from error
