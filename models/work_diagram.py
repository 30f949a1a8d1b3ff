"""The life of a work item as documentation: a Markdown table and a Mermaid state diagram, from one table."""

from __future__ import annotations

from collections.abc import Iterator

from models.lifecycle import LIFE, Action, Party, Stage, State, Transition
from models.messages import Lang, say
from models.work_diagram_path import Passage, WorkPath

_CLASSES = {
    "passed": "fill:#e3f4e6,stroke:#2f855a",
    "current": "fill:#fff4d6,stroke:#b7791f,stroke-width:3px",
}


def table(lang: Lang, path: WorkPath | None = None) -> str:
    """The chain as a Markdown table, station by station; with `path` also when each step was taken."""
    heads = ["stage", "action", "who", "sources", "target", *(["passage"] if path else [])]
    rows = [[say(f"life.{head}", lang) for head in heads], ["---"] * len(heads)]
    shown: Stage | None = None
    for line in LIFE:
        row = [
            stage_name(line.stage, lang) if line.stage is not shown else "",
            action_name(line.action, lang),
            parties(line.by, lang),
            _states(line.sources, lang) or "—",
            state_name(line.target, lang) if line.target else say("life.unchanged", lang),
        ]
        if path:
            passage = path.taken(line.action, *(line.sources or (None,)))
            row.append(passage_words(passage, lang) if passage else "")
        shown = line.stage
        rows.append(row)
    lines = ["| " + " | ".join(_cell(cell) for cell in row) + " |" for row in rows]
    before = [f"**{_cell(path.title)}**", "", standing_words(path, lang), ""] if path else []
    return "\n".join([*before, *lines, "", *notes(lang)]) + "\n"


def mermaid(lang: Lang, path: WorkPath | None = None) -> str:
    """A Mermaid state diagram; with `path` the states that were passed and the steps that were taken."""
    lines = ["stateDiagram-v2", "    direction TB"]
    lines += [f'    state "{_escaped(state_name(state, lang))}" as {state}' for state in State]
    lines += [f"    {arrow}" for arrow in _arrows(lang, path)]
    lines.append(f"    {State.ARCHIVED} --> [*]")
    if path:
        lines += [f"    classDef {name} {style}" for name, style in _CLASSES.items()]
        lines += [
            f"    class {state} {'current' if state is path.state else 'passed'}"
            for state in State
            if state in path.states
        ]
    return "\n".join(lines) + "\n"


def _arrows(lang: Lang, path: WorkPath | None) -> Iterator[str]:
    """An arrow for every pair of states, with all steps that lead from one to the other."""
    steps: dict[tuple[State | None, State], list[Transition]] = {}
    for line in LIFE:
        for source in line.sources or (None,):
            target = line.target or source
            assert target is not None  # noqa: S101  # what brings into being has a target
            steps.setdefault((source, target), []).append(line)
    for (source, target), lines in steps.items():
        words = [_step(line, source, lang, path) for line in lines]
        yield f"{source or '[*]'} --> {target} : {_escaped(say('life.or', lang).join(words))}"


def _step(line: Transition, source: State | None, lang: Lang, path: WorkPath | None) -> str:
    """A step on an arrow; who may take it is said where it changes the state, the table has the rest."""
    words = action_name(line.action, lang)
    if line.target not in {None, source}:
        words = say("life.step", lang, action=words, who=parties(line.by, lang))
    passage = path.taken(line.action, source) if path else None
    return f"{words} ✓ {passage_words(passage, lang)}" if passage else words


def stage_name(stage: Stage, lang: Lang) -> str:
    """What bureaus call a station."""
    return say(f"stage.{stage}", lang)


def action_name(action: Action, lang: Lang) -> str:
    """What bureaus call a step of a work item."""
    return say(f"work_action.{action}", lang)


def state_name(state: State, lang: Lang) -> str:
    """What bureaus call a state."""
    return say(f"state.{state}", lang)


def parties(by: tuple[Party, ...], lang: Lang) -> str:
    """Who may take a step, in words."""
    return say("life.comma", lang).join(say(f"party.{party}", lang) for party in by)


def passage_words(passage: Passage, lang: Lang) -> str:
    """When and by whom a step was taken, and how often."""
    by = passage.by or say("party.system", lang)
    key = "life.once" if passage.times == 1 else "life.often"
    return say(key, lang, day=passage.last.isoformat(), by=by, count=passage.times).strip()


def standing_words(path: WorkPath, lang: Lang) -> str:
    """Where a work item stands."""
    return say("life.standing", lang, state=state_name(path.state, lang))


def notes(lang: Lang) -> list[str]:
    """What goes below every form of the chain."""
    return [say("life.note_owner", lang), say("life.note_review", lang)]


def _states(states: tuple[State, ...], lang: Lang) -> str:
    return say("life.or", lang).join(state_name(state, lang) for state in states)


def _cell(words: str) -> str:
    """Words inside a Markdown table: on one line, and no cell's end."""
    return " ".join(words.split()).replace("\\", "\\\\").replace("|", "\\|")


def _escaped(words: str) -> str:
    """Words on one line of a Mermaid diagram: what means something there, as numbered characters."""
    plain = "".join(char if char.isprintable() else " " for char in words)
    return "".join(f"#{ord(char)};" if char in '"#<>&`;:{}[]\\%' else char for char in plain)
