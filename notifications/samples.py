"""Facts of an invented bureau for every letter: what previews and tests render."""

from __future__ import annotations

from collections.abc import Mapping

from notifications.samples_codes import CODES
from notifications.samples_collections import COLLECTIONS
from notifications.samples_digest import digest_sample
from notifications.samples_life import OWN as LIFE
from notifications.samples_moves import MOVES
from notifications.samples_row import SAMPLE_APPROVAL, sample_row

_COMMON: dict[str, object] = {
    "person": {"name": "陶欣悦", "title": "机关党委干部"},
    "on_behalf": [],
    "coordinator": {"name": "林晓东", "email": "linxiaodong@example.gov.cn"},
    "bureau": "朔原市审计局",
    "today": "2026-03-24",
}


def _rows(*rows: dict[str, object], more: int = 0) -> dict[str, object]:
    return {"rows": list(rows), "total": len(rows) + more, "more": more}


def _section(*rows: dict[str, object], more: int = 0) -> dict[str, object]:
    return {"count": len(rows) + more, "rows": list(rows), "more": more}


_SOON = sample_row(318, "开展主题党日活动", "2026-03-27", left=3)
_TODAY = sample_row(305, "每周更新机关网站内容", "2026-03-24", left=0, target=1, done=0)
_LATE = sample_row(271, "按季度报送舆情信息", "2026-03-13", late=11, key=True, for_whom="杜若琳", urge=2)
_LONG_LATE = sample_row(
    166,
    "完善意识形态网格化建设，及时补齐补强支部网格员，并将调整后的网格员名册报机关党委备案",
    "2026-02-27",
    late=25,
    unit="第七党支部",
    owner="荆玉良",
)
_NOTHING = _section()
_ALSO = {"count": 5, "titles": ["召开党小组会", "报送党费收缴情况", "更新支部网格员名册"]}
_STANDING = {"due": 42, "on_time": 35, "late": 4, "open": 3, "rate": 92}
_BEFORE = {"due": 38, "on_time": 30, "late": 3, "open": 5, "rate": 86}
_DOCUMENT: dict[str, object] = {
    "period": "2026-03",
    "version": 1,
    "changes": [],
    "unit": "",
    "files": [],
    "figures": [],
    "rows": [],
    "total": 0,
    "own": False,
    "more": 0,
    "late": 0,
    "answer_by": "2026-03-27",
}
_AUDIT_STEP = {"zh": "机关党委审核", "en": "Party committee review"}
_LEADER_STEP = {"zh": "分管领导审批", "en": "Leader in charge"}


def _said(
    name: str, how: str, words: str = "", *, for_whom: str = "", on: str = "2026-01-13"
) -> dict[str, object]:
    return {"name": name, "for_whom": for_whom, "step": _AUDIT_STEP, "how": how, "words": words, "on": on}


_SAID = [
    _said("韩国梁", "approve", "同意，请按时限抓好落实。"),
    _said("杜若琳", "advise_yes", "第17项与责任科室商定过。"),
    _said("陶欣悦", "approve", for_whom="杜若琳"),
]
_APPROVAL: dict[str, object] = SAMPLE_APPROVAL | {
    "plan": {"id": 1, "year": 2026, "version": 1, "categories": 8, "total": 72},
    "for_whom": "",
    "seat": 0,
    "said": _SAID,
    "said_before": 0,
}
_SEAT: dict[str, object] = _APPROVAL | {
    "step": _LEADER_STEP,
    "mode": "all",
    "seats": 3,
    "approved": 1,
    "need": 0,
    "since": "2026-01-13",
    "due": "2026-01-15",
    "late": 0,
    "left": 2,
    "then": [{"act": "escalate", "on": "2026-01-16"}, {"act": "approve", "on": "2026-01-20"}],
    "kind": "decide",
    "by": "",
    "holder": "",
    "words": "",
    "urged": None,
    "stand_ins": [],
}
_CLOSING: dict[str, object] = _SEAT | {
    "id": 2,
    "title": "4　党组专题研究全面从严治党工作（机关党委，2026-H1）",
    "subject": "work_item",
    "plan": None,
    "seats": 1,
    "approved": 0,
    "kind": "advise",
    "by": "韩国梁",
    "words": "请看佐证是否齐全。",
    "then": [{"act": "advice_ends", "on": "2026-01-15"}],
    "said": [],
}
_BULLETIN: dict[str, object] = _SEAT | {
    "id": 3,
    "title": "2026年上半年党建工作检查通报",
    "subject": "publication",
    "plan": None,
    "seats": 1,
    "due": "2026-01-12",
    "late": 1,
    "left": None,
    "kind": "escalated",
    "holder": "韩国梁",
    "for_whom": "吕国平",
    "then": [],
    "urged": {"by": "林晓东", "count": 2, "words": "周五前须印发，请尽快审定。"},
    "said": _SAID[:1],
    "said_before": 6,
}
_ENDED: dict[str, object] = _APPROVAL | {
    "on": "2026-01-14",
    "by": "周立诚",
    "words": "",
    "resubmit": "to_returner",
    "said": [*_SAID, _said("周立诚", "return", "第17项时限偏紧，请与责任科室商定后再报。", on="2026-01-14")],
}
_RETURNED: dict[str, object] = _ENDED | {"status": "returned"}
_APPROVED: dict[str, object] = _ENDED | {
    "id": 3,
    "title": "2026年上半年党建工作检查通报",
    "subject": "publication",
    "plan": None,
    "status": "approved",
    "resubmit": "",
    "said": [*_SAID[:1], _said("吕国平", "auto_approve"), _said("周立诚", "approve", "同意印发。")],
}
#: A returned approval that its initiator is urged to rework.
_REWORK: dict[str, object] = {
    "kind": "rework",
    "urged": {"by": "韩国梁", "count": 1, "words": ""},
    "stand_ins": [],
}

