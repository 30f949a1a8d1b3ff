"""django-viewflow as a black box.

`python -m benchmarks.peers.viewflow URL` in an environment of its own (see environment.py; AGPL, the product
never imports it). An approval loads the task, opens its activation and executes it: no view, no form, no
check of rights, no letters.
"""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Any

from benchmarks.peers.django_database import database
from benchmarks.peers.worker import Batch, serve, shape_of, timed

#: As many users as the largest case has signers.
USERS = 200


class Viewflow:
    """viewflow on a database of its own."""

    def __init__(self, url: str) -> None:
        import_module("django.conf").settings.configure(
            SECRET_KEY="-",  # noqa: S106  # nothing is signed
            USE_TZ=True,
            DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
            INSTALLED_APPS=[
                "django.contrib.auth",
                "django.contrib.contenttypes",
                "viewflow",
                "viewflow.workflow",
                "benchmarks.peers",
            ],
            DATABASES={"default": database(url)},
        )
        import_module("django").setup()
        import_module("django.core.management").call_command("migrate", verbosity=0)
        user = import_module("django.contrib.auth.models").User
        user.objects.bulk_create([user(username=f"u{place}") for place in range(USERS)])
        self._atomic = import_module("django.db.transaction").atomic
        self._tasks = import_module("viewflow.workflow.models").Task.objects
        self._flows = import_module("benchmarks.peers.viewflow_flows")

    def run(self, case: str, count: int) -> Batch:
        """So many requests of a case, each approved to its end."""
        at_once, size = shape_of(case)
        flow = self._flows.flow_of(at_once, size)
        batch = Batch()
        for _ in range(count):
            timed(batch.starts, self._start, flow)
            for _ in range(size):
                timed(batch.approvals, self._approve, self._next_task())
            self._process.refresh_from_db()
            assert self._process.status == "DONE", self._process.status
        return batch

    def _start(self, flow: Any) -> None:  # noqa: ANN401  # the peer's own
        with self._atomic():
            self._process = flow.start.run()

    def _next_task(self) -> int:
        """What a to-do list would say; not timed."""
        waiting = self._tasks.filter(process__pk=self._process.pk, status="ASSIGNED").order_by("pk")
        return int(waiting.values_list("pk", flat=True)[0])

    def _approve(self, number: int) -> None:
        with self._tasks.get(pk=number).activation() as activation:
            activation.start(None)
            activation.execute()


if __name__ == "__main__":
    serve(Viewflow(sys.argv[1]).run)
