"""Versions of documents: nothing new, something new, drafts and their release."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import func, select

from models import periods
from models.database import unit_of_work
from models.errors import RefusedError
from models.tables import Event, Figure, Publication
from tasks.figures import CountedFigure
from tasks.issue.changes import Line, body_of
from tasks.issue.publish import Draft, Edition, Sheet, publish, publish_all, release
from tasks.issue.text import file_stem
from tests.integration.documents_bureau import Bureau, instant

pytest_plugins = ["tests.integration.documents_bureau"]
NOON = instant(date(2026, 3, 2))


def _render(edition: Edition) -> Iterable[Sheet]:
    return [Sheet("docx", "../清单 <一>", "docx", f"第{edition.version}版".encode())]


def _draft(*lines: Line, unit_id: int = 0) -> Draft:
    figure = CountedFigure("M项", "事项", 2, "项", "按计划统计", work_items=(3,), events=(1,))
    return Draft(
        "calendar",
        periods.month(2026, 3),
        "行事历",
        body_of(lines),
        _render,
        unit_id=unit_id,
        figures=(figure,),
    )


def test_the_same_content_makes_no_new_version(bureau: Bureau) -> None:
    draft = _draft(Line("1", "主题党日", "3月20日"))
    with unit_of_work(bureau.engine) as session:
        publish(session, draft, home=bureau.settings.home, at=NOON, actor="SYSTEM")

        again = publish(session, draft, home=bureau.settings.home, at=NOON, actor="SYSTEM")

        assert (again.version, again.fresh) == (1, False)
        assert session.scalar(select(func.count(Publication.id))) == 1
        assert session.scalar(select(func.count(Event.id)).where(Event.verb == "publication.issued")) == 1


def test_a_second_version_says_what_changed(bureau: Bureau) -> None:
    old = _draft(Line("1", "主题党日", "3月20日"), Line("2", "集中学习", "3月6日"))
    new = _draft(Line("1", "主题党日", "3月27日"), Line("3", "植树", "3月12日"))
    with unit_of_work(bureau.engine) as session:
        first = publish(session, old, home=bureau.settings.home, at=NOON, actor="SYSTEM")

        second = publish(session, new, home=bureau.settings.home, at=NOON, actor="SYSTEM")

        assert second.version == 2
        assert second.changes == (
            "新增“植树”：3月12日。",
            "取消“集中学习”。",
            "“主题党日”由“3月20日”调整为“3月27日”。",
        )
        assert session.get_one(Publication, first.publication_id).state == "superseded"
        event = session.scalars(select(Event).order_by(Event.id.desc())).first()
        assert event is not None
        assert json.loads(event.payload)["changes"] == list(second.changes)


def test_a_paper_shows_no_changes_against_a_draft_nobody_has(bureau: Bureau) -> None:
    def render(edition: Edition) -> Iterable[Sheet]:
        return [Sheet("docx", "通报", "docx", "".join(edition.changes).encode())]

    drafts = [replace(_draft(Line("1", "问题", words)), render=render) for words in ("一", "二", "三")]
    home = bureau.settings.home
    with unit_of_work(bureau.engine) as session:
        publish(session, drafts[0], home=home, at=NOON, actor="SYSTEM", needs_approval=True)
        second = publish(session, drafts[1], home=home, at=NOON, actor="SYSTEM", needs_approval=True)
        release(session, second.publication_id, at=NOON, actor="SYSTEM")
        third = publish(session, drafts[2], home=home, at=NOON, actor="SYSTEM", needs_approval=True)

    assert second.changes == ("“问题”由“一”调整为“二”。",)
    assert (home / second.files[0]["path"]).read_text("utf-8") == ""
    assert (home / third.files[0]["path"]).read_text("utf-8") == "“问题”由“二”调整为“三”。"


def test_files_stay_in_the_home_under_readable_names(bureau: Bureau) -> None:
    with unit_of_work(bureau.engine) as session:
        issued = publish(session, _draft(), home=bureau.settings.home, at=NOON, actor="SYSTEM")

    file = issued.files[0]
    content = (bureau.settings.home / file["path"]).read_bytes()
    assert file["path"] == "documents/2026-03/calendar/清单_一_v1.docx"
    assert file["sha256"] == hashlib.sha256(content).hexdigest()
    assert [path.name for path in (bureau.settings.home / file["path"]).parent.iterdir()] == [
        "清单_一_v1.docx"
    ]


def test_figures_are_kept_with_their_sources(bureau: Bureau) -> None:
    with unit_of_work(bureau.engine) as session:
        issued = publish(session, _draft(), home=bureau.settings.home, at=NOON, actor="SYSTEM")

        figure = session.scalars(select(Figure)).one()
        assert figure.publication_id == issued.publication_id
        assert (figure.key, figure.value, figure.work_items, figure.events) == ("M项", 2, [3], [1])


def test_a_draft_is_told_only_when_released(bureau: Bureau) -> None:
    home = bureau.settings.home
    with unit_of_work(bureau.engine) as session:
        first = publish(session, _draft(), home=home, at=NOON, actor="SYSTEM")
        changed = _draft(Line("1", "主题党日", "3月20日"))

        draft = publish(session, changed, home=home, at=NOON, actor="SYSTEM", needs_approval=True)

        told = select(func.count(Event.id)).where(Event.verb == "publication.issued")
        assert draft.state == "draft"
        assert session.scalar(told) == 1
        assert session.get_one(Publication, first.publication_id).state == "issued"

        released = release(session, draft.publication_id, at=NOON, actor="boss@example.gov.cn")

        assert (released.state, released.version) == ("issued", 2)
        assert session.scalar(told) == 2
        assert session.get_one(Publication, first.publication_id).state == "superseded"
        assert release(session, draft.publication_id, at=NOON, actor="x").fresh is False


def test_a_superseded_draft_cannot_be_released(bureau: Bureau) -> None:
    home = bureau.settings.home
    with unit_of_work(bureau.engine) as session:
        old = publish(session, _draft(), home=home, at=NOON, actor="SYSTEM", needs_approval=True)
        newer = _draft(Line("1", "主题党日", "3月20日"))
        publish(session, newer, home=home, at=NOON, actor="SYSTEM", needs_approval=True)

        with pytest.raises(RefusedError, match="was replaced"):
            release(session, old.publication_id, at=NOON, actor="SYSTEM")


def test_units_have_versions_of_their_own(bureau: Bureau) -> None:
    line = Line("1", "主题党日", "3月20日")
    home = bureau.settings.home
    with unit_of_work(bureau.engine) as session:
        publish_all(session, [_draft(unit_id=3), _draft(unit_id=4)], home=home, at=NOON, actor="SYSTEM")

        third, fourth = publish_all(
            session, [_draft(line, unit_id=3), _draft(unit_id=4)], home=home, at=NOON, actor="SYSTEM"
        )

        assert (third.version, third.fresh) == (2, True)
        assert (fourth.version, fourth.fresh) == (1, False)
        assert session.get_one(Publication, fourth.publication_id).state == "issued"


def test_long_names_that_begin_alike_are_two_files() -> None:
    names = [file_stem("提醒单（" + "很长的临时党支部" * 9 + ending) for ending in ("甲）", "乙）")]

    assert names[0] != names[1]
    assert max(len(name.encode()) for name in names) <= 180
