"""SpiffWorkflow as a black box, with its state stored as a blob beside a version number.

`python -m benchmarks.peers.spiff URL` in an environment of its own (see environment.py). An approval reads
the blob, deserialises, runs the ready manual task and the engine's steps, and writes the blob back with a
version check. There are no people, rights, events or letters.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from typing import Any

from benchmarks.peers.connection import Plain
from benchmarks.peers.worker import Batch, serve, shape_of, timed

# The product's environment lacks these, and its type checker need not know them.
_bpmn = import_module("SpiffWorkflow.bpmn")
_parser = import_module("SpiffWorkflow.bpmn.parser")
_serializer = import_module("SpiffWorkflow.bpmn.serializer")
_READY = import_module("SpiffWorkflow").TaskState.READY

TABLE = "CREATE TABLE request (id {KEY}, rev INTEGER NOT NULL, done INTEGER NOT NULL, blob TEXT NOT NULL)"
NEW_REQUEST = "INSERT INTO request (rev, done, blob) VALUES (0, 0, ?) RETURNING id"
LOAD = "SELECT rev, blob FROM request WHERE id = ? {LOCKED}"
IS_DONE = "SELECT done FROM request WHERE id = ?"
STORE = "UPDATE request SET rev = rev + 1, done = ?, blob = ? WHERE id = ? AND rev = ?"

_OPEN = (
    '<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" id="D" targetNamespace="x">'
    '<bpmn:process id="approval" isExecutable="true">'
)
_CLOSE = "</bpmn:process></bpmn:definitions>"
_ALL_SIGN = (
    '<bpmn:startEvent id="start"><bpmn:outgoing>f0</bpmn:outgoing></bpmn:startEvent>'
    '<bpmn:userTask id="approve" name="approve">'
    "<bpmn:incoming>f0</bpmn:incoming><bpmn:outgoing>f1</bpmn:outgoing>"
    "<bpmn:multiInstanceLoopCharacteristics><bpmn:loopDataInputRef>people</bpmn:loopDataInputRef>"
    '<bpmn:inputDataItem id="who" name="who"/></bpmn:multiInstanceLoopCharacteristics></bpmn:userTask>'
    '<bpmn:sequenceFlow id="f0" sourceRef="start" targetRef="approve"/>'
    '<bpmn:sequenceFlow id="f1" sourceRef="approve" targetRef="end"/>'
    '<bpmn:endEvent id="end"><bpmn:incoming>f1</bpmn:incoming></bpmn:endEvent>'
)


class Spiff:
    """SpiffWorkflow with one stored blob a request."""

    def __init__(self, url: str) -> None:
        self._plain = Plain(url)
        self._plain.execute(TABLE)
        registry = _serializer.BpmnWorkflowSerializer.configure(_serializer.config.DEFAULT_CONFIG)
        self._serializer = _serializer.BpmnWorkflowSerializer(registry=registry)

    def run(self, case: str, count: int) -> Batch:
        """So many requests of a case, each approved to its end."""
        at_once, size = shape_of(case)
        people = [f"u{place}" for place in range(size)] if at_once else []
        batch = Batch()
        for _ in range(count):
            timed(batch.starts, self._start, _spec(case), people)
            for _ in range(size):
                timed(batch.approvals, self._approve)
            assert self._plain.execute(IS_DONE, self._last).fetchone()[0] == 1
        return batch

    def _start(self, spec: Any, people: list[str]) -> None:  # noqa: ANN401  # the peer's own
        workflow = _bpmn.BpmnWorkflow(spec)
        if people:
            workflow.get_next_task(end_at_spec="Start").data.update(people=people)
        workflow.do_engine_steps()
        with self._plain.transaction():
            blob = self._serializer.serialize_json(workflow)
            self._last = self._plain.execute(NEW_REQUEST, blob).fetchone()[0]

    def _approve(self) -> None:
        plain = self._plain
        with plain.transaction():
            rev, blob = plain.execute(LOAD, self._last).fetchone()
            workflow = self._serializer.deserialize_json(blob)
            task = workflow.get_tasks(state=_READY, manual=True)[0]
            task.data["ok"] = True
            task.run()
            workflow.do_engine_steps()
            blob = self._serializer.serialize_json(workflow)
            assert plain.execute(STORE, int(workflow.completed), blob, self._last, rev).rowcount == 1


@cache
def _spec(case: str) -> Any:  # noqa: ANN401  # the peer's own
    """The process of a case, read once."""
    at_once, size = shape_of(case)
    parser = _parser.BpmnParser()
    parser.add_bpmn_str((_OPEN + (_ALL_SIGN if at_once else "".join(_linear(size))) + _CLOSE).encode())
    return parser.get_spec("approval")


def _linear(size: int) -> Iterator[str]:
    names = ["start", *(f"a{place}" for place in range(size)), "end"]
    tags = ["startEvent", *["userTask"] * size, "endEvent"]
    for place, (name, tag) in enumerate(zip(names, tags, strict=True)):
        incoming = f"<bpmn:incoming>f{place - 1}</bpmn:incoming>" if place else ""
        outgoing = f"<bpmn:outgoing>f{place}</bpmn:outgoing>" if name != "end" else ""
        yield f'<bpmn:{tag} id="{name}" name="{name}">{incoming}{outgoing}</bpmn:{tag}>'
        if name != "end":
            yield f'<bpmn:sequenceFlow id="f{place}" sourceRef="{name}" targetRef="{names[place + 1]}"/>'


if __name__ == "__main__":
    serve(Spiff(sys.argv[1]).run)
