"""How texts of the files are made comparable before anything is decided about them."""

from __future__ import annotations

import re

#: Full-width digits, letters and the ideographic space become half-width; all other marks stay as written.
_NARROW = {
    wide: wide - 0xFEE0
    for first, last in ((0xFF10, 0xFF19), (0xFF21, 0xFF3A), (0xFF41, 0xFF5A))
    for wide in range(first, last + 1)
} | {0x3000: 0x20, 0x00A0: 0x20}
#: White space, zero-width marks, byte order marks and the control characters that spreadsheets smuggle in.
_UNSEEN = re.compile(r"[\s\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060\ufeff]+")
_CHINESE_NUMBER = "[一二三四五六七八九十百]+"
_NUMBERING = re.compile(
    rf"^(?:{_CHINESE_NUMBER}[、.．]|[（(]{_CHINESE_NUMBER}[)）]、?|\d+[、.．](?!\d)|第{_CHINESE_NUMBER}部分[:：]?)"
)


def narrow(text: str) -> str:
    """The text with half-width digits and letters; white space stays where it is."""
    return text.translate(_NARROW)


def normal(text: str) -> str:
    """The text with half-width digits and letters and without any white space or line break."""
    return _UNSEEN.sub("", text.translate(_NARROW))


def without_numbering(text: str) -> str:
    """The heading without “一、”, “（一）” or “1.” before it; never shortened to nothing."""
    return _NUMBERING.sub("", text, count=1) or text
