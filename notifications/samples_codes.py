"""Invented facts for the letters about approval codes."""

from __future__ import annotations

from notifications.samples_row import SAMPLE_APPROVAL

_PLAN: dict[str, object] = SAMPLE_APPROVAL | {"step": {"zh": "审批", "en": "Approval"}}

#: Facts by letter, without those that every letter has.
CODES: dict[str, dict[str, object]] = {
    "approval_code": _PLAN
    | {
        "code": 17,
        "digest": "",
        "digits": "04826913",
        "advice": False,
        "until": "2026-01-14T09:20",
        "link": "http://duban.example.gov.cn:4200/runs/flow-run/0198c1f2-6f0e-7c55-9b1e-2f3f5c1f7a10",
    },
    "approval_locked": {
        "rows": [_PLAN | {"guesses": 5, "locked": "2026-01-13T10:45"}],
        "total": 1,
        "more": 0,
    },
}
