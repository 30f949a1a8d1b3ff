"""Calendar files of what people owe: attached where something changed, and a feed for each of them.

A work item's entry has the same UID in every file; its SEQUENCE grows with every change of date, owner
or fate, so that programs replace what they have.
"""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date
from email.utils import parseaddr
from pathlib import Path
from typing import NamedTuple

from sqlalchemy.orm import Session

from models.files import write_atomically
from models.ics import Entry, Method, Organizer, work_uid, write_calendar
from models.messages import Lang, say
from models.settings import Settings
from notifications.calendar_rows import Dated, DatedWork, absent_until, dated_of_year, dated_with_ids
from notifications.telling import Telling, begin_telling

#: Where the files lie, relative to the home.
SENT, PEOPLE, UNITS = (Path("calendars", folder) for folder in ("sent", "people", "units"))
_NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9@._+-]+")
#: Characters of a fingerprint in a path, and of what stands before it.
_MARK, _STEM = 16, 100
#: The head of a file holds its mark within so many octets.
_HEAD = 2048


class Feed(NamedTuple):
    """A feed file: a `person`'s or a `unit`'s, by address or code, and name; whether it changed now.

    `path` is relative to the home.
    """

    kind: str
    key: str
    of: str
    path: Path
    changed: bool


def attach_changes(telling: Telling, wanted: Mapping[int, Collection[int]]) -> dict[int, tuple[str, ...]]:
    """The calendar files that go with mails: for each person the named work items as they stand now.

    What is owed is published; what was cancelled, or went to somebody else, is taken out of the calendar
    again. What is done stays there as it is, what has no date never was there, and what is hidden goes to
    nobody but its owner. Paths are relative to the home; the same content is the same file. The number
    of SELECTs does not grow with the people.
    """
    ids = sorted({number for numbers in wanted.values() for number in numbers})
    if not ids:
        return {}
    dated = dated_with_ids(telling.session, ids)
    works = {work.id: work for work in dated.works}
    found = {}
    for person, numbers in wanted.items():
        own = [works[number] for number in sorted(set(numbers)) if number in works]
        paths = tuple(_sent_files(telling, dated, person, own))
        if paths:
            found[person] = paths
    return found


def write_feeds(session: Session, settings: Settings, *, today: date) -> list[Feed]:
    """Write the feed of every person and unit that has dated work this year; gives what there is now.

    Only files whose content changed are written, each whole or not at all; the feed of who has nothing
    any more is taken away. The clock does not matter: the same work gives the same bytes. Raises
    UnavailableError where the disk does not take them.
    """
    telling = begin_telling(session, settings, today)
    dated = dated_of_year(session, today)
    feeds = [
        *_feeds(telling, "person", PEOPLE, _by_person(telling, dated)),
        *_feeds(telling, "unit", UNITS, _by_unit(telling, dated)),
    ]
    kept = {feed.path for feed in feeds}
    for folder in (PEOPLE, UNITS):
        for file in (settings.home / folder).glob("*.ics"):
            if folder / file.name not in kept:
                file.unlink(missing_ok=True)
    return feeds


def _sent_files(telling: Telling, dated: Dated, person: int, works: Iterable[DatedWork]) -> Iterator[str]:
    news, gone = [], []
    for work in works:
        acts = telling.roster.acting.get(work.owner_id or 0) == person
        mine = work.owner_id == person
        if work.is_open and (mine or (acts and not work.hidden)):
            news.append(_entry(telling, dated, work, acts_for=work.owner if acts else ""))
        elif (work.is_cancelled and (mine or (acts and not work.hidden))) or person in dated.left(work):
            gone.append(_entry(telling, dated, work, taken_back=True, moved=not mine and not acts))
    for entries, method, name in ((news, Method.PUBLISH, "news_file"), (gone, Method.CANCEL, "gone_file")):
        if entries:
            content = write_calendar(entries, method=method, organizer=_organizer(telling))
            path = SENT / _mark(content) / f"{say(f'ics.{name}', telling.settings.lang)}.ics"
            if not (telling.settings.home / path).exists():
                write_atomically(telling.settings.home / path, content)
            yield path.as_posix()


def _organizer(telling: Telling) -> Organizer:
    """Who sends the mail."""
    display, address = parseaddr(telling.settings.mail_from)
    return Organizer(display or telling.bureau, address)


