"""Plans as coordinators write them give the items they meant."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Sequence
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import TypeAlias

import pytest
from docx import Document
from openpyxl import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from models.errors import InputError
from models.proposal import Proposal, ProposedItem
from models.schedule import Kind
from tasks.read_plan.plan import read_plan

DATA = Path(__file__).parent.parent / "data"
Value: TypeAlias = str | int | float | date | None
HEADINGS: list[Value] = [
    "序号",
    "类别",
    "工作内容",
    "责任人",
    "牵头科室",
    "配合部门",
    "完成时限",
    "完成标志",
    "备注",
]


def save(folder: Path, rows: Sequence[Sequence[Value]], *merges: str, sheet: str = "清单") -> Path:
    book = Workbook()
    fill(book.worksheets[0], rows, *merges, sheet=sheet)
    path = folder / "plan.xlsx"
    book.save(path)
    return path


def fill(target: Worksheet, rows: Sequence[Sequence[Value]], *merges: str, sheet: str) -> None:
    target.title = sheet
    for row in rows:
        target.append(list(row))
    for merge in merges:
        target.merge_cells(merge)


def row(no: Value, title: str, *, category: str | None = None, time: Value = "3月") -> list[Value]:
    return [no, category, title, "林晓东", "机关党委", "办公室", time, "记录", None]


def read(path: Path) -> Proposal:
    return read_plan(path, year=2026)


def messages(proposal: Proposal) -> list[str]:
    return [problem.message for problem in proposal.problems]


def as_told(item: ProposedItem) -> dict[str, object]:
    """An item in the words of the expectations that came with the data."""
    slots = item.schedule.slots
    first, last = (slots[0], slots[-1]) if slots else (None, None)
    return {
        "no": item.no,
        "row": item.row,
        "category": item.category,
        "title": item.title,
        "key": item.key,
        "owner": item.owner,
        "lead": item.lead,
        "supporting": item.supporting,
        "standard": item.standard,
        "remark": item.remark,
        "phrase": item.schedule.phrase,
        "lead_units": list(item.lead_units),
        "supporting_units": list(item.supporting_units),
        "reading": {
            "kind": item.schedule.kind.value,
            # A missing time has a provisional due date and no period yet.
            "periods": 0 if item.schedule.kind is Kind.MISSING else len(slots),
            "target": _target(item),
            "first_start": first and first.start and first.start.isoformat(),
            "first_due": first and first.due and first.due.isoformat(),
            "last_start": last and last.start and last.start.isoformat(),
            "last_due": last and last.due and last.due.isoformat(),
            "confirm": item.schedule.confirm,
        },
    }


def _target(item: ProposedItem) -> str | None:
    target = item.schedule.target
    if target is None:
        return None
    numbers = target if isinstance(target, tuple) else (target,)
    return ";".join(f"{number:g}" for number in numbers)


def test_every_field_of_the_shared_plan_is_read() -> None:
    expected = json.loads((DATA / "plan_2026_expected.json").read_text("utf-8"))

    proposal = read(DATA / "plan_2026.xlsx")

    told = [as_told(item) for item in proposal.items]
    wanted = [
        {"remark": "", "standard": "", "owner": ""} | {key: item[key] for key in item if key in told[0]}
        for item in expected["item_list"]
    ]
    assert told == wanted
    assert proposal.problems == ()


def test_the_shared_plan_is_counted_by_category() -> None:
    proposal = read(DATA / "plan_2026.xlsx")

    assert proposal.title == "2026年机关党建工作清单"
    assert proposal.source == "plan_2026.xlsx"
    assert proposal.sha256 == sha256((DATA / "plan_2026.xlsx").read_bytes()).hexdigest()
    assert [item.ref for item in proposal.items] == [str(number) for number in range(1, 73)]
    assert len(proposal.categories) == 8
    assert sum(item.key for item in proposal.items) == 11
    assert sum(item.schedule.confirm for item in proposal.items) == 6


def test_white_space_goes_and_full_width_digits_shrink(tmp_path: Path) -> None:
    path = save(
        tmp_path,
        [HEADINGS, row("１２", "深 化理论武　装，\n开展１次(9分)，达到１００％", time="６月／１１月")],
    )

    [item] = read(path).items

    assert (item.no, item.title) == ("12", "深化理论武装，开展1次(9分)，达到100％")
    assert item.schedule.phrase == "6月／11月"


@pytest.mark.parametrize(("no", "title"), [(3, "★学习"), (3, "★ 学习"), ("★3", "学习"), ("3★", "学习")])
def test_a_star_marks_a_key_item(tmp_path: Path, no: Value, title: str) -> None:
    path = save(tmp_path, [HEADINGS, row(no, title)])

    [item] = read(path).items

    assert (item.no, item.title, item.key) == ("3", "学习", True)


def test_rows_that_share_a_number_get_refs_of_their_own(tmp_path: Path) -> None:
    rows = [HEADINGS, row(1, "甲", category="一、学习"), row(None, "乙"), row(None, "丙"), row(2, "丁")]
    path = save(tmp_path, rows, "A2:A4")

    proposal = read(path)

    assert [(item.ref, item.no) for item in proposal.items] == [
        ("1", "1"),
        ("1#2", "1"),
        ("1#3", "1"),
        ("2", "2"),
    ]
    assert messages(proposal) == []


def test_a_blank_number_or_category_below_a_filled_one_repeats_it(tmp_path: Path) -> None:
    path = save(
        tmp_path,
        [HEADINGS, row(1, "甲", category="一、学习"), row(None, "乙"), row(2, "丙", category="二、组织")],
    )

    items = read(path).items

    assert [(item.ref, item.category) for item in items] == [("1", "学习"), ("1#2", "学习"), ("2", "组织")]


def test_other_blanks_are_not_filled_unless_truly_merged(tmp_path: Path) -> None:
    rows = [HEADINGS, row(1, "甲"), row(2, "乙"), row(3, "丙")]
    for later in rows[2:]:
        later[4] = None
    path = save(tmp_path, rows, "E2:E3")

    proposal = read(path)

    assert [item.lead_units for item in proposal.items] == [("机关党委",), ("机关党委",), ()]
    assert messages(proposal) == ["事项“丙”没有牵头单位，请补填。"]
    assert (proposal.problems[0].row, proposal.problems[0].column) == (4, "牵头科室")


def test_sums_notes_signatures_and_repeated_headings_are_no_items(tmp_path: Path) -> None:
    rows: list[list[Value]] = [
        ["2026年工作清单"],
        HEADINGS,
        row(1, "甲"),
        HEADINGS,
        row(2, "乙"),
        ["合计", None, "2项"],
        ["注：带★的为重点。"],
        [None, None, "填表人：林晓东", None, None, None, "审核人：韩国梁"],
    ]
    path = save(tmp_path, rows, "A1:I1", "A7:I7")

    proposal = read(path)

    assert [item.title for item in proposal.items] == ["甲", "乙"]
    assert messages(proposal) == []


def test_a_title_that_begins_like_a_sum_is_an_item(tmp_path: Path) -> None:
    path = save(tmp_path, [HEADINGS, row(None, "总计划分解到科室"), row(None, "注重少数民族干部培养")])

    assert [item.title for item in read(path).items] == ["总计划分解到科室", "注重少数民族干部培养"]


def test_bands_across_the_table_are_categories(tmp_path: Path) -> None:
    rows: list[list[Value]] = [
        ["序号", "工作任务", "责任单位", "责任人", "完成时间"],
        ["一、思想建设（2项）"],
        [1, "甲", "机关党委", "许文慧", "3月"],
        [2, "乙", "机关党委", "许文慧", "4月"],
        ["二", "组织建设"],
        [1, "丙", "各党支部", "各支部书记", "每月"],
    ]
    path = save(tmp_path, rows, "A2:E2")

    proposal = read(path)

    assert [(item.ref, item.category) for item in proposal.items] == [
        ("1", "思想建设"),
        ("2", "思想建设"),
        ("1#2", "组织建设"),
    ]
    assert messages(proposal) == []


def test_sheets_per_category_lend_their_names(tmp_path: Path) -> None:
    book = Workbook()
    fill(book.worksheets[0], [["2026年清单"], HEADINGS, row(1, "甲")], sheet="一、思想建设")
    fill(book.create_sheet(), [HEADINGS, row(2, "乙")], sheet="组织建设")
    book.create_sheet("Sheet3")
    path = tmp_path / "plan.xlsx"
    book.save(path)

    proposal = read(path)

    assert [(item.sheet, item.category) for item in proposal.items] == [
        ("一、思想建设", "思想建设"),
        ("组织建设", "组织建设"),
    ]
    assert messages(proposal) == []


def test_hidden_sheets_are_skipped_and_named(tmp_path: Path) -> None:
    book = Workbook()
    fill(book.worksheets[0], [HEADINGS, row(1, "甲")], sheet="清单")
    for name in ("旧稿", "底稿"):
        fill(book.create_sheet(), [HEADINGS, row(9, "旧")], sheet=name)
    book["旧稿"].sheet_state = "hidden"
    book["底稿"].sheet_state = "veryHidden"
    fill(book.create_sheet(), [["本表由机关党委汇总"]], sheet="说明")
    path = tmp_path / "plan.xlsx"
    book.save(path)

    proposal = read(path)

    assert [item.title for item in proposal.items] == ["甲"]
    assert messages(proposal) == [
        "工作表“旧稿”是隐藏的，没有读取；如需导入，请取消隐藏。",
        "工作表“底稿”是隐藏的，没有读取；如需导入，请取消隐藏。",
        "工作表“说明”没有找到表头，没有读取；如果里面有事项，请补上表头。",
    ]


def test_two_heading_rows_with_merged_groups_are_understood(tmp_path: Path) -> None:
    rows: list[list[Value]] = [
        ["2026年重点任务分工"],
        ["序号", "重点任务", "责任分工", None, None, "时间安排", None],
        [None, None, "责任领导", "牵头", "配合", "启动时间", "完成时间"],
        [1, "甲", "韩国梁", "机关党委", "各党支部", "3月", "6月"],
        [2, "乙", "韩国梁", "办公室", "各科室", None, "9月底前"],
    ]
    path = save(tmp_path, rows, "A1:G1", "A2:A3", "B2:B3", "C2:E2", "F2:G2")

    first, second = read(path).items

    assert (first.owner, first.lead, first.supporting) == ("韩国梁", "机关党委", "各党支部")
    assert (first.schedule.phrase, second.schedule.phrase) == ("3月至6月", "9月底前")
    assert first.row == 4


def test_tasks_and_measures_become_one_title(tmp_path: Path) -> None:
    rows: list[list[Value]] = [
        ["工作任务", "具体措施", "责任单位", "责任人", "完成时限"],
        ["加强学习", "每月学习一天", "机关党委", "许文慧", "每月"],
        [None, "举办读书班", "机关党委", "许文慧", "9月"],
    ]
    path = save(tmp_path, rows, "A2:A3")

    proposal = read(path)

    assert [item.title for item in proposal.items] == ["加强学习：每月学习一天", "加强学习：举办读书班"]
    assert messages(proposal) == [
        "表中没有序号，已按先后顺序从 1 编到 2；以后改表时请保持次序，最好补上序号列。"
    ]


def test_two_columns_of_units_lead_and_support(tmp_path: Path) -> None:
    path = save(tmp_path, [["工作内容", "牵头处室", "责任处室", "时限"], ["甲", "办公室", "各处室", "3月"]])

    [item] = read(path).items

    assert (item.lead_units, item.supporting_units) == (("办公室",), ("各处室",))


def test_columns_that_were_not_read_are_named(tmp_path: Path) -> None:
    rows: list[list[Value]] = [
        ["序号", "工作内容", "牵头科室", "责任人", "时限", "分值", "自评"],
        [1, "甲", "办公室", "郝俊杰", "3月", 5, "好"],
    ]
    path = save(tmp_path, rows)

    assert messages(read(path)) == ["这些列没有导入：自评。如果里面有需要的内容，请并入“备注”等列。"]


def test_rows_without_a_number_get_the_next_free_one(tmp_path: Path) -> None:
    path = save(tmp_path, [HEADINGS, row(None, "甲"), row(7, "乙")])

    proposal = read(path)

    assert [(item.ref, item.title) for item in proposal.items] == [("8", "甲"), ("7", "乙")]
    assert messages(proposal) == ["事项“甲”没有序号，暂编为 8；请在表中补填。"]


def test_a_number_used_again_further_down_is_doubted(tmp_path: Path) -> None:
    path = save(tmp_path, [HEADINGS, row(1, "甲"), row(2, "乙"), row(1, "丙")])

    proposal = read(path)

    assert [item.ref for item in proposal.items] == ["1", "2", "1#2"]
    assert messages(proposal) == ["序号 1 在第 2 行已经用过，本行记作 1#2；如不是同一事项，请改正序号。"]


def test_a_row_without_content_is_reported_and_left_out(tmp_path: Path) -> None:
    empty = [3, None, None, None, None, None, None, None, None]
    path = save(tmp_path, [HEADINGS, row(1, "甲"), row(2, ""), empty])

    proposal = read(path)

    assert [item.title for item in proposal.items] == ["甲"]
    assert [(problem.row, problem.column) for problem in proposal.problems] == [(3, "工作内容")]


def test_a_plan_without_times_reads_every_time_as_blank(tmp_path: Path) -> None:
    path = save(tmp_path, [["序号", "工作内容", "责任单位", "责任人"], [1, "甲", "办公室", "郝俊杰"]])

    proposal = read(path)

    assert proposal.items[0].schedule.kind == "missing"
    assert messages(proposal) == [
        "没有找到完成时限一列（如“完成时限”“时间节点”“开展时间”），所有事项的时间都按空白处理，请补上或逐项确认。"
    ]


def test_a_plan_without_owners_says_who_answers(tmp_path: Path) -> None:
    path = save(tmp_path, [["序号", "工作内容", "责任单位", "时限"], [1, "甲", "办公室", "3月"]])

    proposal = read(path)

    assert not any(problem.error for problem in proposal.problems)
    assert messages(proposal) == [
        "没有找到责任人一列（如“责任人”“责任领导”），各事项由牵头单位负责人承担；需要落实到具体人的，请补上或逐项确认。"
    ]


def test_headings_alone_are_an_error(tmp_path: Path) -> None:
    proposal = read(save(tmp_path, [HEADINGS]))

    assert proposal.items == ()
    assert [(problem.message, problem.error) for problem in proposal.problems] == [
        ("没有读到任何事项，请核对表头下面是否有内容。", True)
    ]


def test_a_title_of_another_year_is_doubted(tmp_path: Path) -> None:
    path = save(tmp_path, [["2025年工作清单"], HEADINGS, row(1, "甲")], "A1:I1")

    assert messages(read(path)) == ["标题“2025年工作清单”写的是 2025 年，而导入的是 2026 年的计划，请核对。"]


def test_problems_are_said_in_english_on_request(tmp_path: Path) -> None:
    path = save(tmp_path, [HEADINGS, row(1, "甲"), row(2, "")])

    proposal = read_plan(path, year=2026, lang="en")

    assert messages(proposal) == [
        "This row has no work content and was not imported; fill it in or delete the row."
    ]


@pytest.mark.parametrize(
    ("value", "form", "kind", "start", "due", "confirm"),
    [
        (date(2026, 6, 15), "yyyy-mm-dd", "deadline", None, date(2026, 6, 15), False),
        (date(2026, 6, 15), 'm"月"d"日"', "deadline", None, date(2026, 6, 15), False),
        (date(2026, 6, 1), 'yyyy"年"m"月"', "window", date(2026, 6, 1), date(2026, 6, 30), False),
        (date(2026, 6, 1), "yyyy-mm", "window", date(2026, 6, 1), date(2026, 6, 30), False),
        (date(2026, 6, 1), "mmm-yy", "window", date(2026, 6, 1), date(2026, 6, 30), False),
        (date(2026, 6, 1), '[$-804]yyyy"年"m"月";@', "window", date(2026, 6, 1), date(2026, 6, 30), False),
        (date(2025, 6, 15), "yyyy-mm-dd", "deadline", None, date(2025, 6, 15), True),
    ],
)
def test_date_cells_mean_what_they_show(
    tmp_path: Path, value: date, form: str, kind: str, start: date | None, due: date, *, confirm: bool
) -> None:
    book = Workbook()
    fill(book.worksheets[0], [HEADINGS, row(1, "甲", time=value)], sheet="清单")
    book.worksheets[0]["G2"].number_format = form
    path = tmp_path / "plan.xlsx"
    book.save(path)

    schedule = read(path).items[0].schedule

    assert (schedule.kind.value, schedule.confirm) == (kind, confirm)
    assert [(slot.start, slot.due) for slot in schedule.slots] == [(start, due)]


def by_hand(folder: Path, cells: str, *, styles: str = "", workbook: str = "") -> Path:
    """A workbook whose second row is written in XML, as other programs write it."""
    path = save(folder, [HEADINGS])
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name).decode() for name in archive.namelist()}
    sheet, book = "xl/worksheets/sheet1.xml", "xl/workbook.xml"
    members[sheet] = members[sheet].replace("</sheetData>", f'<row r="2">{cells}</row></sheetData>')
    members[book] = members[book].replace("<workbookPr", f"<workbookPr {workbook}", 1)
    members["xl/styles.xml"] = styles or members["xl/styles.xml"]
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def inline(place: str, text: str) -> str:
    return f'<c r="{place}" t="inlineStr"><is><t>{text}</t></is></c>'


def test_a_formula_counts_by_its_stored_value(tmp_path: Path) -> None:
    path = by_hand(
        tmp_path,
        '<c r="A2"><f>ROW()-1</f><v>1</v></c>'
        '<c r="C2" t="str"><f>"学"&amp;"习"</f><v>学习</v></c>'
        '<c r="E2"><f>VLOOKUP(1,A:B,2)</f></c>'
        '<c r="G2" t="str"><f>IF(1,"","")</f><v></v></c>'
        '<c r="I2" t="e"><f>1/0</f><v>#DIV/0!</v></c>',
    )

    proposal = read(path)

    [item] = proposal.items
    assert (item.no, item.title, item.lead, item.remark) == ("1", "学习", "", "")
    assert messages(proposal) == [
        "单元格 E2 是公式但没有保存计算结果，按空白处理；请在 Excel 中打开并保存，或直接填写内容。",
        "单元格 I2 显示错误值 #DIV/0!，按空白处理；请改为实际内容。",
        "事项“学习”没有牵头单位，请补填。",
    ]


@pytest.mark.parametrize(
    ("number_format", "value", "text"),
    [
        ('numFmtId="0"', "3.0", "3"),
        ('numFmtId="0"', "0.1", "0.1"),
        ('numFmtId="9"', "0.95", "95%"),
        ('numFmtId="58"', "46188", "2026-06-15"),
        ('numFmtId="57"', "46188", "2026-06-15"),
        ('numFmtId="0"', "1e400", "1e400"),
    ],
)
def test_numbers_read_as_they_are_shown(tmp_path: Path, number_format: str, value: str, text: str) -> None:
    path = by_hand(
        tmp_path,
        inline("C2", "甲") + f'<c r="I2" s="1"><v>{value}</v></c>',
        styles=f'<styleSheet><cellXfs><xf numFmtId="0"/><xf {number_format}/></cellXfs></styleSheet>',
    )

    [item] = read(path).items

    assert item.remark == text


def test_the_calendar_of_old_macs_is_known(tmp_path: Path) -> None:
    styles = '<styleSheet><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs></styleSheet>'
    cells = inline("C2", "甲") + '<c r="I2" s="1"><v>44726</v></c>'
    path = by_hand(tmp_path, cells, styles=styles, workbook='date1904="1"')

    assert read(path).items[0].remark == "2026-06-15"


def test_phonetic_runs_and_rich_text_read_as_one_text(tmp_path: Path) -> None:
    cells = (
        '<c r="C2" t="inlineStr"><is><r><t>学</t></r><r><rPr><b/></rPr><t xml:space="preserve">习 会</t></r>'
        '<rPh sb="0" eb="1"><t>xue</t></rPh></is></c>'
    )
    path = by_hand(tmp_path, cells)

    assert read(path).items[0].title == "学习会"


CSV_ROWS: list[list[Value]] = [
    ["2026年清单"],
    HEADINGS,
    row(1, "学习，\n研讨", category="一、思想建设"),
    row(2, "检查"),
]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_csv_reads_in_every_usual_encoding(tmp_path: Path, encoding: str, separator: str) -> None:
    lines = [
        separator.join(f'"{value}"' if "\n" in str(value) else str(value or "") for value in values)
        for values in CSV_ROWS
    ]
    path = tmp_path / "清单.csv"
    path.write_text("\r\n".join(lines), encoding=encoding, newline="")

    proposal = read(path)

    assert [(item.no, item.title, item.category, item.row) for item in proposal.items] == [
        ("1", "学习，研讨", "思想建设", 3),
        ("2", "检查", "思想建设", 4),
    ]
    assert (proposal.title, messages(proposal)) == ("2026年清单", [])


def test_a_word_table_reads_like_a_sheet(tmp_path: Path) -> None:
    document = Document()
    document.add_paragraph("2026年机关党建工作清单")
    bodies = {"一、思想建设": [row(1, "甲"), row(None, "乙")], "二、组织建设": [row(2, "丙")]}
    for heading, rows in bodies.items():
        document.add_paragraph(heading)
        table = document.add_table(rows=1 + len(rows), cols=len(HEADINGS))
        for line, values in zip(table.rows, [HEADINGS, *rows], strict=True):
            for cell, value in zip(line.cells, values, strict=True):
                cell.text = str(value or "")
        if len(rows) > 1:
            table.cell(1, 4).merge(table.cell(2, 4)).text = "机关党委\n办公室"
            table.cell(2, 7).merge(table.cell(2, 8)).text = "台账"
    path = tmp_path / "plan.docx"
    document.save(str(path))

    proposal = read(path)

    assert proposal.title == "2026年机关党建工作清单"
    assert [(item.ref, item.title, item.category, item.row) for item in proposal.items] == [
        ("1", "甲", "思想建设", 2),
        ("1#2", "乙", "思想建设", 3),
        ("2", "丙", "组织建设", 2),
    ]
    assert [item.lead_units for item in proposal.items[:2]] == [("机关党委", "办公室")] * 2
    assert (proposal.items[1].standard, proposal.items[1].remark) == ("台账", "")


def test_a_document_without_tables_is_refused(tmp_path: Path) -> None:
    document = Document()
    document.add_paragraph("见附件")
    path = tmp_path / "plan.docx"
    document.save(str(path))

    with pytest.raises(InputError) as refused:
        read(path)

    assert refused.value.code == "read_no_table"


@pytest.mark.parametrize(
    ("phrase", "kind", "periods", "confirm"),
    [
        ("20265月", "window", 1, True),
        ("3月：\n1.制定方案\n2.动员部署", "window", 1, False),
        ("3月\n1.制定方案\n2.动员部署", "window", 1, False),
        ("6月\n10月", "window", 2, False),
        ("12-1月", "window", 1, True),
        ("12月-", "window", 1, True),
        ("3月 — 5月", "window", 1, False),
        ("召开动员会", "missing", 1, True),
        ("—", "missing", 1, True),
    ],
)
def test_messy_times_arrive_at_the_grammar_whole(
    tmp_path: Path, phrase: str, kind: str, periods: int, *, confirm: bool
) -> None:
    path = save(tmp_path, [HEADINGS, row(1, "甲", time=phrase)])

    schedule = read(path).items[0].schedule

    assert (schedule.kind.value, len(schedule.slots), schedule.confirm) == (kind, periods, confirm)
    assert "\n" not in schedule.phrase + schedule.reading
