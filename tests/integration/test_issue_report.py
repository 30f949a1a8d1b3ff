"""The half-year report: sentences from closed work, figures with sources, checks before signing."""

from __future__ import annotations

from datetime import date

import pytest
from docx import Document
from docx.document import Document as DocumentFile
from sqlalchemy import select

from models import periods
from models.database import unit_of_work
from models.errors import InputError
from models.periods import Period
from models.tables import Figure
from tasks.figures import CountedFigure
from tasks.issue.publish import Issued
from tasks.issue.report import report_drafts, runs
from tasks.issue.report_outline import parts, place_of
from tasks.issue.report_text import Count, Paragraph, check
from tests.integration.documents_bureau import Bureau, instant

pytest_plugins = ["tests.integration.documents_bureau"]
H1, H2 = periods.half(2026, 1), periods.half(2026, 2)


@pytest.fixture
def year(bureau: Bureau) -> Bureau:
    with unit_of_work(bureau.engine) as session:
        bureau.item(session, "24", "组织全体干部集中学习一天", category="思想政治建设")
        bureau.item(session, "71", "组织干部职工参加义务植树", category="为民服务与公益")
        bureau.item(session, "80", "整理历史档案", category="综合事务", kind="deadline")
        bureau.item(session, "52", "发送廉政提醒", category="纪律作风建设", kind="holiday")
        for month in (3, 4, 8):
            work = bureau.owe(session, "24", "机关党委", periods.month(2026, month), due=date(2026, month, 6))
            bureau.close(session, work, date(2026, month, 6))
        tree = bureau.owe(session, "71", "办公室", periods.month(2026, 3), due=date(2026, 3, 12))
        bureau.close(session, tree, date(2026, 3, 12))
        files = bureau.owe(session, "80", "办公室", periods.month(2026, 5), due=date(2026, 5, 29))
        bureau.close(session, files, date(2026, 6, 5))
        bureau.owe(session, "52", "机关党委", periods.month(2026, 6), due=date(2026, 6, 18))
        bureau.owe(session, "52", "机关党委", periods.month(2026, 9), due=date(2026, 9, 30))
    return bureau


def _issue(bureau: Bureau, period: Period, today: date) -> Issued:
    settings, at = bureau.settings, instant(today)
    (issued,) = bureau.issue(
        lambda session: report_drafts(session, settings, period, today=today, at=at),
        at=at,
        needs_approval=True,
    )
    return issued


def _document(bureau: Bureau, issued: Issued) -> DocumentFile:
    return Document(str(bureau.settings.home / issued.files[0]["path"]))


def test_the_report_tells_what_was_closed(year: Bureau) -> None:
    issued = _issue(year, H1, date(2026, 7, 3))

    lines = [paragraph.text for paragraph in _document(year, issued).paragraphs]
    text = "\n".join(lines)
    headings = [line for line in lines if line[:2] in {f"{n}、" for n in "一二三四五六七八"}]
    assert headings == [
        "一、抓制度建设，强化责任落实",
        "二、抓思想建设，强化能力提升",
        "三、抓组织建设，强化服务本领",
        "四、抓纪律建设，强化从严治党",
        "五、抓精神文明建设，强化文明实践",
        "六、抓其他重点工作，强化统筹推进",
        "七、存在问题",
        "八、下半年打算",
    ]
    assert "1. 注重政治引领。" in text
    assert "开展集中学习2次[5]。" in text
    assert "组织干部职工参加义务植树。" in text
    assert "整理历史档案。" in text
    assert "仍有1项次任务逾期未办结，涉及机关党委，主要是“发送廉政提醒”。" in text
    assert "上半年有1项次任务逾期后办结" in text
    assert "周期性工作补办" not in text
    assert "重点做好“发送廉政提醒”" in text
    assert "**" not in text


def test_the_report_says_what_was_made_up_missed_and_put_off(year: Bureau) -> None:
    with unit_of_work(year.engine) as session:
        february = year.owe(session, "24", "机关党委", periods.month(2026, 2), due=date(2026, 2, 6))
        year.close(session, february, date(2026, 3, 2))
        year.owe(session, "24", "机关党委", periods.month(2026, 5), due=date(2026, 5, 8))
        june = year.owe(session, "24", "机关党委", periods.month(2026, 6), due=date(2026, 6, 5))
        year.put_off(session, june, date(2026, 7, 10))

    issued = _issue(year, H1, date(2026, 7, 3))

    text = "\n".join(paragraph.text for paragraph in _document(year, issued).paragraphs)
    assert "另经批准延期1项次，原定时限保留备查。" in text
    assert "仍有2项次任务逾期未办结" in text
    assert "其中周期性工作有2期所属期已过、尚未开展。" in text
    assert "上半年有2项次任务逾期后办结" in text
    assert "其中周期性工作补办1期，均按原所属期统计。" in text


