"""督办看板: the front page: what each page says, and the newest documents."""

from __future__ import annotations

from collections.abc import Sequence

from models.messages import say
from models.pages import Cell, Content, Lines, Page, Ref, Table, To
from tasks.cockpit.view import View, file_links
from tasks.issue.shelf import Document, newest_documents

#: So many documents are named.
_NEWEST = 8


def index(view: View, pages: Sequence[Page]) -> Page:
    """The page in front of `pages`; one SELECT."""
    documents = newest_documents(view.session, _NEWEST)
    return Page(
        "index",
        view.say("index"),
        pages[0].summary if pages else "",
        view.today,
        (
            Table(
                "pages",
                ("page", "says"),
                tuple((Cell(one.title, Ref(To.PAGE, one.key)), one.summary) for one in pages),
                title=view.say("index_pages"),
            ),
            _documents(view, documents),
        ),
    )


def _documents(view: View, documents: Sequence[Document]) -> Lines | Table:
    title = view.say("index_documents")
    if not documents:
        return Lines((view.say("index_no_documents"),), title=title)
    rows: list[tuple[Content, ...]] = []
    for one in documents:
        links = file_links(one.id, one.files, view.lang)
        first = links[0]
        ref = first.ref if isinstance(first, Cell) else None
        kind = say(f"document.{one.kind}", view.lang)
        issued = one.issued_at.astimezone(view.settings.zone).date()
        rows.append((kind, Cell(one.title, ref), one.version, issued))
    return Table(
        "documents", ("kind_of_document", "document", "version", "issued_on"), tuple(rows), title=title
    )
