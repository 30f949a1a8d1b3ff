"""The sweep in SQL says what the laws say, on both databases; and whatever happens, nothing is lost."""

from __future__ import annotations

from datetime import UTC, date, datetime, time

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, insert, select
from sqlalchemy.orm import Session

from models.supervision.read import shipped
from models.supervision.rules import Supervision
from models.tables import Absence
from tasks.sweep import sweep
from tasks.sweep.stage import STAGE
from tests.integration.sweep_world import (
    CALENDAR,
    Drawn,
    drawn_absences,
    drawn_table,
    drawn_work,
    found,
    laws,
    store,
)

DAYS = st.dates(date(2026, 1, 3), date(2026, 12, 20))
#: Every example is undone; what fails is shown as it was found, because shrinking a whole table takes long.
IN_ONE_DATABASE = settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    max_examples=10,
)


@IN_ONE_DATABASE
@given(data=st.data(), day=DAYS, table=st.one_of(st.just(shipped()), drawn_table()))
def test_sql_judges_as_the_laws_do(swept: Engine, data: st.DataObject, day: date, table: Supervision) -> None:
    work: list[Drawn] = data.draw(st.lists(drawn_work(day), min_size=20, max_size=40))
    absences = data.draw(drawn_absences(day))
    with swept.connect() as connection, Session(connection, join_transaction_mode="rollback_only") as session:
        store(session, work)
        if absences:
            session.execute(insert(Absence), absences)
        meant = laws(session, table, day)

        sweep.look(
            session, table, calendar=CALENDAR, day=day, at=datetime.combine(day, time(1), UTC), away_before=[]
        )
        rows = {row.id: row for row in session.execute(select(STAGE))}

    assert rows.keys() == meant.keys()
    for number, row in rows.items():
        law, one = meant[number], work[number - 1]
        assert (row.light, row.rule) == (law.light, law.rule), one
        numbers = [getattr(row, name) for name in law.numbers._fields]
        assert numbers == list(law.numbers), one
        rungs = {track: getattr(row, f"{track}_rung") for track in ("owner", "head", "leader")}
        assert {track: rung for track, rung in rungs.items() if rung} == law.rungs, one
        assert row.look_on == law.look_on, one


@pytest.fixture
def swept(database: Engine) -> Engine:
    found(database)
    return database
