"""The half-year inspection: findings and the work that puts them right."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from models import periods
from models.database import unit_of_work
from models.errors import DubanError, InputError, NotFoundError, RefusedError
from models.tables import Event, Item, WorkItem
from tasks.inspect import Found, open_inspection, record_finding, release_inspection
from tests.integration.documents_bureau import COORDINATOR, Bureau, instant

pytest_plugins = ["tests.integration.documents_bureau"]
H1 = periods.half(2026, 1)
TODAY = date(2026, 6, 1)
AT = instant(TODAY)


def _record(
    bureau: Bureau,
    session: Session,
    words: str = "会议记录不全",
    *,
    unit: str = "第一党支部",
    kind: str = "problem",
    rectify_by: date | None = date(2026, 6, 27),
) -> Found:
    return record_finding(
        session,
        H1,
        unit,
        words,
        kind=kind,
        rectify_by=rectify_by,
        by=bureau.people["林晓东"],
        calendar=bureau.calendar,
        at=AT,
        today=TODAY,
    )


def test_a_problem_becomes_work_of_the_units_head(bureau: Bureau) -> None:
    with unit_of_work(bureau.engine) as session:
        open_inspection(session, H1, actor=COORDINATOR, at=AT)
        _record(bureau, session, "学习有特色", kind="merit", rectify_by=None)

        found = _record(bureau, session)

        item, work = session.scalars(select(Item)).one(), session.scalars(select(WorkItem)).one()
        assert (item.ref, item.category, item.origin) == ("整改2026H1-02", "检查整改", "finding")
        assert item.title == "整改检查发现的问题：会议记录不全"
        assert (work.period, work.due_on, work.nominal_due_on) == (
            "2026-06",
            date(2026, 6, 26),
            date(2026, 6, 27),
        )
        assert (work.owner_id, work.state) == (bureau.people["吕国平"].id, "assigned")
        assert work.finding_id == found.finding.id


def test_recording_the_same_words_again_changes_nothing(bureau: Bureau) -> None:
    with unit_of_work(bureau.engine) as session:
        open_inspection(session, H1, actor=COORDINATOR, at=AT)
        first = _record(bureau, session)

        second = _record(bureau, session)

        assert (first.fresh, second.fresh) == (True, False)
        assert second.finding.id == first.finding.id
        assert second.work is not None
        assert len(session.scalars(select(WorkItem)).all()) == 1


def test_the_events_tell_the_course_of_the_inspection(bureau: Bureau) -> None:
    with unit_of_work(bureau.engine) as session:
        open_inspection(session, H1, actor=COORDINATOR, at=AT)
        open_inspection(session, H1, actor=COORDINATOR, at=AT)
        _record(bureau, session)
        release_inspection(session, H1, actor=COORDINATOR, at=AT)
        release_inspection(session, H1, actor=COORDINATOR, at=AT)

        verbs = session.scalars(select(Event.verb).order_by(Event.id)).all()
        assert verbs[1:] == [
            "inspection.opened",
            "finding.recorded",
            "work_item.opened",
            "inspection.released",
        ]


@pytest.mark.parametrize(
    ("given", "refusal", "sentence"),
    [
        ({"unit": "第九党支部"}, NotFoundError, "没有名为“第九党支部”的单位"),
        ({"rectify_by": None}, InputError, "没有整改时限"),
        ({"rectify_by": date(2026, 5, 29)}, InputError, "早于登记日期"),
        ({"kind": "praise"}, InputError, "请写 problem（问题）或 merit（亮点）"),
        ({"words": " "}, InputError, "没有写内容"),
    ],
)
def test_a_finding_that_cannot_be_used_is_refused(
    bureau: Bureau, given: dict[str, object], refusal: type[DubanError], sentence: str
) -> None:
    with unit_of_work(bureau.engine) as session:
        open_inspection(session, H1, actor=COORDINATOR, at=AT)

        with pytest.raises(refusal) as refused:
            _record(bureau, session, **given)  # type: ignore[arg-type]  # one argument of any kind

        assert sentence in refused.value.sentence("zh")


def test_nothing_is_recorded_before_opening_or_after_release(bureau: Bureau) -> None:
    with unit_of_work(bureau.engine) as session:
        with pytest.raises(NotFoundError, match="is not open"):
            _record(bureau, session)
        open_inspection(session, H1, actor=COORDINATOR, at=AT)
        release_inspection(session, H1, actor=COORDINATOR, at=AT)

        with pytest.raises(RefusedError, match="has been released"):
            _record(bureau, session)


def test_only_half_years_are_inspected(bureau: Bureau) -> None:
    with unit_of_work(bureau.engine) as session, pytest.raises(InputError, match="2026-H1"):
        open_inspection(session, periods.month(2026, 3), actor=COORDINATOR, at=AT)
