"""After an inspection: every problem has an owner, the owners know, and a manager sees how it goes."""

from __future__ import annotations

from flows.office import Office
from flows.stories.step import Outcome, Step, Table
from flows.stories.tell import send_mail, tell_everybody, trouble_words
from models.lifecycle import DONE_STATES
from models.messages import Lang, say
from models.periods import Period
from tasks.rectify import Rectification, assign_rectification, rectifications


def rectification(step: Step, office: Office, *, period: Period, actor: str = "SYSTEM") -> Outcome:
    """Give each problem of a half-year's inspection to its owner and say how far all are put right."""
    lang = office.lang
    given = step(say("step.assign_rectification", lang), lambda: _assign(office, period, actor))
    told = step(say("step.tell", lang), lambda: tell_everybody(office))
    sent = step(say("step.send", lang), lambda: send_mail(office))
    with office.read() as session:
        found = rectifications(session, period)
    done = sum(one.state in DONE_STATES for one in found)
    nobody = [one.unit for one in found if not one.owner]
    words = [say("story.rectified", lang, count=len(found), done=done, given=given)]
    if nobody:
        words.append(say("story.rectified_by_nobody", lang, units="、".join(dict.fromkeys(nobody))))
    words += [say("story.notices", lang, notices=told.notices, sent=sent.sent)]
    words += trouble_words(told, sent, lang)
    title = say("story.rectification", lang, period=period.key)
    key = f"rectification-{period.key.lower()}"
    return Outcome(key, title, words, [Table(key, title, [_row(one, lang) for one in found])])


def _assign(office: Office, period: Period, actor: str) -> int:
    with office.write() as session:
        return assign_rectification(session, period, actor=actor, at=office.clock.now())


def _row(one: Rectification, lang: Lang) -> dict[str, str]:
    return {
        say("column.id", lang): str(one.work_item),
        say("column.unit", lang): one.unit,
        say("column.title", lang): one.words,
        say("column.owner", lang): one.owner,
        say("column.due_on", lang): one.due_on.isoformat() if one.due_on else "",
        say("column.state", lang): say(f"state.{one.state}", lang),
        say("column.light", lang): say(f"light.{one.light}", lang),
    }
