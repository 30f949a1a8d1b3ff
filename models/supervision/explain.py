"""Why a work item shows its light, in one sentence with the numbers that the rule used."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from models.messages import Lang, say
from models.supervision.facts import Asked, Light
from models.supervision.judge import Verdict
from models.supervision.read import shipped
from models.supervision.rules import Compared, Condition, Flag, LightRule, OneOf, Supervision

_DAY = timedelta(days=1)


def explain(verdict: Verdict, table: Supervision, lang: Lang, *, on: date, changed: bool = False) -> str:
    """The sentence for a verdict of the day `on`; `table` are the rules of that day.

    Where the light `changed` on that day, the sentence says since when it shines.

    Shipped rules have a sentence each, also with other thresholds; a rule that the bureau wrote itself
    is told by its conditions.
    """
    rule = table.rule(verdict.rule)
    facts = _facts(verdict, lang, on) | {"shown": _shown(verdict.light, lang, on if changed else None)}
    if rule is not None and _worded(rule):
        thresholds = {one.asked.value: f"{one.number:g}" for one in rule.when if isinstance(one, Compared)}
        return say(f"light_rule.{rule.key}", lang, **(thresholds | facts))
    reasons = list(_reasons(rule, verdict, lang)) if rule is not None else []
    if not reasons:
        return say("light_rule.own_plain", lang, rule=verdict.rule, shown=facts["shown"])
    told = ("，" if lang == "zh" else ", ").join(reasons)
    return say("light_rule.own", lang, rule=verdict.rule, reasons=told, shown=facts["shown"])


def day_words(day: date, lang: Lang, beside: date) -> str:
    """A day as one says it, with its year where that is not the year of the day `beside`."""
    year = day.year != beside.year
    if lang == "zh":
        return f"{f'{day.year}年' if year else ''}{day.month}月{day.day}日"
    return f"{day.day} {day:%B}{f' {day.year}' if year else ''}"


def _worded(rule: LightRule) -> bool:
    """Whether the rule is a shipped one, its thresholds aside."""
    known = shipped().rule(rule.key)
    return known is not None and _shape(known) == _shape(rule)


def _shape(rule: LightRule) -> set[Condition]:
    return {one._replace(number=0) if isinstance(one, Compared) else one for one in rule.when}


def _shown(light: str, lang: Lang, since: date | None) -> str:
    """That the light shines, and since when."""
    waits = "waiting_" if light == Light.WAITING.value else ""
    word = say(f"light.{light}", lang)
    if since is None:
        return say(f"light_shown.{waits}now", lang, light=word)
    return say(f"light_shown.{waits}since", lang, light=word, day=day_words(since, lang, since))


def _facts(verdict: Verdict, lang: Lang, on: date) -> dict[str, object]:
    numbers = verdict.numbers
    due = numbers.due_on
    return {
        "due": "" if due is None else day_words(due, lang, on),
        "closed": "" if due is None else day_words(due + numbers.days_late * _DAY, lang, on),
        "late": numbers.days_late,
        "left": _left(numbers.workdays_left, lang),
        "silent": numbers.days_silent,
        "behind_by": _number(numbers.behind),
        "done": _number(numbers.done),
        "target": _number(numbers.target),
    }


def _reasons(rule: LightRule, verdict: Verdict, lang: Lang) -> Iterator[str]:
    """The conditions of a rule with the numbers that met them."""
    numbers = verdict.numbers
    measured = {
        Asked.TARGET: numbers.target,
        Asked.WORKDAYS_LEFT: numbers.workdays_left,
        Asked.DAYS_LATE: numbers.days_late,
        Asked.BEHIND: numbers.behind,
        Asked.DAYS_SILENT: numbers.days_silent,
    }
    for one in rule.when:
        key = f"light_reason.{one.asked.value}"
        if isinstance(one, Compared):
            number = _number(measured[one.asked])
            yield say(key, lang, number=number, sign=one.sign.value, threshold=f"{one.number:g}")
        elif isinstance(one, Flag):
            yield say(key, lang, value=say(f"light_reason.{'yes' if one.wanted else 'no'}", lang))
        elif isinstance(one, OneOf):
            words = [say(f"state.{word}", lang) if one.asked is Asked.STATE else word for word in one.words]
            yield say(key, lang, value="/".join(words))


def _left(workdays: int | None, lang: Lang) -> str:
    return say("light_left.days" if workdays else "light_left.today", lang, left=workdays)


def _number(number: float | None) -> str:
    return "-" if number is None else f"{round(number, 1):g}"
