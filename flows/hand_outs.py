"""Parts of the work that a flow handed out, where no Prefect runs: done here, one after another."""

from __future__ import annotations

from dataclasses import replace
from uuid import uuid4

from flows.holding import holding, take_order
from flows.office import Office
from flows.orders import order_title, work_on
from flows.stories.step import Outcome, plainly
from flows.stories.tell import send_mail, tell_everybody, trouble_words
from models.errors import DubanError, UnavailableError
from models.messages import say


def work_off(office: Office, outcome: Outcome) -> Outcome:
    """Do what an outcome handed out, then tell; the outcome with what came of it.

    A part that fails keeps none of the others; at the end the first reason is said. Raises
    UnavailableError then.
    """
    if not outcome.orders:
        return outcome
    failed = list(filter(None, [_failed(office, number) for number in outcome.orders]))
    told, sent = tell_everybody(office), send_mail(office)
    lang = office.lang
    if failed:
        title, reason = failed[0]
        raise UnavailableError("parts_failed", count=len(failed), title=title, reason=reason.sentence(lang))
    facts = {"parts": len(outcome.orders), "notices": told.notices, "sent": sent.sent}
    words = [*outcome.words, say("story.parts_done", lang, **facts), *trouble_words(told, sent, lang)]
    return replace(outcome, words=words, orders=[])


def _failed(office: Office, number: int) -> tuple[str, DubanError] | None:
    """Do one part unless it is done or in other hands; its title and the reason where it fails."""
    held = take_order(office, "", {}, order=number, claim=str(uuid4()))
    if held is None:
        return None
    title = order_title(held.flow, held.parameters, office.lang)
    try:
        with holding(office, held, title=title):
            work_on(plainly, office, held)
    except DubanError as reason:
        return title, reason
    return None