#: Facts by letter, without those that every letter has.
_OWN: dict[str, dict[str, object]] = {
    "assigned": {
        "year": 2026,
        "items": 6,
        "total": 29,
        "first_due": "2026-01-30",
        "months": [
            {
                "month": "2026-01",
                "rows": [
                    sample_row(12, "召开支部委员会会议", "")
                    | {"times": 12, "first_due": "2026-01-30", "last_due": "2026-12-31"},
                    sample_row(13, "开展主题党日活动", "", key=True, for_whom="杜若琳")
                    | {"times": 12, "first_due": "2026-01-30", "last_due": "2026-12-31"},
                ],
            },
            {
                "month": "2026-03",
                "rows": [
                    sample_row(41, "制定年度学习计划，明确考取职称目标", "")
                    | {"times": 1, "first_due": "2026-03-31", "last_due": "2026-03-31"},
                ],
            },
            {
                "month": "",
                "rows": [
                    sample_row(66, "注重少数民族干部的培养", "")
                    | {"times": 1, "first_due": "", "last_due": ""},
                ],
            },
        ],
        "more": 2,
    },
    "calendar": _DOCUMENT
    | {
        "title": "2026年3月工作行事历",
        "version": 2,
        "changes": ["新增：开展学雷锋志愿服务活动（3月5日）", "改期：集中学习由3月20日改为3月27日"],
        "files": ["2026年3月工作行事历_v2.docx", "2026年3月工作行事历_v2.ics"],
        "rows": [_SOON, _LATE | {"late": 0, "left": 5, "due": "2026-03-31", "urge": 0}],
        "total": 2,
        "own": True,
    },
    "slip": _DOCUMENT
    | {
        "title": "党建工作提醒单（党提〔2026〕第3号）",
        "unit": "第三党支部",
        "files": ["2026年3月第三党支部党建工作提醒单_v1.docx"],
        "rows": [_LATE, _SOON],
        "total": 2,
        "late": 1,
    },
    "checklist": _DOCUMENT
    | {
        "title": "2026年第一季度党建工作清单",
        "period": "2026-Q1",
        "unit": "第三党支部",
        "files": ["2026年第一季度党建工作清单_v1.docx", "2026年第一季度党建工作清单_v1.xlsx"],
        "rows": [_LATE, _SOON],
        "total": 43,
        "more": 41,
        "late": 1,
    },
    "bulletin": _DOCUMENT
    | {
        "title": "2026年上半年党建工作检查通报",
        "period": "2026-H1",
        "files": ["2026年上半年党建工作检查通报_v1.docx"],
        "figures": [
            {"label": "应办结", "value": 286, "unit": "项"},
            {"label": "已办结", "value": 271, "unit": "项"},
            {"label": "办结率", "value": 94.8, "unit": "%"},
            {"label": "逾期未办结", "value": 15, "unit": "项"},
        ],
        "answer_by": "2026-07-10",
    },
    "report": _DOCUMENT
    | {
        "title": "2026年上半年党建工作情况的报告",
        "period": "2026-H1",
        "files": ["2026年上半年党建工作情况的报告_v1.docx"],
        "figures": [
            {"label": "集中学习", "value": 6, "unit": "次"},
            {"label": "专题党课", "value": 8, "unit": "次"},
            {"label": "主题党日", "value": 48, "unit": "次"},
        ],
        "answer_by": "2026-07-03",
    },
    "due_soon": _rows(_SOON),
    "due_today": _rows(_TODAY),
    "overdue": _rows(_LATE) | {"also": _ALSO},
    "overseen": _rows(_LATE | {"for_whom": "", "urge": 0}),
    "escalated": _rows(_LONG_LATE),
    "absent": _rows(_TODAY | {"owner": "杜若琳"}),
    "silent": _rows(sample_row(402, "加强机关网站意识形态阵地管理", "") | {"since": "2025-12-18"}),
    "opened": _rows(_SOON | {"id": 455, "title": "传达学习市委会议精神", "words": "市委〔2026〕12号"}),
    "progress": {
        "period": "2026-02",
        "before_period": "2026-01",
        "total": _STANDING,
        "before": _BEFORE,
        "units": [
            {
                "name": "机关党委",
                "now": {"due": 14, "on_time": 11, "late": 2, "open": 1, "rate": 92},
                "before": {"due": 13, "on_time": 10, "late": 1, "open": 2, "rate": 84},
            },
            {
                "name": "第三党支部",
                "now": {"due": 26, "on_time": 22, "late": 2, "open": 2, "rate": 92},
                "before": {"due": 25, "on_time": 20, "late": 2, "open": 3, "rate": 88},
            },
            {
                "name": "自然资源和生态环境审计科",
                "now": {"due": 2, "on_time": 2, "late": 0, "open": 0, "rate": 100},
                "before": {"due": 0, "on_time": 0, "late": 0, "open": 0, "rate": 100},
            },
        ],
        "more": 0,
        "overdue": _section(
            _LONG_LATE | {"id": 101, "due": "2026-01-30", "late": 31}, _LONG_LATE | {"late": 3}, more=6
        ),
    },
    "run_failed": {
        "number": 27,
        "title": "月度行事历 2026-04",
        "reason": "数据库正忙，等候 30 秒后仍未轮到。请稍后再试。",
        "again": "09:15",
        "link": "http://127.0.0.1:4200/runs/flow-run/0c5b8c1e",
    },
    "contribution_asked": _rows(
        sample_row(77, "党组专题研究全面从严治党工作", "2026-06-30", left=66, unit="机关党委", key=True)
        | {
            "for_units": ["第三党支部"],
            "leads": 1,
            "times": 2,
            "last_due": "2026-12-31",
            "by": "韩国梁",
            "words": "请提供本支部上半年情况。",
        }
    ),
    "returned": _rows(
        _SOON | {"by": "林晓东", "words": "活动记录缺少讨论发言情况，请补充后重新报结。\n签到表请一并附上。"}
    ),
    "closed": _rows(*(one | {"by": "林晓东", "left": None, "done": 1} for one in (_SOON, _TODAY))),
    "approval_asked": {
        "rows": [_SEAT, _CLOSING, _BULLETIN],
        "total": 3,
        "more": 0,
        "files": ["2026年上半年党建工作检查通报_v1.docx"],
        "me": "周立诚",
    },
    "approval_reminded": {
        "rows": [_BULLETIN | {"kind": "decide", "stand_ins": ["周立诚"]}, _RETURNED | _REWORK],
        "total": 2,
        "more": 0,
        "files": [],
        "me": "陶欣悦",
    },
    "approval_copied": {
        "rows": [_APPROVAL | {"by": "林晓东", "steps": [_LEADER_STEP]}],
        "total": 1,
        "more": 0,
        "files": [],
        "me": "陶欣悦",
    },
    "approval_decided": {"rows": [_RETURNED, _APPROVED], "total": 2, "more": 0, "files": [], "me": "陶欣悦"},
    "test": {"server": "smtp.example.gov.cn:465"},
}
#: What differs in a letter's common facts.
_COMMON_OF: dict[str, dict[str, object]] = {
    "overdue": {"on_behalf": ["杜若琳"]},
    "overseen": {"person": {"name": "吕国平", "title": "财政审计科科长"}},
    "escalated": {"person": {"name": "韩国梁", "title": "党组成员、副局长"}},
    "progress": {"person": {"name": "周立诚", "title": "党组书记、局长"}, "today": "2026-03-02"},
    "digest": {"person": {"name": "周立诚", "title": "党组书记、局长"}, "on_behalf": ["杜若琳"]},
    "approval_asked": {"person": {"name": "周立诚", "title": "党组书记、局长"}, "today": "2026-01-12"},
    "approval_code": {"person": {"name": "周立诚", "title": "党组书记、局长"}, "today": "2026-01-13"},
}

_OWN |= LIFE | COLLECTIONS | MOVES | CODES
_OWN["digest"] = digest_sample(_OWN)

#: Complete facts by letter.
SAMPLES: Mapping[str, Mapping[str, object]] = {
    letter: _COMMON | facts | _COMMON_OF.get(letter, {}) for letter, facts in _OWN.items()
}
