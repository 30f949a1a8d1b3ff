"""How a phrase is brought into one spelling before it is read."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from tasks.read_plan.phrases.numerals import in_digits
from tasks.read_plan.phrases.spelling import BEFORE_DIGITS, IN_DIGITS, Spelling
from tasks.read_plan.phrases.wording import Doubt


@dataclass(frozen=True)
class Words:
    """A phrase in the grammar's spelling: digits, “-” for every range mark, no blanks, no quotes.

    `doubts` are what the spelling itself left open; `noted` tells that a remark in brackets was
    left out.
    """

    text: str
    year: int
    doubts: tuple[Doubt, ...] = ()
    noted: bool = False


#: Circled and bracketed numbers open a point of a list; NFKC would glue them to the month after them.
_LIST_SIGNS = re.compile("[\u2460-\u249b\u24ea-\u24ff\u2776-\u2793\u3220-\u3229\u3280-\u3289]")
_NUMBERED_LINE = re.compile(r"(?m)^[ \t\u3000]*[((]?\d{1,2}[))..、][ \t\u3000]*(?=\S)")
_LINE_LIST = re.compile(r"(?:[月日前份度]|半年)(?P<break>[ \t\u3000]*[\r\n]+[ \t\u3000]*)(?=\d{1,2}月)")
_UNSEEN = re.compile(r"[\s\x00-\x1f\x7f-\x9f\u00ad\u200b-\u200f\u2028-\u202e\u2060\ufeff]+")
_QUOTES = str.maketrans("", "", "“”\"'‘’`´「」『』〝〞＂★*")
_TITLES = re.compile(r"《[^》]*》")
_NOTES = re.compile(r"[(\[【〔{][^()\[\]【】〔〕{}]*[)\]】〕}]")
_BRACKETS = re.compile(r"[()\[\]【】〔〕{}]+")
_DASHES = re.compile(
    "[-~\u2010-\u2015\u2212\u2500\u2501\u301c\u223c\u223e\u2053\u30fc\u2192\u2e3a\u2e3b\uff5e]+"
)
_EDGES = re.compile(r"^[。.,;:、!?…·]+|[。.,;:、!?…·]+$")


def normalise(phrase: str, *, year: int, notes: bool = False) -> Words:
    """The phrase in the grammar's spelling; with `notes` remarks in brackets are read too."""
    text = _LIST_SIGNS.sub(";", phrase)
    if "\n" in text or "\r" in text:
        text = _without_line_numbers(text)
    text = unicodedata.normalize("NFKC", text)
    text = _UNSEEN.sub("", text).translate(_QUOTES)
    text = _TITLES.sub("", text)
    bare = _NOTES.sub("", text)
    noted = bare != text and bool(bare)
    text = text if notes or not bare else bare
    text = _BRACKETS.sub("," if notes else "", text)
    text = _EDGES.sub("", _DASHES.sub("-", text))
    doubts: list[Doubt] = []
    text = _respell(text, BEFORE_DIGITS, doubts)
    text = _respell(in_digits(text), IN_DIGITS, doubts)
    return Words(text, year, tuple(doubts), noted)


def _respell(text: str, table: tuple[Spelling, ...], doubts: list[Doubt]) -> str:
    present = set(text)
    for needs, pattern, becomes, doubt in table:
        if present.isdisjoint(needs):
            continue
        text, changes = pattern.subn(becomes, text)
        if changes:
            present = set(text)
            if doubt:
                doubts.append(doubt)
    return text


def _without_line_numbers(text: str) -> str:
    # “1.3月…” on a line of its own is point 1, not the third of January; one such line is a date.
    if len(_NUMBERED_LINE.findall(text)) > 1:
        text = _NUMBERED_LINE.sub(";", text)
    return _LINE_LIST.sub(lambda match: match[0].replace(match["break"], ";"), text)
