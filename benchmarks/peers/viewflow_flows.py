"""The flows of the cases in viewflow's own words; found by viewflow through their names in this module."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib import import_module
from typing import Any

# The product's environment lacks these, and its type checker need not know them.
_this = import_module("viewflow").this
_flow = import_module("viewflow.workflow.flow")
_lock = import_module("viewflow.workflow.lock")
_User = import_module("django.contrib.auth.models").User


@cache
def user(place: int) -> Any:  # noqa: ANN401  # the peer's own
    """The user who signs at a place, read once."""
    return _User.objects.get(username=f"u{place}")


def flow_of(at_once: bool, size: int) -> Any:  # noqa: ANN401, FBT001  # the peer's own; as cases are read
    """The flow class of a case, made when it is first asked for."""
    name = f"{'AllSign' if at_once else 'Linear'}{size}"
    if name not in globals():
        nodes = _all_sign(size) if at_once else _linear(size)
        # Its default lock locks nothing; this one loses no approval, as far as the database has row locks.
        words = {**nodes, "lock_impl": _lock.select_for_update_lock, "__module__": __name__}
        globals()[name] = type(_flow.Flow)(name, (_flow.Flow,), words)
    return globals()[name]


def _linear(size: int) -> dict[str, Any]:
    nodes = {"start": _flow.StartHandle().Next(_this.a0), "end": _flow.End()}
    for place in range(size):
        following = getattr(_this, f"a{place + 1}" if place < size - 1 else "end")
        nodes[f"a{place}"] = _flow.View(None).Assign(_signer(place)).Next(following)
    return nodes


def _all_sign(size: int) -> dict[str, Any]:
    """A fixed branch a signer: its open edition has no split over a list."""
    split = _flow.Split()
    nodes = {"start": _flow.StartHandle().Next(_this.split), "split": split}
    for place in range(size):
        split.Always(getattr(_this, f"b{place}"))
        nodes[f"b{place}"] = _flow.View(None).Assign(_signer(place)).Next(_this.join)
    return {**nodes, "join": _flow.Join().Next(_this.end), "end": _flow.End()}


def _signer(place: int) -> Callable[[object], Any]:
    return lambda _activation: user(place)
