"""The laws of approval codes: what the digits are, what is taken for them, and when guessing ends."""

from __future__ import annotations

import stat
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.approval.code import (
    GUESSES,
    LOCKED_FOR,
    WITHIN,
    code_digest,
    code_digits,
    grouped,
    locked_until,
    read_code,
    tries_left,
)
from models.errors import InputError, UnavailableError
from models.secret import KEY_FILE, LENGTH, Secret, open_secret
from tasks.gate_form import Choice, GateForm

NOON = datetime(2026, 3, 24, 4, tzinfo=UTC)
SECRETS = st.binary(min_size=LENGTH, max_size=LENGTH).map(Secret)
NUMBERS = st.integers(min_value=1, max_value=2**31 - 1)
DIGITS = st.text("0123456789", min_size=8, max_size=8)
#: What people put between and around digits, and how they write them.
BETWEEN = st.text(" \t\n\r　-–—－\u200b\ufeff\u00a0−", max_size=3)
FULL_WIDTH = str.maketrans("0123456789", "０１２３４５６７８９")


@given(secret=SECRETS, approval=NUMBERS, code=NUMBERS)
def test_a_code_is_eight_digits_that_are_the_same_again(secret: Secret, approval: int, code: int) -> None:
    digits = code_digits(secret, approval=approval, code=code)

    assert digits == code_digits(Secret(secret.key), approval=approval, code=code)
    assert digits == read_code(digits) == read_code(grouped(digits))
    assert (len(digits), digits.isdigit()) == (8, True)


@given(secret=SECRETS, other=SECRETS, approval=NUMBERS, digits=DIGITS)
def test_a_fingerprint_is_of_its_secret_approval_and_digits(
    secret: Secret, other: Secret, approval: int, digits: str
) -> None:
    kept = code_digest(secret, approval=approval, digits=digits)

    assert kept == code_digest(secret, approval=approval, digits=digits)
    assert kept != code_digest(secret, approval=approval + 1, digits=digits)
    assert (kept == code_digest(other, approval=approval, digits=digits)) is (other == secret)


@given(approval=NUMBERS, codes=st.lists(NUMBERS, min_size=2, max_size=2, unique=True))
def test_each_code_has_digits_of_its_own(approval: int, codes: list[int]) -> None:
    secret = Secret(b"k" * LENGTH)
    one, other = (secret.digest("approval_code.digits", approval, code) for code in codes)

    assert one != other


@given(digits=DIGITS, gaps=st.lists(BETWEEN, min_size=9, max_size=9), wide=st.booleans())
def test_blanks_dashes_and_full_width_digits_are_read(digits: str, gaps: list[str], wide: bool) -> None:  # noqa: FBT001  # drawn
    typed = gaps[0] + "".join(
        digit + gap
        for digit, gap in zip(digits.translate(FULL_WIDTH) if wide else digits, gaps[1:], strict=True)
    )

    assert read_code(typed) == digits


@given(words=st.text(max_size=40))
def test_whatever_is_typed_is_a_code_or_nothing(words: str) -> None:
    found = read_code(words)

    assert found == "" or (len(found) == 8 and found.isascii() and found.isdigit())


@pytest.mark.parametrize("typed", ["", "1234567", "123456789", "1234567x", "١٢٣٤٥٦٧٨", "一二三四五六七八"])
def test_what_has_not_eight_digits_is_no_code(typed: str) -> None:
    assert read_code(typed) == ""


def test_the_secret_does_not_show_itself(tmp_path: Path) -> None:
    secret = open_secret(tmp_path)

    assert secret.key.hex() not in repr(secret)
    assert repr(secret.key) not in f"{secret} {secret!r}"


def test_a_secret_is_made_once_and_only_for_its_owner(tmp_path: Path) -> None:
    first, again = open_secret(tmp_path), open_secret(tmp_path)

    assert first == again
    assert len(first.key) == LENGTH
    assert stat.S_IMODE((tmp_path / KEY_FILE).stat().st_mode) == 0o600
    assert [one.name for one in tmp_path.iterdir()] == [KEY_FILE]


def test_every_home_has_a_secret_of_its_own(tmp_path: Path) -> None:
    homes = [tmp_path / name for name in ("one", "other")]
    for home in homes:
        home.mkdir()

    assert len({open_secret(home) for home in homes}) == 2


def test_all_who_ask_at_once_get_the_same_secret(tmp_path: Path) -> None:
    barrier = threading.Barrier(8)

    def ask(_: int) -> Secret:
        barrier.wait()
        return open_secret(tmp_path)

    with ThreadPoolExecutor(8) as pool:
        found = set(pool.map(ask, range(8)))

    assert len(found) == 1


def test_a_secret_that_is_not_whole_or_cannot_be_read_is_refused_in_words(tmp_path: Path) -> None:
    (tmp_path / KEY_FILE).write_bytes(b"short")
    with pytest.raises(InputError) as short:
        open_secret(tmp_path)
    (tmp_path / KEY_FILE).unlink()
    (tmp_path / KEY_FILE).mkdir()
    with pytest.raises(UnavailableError) as unreadable:
        open_secret(tmp_path)
    with pytest.raises(UnavailableError) as nowhere:
        open_secret(tmp_path / "gone")

    assert "不完整" in short.value.sentence("zh")
    for one in (unreadable, nowhere):
        assert KEY_FILE in one.value.sentence("zh")


@given(minutes=st.lists(st.integers(0, 120), max_size=30))
def test_five_guesses_within_a_quarter_of_an_hour_lock_for_a_quarter_of_an_hour(minutes: list[int]) -> None:
    guesses = [NOON + timedelta(minutes=one) for one in sorted(minutes)]
    close = len(guesses) >= GUESSES and guesses[-1] - guesses[-GUESSES] < WITHIN

    assert locked_until(guesses) == (guesses[-1] + LOCKED_FOR if close else None)


@given(steps=st.lists(st.integers(0, 30), min_size=1, max_size=60))
def test_however_somebody_guesses_the_tries_are_few_and_foretold(steps: list[int]) -> None:
    at, taken = NOON, list[datetime]()
    for step in steps:
        at += timedelta(minutes=step)
        until = locked_until(taken)
        if until is not None and at < until:
            continue  # refused unseen: it makes the lock no longer
        taken.append(at)
        locked = locked_until(taken) is not None
        assert locked is (tries_left(taken[:-1], at) == 1)

    for first, last in zip(taken, taken[GUESSES:], strict=False):
        assert last - first >= LOCKED_FOR


@pytest.mark.parametrize(
    ("words", "choice"),
    [
        ("同意", Choice.APPROVE),
        (" 同意　", Choice.APPROVE),
        ("approve", Choice.APPROVE),
        ("ＡＰＰＲＯＶＥ", Choice.APPROVE),
        ("不同意", Choice.REJECT),
        ("Reject", Choice.REJECT),
        ("退回", Choice.RETURN),
        ("重发审批码", Choice.NEW_CODE),
        ("new_code", Choice.NEW_CODE),
        ("Send new codes", Choice.NEW_CODE),
        ("", None),
        ("好的", None),
        ("同意同意", None),
        ("x" * 100_000, None),
    ],
)
def test_a_choice_is_known_by_its_words_in_any_language(words: str, choice: Choice | None) -> None:
    assert GateForm(decision=words).choice is choice


def test_the_opinion_of_a_browser_s_form_has_plain_lines() -> None:
    assert GateForm(opinion="  同意。\r\n请抓紧。\r\n").says == "同意。\n请抓紧。"
