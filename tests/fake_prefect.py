"""A Prefect server as far as we ask it, in memory: it knows deployments and runs, and may forget them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

from flows.api import Api
from flows.timetable import flow_names
from models.clock import Clock

#: The server's own time.
CLOCK = Clock(ZoneInfo("UTC"))


@dataclass(frozen=True)
class FakePrefect(Api):
    """Answers in place of a server. `by_key` are the runs by the key under which they were ordered, `heard`
    the events.

    A deployment and its flow go by one name, which is the deployment's id too.
    """

    url: str = "http://127.0.0.1:1/api"
    registered: list[str] = field(default_factory=flow_names)
    by_key: dict[str, dict[str, Any]] = field(default_factory=dict)
    heard: list[dict[str, Any]] = field(default_factory=list)

    def post(self, path: str, body: Any) -> Any:  # noqa: ANN401  # JSON
        """Answer a POST."""
        match path.strip("/").split("/"):
            case ["deployments", what]:
                wanted = body.get("deployments", {}).get("name", {}).get("any_", self.registered)
                found = [{"id": name, "name": name} for name in self.registered if name in wanted]
                return len(found) if what == "count" else found
            case ["deployments", name, "create_flow_run"]:
                key = body.get("idempotency_key") or str(uuid4())
                return self.by_key.setdefault(key, _made(name, body))
            case ["events"]:
                self.heard.extend(body)
            case ["flow_runs", "filter"]:
                flows = body.get("flows", {}).get("name", {}).get("any_")
                flows = body.get("deployments", {}).get("id", {}).get("any_", flows)
                runs = self._runs(**body["flow_runs"])
                return [run for run in runs if flows is None or run["deployment_id"] in flows]
            case ["flow_runs", run, "set_state"]:
                words = dict(body["state"])
                self.put(run, words.pop("type"), **words)
        return None

    def put(self, run: str, kind: str, at: datetime | None = None, **words: str) -> None:
        """Put a run into a state."""
        (found,) = self._runs(id={"any_": [run]})
        found["state"] = _state(kind, at) | words

    def lose_everything(self) -> None:
        """The server's database is gone."""
        self.registered.clear()
        self.by_key.clear()

    def _runs(
        self,
        *,
        id: Any = None,  # noqa: A002, ANN401  # JSON
        state: Any = None,  # noqa: ANN401
        end_time: Any = None,  # noqa: ANN401
        expected_start_time: Any = None,  # noqa: ANN401
    ) -> Iterable[dict[str, Any]]:
        ids = id["any_"] if id else None
        types = state["type"]["any_"] if state else None
        after = end_time["after_"] if end_time else ""
        before = expected_start_time["before_"] if expected_start_time else "9999"
        return [
            run
            for run in self.by_key.values()
            if (ids is None or run["id"] in ids)
            and (types is None or run["state"]["type"] in types)
            and run["state"]["timestamp"] >= after
            and run["expected_start_time"] <= before
        ]


def _made(deployment: str, body: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": str(uuid4()),
        "deployment_id": deployment,
        "name": body.get("name", ""),
        "tags": body["tags"],
        "parameters": body["parameters"],
        "labels": {},
        "infrastructure_pid": None,
        "expected_start_time": CLOCK.now().isoformat(),
        "state": _state("SCHEDULED"),
    }


def _state(kind: str, at: datetime | None = None) -> dict[str, Any]:
    moment = (at or CLOCK.now()).isoformat()
    return {"id": str(uuid4()), "type": kind, "timestamp": moment}
