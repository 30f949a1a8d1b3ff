"""How a bureau is doing at this moment: what runs, what lags behind, what waits, what failed."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from commands.checks.check import Check, Mark
from commands.desk import Desk
from flows.api import Api
from flows.happenings import FOLLOWER
from flows.links import api_address, ui_address
from flows.server import is_alive, is_claimed, noted, rehearsed_day
from models.database import reading
from models.errors import DubanError, UnavailableError
from models.following import newest_event, place_of
from models.tables import Order
from notifications.circuit import all_standing
from notifications.outbox import count_by_letter
from tasks.approvals.inbox import waiting_for
from tasks.orders import OrderState
from tasks.supervise import last_supervised

#: The relay looks several times a second: so many events behind means that it stands still.
BEHIND = 500
#: Supervision of a workday is done by this local time of day, in hours.
SUPERVISED_BY = 10
#: An order that is owed for so long waits in vain.
OWED_LONG = timedelta(minutes=15)
#: Less free room on the disk than this many bytes is worth a word.
ROOM = 2**30


def look_around(desk: Desk) -> list[Check]:
    """Every part of a running bureau; what cannot be looked at is said, and the rest is still looked at."""
    found = [_server(desk), *_parts(desk)]
    try:
        with reading(desk.engine) as session:
            found += [
                _log(desk, session),
                _supervision(desk, session),
                *_orders(desk, session),
                _mail(desk, session),
                _decisions(desk, session),
            ]
    except DubanError as error:
        # A home that is not set up says itself what to do.
        remedy = "" if error.code == "database_not_ready" else desk.say("doctor.database_remedy")
        found.append(Check("database", Mark.BAD, error.sentence(desk.lang), remedy))
    return [*found, _disk(desk)]


def _server(desk: Desk) -> Check:
    try:
        api = Api(api_address(desk.settings))
    except UnavailableError:
        running = noted(desk.home)
        if running and running.port and is_claimed(desk.home):
            words = desk.say("status.no_answer", url=running.ui_url)
            return Check("server", Mark.BAD, words, desk.say("status.comes_back"))
        return Check("server", Mark.WARN, desk.say("status.not_running"), desk.say("status.start"))
    ui = ui_address(desk.settings) or api.ui
    if api.answers():
        return Check("server", Mark.GOOD, ui)
    return Check("server", Mark.BAD, desk.say("status.no_answer", url=ui), desk.say("status.restart"))


def _parts(desk: Desk) -> Iterator[Check]:
    running = noted(desk.home)
    if running is None:
        return
    if day := rehearsed_day(desk.home):
        words = desk.say("status.rehearses", day=day)
        yield Check("rehearsal", Mark.WARN, words, desk.say("status.rehearses_remedy", day=day))
    for name, pid in running.parts.items():
        if name == "server":
            continue
        kind, _, number = name.partition("-")
        words = " ".join(filter(None, (desk.say(f"up_part.{kind}"), number)))
        if is_alive(pid):
            yield Check(_line(name), Mark.GOOD, desk.say("status.lives", part=words, pid=pid))
        else:
            yield Check(_line(name), Mark.BAD, desk.say("status.dead", part=words), _remedy(desk))


def _line(part: str) -> str:
    """The name of a part's line: the mail that waits has one of its own."""
    return "postman" if part == "mail" else part


def _remedy(desk: Desk) -> str:
    key = "status.comes_back" if is_claimed(desk.home) else "status.restart"
    return desk.say(key)


def _log(desk: Desk, session: Session) -> Check:
    head, told = newest_event(session), place_of(session, FOLLOWER)
    if told is None:
        return Check("log", Mark.GOOD, desk.say("status.log_alone", count=head))
    behind = head - told
    words = desk.say("status.log_now", count=head, behind=behind)
    if behind > BEHIND:
        return Check("log", Mark.WARN, words, desk.say("status.log_remedy"))
    return Check("log", Mark.GOOD, words)


def _supervision(desk: Desk, session: Session) -> Check:
    last, now = last_supervised(session), desk.clock.now().astimezone(desk.clock.zone)
    if last is None:
        return Check("supervision", Mark.WARN, desk.say("status.never_supervised"), desk.say("status.tick"))
    words = desk.say("status.supervised", day=last)
    expected = now.date() if now.hour >= SUPERVISED_BY else now.date() - timedelta(days=1)
    if last < expected:
        return Check("supervision", Mark.BAD, words, desk.say("status.tick"))
    return Check("supervision", Mark.GOOD, words)


def _orders(desk: Desk, session: Session) -> Iterator[Check]:
    at = desk.settings.clock().now()
    counted = dict(session.execute(select(Order.state, func.count()).group_by(Order.state)).tuples().all())
    oldest = session.scalar(select(func.min(Order.not_before)).where(Order.state == OrderState.OWED))
    words = desk.say(
        "status.orders_now", owed=counted.get(OrderState.OWED, 0), running=counted.get(OrderState.RUNNING, 0)
    )
    late = oldest is not None and at - oldest > OWED_LONG
    yield Check(
        "orders", Mark.WARN if late else Mark.GOOD, words, desk.say("status.owed_remedy") if late else ""
    )
    failed = counted.get(OrderState.FAILED, 0)
    if failed:
        yield Check(
            "failed", Mark.BAD, desk.say("status.failed_now", count=failed), desk.say("status.failed_remedy")
        )


def _mail(desk: Desk, session: Session) -> Check:
    counts = count_by_letter(session)
    waiting = sum(one.waiting + one.sending for one in counts)
    stuck = sum(one.parked for one in counts)
    words = desk.say(
        "status.mail_now", waiting=waiting, deferred=sum(one.deferred for one in counts), parked=stuck
    )
    standing = [one.server for one in all_standing(session) if _rests(one.open_until, desk)]
    if standing:
        words += desk.say("status.mail_rests", server="、".join(standing))
    if stuck or standing:
        return Check("mail", Mark.WARN, words, desk.say("status.mail_remedy"))
    return Check("mail", Mark.GOOD, words)


def _rests(until: datetime | None, desk: Desk) -> bool:
    return until is not None and until > desk.clock.now()


def _decisions(desk: Desk, session: Session) -> Check:
    today = desk.clock.today()
    seats = waiting_for(session, None, today)
    late = sum(one.due_on is not None and one.due_on < today for one in seats)
    words = desk.say("status.decisions_now", count=len(seats), late=late)
    return Check(
        "decisions",
        Mark.WARN if late else Mark.GOOD,
        words,
        desk.say("status.decisions_remedy") if late else "",
    )


def _disk(desk: Desk) -> Check:
    free = shutil.disk_usage(desk.home).free
    words = desk.say("status.disk_now", free=f"{free / 2**30:.1f}")
    if free < ROOM:
        return Check("disk", Mark.BAD, words, desk.say("status.disk_remedy"))
    return Check("disk", Mark.GOOD, words)
