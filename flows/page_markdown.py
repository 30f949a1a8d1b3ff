"""Pages as the Markdown that Prefect's UI shows: headings, lists, tables, links."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from itertools import groupby

from models.column_widths import fit, folded, squeezed, width_of
from models.messages import Lang
from models.pages import Cell, Content, Lines, Page, Ref, Table, shown, value_of

#: The address of what a page points at; None where there is nothing to go to.
Address = Callable[[Ref], str | None]
_LINK_JOINT = " · "
#: What a laptop's screen of 1366 pixels shows side by side, and what is empty around a column, in halves
#: of a Chinese character; what columns are not made narrower than, if that can be.
_ROOM, _PADDING, _LEAST = 118, 4, (10, 8, 6)


#: What means something to Markdown, and what makes it find addresses of pages and mailboxes by itself.
_MARKS = re.compile(r"[\\`*_\[\]<>|#~@]|:(?=//)|(?<=www)\.", re.IGNORECASE)


def plain(words: str) -> str:
    """Words that Markdown shows as they are: nobody's title may become a link or a table cell."""
    return _MARKS.sub(r"\\\g<0>", " ".join(words.split()))


def plain_lines(words: str) -> str:
    """The same for several lines, one below the other."""
    return _broken(words)


def grid(heads: Sequence[str], rows: Sequence[Sequence[str]], numeric: Sequence[bool] = ()) -> str:
    """A table of cells that are Markdown already; `numeric` columns stand to the right."""
    right = [*numeric, *[False] * (len(heads) - len(numeric))]
    rule = ("---:" if number else "---" for number in right)
    return "\n".join(f"| {' | '.join(row)} |" for row in (heads, rule, *rows))


def markdown(page: Page, lang: Lang, address: Address, *, top: str) -> str:
    """A page; `top` is the Markdown line below its title."""
    parts = [f"# {plain(page.title)}", top, f"**{plain(page.summary)}**"]
    for block in page.blocks:
        told = (
            _lines(block, page, lang, address)
            if isinstance(block, Lines)
            else _table(block, page, lang, address)
        )
        if told and block.title:
            parts.append(f"## {plain(block.title)}")
        parts += told
    return "\n\n".join(parts) + "\n"


def _lines(block: Lines, page: Page, lang: Lang, address: Address) -> list[str]:
    """Links side by side, sentences one below the other; a link without address is left out."""
    parts = []
    for linked, group in groupby(block.lines, lambda one: isinstance(one, Cell) and one.ref is not None):
        told = [_content(one, page, lang, address) for one in group if not linked or _goes(one, address)]
        if told:
            parts.append(_LINK_JOINT.join(told) if linked else "\n".join(f"- {one}" for one in told))
    return parts


def _goes(content: Content, address: Address) -> bool:
    return isinstance(content, Cell) and content.ref is not None and address(content.ref) is not None


def _content(content: Content, page: Page, lang: Lang, address: Address) -> str:
    return _dressed(content, shown(content, lang, year=page.day.year), address)


def _table(block: Table, page: Page, lang: Lang, address: Address) -> list[str]:
    """A table that fits the page: the UI never breaks a cell's line by itself."""
    heads, texts = block.heads(lang), block.texts(lang, year=page.day.year)
    widths = _widths(heads, texts)
    rows = [
        [
            _dressed(content, folded(text, width), address)
            for content, text, width in zip(contents, row, widths, strict=True)
        ]
        for contents, row in zip(block.rows, texts, strict=True)
    ]
    shown = [_broken(folded(head, width)) for head, width in zip(heads, widths, strict=True)]
    return [grid(shown, rows, block.numeric), *([plain(block.note)] if block.note else [])]


def _widths(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> list[int]:
    """The width of each column, so that all of them fit side by side if that can be."""
    columns = list(zip(heads, *rows, strict=True))
    natural = [max(width_of(line) for text in column for line in text.split("\n")) for column in columns]
    room = _ROOM - _PADDING * len(columns)
    fitting = (fit(natural, [least] * len(columns), room) for least in _LEAST)
    return next((widths for widths in fitting if widths), squeezed(natural, room))


def _dressed(content: Content, text: str, address: Address) -> str:
    """A text with what its cell asks for: bold unless it counts nothing, a link where there is one."""
    strong = isinstance(content, Cell) and content.strong and bool(value_of(content))
    where = address(content.ref) if isinstance(content, Cell) and content.ref else None
    before, after = ("[", f"]({where})") if where else ("", "")
    return _broken(text, f"{before}**" if strong else before, f"**{after}" if strong else after)


def _broken(text: str, before: str = "", after: str = "") -> str:
    """Lines as Markdown, each between marks: the UI knows no mark that goes on over a break."""
    lines = (plain(line) for line in text.split("\n"))
    return "<br>".join(f"{before}{line}{after}" if line else "" for line in lines)
