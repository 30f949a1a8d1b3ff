"""Whether the installed packages fit each other, and ours are the ones that Python finds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path

from commands.checks.check import Check, Mark
from commands.desk import Desk

#: Distribution → first version that fits, first that does not any more. What happens outside these
#: bounds was found by running them: docs/decisions/0004-pinned-versions.md.
FITTING = {
    "prefect": ("3.8.8", "3.9"),
    "fastapi": ("0.139", "0.151"),
    "sqlalchemy": ("2.0.40", "2.1"),
}
#: Our top-level packages, which carry ordinary names.
OURS = ("cli", "commands", "flows", "portal", "tasks", "models", "notifications")
OUR_NAME = "duban"
ROOT = Path(__file__).resolve().parent.parent.parent


def check_versions(desk: Desk, installed: Mapping[str, str]) -> Iterator[Check]:
    """Prefect, FastAPI and SQLAlchemy within the bounds in which they work together."""
    for name, (first, beyond) in FITTING.items():
        found = installed.get(name, "")
        if found and numbers(first) <= numbers(found) < numbers(beyond):
            yield Check("version", Mark.GOOD, f"{name} {found}")
            continue
        shown = desk.say("doctor.version_wrong", name=name, found=found or "—", first=first, beyond=beyond)
        remedy = desk.say("doctor.version_remedy", why=desk.say(f"doctor.why_{name}"))
        yield Check("version", Mark.BAD, shown, remedy)


def installed_versions() -> dict[str, str]:
    """The versions that are installed, without importing anything."""
    found = {}
    for name in FITTING:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def numbers(text: str) -> tuple[int, ...]:
    """A version as numbers to compare: 2.0.40 before 2.1; what follows the numbers is left out."""
    found = []
    for part in text.split("."):
        if not part[:1].isdigit():
            break
        found.append(int("".join(char for char in part if char.isdigit())))
    return tuple(found)


def check_shadowing(
    desk: Desk, places: Mapping[str, Path | None], owners: Mapping[str, Sequence[str]]
) -> Check:
    """Our packages are the ones that Python finds; no other distribution brings the same names.

    `places` says where each name is found, `owners` which distributions bring it.
    """
    taken = {name: place for name, place in places.items() if place is None or ROOT not in place.parents}
    if taken:
        shown = "；".join(f"{name} → {place or '—'}" for name, place in taken.items())
        return Check("shadow", Mark.BAD, shown, desk.say("doctor.shadow_remedy", names="、".join(taken)))
    rivals = {name: [one for one in owners.get(name, ()) if one.lower() != OUR_NAME] for name in OURS}
    shown = "；".join(f"{name}：{'、'.join(found)}" for name, found in rivals.items() if found)
    if shown:
        names = "、".join(sorted({one for found in rivals.values() for one in found}))
        return Check("shadow", Mark.WARN, shown, desk.say("doctor.shadow_remedy", names=names))
    return Check("shadow", Mark.GOOD, desk.say("doctor.shadow_good", folder=ROOT))


def found_places() -> dict[str, Path | None]:
    """Where Python finds each of our top-level names."""
    found: dict[str, Path | None] = {}
    for name in OURS:
        spec = find_spec(name)
        found[name] = Path(spec.origin).resolve() if spec is not None and spec.origin else None
    return found
