"""The message catalogues: every sentence a user reads outside letters and documents."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import Literal

Lang = Literal["zh", "en"]


@cache
def catalogue(lang: Lang) -> dict[str, str]:
    """All sentences of one language by dotted key (`error.not_found`).

    Every file `messages*.{lang}.toml` in `models/catalogues` is part of it.
    """
    found: dict[str, str] = {}
    for file in files("models").joinpath("catalogues").iterdir():
        if file.name.startswith("messages") and file.name.endswith(f".{lang}.toml"):
            for section, sentences in tomllib.loads(file.read_text("utf-8")).items():
                for key, sentence in sentences.items():
                    found[f"{section}.{key}"] = sentence
    return found


def say(key: str, lang: Lang, /, **facts: object) -> str:
    """The sentence `key` with its facts filled in.

    Raises KeyError when the catalogue lacks the key: a test keeps both languages complete.
    """
    return catalogue(lang)[key].format(**facts)
