"""The lives of plans and work items: what the tables do not have is refused."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.errors import RefusedError
from models.lifecycle import (
    DONE_STATES,
    LIFE,
    MOVABLE_STATES,
    OPEN_STATES,
    OWED_STATES,
    PLAN_TRANSITIONS,
    TRANSITIONS,
    UNTOUCHED_STATES,
    Action,
    Party,
    PlanState,
    Stage,
    State,
    after,
    plan_after,
)
from models.messages import Lang, say

PLAN_ACTIONS = ("submit", "approve", "return", "activate", "supersede")


def reached_from(state: State) -> set[State]:
    """Every state that some steps lead to, itself included."""
    found, grown = {state}, True
    while grown:
        more = {target for (source, _), target in TRANSITIONS.items() if source in found} - found
        found |= more
        grown = bool(more)
    return found


def sources_of(*actions: Action) -> set[State]:
    return {state for state, action in TRANSITIONS if action in actions}


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


def test_a_state_and_an_action_have_one_target() -> None:
    written = [(source, line.action) for line in LIFE for source in line.sources]

    assert len(written) == len(set(written)) == len(TRANSITIONS)


@given(st.lists(st.sampled_from(Action), max_size=60))
def test_no_walk_leaves_the_table(actions: list[Action]) -> None:
    here = State.SCHEDULED
    for action in actions:
        if (here, action) not in TRANSITIONS:
            with pytest.raises(RefusedError):
                after(here, action)
            continue
        was, here = here, after(here, action)
        assert here in State
        if was in DONE_STATES and here not in DONE_STATES:
            assert (was, action, here) == (State.CLOSED, Action.RETURN, State.RETURNED)
        assert was is not State.ARCHIVED
        if here is State.ARCHIVED:
            assert was is State.CLOSED


def test_every_state_is_reached_and_every_action_used() -> None:
    assert reached_from(State.SCHEDULED) == set(State)
    assert {line.action for line in LIFE} == set(Action)
    assert [line.target for line in LIFE if not line.sources] == [State.SCHEDULED]
    assert set(PLAN_TRANSITIONS.values()) | {PlanState.DRAFT} == set(PlanState)


@pytest.mark.parametrize("state", OPEN_STATES)
def test_whatever_is_open_can_still_be_closed_and_filed(state: State) -> None:
    assert {State.CLOSED, State.ARCHIVED} <= reached_from(state)


def test_what_is_filed_changes_no_more() -> None:
    assert not [action for state, action in TRANSITIONS if state is State.ARCHIVED]
    assert reached_from(State.ARCHIVED) == {State.ARCHIVED}


def test_a_cancelled_item_is_only_revived_and_a_closed_one_only_returned_or_filed() -> None:
    leaving = {
        (state, action)
        for (state, action), target in TRANSITIONS.items()
        if state not in OPEN_STATES and target is not state
    }

    assert leaving == {
        (State.CLOSED, Action.RETURN),
        (State.CLOSED, Action.ARCHIVE),
        (State.CANCELLED, Action.REVIVE),
    }


def test_the_sets_of_states_say_what_the_table_says() -> None:
    assert set(OWED_STATES) == sources_of(Action.SUBMIT) == sources_of(Action.URGE, Action.EXTEND)
    assert set(MOVABLE_STATES) == sources_of(Action.CANCEL)
    assert set(UNTOUCHED_STATES) == sources_of(Action.ASSIGN, Action.ACCEPT)
    assert set(OPEN_STATES) == sources_of(Action.ASSIGN, Action.SUBMIT, Action.CLOSE)
    assert set(DONE_STATES) == set(State) - set(OPEN_STATES) - {State.CANCELLED}


def test_the_table_follows_the_chain_and_says_who_may() -> None:
    stages = [line.stage for line in LIFE]

    assert list(dict.fromkeys(stages)) == list(Stage)
    assert stages == sorted(stages, key=list(Stage).index)
    assert all(line.by for line in LIFE)
    assert {party for line in LIFE for party in line.by} == set(Party)


def test_supporting_units_have_no_vote_on_closing() -> None:
    theirs = {line.action for line in LIFE if Party.SUPPORTING in line.by}

    assert theirs == {Action.CONTRIBUTE, Action.ATTACH}


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_word_of_the_table_is_in_the_catalogue(lang: Lang) -> None:
    words = [say(f"state.{state}", lang) for state in State]
    words += [say(f"plan_state.{state}", lang) for state in PlanState]
    words += [say(f"action.{action}", lang) for action in PLAN_ACTIONS]
    words += [say(f"work_action.{action}", lang) for action in Action]
    words += [say(f"stage.{stage}", lang) for stage in Stage]
    words += [say(f"party.{party}", lang) for party in Party]

    assert all(words)


def test_a_refused_step_is_told_in_the_readers_words() -> None:
    with pytest.raises(RefusedError) as refused:
        after(State.CLOSED, Action.ACCEPT, 17)

    assert refused.value.sentence("zh") == (
        "任务 17 当前为“已销号”状态，不能执行“签收”。各状态可办理的环节：duban work diagram"
    )
