"""The lives of plans and work items, as tables: whatever is not in them is refused."""

from __future__ import annotations

from dataclasses import dataclass
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
    #: Filed (归档): nothing changes any more.
    ARCHIVED = "archived"
    #: Dropped, with a reason.
    CANCELLED = "cancelled"


class Stage(StrEnum):
    """The stations of the chain by which bureaus speak of a work item, in order."""

    REGISTRATION = "registration"  # 立项
    ASSIGNMENT = "assignment"  # 交办
    SIGNATURE = "signature"  # 签收
    PROGRESS = "progress"  # 办理/反馈
    URGING = "urging"  # 催办
    REPORT = "report"  # 报结
    REVIEW = "review"  # 审核
    CROSSING_OFF = "crossing_off"  # 销号
    FILING = "filing"  # 归档


class Party(StrEnum):
    """Who may take a step."""

    #: The clock and the flows.
    SYSTEM = "system"
    COORDINATOR = "coordinator"
    #: The owner, who acts for an absent owner, the head of the unit.
    OWNER = "owner"
    #: The head of the unit.
    HEAD = "head"
    #: A supporting unit.
    SUPPORTING = "supporting"
    #: The coordinator, the leader in charge.
    REVIEWER = "reviewer"


class Action(StrEnum):
    """What is done to a work item."""

    #: It comes into being: the plan is expanded, or occasional work is opened.
    REGISTER = "register"
    CANCEL = "cancel"
    #: A newer plan version has it back.
    REVIVE = "revive"
    ASSIGN = "assign"
    #: Somebody else takes it over as it stands, and signs for it anew.
    HAND_OVER = "hand_over"
    ACCEPT = "accept"
    FEEDBACK = "feedback"
    #: A supporting unit contributes.
    CONTRIBUTE = "contribute"
    #: A file that shows what was done is added.
    ATTACH = "attach"
    #: The owner breaks it down into parts with owners and dates of their own.
    SPLIT = "split"
    #: A later due date was asked for, or decided on.
    EXTEND = "extend"
    #: The owner is urged: by the ladder or by hand.
    URGE = "urge"
    SUBMIT = "submit"
    #: The owner takes the report back before it was decided on.
    WITHDRAW = "withdraw"
    RETURN = "return"
    CLOSE = "close"
    ARCHIVE = "archive"


class ExtensionState(StrEnum):
    """What became of a request for a later due date."""

    ASKED = "asked"
    GRANTED = "granted"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True)
class Transition:
    """One line of the table: who may do what in which states, and the state that follows.

    `sources` is empty for the step that brings a work item into being; `target` None leaves the state
    as it is. `via` is a station that the step passes on its way.
    """

    action: Action
    sources: tuple[State, ...]
    target: State | None
    stage: Stage
    by: tuple[Party, ...]
    via: Stage | None = None


#: States in which the owner still has to do something; reported work waits for its reviewer.
OWED_STATES = (State.ASSIGNED, State.ACCEPTED, State.RETURNED)
#: States in which nobody has begun: such work follows the plan when its period or unit goes away.
UNTOUCHED_STATES = (State.SCHEDULED, State.ASSIGNED)
#: States in which changed dates and owners still matter.
MOVABLE_STATES = (State.SCHEDULED, *OWED_STATES)
#: States in which a work item is still owed.
OPEN_STATES = (*MOVABLE_STATES, State.SUBMITTED)
#: States of what was done; filing changes nothing about that.
DONE_STATES = (State.CLOSED, State.ARCHIVED)

#: Who begins and drops work, and who gives it to somebody else.
_PLANNERS = (Party.SYSTEM, Party.REVIEWER)
_OWNER = (Party.OWNER,)

