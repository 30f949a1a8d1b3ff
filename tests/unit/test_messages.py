"""The catalogues: both languages say everything, with the same facts, and the code asks for nothing else."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

import pytest

from models.approval.refusals import Refusal
from models.messages import catalogue
from notifications.audience import AUDIENCES

ROOT = Path(__file__).parents[2]
CATALOGUES = ROOT / "models" / "catalogues"
ROOMS = ("models", "tasks", "notifications", "flows", "portal", "commands")
REFUSALS = {"InputError", "NotFoundError", "RefusedError", "UnavailableError"}


def keys(file: Path) -> list[str]:
    return [
        f"{section}.{key}"
        for section, words in tomllib.loads(file.read_text("utf-8")).items()
        for key in words
    ]


def places(sentence: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(sentence) if name is not None}


def sources() -> Iterator[Path]:
    yield ROOT / "cli.py"
    for room in ROOMS:
        yield from (ROOT / room).rglob("*.py")


def called(call: ast.Call) -> str:
    return getattr(call.func, "attr", getattr(call.func, "id", ""))


def literals() -> Iterator[tuple[str, str]]:
    """Where the code asks for a sentence by its literal key, and for which."""
    for file in sources():
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if not isinstance(node, ast.Call) or not node.args:
                continue
            first = node.args[0]
            if not isinstance(first, ast.Constant) or not isinstance(first.value, str):
                continue
            if called(node) in REFUSALS:
                yield f"{file.relative_to(ROOT)}:{node.lineno}", f"error.{first.value}"
            elif called(node) in {"say", "tell"} and "." in first.value:
                yield f"{file.relative_to(ROOT)}:{node.lineno}", first.value


@pytest.mark.parametrize("file", sorted(CATALOGUES.glob("messages*.zh.toml")), ids=lambda file: file.name)
def test_both_languages_have_the_same_sentences(file: Path) -> None:
    twin = file.with_name(file.name.replace(".zh.", ".en."))

    assert keys(file) == keys(twin)


def test_no_sentence_stands_in_two_files() -> None:
    every = [key for file in CATALOGUES.glob("messages*.zh.toml") for key in keys(file)]

    assert sorted(every) == sorted(set(every))


def test_both_languages_ask_for_the_same_facts() -> None:
    zh, en = catalogue("zh"), catalogue("en")

    assert {key: places(words) for key, words in zh.items()} == {
        key: places(words) for key, words in en.items()
    }


def test_every_sentence_the_code_asks_for_exists() -> None:
    missing = [(place, key) for place, key in literals() if key not in catalogue("zh")]

    assert missing == []


def test_every_refusal_of_the_catalogue_is_raised_somewhere() -> None:
    text = "\n".join(file.read_text("utf-8") for file in sources())
    # Refusals of approvals are raised by their name.
    text += "".join(f'"approval_{one}"' for one in Refusal if f"Refusal.{one.name}" in text)
    refusals = [key.removeprefix("error.") for key in catalogue("zh") if key.startswith("error.")]

    unused = [code for code in refusals if not re.search(rf'"{code}"', text)]

    assert unused == []


def test_the_demo_names_every_letter_that_leaves() -> None:
    named = {key.removeprefix("demo_letter.") for key in catalogue("zh") if key.startswith("demo_letter.")}

    assert named == {one.letter for one in AUDIENCES if not one.part} | {"digest"}
