"""The lives of plans and work items: what the tables do not have is refused."""

from __future__ import annotations

import itertools

import pytest

from models.errors import RefusedError
from models.lifecycle import (
    OPEN_STATES,
    PLAN_TRANSITIONS,
    TRANSITIONS,
    Action,
    PlanState,
    State,
    after,
    plan_after,
)
from models.messages import Lang, say

PLAN_ACTIONS = ("submit", "approve", "return", "activate", "supersede")


@pytest.mark.parametrize(("state", "action"), list(itertools.product(State, Action)))
def test_a_step_of_work_is_in_the_table_or_refused(state: State, action: Action) -> None:
    if (state, action) in TRANSITIONS:
        assert after(state, action) is TRANSITIONS[state, action]
        return

    with pytest.raises(RefusedError) as refused:
        after(state, action)

    assert refused.value.code == "work_transition"


@pytest.mark.parametrize(("state", "action"), list(itertools.product(PlanState, PLAN_ACTIONS)))
def test_a_step_of_a_plan_is_in_the_table_or_refused(state: PlanState, action: str) -> None:
    if (state, action) in PLAN_TRANSITIONS:
        assert plan_after(state, action) is PLAN_TRANSITIONS[state, action]
        return

    with pytest.raises(RefusedError) as refused:
        plan_after(state, action)

    assert refused.value.code == "plan_transition"


def test_every_state_is_reached_and_every_action_used() -> None:
    reached = set(TRANSITIONS.values()) | {State.SCHEDULED}

    assert reached == set(State)
    assert {action for _, action in TRANSITIONS} == set(Action)
    assert set(PLAN_TRANSITIONS.values()) | {PlanState.DRAFT} == set(PlanState)


def test_nothing_leaves_a_cancelled_item_and_only_a_return_a_closed_one() -> None:
    leaving = {(state, action) for state, action in TRANSITIONS if state not in OPEN_STATES}

    assert leaving == {(State.CLOSED, Action.RETURN)}


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_state_and_action_has_a_word(lang: Lang) -> None:
    words = [say(f"state.{state}", lang) for state in State]
    words += [say(f"plan_state.{state}", lang) for state in PlanState]
    words += [say(f"action.{action}", lang) for action in [*Action, *PLAN_ACTIONS]]

    assert all(words)


def test_a_refused_step_is_told_in_the_readers_words() -> None:
    with pytest.raises(RefusedError) as refused:
        after(State.CLOSED, Action.ACCEPT)

    assert refused.value.sentence("zh") == "任务当前为“已销号”状态，不能执行“签收”。"
