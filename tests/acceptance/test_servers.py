"""Several Prefect servers behind one database and one Redis: whichever is asked, the same happens, once."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn
from uuid import uuid4

import pytest
from redis import Redis
from redis.exceptions import ConnectionError as NoRedisError
from sqlalchemy import make_url

from flows.api import Api
from flows.leash import start_child, stop_children
from flows.server import HOST, client_environment, free_port
from models.settings import Settings
from tests.conftest import NO_REDIS, PostgresqlDatabases
from tests.patience import eventually

pytestmark = [pytest.mark.prefect, pytest.mark.postgres]

ROOT = Path(__file__).resolve().parents[2]
#: The variables that administrators are told to set, with the Redis of the example.
VARIABLES = dict(
    re.findall(
        r"^#(PREFECT_\w+)=(redis:\S+|prefect_redis\S+)$",
        (ROOT / "deploy" / "duban.env.example").read_text("utf-8"),
        re.MULTILINE,
    )
)
#: What follows: a flow that leaves a line behind.
FOLLOW_UP = '''
from pathlib import Path

from prefect import flow


@flow(persist_result=False)
def follow_up(year: int, file: str) -> None:
    """Leave a line behind."""
    with Path(file).open("a", encoding="utf-8") as lines:
        lines.write(f"{year}\\n")
'''


@dataclass
class Machines:
    """Processes that know of each other by the database, Redis and addresses only."""

    folder: Path
    environ: dict[str, str]
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def start(self, name: str, *words: str, **environ: str) -> None:
        home = {"PREFECT_HOME": str(self.folder / name)}
        log = self.folder / f"{name}.log"
        self.running[name] = start_child("prefect", *words, environ=self.environ | home | environ, log=log)

    def server(self, name: str) -> Api:
        """A server without services, and where it will answer."""
        port = free_port(0)
        self.start(name, "server", "start", "--no-services", "--host", HOST, "--port", str(port))
        return Api(f"http://{HOST}:{port}/api")

    def kill(self, name: str) -> None:
        self.running[name].kill()
        self.running.pop(name).communicate()

    def lines(self) -> list[int]:
        """What the runs left behind, in the order in which they ran."""
        file = self.folder / "lines"
        return [int(line) for line in file.read_text("utf-8").split()] if file.exists() else []


@pytest.fixture
def redis_url() -> Iterator[str]:
    """A database of the local Redis that nobody else uses."""
    for number in range(15, 0, -1):
        with Redis(HOST, db=number) as client:
            try:
                mine = client.set("duban-test", 1, nx=True)
            except NoRedisError:
                lack(NO_REDIS)
            if mine and client.dbsize() == 1:
                yield f"redis://{HOST}:6379/{number}"
                client.flushdb()
                return
            if mine:
                client.delete("duban-test")
    lack("every database of Redis is in use")


@pytest.fixture
def machines(
    tmp_path: Path, redis_url: str, postgresql_databases: PostgresqlDatabases | str
) -> Iterator[Machines]:
    if isinstance(postgresql_databases, str):
        pytest.skip(postgresql_databases)
    (tmp_path / "follow_up.py").write_text(FOLLOW_UP, "utf-8")
    database = postgresql_databases.copy("")
    url = make_url(database).set(drivername="postgresql+asyncpg").render_as_string(hide_password=False)
    environ = client_environment(tmp_path, "") | {
        "PREFECT_SERVER_DATABASE_CONNECTION_URL": url,
        "PREFECT_SERVER_UI_ENABLED": "false",
        "PYTHONPATH": os.pathsep.join([str(ROOT), str(tmp_path)]),
    }
    shared = {name: redis_url if value.startswith("redis:") else value for name, value in VARIABLES.items()}
    made = Machines(tmp_path, environ | shared)
    yield made
    stop_children(list(made.running.values()))
    postgresql_databases.drop(database)


def test_two_servers_are_one_to_events_runs_and_workers(machines: Machines) -> None:
    first = machines.server("first")  # brings the database into shape
    eventually(first.answers)
    deployment = register(first, machines)
    second = machines.server("second")
    machines.start("services", "server", "services", "start")
    machines.start("worker", "worker", "start", "--pool", "duban", "--type", "process", **looking_at(second))
    eventually(second.answers)

    first.post("/v2/concurrency_limits/", {"name": "one", "limit": 1})
    taken = {"names": ["one"], "slots": 1, "lease_duration": 60}
    lease = first.post("/v2/concurrency_limits/increment-with-lease", taken)["lease_id"]
    second.post(f"/v2/concurrency_limits/leases/{lease}/renew", {"lease_duration": 60})

    first.emit([approved(2026)])
    eventually(lambda: 2026 in machines.lines())
    doubled = approved(2027)
    first.emit([doubled])
    second.emit([doubled])
    eventually(lambda: 2027 in machines.lines())
    machines.kill("first")
    second.emit([approved(2028)])
    eventually(lambda: 2028 in machines.lines())

    assert sorted(machines.lines()) == [2026, 2027, 2028]
    eventually(lambda: states(second, deployment) == ["COMPLETED"] * 3)


def lack(reason: str) -> NoReturn:
    """Skip the test for this reason, or fail where Redis must be there."""
    if os.environ.get("DUBAN_TEST_REQUIRE_REDIS"):
        pytest.fail(reason)
    pytest.skip(reason)


def register(api: Api, machines: Machines) -> str:
    """A flow that follows when a plan is approved; gives its deployment."""
    api.post("/work_pools/", {"name": "duban", "type": "process"})
    made = {
        "name": "follow-up",
        "flow_id": api.post("/flows/", {"name": "follow-up"})["id"],
        "work_pool_name": "duban",
        "entrypoint": "follow_up.follow_up",
        "enforce_parameter_schema": False,
        "concurrency_limit": 1,
    }
    deployment = str(api.post("/deployments/", made)["id"])
    given = {"year": "{{ event.payload.year }}", "file": str(machines.folder / "lines")}
    action = {"type": "run-deployment", "deployment_id": deployment, "parameters": given}
    trigger = {
        "type": "event",
        "posture": "Reactive",
        "expect": ["duban.plan.approved"],
        "threshold": 1,
        "within": 0,
    }
    api.post("/automations/", {"name": "follow-up", "trigger": trigger, "actions": [action]})
    return deployment


def looking_at(api: Api) -> dict[str, str]:
    return {"PREFECT_API_URL": api.url, "PREFECT_WORKER_QUERY_SECONDS": "1"}


def approved(year: int) -> dict[str, object]:
    return {
        "id": str(uuid4()),
        "occurred": Settings(Path()).clock().now().isoformat(),
        "event": "duban.plan.approved",
        "resource": {"prefect.resource.id": f"duban.plan.{year}"},
        "payload": {"year": year},
    }


def states(api: Api, deployment: str) -> list[str]:
    runs = api.post("/flow_runs/filter", {"deployments": {"id": {"any_": [deployment]}}})
    return [run["state_type"] for run in runs]
