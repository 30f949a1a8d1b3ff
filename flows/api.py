"""Prefect's REST API as far as we use it without Prefect's own client: in no time and little memory."""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from threading import Event
from typing import Any
from urllib.parse import urlsplit

from flows.timetable import POOL
from models.errors import UnavailableError

#: How long an answer may take, in seconds: a busy server on SQLite takes its time.
PATIENCE = 30
#: A server that says it is busy (503: its database is locked) is asked again after so many seconds.
BUSY_RESTS = (0.2, 0.5, 1.0, 2.0)
#: The kinds of states in which a run is over.
OVER = frozenset({"COMPLETED", "FAILED", "CRASHED", "CANCELLED"})


_OURS: dict[str, object] = {"work_pools": {"name": {"any_": [POOL]}}}


class Deployments(dict[str, str]):
    """Ids by name. Asked for one that is not registered, or not yet, it raises UnavailableError."""

    def __missing__(self, name: str) -> str:
        raise UnavailableError("prefect_unregistered", name=name)


@dataclass(frozen=True)
class Api:
    """A Prefect server at `url`, such as http://127.0.0.1:4200/api."""

    url: str

    @property
    def ui(self) -> str:
        """Where people look at it, as long as nothing stands in between."""
        return self.url.removesuffix("/api")

    def answers(self) -> bool:
        """Whether the server says that it is well."""
        with suppress(UnavailableError):
            return self._ask("GET", "/health", None, patience=5) is True
        return False

    def post(self, path: str, body: object) -> Any:  # noqa: ANN401  # JSON
        """What the server answers to a POST; None for no content. Raises UnavailableError."""
        return self._ask("POST", path, body)

    def emit(self, events: Sequence[Mapping[str, object]]) -> None:
        """Hand over events; the server has them in memory then, not on disk."""
        if events:
            self.post("/events", list(events))

    def start(
        self,
        deployment: str,
        parameters: Mapping[str, object],
        *,
        key: str = "",
        name: str = "",
        tags: Sequence[str] = (),
        parent: str = "",
    ) -> str:
        """Order a run of the deployment with this id, once for each `key`; gives the run's id.

        `parent` is a task run of the flow run below which the run is shown.
        """
        body: dict[str, object] = {"parameters": dict(parameters), "tags": list(tags)}
        body |= {"idempotency_key": key} if key else {}
        body |= {"name": name} if name else {}
        body |= {"parent_task_run_id": parent} if parent else {}
        made = self.post(f"/deployments/{deployment}/create_flow_run", body)
        return str(made["id"])

    def deployments(self) -> Deployments:
        """The ids of our deployments by name: others may use the same server."""
        return Deployments({one["name"]: one["id"] for one in self.post("/deployments/filter", _OURS)})

    def knows(self, names: Sequence[str]) -> bool:
        """Whether deployments of ours with all these names are registered."""
        named = {"deployments": {"name": {"any_": list(names)}}}
        return int(self.post("/deployments/count", _OURS | named)) >= len(names)

    def runs(self, ids: Sequence[str]) -> dict[str, dict[str, Any]]:
        """The flow runs with these ids that the server knows, by id."""
        if not ids:
            return {}
        found = self.post("/flow_runs/filter", {"flow_runs": {"id": {"any_": list(ids)}}})
        return {one["id"]: one for one in found}

    def cancelled(self, deployments: Sequence[str], since: datetime) -> list[dict[str, Any]]:
        """The flow runs of these deployments that were cancelled since then."""
        ended = {"state": {"type": {"any_": ["CANCELLED"]}}, "end_time": {"after_": since.isoformat()}}
        asked = {"flow_runs": ended, "deployments": {"id": {"any_": list(deployments)}}}
        return list(self.post("/flow_runs/filter", asked))

    def due(self, deployments: Sequence[str], at: datetime) -> list[dict[str, Any]]:
        """The flow runs of these deployments that are due or under way, those first that were due first.

        At most as many as the server gives at once, which are 200.
        """
        begins = {"type": {"any_": ["SCHEDULED", "PENDING", "RUNNING"]}}
        due = {"state": begins, "expected_start_time": {"before_": at.isoformat()}}
        asked = {"flow_runs": due, "deployments": {"id": {"any_": list(deployments)}}}
        return list(self.post("/flow_runs/filter", asked | {"sort": "EXPECTED_START_TIME_ASC"}))

    def end(self, run: str, kind: str, *, name: str, message: str) -> None:
        """Put a run into an end state: `COMPLETED`, `CRASHED` or `CANCELLED`, with its words."""
        state = {"type": kind, "name": name, "message": message}
        self.post(f"/flow_runs/{run}/set_state", {"state": state, "force": True})

    def _ask(self, method: str, path: str, body: object, patience: float = PATIENCE) -> Any:  # noqa: ANN401
        """The answer to a call; a server that is busy is asked again a few times."""
        for rest in (*BUSY_RESTS, None):
            status, answer = self._call(method, path, body, patience)
            if status != HTTPStatus.SERVICE_UNAVAILABLE or rest is None:
                break
            Event().wait(rest)
        if status >= HTTPStatus.MULTIPLE_CHOICES:
            reason = f"{int(status)} {answer[:200].decode(errors='replace')}"
            raise UnavailableError("prefect_refused", url=f"{self.url}{path}", reason=reason)
        return json.loads(answer) if answer else None

    def _call(self, method: str, path: str, body: object, patience: float) -> tuple[int, bytes]:
        at = urlsplit(self.url)
        make = HTTPSConnection if at.scheme == "https" else HTTPConnection
        connection = make(at.hostname or "", at.port, timeout=patience)
        try:
            content = None if body is None else json.dumps(body)
            connection.request(method, f"{at.path}{path}", content, _headers())
            response = connection.getresponse()
            return response.status, response.read()
        except (OSError, HTTPException) as error:
            raise UnavailableError("prefect_unreachable", url=self.url, reason=error) from error
        finally:
            connection.close()


def _headers() -> dict[str, str]:
    """What every call carries: the server's one password, where there is one."""
    secret = os.environ.get("PREFECT_API_AUTH_STRING") or os.environ.get("PREFECT_SERVER_API_AUTH_STRING")
    basic = {"Authorization": f"Basic {base64.b64encode(secret.encode()).decode()}"} if secret else {}
    return {"Content-Type": "application/json", **basic}
