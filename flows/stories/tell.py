"""The last step of every story: what happened becomes notices, and the notices leave."""

from __future__ import annotations

from dataclasses import replace

from flows.office import Office
from models.messages import Lang, say
from notifications import reasons
from notifications.audience import tell_on
from notifications.bounces import Returned, read_bounces
from notifications.digest import tell_digests
from notifications.post import Delivered, deliver
from notifications.telling import Told


def tell_everybody(office: Office) -> Told:
    """Turn new events that are told alone into notices; gives how many, and who could not be told."""
    return tell_on(office.engine, office.settings, at=office.clock.now(), today=office.clock.today())


def tell_digests_now(office: Office) -> Told:
    """Write the day's digests; once a workday, after its supervision. Gives how many mails they are."""
    with office.write() as session:
        return tell_digests(session, office.settings, at=office.clock.now(), today=office.clock.today())


def tell_day(office: Office) -> Told:
    """What is told at the end of a day's supervision: what goes alone, then the digests."""
    return tell_everybody(office) + tell_digests_now(office)


def read_returned(office: Office) -> Returned:
    """Read the mail that came back, and stop sending to addresses that do not exist."""
    return read_bounces(office.engine, office.settings, clock=office.clock)


def returned_words(returned: Returned, lang: Lang) -> list[str]:
    """Which addresses get no more mail, and what kept the returns from being read; in words."""
    words = [say("mail.returned", lang, address=address) for address in returned.blocked]
    return words + ([reasons.words(returned.trouble, lang)] if returned.trouble else [])


def send_mail(office: Office) -> Delivered:
    """Send what waits in the outbox and may leave now."""
    sent = deliver(office.engine, office.settings, clock=office.clock)
    return replace(sent, rests_until=sent.rests_until and sent.rests_until.astimezone(office.clock.zone))


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
    words += [reasons.words(sent.trouble, lang)] if sent.trouble else []
    return words + (
        [say("mail.rests", lang, until=f"{sent.rests_until:%m-%d %H:%M:%S}")] if sent.rests_until else []
    )
