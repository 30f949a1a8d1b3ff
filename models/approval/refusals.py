"""Named refusals: why a command or a code is not taken. What is refused changes nothing."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from models.errors import RefusedError


class Refusal(StrEnum):
    """The names. The sentence of each is `error.approval_<value>` of the catalogues."""

    #: `by` holds no open seat here, nor acts for who does. Facts: `person`.
    NOT_ASSIGNEE = "not_assignee"
    #: Facts: `by`, `at` (instant).
    ALREADY_DECIDED = "already_decided"
    #: 依次: somebody signs before. Facts: `person` (whose turn it is).
    NOT_YOUR_TURN = "not_your_turn"
    #: A signer was added before and has not signed. Facts: `person`.
    WAITING_FOR_PRE_SIGN = "waiting_for_pre_sign"
    #: Advice was asked for and has not come. Facts: `person`.
    WAITING_FOR_ADVICE = "waiting_for_advice"
    #: The person holds several open seats: which one? Facts: `choices`.
    WHICH_SEAT = "which_seat"
    NO_SUCH_SEAT = "no_such_seat"
    COMMENT_REQUIRED = "comment_required"
    #: The initiator withdraws after a decision. Facts: `by`, `at`.
    TOO_LATE = "too_late"
    NOT_INITIATOR = "not_initiator"
    NOT_ADMIN = "not_admin"
    FINISHED = "finished"
    NOT_RUNNING = "not_running"
    ALREADY_RUNNING = "already_running"
    SUSPENDED = "suspended"
    NOT_SUSPENDED = "not_suspended"
    #: Facts: `target`.
    TARGET_NOT_UPSTREAM = "target_not_upstream"
    NO_SUCH_STEP = "no_such_step"
    TARGET_NOT_HUMAN = "target_not_human"
    NOT_VISITED = "not_visited"
    #: Facts: `by`.
    SUCCESSOR_ACTED = "successor_acted"
    NOTHING_TO_TAKE_BACK = "nothing_to_take_back"
    SAME_USER = "same_user"
    NO_SUCH_USER = "no_such_user"
    #: Facts: `person`.
    USER_DISABLED = "user_disabled"
    ALREADY_SEATED = "already_seated"
    NOT_SEATED = "not_seated"
    LAST_SEAT = "last_seat"
    BELOW_NEED = "below_need"
    NOT_ADDED_BY_YOU = "not_added_by_you"
    TOO_DEEP = "too_deep"
    MODE_FORBIDS = "mode_forbids"
    ADVICE_ONLY = "advice_only"
    SELF_APPROVAL = "self_approval"
    #: Facts: `step`.
    NOBODY_TO_DECIDE = "nobody_to_decide"
    #: Facts: `at` (date).
    URGED_ALREADY = "urged_already"
    NOTHING_TO_URGE = "nothing_to_urge"
    NOT_INVOLVED = "not_involved"
    NOT_A_READER = "not_a_reader"
    #: Facts: `steps`.
    NODE_GONE = "node_gone"
    #: The same key came with another command.
    KEY_REUSED = "key_reused"
    #: Facts: `field`, `why`.
    BAD_INPUT = "bad_input"
    #: No code of this approval.
    WRONG_CODE = "wrong_code"
    #: Facts: `at` (instant).
    CODE_EXPIRED = "code_expired"
    #: Facts: `at` (instant).
    CODE_USED = "code_used"
    #: Another code was sent to the same person since. Facts: `at` (instant).
    CODE_REPLACED = "code_replaced"
    #: Too many wrong codes. Facts: `until` (instant).
    CODE_LOCKED = "code_locked"


@dataclass(frozen=True)
class PersonFact:
    """A person in the facts of a refusal; the shell puts the name in its place."""

    id: int


class ApprovalRefusedError(RefusedError):
    """A command that was not taken; `refusal` is its name, `facts` what its sentence needs."""

    def __init__(self, refusal: Refusal, /, **facts: object) -> None:
        """Remember the name beside the sentence's code."""
        self.refusal = refusal
        super().__init__(f"approval_{refusal}", **facts)


def refuse(refusal: Refusal, /, **facts: object) -> ApprovalRefusedError:
    """The refusal, ready to be raised."""
    return ApprovalRefusedError(refusal, **facts)
