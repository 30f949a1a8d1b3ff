"""What the digest says around its parts in each language: subject, five lines, morning list, what to do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from models.messages import Lang, catalogue, say
from notifications.telling import Part
from notifications.wording import day, names, period, quoted

_Facts = Mapping[str, Any]
#: Most counts that a subject names.
_COUNTS = 4
#: What the reader is asked to answer, by what calls for it; what is to be done says the letter itself.
_ANSWERS = (
    ("todo_escalated", frozenset({"overseen", "escalated"})),
    ("todo_absent", frozenset({"absent", "alone"})),
    ("todo_overdue", frozenset({"overdue"})),
    ("todo_done", frozenset({"due_today", "due_soon", "returned", "opened", "acting"})),
    ("todo_extension", frozenset({"due_soon", "opened", "acting"})),
    ("todo_silent", frozenset({"silent"})),
    ("todo_forms", frozenset({"collection_asked", "collection_chased"})),
    ("todo_gaps", frozenset({"collection_gaps"})),
    ("todo_contribution", frozenset({"contribution_asked"})),
    ("todo_changed", frozenset({"plan_changed"})),
    ("todo_read", frozenset({"approval_copied"})),
    ("todo_locked", frozenset({"approval_locked"})),
)
#: The colour of a part's label.
_COLOURS: Mapping[str, str] = {
    Part.GUARDED: "red",
    Part.ESCALATED: "red",
    Part.OVERDUE: "red",
    Part.DUE: "orange",
    Part.SOON: "blue",
    Part.SILENT: "blue",
    Part.FORMS: "orange",
    Part.GAPS: "orange",
    Part.RETURNED: "orange",
    Part.NEW: "blue",
    Part.CHANGED: "orange",
    Part.DECIDED: "green",
}
#: Lights that a subject names.
_ALARMING = ("red", "orange")


def filters(lang: Lang) -> dict[str, Callable[..., Any]]:
    """The filters of the digest's templates, bound to one language."""
    words = _Words(lang)
    return {
        "digest_subject": words.subject,
        "digest_todo": words.todo,
        "brief_lights": words.lights,
        "brief_trend": words.trend,
        "brief_due": words.due,
        "brief_decisions": words.decisions,
        "brief_worst": words.worst,
        "morning_row": words.morning_row,
        "digest_say": words.say,
        "digest_title": words.title,
        "digest_unit": words.unit,
        "digest_colour": _colour,
    }


def _calls(part: _Facts) -> str:
    """What a part calls for: its letter, and for an absence what the reader has to do with it."""
    facts = part["facts"]
    if part["letter"] != "absence" or facts["role"] == "back":
        return str(part["letter"])
    if facts["role"] == "acting":
        return "acting" if facts["works"] else ""
    return "" if facts["acting"] else "alone"


def _colour(part: _Facts) -> str:
    return _COLOURS.get(part["part"], "grey")


def digest_of_one(letter: str, facts: _Facts) -> dict[str, object]:
    """The facts of a digest that holds this part and nothing else."""
    from notifications.parts import lines  # noqa: PLC0415  # only previews and tests ask for it

    count = facts["total"] if "rows" in facts else 1
    part = {"letter": letter, "part": str(lines()[letter].part), "count": count, "facts": dict(facts)}
    shared = {
        key: facts[key] for key in ("person", "on_behalf", "coordinator", "bureau", "today") if key in facts
    }
    return {
        **shared,
        "day": facts["today"],
        "brief": None,
        "morning": None,
        "waiting": {"count": 0, "rows": [], "more": 0},
        "parts": [part],
    }


