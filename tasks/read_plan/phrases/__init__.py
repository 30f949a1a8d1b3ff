"""The grammar of time phrases: what 3-4月, 6月底前 or 每季度不少于1次 mean in a plan year; pure."""

from tasks.read_plan.phrases.read import read_date_cell, read_phrase

__all__ = ["read_date_cell", "read_phrase"]
