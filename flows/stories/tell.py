"""The last step of every story: what happened becomes notices, and the notices leave."""

from __future__ import annotations

from flows.office import Office
from models.messages import Lang
from notifications import reasons
from notifications.audience import tell
from notifications.post import Delivered, deliver


def tell_everybody(office: Office) -> int:
    """Turn new events into notices; gives how many were written."""
    with office.write() as session:
        told = tell(session, office.settings, at=office.clock.now(), today=office.clock.today())
    return told.notices


def send_mail(office: Office) -> Delivered:
    """Send what waits in the outbox and may leave now."""
    return deliver(office.engine, office.settings, clock=office.clock)


def trouble_words(sent: Delivered, lang: Lang) -> list[str]:
    """What kept mail from leaving, in words; nothing if all went well."""
    return [reasons.words(sent.trouble, lang)] if sent.trouble else []