class _Words:
    def __init__(self, lang: Lang) -> None:
        self._lang = lang
        self._day = partial(day, lang=lang)
        self._short = partial(day, lang=lang, short=True)

    def say(self, key: str, /, **facts: object) -> str:
        """A sentence of the digest's section of the catalogue."""
        return say(f"digest.{key}", self._lang, **facts)

    def title(self, part: _Facts) -> str:
        """What stands over a part: a sentence of its own, else the letter's name."""
        key = f"digest_title.{part['letter']}"
        text = say(key if key in catalogue(self._lang) else f"letter.{part['letter']}", self._lang)
        return text[:1].upper() + text[1:]

    def unit(self, part: _Facts) -> str:
        """The measure word for the count of a part."""
        return self.say("unit_paper" if part["letter"].startswith("approval_") else "unit_work")

    def subject(
        self, parts: Sequence[_Facts], waiting: int, brief: _Facts | None, morning: _Facts | None
    ) -> str:
        """The most urgent thing first, then how much there is of what."""
        counts = Counter[str]()
        for one in parts:
            counts[one["part"]] += one["count"]
        said = [self.say(f"count_{part}", count=counts[part]) for part in Part if counts[part]][:_COUNTS]
        tag = self.say(f"tag_{next(part for part in Part if counts[part])}") if said else ""
        if sum(counts.values()) == 1:
            said = [self._single(parts[0]["letter"], parts[0]["facts"])]
        if not said and brief:
            tag, said = self.say("tag_brief"), [self._alarm(brief)]
        if not said and morning and not waiting:
            tag = self.say("tag_morning")
        more = [self.say("count_decision", count=waiting)] if waiting else []
        more += [self.say("count_morning", count=morning["count"])] if morning else []
        whole = [self.say("joint").join(said), *more] if said else more
        return self.say("subject", tag=tag or self.say("tag_decision"), words=self.say("comma").join(whole))

    def _single(self, letter: str, facts: _Facts) -> str:
        """The one thing that a digest is about."""
        if letter == "absence":
            return self._absence(facts)
        if letter == "progress":
            month = period(facts["period"], lang=self._lang)
            total = facts["total"]
            return self.say("single_progress", period=month, rate=total["rate"], open=total["open"])
        row = facts["rows"][0]
        said: dict[str, object] = {"title": quoted(row["title"])}
        said |= {key: row[key] for key in ("late", "open") if key in row}
        said |= {key: self._short(row[key]) for key in ("due", "until") if row.get(key)}
        if letter == "approval_decided":
            said["status"] = say(f"approval_letter.status_{row['status']}", self._lang)
        return self.say(f"single_{letter}", **said)

    def _absence(self, facts: _Facts) -> str:
        """Who is away or back, as the reader has to do with it."""
        alone = "_alone" if facts["role"] in {"self", "head"} and not facts["acting"] else ""
        said = {key: facts[key] for key in ("absent", "acting", "kind")}
        return self.say(f"single_absence_{facts['role']}{alone}", start=self._short(facts["from"]), **said)

    def _alarm(self, brief: _Facts) -> str:
        found = [
            self.say(f"alarm_{one['light']}", count=one["count"])
            for one in brief["lights"]
            if one["light"] in _ALARMING and one["count"]
        ]
        return self.say("joint").join(found) or self.say("alarm_none", count=brief["open"])

    def todo(self, parts: Sequence[_Facts], waiting: int, morning: _Facts | None) -> list[str]:
        """What the reader is asked to answer, a sentence each; none where nothing is to be answered."""
        found = {_calls(one) for one in parts}
        keys = ["todo_decision"] if waiting else []
        keys += [key for key, letters in _ANSWERS if found & letters]
        keys += ["todo_morning"] if morning else []
        return [self.say(key) for key in keys]

    def lights(self, brief: _Facts) -> list[tuple[str, str]]:
        """Each light that is on with its count: the light's key and the words."""
        return [
            (one["light"], self.say(f"light_{one['light']}", count=one["count"]))
            for one in brief["lights"]
            if one["count"]
        ]

    def trend(self, brief: _Facts) -> str:
        """What became more and less against a week ago."""
        changes = [
            self.say(
                "more" if one["count"] > one["before"] else "less",
                light=say(f"light.{one['light']}", self._lang),
                count=abs(one["count"] - one["before"]),
            )
            for one in brief["lights"]
            if one["count"] != one["before"]
        ]
        since = self._short(brief["since"])
        if not changes:
            return self.say("trend_same", since=since)
        return self.say("trend", since=since, changes=self.say("joint").join(changes))

    def worst(self, brief: _Facts) -> str:
        """The longest overdue by title, owner and days."""
        found = [
            self.say(
                "worst",
                star="★" if row["key"] else "",
                title=quoted(row["title"]),
                owner=row["owner"] or row["unit"],
                late=row["late"],
            )
            for row in brief["worst"]
        ]
        return self.say("semicolon").join(found) or self.say("worst_none")

    def due(self, brief: _Facts) -> str:
        """What is due in the rest of the week."""
        due = brief["due"]
        key = "week" if not due["key"] else "week_key"
        return self.say(key if due["count"] else "week_none", count=due["count"], key=due["key"])

    def decisions(self, brief: _Facts) -> str:
        """What waits for the reader's decision, by title."""
        decisions = brief["decisions"]
        if not decisions["count"]:
            return self.say("decisions_none")
        titles = names(decisions["titles"], lang=self._lang)
        key = "decisions_more" if decisions["count"] > len(decisions["titles"]) else "decisions"
        return self.say(key, count=decisions["count"], titles=titles)

    def morning_row(self, row: _Facts, kind: str) -> str:
        """A line of the morning list."""
        facts = dict(row)
        for key in ("due", "on", "since"):
            if facts.get(key):
                facts[key] = self._short(str(facts[key]))
        if "letter" in facts:
            facts["letter"] = say(f"letter.{facts['letter']}", self._lang)
        if kind == "unowned" and not row["due"]:
            kind = "unowned_undated"
        return self.say(f"row_{kind}", **facts)
