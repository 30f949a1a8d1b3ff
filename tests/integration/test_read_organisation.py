"""Organisation files give units, people and absences, and name everything that does not fit together."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TypeAlias

import pytest
from openpyxl import Workbook

from models.proposal import OrganisationFile
from tasks.read_plan.organisation import read_organisation

DATA = Path(__file__).parent.parent / "data"
Value: TypeAlias = str | int | date | None
Rows: TypeAlias = list[list[Value]]
UNIT_HEADINGS: list[Value] = [
    *("机构编码", "机构名称", "机构类型", "上级机构", "负责人", "起始日期", "截止日期", "备注"),
]
PEOPLE_HEADINGS: list[Value] = [
    *("序号", "姓名", "邮箱", "科室", "党支部", "党小组", "职务", "角色", "分管科室", "临时党支部", "备注"),
]
ABSENCE_HEADINGS: list[Value] = [
    *("序号", "姓名", "邮箱", "类型", "开始日期", "结束日期", "代办人", "代办人邮箱", "事由"),
]


def unit(
    code: str, name: str, kind: str, parent: str | None = "某局", *, head: str | None = None
) -> list[Value]:
    return [code, name, kind, parent, head, None, None, None]


def person(no: int, name: str, email: str, *, roles: str = "党员", **more: str) -> list[Value]:
    return [
        *(
            no,
            name,
            email,
            more.get("department", "办公室"),
            more.get("branch", "第一党支部"),
            more.get("group"),
        ),
        *("科员", roles, more.get("in_charge_of"), more.get("temporary_branch"), None),
    ]


def absence(
    name: str, email: str, days: Sequence[Value], substitute: str, substitute_email: str
) -> list[Value]:
    return [1, name, email, "年休假", *days, substitute, substitute_email, None]


UNITS: Rows = [
    unit("1", "某局", "单位", None, head="甲"),
    unit("2", "办公室", "科室", head="乙"),
    unit("3", "第一党支部", "党支部", head="丙"),
]
PEOPLE: Rows = [
    person(1, "甲", "a@example.gov.cn", roles="党组书记、党员"),
    person(2, "乙", "b@example.gov.cn", roles="机关党委专职副书记(协调人)、党员"),
    person(3, "丙", "c@example.gov.cn"),
]
ABSENCES: Rows = []


def organisation(
    folder: Path, *, units: Rows = UNITS, people: Rows = PEOPLE, absences: Rows = ABSENCES
) -> OrganisationFile:
    book = Workbook()
    tables = {
        "请假": [ABSENCE_HEADINGS, *absences],
        "花名册": [PEOPLE_HEADINGS, *people],
        "表三": [UNIT_HEADINGS, *units],
    }
    for name, rows in tables.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    path = folder / "org.xlsx"
    book.save(path)
    return read_organisation(path)


def told(found: OrganisationFile) -> list[tuple[str, int | None, str, str, bool]]:
    return [
        (problem.sheet, problem.row, problem.column, problem.message, problem.error)
        for problem in found.problems
    ]


def test_the_shared_organisation_is_read_without_a_problem() -> None:
    found = read_organisation(DATA / "org_2026.xlsx")

    assert found.title == "朔原市审计局机构设置一览表（2026年）"
    assert (len(found.units), len(found.people), len(found.absences)) == (49, 120, 8)
    assert found.problems == ()


def test_every_field_of_a_unit_a_person_and_an_absence_is_kept() -> None:
    found = read_organisation(DATA / "org_2026.xlsx")

    branch = found.units[44]
    assert (branch.code, branch.name, branch.kind) == ("JG045", "高标准农田专项审计临时党支部", "临时党支部")
    assert (branch.parent, branch.head) == ("机关党委", "余长河")
    assert (branch.starts_on, branch.ends_on) == (date(2026, 3, 16), date(2026, 7, 31))
    assert (branch.remark, branch.row) == ("依托高标准农田建设专项审计调查项目设立，项目结束后自行撤销", 47)
    leader, observer, coordinator = found.people[1], found.people[5], found.people[8]
    assert (leader.no, leader.email, leader.department) == ("2", "hanguoliang@example.gov.cn", "朔原市审计局")
    assert (leader.branch, leader.group) == ("第二党支部", "第二党支部第一党小组")
    assert leader.title == "党组成员、副局长、机关党委书记"
    assert leader.in_charge_of == ("机关党委", "法规审理科", "财政审计科", "内部审计指导监督科")
    assert observer.roles == ("党组成员", "派驻纪检组(观察员)")
    assert coordinator.roles == ("党小组组长", "机关党委专职副书记(协调人)", "党员")
    assert found.people[36].temporary_branch == "高标准农田专项审计临时党支部"
    away = found.absences[0]
    assert (away.email, away.substitute) == ("yanzhiyong@example.gov.cn", "xiongjiawei@example.gov.cn")
    assert (away.kind, away.starts_on, away.ends_on) == ("抽调巡察", date(2026, 3, 2), date(2026, 5, 29))
    assert (away.reason, away.row) == ("抽调参加市委巡察工作，市委巡察办借调函", 3)


def test_sheets_are_known_by_their_headings(tmp_path: Path) -> None:
    found = organisation(tmp_path)

    assert [row.name for row in found.units] == ["某局", "办公室", "第一党支部"]
    assert [row.name for row in found.people] == ["甲", "乙", "丙"]
    assert found.problems == ()


def test_twins_among_units_are_errors(tmp_path: Path) -> None:
    units = [*UNITS, unit("2", "法规科", "科室"), unit("5", "办公室", "科室")]

    found = organisation(tmp_path, units=units)

    assert told(found) == [
        ("表三", 5, "机构编码", "机构编码“2”与第 3 行重复，请改正其中一个。", True),
        ("表三", 6, "机构名称", "机构名称“办公室”与第 3 行重复，请改正其中一个。", True),
    ]
    assert len(found.errors) == 2


def test_parents_must_be_known_and_form_no_circle(tmp_path: Path) -> None:
    units = [
        *UNITS,
        unit("4", "一科", "科室", "二科"),
        unit("5", "二科", "科室", "三科"),
        unit("6", "三科", "科室", "一科"),
        unit("7", "四科", "科室", "外局"),
    ]

    found = organisation(tmp_path, units=units)

    assert told(found) == [
        ("表三", 8, "上级机构", "机构“四科”的上级机构“外局”不在表中，请改正名称或补上这一机构。", True),
        (
            "表三",
            5,
            "上级机构",
            "上级机构互相循环：一科 → 二科 → 三科 → 一科，请改正其中一个的上级机构。",
            True,
        ),
    ]


def test_heads_must_be_known_and_unmistakable(tmp_path: Path) -> None:
    units = [*UNITS, unit("4", "一科", "科室", head="无名"), unit("5", "二科", "科室", head="丙")]
    people = [*PEOPLE, person(4, "丙", "d@example.gov.cn")]

    found = organisation(tmp_path, units=units, people=people)

    assert told(found) == [
        (
            "表三",
            4,
            "负责人",
            "机构“第一党支部”的负责人“丙”有同名的人，分不清是哪一位；请在负责人一栏改填邮箱。",
            True,
        ),
        ("表三", 5, "负责人", "机构“一科”的负责人“无名”不在人员表中，请改正姓名或补上此人。", True),
        (
            "表三",
            6,
            "负责人",
            "机构“二科”的负责人“丙”有同名的人，分不清是哪一位；请在负责人一栏改填邮箱。",
            True,
        ),
        (
            "花名册",
            5,
            "姓名",
            "姓名“丙”与第 4 行相同；如是两个人，清单中请用邮箱或加注科室区分，如是同一人请删去一行。",
            False,
        ),
    ]


def test_an_address_tells_heads_of_one_name_apart(tmp_path: Path) -> None:
    units = [*UNITS[:2], unit("3", "第一党支部", "党支部", head="D@example.gov.cn")]
    people = [*PEOPLE, person(4, "丙", "d@example.gov.cn")]

    assert organisation(tmp_path, units=units, people=people).errors == ()


def test_units_need_a_name_a_kind_and_sound_dates(tmp_path: Path) -> None:
    units: Rows = [
        *UNITS,
        ["4", None, "科室", "某局", None, None, None, None],
        ["5", "一科", None, "某局", None, None, None, None],
        ["6", "二股", "股室", "某局", None, "三月", None, None],
        ["7", "项目组", "临时机构", "某局", None, "2026年3月1日", "2026.2.1", None],
        ["8", "专班", "临时机构", "某局", None, date(2026, 3, 1), None, None],
    ]

    found = organisation(tmp_path, units=units)

    kinds = "单位、机关党委、党支部、临时党支部、党小组、科室、群团组织、派驻机构"
    assert told(found) == [
        ("表三", 5, "机构名称", "这一行没有机构名称，请补填或删去该行。", True),
        ("表三", 6, "机构类型", f"机构“一科”没有类型，请补填（如{kinds}）。", True),
        ("表三", 7, "起始日期", "“三月”不是日期，请写成 2026-03-16 的形式。", True),
        ("表三", 7, "机构类型", f"机构“二股”的类型“股室”不在常用类型（{kinds}）之内，请核对。", False),
        ("表三", 8, "机构类型", f"机构“项目组”的类型“临时机构”不在常用类型（{kinds}）之内，请核对。", False),
        ("表三", 8, "截止日期", "机构“项目组”的截止日期早于起始日期，请改正。", True),
        ("表三", 9, "机构类型", f"机构“专班”的类型“临时机构”不在常用类型（{kinds}）之内，请核对。", False),
        ("表三", 9, "截止日期", "临时机构“专班”没有截止日期，将一直存在；请补填。", False),
    ]


def test_a_branch_of_two_is_too_small(tmp_path: Path) -> None:
    people = [*PEOPLE[:2], person(3, "丙", "c@example.gov.cn", roles="预备党员")]

    found = organisation(tmp_path, people=people)

    assert told(found) == [
        (
            "表三",
            4,
            "机构名称",
            (
                "“第一党支部”只有 2 名正式党员，少于 3 名，不符合支部设置条件；"
                "请核对人员表，或与其他支部合并设置。"
            ),
            False,
        ),
    ]


@pytest.mark.parametrize(
    "address",
    [
        "d.example.gov.cn",
        "d@example",
        "d d@example.gov.cn",
        "d@example.gov.cn\nBcc: x@example.gov.cn",
        "d@example.gov.cn\r\n.cn",
        "<d@example.gov.cn>",
        "d@example.gov.cn,e@example.gov.cn",
        "d..d@example.gov.cn",
        '"d"@example.gov.cn',
        "丁@example.gov.cn",
        "d＠example.gov.cn",
        "d@-example.gov.cn" + "x" * 300,
    ],
)
def test_malformed_addresses_are_errors(tmp_path: Path, address: str) -> None:
    found = organisation(tmp_path, people=[*PEOPLE, person(4, "丁", address)])

    [problem] = found.errors
    assert (problem.sheet, problem.row, problem.column) == ("花名册", 5, "邮箱")
    assert problem.message.startswith("“丁”的邮箱“")
    assert "\n" not in problem.message


def test_people_need_a_name_an_address_and_known_units(tmp_path: Path) -> None:
    people = [
        *PEOPLE,
        person(4, "", "d@example.gov.cn"),
        person(5, "戊", ""),
        person(6, "己", "A@example.gov.cn"),
        person(7, "庚", "g@example.gov.cn", department="外科", branch="二支部", in_charge_of="办公室、外科"),
        person(8, "辛", "h@example.gov.cn", department="", group="办公室"),
    ]

    found = organisation(tmp_path, people=people)

    assert told(found) == [
        ("花名册", 5, "姓名", "这一行没有姓名，请补填或删去该行。", True),
        ("花名册", 6, "邮箱", "“戊”没有邮箱，请补填，否则收不到通知。", True),
        ("花名册", 7, "邮箱", "邮箱“A@example.gov.cn”与第 2 行重复，请改正其中一个。", True),
        ("花名册", 8, "科室", "“庚”的科室“外科”不在机构表中，请改正名称或补上这一机构。", True),
        ("花名册", 8, "党支部", "“庚”的党支部“二支部”不在机构表中，请改正名称或补上这一机构。", True),
        ("花名册", 8, "分管科室", "“庚”的分管科室“外科”不在机构表中，请改正名称或补上这一机构。", True),
        ("花名册", 9, "科室", "“辛”没有填写科室，请补填。", False),
        ("花名册", 9, "党小组", "“辛”的党小组“办公室”不属于“第一党支部”，请核对。", False),
    ]


def test_somebody_must_coordinate(tmp_path: Path) -> None:
    people = [*PEOPLE[:1], person(2, "乙", "b@example.gov.cn"), *PEOPLE[2:]]

    found = organisation(tmp_path, people=people)

    assert told(found) == [
        (
            "花名册",
            1,
            "角色",
            "没有人的角色写有“协调人”，请在党建工作协调人的角色后加注“(协调人)”。",
            False,
        )
    ]


MARCH = (date(2026, 3, 2), date(2026, 3, 20))
LATE_MARCH = (date(2026, 3, 20), date(2026, 4, 3))


def test_absences_need_known_people_days_and_a_substitute(tmp_path: Path) -> None:
    absences = [
        absence("", "", MARCH, "乙", "b@example.gov.cn"),
        absence("外人", "x@example.gov.cn", MARCH, "乙", "b@example.gov.cn"),
        absence("甲", "a@example.gov.cn", MARCH, "", ""),
        absence("甲", "a@example.gov.cn", MARCH, "外人", ""),
        absence("甲", "a@example.gov.cn", (None, "下旬"), "乙", "b@example.gov.cn"),
    ]

    found = organisation(tmp_path, absences=absences)

    assert found.absences == ()
    assert told(found) == [
        ("请假", 2, "邮箱", "这一行没有写明是谁请假或抽调，请补填邮箱。", True),
        ("请假", 3, "邮箱", "“x@example.gov.cn”不在人员表中，请改正邮箱或补上此人。", True),
        ("请假", 4, "代办人邮箱", "“甲”请假或抽调期间没有代办人，请补填。", True),
        ("请假", 5, "代办人", "代办人“外人”不在人员表中，请改正邮箱或补上此人。", True),
        ("请假", 6, "开始日期", "“甲”的开始日期没有填写，请补填。", True),
        ("请假", 6, "结束日期", "“下旬”不是日期，请写成 2026-03-16 的形式。", True),
    ]


def test_absences_must_make_sense(tmp_path: Path) -> None:
    absences = [
        absence("甲", "a@example.gov.cn", MARCH, "乙", "b@example.gov.cn"),
        absence("乙", "b@example.gov.cn", LATE_MARCH, "乙", "b@example.gov.cn"),
        absence("丙", "c@example.gov.cn", tuple(reversed(MARCH)), "甲", "b@example.gov.cn"),
        absence("甲", "a@example.gov.cn", LATE_MARCH, "丙", "c@example.gov.cn"),
    ]

    found = organisation(tmp_path, absences=absences)

    assert told(found) == [
        ("请假", 3, "代办人邮箱", "“乙”的代办人是本人，请改为他人。", True),
        ("请假", 4, "代办人", "姓名“甲”与邮箱“b@example.gov.cn”不是同一个人，已以邮箱为准，请核对。", False),
        ("请假", 4, "结束日期", "“丙”的结束日期早于开始日期，请改正。", True),
        ("请假", 2, "代办人邮箱", "代办人“乙”在同一时间也不在岗（第 3 行），请另定代办人。", False),
        ("请假", 5, "开始日期", "“甲”在同一时间另有一条记录（第 2 行），请核对。", False),
    ]


def test_people_without_an_address_column_value_are_found_by_name(tmp_path: Path) -> None:
    found = organisation(tmp_path, absences=[absence("甲", "", ("2026年3月2日", "20260320"), "乙", "")])

    [away] = found.absences
    assert (away.email, away.substitute) == ("a@example.gov.cn", "b@example.gov.cn")
    assert (away.starts_on, away.ends_on) == MARCH
    assert found.problems == ()
