"""A form that was handed in at a gate outlives what troubles Prefect's server."""

from __future__ import annotations

from http import HTTPStatus
from typing import NoReturn

import pytest
from httpx import HTTPStatusError, Request, Response
from prefect.exceptions import PrefectHTTPStatusError

from flows import approval_gate
from tasks.gate_form import GateForm


def troubled(monkeypatch: pytest.MonkeyPatch, status: HTTPStatus) -> None:
    """A server that answers so when a gate asks for its form."""
    request = Request("POST", "http://127.0.0.1/api/flow_runs/1/set_state")
    error = HTTPStatusError("", request=request, response=Response(status, request=request))

    def suspend(**_: object) -> NoReturn:
        raise PrefectHTTPStatusError.from_httpx_error(error)

    monkeypatch.setattr(approval_gate, "suspend_flow_run", suspend)


def test_a_server_in_trouble_is_not_taken_for_an_empty_form(monkeypatch: pytest.MonkeyPatch) -> None:
    troubled(monkeypatch, HTTPStatus.INTERNAL_SERVER_ERROR)

    with pytest.raises(PrefectHTTPStatusError):
        approval_gate._ask("zh", 1, "")  # noqa: SLF001  # a flow runs on a server only


def test_a_run_that_was_begun_anew_asks_for_the_next_form(monkeypatch: pytest.MonkeyPatch) -> None:
    troubled(monkeypatch, HTTPStatus.CONFLICT)

    assert approval_gate._ask("zh", 1, "") == GateForm()  # noqa: SLF001  # a flow runs on a server only
