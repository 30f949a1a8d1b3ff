"""Mail delivery as long as `duban up` runs: `python -m flows.postman HOME [DAY]`.

What happened is written as letters, and what waits is sent, within seconds; mail that came back is read
now and then. Without a mail server of the bureau's own it is the built-in mailbox that takes them.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace
from time import monotonic

from flows.links import ui_address
from flows.looping import look_until, stop_signal
from flows.office import Office, office_of
from flows.stories.tell import read_returned, send_mail, tell_everybody, trouble_words
from models.following import newest_event
from notifications.outbox import is_any_due
from notifications.post import Delivered
from notifications.telling import Told

#: How often the post looks for something to do, and for mail that came back, in seconds.
LOOK_EVERY, RETURNS_EVERY = 1.0, 300.0
#: After a failure the next look comes later and later, up to so many seconds.
LONGEST_REST = 60.0


@dataclass
class Postman:
    """Writes letters and sends them."""

    office: Office
    #: The last event that letters were written for, and when returned mail was read (monotonic seconds).
    seen: int = -1
    looked: float = -RETURNS_EVERY

    def round(self) -> str:
        """Write and send what there is; gives what kept mail from leaving, in words.

        Raises UnavailableError where the database fails.
        """
        with self.office.read() as session:
            head = newest_event(session)
            due = is_any_due(session, at=self.office.clock.now())
        if head != self.seen:
            due = tell_everybody(self._with_links()).notices > 0 or due
            self.seen = head
        sent = send_mail(self.office) if due else Delivered()
        if monotonic() - self.looked >= RETURNS_EVERY:
            read_returned(self.office)
            self.looked = monotonic()
        return " ".join(trouble_words(Told(), sent, self.office.lang))

    def _with_links(self) -> Office:
        """The office as letters need it: they lead to where the pages are served now."""
        settings = replace(self.office.settings, ui_url=ui_address(self.office.settings))
        return replace(self.office, settings=settings)


if __name__ == "__main__":
    postman = Postman(office_of(*sys.argv[1:]))
    look_until(stop_signal(), postman.round, every=LOOK_EVERY, longest=LONGEST_REST, lang=postman.office.lang)
    postman.office.engine.dispose()
