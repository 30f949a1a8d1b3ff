"""What letters say of approvals in each language: how a step decides, why one is asked, what to type."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from models.messages import Lang, say
from notifications.wording import day, names

_Row = Mapping[str, Any]
#: Commands by what waits; a returned approval has none but its own.
_SIGNERS = ("approve", "return", "reject", "transfer")
_ADVISERS = ("advise_yes", "advise_no", "decline")


def filters(lang: Lang) -> dict[str, Callable[..., Any]]:
    """The filters of the letters about approvals, bound to one language."""
    words = _Words(lang)
    return {
        "approval_pieces": words.pieces,
        "approval_why": words.why,
        "approval_label": words.label,
        "approval_urged": words.urged,
        "approval_then": words.then,
        "approval_said": words.said,
        "approval_until": words.until,
        "approval_status": words.status,
        "approval_ended": words.ended,
        "approval_again": words.again,
        "approval_commands": words.commands,
        "approval_read": words.read,
        "approval_brief": words.brief,
        "approval_late": words.late,
        "approval_standing": words.standing,
        "approval_waited": words.waited,
        "approval_earlier": words.earlier,
        "approval_for": words.for_whom,
        "approval_for_in_text": words.for_whom_in_text,
        "approval_stand_ins": words.stand_ins,
    }


class _Words:
    def __init__(self, lang: Lang) -> None:
        self._lang = lang
        self._day = partial(day, lang=lang)
        self._short = partial(day, lang=lang, short=True)

    def _say(self, key: str, /, **facts: object) -> str:
        return say(f"approval_letter.{key}", self._lang, **facts)

    def pieces(self, row: _Row) -> list[str]:
        """The short facts below a title: step, way of deciding, who asked, dates, number."""
        found = [self._say("asked", name=row["asked_by"], day=self._day(row["asked_on"]))]
        if "step" in row:
            found.append(self._say("step", step=row["step"][self._lang]))
        if row.get("seats", 1) > 1 or row.get("need"):
            found.append(
                self._say(f"mode_{row['mode']}", **{k: row[k] for k in ("seats", "approved", "need")})
            )
        if row.get("due"):
            found.append(self.due(row))
        if row.get("plan"):
            plan = row["plan"]
            found.append(
                self._say("plan", **{k: plan[k] for k in ("year", "version", "categories", "total")})
            )
        return [*found, self._say("number", id=row["id"])]

    def brief(self, row: _Row) -> list[str]:
        """The same, for a row among other work."""
        found = [self._say("step", step=row["step"][self._lang]), self._say("asked_by", name=row["asked_by"])]
        found += [self.due(row)] if row["due"] else [self.waited(row)]
        return [*found, self._say("number", id=row["id"])]

    def standing(self, row: _Row) -> list[str]:
        """Who gave the copy, and which steps are being decided."""
        found = [self._say("copied_by", by=row["by"]) if row["by"] else self._say("copied_by_rule")]
        steps = names([one[self._lang] for one in row["steps"]], lang=self._lang)
        return [*found, self._say("step", step=steps)] if steps else found

    def late(self, row: _Row) -> str:
        """The piece of a row that is overdue."""
        return self.due(row) if row.get("late") else ""

    def due(self, row: _Row) -> str:
        """Until when, and how far away that is."""
        key = "late" if row["late"] else ("today" if row["left"] == 0 else "due")
        return self._say(key, day=self._day(row["due"]), late=row["late"], left=row["left"])

    def waited(self, row: _Row) -> str:
        """Since when it waits for the reader."""
        return self._say("waited", day=self._day(row["since"]))

    def for_whom(self, name: str) -> str:
        """For whom the reader acts."""
        return self._say("for_whom", name=name)

    def for_whom_in_text(self, name: str) -> str:
        """The same behind a title."""
        return self._say("for_whom_in_text", name=name)

    def earlier(self, row: _Row) -> str:
        """How many opinions came before those that are shown."""
        return self._say("earlier", count=row["said_before"])

    def stand_ins(self, row: _Row) -> str:
        """Who may decide instead by now."""
        return self._say("stand_ins", names=names(row["stand_ins"], lang=self._lang))

    def label(self, row: _Row) -> str:
        """One word for a row that is no ordinary decision; else nothing."""
        kind = row["kind"]
        return "" if kind == "decide" else self._say(f"label_{kind}")

    def why(self, row: _Row) -> str:
        """How it came to the reader, where it did not just follow the order of the steps."""
        key = f"why_{row['kind']}"
        if row["kind"] == "decide":
            return ""
        if row["kind"] == "transfer" and row["by"] != row["holder"]:
            key += "_for_holder"
        return self._say(key, by=row["by"], holder=row["holder"])

    def urged(self, row: _Row) -> str:
        """Who urges, and how often by now."""
        return self._say("urged", by=row["urged"]["by"], count=row["urged"]["count"])

    def then(self, row: _Row) -> str:
        """What happens to what is not decided in time."""
        parts = [self._say(f"then_{one['act']}", day=self._day(one["on"])) for one in row["then"]]
        return self._say("semicolon").join(parts)

    def said(self, one: _Row) -> str:
        """Who decided what in which step, and when; the opinion stands beside it."""
        how, name = one["how"], one["name"]
        who = self._say("acting", name=name, for_whom=one["for_whom"]) if one["for_whom"] else name
        verdict = self._say(f"how_{how}", who=who)
        return self._say("said", verdict=verdict, step=one["step"][self._lang], day=self._short(one["on"]))

    def until(self, rows: Sequence[_Row]) -> str:
        """What does not happen as long as nothing is decided; nothing where only advice is asked for."""
        subjects = {row["subject"] for row in rows if row["kind"] != "advise"}
        if not subjects:
            return ""
        known = [one for one in ("plan", "publication", "work_item") if one in subjects] or ["other"]
        parts = self._say("comma").join(self._say(f"until_{one}") for one in known)
        return self._say("until", parts=parts)

    def status(self, row: _Row) -> str:
        """How the approval stands, in a word."""
        return self._say(f"status_{row['status']}")

    def ended(self, row: _Row) -> str:
        """Who ended it or sent it back, and when."""
        key = f"ended_{row['status']}" if row["by"] else f"ended_{row['status']}_by_rule"
        return self._say(key, by=row["by"], day=self._day(row["on"]))

    def again(self, row: _Row) -> str:
        """What to do with what came back, and how it goes on then."""
        then = self._say(f"again_{row['resubmit']}") if row.get("resubmit") else ""
        return self._say("again", name=row["asked_by"], id=row["id"], then=then)

    def commands(self, row: _Row, me: str) -> list[tuple[str, str]]:
        """What to type to decide, with a word for each."""
        if row["kind"] == "rework":
            return []
        verbs = _ADVISERS if row["kind"] == "advise" else _SIGNERS
        seat = f" --seat {row['seat']}" if row["seat"] else ""
        return [
            (self._say(f"do_{one}"), self._say(f"command_{one}", id=row["id"], me=me) + seat) for one in verbs
        ]

    def read(self, row: _Row, me: str) -> str:
        """What to type to acknowledge a copy."""
        return self._say("command_read", id=row["id"], me=me)
