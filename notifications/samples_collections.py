"""Invented facts for the letters of collections."""

from __future__ import annotations

_FORM: dict[str, object] = {
    "id": 3,
    "title": "廉政风险点及防控措施表",
    "words": "每人一份，列出岗位职责、风险点、防控措施三项，不超过一页。",
    "said": "",
    "by": "林晓东",
    "due": "2026-03-27",
    "left": 3,
    "late": 0,
}
_CLUB: dict[str, object] = {
    "id": 2,
    "title": "2026年上半年文体活动参加情况（每人一句话）",
    "words": "",
    "said": "请于今日下班前补交，只写一句话即可。",
    "by": "韩国梁",
    "due": "2026-03-20",
    "left": None,
    "late": 4,
}
_NAMES = [
    {"unit": "办公室", "names": ["田秀芬", "曹宇航", "那日苏"]},
    {"unit": "自然资源和生态环境审计科", "names": ["陶欣悦"]},
]

#: Facts by letter, without those that every letter has.
COLLECTIONS: dict[str, dict[str, object]] = {
    "collection_asked": {"rows": [_FORM], "total": 1, "more": 0},
    "collection_chased": {"rows": [_CLUB, _FORM], "total": 2, "more": 0},
    "collection_gaps": {
        "rows": [
            _CLUB
            | {
                "owed": 115,
                "handed_in": 111,
                "coverage": 96,
                "open": 4,
                "units": _NAMES,
                "more": 0,
            },
            _FORM
            | {
                "owed": 18,
                "handed_in": 16,
                "coverage": 88,
                "open": 2,
                "units": [*_NAMES[1:], {"unit": "第三党支部", "names": ["单佳琪"]}],
                "more": 0,
            },
        ],
        "total": 2,
        "more": 0,
    },
}
