"""A document waits for a decision: a suspended run whose form the approver fills in.

On *Resume* Prefect runs the flow again from its first line. Which form it is now is known from the
database, where each form is dealt with in one transaction, so a form is never dealt with twice.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Any, Literal

from prefect import flow, get_run_logger
from prefect.exceptions import PrefectHTTPStatusError
from prefect.flow_runs import suspend_flow_run
from prefect.input import RunInput, delete_flow_run_input, keyset_from_base_key
from prefect.states import Completed
from pydantic import Field, ValidationError, create_model

from flows.form import ApprovalNumber, AsOf, Home, StepNumber
from flows.gatekeeper import gate_page
from flows.leash import follow_worker
from flows.office import Office, office_now
from flows.stories.step import Outcome
from models.messages import Lang, say
from tasks.answer_gate import GateAnswer, answer_gate
from tasks.approvals.gates import find_gate
from tasks.gate_form import Choice, GateForm


@flow(
    name="审批办理",
    description="文书等待审批时自动出现，在运行页面点“Resume”填写审批意见和审批码。办结后自动结束。",
    persist_result=False,
    # A form that a busy database kept from being dealt with is dealt with a little later.
    retries=3,
    retry_delay_seconds=10,
)
def approval_gate(approval: ApprovalNumber, step: StepNumber, as_of: AsOf = "", home: Home = "") -> Outcome:
    """Wait until a step of an approval is decided, here or elsewhere."""
    follow_worker()
    office = office_now(home, as_of)
    try:
        words = _wait(office, approval, step)
    finally:
        office.engine.dispose()
    # A state is what Prefect takes.
    return Completed(name=say("up.decided", office.lang), message=words)  # type: ignore[return-value]


def _wait(office: Office, approval: int, step: int) -> str:
    """Ask until the step waits no longer; gives the last words. Suspends the run by an exception."""
    while True:
        with office.read() as session:
            gate = find_gate(session, approval, step)
            number, over = gate.answered + 1, gate.closed_at is not None
            page = gate_page(session, office, approval, step, said=gate.said)
        if number > 1:
            _forget(number - 1)
        if over:
            _forget(number)
            return gate.said or say("gate.over", office.lang)
        answer = _deal(office, _ask(office.lang, number, page), approval=approval, step=step, number=number)
        get_run_logger().info(answer.words)
        if not answer.waits:
            _forget(number)
            return answer.words


def _deal(office: Office, form: GateForm, *, approval: int, step: int, number: int) -> GateAnswer:
    return answer_gate(
        office.engine,
        office.settings,
        form,
        approval=approval,
        step=step,
        number=number,
        make_staff=lambda session: office.staff(session, approval),
        at=office.clock.now(),
    )


def _ask(lang: Lang, number: int, page: str) -> GateForm:
    """What was handed in as this form; suspends the run where nothing was yet.

    Whoever resumes the run by other means than the form hands in an empty one. What troubles the server is
    raised, and the form read again by the next try: nobody has to fill it in twice.
    """
    try:
        given: Any = suspend_flow_run(
            wait_for_input=_form(lang).with_initial_data(description=page), key=str(number)
        )
    except ValidationError:
        return GateForm()
    except PrefectHTTPStatusError as refused:
        if refused.response.status_code != HTTPStatus.CONFLICT:
            raise
        return GateForm()  # the run was begun anew in the UI: it waited for this form before
    return GateForm(given.decision, given.opinion, given.code)


def _forget(number: int) -> None:
    """Take back from Prefect what was handed in as this form: whoever opens the UI may read it there.

    A code that no decision used up is still worth something.
    """
    try:
        delete_flow_run_input(keyset_from_base_key(f"suspended-{number}")["response"])
    except PrefectHTTPStatusError as refused:
        if refused.response.status_code != HTTPStatus.NOT_FOUND:
            raise


def _form(lang: Lang) -> type[RunInput]:
    """The form in the bureau's language."""
    choices = tuple(say(f"gate_choice.{choice}", lang) for choice in Choice)
    fields: dict[str, Any] = {
        "decision": (Literal[choices], Field(title=say("gate_form.decision", lang))),
        "opinion": (str, Field("", title=say("gate_form.opinion", lang))),
        "code": (str, Field("", title=say("gate_form.code", lang))),
    }
    model: type[RunInput] = create_model("ApprovalForm", __base__=RunInput, **fields)
    return model