def _by_person(telling: Telling, dated: Dated) -> dict[tuple[str, str], list[Entry]]:
    """The entries of each person, by address and name: own work, others' while they are away, what left."""
    roster, until = telling.roster, absent_until(telling.session, telling.today)
    found: defaultdict[int, list[Entry]] = defaultdict(list)
    for work in dated.works:
        owner = work.owner_id
        if owner is not None:
            found[owner].append(_entry(telling, dated, work))
            acting = roster.acting.get(owner)
            if acting and work.is_open and not work.hidden and work.due_on <= until[owner]:
                found[acting].append(_entry(telling, dated, work, acts_for=work.owner))
        # Who had hidden work once took it out of the calendar with the mail that said so.
        for person in () if work.hidden else sorted(dated.left(work)):
            found[person].append(_entry(telling, dated, work, taken_back=True, moved=True))
    people = roster.people
    return {
        (people[person].email, people[person].name): entries
        for person, entries in found.items()
        if person in people and people[person].active
    }


def _by_unit(telling: Telling, dated: Dated) -> dict[tuple[str, str], list[Entry]]:
    """The entries of each unit, by code and name; hidden work is in none."""
    found: defaultdict[tuple[str, str], list[Entry]] = defaultdict(list)
    for work in dated.works:
        if not work.hidden:
            found[work.code, work.unit].append(_entry(telling, dated, work, of=work.owner))
    return found


def _feeds(
    telling: Telling, kind: str, folder: Path, feeds: Mapping[tuple[str, str], list[Entry]]
) -> Iterator[Feed]:
    home, lang = telling.settings.home, telling.settings.lang
    for (key, of), entries in sorted(feeds.items()):
        name = say("ics.name", lang, bureau=telling.bureau, of=of)
        path = folder / f"{_file_stem(key)}.ics"
        # Writing a calendar takes far longer than knowing that it would say the same.
        mark = _mark(repr((name, entries)).encode(errors="replace"))
        changed = mark.encode() not in _head(home / path)
        if changed:
            content = write_calendar(entries, name=name, refresh=True, mark=mark)
            write_atomically(home / path, content, durable=False)
        yield Feed(kind, key, of, path, changed)


def _head(file: Path) -> bytes:
    """The beginning of a file, where its mark stands; nothing of one that is not there."""
    if not file.is_file():
        return b""
    with file.open("rb") as content:
        return content.read(_HEAD)


def _file_stem(key: str) -> str:
    """A file name from an address or a code; one that is not the key itself has its fingerprint in it."""
    safe = _NOT_IN_NAMES.sub("_", key).strip("._-")[:_STEM]
    return safe if safe == key else f"{safe}_{_mark(key.encode(errors='replace'))}"


def _mark(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:_MARK]


def _entry(
    telling: Telling,
    dated: Dated,
    work: DatedWork,
    *,
    of: str = "",
    acts_for: str = "",
    taken_back: bool = False,
    moved: bool = False,
) -> Entry:
    """The entry of a work item.

    `of` stands behind the title instead of the unit, `acts_for` is the absent owner, `taken_back` takes
    it out of the calendar, because it is cancelled or was `moved` to somebody else.
    """
    lang = telling.settings.lang
    return Entry(
        uid=work_uid(work.id),
        stamp=dated.stamp(work),
        day=work.due_on,
        summary=_summary(work, lang, of=of or work.unit, acts_for=acts_for, moved=moved),
        description="" if moved else _about(work, lang),
        category="" if moved else work.category,
        sequence=work.sequence,
        cancelled=taken_back or work.is_cancelled,
        private=work.hidden,
        urgent=work.key and work.is_open,
    )


def _summary(work: DatedWork, lang: Lang, *, of: str, acts_for: str, moved: bool) -> str:
    title = say("ics.key", lang, title=work.title) if work.key else work.title
    title = say("ics.titled", lang, title=title, of=of)
    if acts_for:
        title = say("ics.for_whom", lang, owner=acts_for, title=title)
    if moved:
        return say("ics.moved", lang, title=say("ics.hidden", lang) if work.hidden else title)
    if work.is_cancelled:
        return say("ics.cancelled", lang, title=title)
    return say("ics.done", lang, title=title) if work.is_done else title


def _about(work: DatedWork, lang: Lang) -> str:
    """What is to be done, by whom, and how to report it; without what nobody has said."""
    lines = [say("ics.number", lang, id=work.id, no=work.no)]
    lines += [say("ics.unit", lang, unit=work.unit)]
    lines += [say("ics.owner", lang, owner=work.owner)] if work.owner else []
    lines += [say("ics.standard", lang, standard=work.standard)] if work.standard else []
    lines += [say("ics.how", lang, id=work.id)] if work.is_open else []
    return "\n".join(lines)
