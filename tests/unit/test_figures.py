"""Which plan item feeds which figure of the report."""

from __future__ import annotations

import pytest

from models.figures import figure_kinds, figure_of

#: Title, standard and remark of items of a real-looking plan, and the figure each feeds.
PLAN = [
    (
        "制定印发《2026年机关党建工作安排意见》，同步形成年度工作清单，提请局党组会议审议",
        "",
        "清单随文印发",
        "",
    ),
    ("党组专题研究全面从严治党工作，推动主体责任规定落到实处", "党组会议记录", "", ""),
    ("党组专题研究意识形态工作，分析研判苗头性、倾向性问题", "会议记录、研判报告", "", "研究意识形态次"),
    ("调整意识形态工作领导小组，修订印发意识形态工作责任清单", "文件印发（含文号）", "", ""),
    ("完善意识形态网格，支部网格员出现空缺的及时补齐补强", "网格员名册", "", ""),
    ("学习规范党员干部网络行为的有关规定，开展文明上网、安全用网教育", "签到表", "", ""),
    ("组织党组理论学习中心组集体学习", "学习通知、签到表", "可与廉政教育合并开展", ""),
    ("组织全体干部集中学习一天", "签到表、学习记录", "计入集中学习次数", "集中学习次"),
    ("主要领导为全局党员讲专题党课", "党课讲稿", "计入专题党课次数", "专题党课次"),
    ("党组书记讲铸牢中华民族共同体意识专题党课1次", "党课讲稿", "同时计入专题党课次数", "专题党课次"),
    ("按照党组成员、科长、普通干部三个层次开展专题学习研讨", "研讨方案", "全年3次", "专题研讨次"),
    ("召开支部党员大会，安排支部党课", "会议通知", "“三会一课”", ""),
    ("开展主题党日活动", "活动方案", "计入主题党日次数", "主题党日次"),
    ("开展廉政警示教育，纳入中心组学习、集中学习和“三会一课”内容", "教育方案", "", "廉政教育次"),
    ("重要节假日前向全体干部发送廉政提醒", "提醒内容", "", "节假日廉政提醒次"),
    ("传达学习中央纪委、自治区纪委、市纪委全会精神", "会议记录", "", ""),
    ("落实挂钩村产业帮扶资金", "拨付凭证，全年合计20万元", "", "帮扶万元"),
    ("为对口帮扶社区安装便民长椅、清理卫生死角", "现场记录", "", ""),
    ("组织“三八”国际妇女节主题活动", "活动方案", "", ""),
]

#: The same things as other bureaus would put them.
OTHERWISE = [
    ("党组会议每半年听取1次意识形态工作汇报", "研究意识形态次"),
    ("召开意识形态工作专题会", "研究意识形态次"),
    ("坚持每月开展一天集中学习", "集中学习次"),
    ("通报集中学习情况", ""),
    ("局党组书记带头为党员讲党课", "专题党课次"),
    ("支部书记讲党课", ""),
    ("围绕党的创新理论组织专题研讨", "专题研讨次"),
    ("各支部每月固定1天开展主题党日", "主题党日次"),
    ("制定主题党日活动计划", ""),
    ("检查各支部主题党日开展情况", ""),
    ("为挂钩村产业项目帮扶5万元现金", "帮扶万元"),
    ("组织观看警示教育片", "廉政教育次"),
    ("中秋、国庆节前发送廉洁过节提醒", "节假日廉政提醒次"),
    ("对新任科级干部开展廉政提醒谈话", ""),
    ("更新局门户网站内容", ""),
]


@pytest.mark.parametrize(("title", "standard", "remark", "key"), PLAN)
def test_a_plan_item_feeds_its_figure(title: str, standard: str, remark: str, key: str) -> None:
    found = figure_of(title, standard=standard, remark=remark)

    assert found == key


@pytest.mark.parametrize(("title", "key"), OTHERWISE)
def test_other_wordings_feed_the_same_figures(title: str, key: str) -> None:
    assert figure_of(title) == key


def test_the_titles_alone_are_enough() -> None:
    keys = {title: figure_of(title, standard=standard) for title, standard, _, _ in PLAN}

    assert keys == {title: key for title, _, _, key in PLAN}


def test_the_catalogue_holds_the_ten_figures() -> None:
    labels = [f"{kind.key}:{kind.unit}" for kind in figure_kinds()]

    assert labels == [
        "N类:类",
        "M项:项",
        "研究意识形态次:次",
        "集中学习次:次",
        "专题党课次:次",
        "专题研讨次:次",
        "主题党日次:次",
        "帮扶万元:万元",
        "廉政教育次:次",
        "节假日廉政提醒次:次",
    ]
    assert all(kind.rule("zh") and kind.rule("en") for kind in figure_kinds())
