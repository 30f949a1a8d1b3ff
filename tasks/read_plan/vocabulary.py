"""The headings that offices write, and the field that each of them stands for.

Collected from published lists of duties and work plans (domain notes B.2 and E). The first synonym of a field
is the one that a message names.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Vocabulary:
    """The headings of one kind of table.

    `exact` lists synonyms by field, the better ones first: where two columns claim a field, the better one
    gets it. `loose` are words that decide when a longer heading holds them, tried in order. `seconds` says
    which field takes the other column when two claim the same one.
    """

    exact: dict[str, tuple[str, ...]]
    loose: tuple[tuple[str, str], ...] = ()
    seconds: tuple[tuple[str, str], ...] = ()
    mandatory: frozenset[str] = frozenset()

    def name(self, field: str) -> str:
        """The usual heading of a field."""
        return self.exact[field][0]


PLAN = Vocabulary(
    exact={
        "no": ("序号", "编号", "项号", "任务编号", "事项编号", "序", "NO", "No"),
        "category": (
            *("类别", "方面", "项目", "类型", "板块", "大类", "工作类别", "任务类别", "项目类别", "工作项目"),
            *("考评项目", "一级指标", "分类", "工作方面", "重点领域"),
        ),
        "title": (
            *("工作内容", "工作任务", "重点任务", "任务内容", "主要任务", "重点工作", "工作事项", "具体任务"),
            *("具体内容", "主要内容", "工作要点", "任务", "事项", "内容", "任务名称", "事项名称", "目标任务"),
            *("主要工作", "二级指标", "任务分解", "具体措施", "工作措施", "主要措施", "推进措施", "落实措施"),
            *("工作举措", "措施"),
        ),
        "owner": (
            "责任人",
            "负责人",
            "具体责任人",
            "责任领导",
            "分管领导",
            "牵头领导",
            "包抓领导",
            "责任人员",
        ),
        "lead": (
            *("牵头科室", "牵头单位", "牵头部门", "牵头处室", "责任科室", "责任单位", "责任部门", "责任处室"),
            *("主办科室", "主办单位", "承办科室", "承办单位", "承办部门", "实施单位", "责任主体", "牵头"),
        ),
        "supporting": (
            *("配合部门", "配合科室", "配合单位", "配合处室", "协办科室", "协办单位", "协办部门", "协同单位"),
            *("参与部门", "参与科室", "参与单位", "协助单位", "配合", "协办", "参与"),
        ),
        "begin": ("开始时间", "启动时间", "起始时间", "开始日期", "启动日期", "起始日期"),
        "time": (
            *("完成时限", "完成时间", "时间节点", "开展时间", "时间安排", "时序进度", "完成期限", "办结时限"),
            *("办理时限", "时间要求", "进度安排", "计划时间", "实施时间", "截止时间", "结束时间", "完成日期"),
            *("截止日期", "时限", "时间"),
        ),
        "standard": (
            *("完成标志", "考核要点", "成果形式", "考核标准", "完成标准", "考评标准", "目标要求", "质量要求"),
            *(
                "目标及质量要求",
                "工作要求",
                "工作目标",
                "预期成果",
                "工作成果",
                "成果",
                "评价标准",
                "评分标准",
            ),
        ),
        "score": ("分值", "分数", "权重"),
        "remark": ("备注", "说明", "附注"),
    },
    # The supporting words come first: 配合责任单位 supports, it does not lead.
    loose=(
        *(("配合", "supporting"), ("协办", "supporting"), ("协同", "supporting"), ("参与单位", "supporting")),
        *(("开始时间", "begin"), ("启动时间", "begin")),
        *(("时限", "time"), ("时间", "time"), ("进度", "time"), ("节点", "time"), ("期限", "time")),
        *(("责任人", "owner"), ("负责人", "owner"), ("责任领导", "owner"), ("分管领导", "owner")),
        *(
            ("牵头", "lead"),
            ("责任科室", "lead"),
            ("责任单位", "lead"),
            ("责任部门", "lead"),
            ("承办", "lead"),
        ),
        *(("标志", "standard"), ("考核要点", "standard"), ("成果", "standard"), ("标准", "standard")),
        *(("措施", "title"), ("举措", "title")),
        *(
            ("工作内容", "title"),
            ("工作任务", "title"),
            ("任务", "title"),
            ("事项", "title"),
            ("内容", "title"),
        ),
        *(("类别", "category"), ("备注", "remark"), ("序号", "no"), ("分值", "score")),
    ),
    seconds=(("lead", "supporting"), ("title", "measure")),
    mandatory=frozenset({"title"}),
)

UNITS = Vocabulary(
    exact={
        "code": ("机构编码", "单位编码", "编码", "代码", "机构代码"),
        "name": ("机构名称", "单位名称", "名称", "机构"),
        "kind": ("机构类型", "单位类型", "类型", "机构类别"),
        "parent": ("上级机构", "上级单位", "上级", "隶属", "隶属机构"),
        "head": ("负责人", "机构负责人", "主要负责人"),
        "starts_on": ("起始日期", "成立日期", "开始日期", "设立日期"),
        "ends_on": ("截止日期", "结束日期", "撤销日期", "终止日期"),
        "remark": ("备注", "说明"),
    },
    mandatory=frozenset({"name", "kind"}),
)

PEOPLE = Vocabulary(
    exact={
        "no": ("序号", "编号", "工号"),
        "name": ("姓名", "人员姓名"),
        "email": ("邮箱", "电子邮箱", "邮件地址", "电子邮件", "邮箱地址"),
        "department": ("科室", "所在科室", "部门", "所在部门", "处室", "股室"),
        "branch": ("党支部", "所在党支部", "所在支部", "支部"),
        "group": ("党小组", "所在党小组", "小组"),
        "title": ("职务", "职务职级", "职位", "职级"),
        "roles": ("角色", "任职", "党内职务", "身份"),
        "in_charge_of": ("分管科室", "分管单位", "分管部门", "分管", "分管机构"),
        "temporary_branch": ("临时党支部", "临时支部"),
        "remark": ("备注", "说明"),
    },
    mandatory=frozenset({"name", "email"}),
)

ABSENCES = Vocabulary(
    exact={
        "no": ("序号", "编号"),
        "name": ("姓名", "人员姓名"),
        "email": ("邮箱", "电子邮箱", "邮件地址", "电子邮件", "邮箱地址"),
        "kind": ("类型", "类别", "请假类型", "事由类型"),
        "starts_on": ("开始日期", "起始日期", "开始时间", "起始时间"),
        "ends_on": ("结束日期", "截止日期", "结束时间", "截止时间"),
        "substitute_name": ("代办人", "代理人", "接替人", "代办人姓名"),
        "substitute": ("代办人邮箱", "代理人邮箱", "接替人邮箱", "代办人电子邮箱"),
        "reason": ("事由", "原因", "备注", "说明"),
    },
    mandatory=frozenset({"starts_on", "ends_on"}),
)
