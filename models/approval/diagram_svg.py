"""Draw an approval as a picture: steps below each other, branches side by side, nothing overlapping.

Every element is a piece with its own size, entered at the middle of its top and left at the middle of
its bottom. Pieces are only stacked and put side by side, so they cannot cover each other.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final
from xml.sax.saxutils import escape

from models.approval.definition import Choice, Definition, Element, Parallel, Step
from models.approval.diagram_words import branch_words, name_of, path_words, rejection_words, step_words
from models.approval.path_taken import PathTaken, Stage
from models.messages import Lang, say

_FONT: Final = 13
_LEADING: Final = 19
_PADDING: Final = 11
_STEP_WIDTH: Final = 232
_CONDITION_WIDTH: Final = 196
_PILL_WIDTH: Final = 124
_DOWN: Final = 34
_ASIDE: Final = 28
_MARGIN: Final = 24
#: Where a line turns aside, below a block's head and above its foot.
_BEND: Final = 14
#: What does not begin a line.
_CLOSING: Final = "，。；：、）”》"

_STYLE: Final = """
text{font:13px 'Noto Sans CJK SC','Microsoft YaHei','PingFang SC',SimHei,sans-serif;fill:#333}
text.title{font-weight:bold;fill:#111}
rect{fill:#fff;stroke:#5b6b7b;stroke-width:1.2}
rect.pill{fill:#eef2f6}
rect.condition{fill:#f7f7f2;stroke:#b5b5a5}
rect.taken{fill:#eaf4ec;stroke:#2f855a}
rect.open{fill:#fff4d6;stroke:#b7791f;stroke-width:2.6}
rect.passed{fill:#e3f4e6;stroke:#2f855a}
rect.rejected{fill:#fde2e2;stroke:#c53030}
rect.returned{fill:#fdebdc;stroke:#c05621}
rect.skipped{fill:#f4f4f4;stroke:#999;stroke-dasharray:4 3}
rect.cancelled{fill:#f4f4f4;stroke:#999}
rect.not_reached{stroke:#9aa5b1}
polyline{fill:none;stroke:#5b6b7b;stroke-width:1.2}
""".strip()
_ARROW: Final = (
    '<defs><marker id="tip" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8" markerHeight="8" '
    'orient="auto"><path d="M0,0 L8,4 L0,8 z" fill="#5b6b7b"/></marker></defs>'
)


@dataclass(frozen=True)
class _Box:
    x: float
    y: float
    width: float
    height: float
    kind: str
    lines: tuple[str, ...]


@dataclass(frozen=True)
class _Line:
    points: tuple[tuple[float, float], ...]
    tip: bool = True


@dataclass(frozen=True)
class _Piece:
    """Something drawn, around x = 0 and down from y = 0."""

    width: float
    height: float
    boxes: tuple[_Box, ...]
    lines: tuple[_Line, ...] = ()

    def moved(self, x: float, y: float) -> _Piece:
        return replace(
            self,
            boxes=tuple(replace(one, x=one.x + x, y=one.y + y) for one in self.boxes),
            lines=tuple(
                replace(one, points=tuple((px + x, py + y) for px, py in one.points)) for one in self.lines
            ),
        )


def svg(definition: Definition, lang: Lang, path: PathTaken | None = None) -> str:
    """A picture that stands alone, with the way that a running approval took if `path` is given."""
    start = _pill(say("approval_diagram.start", lang))
    end = _pill(say("approval_diagram.end", lang))
    steps = [_piece(definition, one, lang, path) for one in definition.steps]
    whole = _stacked([start, *steps, end])
    width, height = whole.width + 2 * _MARGIN, whole.height + 2 * _MARGIN
    whole = whole.moved(width / 2, _MARGIN)
    size = f'viewBox="0 0 {width:g} {height:g}" width="{width:g}" height="{height:g}"'
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" style="background:#fff">',
            f"<title>{_text(name_of(definition, lang))}</title>",
            f"<style>{_STYLE}</style>",
            _ARROW,
            *(_line_markup(one) for one in whole.lines),
            *(_box_markup(one) for one in whole.boxes),
            "</svg>\n",
        ]
    )


def _piece(definition: Definition, element: Element, lang: Lang, path: PathTaken | None) -> _Piece:
    if isinstance(element, Step):
        return _step(definition, element, lang, path)
    if isinstance(element, Parallel):
        branches = [
            _stacked([_piece(definition, one, lang, path) for one in branch]) for branch in element.branches
        ]
        foot = _pill(say("approval_diagram.join", lang))
        return _forked(_pill(say("approval_diagram.parallel", lang)), branches, foot)
    branches = [
        _stacked(
            [
                _box(_CONDITION_WIDTH, _condition_kind(element, index, path), branch_words(condition, lang)),
                *(_piece(definition, one, lang, path) for one in steps),
            ]
        )
        for index, (condition, steps) in enumerate(element.branches)
    ]
    return _forked(_pill(say("approval_diagram.choice", lang)), branches, None)


def _condition_kind(choice: Choice, index: int, path: PathTaken | None) -> str:
    taken = path is not None and path.branches.get(choice.key) == index
    return "condition taken" if taken else "condition"


def _step(definition: Definition, step: Step, lang: Lang, path: PathTaken | None) -> _Piece:
    words = [*step_words(step, lang), *rejection_words(definition, step, lang)]
    kind = "step"
    if path is not None:
        taken = path.step(step.key)
        words += path_words(taken, lang)
        kind = f"step {Stage(taken.stage)}"
    return _box(_STEP_WIDTH, kind, name_of(step, lang), *words)


def _pill(words: str) -> _Piece:
    return _box(_PILL_WIDTH, "pill", words)


def _box(width: float, kind: str, *paragraphs: str) -> _Piece:
    lines = tuple(line for words in paragraphs for line in wrapped(words, width - 2 * _PADDING))
    height = len(lines) * _LEADING + _PADDING
    return _Piece(width, height, (_Box(-width / 2, 0, width, height, kind, lines),))


def _stacked(pieces: Sequence[_Piece]) -> _Piece:
    boxes: list[_Box] = []
    lines: list[_Line] = []
    y = 0.0
    for index, piece in enumerate(pieces):
        if index:
            lines.append(_Line(((0, y), (0, y + _DOWN))))
            y += _DOWN
        moved = piece.moved(0, y)
        boxes += moved.boxes
        lines += moved.lines
        y += piece.height
    return _Piece(max(one.width for one in pieces), y, tuple(boxes), tuple(lines))


def _forked(head: _Piece, branches: Sequence[_Piece], foot: _Piece | None) -> _Piece:
    width = sum(one.width for one in branches) + _ASIDE * (len(branches) - 1)
    top = head.height + _DOWN + _BEND
    bottom = top + max(one.height for one in branches) + _BEND
    exit_y = bottom + _DOWN - _BEND
    boxes, lines = [*head.boxes], [*head.lines]
    left = -width / 2
    for branch in branches:
        middle = left + branch.width / 2
        moved = branch.moved(middle, top)
        boxes += moved.boxes
        lines += moved.lines
        turn = head.height + _BEND
        lines.append(_Line(((0, head.height), (0, turn), (middle, turn), (middle, top))))
        lines.append(_Line(((middle, top + branch.height), (middle, bottom), (0, bottom)), tip=False))
        left += branch.width + _ASIDE
    lines.append(_Line(((0, bottom), (0, exit_y)), tip=foot is not None))
    if foot is None:
        return _Piece(max(width, head.width), exit_y, tuple(boxes), tuple(lines))
    boxes += foot.moved(0, exit_y).boxes
    return _Piece(max(width, head.width), exit_y + foot.height, tuple(boxes), tuple(lines))


def width_of(words: str) -> float:
    """About how wide words are; rather too wide than too narrow."""
    return sum(_char_width(char) for char in words)


def _char_width(char: str) -> float:
    if unicodedata.east_asian_width(char) in "WFA":
        return _FONT * (1.0 if unicodedata.category(char) != "So" else 1.4)
    if char.isupper() or char in "mwMW%@&":
        return _FONT * 0.86
    return _FONT * 0.6


def wrapped(words: str, width: float) -> list[str]:
    """Words in lines of at most `width`: best broken after punctuation, never within a Latin word."""
    lines, line = [], ""
    for token in _tokens(words, width):
        if line and width_of(line + token) > width:
            cut = _good_break(line)
            rest = line[cut:] + token
            if width_of(rest.lstrip()) > width:
                cut, rest = len(line), token
            lines.append(line[:cut].rstrip())
            line = rest.lstrip()
        else:
            line += token
    return [*lines, line.rstrip()] if line.strip() or not lines else lines


def _good_break(line: str) -> int:
    """After the last punctuation in the second half of a line, so that names stay whole; else its end."""
    cut = max(line.rfind(sign) for sign in _CLOSING) + 1
    return cut if cut * 2 > len(line) else len(line)


def _tokens(words: str, width: float) -> Iterable[str]:
    """What must not be torn apart: a Latin word, a sign with the punctuation that closes it."""
    token = ""
    for char in words:
        joins = char in _CLOSING or (char.isascii() and not char.isspace() and token[-1:].isascii())
        if token and (not joins or width_of(token + char) > width):
            yield token
            token = ""
        token += char
    if token:
        yield token


def _box_markup(box: _Box) -> str:
    radius = box.height / 2 if box.kind == "pill" else 5
    x = box.x + box.width / 2
    first = box.y + _PADDING / 2 + _LEADING - 5.5
    texts = "".join(
        f'<text x="{x:g}" y="{first + index * _LEADING:g}" text-anchor="middle"'
        f"{_title_class(box, index)}>{_text(line)}</text>"
        for index, line in enumerate(box.lines)
    )
    return (
        f'<rect class="{box.kind}" x="{box.x:g}" y="{box.y:g}" width="{box.width:g}" '
        f'height="{box.height:g}" rx="{radius:g}"/>{texts}'
    )


def _text(words: str) -> str:
    """Words as XML; people's names may hold signs that XML cannot."""
    return escape("".join(char if char.isprintable() else " " for char in words))


def _title_class(box: _Box, index: int) -> str:
    return ' class="title"' if box.kind.startswith("step") and not index else ""


def _line_markup(line: _Line) -> str:
    points = " ".join(f"{x:g},{y:g}" for x, y in line.points)
    tip = ' marker-end="url(#tip)"' if line.tip else ""
    return f'<polyline points="{points}"{tip}/>'
