"""The trail of an approval: complete, readable, and clear about what nobody did."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime

import pytest
from sqlalchemy import Engine, event, select

from models.approval import changes, commands
from models.approval.commands import Command, Submit
from models.approval.decide import decide
from models.approval.definition import Definition
from models.approval.path_taken import Stage
from models.approval.refusals import ApprovalRefusedError
from models.approval.state import Status, Verb
from models.database import unit_of_work
from models.errors import NotFoundError
from models.messages import Lang
from models.tables import Event
from tasks.approvals.trail import Trail, path_taken, people_of, trace, trail
from tasks.approvals.trail_tell import _DONE, _FOLLOWS
from tasks.approvals.trail_words import Cast, Entry
from tests.approval_rows import Scenario, scenarios
from tests.approval_scenarios import PureStage, play
from tests.approval_world import TableWorld, person_name
from tests.integration.approval_stories import Desk, eventful, fifty, two_steps

pytest_plugins = ["tests.integration.approval_stories"]


class TellingStage(PureStage):
    """The pure stage, with an event kept of every command that was taken."""

    def __init__(self) -> None:
        super().__init__()
        self.entries: dict[int, list[Entry]] = {}

    def submit(self, request: int, definition: Definition, first: Submit, world: TableWorld, key: str) -> str:
        self.entries[request] = []
        return super().submit(request, definition, first, world, key)

    def give(self, request: int, given: Command, world: TableWorld, key: str) -> str:
        try:
            accepted = decide(self.definitions[request], self.states[request], given, world)
        except ApprovalRefusedError:
            return super().give(request, given, world, key)
        if accepted.changes:
            number = len(self.entries[request]) + 1
            mark = hashlib.sha256(str(number).encode()).hexdigest()
            words = getattr(given, "opinion", "")
            kept = Entry(number, world.now, given.verb, given.by, words, mark, accepted.changes)
            self.entries[request].append(kept)
        return super().give(request, given, world, key)


def told_in(stage: TellingStage, request: int, lang: Lang) -> Trail:
    """The trail of a request of a scenario."""
    entries = stage.entries[request]
    people = {one: (person_name(one), f"{one}@example.gov.cn") for one in people_of(entries) if one}
    return trace(stage.definitions[request], entries, Cast(people, lang))


def read(desk: Desk, number: int, lang: Lang = "zh") -> Trail:
    with unit_of_work(desk.engine) as session:
        return trail(session, number, lang)


def lines(told: Trail) -> list[str]:
    return [
        " ".join(filter(None, (row.actor, f"{row.step}{row.round or ''}", row.what, row.opinion)))
        for row in told.rows
    ]


@contextmanager
def statements(engine: Engine) -> Iterator[list[str]]:
    found: list[str] = []

    def note(*about: object) -> None:
        found.append(str(about[2]))

    event.listen(engine, "before_cursor_execute", note)
    yield found
    event.remove(engine, "before_cursor_execute", note)


def test_the_plain_case_reads_as_it_happened(desk: Desk) -> None:
    told = read(desk, two_steps(desk))

    assert lines(told) == [
        "陈晓 提交审批",
        "系统 机关党委审核1 进入本步骤，请王建国办理",
        "王建国 机关党委审核1 同意 同意，报书记审签。",
        "系统 机关党委审核1 本步骤通过",
        "系统 党组书记审签1 进入本步骤，请郑书记办理，时限2026年3月5日",
        "郑书记 党组书记审签1 同意 同意。请抓好落实。",
        "系统 党组书记审签1 本步骤通过",
        "系统 全部步骤通过，审批办结",
    ]


def test_the_trail_names_rounds_moved_seats_and_who_acted_for_whom(desk: Desk) -> None:
    told = lines(read(desk, eventful(desk)))

    assert (
        "王建国 机关党委审核1 退回申请人，重办后按顺序再经各步骤 第三部分数据口径不一致，请核对后重报。"
        in told
    )
    assert "王建国 机关党委审核2 转办给孙丽 外出调研，请孙丽同志审核。" in told
    assert "周强 机关党委审核2 建议同意（受委派提出，不计票） 数据已核对无误。" in told
    assert "系统 机关党委审核2 轮到办理：孙丽" in told
    assert "吴刚（代李四海） 相关科室会签1 同意 同意，已核对本科室内容。" in told
    assert "赵敏 相关科室会签1 加签（同签）：钱进 请钱进同志一并会签" in told
    assert "林晓东 挂起，时限停止计算 等待上级统一部署" in told
    assert "系统 相关科室会签1 时限顺延至2026年3月6日" in told
    assert "系统 按规定抄送：冯云" in told
    assert told[-1] == "冯云 已阅抄送件"


def test_what_nobody_decided_never_looks_like_a_persons_decision(desk: Desk) -> None:
    told = read(desk, eventful(desk))

    by_rule = [row.what for row in told.rows if "（系统）" in row.what]
    assert by_rule == [
        "时限提醒（系统）：刘洋",
        "逾期提级提醒（系统）：刘洋、郑书记",
        "超时自动通过（系统）：刘洋",
        "与前一步同一人，自动跳过（系统）：郑书记",
    ]
    assert {row.automatic for row in told.rows if row.actor == "系统"} == {True}
    assert {row.actor for row in told.rows if row.automatic} == {"系统"}
    assert not [row for row in told.rows if row.actor == "刘洋"]


def test_a_kept_draft_is_told_without_its_words(desk: Desk) -> None:
    told = read(desk, eventful(desk))

    assert "赵敏 相关科室会签1 暂存意见，尚未签批" in lines(told)
    assert not [row for row in told.rows if "还没想好" in row.opinion + row.what]


def test_urging_copies_and_pauses_are_counted_together(desk: Desk) -> None:
    told = read(desk, eventful(desk))

    assert [(one.name, one.count, one.last_on) for one in told.urgings] == [("陈晓", 1, date(2026, 3, 2))]
    (copy,) = told.copies
    assert copy.name == "冯云"
    assert copy.read_at is not None
    assert copy.read_at > copy.at
    assert [(one.since.date(), one.until and one.until.date()) for one in told.pauses] == [
        (date(2026, 3, 3), date(2026, 3, 4))
    ]


def test_every_event_stands_in_the_trail_with_its_number_and_mark(desk: Desk) -> None:
    told = read(desk, eventful(desk))

    with unit_of_work(desk.engine) as session:
        events = {one.id: one.hash for one in session.scalars(select(Event))}
    assert {row.event: row.mark for row in told.rows} == {number: mark[:8] for number, mark in events.items()}
    assert [row.event for row in told.rows] == sorted(row.event for row in told.rows)
    assert (told.last.id, told.last.hash) == max(events.items())


def test_english_readers_get_the_same_rows(desk: Desk) -> None:
    number = eventful(desk)

    zh, en = read(desk, number), read(desk, number, "en")

    assert [(row.at, row.event, row.automatic) for row in en.rows] == [
        (row.at, row.event, row.automatic) for row in zh.rows
    ]
    assert "SYSTEM Countersigning1 Overdue: passed automatically (SYSTEM): 刘洋" in lines(en)
    assert "吴刚 (for 李四海) Countersigning1 Approved 同意，已核对本科室内容。" in lines(en)


def test_fifty_signers_take_no_more_statements_than_two(desk: Desk) -> None:
    few = two_steps(desk)
    many = fifty(desk)
    counted = []
    for number in (few, many):
        read(desk, number)  # its definition is known from now on
        with statements(desk.engine) as found:
            read(desk, number)
        counted.append(len(found))
        assert len([one for one in found if one.startswith("SELECT event.")]) == 1
        assert len([one for one in found if "person.name" in one]) == 1

    assert counted[0] == counted[1]


def test_the_diagram_gets_the_way_that_was_taken(desk: Desk) -> None:
    path = path_taken(read(desk, eventful(desk)))

    assert path.step("review").stage is Stage.PASSED
    assert path.step("review").round == 2
    signatures = path.step("countersign").signatures
    assert ("吴刚", "李四海") in [(one.name, one.instead_of) for one in signatures]


def test_an_unknown_number_is_refused(desk: Desk) -> None:
    with pytest.raises(NotFoundError):
        read(desk, 404)


def test_two_people_of_one_name_are_told_apart() -> None:
    cast = Cast(
        {1: ("张伟", "a@example.gov.cn"), 2: ("张伟", "b@example.gov.cn"), 3: ("李娜", "c@x.cn")}, "zh"
    )

    assert (
        cast.names([1, 2, 3, 0, 9])
        == "张伟（a@example.gov.cn）、张伟（b@example.gov.cn）、李娜、系统、编号9的人员"
    )


def test_every_command_and_every_change_has_its_words() -> None:
    kinds = {*Command.__subclasses__(), *commands.SeatCommand.__subclasses__()} - {commands.SeatCommand}
    silent = {  # told by what was done itself, or by the step that opens
        *(changes.Submitted, changes.DraftKept, changes.Suspended, changes.Urged, changes.CopyRead),
        *(changes.BranchTaken, changes.Migrated),
    }

    assert set(_DONE) == {kind(0).verb for kind in kinds}
    known = {kind.__name__ for kind in (*_FOLLOWS, *silent)}
    assert {kind.__name__ for kind in changes.Change.__subclasses__()} == known


@pytest.mark.parametrize(
    "scenario", [row for row in scenarios() if row.only != "database"], ids=lambda row: row.id
)
def test_every_scenario_is_told_in_both_languages(scenario: Scenario) -> None:
    for acts in scenario.orders():
        stage = TellingStage()
        play(scenario, stage, acts)
        for request, entries in stage.entries.items():
            told = told_in(stage, request, "zh")

            assert told.state == stage.state(request)
            assert list(dict.fromkeys(row.event for row in told.rows)) == [one.id for one in entries]
            assert all(row.what for row in told.rows)
            assert len(told_in(stage, request, "en").rows) == len(told.rows)
            assert_automatic_is_clear(told)


def assert_automatic_is_clear(told: Trail) -> None:
    """Every seat that a rule closed has an automatic line in its event."""
    at_events: dict[datetime, list[str]] = {}
    for row in told.rows:
        if row.automatic:
            at_events.setdefault(row.at, []).append(row.what)
    for seat in told.state.seats.values():
        if seat.verb in {Verb.AUTO_APPROVE, Verb.AUTO_REJECT, Verb.AUTO_DEDUPE, Verb.AUTO_SKIP}:
            assert seat.closed_at is not None
            assert any("（系统）" in what or "保留" in what for what in at_events[seat.closed_at])
    if told.state.status is Status.APPROVED:
        assert "全部步骤通过，审批办结" in [row.what for row in told.rows]
