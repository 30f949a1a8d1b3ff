"""What the shelf answers: a list of issued documents, one of their files, or why not."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from urllib.parse import quote, urlsplit

from sqlalchemy import Engine

from models.database import reading
from models.errors import DubanError
from models.settings import Settings
from portal.pages import STYLE_HASH, list_page, refusal_page
from tasks.issue.shelf import find_document, newest_of_each_kind

#: So many documents of a kind are listed.
_LISTED = 30
#: Where a file may be asked for: a document's number that every database takes, and a role.
_FILE = re.compile(r"/documents/(?P<number>[0-9]{1,9})/(?P<role>[a-z]{1,20})")
#: Under which names this machine may be called. Another one means that a stranger's page led here.
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "[::1]"})
_TYPES = {
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".ics": "text/calendar; charset=utf-8",
}
#: Nothing may run in a page, nothing may be loaded into it, and it may stand in no other.
_GUARDS = {
    "Content-Security-Policy": (
        f"default-src 'none'; style-src '{STYLE_HASH}'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}


@dataclass(frozen=True)
class Answer:
    """Status, headers and bytes of an answer."""

    status: HTTPStatus
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Shelf:
    """The issued documents of one home, to be read and nothing else."""

    settings: Settings
    engine: Engine

    def answer(self, target: str, host: str) -> Answer:
        """Answer a request for `target` that was addressed to `host`, as its header says."""
        if not is_loopback(host):
            return self.refuse(HTTPStatus.MISDIRECTED_REQUEST, "shelf_host")
        try:
            path = urlsplit(target).path
        except ValueError:
            return self.refuse(HTTPStatus.BAD_REQUEST, "shelf_request")
        try:
            if path == "/":
                return self._list()
            asked = _FILE.fullmatch(path)
            if asked is None:
                return self.refuse(HTTPStatus.NOT_FOUND, "shelf_nothing")
            return self._file(int(asked["number"]), asked["role"])
        except DubanError as refusal:
            words = refusal.sentence(self.settings.lang, self.settings.zone)
            return self._page(HTTPStatus.SERVICE_UNAVAILABLE, refusal_page(words, self.settings.lang))

    def refuse(self, status: HTTPStatus, code: str) -> Answer:
        """A page that says why there is nothing to read; `code` is one of the catalogue's refusals."""
        words = DubanError(code).sentence(self.settings.lang)
        return self._page(status, refusal_page(words, self.settings.lang))

    def _list(self) -> Answer:
        with reading(self.engine) as session:
            documents = newest_of_each_kind(session, _LISTED)
        page = list_page(documents, self.settings, listed=_LISTED)
        return self._page(HTTPStatus.OK, page)

    def _file(self, number: int, role: str) -> Answer:
        with reading(self.engine) as session:
            document = find_document(session, number)
        file = document.file(role) if document else None
        if file is None:
            return self.refuse(HTTPStatus.NOT_FOUND, "shelf_unknown")
        place = self._place(file["path"])
        if place is None:
            return self.refuse(HTTPStatus.NOT_FOUND, "shelf_gone")
        content = place.read_bytes()
        if hashlib.sha256(content).hexdigest() != file["sha256"]:
            return self.refuse(HTTPStatus.CONFLICT, "shelf_altered")
        return Answer(HTTPStatus.OK, content, {**_file_headers(place.name), **_GUARDS})

    def _place(self, path: str) -> Path | None:
        """The file, if it is there and lies below the home's documents, wherever links may lead."""
        root = (self.settings.home / "documents").resolve()
        place = (self.settings.home / path).resolve()
        return place if place.is_relative_to(root) and place.is_file() else None

    def _page(self, status: HTTPStatus, page: str) -> Answer:
        return Answer(status, page.encode(), {"Content-Type": "text/html; charset=utf-8", **_GUARDS})


def is_loopback(host: str) -> bool:
    """Whether a Host header names this machine itself, whatever the port."""
    name, _, port = host.rpartition(":") if re.search(r":[0-9]*$", host) else (host, "", "")
    return name.lower() in _LOOPBACK and (not port or port.isdigit())


def _file_headers(name: str) -> dict[str, str]:
    """Kind and name of a file; a name in Chinese goes by RFC 5987, with a plain one for old readers."""
    ending = Path(name).suffix
    plain, encoded = f"document{ending}", quote(name, safe="")
    return {
        "Content-Type": _TYPES.get(ending, "application/octet-stream"),
        "Content-Disposition": f"attachment; filename=\"{plain}\"; filename*=UTF-8''{encoded}",
    }
