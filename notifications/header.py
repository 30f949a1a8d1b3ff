"""Header fields: how any text becomes header lines that every mail program reads alike."""

from __future__ import annotations

import re
from base64 import b64encode
from urllib.parse import quote

#: Octets a line should have at most (RFC 5322 2.1.1), and an encoded word may have (RFC 2047 2).
LINE, WORD = 78, 75
#: Longest name of an attachment, in characters.
NAME_LIMIT = 60
_PLAIN = re.compile(r"[!-~]+(?: [!-~]+)*")
_PLAIN_NAME = re.compile(r"[A-Za-z0-9]+(?: [A-Za-z0-9]+)*")
_PLAIN_FILE = re.compile(r"[A-Za-z0-9._-]+")
_BREAKS = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff\ud800-\udfff]+")
_WORD_FRAME = len("=?utf-8?b??=")


def one_line(text: str) -> str:
    """`text` on one line: controls, line separators and lone surrogates become one blank."""
    return _BREAKS.sub(" ", text).strip()


def field(name: str, text: str) -> str:
    """An unstructured header field such as Subject, folded, without the final line break."""
    text = one_line(text)
    if _PLAIN.fullmatch(text) and "=?" not in text and len(name) + 2 + len(text) <= LINE:
        return f"{name}: {text}"
    return f"{name}: {encoded_words(text, used=len(name) + 2)}"


def mailbox_field(name: str, display: str, address: str) -> str:
    """An address header field: display name and address; the address must be deliverable."""
    display = one_line(display)
    if not display:
        return f"{name}: {address}"
    if _PLAIN_NAME.fullmatch(display) and len(name) + len(display) + len(address) + 5 <= LINE:
        return f"{name}: {display} <{address}>"
    return f"{name}: {encoded_words(display, used=len(name) + 2)}\r\n <{address}>"


def encoded_words(text: str, *, used: int = 1) -> str:
    """`text` as RFC 2047 words of at most 75 octets, one a line.

    `used` octets of the first line are taken. No character is ever split over two words, and all
    text is encoded, so nothing in it can look like a word or end a line.
    """
    raw = text.encode()
    words, start, room = [], 0, _room(LINE - used)
    while start < len(raw):
        end = min(start + room, len(raw))
        while end < len(raw) and raw[end] & 0xC0 == 0x80:  # noqa: PLR2004  # inside a character
            end -= 1
        words.append(f"=?utf-8?b?{b64encode(raw[start:end]).decode()}?=")
        start, room = end, _room(LINE - 1)
    return "\r\n ".join(words)


def file_fields(kind: str, name: str) -> str:
    """Content-Type and Content-Disposition of an attached file called `name`.

    Chinese names are given twice: as RFC 2231 `filename*` in one piece, because QQ mail and Outlook
    do not join continuations, and as RFC 2047 words in `name`, which older programs read.
    """
    name = short_name(name)
    if _PLAIN_FILE.fullmatch(name):
        first, second = f'name="{name}"', f'filename="{name}"'
    else:
        first = f'name="{encoded_words(name, used=len(" name=") + 2)}"'
        second = f"filename*=utf-8''{quote(name, safe='')}"
    return f"Content-Type: {kind};\r\n {first}\r\nContent-Disposition: attachment;\r\n {second}"


def short_name(name: str) -> str:
    """`name` on one line, without path separators, cut to 60 characters before its suffix."""
    name = re.sub(r"[\\/:*?\"<>|]", "_", one_line(name)) or "file"
    if len(name) <= NAME_LIMIT:
        return name
    stem, dot, suffix = name.rpartition(".")
    if not dot or len(suffix) > 10:  # noqa: PLR2004  # no suffix that a program would know
        return name[:NAME_LIMIT]
    return stem[: NAME_LIMIT - len(suffix) - 1] + dot + suffix


def _room(octets: int) -> int:
    """Octets of text that fit a word in a line with `octets` left; base64 makes four of three."""
    return (min(octets, WORD) - _WORD_FRAME) // 4 * 3
