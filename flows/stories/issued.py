"""The end of every story that issues documents: who gets them is told, and what was done is said."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from flows.office import Office
from flows.stories.step import Outcome, Step, Table
from flows.stories.tell import send_mail, tell_everybody, trouble_words
from models.documents import OPEN
from models.messages import Lang, say
from models.periods import Period
from tasks.issue.publish import Issued


def conclude(
    step: Step,
    office: Office,
    period: Period,
    issued: Sequence[Issued],
    *,
    story: str,
    more: Sequence[str] = (),
    waits_for: str = "",
    orders: Sequence[int] = (),
) -> Outcome:
    """Tell and send; `more` is said of the documents, `orders` are what was handed out.

    Where parts were handed out nobody is told here: a hundred thousand letters would keep the parts from
    beginning. The mail part of `duban up` tells of each as it is there, a command when all are done.
    """
    lang = office.lang
    told = [one for one in issued if one.kind in OPEN]
    words = [issued_words(told, lang), *more, *_changes(told)]
    if not orders:
        letters = step(say("step.tell", lang), lambda: tell_everybody(office))
        sent = step(say("step.send", lang), lambda: send_mail(office))
        words.append(say("story.notices", lang, notices=letters.notices, sent=sent.sent))
        words += trouble_words(letters, sent, lang)
    title = say(f"story.{story}", lang, period=period.key)
    key = f"{story.replace('_', '-')}-{period.key.lower()}"
    table = _table(key, title, told, lang=lang)
    others = [one for one in issued if one.kind not in OPEN]
    aside = [*(str(file) for file in _files(office, others)), *_changes(others)]
    return Outcome(
        key, title, words, [table], _files(office, told), waits_for, orders=list(orders), aside=aside
    )


def _changes(issued: Sequence[Issued]) -> list[str]:
    return [change for one in issued if one.fresh for change in one.changes]


def _files(office: Office, issued: Sequence[Issued]) -> list[Path]:
    return [office.settings.home / file["path"] for one in issued for file in one.files]


def issued_words(issued: Sequence[Issued], lang: Lang) -> str:
    """How many documents there are, and how many of them are new."""
    return say("story.issued", lang, fresh=sum(one.fresh for one in issued), count=len(issued))


def _table(key: str, title: str, issued: Sequence[Issued], *, lang: Lang) -> Table:
    rows = [
        {
            say("column.document", lang): one.title,
            say("column.version", lang): str(one.version),
            say("column.files", lang): "\n".join(Path(f["path"]).name for f in one.files),
        }
        for one in issued
    ]
    return Table(key, title, rows)
