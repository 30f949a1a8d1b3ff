"""The numbers of items: as written, shared by several rows, or missing altogether."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from tasks.read_plan.problems import Place, Problems


@dataclass(frozen=True)
class Number:
    """The number of one item: `no` is blank where the table has none, `typed` false where it is inherited."""

    no: str
    typed: bool
    category: str
    title: str
    place: Place


def give_refs(numbers: Sequence[Number], problems: Problems) -> list[tuple[str, str]]:
    """Number and reference of each item, in order.

    A reference is the number, made unique by `#2`, `#3` where rows share it. An item without any number gets
    the next whole number above all numbers of the file; one warning says so for a file without numbers.
    """
    given = _with_free_numbers(numbers)
    _warn(numbers, given, problems)
    uses: Counter[str] = Counter()
    refs = []
    for no in given:
        uses[no] += 1
        refs.append((no, no if uses[no] == 1 else f"{no}#{uses[no]}"))
    _warn_repeated(numbers, refs, problems)
    return refs


def _with_free_numbers(numbers: Sequence[Number]) -> list[str]:
    last = max((int(number.no) for number in numbers if _whole(number.no)), default=0)
    given = []
    for number in numbers:
        last += not number.no
        given.append(number.no or str(last))
    return given


def _whole(no: str) -> bool:
    return no.isascii() and no.isdigit() and len(no) < 10  # noqa: PLR2004  # longer ones are no numbers of items


def _warn(numbers: Sequence[Number], given: Sequence[str], problems: Problems) -> None:
    missing = [(number, no) for number, no in zip(numbers, given, strict=True) if not number.no]
    if missing and len(missing) == len(numbers):
        problems.warn("numbers_missing", first=missing[0][1], last=missing[-1][1])
        return
    for number, no in missing:
        problems.warn("row_without_number", at=number.place, title=number.title, no=no)


def _warn_repeated(numbers: Sequence[Number], refs: Sequence[tuple[str, str]], problems: Problems) -> None:
    """A number typed again further down is probably a slip; one that starts anew in a category is not."""
    first: dict[tuple[str, str, str], int | None] = {}
    before = ""
    for number, (no, ref) in zip(numbers, refs, strict=True):
        seen = first.setdefault((number.place.sheet, number.category, no), number.place.row)
        if number.typed and no != before and seen != number.place.row:
            problems.warn("number_repeated", at=number.place, no=no, first=seen, ref=ref)
        before = no
