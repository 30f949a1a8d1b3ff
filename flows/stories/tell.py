"""The last step of every story: what happened becomes notices, and the notices leave."""

from __future__ import annotations

from flows.office import Office
from models.messages import Lang, say
from notifications import reasons
from notifications.audience import tell
from notifications.post import Delivered, deliver
from notifications.telling import Told


def tell_everybody(office: Office) -> Told:
    """Turn new events into notices; gives how many were written, and who could not be told."""
    with office.write() as session:
        return tell(session, office.settings, at=office.clock.now(), today=office.clock.today())


def send_mail(office: Office) -> Delivered:
    """Send what waits in the outbox and may leave now."""
    return deliver(office.engine, office.settings, clock=office.clock)


def trouble_words(told: Told, sent: Delivered, lang: Lang) -> list[str]:
    """Who could not be told and what kept mail from leaving, in words; nothing if all went well."""
    words = [
        say(
            "mail.skipped",
            lang,
            name=one.name,
            letter=say(f"letter.{one.letter}", lang),
            reason=say(f"mail.skip_{one.reason}", lang),
        )
        for one in told.skipped
    ]
    return words + ([reasons.words(sent.trouble, lang)] if sent.trouble else [])
