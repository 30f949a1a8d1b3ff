"""Something takes place once: reported once, counted wherever it counts, and nowhere twice."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import Engine, event, select
from sqlalchemy.orm import Session

from models import periods
from models.database import unit_of_work
from models.errors import DubanError, InputError, NotFoundError, RefusedError
from models.journal import verify
from models.tables import Activity, Approval, Event, Feedback, Item, Unit, WorkItem
from tasks.activities import Counts, activities_in, finish_counted, record_activity, uses_of
from tasks.directory import find_coordinator, find_person
from tasks.figures import by_key, compute_figures
from tasks.work import Hand, feedback, finish
from tests.deciding import approve_all, staff_on

TODAY = date(2026, 3, 25)
NOON = datetime(2026, 3, 25, 4, tzinfo=UTC)
LECTURE = "党组书记讲铸牢中华民族共同体意识专题党课暨主题党日"
YEAR = periods.year(2026)


def hand_of(session: Session, name: str = "") -> Hand:
    person = find_person(session, name) if name else find_coordinator(session, "")
    assert person is not None
    return Hand(person, NOON, TODAY)


def number_of(session: Session, ref: str, period: str, unit: str = "机关党委") -> int:
    return session.scalars(
        select(WorkItem.id)
        .join(Item, Item.id == WorkItem.item_id)
        .join(Unit, Unit.id == WorkItem.unit_id)
        .where(Item.ref == ref, WorkItem.period == period, Unit.name == unit)
    ).one()


def record(
    session: Session, counts: Counts, *, title: str = LECTURE, on: date = TODAY, again: bool = False
) -> Activity:
    return record_activity(
        session, hand_of(session), title=title, on=on, counts=counts, words="全体党员参加", again=again
    )


def close(session: Session, number: int) -> None:
    """Let everybody approve the closing of ★ work."""
    asked = select(Approval.id).where(Approval.subject == "work_item", Approval.subject_id == number)
    approve_all(session, session.scalars(asked).one(), NOON)


def values(session: Session) -> dict[str, float]:
    return {figure.key: figure.value for figure in compute_figures(session, year=2026, period=YEAR)}


def test_one_lecture_is_reported_on_every_work_item_and_counts_once_a_figure(in_force: Engine) -> None:
    with unit_of_work(in_force) as session:
        yearly, half = number_of(session, "26", "2026"), number_of(session, "25", "2026-H1")
        day = number_of(session, "40", "2026-03", "第一党支部")

        activity = record(session, [(half, None), (yearly, 1), (day, None)])
        finish(session, day, hand_of(session), words=LECTURE, staff=staff_on(session, NOON))
        close(session, day)

        reports = session.scalars(select(Feedback).where(Feedback.activity_id == activity.id)).all()
        assert {one.work_item_id: one.quantity for one in reports} == {half: 1, yearly: 1, day: None}
        assert {(one.on, one.words) for one in reports} == {(TODAY, f"{LECTURE}：全体党员参加")}
        happened = session.scalars(select(Event).where(Event.verb == "activity.recorded")).one()
        assert (happened.subject, happened.subject_id) == ("activity", activity.id)
        figures = by_key(compute_figures(session, year=2026, period=YEAR))
        assert (figures["专题党课次"].value, figures["主题党日次"].value) == (1, 1)
        assert set(figures["专题党课次"].work_items) == {half, yearly, day}
        assert figures["专题党课次"].activities == (activity.id,)
        assert "名称写明主题党日的专题党课，一并计入。" in figures["主题党日次"].rule
        assert verify(session).broken_at is None


def test_education_held_as_a_study_session_counts_in_both_figures(in_force: Engine) -> None:
    with unit_of_work(in_force) as session:
        education = number_of(session, "51", "2026")
        record(session, [(education, None)], title="警示教育集中学习")
        record(session, [(education, None)], title="观看警示教育片")
        feedback(session, education, hand_of(session), words="教育一次", quantity=1)

        counted = values(session)

        assert (counted["廉政教育次"], counted["集中学习次"]) == (3, 1)


def test_an_activity_behind_a_closing_is_not_counted_again_by_it(in_force: Engine) -> None:
    with unit_of_work(in_force) as session:
        education, study = number_of(session, "51", "2026"), number_of(session, "24", "2026-03")
        activity = record(session, [(education, None), (study, None)], title="警示教育集中学习")
        before = values(session)["集中学习次"]
        assert uses_of(session, activity.id).later == []

        finished = finish_counted(
            session, hand_of(session), [education, study], words="", staff=staff_on(session, NOON)
        )

        assert [work.id for work in finished] == [study]
        close(session, study)
        assert (before, values(session)["集中学习次"]) == (1, 1)
        uses = uses_of(session, activity.id)
        amounts = {key: sorted(share.amount for share in own) for key, own in uses.figures.items()}
        assert amounts == {"廉政教育次": [0, 1], "集中学习次": [0, 1]}


def test_a_figure_that_waits_for_a_closing_is_named(in_force: Engine) -> None:
    with unit_of_work(in_force) as session:
        activity = record(session, [(number_of(session, "24", "2026-03"), None)], title="干部集体学习")

        uses = uses_of(session, activity.id)

        assert (uses.figures, uses.later) == ({}, ["集中学习次"])


def test_figures_take_the_same_number_of_statements_however_much_there_is(in_force: Engine) -> None:
    statements: list[str] = []
    event.listen(in_force, "before_cursor_execute", lambda *told: statements.append(told[2]))
    with unit_of_work(in_force) as session:
        record(session, [(number_of(session, "51", "2026"), None)], title="警示教育集中学习")
        session.flush()
        statements.clear()

        compute_figures(session, year=2026, period=YEAR)

        assert len([one for one in statements if one.lstrip().startswith("SELECT")]) == 5


def test_the_list_names_what_each_activity_counts_for(in_force: Engine) -> None:
    with unit_of_work(in_force) as session:
        education, study = number_of(session, "51", "2026"), number_of(session, "24", "2026-03")
        record(session, [(study, None), (education, None)], title="警示教育集中学习")

        found = activities_in(session, periods.month(2026, 3))

        assert [(one.title, one.on, set(one.works)) for one in found] == [
            ("警示教育集中学习", TODAY, {education, study})
        ]
        assert activities_in(session, periods.month(2026, 4)) == []


def test_the_same_activity_recorded_again_by_mistake_is_pointed_out(in_force: Engine) -> None:
    with unit_of_work(in_force) as session:
        education, study = number_of(session, "51", "2026"), number_of(session, "24", "2026-03")
        first = record(session, [(education, None)], title="警示教育")

        with pytest.raises(RefusedError) as refused:
            record(session, [(education, None), (study, None)], title=" 警示教育 ")
        record(session, [(education, None)], title="警示教育", again=True)

        assert f"已登记为第 {first.id} 号，并已计入任务 {education}" in refused.value.sentence("zh")
        assert values(session)["廉政教育次"] == 2


def test_what_cannot_be_counted_is_refused(in_force: Engine) -> None:
    with unit_of_work(in_force) as session:
        yearly, aid = number_of(session, "26", "2026"), number_of(session, "66", "2026-Q1", "农业农村审计科")
        march, april = number_of(session, "24", "2026-03"), number_of(session, "24", "2026-04")
        refused = [
            refusal(session, [], LECTURE),
            refusal(session, [(yearly, None)], " "),
            refusal(session, [(yearly, None), (yearly, 1)], LECTURE),
            refusal(session, [(yearly, 2)], LECTURE),
            refusal(session, [(march, None), (april, None)], LECTURE),
            refusal(session, [(aid, None)], LECTURE),
            refusal(session, [(yearly, None), (10**9, None)], LECTURE),
        ]

    assert refused == [
        "activity_works",
        "activity_title",
        "activity_twice",
        "activity_once",
        "activity_two_periods",
        "activity_amount",
        "work_unknown",
    ]


def refusal(session: Session, counts: Counts, title: str) -> str:
    with pytest.raises((InputError, NotFoundError, RefusedError)) as refused:
        record(session, counts, title=title)
    return refused.value.code


@pytest.mark.parametrize("on", [date(2026, 3, 26), date(2026, 1, 6)])
def test_a_day_that_no_report_may_have_leaves_nothing_behind(in_force: Engine, on: date) -> None:
    with unit_of_work(in_force) as session:
        counts = [(number_of(session, "26", "2026"), None), (number_of(session, "24", "2026-03"), None)]

    with pytest.raises(DubanError), unit_of_work(in_force) as session:
        record(session, counts, on=on)

    with unit_of_work(in_force) as session:
        assert session.scalars(select(Activity)).all() == []
        assert session.scalars(select(Feedback)).all() == []


def test_one_work_item_of_somebody_else_refuses_the_whole(in_force: Engine) -> None:
    with unit_of_work(in_force) as session:
        mine = number_of(session, "40", "2026-03", "第一党支部")
        foreign = number_of(session, "40", "2026-03", "第二党支部")

    with unit_of_work(in_force) as session:
        counts = [(mine, None), (foreign, None)]
        hand = hand_of(session, "吕国平")
        with pytest.raises(RefusedError, match=str(foreign)):
            record_activity(session, hand, title="联合主题党日", on=TODAY, counts=counts)
        session.rollback()

    with unit_of_work(in_force) as session:
        assert session.scalars(select(Feedback)).all() == []
