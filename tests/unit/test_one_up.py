"""A home has one `duban up` on a machine, and what a crash left behind is believed by nobody."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from flows.server import Server, claimed, is_claimed, note, noted, running_part
from models.errors import RefusedError


def test_a_second_up_is_refused_and_leaves_the_first_alone(tmp_path: Path) -> None:
    with claimed(tmp_path):
        note(tmp_path, Server(1, os.getpid(), 4200, {"relay": 1}))
        with pytest.raises(RefusedError) as refused, claimed(tmp_path):
            pass

        assert "http://127.0.0.1:4200" in refused.value.sentence("zh")
        assert running_part(tmp_path, "relay")
    assert noted(tmp_path) is None


def test_a_note_is_not_believed_because_a_process_has_its_number(tmp_path: Path) -> None:
    """After a crash somebody else may have it; what waits for a relay that is not there would wait long."""
    with claimed(tmp_path):
        pass
    note(tmp_path, Server(os.getpid(), os.getpid(), 4200, {"relay": os.getpid()}))

    assert not is_claimed(tmp_path)
    assert not running_part(tmp_path, "relay")
    with claimed(tmp_path):
        assert is_claimed(tmp_path)
