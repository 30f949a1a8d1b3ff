"""One measured number beside its baseline and the bound that it must keep."""

from __future__ import annotations

from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class Figure:
    """`ours` and `baseline` are medians in `unit`; `ratio` is what the bound is about.

    Without a baseline the bound is about `ours` itself; without a bound the figure is information.
    `missing` says why nothing could be measured.
    """

    name: str
    ours: float | None = None
    baseline: float | None = None
    bound: float | None = None
    unit: str = "s"
    short: bool = False
    missing: str = ""

    @property
    def ratio(self) -> float | None:
        """Ours against the baseline."""
        return self.ours / self.baseline if self.ours is not None and self.baseline else None

    @property
    def verdict(self) -> str:
        """`holds` or `FAILS`; `short` where a short run proves nothing; `info`; `missing: why`."""
        if self.missing:
            return f"missing: {self.missing}"
        if self.bound is None or self.ours is None:
            return "info"
        if self.short:
            return "short"
        judged = self.ours if self.baseline is None else self.ratio
        return "holds" if judged is not None and judged <= self.bound else "FAILS"

    def line(self) -> str:
        """The figure as one line, columns divided by bars."""
        cells = (
            f"BENCH {self.name}",
            _shown(self.ours, self.unit),
            _shown(self.baseline, self.unit),
            _shown(self.ratio),
            _shown(self.bound, self.unit if self.baseline is None else ""),
            self.verdict,
        )
        return " | ".join(cells)

    def as_json(self) -> dict[str, object]:
        """The same for programs."""
        return asdict(self) | {"ratio": self.ratio, "verdict": self.verdict}


def _shown(value: float | None, unit: str = "") -> str:
    return "-" if value is None else f"{value:.4g} {unit}".strip()
