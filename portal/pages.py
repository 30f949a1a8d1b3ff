"""The shelf's pages: plain HTML that is read without anything else."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator, Sequence
from html import escape
from itertools import groupby

from models.messages import Lang, say
from models.periods import read_period
from models.settings import Settings
from tasks.issue.shelf import Document
from tasks.issue.text import period_words

_STYLE = (
    "body{font:16px/1.6 'Microsoft YaHei','PingFang SC','Noto Sans CJK SC',sans-serif;"
    "max-width:64rem;margin:2rem auto;padding:0 1rem;color:#222}"
    "h1{font-size:1.5rem}h2{font-size:1.15rem;margin-top:2rem}"
    "table{border-collapse:collapse;width:100%}"
    "th,td{border-bottom:1px solid #ddd;padding:.4rem .6rem;text-align:left;vertical-align:top}"
    "th,td:not(:nth-child(2)),td a{white-space:nowrap}td a{margin-right:1rem}p{color:#555}"
)
#: The one style that a page may use, for its Content-Security-Policy.
STYLE_HASH = f"sha256-{base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()}"


def list_page(documents: Sequence[Document], settings: Settings, *, listed: int) -> str:
    """The issued documents by kind, the newest period first; `listed` is the most of a kind."""
    lang = settings.lang
    parts = [f"<h1>{escape(say('shelf.title', lang))}</h1>", f"<p>{escape(say('shelf.intro', lang))}</p>"]
    if not documents:
        parts.append(f"<p>{escape(say('shelf.empty', lang))}</p>")
    for kind, group in groupby(documents, lambda one: one.kind):
        rows = list(group)
        parts.append(f"<h2>{escape(say(f'document.{kind}', lang))}</h2>")
        parts.append(f"<table>{_heads(lang)}{''.join(_row(one, settings) for one in rows)}</table>")
        if len(rows) == listed:
            parts.append(f"<p>{escape(say('shelf.more', lang, count=listed))}</p>")
    return _page(say("shelf.title", lang), parts, lang)


def refusal_page(words: str, lang: Lang) -> str:
    """A page that says why there is nothing to read, and leads back to the list."""
    title = say("shelf.refused", lang)
    back = f'<p><a href="/">{escape(say("shelf.back", lang))}</a></p>'
    return _page(title, [f"<h1>{escape(title)}</h1>", f"<p>{escape(words)}</p>", back], lang)


def _page(title: str, parts: Sequence[str], lang: Lang) -> str:
    language = "zh-CN" if lang == "zh" else "en"
    return (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f'<meta name="viewport" content="width=device-width"><style>{_STYLE}</style></head>'
        f"<body>{''.join(parts)}</body></html>\n"
    )


def _heads(lang: Lang) -> str:
    names = ("period", "document", "version", "issued_on", "files")
    heads = "".join(f"<th>{escape(say('shelf.' + name, lang))}</th>" for name in names)
    return f"<tr>{heads}</tr>"


def _row(document: Document, settings: Settings) -> str:
    issued = document.issued_at.astimezone(settings.zone).date()
    period = period_words(read_period(document.period)) if settings.lang == "zh" else document.period
    cells = (period, document.title, str(document.version), issued.isoformat())
    links = "".join(_links(document, settings.lang))
    return f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in cells)}<td>{links}</td></tr>"


def _links(document: Document, lang: Lang) -> Iterator[str]:
    for file in document.files:
        words = say(f"page_file.{file['role']}", lang)
        yield f'<a href="/documents/{document.id}/{escape(file["role"])}">{escape(words)}</a>'
