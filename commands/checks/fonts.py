"""Whether the typefaces of official paper are installed."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Collection

from commands.checks.check import Check, Mark
from commands.desk import Desk
from tasks.issue.style import TYPEFACES

#: How long the list of typefaces may take, in seconds: a first run builds a cache.
PATIENCE = 30


def check_fonts(desk: Desk, families: Collection[str] | None) -> Check:
    """Each typeface of the documents, or one of its stand-ins, is installed; None means nobody knows."""
    if families is None:
        return Check("fonts", Mark.WARN, desk.say("doctor.fonts_unseen"), desk.say("doctor.fonts_elsewhere"))
    missing = [
        face.name
        for face in TYPEFACES
        if not any(name in families for name in (face.name, *face.fallback.split(",")))
    ]
    if missing:
        shown = desk.say("doctor.fonts_missing", names="、".join(missing))
        return Check("fonts", Mark.WARN, shown, desk.say("doctor.fonts_remedy"))
    return Check("fonts", Mark.GOOD, desk.say("doctor.fonts_good"))


def installed_families() -> frozenset[str] | None:
    """The names of the installed typefaces; None where the machine has no `fc-list` to ask."""
    program = shutil.which("fc-list")
    if program is None:
        return None
    listed = subprocess.run(  # noqa: S603  # our own fixed words
        [program, ":", "family"], capture_output=True, text=True, check=False, timeout=PATIENCE
    )
    return frozenset(name.strip() for line in listed.stdout.splitlines() for name in line.split(","))
