"""Versions of documents: nothing new, something new, drafts and their release; several who issue at once."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date
from threading import Barrier, Thread

import pytest
from sqlalchemy import event, func, select
from sqlalchemy.orm import Session

from models import periods
from models.database import reading, unit_of_work
from models.errors import RefusedError, UnavailableError
from models.tables import Event, Figure, Publication
from tasks.figures import CountedFigure
from tasks.issue.changes import Line, body_of
from tasks.issue.draft import Draft, Edition, Sheet
from tasks.issue.publish import Issued, release
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


def _saying(words: str) -> Draft:
    """A document whose file says what its body says."""
    sheet = Sheet("docx", "行事历", "docx", words.encode())
    return replace(_draft(Line("1", "主题党日", words)), render=lambda _: [sheet])


def publish(bureau: Bureau, draft: Draft, *, needs_approval: bool = False) -> Issued:
    return bureau.issue(lambda _: [draft], at=NOON, needs_approval=needs_approval)[0]


def count(bureau: Bureau, verb: str = "publication.issued") -> int:
    with reading(bureau.engine) as session:
        return session.scalar(select(func.count(Event.id)).where(Event.verb == verb)) or 0


def states(bureau: Bureau) -> list[tuple[int, int, str]]:
    with reading(bureau.engine) as session:
        rows = select(Publication.unit_id, Publication.version, Publication.state)
        return list(session.execute(rows.order_by(Publication.id)).tuples())


def files(bureau: Bureau) -> list[str]:
    folder = bureau.settings.home / "documents"
    return sorted(str(one.relative_to(folder)) for one in folder.rglob("*") if one.is_file())


def test_the_same_content_makes_no_new_version(bureau: Bureau) -> None:
    draft = _draft(Line("1", "主题党日", "3月20日"))
    publish(bureau, draft)

    again = publish(bureau, draft)

    assert (again.version, again.fresh) == (1, False)
    assert states(bureau) == [(0, 1, "issued")]
    assert count(bureau) == 1


def test_a_second_version_says_what_changed(bureau: Bureau) -> None:
    publish(bureau, _draft(Line("1", "主题党日", "3月20日"), Line("2", "集中学习", "3月6日")))

    second = publish(bureau, _draft(Line("1", "主题党日", "3月27日"), Line("3", "植树", "3月12日")))

    assert second.version == 2
    assert second.changes == (
        "新增“植树”：3月12日。",
        "取消“集中学习”。",
        "“主题党日”由“3月20日”调整为“3月27日”。",
    )
    assert states(bureau) == [(0, 1, "superseded"), (0, 2, "issued")]
    with reading(bureau.engine) as session:
        told = session.scalars(select(Event.payload).order_by(Event.id.desc())).first()
    assert told is not None
    assert json.loads(told)["changes"] == list(second.changes)


def test_a_paper_shows_no_changes_against_a_draft_nobody_has(bureau: Bureau) -> None:
    def render(edition: Edition) -> Iterable[Sheet]:
        return [Sheet("docx", "通报", "docx", "".join(edition.changes).encode())]

    drafts = [replace(_draft(Line("1", "问题", words)), render=render) for words in ("一", "二", "三")]
    home = bureau.settings.home
    publish(bureau, drafts[0], needs_approval=True)
    second = publish(bureau, drafts[1], needs_approval=True)
    with unit_of_work(bureau.engine) as session:
        release(session, second.publication_id, at=NOON, actor="SYSTEM")
    third = publish(bureau, drafts[2], needs_approval=True)

    assert second.changes == ("“问题”由“一”调整为“二”。",)
    assert (home / second.files[0]["path"]).read_text("utf-8") == ""
    assert (home / third.files[0]["path"]).read_text("utf-8") == "“问题”由“二”调整为“三”。"
    assert states(bureau) == [(0, 1, "superseded"), (0, 2, "issued"), (0, 3, "draft")]


def test_files_stay_in_the_home_under_readable_names(bureau: Bureau) -> None:
    issued = publish(bureau, _draft())

    file = issued.files[0]
    content = (bureau.settings.home / file["path"]).read_bytes()
    assert file["path"] == "documents/2026-03/calendar/清单_一_v1.docx"
    assert file["sha256"] == hashlib.sha256(content).hexdigest()
    assert files(bureau) == ["2026-03/calendar/清单_一_v1.docx"]
    assert [one.name for one in (bureau.settings.home / "documents").iterdir()] == ["2026-03"]


def test_figures_are_kept_with_their_sources(bureau: Bureau) -> None:
    issued = publish(bureau, _draft())

    with reading(bureau.engine) as session:
        figure = session.scalars(select(Figure)).one()
    assert figure.publication_id == issued.publication_id
    assert (figure.key, figure.value, figure.work_items, figure.events) == ("M项", 2, [3], [1])


def test_a_draft_is_told_only_when_released(bureau: Bureau) -> None:
    publish(bureau, _draft())
    draft = publish(bureau, _draft(Line("1", "主题党日", "3月20日")), needs_approval=True)

    assert draft.state == "draft"
    assert count(bureau) == 1
    assert states(bureau) == [(0, 1, "issued"), (0, 2, "draft")]

    with unit_of_work(bureau.engine) as session:
        released = release(session, draft.publication_id, at=NOON, actor="boss@example.gov.cn")
        assert release(session, draft.publication_id, at=NOON, actor="x").fresh is False

    assert (released.state, released.version) == ("issued", 2)
    assert count(bureau) == 2
    assert states(bureau) == [(0, 1, "superseded"), (0, 2, "issued")]


def test_a_superseded_draft_cannot_be_released(bureau: Bureau) -> None:
    old = publish(bureau, _draft(), needs_approval=True)
    publish(bureau, _draft(Line("1", "主题党日", "3月20日")), needs_approval=True)

    with unit_of_work(bureau.engine) as session, pytest.raises(RefusedError, match="was replaced"):
        release(session, old.publication_id, at=NOON, actor="SYSTEM")


def test_units_have_versions_of_their_own(bureau: Bureau) -> None:
    bureau.issue(lambda _: [_draft(unit_id=3), _draft(unit_id=4)], at=NOON)

    changed = _draft(Line("1", "主题党日", "3月20日"), unit_id=3)
    third, fourth = bureau.issue(lambda _: [changed, _draft(unit_id=4)], at=NOON)

    assert (third.version, third.fresh) == (2, True)
    assert (fourth.version, fourth.fresh) == (1, False)
    assert states(bureau) == [(3, 1, "superseded"), (4, 1, "issued"), (3, 2, "issued")]


def test_long_names_that_begin_alike_are_two_files() -> None:
    names = [file_stem("提醒单（" + "很长的临时党支部" * 9 + ending) for ending in ("甲）", "乙）")]

    assert names[0] != names[1]
    assert max(len(name.encode()) for name in names) <= 180


def test_who_was_overtaken_looks_again_and_says_what_is_new_since(bureau: Bureau) -> None:
    looked = list[str]()

    def collect(session: Session) -> Sequence[Draft]:
        session.scalar(select(Publication.id))  # from now on we see what was there at this moment
        if not looked:
            publish(bureau, _saying("别人的"))
        looked.append("again")
        return [_saying("我们的")]

    (issued,) = bureau.issue(collect, at=NOON)

    assert len(looked) == 2
    assert (issued.version, issued.changes) == (2, ("“主题党日”由“别人的”调整为“我们的”。",))
    home = bureau.settings.home
    texts = [(home / f"documents/2026-03/calendar/行事历_v{n}.docx").read_text("utf-8") for n in (1, 2)]
    assert texts == ["别人的", "我们的"]
    assert len(files(bureau)) == 2


def test_two_who_issue_the_same_at_once_make_one_version(bureau: Bureau) -> None:
    barrier, issued = Barrier(2), list[Issued]()

    def work() -> None:
        looked = list[str]()

        def collect(_session: Session) -> Sequence[Draft]:
            if not looked:
                barrier.wait()
            looked.append("again")
            return [_draft(unit_id=unit) for unit in range(20)]

        issued.extend(bureau.issue(collect, at=NOON))

    threads = [Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert states(bureau) == [(unit, 1, "issued") for unit in range(20)]
    assert sorted(one.fresh for one in issued) == [False] * 20 + [True] * 20
    assert count(bureau) == 20
    assert [one.name for one in (bureau.settings.home / "documents").iterdir()] == ["2026-03"]


def test_what_fails_with_the_transaction_is_issued_the_next_time(bureau: Bureau) -> None:
    def fail(_session: Session, _issued: Sequence[Issued]) -> None:
        raise RefusedError("document_superseded", title="行事历", version=1)

    with pytest.raises(RefusedError):
        bureau.issue(lambda _: [_saying("旧")], at=NOON, also=fail)
    left = files(bureau)
    issued = publish(bureau, _saying("新"))

    assert left == ["2026-03/calendar/行事历_v1.docx"]
    assert (issued.version, issued.fresh) == (1, True)
    assert (bureau.settings.home / issued.files[0]["path"]).read_text("utf-8") == "新"
    assert states(bureau) == [(0, 1, "issued")]


def test_a_file_that_has_no_place_keeps_the_document_from_being_issued(bureau: Bureau) -> None:
    folder = bureau.settings.home / "documents" / "2026-03"
    folder.mkdir(parents=True)
    (folder / "calendar").write_text("a file where the folder belongs", "utf-8")

    with pytest.raises(UnavailableError, match="清单_一_v1"):
        publish(bureau, _draft())

    assert states(bureau) == []
    assert count(bureau) == 0


def test_what_a_killed_writer_left_is_removed_and_what_a_living_one_holds_is_not(bureau: Bureau) -> None:
    documents = bureau.settings.home / "documents"
    killed, living = documents / ".waiting-killed", documents / ".waiting-living"
    for folder in (killed, living):
        folder.mkdir(parents=True)
        (folder / "0").write_text("清单", "utf-8")
    held = os.open(living, os.O_RDONLY)
    fcntl.flock(held, fcntl.LOCK_SH)

    publish(bureau, _draft())
    os.close(held)

    assert not killed.exists()
    assert (living / "0").exists()


@pytest.mark.parametrize("versions", [1, 2])
def test_how_many_documents_there_are_makes_no_difference_to_the_statements(
    bureau: Bureau, versions: int
) -> None:
    def statements(units: range) -> int:
        found = list[str]()

        def note(_c: object, _cursor: object, statement: str, *_more: object) -> None:
            found.append(statement)

        for version in range(versions):
            found.clear()
            line = Line("1", "主题党日", f"{version}")
            event.listen(bureau.engine, "before_cursor_execute", note)
            bureau.issue(lambda _: [_draft(line, unit_id=unit) for unit in units], at=NOON)  # noqa: B023  # called at once
            event.remove(bureau.engine, "before_cursor_execute", note)
        return len(found)

    assert statements(range(2)) == statements(range(100, 160))
