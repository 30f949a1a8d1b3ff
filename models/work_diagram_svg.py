"""Draw the life of a work item as a picture: stations below each other, states between them.

The chain runs down the middle; what leads back in it runs along the left, and states beside the chain
stand on the right of the station that leads to them. Everything comes from the table `LIFE`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import groupby
from typing import Final

from models.approval.diagram_svg import width_of, wrapped
from models.lifecycle import LIFE, Action, Party, Stage, State, Transition
from models.messages import Lang, say
from models.work_diagram import (
    action_name,
    notes,
    parties,
    passage_words,
    stage_name,
    standing_words,
    state_name,
)
from models.work_diagram_canvas import SMALL, Canvas, Place
from models.work_diagram_path import WorkPath

#: States beside the chain: work gets back into it from them.
BESIDE: Final = (State.RETURNED, State.CANCELLED)

_LEADING, _PADDING, _GAP, _PILL = 19, 9, 15, 24
_WIDTH, _LEFT, _BOX, _SIDE = 700, 112, 420, 126
_MIDDLE = _LEFT + _BOX / 2
_RIGHT = _WIDTH - 16 - _SIDE / 2
#: The first lane on the left and how far the next one lies to its left.
_LANE, _NEXT_LANE = 76, 42
#: How far two arrows at the same place lie apart from its middle.
_APART = 6


@dataclass
class _Picture(Canvas):
    """The picture as far as it is drawn: down to `y`, with the stations and states that have a place."""

    lang: Lang = "zh"
    path: WorkPath | None = None
    y: float = 16
    stages: dict[Stage, Place] = field(default_factory=dict)
    states: dict[State, Place] = field(default_factory=dict)

    def went(self, *moves: tuple[State | None, State]) -> str:
        """How an arrow looks that stands for these changes of state."""
        if self.path is None:
            return ""
        return "passed" if any(self.path.moved(*move) for move in moves) else "ahead"


def svg(lang: Lang, path: WorkPath | None = None) -> str:
    """A picture that stands alone and fits the width of A4; with `path` the way of one work item."""
    picture = _Picture(lang=lang, path=path)
    _head(picture)
    _chain(picture)
    _beside(picture)
    _back(picture)
    _foot(picture)
    return picture.markup(width=_WIDTH, height=picture.y + 12, title=_title(picture))


def _title(picture: _Picture) -> str:
    of = picture.path.title if picture.path else ""
    return of or say("life.title", picture.lang)


def _head(picture: _Picture) -> None:
    # The heading's letters are larger than those that `wrapped` measures.
    for line in wrapped(_title(picture), (_WIDTH - 40) * 13 / 17):
        picture.y += 22
        picture.text(_WIDTH / 2, picture.y, line, "head", anchor="middle")
    if picture.path:
        picture.y += 22
        picture.text(_WIDTH / 2, picture.y, standing_words(picture.path, picture.lang), anchor="middle")
        _legend(picture)
    picture.y += 16


def _legend(picture: _Picture) -> None:
    picture.y += 22
    kinds = ("passed", "current", "skipped", "ahead")
    words = [say(f"life.legend_{kind}", picture.lang) for kind in kinds]
    x = _WIDTH / 2 - sum(width_of(one) + 48 for one in words) / 2 + 12
    for kind, said in zip(kinds, words, strict=True):
        picture.rect(Place(x, picture.y - 4, 9, 6), kind, 3)
        picture.text(x + 15, picture.y, said, "small")
        x += width_of(said) + 48


def _chain(picture: _Picture) -> None:
    """The stations in order, each followed by the state that it leads to first."""
    exit_y: float | None = None
    lines = {stage: [one for one in LIFE if one.stage is stage] for stage in Stage}
    for number, stage in enumerate(Stage):
        kind = _stage_kind(picture.path, stage, number)
        if exit_y is not None:
            _down(picture, exit_y, kind)
        _station(picture, stage, number, kind, lines[stage])
        exit_y = picture.y
        state = lines[stage][0].target
        if state is None or state in BESIDE or state in picture.states:
            continue
        _down(picture, exit_y, _state_kind(picture.path, state, number))
        picture.states[state] = Place(_MIDDLE, picture.y + _PILL / 2, _pill_width(picture, state), _PILL / 2)
        _pill(picture, state, number)
        picture.y += _PILL
        exit_y = picture.y


def _down(picture: _Picture, start: float, kind: str) -> None:
    picture.y = start + _GAP
    look = {"": "", "ahead": "ahead"}.get(kind, "passed")
    picture.arrow((_MIDDLE, start), (_MIDDLE, picture.y), kind=look)


def _stage_kind(path: WorkPath | None, stage: Stage, number: int) -> str:
    if path is None:
        return ""
    if path.passed(stage):
        return "passed"
    return "skipped" if number < path.furthest else "ahead"


def _state_kind(path: WorkPath | None, state: State, number: int = len(Stage)) -> str:
    if path is None:
        return ""
    if state is path.state:
        return "current"
    if state in path.states:
        return "passed"
    return "skipped" if number < path.furthest else "ahead"


def _station(picture: _Picture, stage: Stage, number: int, kind: str, lines: list[Transition]) -> None:
    rows = list(_rows(picture, stage, lines))
    height = _LEADING * (1 + len(rows)) + _PADDING
    place = Place(_MIDDLE, picture.y + height / 2, _BOX / 2, height / 2)
    picture.stages[stage] = place
    picture.rect(place, kind, 5)
    left, right = _LEFT + 12, _LEFT + _BOX - 12
    y = picture.y + _LEADING - 1
    picture.text(left, y, f"{number + 1}  {stage_name(stage, picture.lang)}", "title")
    passed = picture.path.passed(stage) if picture.path else None
    if passed:
        picture.text(right, y, passed.first.isoformat(), "when", anchor="end")
    elif kind:
        picture.text(right, y, say(f"life.{kind}", picture.lang), "small", "ahead", anchor="end")
    for words, when in rows:
        y += _LEADING
        picture.text(left, y, words, "ahead" if kind == "ahead" else "row")
        picture.text(right, y, when, "small", "when", anchor="end")
    picture.y += height


def _rows(picture: _Picture, stage: Stage, lines: list[Transition]) -> Iterator[tuple[str, str]]:
    """What may be done at a station and by whom; and, of one work item, when it was."""
    for passing in (one for one in LIFE if one.via is stage and stage is Stage.REVIEW):
        yield from _row(picture, say("life.pass_review", picture.lang), passing.by, passing.action)
    for action, same in groupby(lines, key=lambda one: one.action):
        by = tuple(dict.fromkeys(party for one in same for party in one.by))
        yield from _row(picture, action_name(action, picture.lang), by, action)


def _row(picture: _Picture, words: str, by: tuple[Party, ...], action: Action) -> Iterator[tuple[str, str]]:
    """Lines of words on the left and right; what has no room beside the left ones gets a line of its own."""
    passage = picture.path.taken(action) if picture.path else None
    when = passage_words(passage, picture.lang) if passage else ""
    said = say("life.line", picture.lang, action=words, who=parties(by, picture.lang))
    width = _BOX - 24
    *before, last = wrapped(said, width)
    yield from ((line, "") for line in before)
    if width_of(last) + width_of(when) * SMALL <= width:
        yield last, when
        return
    yield last, ""
    yield from (("", line) for line in wrapped(when, width / SMALL))


def _pill_width(picture: _Picture, state: State) -> float:
    return max(46.0, width_of(_pill_words(picture, state)) / 2 + 14)


def _pill_words(picture: _Picture, state: State) -> str:
    words = state_name(state, picture.lang)
    if picture.path and state is picture.path.state:
        return say("life.here", picture.lang, state=words)
    return words


def _pill(picture: _Picture, state: State, number: int = len(Stage)) -> None:
    place, kind = picture.states[state], _state_kind(picture.path, state, number)
    picture.rect(place, f"pill {kind}".strip(), _PILL / 2)
    classes = {"current": "title", "ahead": "ahead"}.get(kind, "row")
    picture.text(place.x, place.y + 4.5, _pill_words(picture, state), classes, anchor="middle")


def _beside(picture: _Picture) -> None:
    """The states beside the chain, with what leads to them and from them."""
    for state in BESIDE:
        line = next(one for one in LIFE if one.target is state)
        station = picture.stages[line.stage]
        place = Place(_RIGHT, station.y, _SIDE / 2, _PILL / 2)
        picture.states[state] = place
        above = [one for one in line.sources if picture.states[one].y < place.y]
        if above:
            start, end = (_LEFT + _BOX, place.y), (_RIGHT - _SIDE / 2, place.y)
            picture.arrow(start, end, kind=picture.went(*((one, state) for one in above)))
        below = [one for one in line.sources if one not in above]
        # What was walked is drawn last, over the lines that it shares with others.
        for source in sorted(below, key=lambda one: picture.went((one, state)) == "passed"):
            _up(picture, source, state)
        _leave(picture, state)
        _pill(picture, state)


def _up(picture: _Picture, source: State, state: State) -> None:
    """From a state further down to the one beside the chain."""
    start, end, kind = picture.states[source], picture.states[state], picture.went((source, state))
    foot = end.y + end.half_height
    if source in BESIDE:
        x = _RIGHT + 5 * _APART
        picture.arrow((x, start.y - start.half_height), (x, foot), kind=kind)
    else:
        picture.arrow((start.x + start.half_width, start.y), (_RIGHT, start.y), (_RIGHT, foot), kind=kind)


def _leave(picture: _Picture, state: State) -> None:
    """From a state beside the chain to the station at which work goes on."""
    place, back = picture.states[state], picture.stages[_way_back(state)]
    kind = "" if picture.path is None else "ahead"
    if picture.path and any(
        one.source is state and (one.target is not state or Party.OWNER in one.line.by)
        for one in picture.path.steps
    ):
        kind = "passed"
    points = (
        [(place.x, place.y - place.half_height), (place.x, back.y)]
        if back.y < place.y
        else [(place.x - place.half_width, place.y)]
    )
    picture.arrow(*points, (_LEFT + _BOX, back.y), kind=kind)


def _way_back(state: State) -> Stage:
    """The station at which work goes on that stands beside the chain: the owner's, else the first."""
    lines = [one for one in LIFE if state in one.sources]
    return next((one.stage for one in lines if Party.OWNER in one.by), lines[0].stage)


def _back(picture: _Picture) -> None:
    """What leads back in the chain, each on a lane of its own on the left."""
    chain: list[State] = [state for state in picture.states if state not in BESIDE]
    lanes = 0
    for line in LIFE:
        target = line.target
        behind = [one for one in line.sources if one in chain and target in chain]
        if target is None or not behind:
            continue
        source = max(behind, key=chain.index)
        if chain.index(source) <= chain.index(target):
            continue
        start, end, x = picture.states[source], picture.states[target], _LANE - lanes * _NEXT_LANE
        kind = picture.went(*((one, target) for one in behind if one is not target))
        picture.arrow(
            (start.x - start.half_width, start.y - _APART / 2),
            (x, start.y - _APART / 2),
            (x, end.y + _APART / 2),
            (end.x - end.half_width, end.y + _APART / 2),
            kind=kind,
        )
        picture.label(x, (start.y + end.y) / 2, action_name(line.action, picture.lang), kind or "row")
        lanes += 1


def _foot(picture: _Picture) -> None:
    picture.y += 10
    for note in notes(picture.lang):
        for line in wrapped(note, (_WIDTH - 32) / SMALL):
            picture.y += 18
            picture.text(16, picture.y, line, "small")
