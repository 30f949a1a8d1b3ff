"""A half-year's inspection from its bulletin to its release, run again, late, and after it was cut off."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import TypeVar

import pytest
from sqlalchemy import Engine, select

from flows.office import Office
from flows.stories.documents import half_year_inspection
from flows.stories.step import plainly
from models import periods
from models.settings import Settings
from models.tables import Approval, Inspection, Notice, Publication
from tests.deciding import approve_all

Result = TypeVar("Result")
H1 = periods.half(2026, 1)


@pytest.fixture
def office(in_force: Engine, tmp_path: Path) -> Office:
    settings = Settings(home=tmp_path, database_url=in_force.url.render_as_string(hide_password=False))
    return Office(settings, in_force, settings.clock().at(date(2026, 6, 1)))


def approve(office: Office) -> None:
    with office.write() as session:
        for number in session.scalars(select(Approval.id).where(Approval.status == "running")).all():
            approve_all(session, number, office.clock.now())


def editions(office: Office) -> list[tuple[int, str]]:
    with office.read() as session:
        found = select(Publication.version, Publication.state).where(Publication.kind == "bulletin")
        return list(session.execute(found.order_by(Publication.version)).tuples().all())


def cut_off_after_release(name: str, work: Callable[[], Result]) -> Result:
    """A run whose worker is told to stop once the inspection is released, before anybody is told."""
    if name == "通知":
        raise KeyboardInterrupt
    return work()


def test_a_bulletin_that_is_out_is_told_and_not_written_again(office: Office) -> None:
    half_year_inspection(plainly, office, period=H1)
    approve(office)
    later = office.on(date(2026, 6, 8))
    with pytest.raises(KeyboardInterrupt):
        half_year_inspection(cut_off_after_release, later, period=H1)
    with later.read() as session:
        assert session.scalars(select(Inspection.released_at)).one() is not None

    outcomes = [half_year_inspection(plainly, office.on(date(2026, 6, day)), period=H1) for day in (9, 29)]

    assert editions(office) == [(1, "issued")]
    assert [one.waits_for for one in outcomes] == ["", ""]
    with later.read() as session:
        assert session.scalars(select(Approval.id).where(Approval.status == "running")).all() == []
        assert session.scalars(select(Notice.id).where(Notice.letter == "bulletin")).all()
