"""Invented facts for the digest: a leader's, with everything that one can hold."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

#: The letters that it holds, with the part that each goes into.
_PARTS = (
    ("escalated", "escalated"),
    ("overdue", "overdue"),
    ("due_today", "due"),
    ("due_soon", "soon"),
    ("returned", "returned"),
    ("opened", "new"),
    ("contribution_asked", "new"),
    ("plan_changed", "changed"),
    ("approval_decided", "decided"),
    ("closed", "decided"),
    ("approval_copied", "information"),
)
_LIGHTS = {
    "red": (2, 1),
    "orange": (1, 3),
    "yellow": (3, 3),
    "waiting": (1, 0),
    "blue": (9, 9),
    "green": (41, 41),
}
_TITLES = ["2026年机关党建工作计划（第1版）", "2026年上半年党建工作检查通报"]


def digest_sample(own: Mapping[str, Mapping[str, Any]]) -> dict[str, object]:
    """A digest made of the other letters' samples."""
    plan, _, bulletin = own["approval_asked"]["rows"]
    waiting = [plan | {"due": "2026-03-26"}, bulletin | {"due": "2026-03-23"}]
    return {
        "day": "2026-03-24",
        "brief": {
            "whole": True,
            "lights": [
                {"light": light, "count": count, "before": before}
                for light, (count, before) in _LIGHTS.items()
            ],
            "open": 57,
            "since": "2026-03-17",
            "worst": [*own["escalated"]["rows"], *own["overdue"]["rows"]],
            "due": {"count": 6, "key": 2, "until": "2026-03-29"},
            "decisions": {"count": 2, "titles": _TITLES},
        },
        "waiting": {"count": 2, "rows": waiting, "more": 0},
        "parts": [
            {"letter": letter, "part": part, "count": own[letter]["total"], "facts": own[letter]}
            for letter, part in _PARTS
        ],
        "morning": {"count": 5, "keys": [], "parts": _MORNING},
    }


_MORNING = [
    {
        "kind": "bounced",
        "count": 1,
        "rows": [
            {
                "name": "荆玉良",
                "address": "jingyuliang@example.gov.cn",
                "status": "5.1.1",
                "words": "User unknown",
            }
        ],
        "more": 0,
    },
    {
        "kind": "unread",
        "count": 3,
        "rows": [{"name": "杜若琳", "count": 4, "since": "2026-01-05"}],
        "more": 2,
    },
    {"kind": "holidays", "count": 1, "rows": [{"year": 2027}], "more": 0},
]
