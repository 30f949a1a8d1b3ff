"""One day's supervision: lights, reminders, the month's end, and the mail that follows."""

from __future__ import annotations

from datetime import date

from flows.office import Office
from flows.stories.step import Outcome, Step, Table
from flows.stories.tell import read_returned, returned_words, send_mail, tell_day, trouble_words
from models.approval.state import Status
from models.messages import Lang, say
from notifications.calendars import write_feeds
from tasks.approvals.perform import Answer
from tasks.collection_chase import chase
from tasks.decide import scan_day
from tasks.end_units import end_units
from tasks.extensions import end_overtaken
from tasks.supervise import Supervised, supervise


def daily_supervision(step: Step, office: Office, *, day: date) -> Outcome:
    """Supervise one day and send what follows from it; doing the same day again changes nothing."""
    lang = office.lang
    # The hour counts: what is caught up in the evening leaves the next morning.
    office = office if day == office.clock.today() else office.on(day)
    returned = step(say("step.bounces", lang), lambda: read_returned(office))
    done = step(say("step.supervise", lang), lambda: supervise_day(office, day))
    told = step(say("step.tell", lang), lambda: tell_day(office))
    sent = step(say("step.send", lang), lambda: send_mail(office))
    words = [
        say(
            "story.supervised", lang, day=day.isoformat(), lights=done.lights, rungs=sum(done.rungs.values())
        ),
        say("story.notices", lang, notices=told.notices, sent=sent.sent),
    ]
    if done.ahead:
        words.append(say("story.supervised_ahead", lang, day=day, last=done.ahead))
    words += returned_words(returned, lang) + trouble_words(told, sent, lang)
    rows = [
        {say("column.rung", lang): _rung(rung, lang), say("column.count", lang): str(count)}
        for rung, count in done.rungs.items()
    ]
    title = say("story.daily_supervision", lang, day=day.isoformat())
    table = Table("daily-supervision", title, rows)
    return Outcome("daily-supervision", title, words, [table] if rows else [])


def climb_ladders(step: Step, office: Office, *, day: date) -> list[int]:
    """Remind, escalate and decide where an approval's deadline says so; gives what the clock approved."""
    answers = step(say("step.climb_ladders", office.lang), lambda: _climb(office.on(day)))
    return [one.approval for one in answers if one.status is Status.APPROVED]


def _climb(office: Office) -> list[Answer]:
    with office.write() as session:
        return scan_day(session, office.staff(session))


def _rung(rung: str, lang: Lang) -> str:
    """What a rung is called; those that come again are numbered."""
    name, _, number = rung.partition("-")
    return say(f"rung.{name}", lang, number=number or 1)


def supervise_day(office: Office, day: date) -> Supervised:
    """The transaction of a day's supervision: units that end, lights and rungs, collections."""
    calendar, at = office.calendar([day.year, day.year + 1]), office.clock.now()
    with office.write() as session:
        staff = office.staff(session)
        end_units(session, staff)
        end_overtaken(session, staff)
        done = supervise(session, office.settings, calendar=calendar, day=day, at=at)
        chase(session, office.settings, day=day, calendar=calendar, at=at)
        return done


def write_calendars(office: Office) -> int:
    """Write the calendar files of people and units; gives how many there are."""
    with office.read() as session:
        return len(write_feeds(session, office.settings, today=office.clock.today()))
