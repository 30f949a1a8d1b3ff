"""What came due while the machine was off is ordered when it is back."""

from __future__ import annotations

from datetime import time

from flows.due import TIMED, due_today
from flows.office import Office
from flows.orders import order_key
from tasks.orders import Wanted, place, unplaced
from tasks.supervise import last_supervised

#: By this local time the timetable has started everything of the day.
FROM = time(9, 30)


def place_missed(office: Office, since: time = FROM) -> int:
    """Order today's supervision and every document that is due, unless they are done; gives how many.

    Nothing before the timetable had its turn, which is at `since`, nor at night. Each is ordered once a
    day or period: what was refused then waits for whoever mends the reason.
    """
    now = office.clock.now().astimezone(office.settings.zone)
    if now.time() < since:
        return 0
    with office.read() as session:
        last = last_supervised(session)
    missed: list[tuple[str, dict[str, str | int]]] = []
    if last is None or last < now.date():
        missed.append(("daily_supervision", {"day": now.date().isoformat()}))
    missed += [(name, {"period": due.key}) for name in TIMED if (due := due_today(office, name))]
    wanted = [Wanted(order_key(name, words), name, words) for name, words in missed]
    with office.read() as session:
        fresh = unplaced(session, wanted)
    if not fresh:
        return 0
    with office.write() as session:
        return len(place(session, fresh, at=office.settings.clock().now()))
