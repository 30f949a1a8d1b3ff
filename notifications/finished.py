"""Letters finished ahead: rendered when they are written into the outbox, not when they are sent.

A morning's digests then leave as fast as the server takes them, and a mail that is sent again after a
new version of the program came is still the same mail. They are kept compressed: the row is written
twice more until it is sent.
"""

from __future__ import annotations

import json
import zlib
from base64 import b64decode, b64encode
from collections.abc import Mapping

from jinja2 import TemplateError

from models.messages import Lang
from notifications.letters import Letter, render

#: Where the finished letter stands among a notice's facts.
_FINISHED = "finished"


def finish_letter(letter: str, lang: Lang, facts: Mapping[str, object]) -> dict[str, object]:
    """The facts of a notice with its letter finished beside them.

    Facts that the template cannot use come back as they are: the notice is parked when it is sent, and
    says why.
    """
    try:
        made = render(letter, lang, facts)
    except (TemplateError, KeyError, TypeError, ValueError):
        return dict(facts)
    text = json.dumps([made.subject, made.text, made.html], ensure_ascii=False)
    packed = b64encode(zlib.compress(text.encode(errors="surrogatepass"))).decode("ascii")
    return dict(facts) | {_FINISHED: packed}


def finished_letter(facts: Mapping[str, object]) -> Letter | None:
    """The letter where it was finished ahead."""
    packed = facts.get(_FINISHED)
    if not isinstance(packed, str):
        return None
    text = zlib.decompress(b64decode(packed)).decode(errors="surrogatepass")
    return Letter(*json.loads(text))
