"""What counts once: laws of the figures, whatever takes place and however it is linked."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from models.figures import Counting, figure_kinds, kinds_by_key
from tasks.count import Deed, Share, shares

START = date(2026, 1, 1)
#: Titles of activities: some are what the catalogue counts in a second figure as well.
HELD = ("集中学习", "警示教育集中学习", "专题党课暨主题党日", "廉政党课", "学习研讨")
COUNTED = [kind.key for kind in figure_kinds() if kind.counting is Counting.CLOSED]
MONEY = "帮扶万元"


@st.composite
def deeds(draw: st.DrawFn) -> list[Deed]:
    """Work items of a few items and units, closed or reported on, some with activities behind them."""
    activities = draw(st.lists(st.tuples(st.integers(0, 364), st.sampled_from(HELD)), min_size=1, max_size=4))
    works = draw(st.lists(st.tuples(st.integers(1, 3), st.integers(1, 2)), max_size=8, unique=True))
    figures = [draw(st.sampled_from([*COUNTED, MONEY])) for _ in range(3)]
    found = []
    for number, (item, unit) in enumerate(works, start=1):
        day = draw(st.integers(0, 364))
        deed = Deed(figures[item - 1], f"事项{item}", number, item, unit, "2026", START, None)
        linked = draw(st.sampled_from([None, *range(len(activities))]))
        if linked is not None:
            begun, held = activities[linked]
            deed, day = deed._replace(activity=linked + 1, held=held), begun
        if draw(st.booleans()):
            deed = deed._replace(quantity=float(draw(st.integers(1, 5))))
        on = START + timedelta(days=day)
        found.append(deed._replace(on=on, at=datetime(on.year, on.month, on.day, 4, tzinfo=UTC)))
    return found


def value(counted: dict[str, list[Share]], key: str, start: date = START, end: date = date.max) -> float:
    return sum(share.amount for share in counted.get(key, ()) if start <= share.deed.on <= end)


@given(deeds())
def test_no_figure_counts_more_than_took_place(found: list[Deed]) -> None:
    occasions = len({deed.activity for deed in found if deed.activity})
    unlinked = [deed for deed in found if deed.activity is None]
    most = occasions + sum(1 if deed.quantity is None else deed.quantity for deed in unlinked)

    counted = shares(found)

    for key in COUNTED:
        assert value(counted, key) <= most


@given(deeds(), st.data())
def test_linking_work_to_an_activity_that_counts_already_adds_nothing(
    found: list[Deed], data: st.DataObject
) -> None:
    linked = [deed for deed in found if deed.activity]
    if not linked:
        return
    model = data.draw(st.sampled_from(linked))
    another = model._replace(work=99, item=99)
    before, after = shares(found), shares([*found, another])

    for key in (*COUNTED, MONEY):
        assert value(after, key) == value(before, key)


@given(deeds(), st.randoms(use_true_random=False))
def test_the_order_in_which_things_are_read_does_not_matter(found: list[Deed], random: object) -> None:
    mixed = sorted(found, key=lambda _: random.random())  # type: ignore[attr-defined]

    assert shares(mixed) == shares(found)


@given(deeds(), st.integers(0, 363))
def test_the_figures_of_two_parts_of_a_year_add_up_to_the_years(found: list[Deed], days: int) -> None:
    last = START + timedelta(days=days)
    first_part, whole = shares([deed for deed in found if deed.on <= last]), shares(found)

    for key in (*COUNTED, MONEY):
        rest = value(whole, key, start=last + timedelta(days=1))
        assert value(first_part, key) + rest == value(whole, key)


def test_several_amounts_of_one_activity_are_one_amount() -> None:
    deed = Deed(MONEY, "拨付帮扶资金", 1, 1, 1, "2026", START, None, quantity=3, activity=7, held="拨付")

    found = shares([deed, deed._replace(work=2, item=2, quantity=5)])

    assert value(found, MONEY) == 5


def test_every_other_figure_that_is_named_exists_and_counts_in_the_same_unit() -> None:
    kinds = kinds_by_key()

    named = [(kind, kinds[also.figure], also) for kind in figure_kinds() for also in kind.also_in]

    assert named
    for kind, other, also in named:
        assert kind is not other
        assert (kind.unit, kind.counting) == (other.unit, other.counting)
        assert also.held
        for lang in ("zh", "en"):
            assert also.rule(lang) in other.rule(lang)
