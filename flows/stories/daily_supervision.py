"""One day's supervision: lights, reminders, the month's end, and the mail that follows."""

from __future__ import annotations

from datetime import date

from flows.office import Office
from flows.stories.step import Outcome, Step, Table
from flows.stories.tell import send_mail, tell_everybody
from models.messages import say
from tasks.supervise import Supervised, supervise


def daily_supervision(step: Step, office: Office, *, day: date) -> Outcome:
    """Supervise one day and send what follows from it; doing the same day again changes nothing."""
    lang = office.settings.lang
    office = office.on(day)
    done = step(say("step.supervise", lang), lambda: supervise_day(office, day))
    notices = step(say("step.tell", lang), lambda: tell_everybody(office))
    sent = step(say("step.send", lang), lambda: send_mail(office))
    words = [
        say(
            "story.supervised", lang, day=day.isoformat(), lights=done.lights, rungs=sum(done.rungs.values())
        ),
        say("story.notices", lang, notices=notices, sent=sent.sent),
    ]
    rows = [
        {say("column.rung", lang): rung, say("column.count", lang): str(count)}
        for rung, count in done.rungs.items()
    ]
    title = say("story.daily_supervision", lang, day=day.isoformat())
    table = Table("daily-supervision", title, rows)
    return Outcome("daily-supervision", title, words, [table] if rows else [])


def supervise_day(office: Office, day: date) -> Supervised:
    """The transaction of a day's supervision."""
    with office.write() as session:
        return supervise(
            session, office.settings, calendar=office.calendar([day.year]), day=day, at=office.clock.now()
        )
