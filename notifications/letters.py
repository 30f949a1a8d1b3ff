"""Letters: a folder of templates and some facts become subject, plain text and HTML."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, partial
from importlib.resources import files
from typing import Any

from jinja2 import PackageLoader, StrictUndefined, select_autoescape
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup

from models.messages import Lang
from notifications import approval_words, digest_words, wording
from notifications.header import one_line

#: The letter that the others without a subject of their own are parts of.
DIGEST = "digest"
#: Sections that a letter leaves out would leave holes in its text.
_GAPS = re.compile(r"\n(?:[ \t]*\n){2,}")
#: The facts that a part of a digest shares with the digest.
_SHARED = ("person", "on_behalf", "coordinator", "bureau", "today")


@dataclass(frozen=True)
class Letter:
    """What a person reads: a subject on one line, the text, and the same as HTML."""

    subject: str
    text: str
    html: str


def render(letter: str, lang: Lang, facts: Mapping[str, object]) -> Letter:
    """The letter in one language; a part of the digest as a digest with nothing else.

    Raises jinja2.TemplateError when a fact is missing or the letter does not exist; facts are never
    evaluated, and escaped in HTML.
    """
    if letter in part_names():
        return render(DIGEST, lang, digest_words.digest_of_one(letter, facts))
    folder, environment = f"{letter}/{lang}", _environment(lang)
    subject, text, html = (
        environment.get_template(f"{folder}/{name}").render(facts)
        for name in ("subject.txt", "body.txt", "body.html")
    )
    return Letter(one_line(subject), _GAPS.sub("\n\n", text).strip() + "\n", html)


@cache
def letter_names() -> tuple[str, ...]:
    """The letters that there are, by the names of their folders."""
    folders = files("notifications").joinpath("templates").iterdir()
    return tuple(sorted(one.name for one in folders if one.is_dir() and not one.name.startswith("_")))


@cache
def part_names() -> frozenset[str]:
    """The letters that are only parts of the digest: they have sections instead of a subject."""
    folder = files("notifications").joinpath("templates")
    return frozenset(one for one in letter_names() if folder.joinpath(one, "zh", "section.html").is_file())


class _Environment(ImmutableSandboxedEnvironment):
    """Looks into facts first: `row.items` is the fact, never a method, and nothing has to fail before."""

    def getattr(self, obj: object, attribute: str) -> object:
        """The value of a plain dict by key; for anything else what the sandbox allows."""
        if type(obj) is dict and attribute in obj:
            return obj[attribute]
        return super().getattr(obj, attribute)


@cache
def _environment(lang: Lang) -> _Environment:
    environment = _Environment(
        loader=PackageLoader("notifications"),
        undefined=StrictUndefined,
        autoescape=select_autoescape(enabled_extensions=("html",), default=False),
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        cache_size=-1,
    )
    environment.filters.update(wording.filters(lang))
    environment.filters.update(approval_words.filters(lang))
    environment.filters.update(digest_words.filters(lang))
    environment.filters["section_in_html"] = partial(_section_in_html, lang)
    environment.filters["section_in_text"] = partial(_section_in_text, lang)
    return environment


def _section_in_html(lang: Lang, part: Mapping[str, Any], digest: Mapping[str, Any]) -> Markup:
    """A part of the digest, rendered by its own letter's template, which escapes its facts."""
    return Markup(_section(lang, "section.html", part, digest))  # noqa: S704  # escaped by the template


def _section_in_text(lang: Lang, part: Mapping[str, Any], digest: Mapping[str, Any]) -> str:
    return _section(lang, "section.txt", part, digest)


def _section(lang: Lang, name: str, part: Mapping[str, Any], digest: Mapping[str, Any]) -> str:
    shared = {key: digest[key] for key in _SHARED}
    return (
        _environment(lang).get_template(f"{part['letter']}/{lang}/{name}").render({**part["facts"], **shared})
    )
