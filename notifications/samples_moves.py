"""Invented facts for the letters about extensions, changed plans, hand-overs and absences."""

from __future__ import annotations

from functools import partial

from notifications.samples_row import sample_row

_row = partial(sample_row, no="40")
_PLAN: dict[str, object] = {"taker": "", "version": 2, "source": "工委〔2026〕12号", "ended": ""}

#: Facts by letter, without those that every letter has.
MOVES: dict[str, dict[str, object]] = {
    "extension_decided": {
        "rows": [
            _row(318, "开展主题党日活动", "2026-04-15", left=15, words="同意，请抓紧落实。")
            | {"outcome": "granted", "from": "2026-03-31", "until": "2026-04-15", "by": "韩国梁"},
            _row(
                271,
                "按季度报送舆情信息",
                "2026-03-31",
                key=True,
                for_whom="杜若琳",
                words="最多延到4月10日。",
            )
            | {"outcome": "returned", "from": "2026-03-31", "until": "2026-04-24", "by": "周立诚"},
        ],
        "total": 2,
        "more": 0,
    },
    "plan_changed": {
        "rows": [
            _row(318, "开展主题党日活动", "2026-04-24", key=True)
            | _PLAN
            | {
                "changes": [
                    {"kind": "moved", "was": "2026-03-31", "now": "2026-04-24"},
                    {"kind": "retargeted", "was": "4.0", "now": "6"},
                ]
            },
            _row(166, "更新支部网格员名册", "2026-03-27")
            | _PLAN
            | {"changes": [{"kind": "cancelled", "was": "assigned", "now": "cancelled"}]},
            _row(305, "每周更新机关网站内容", "2026-04-15", for_whom="杜若琳")
            | _PLAN
            | {"changes": [{"kind": "kept", "was": "2026-04-10", "now": "2026-04-15"}]},
            _row(412, "召开党小组会", "2026-08-28", unit="高标准农田专项审计临时党支部")
            | _PLAN
            | {
                "changes": [{"kind": "cancelled", "was": "assigned", "now": "cancelled"}],
                "ended": "高标准农田专项审计临时党支部",
            },
        ],
        "total": 4,
        "more": 0,
    },
    "handed_over": {
        "role": "taker",
        "giver": "杜若琳",
        "taker": "陶欣悦",
        "unit": "第三党支部",
        "reason": "岗位调整",
        "by": "林晓东",
        "rows": [
            _row(271, "按季度报送舆情信息", "2026-03-13", late=11, key=True) | {"reported": ""},
            _row(318, "开展主题党日活动", "2026-03-27", left=3, target=4, done=1)
            | {"reported": "2026-03-18"},
        ],
        "total": 2,
        "more": 0,
        "contributions": 1,
        "approvals": [],
    },
    "absence": {
        "role": "acting",
        "absent": "杜若琳",
        "acting": "陶欣悦",
        "kind": "抽调",
        "from": "2026-03-25",
        "to": "2026-04-17",
        "on": "",
        "works": [
            _row(318, "开展主题党日活动", "2026-03-27", left=3, for_whom="杜若琳"),
            _row(271, "按季度报送舆情信息", "2026-03-13", late=11, key=True, for_whom="杜若琳"),
        ],
        "total": 2,
        "more": 0,
    },
}
