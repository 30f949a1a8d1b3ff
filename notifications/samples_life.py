"""Facts of an invented bureau for the letters about the life of a work item."""

from __future__ import annotations

#: Facts by letter, without those that every letter has.
OWN: dict[str, dict[str, object]] = {
    "urged": {
        "row": {
            "id": 318,
            "no": "30",
            "key": True,
            "title": "开展主题党日活动",
            "unit": "第三党支部",
            "owner": "杜若琳",
            "period": "2026-03",
            "start": "2026-03-01",
            "due": "2026-03-31",
            "target": 4,
            "done": 1,
            "left": 5,
            "late": 0,
            "words": "",
            "for_whom": "杜若琳",
        },
        "by": "韩国梁",
        "words": "请按计划抓紧开展，签到表和照片一并反馈。",
        "reported": "2026-03-10",
        "answer_by": "2026-03-27",
        "extend_by": "2026-03-26",
        "times": 2,
    },
}