def test_the_annex_names_the_source_of_each_figure(year: Bureau) -> None:
    issued = _issue(year, H1, date(2026, 7, 3))

    rows = [[cell.text for cell in row.cells] for row in _document(year, issued).tables[0].rows]
    with unit_of_work(year.engine) as session:
        kept = {one.key: one for one in session.scalars(select(Figure))}
    assert rows[5][:3] == ["5", "集中学习", "2次"]
    assert rows[5][4:] == ["2", "1～2", "2", "2～3"]
    assert (kept["集中学习次"].work_items, kept["集中学习次"].events) == ([1, 2], [2, 3])
    assert len(rows) == 13


def test_the_second_report_gives_the_whole_year_too(year: Bureau) -> None:
    issued = _issue(year, H2, date(2026, 12, 28))

    text = "\n".join(paragraph.text for paragraph in _document(year, issued).paragraphs)
    assert "关于示例市审计局2026年下半年\n党建工作情况的报告" in text
    assert "开展集中学习1次[5]（全年3次[6]）" in text
    assert "下一步打算" in text


def test_reporting_the_same_again_makes_no_new_version(year: Bureau) -> None:
    _issue(year, H1, date(2026, 7, 3))

    again = _issue(year, H1, date(2026, 7, 6))

    assert (again.version, again.fresh, again.state) == (1, False, "draft")


def test_a_figure_with_two_values_is_refused_by_name() -> None:
    figure = CountedFigure("专题研讨次", "专题研讨", 3, "次", "按办结计次")
    paragraphs = [Paragraph(("围绕主题进行", Count("专题研讨次", "4"), "次研讨"))]

    with pytest.raises(InputError) as refused:
        check(paragraphs, [figure])

    assert refused.value.sentence("zh").startswith("数字“专题研讨”在同一份文件中前后不一致：3、4")


def test_a_placeholder_that_is_left_is_refused(year: Bureau) -> None:
    with unit_of_work(year.engine) as session:
        year.item(session, "90", "主要领导讲话**次", category="制度建设", kind="deadline")
        work = year.owe(session, "90", "办公室", periods.month(2026, 2), due=date(2026, 2, 27))
        year.close(session, work, date(2026, 2, 27))

    with pytest.raises(InputError) as refused:
        _issue(year, H1, date(2026, 7, 3))

    assert "占位符“**”" in refused.value.sentence("zh")


def test_the_bureaus_own_head_stays_at_the_top(year: Bureau) -> None:
    template = year.settings.home / "templates" / "report.docx"
    template.parent.mkdir()
    head = Document()
    head.add_paragraph("示例市审计局文件")
    head.save(str(template))

    issued = _issue(year, H1, date(2026, 7, 3))

    assert _document(year, issued).paragraphs[0].text == "示例市审计局文件"


def test_a_damaged_template_is_named(year: Bureau) -> None:
    template = year.settings.home / "templates" / "report.docx"
    template.parent.mkdir()
    template.write_text("not a document")

    with pytest.raises(InputError, match=r"report\.docx cannot be used"):
        _issue(year, H1, date(2026, 7, 3))


def test_each_item_finds_its_part_and_topic() -> None:
    places = {
        "收集研判舆情信息并按时上报": ("意识形态与网络阵地", 0, "加强意识形态工作的领导。"),
        "更新局门户网站内容": ("意识形态与网络阵地", 3, "切实增强网络安全意识。"),
        "编制季度党建工作清单": ("制度建设与责任落实", 2, "抓好机关党建工作日常推进。"),
        "走访慰问退休干部": ("为民服务与公益", 2, "持续做好为群众办实事事项。"),
        "传达学习中央纪委全会精神": ("纪律作风建设", 3, "抓好经常性廉政纪律教育。"),
        "整理历史档案": ("综合事务", 5, "推进其他相关工作。"),
    }

    found = {title: place_of(title, category) for title, (category, _, _) in places.items()}

    assert {title: (number, topic.heading) for title, (number, topic) in found.items()} == {
        title: (number, heading) for title, (_, number, heading) in places.items()
    }
    assert len(parts()) == 6


def test_neighbouring_numbers_are_drawn_together() -> None:
    assert runs([3, 1, 2, 9]) == "1～3、9"
    assert runs([]) == "—"
