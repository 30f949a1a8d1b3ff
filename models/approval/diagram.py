"""Draw an approval as text: a Mermaid flowchart, and a tree for the terminal."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from models.approval.definition import END, INITIATOR, PREVIOUS, Choice, Definition, Element, Parallel, Step
from models.approval.diagram_words import branch_words, name_of, path_words, rejection_words, step_words
from models.approval.path_taken import PathTaken
from models.messages import Lang, say

_CLASSES = {
    "open": "fill:#fff4d6,stroke:#b7791f,stroke-width:3px",
    "passed": "fill:#e3f4e6,stroke:#2f855a",
    "rejected": "fill:#fde2e2,stroke:#c53030",
    "returned": "fill:#fdebdc,stroke:#c05621",
    "skipped": "fill:#f2f2f2,stroke:#999999,stroke-dasharray:4 3",
    "cancelled": "fill:#f2f2f2,stroke:#999999",
}


def mermaid(definition: Definition, lang: Lang, path: PathTaken | None = None) -> str:
    """A Mermaid flowchart, with the way that a running approval took if `path` is given."""
    chart = _Chart(definition, lang, path)
    chart.add(f'start(["{_escaped(say("approval_diagram.start", lang))}"])')
    last = chart.sequence(definition.steps, [("start", "")])
    chart.add(f'finish(["{_escaped(say("approval_diagram.end", lang))}"])')
    chart.link(last, "finish")
    chart.rejections()
    styles = [f"classDef {name} {style}" for name, style in _CLASSES.items()] if path is not None else []
    return "\n".join(["flowchart TD", *(f"    {line}" for line in [*chart.lines, *styles])]) + "\n"


#: An end that a next node hangs on: its node, and what its arrow says.
_Loose = tuple[str, str]


@dataclass
class _Chart:
    definition: Definition
    lang: Lang
    path: PathTaken | None
    lines: list[str] = field(default_factory=list)

    def add(self, line: str) -> None:
        self.lines.append(line)

    def link(self, loose: list[_Loose], node: str) -> None:
        for before, words in loose:
            arrow = f'-->|"{_escaped(words)}"|' if words else "-->"
            self.add(f"{before} {arrow} {node}")

    def sequence(self, elements: tuple[Element, ...], loose: list[_Loose]) -> list[_Loose]:
        for element in elements:
            loose = self._element(element, loose)
        return loose

    def _element(self, element: Element, loose: list[_Loose]) -> list[_Loose]:
        if isinstance(element, Step):
            self._step(element)
            self.link(loose, f"s_{element.key}")
            return [(f"s_{element.key}", "")]
        node = f"b_{element.key}"
        if isinstance(element, Parallel):
            self.add(f'{node}[["{_escaped(say("approval_diagram.parallel", self.lang))}"]]')
            self.link(loose, node)
            ends = [end for branch in element.branches for end in self.sequence(branch, [(node, "")])]
            self.add(f'j_{element.key}[["{_escaped(say("approval_diagram.join", self.lang))}"]]')
            self.link(ends, f"j_{element.key}")
            return [(f"j_{element.key}", "")]
        self.add(f'{node}{{"{_escaped(say("approval_diagram.choice", self.lang))}"}}')
        self.link(loose, node)
        return [
            end
            for condition, steps in element.branches
            for end in self.sequence(steps, [(node, branch_words(condition, self.lang))])
        ]

    def _step(self, step: Step) -> None:
        words = [name_of(step, self.lang), *step_words(step, self.lang)]
        style = ""
        if self.path is not None:
            taken = self.path.step(step.key)
            words += path_words(taken, self.lang)
            style = f":::{taken.stage}" if taken.stage in _CLASSES else ""
        label = "<br/>".join(_escaped(word) for word in words)
        self.add(f's_{step.key}["{label}"]{style}')

    def rejections(self) -> None:
        """Dotted arrows back to where rejections lead; one step back is told, as it depends on the way."""
        words = _escaped(say("approval_diagram.rejection", self.lang))
        for step in self.definition.by_key.values():
            if step.rejected == INITIATOR:
                self.add(f's_{step.key} -.->|"{words}"| start')
            elif step.rejected not in {END, PREVIOUS}:
                self.add(f's_{step.key} -.->|"{words}"| s_{step.rejected}')


def _escaped(words: str) -> str:
    """Words inside Mermaid quotes: what means something there, as numbered characters."""
    return "".join(f"#{ord(char)};" if char in '"#<>&`;\\' else char for char in words)


def outline(definition: Definition, lang: Lang, path: PathTaken | None = None) -> list[str]:
    """A tree of lines for the terminal."""
    title = f"{name_of(definition, lang)} ({definition.code} {definition.version})"
    return [title, *_tree([_entry(definition, one, lang, path) for one in definition.steps])]


@dataclass(frozen=True)
class _Entry:
    """A line of the tree, what is said below it, and what hangs on it."""

    head: str
    notes: tuple[str, ...] = ()
    children: tuple[_Entry, ...] = ()


def _entry(definition: Definition, element: Element, lang: Lang, path: PathTaken | None) -> _Entry:
    if isinstance(element, Step):
        taken = path_words(path.step(element.key), lang) if path is not None else []
        words = [*step_words(element, lang), *rejection_words(definition, element, lang), *taken]
        return _Entry(f"{name_of(element, lang)} [{element.key}]", tuple(words))
    if isinstance(element, Choice):
        heads = [branch_words(condition, lang) for condition, _ in element.branches]
        contents = [steps for _, steps in element.branches]
        label = say("approval_diagram.choice", lang)
    else:
        heads = [
            say("approval_diagram.branch", lang, number=number)
            for number in range(1, len(element.branches) + 1)
        ]
        contents = list(element.branches)
        label = say("approval_diagram.parallel", lang)
    branches = (
        _Entry(head, children=tuple(_entry(definition, one, lang, path) for one in steps))
        for head, steps in zip(heads, contents, strict=True)
    )
    return _Entry(f"{label} [{element.key}]", children=tuple(branches))


def _tree(entries: list[_Entry]) -> Iterator[str]:
    for entry in entries:
        is_last = entry is entries[-1]
        rail = "   " if is_last else "│  "
        yield ("└─ " if is_last else "├─ ") + entry.head
        stem = "│  " if entry.children else "   "
        yield from (rail + stem + note for note in entry.notes)
        yield from (rail + line for line in _tree(list(entry.children)))