#: The whole life of a work item in the order of its stations. Code, documentation and diagrams are made
#: from it.
LIFE = (
    Transition(Action.REGISTER, (), State.SCHEDULED, Stage.REGISTRATION, (Party.SYSTEM, Party.COORDINATOR)),
    Transition(Action.CANCEL, MOVABLE_STATES, State.CANCELLED, Stage.REGISTRATION, _PLANNERS),
    Transition(Action.REVIVE, (State.CANCELLED,), State.SCHEDULED, Stage.REGISTRATION, (Party.SYSTEM,)),
    Transition(Action.ASSIGN, (State.SCHEDULED,), State.ASSIGNED, Stage.ASSIGNMENT, _PLANNERS),
    Transition(Action.HAND_OVER, OWED_STATES, State.ASSIGNED, Stage.ASSIGNMENT, _PLANNERS),
    # What nobody was told yet, and what waits for its reviewer, only changes its owner.
    Transition(Action.HAND_OVER, (State.SCHEDULED, State.SUBMITTED), None, Stage.ASSIGNMENT, _PLANNERS),
    Transition(Action.ACCEPT, (State.ASSIGNED,), State.ACCEPTED, Stage.SIGNATURE, _OWNER),
    # A report is also a signature: who reports has taken the work on.
    Transition(
        Action.FEEDBACK, (State.ASSIGNED,), State.ACCEPTED, Stage.PROGRESS, _OWNER, via=Stage.SIGNATURE
    ),
    Transition(Action.FEEDBACK, (State.ACCEPTED, State.RETURNED), None, Stage.PROGRESS, _OWNER),
    Transition(Action.CONTRIBUTE, OWED_STATES, None, Stage.PROGRESS, (Party.SUPPORTING,)),
    Transition(
        Action.ATTACH,
        (*OWED_STATES, State.SUBMITTED, State.CLOSED),
        None,
        Stage.PROGRESS,
        (Party.OWNER, Party.SUPPORTING),
    ),
    Transition(Action.SPLIT, (State.ASSIGNED,), State.ACCEPTED, Stage.PROGRESS, _OWNER, via=Stage.SIGNATURE),
    Transition(Action.SPLIT, (State.ACCEPTED,), None, Stage.PROGRESS, _OWNER),
    Transition(Action.EXTEND, OWED_STATES, None, Stage.PROGRESS, (Party.OWNER, Party.REVIEWER)),
    Transition(Action.URGE, OWED_STATES, None, Stage.URGING, (Party.SYSTEM, Party.HEAD, Party.REVIEWER)),
    Transition(Action.SUBMIT, (State.ASSIGNED,), State.SUBMITTED, Stage.REPORT, _OWNER, via=Stage.SIGNATURE),
    Transition(Action.SUBMIT, (State.ACCEPTED, State.RETURNED), State.SUBMITTED, Stage.REPORT, _OWNER),
    Transition(Action.WITHDRAW, (State.SUBMITTED,), State.ACCEPTED, Stage.REPORT, _OWNER),
    Transition(
        Action.RETURN, (State.SUBMITTED, State.CLOSED), State.RETURNED, Stage.REVIEW, (Party.REVIEWER,)
    ),
    # Work without a star passes its review as it is reported.
    Transition(
        Action.CLOSE, (State.SUBMITTED,), State.CLOSED, Stage.CROSSING_OFF, _PLANNERS, via=Stage.REVIEW
    ),
    Transition(Action.ARCHIVE, (State.CLOSED,), State.ARCHIVED, Stage.FILING, (Party.COORDINATOR,)),
)

#: The same, to be looked up: the state that follows.
TRANSITIONS: dict[tuple[State, Action], State] = {
    (source, one.action): one.target or source for one in LIFE for source in one.sources
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


def after(state: State, action: Action, number: int | None = None) -> State:
    """The state in which `action` leaves the work item `number`. Raises RefusedError if it is not allowed."""
    try:
        return TRANSITIONS[state, action]
    except KeyError as error:
        terms = {"state": Term(f"state.{state}"), "action": Term(f"work_action.{action}")}
        named = " " if number is None else f" {number} "
        raise RefusedError("work_transition", id=named, **terms) from error


def plan_after(state: PlanState, action: str) -> PlanState:
    """The same for plan versions."""
    try:
        return PLAN_TRANSITIONS[state, action]
    except KeyError as error:
        terms = {"state": Term(f"plan_state.{state}"), "action": Term(f"action.{action}")}
        raise RefusedError("plan_transition", **terms) from error
