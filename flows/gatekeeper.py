"""The gates of approvals as suspended runs: one for each step that waits, none for what is decided."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select, tuple_
from sqlalchemy.orm import Session

from flows.api import OVER, Api
from flows.office import Office
from flows.page_markdown import plain
from models.messages import say
from models.tables import Gate
from tasks.approvals.gates import OpenGate, close_gate, find_wanted, note_run, open_gate, open_gates
from tasks.approvals.wanted_gates import Actor, WantedGate, wanted_gates

#: The name of the deployment whose runs are gates.
DEPLOYMENT = "approval_gate"
#: Of more people than this a run's name gives the number.
MOST_NAMES = 2


def keep_gates(office: Office, api: Api, *, look_after_runs: bool = False) -> None:
    """Open a run for each step that waits and has none, and end those of steps that were decided.

    With `look_after_runs` a gate whose run is gone gets another one. Doing it again changes nothing.
    Raises UnavailableError; what was begun is gone on with the next time.
    """
    with office.read() as session:
        wanted = wanted_gates(session, office.settings, today=office.clock.today())
        opened = {(one.approval, one.step): one for one in open_gates(session)}
        closed = _closed(session, wanted)
    for gate in opened.values():
        if not gate.waits:
            _end(office, api, gate)
    dead = _dead(api, [one for one in opened.values() if one.waits and one.run]) if look_after_runs else {}
    for one in wanted:
        key = (one.approval, one.step)
        run = opened[key].run if key in opened else ""
        if run in dead or not run:
            before = dead.get(run) or closed.get(key, "")
            run = _start(office, api, one, f"gate/{one.approval}/{one.step}/{before}")
        with office.write() as session:
            open_gate(session, office.settings, one, at=office.clock.now())
            note_run(session, one.approval, one.step, run)


def gate_page(session: Session, office: Office, approval: int, step: int, *, said: str) -> str:
    """What stands above the form: what is decided, by whom, until when; what the last one was answered."""
    lang = office.settings.lang
    found = find_wanted(session, office.settings, approval, today=office.clock.today())
    wanted = next((one for one in found if one.step == step), None)
    if wanted is None:
        return said
    # What others wrote may not lead to where somebody asks for the code.
    people = plain("、".join(_named(one) for one in wanted.people))
    parts = [
        say("gate_form.head", lang, title=plain(wanted.title)),
        say("gate_form.who", lang, step=plain(wanted.step_name), people=people or "—"),
    ]
    if wanted.due_on:
        parts.append(say("gate_form.due", lang, day=wanted.due_on))
    if said:
        parts.append(f"> **{plain(said)}**")
    return "\n\n".join([*parts, say("gate_form.how", lang)])


def _start(office: Office, api: Api, one: WantedGate, key: str) -> str:
    lang = office.settings.lang
    who = _who(one.people, one.step_name, office)
    name = say("gate.name", lang, title=one.title, who=who)
    tags = [say("gate_form.tag", lang), *filter(None, (one.period, one.step_name))]
    deployment = api.deployments()[say(f"flow.{DEPLOYMENT}", "zh")]
    return api.start(deployment, {"approval": one.approval, "step": one.step}, key=key, name=name, tags=tags)


def _who(people: Sequence[Actor], step: str, office: Office) -> str:
    """Whose decision it is, as a run's name has room for it: their titles, or how many they are."""
    if not people:
        return step
    if len(people) > MOST_NAMES:
        return say("gate_form.many", office.settings.lang, step=step, count=len(people))
    return "、".join(one.title or one.name for one in people)


def _named(one: Actor) -> str:
    """A person with title, and for whom they act."""
    title = f"（{one.title}）" if one.title else ""
    return f"{one.name}{title}" + (f"（代{'、'.join(one.on_behalf)}）" if one.on_behalf else "")


def _end(office: Office, api: Api, gate: OpenGate) -> None:
    """The step was decided, here or elsewhere, or waits no longer: its run is over."""
    lang = office.settings.lang
    alive = api.runs([gate.run]) if gate.run else {}
    if any(run["state"]["type"] == "PAUSED" for run in alive.values()):
        api.end(gate.run, "COMPLETED", name=say("up.decided", lang), message=say("gate_form.elsewhere", lang))
    with office.write() as session:
        close_gate(session, gate.approval, gate.step, at=office.clock.now())


def _dead(api: Api, gates: Sequence[OpenGate]) -> dict[str, str]:
    """The runs of gates that nobody can resume any more, by id: ended, or unknown to the server."""
    known = api.runs([one.run for one in gates])
    return {
        one.run: one.run for one in gates if one.run not in known or known[one.run]["state"]["type"] in OVER
    }


def _closed(session: Session, wanted: Sequence[WantedGate]) -> dict[tuple[int, int], str]:
    """When the gates of steps that wait again were closed: their next run is another one."""
    keys = [(one.approval, one.step) for one in wanted]
    rows = session.execute(
        select(Gate.approval_id, Gate.step, Gate.closed_at).where(
            tuple_(Gate.approval_id, Gate.step).in_(keys), Gate.closed_at.is_not(None)
        )
    )
    return {(row.approval_id, row.step): row.closed_at.isoformat() for row in rows if row.closed_at}
