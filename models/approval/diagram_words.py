"""What diagrams say of a step: who decides, how, under which condition, until when, and how it stands."""

from __future__ import annotations

from models.approval.definition import (
    END,
    INITIATOR,
    PREVIOUS,
    Comparison,
    Condition,
    Definition,
    FactValue,
    Mode,
    Rejection,
    Step,
    Who,
    WhoKind,
)
from models.approval.path_taken import Signature, Stage, StepPath
from models.messages import Lang, catalogue, say


def name_of(one: Step | Definition, lang: Lang) -> str:
    """What papers call a step or definition."""
    return one.name.get(lang) or one.name.get("zh", "")


def who_words(who: Who, lang: Lang) -> str:
    """A rule that names people, in words."""
    match who.kind:
        case WhoKind.FIRST | WhoKind.EVERY:
            joiner = say(f"approval_who.{who.kind}_joiner", lang)
            return joiner.join(who_words(part, lang) for part in who.parts)
        case WhoKind.POST if who.unit and not who.value.startswith(who.unit):
            return say("approval_who.post_in_unit", lang, value=who.value, unit=who.unit)
        case WhoKind.CHOSEN | WhoKind.SETTING:
            value = catalogue(lang).get(f"approval_choice.{who.value}", who.value)
            return say(f"approval_who.{who.kind}", lang, value=value)
        case _:
            return say(f"approval_who.{who.kind}", lang, value=who.value)


def condition_words(condition: Condition, lang: Lang) -> str:
    """A condition, in words."""
    joiner = say("approval_diagram.and", lang)
    return joiner.join(_comparison_words(one, lang) for one in condition.comparisons)


def _comparison_words(one: Comparison, lang: Lang) -> str:
    values = one.value if isinstance(one.value, tuple) else (one.value,)
    return say(
        f"approval_operator.{one.operator.name.lower()}",
        lang,
        fact=catalogue(lang).get(f"approval_fact.{one.fact}", one.fact),
        value=say("approval_diagram.comma", lang).join(_value_words(value, lang) for value in values),
    )


def _value_words(value: FactValue, lang: Lang) -> str:
    if isinstance(value, bool):
        return say("approval_diagram.yes" if value else "approval_diagram.no", lang)
    return str(value)


def branch_words(condition: Condition | None, lang: Lang) -> str:
    """When a choice takes a branch."""
    if condition is None:
        return say("approval_diagram.otherwise", lang)
    return say("approval_diagram.when", lang, condition=condition_words(condition, lang))


def step_words(step: Step, lang: Lang) -> list[str]:
    """What the definition says of a step, a line each; what goes without saying is not said."""
    lines = [who_words(step.who, lang)]
    if step.mode is not Mode.ALL or step.who.kind is WhoKind.EVERY or step.rejection is Rejection.AFTER_ALL:
        lines.append(_mode_words(step, lang))
    if step.when is not None:
        condition = condition_words(step.when, lang)
        lines.append(say("approval_diagram.only_when", lang, condition=condition))
    if step.deadline is not None:
        lines.append(say("approval_diagram.due", lang, workdays=step.deadline.workdays))
    return lines


def _mode_words(step: Step, lang: Lang) -> str:
    if step.mode is not Mode.VOTE:
        return say(f"approval_mode.{step.mode}", lang)
    if step.need.percent:
        return say("approval_mode.vote_percent", lang, percent=step.need.percent)
    return say("approval_mode.vote_count", lang, count=step.need.count)


def rejection_words(definition: Definition, step: Step, lang: Lang) -> list[str]:
    """Where a rejection leads, if not to the end."""
    if step.rejected in {INITIATOR, PREVIOUS}:
        return [say(f"approval_diagram.to_{step.rejected}", lang)]
    if step.rejected == END:
        return []
    target = definition.by_key[step.rejected]
    return [say("approval_diagram.to_step", lang, name=name_of(target, lang))]


def path_words(path: StepPath, lang: Lang) -> list[str]:
    """How a step of a running approval stands; nothing where it was not reached."""
    if path.stage is Stage.NOT_REACHED:
        return []
    stage = say(f"approval_diagram.{path.stage}", lang)
    if path.round > 1:
        again = say("approval_diagram.round", lang, round=path.round)
        stage = say("approval_diagram.stage_round", lang, stage=stage, round=again)
    comma = say("approval_diagram.comma", lang)
    decided = comma.join(_signature_words(one, lang) for one in path.signatures)
    if path.stage is not Stage.OPEN:
        people = [decided] if decided else []
    else:
        people = [comma.join(path.holders)] if path.holders else []
    words = [say("approval_diagram.decided_by", lang, stage=stage, people=one) for one in people] or [stage]
    if path.stage is Stage.OPEN and decided:
        already = say("approval_diagram.decided", lang)
        words.append(say("approval_diagram.decided_by", lang, stage=already, people=decided))
    return words


def _signature_words(one: Signature, lang: Lang) -> str:
    name = one.name or say("approval_diagram.automatic", lang)
    if not one.instead_of:
        return name
    return say("approval_diagram.instead_of", lang, name=name, absent=one.instead_of)
