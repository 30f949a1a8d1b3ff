"""What every page is made from: a session that reads, the day, the reader's language."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from models.messages import Lang, say
from models.pages import Cell, Content, Lines, Ref, To, shown
from models.periods import Period
from models.settings import Settings
from models.tables import Publication
from models.workdays import Calendar
from tasks.issue.text import oneline, period_words, shortened

#: So many units or people stand on a page at most, and so many single items.
MOST_ROWS, MOST_ITEMS = 30, 20
#: So many characters of a title are shown in a table.
TITLE_LENGTH = 36
#: The files of a document in the order in which they are offered.
ROLES = ("docx", "xlsx", "member", "ics")


@dataclass(frozen=True)
class View:
    """Where pages are looked at from; `today` is the bureau's day."""

    session: Session
    settings: Settings
    calendar: Calendar
    today: date
    lang: Lang

    def say(self, key: str, /, **facts: object) -> str:
        """A sentence of the catalogue's section `cockpit`, days among its facts in words."""
        told = {name: self.day(one) if isinstance(one, date) else one for name, one in facts.items()}
        return say(f"cockpit.{key}", self.lang, **told)

    def day(self, day: date) -> str:
        """A day in words, its year where it is not this one."""
        return shown(day, self.lang, year=self.today.year)

    def period(self, period: Period) -> str:
        """A period in words."""
        return period_words(period) if self.lang == "zh" else period.key

    def sentences(self, sentences: Sequence[str]) -> str:
        """Sentences one after the other."""
        return ("" if self.lang == "zh" else " ").join(filter(None, sentences))

    def left_out(self, key: str, count: int, *notes: str) -> str:
        """The note below a table: first how many rows were left out, if any."""
        return self.sentences([self.say(key, count=count) if count > 0 else "", *notes])

    def joined(self, words: Sequence[str]) -> str:
        """Words one after the other, in one sentence."""
        return say("page.and", self.lang).join(words)

    def issued(self, kind: str, period: Period, *, flow: str) -> Lines:
        """The bureau's issued document of a period as links to its files, and what `flow` did; one SELECT."""
        found = self.session.execute(_issued(kind, period.key)).first()
        document = say(f"document.{kind}", self.lang)
        facts = {"document": document, "period": self.period(period)}
        if found is None:
            return Lines((self.say("not_issued", **facts),), title=document)
        outcome = Ref(To.OUTCOME, f"{flow}-{period.key.lower()}")
        links = file_links(found.id, found.files, self.lang)
        folder = self.say("folder", folder=found.files[0]["path"].rpartition("/")[0])
        return Lines((*links, Cell(self.say("outcome_of", **facts), outcome), folder), title=found.title)


def file_links(publication: int, files: Sequence[dict[str, str]], lang: Lang) -> list[Content]:
    """The files of a document as links, in the order in which they are offered."""
    roles = [role for role in ROLES if role in {one["role"] for one in files}]
    return [Cell(say(f"page_file.{role}", lang), Ref(To.DOCUMENT, f"{publication}/{role}")) for role in roles]


def titled(title: str, *, key: bool = False, length: int = TITLE_LENGTH) -> str:
    """A title in a table: on one line, not too long, ★ before a key item's."""
    return shortened(f"{'★' if key else ''}{oneline(title)}", length)


def _issued(kind: str, period: str) -> Select[tuple[int, str, list[dict[str, str]]]]:
    return select(Publication.id, Publication.title, Publication.files).where(
        Publication.kind == kind,
        Publication.period == period,
        Publication.unit_id == 0,
        Publication.state == "issued",
    )
