"""What a diagram is drawn on: boxes, arrows and words as SVG that stands alone."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, NamedTuple
from xml.sax.saxutils import escape

from models.approval.diagram_svg import width_of

#: How large small words are beside ordinary ones.
SMALL: Final = 12 / 13

_STYLE: Final = """
text{font:13px 'Noto Sans CJK SC','Microsoft YaHei','PingFang SC',SimHei,sans-serif;fill:#333}
text.title{font-weight:bold;fill:#111}
text.head{font-size:17px;font-weight:bold;fill:#111}
text.small{font-size:12px;fill:#5b626a}
text.when{fill:#1d6b3f}
text.ahead{fill:#8a929a}
rect{fill:#fff;stroke:#5b6b7b;stroke-width:1.2}
rect.pill{fill:#eef2f6}
rect.label{stroke:none}
rect.passed{fill:#e3f4e6;stroke:#2f855a}
rect.current{fill:#fff4d6;stroke:#b7791f;stroke-width:2.6}
rect.skipped{fill:#f6f6f6;stroke:#999;stroke-dasharray:4 3}
rect.ahead{fill:#fff;stroke:#b4bcc4}
polyline{fill:none;stroke:#5b6b7b;stroke-width:1.2;marker-end:url(#tip)}
polyline.passed{stroke:#2f855a;stroke-width:2.2;marker-end:url(#tip-passed)}
polyline.ahead{stroke:#b4bcc4;marker-end:url(#tip-ahead)}
""".strip()
_TIPS: Final = {"tip": "#5b6b7b", "tip-passed": "#2f855a", "tip-ahead": "#b4bcc4"}


class Place(NamedTuple):
    """Where a box or pill lies: its middle, and half of its size."""

    x: float
    y: float
    half_width: float
    half_height: float


@dataclass
class Canvas:
    """The parts of a picture in the order in which they are drawn."""

    parts: list[str] = field(default_factory=list)

    def text(self, x: float, y: float, words: str, *classes: str, anchor: str = "start") -> None:
        """One line of words."""
        place = f'class="{" ".join(classes)}" x="{x:g}" y="{y:g}" text-anchor="{anchor}"'
        self.parts.append(f"<text {place}>{_text(words)}</text>")

    def rect(self, place: Place, kind: str, radius: float) -> None:
        """A box around a place."""
        self.parts.append(
            f'<rect class="{kind}" x="{place.x - place.half_width:g}" y="{place.y - place.half_height:g}" '
            f'width="{2 * place.half_width:g}" height="{2 * place.half_height:g}" rx="{radius:g}"/>'
        )

    def arrow(self, *points: tuple[float, float], kind: str) -> None:
        """A line with a tip at its end."""
        drawn = " ".join(f"{x:g},{y:g}" for x, y in points)
        self.parts.append(f'<polyline class="{kind}" points="{drawn}"/>')

    def label(self, x: float, y: float, words: str, kind: str) -> None:
        """Words on a line, which they interrupt."""
        half = width_of(words) * SMALL / 2
        self.rect(Place(x, y, half + 3, 9), "label", 0)
        self.text(x, y + 4.5, words, "small", kind, anchor="middle")

    def markup(self, *, width: float, height: float, title: str) -> str:
        """The picture as a file."""
        size = f'viewBox="0 0 {width:g} {height:g}" width="{width:g}" height="{height:g}"'
        tips = "".join(
            f'<marker id="{name}" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8" markerHeight="8" '
            'markerUnits="userSpaceOnUse" orient="auto">'
            f'<path d="M0,0 L8,4 L0,8 z" fill="{colour}"/></marker>'
            for name, colour in _TIPS.items()
        )
        return "\n".join(
            [
                f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" style="background:#fff">',
                f"<title>{_text(title)}</title>",
                f"<style>{_STYLE}</style>",
                f"<defs>{tips}</defs>",
                *self.parts,
                "</svg>\n",
            ]
        )


def _text(words: str) -> str:
    """Words as XML; people's names and titles may hold signs that XML cannot."""
    return escape("".join(char if char.isprintable() else " " for char in words))
