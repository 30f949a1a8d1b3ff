"""A damaged file is refused or read, whatever was damaged; nothing else happens."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.errors import InputError
from tasks.read_plan.plan import read_plan

DATA = Path(__file__).parent.parent / "data"
PLAN = (DATA / "plan_2026.xlsx").read_bytes()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("damaged")


def outcome(path: Path) -> str:
    try:
        return f"{len(read_plan(path, year=2026).items)} items"
    except InputError as error:
        return error.code


@settings(max_examples=200, deadline=None)
@given(changes=st.lists(st.tuples(st.integers(0, len(PLAN) - 1), st.integers(0, 255)), max_size=4))
def test_changed_bytes_never_crash_the_reader(folder: Path, changes: list[tuple[int, int]]) -> None:
    content = bytearray(PLAN)
    for at, byte in changes:
        content[at] = byte
    path = folder / "plan.xlsx"
    path.write_bytes(content)

    result = outcome(path)

    assert result.startswith("read_") or result.endswith(" items") or result == "plan_headings_missing"


@settings(max_examples=50, deadline=None)
@given(end=st.integers(0, len(PLAN) - 1))
def test_a_file_cut_short_is_refused(folder: Path, end: int) -> None:
    path = folder / "plan.xlsx"
    path.write_bytes(PLAN[:end])

    assert outcome(path) in ("read_broken", "read_empty", "read_text_inside", "read_not_a_table")


@settings(max_examples=100, deadline=None)
@given(content=st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
@pytest.mark.parametrize("suffix", [".csv", ".xlsx", ".docx"])
def test_any_bytes_are_refused_or_read(folder: Path, suffix: str, content: bytes) -> None:
    path = folder / f"plan{suffix}"
    path.write_bytes(content)

    result = outcome(path)

    assert result.startswith("read_") or result.endswith(" items") or result == "plan_headings_missing"
