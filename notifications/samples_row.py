"""A work item and an approval as the samples of all letters show them."""

from __future__ import annotations

#: What every letter says of an approval.
SAMPLE_APPROVAL: dict[str, object] = {
    "id": 1,
    "title": "2026年机关党建工作计划（第1版）",
    "subject": "plan",
    "status": "running",
    "asked_by": "林晓东",
    "asked_on": "2026-01-12",
}


def sample_row(number: int, title: str, due: str, **more: object) -> dict[str, object]:
    """The values that templates show of a work item of an invented branch; `more` changes or adds some."""
    return {
        "id": number,
        "no": str(number % 72),
        "key": False,
        "title": title,
        "unit": "第三党支部",
        "owner": "陶欣悦",
        "period": "2026-03",
        "start": "2026-03-01",
        "due": due,
        "target": None,
        "done": 0,
        "left": None,
        "late": 0,
        "words": "",
        "for_whom": "",
        **more,
    }
