"""A YAML page as a person wrote it: values with their lines, and every fault in their shape at once."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Mapping
from difflib import get_close_matches
from typing import Final, TypeVar

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from models.approval.faults import Fault
from models.errors import Term

T = TypeVar("T")

#: A definition is a page, not a book.
MAX_BYTES: Final = 256 * 1024
#: Deeper than any definition a person can read.
MAX_DEPTH: Final = 60
#: What papers print on one line.
MAX_NAME: Final = 40
#: The name of what stands under no key: the page itself.
WHOLE_PAGE: Final = ""
#: Looking for the nearest word takes time; nobody reads more suggestions than these.
_SUGGESTIONS: Final = 100
_TAG: Final = "tag:yaml.org,2002:"
_WHOLE = re.compile(r"-?(0|[1-9][0-9]{0,8})")
_DECIMAL = re.compile(r"-?[0-9]{1,9}\.[0-9]{1,6}")
_YES, _NO = frozenset({"yes", "true", "是"}), frozenset({"no", "false", "否"})


class _RefusedMarkError(yaml.YAMLError):
    """Something YAML knows and a definition does not need."""

    def __init__(self, code: str, line: int) -> None:
        self.code, self.line = code, line
        super().__init__(code)


class _PlainLoader(yaml.SafeLoader):
    """Composes pages without anchors, aliases and tags, and only so deep."""

    depth = 0

    def compose_node(self, parent: Node | None, index: int) -> Node | None:
        event = self.peek_event()  # type: ignore[no-untyped-call]
        line = event.start_mark.line + 1
        if getattr(event, "anchor", None) or getattr(event, "tag", None):
            raise _RefusedMarkError("marks", line)
        if self.depth > MAX_DEPTH:
            raise _RefusedMarkError("too_deep", line)
        self.depth += 1
        node = super().compose_node(parent, index)
        self.depth -= 1
        return node


def compose(text: str) -> Node | Fault:
    """The page's root node, or why there is none; never anything that YAML would execute or multiply."""
    if len(text) > MAX_BYTES or len(text.encode("utf-8", "replace")) > MAX_BYTES:
        return Fault("", "too_large", {"kib": MAX_BYTES // 1024})
    try:
        root = yaml.compose(text, _PlainLoader)
    except _RefusedMarkError as refused:
        return Fault("", refused.code, {}, refused.line)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else None
        return Fault("", "syntax", {"reason": shown(error.problem or error.context)}, line)
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        return Fault("", "syntax", {"reason": shown(error.reason)}, line)
    except (yaml.YAMLError, ValueError, OverflowError) as error:
        # PyYAML lets escapes beyond Unicode and endless numbers in directives through to Python
        return Fault("", "syntax", {"reason": shown(error)})
    return root if root is not None else Fault("", "empty_page")


def shown(value: object) -> str:
    """A writer's word as it can be printed in a sentence: short, and without characters that cannot be."""
    word = "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in str(value)[:200])
    return word if len(word) <= MAX_NAME else word[: MAX_NAME - 1] + "…"


def line_of(node: Node) -> int:
    """The line on which a value begins, counted from 1."""
    line: int = node.start_mark.line
    return line + 1


def is_text(node: Node) -> bool:
    """Whether a value is written as words, not as a number, a yes or no, or nothing."""
    return isinstance(node, ScalarNode) and node.tag.removeprefix(_TAG) in {
        "str",
        "timestamp",
        "value",
        "merge",
    }


def number_in(node: Node) -> int | float | None:
    """The number that is written, None if it is something else."""
    if not isinstance(node, ScalarNode) or node.style is not None:
        return None
    if _WHOLE.fullmatch(node.value):
        return int(node.value)
    return float(node.value) if _DECIMAL.fullmatch(node.value) else None


def flag_in(node: Node) -> bool | None:
    """The yes or no that is written, None if it is something else."""
    if not isinstance(node, ScalarNode) or node.style is not None:
        return None
    word = node.value.lower()
    return word in _YES if word in _YES | _NO else None


class Page:
    """Reads values of a page and keeps every fault; what cannot be read is replaced, so reading goes on.

    `where` is the step or block that the value belongs to, `name` the key that it stands under.
    """

    def __init__(self) -> None:
        """Begin without faults."""
        self.faults: list[Fault] = []

    def fault(self, node: Node, where: str, code: str, /, **facts: object) -> None:
        """Keep a fault at a value."""
        self.faults.append(Fault(where, code, facts, line_of(node)))

    def wrong_type(self, node: Node, where: str, name: str, wanted: str) -> None:
        """Keep that a value is of another kind than it must be."""
        self.fault(node, where, "wrong_type", name=name, wanted=Term(f"approval_word.{wanted}"))

    def fields(
        self, node: Node, where: str, name: str, allowed: Collection[str], required: Collection[str] = ()
    ) -> dict[str, Node]:
        """The values of a mapping by key; of a key that stands there twice, the first."""
        if not isinstance(node, MappingNode):
            if name == WHOLE_PAGE:
                self.fault(node, where, "not_mapping")
            else:
                self.wrong_type(node, where, name, "mapping")
            return {}
        found: dict[str, Node] = {}
        for key_node, value in node.value:
            key = key_node.value if isinstance(key_node, ScalarNode) else ""
            if key not in allowed:
                self._unknown_key(key_node, where, shown(key), allowed)
            elif key in found:
                code = "two_starts" if key == "steps" and name == WHOLE_PAGE else "duplicate_key"
                self.fault(key_node, where, code, key=key, first=line_of(found[key]))
            else:
                found[key] = value
        for key in required:
            if key not in found:
                self.fault(node, where, "missing", key=key)
        return found

    def _unknown_key(self, node: Node, where: str, key: str, allowed: Collection[str]) -> None:
        nearest = get_close_matches(key, allowed, 1) if len(self.faults) < _SUGGESTIONS else []
        if nearest:
            self.fault(node, where, "unknown_key_nearest", key=key, nearest=nearest[0])
        else:
            self.fault(node, where, "unknown_key", key=key, allowed=tuple(allowed))

    def entries(self, node: Node, where: str, name: str) -> list[Node]:
        """The values of a list."""
        if not isinstance(node, SequenceNode):
            self.wrong_type(node, where, name, "list")
            return []
        return list(node.value)

    def text(self, node: Node, where: str, name: str) -> str:
        """Words on one line, neither empty nor too long to print."""
        if not isinstance(node, ScalarNode) or not is_text(node):
            self.wrong_type(node, where, name, "text")
            return ""
        words = str(node.value).strip()
        if not words or not all(char == " " or _is_printable(char) for char in words):
            self.fault(node, where, "bad_text", name=name)
            return ""
        if len(words) > MAX_NAME:
            self.fault(node, where, "long_text", name=name, words=shown(words), limit=MAX_NAME)
        return words

    def number(self, node: Node, where: str, name: str, low: int, high: int) -> int:
        """A whole number between two others; `low` if it cannot be read."""
        number = number_in(node)
        if not isinstance(number, int):
            self.wrong_type(node, where, name, "whole")
            return low
        if not low <= number <= high:
            self.fault(node, where, "out_of_range", name=name, number=number, low=low, high=high)
            return low
        return number

    def flag(self, node: Node | None, where: str, name: str) -> bool:
        """A yes or no; no where nothing stands."""
        if node is None:
            return False
        flag = flag_in(node)
        if flag is None:
            self.wrong_type(node, where, name, "yes_no")
        return bool(flag)

    def word(self, node: Node | None, where: str, name: str, words: Mapping[str, T], default: T) -> T:
        """What one of the allowed words stands for; the default where nothing stands."""
        if node is None:
            return default
        if not isinstance(node, ScalarNode):
            self.wrong_type(node, where, name, "text")
            return default
        if node.value not in words:
            self.fault(node, where, "unknown_word", name=name, word=shown(node.value), allowed=tuple(words))
            return default
        return words[node.value]


def _is_printable(char: str) -> bool:
    return unicodedata.category(char)[0] not in "CZ"
