"""The cockpit's pages as artifacts in Prefect's UI, updated in place under stable keys.

A day has one version of a page, and a page that says nothing new gets none: the versions under a key
are the days on which something changed. The front page has one version for ever, so that its address
can be kept.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.actions import ArtifactCreate, ArtifactUpdate
from prefect.client.schemas.filters import (
    ArtifactCollectionFilter,
    ArtifactCollectionFilterKey,
    FlowFilter,
    FlowFilterName,
    FlowRunFilter,
    FlowRunFilterState,
    FlowRunFilterStateType,
)
from prefect.client.schemas.objects import ArtifactCollection, FlowRun, StateType
from prefect.client.schemas.sorting import FlowRunSort
from prefect.runtime import flow_run

from flows.artifacts import artifact_key
from flows.office import Office
from flows.page_markdown import markdown
from flows.stories.cockpit import FRONT, FRONT_KEY
from flows.timetable import TIMETABLE
from models.messages import Lang, say
from models.pages import Cell, Lines, Page, Ref, Table, To
from models.shelf_place import shelf_url

#: Flows that run many times a day: the front page does not list their runs one by one.
_FREQUENT = frozenset({"mail_round", "approval_gate", "cockpit"})
#: The newest runs in which the last one of each flow is looked for.
_RUNS = 100
_STARTED: list[StateType] = [one for one in StateType if one is not StateType.SCHEDULED]
_ARTIFACT, _KEY, _RUN, _FLOW = "../artifact/", "../key/", "../../runs/flow-run/", "../../flows/flow/"


@dataclass(frozen=True)
class _Server:
    """What Prefect knows: newest artifacts by key, flows by their names in `flows.orders`, newest runs."""

    latest: Mapping[str, ArtifactCollection]
    flows: Mapping[str, UUID]
    runs: Sequence[tuple[str, FlowRun]]


def publish_pages(pages: Sequence[Page], office: Office) -> None:
    """Show the pages; three API calls and one more a page, whatever the number of units.

    The front page comes last: it leads to the others as they are then.
    """
    lang, zone = office.lang, office.settings.zone
    now, shelf = office.clock.now().astimezone(zone), shelf_url(office.settings.home)
    with get_client(sync_client=True) as client:
        server = _ask(client, pages)
        places = {key: one.latest_id for key, one in server.latest.items()}
        for page in sorted(pages, key=lambda one: one.key == FRONT):
            told = _with_runs(page, server, office) if page.key == FRONT else page
            addresses = _Addresses(server, places, shelf)
            text = markdown(told, lang, addresses, top=_top(page, now, lang, addresses))
            places[cockpit_key(page)] = _put(client, server, told, text, _described(page, now, lang))


def cockpit_key(page: Page) -> str:
    """The key of a page's artifact."""
    return artifact_key(f"cockpit-{page.key}")


def _ask(client: SyncPrefectClient, pages: Sequence[Page]) -> _Server:
    """Everything that the pages need to know of Prefect, in three calls."""
    keys = {FRONT_KEY, *(cockpit_key(page) for page in pages)}
    keys |= {artifact_key(ref.name) for page in pages for ref in _refs(page) if ref.to is To.OUTCOME}
    wanted = ArtifactCollectionFilter(key=ArtifactCollectionFilterKey(any_=sorted(keys)))
    latest = client.read_latest_artifacts(artifact_filter=wanted)
    names = {say(f"flow.{entry.name}", "zh"): entry.name for entry in TIMETABLE}
    flows = {
        one.id: names[one.name]
        for one in client.read_flows(flow_filter=FlowFilter(name=FlowFilterName(any_=sorted(names))))
    }
    listed = sorted(name for name, flow in names.items() if flow not in _FREQUENT)
    runs = client.read_flow_runs(
        flow_filter=FlowFilter(name=FlowFilterName(any_=listed)),
        flow_run_filter=FlowRunFilter(state=FlowRunFilterState(type=FlowRunFilterStateType(any_=_STARTED))),
        sort=FlowRunSort.START_TIME_DESC,
        limit=_RUNS,
    )
    return _Server(
        {one.key: one for one in latest},
        {flow: number for number, flow in flows.items()},
        [(flows[one.flow_id], one) for one in runs if one.flow_id in flows],
    )


def _refs(page: Page) -> list[Ref]:
    contents = [
        content
        for block in page.blocks
        for content in (
            block.lines if isinstance(block, Lines) else (one for row in block.rows for one in row)
        )
    ]
    return [one.ref for one in contents if isinstance(one, Cell) and one.ref is not None]


@dataclass(frozen=True)
class _Addresses:
    """Addresses as a page of the UI knows them: from one artifact to the next, whatever is before them."""

    server: _Server
    places: Mapping[str, UUID]
    shelf: str

    def __call__(self, ref: Ref) -> str | None:
        if ref.to is To.DOCUMENT:
            return f"{self.shelf}/documents/{ref.name}" if self.shelf else None
        if ref.to is To.RUN:
            return f"{_RUN}{ref.name}"
        if ref.to is To.FLOW:
            known = self.server.flows.get(ref.name)
            return f"{_FLOW}{known}" if known else None
        key = artifact_key(f"cockpit-{ref.name}" if ref.to is To.PAGE else ref.name)
        if key in self.places:
            return f"{_ARTIFACT}{self.places[key]}"
        return f"{_KEY}{key}" if ref.to is To.PAGE else None


def _put(client: SyncPrefectClient, server: _Server, page: Page, text: str, described: str) -> UUID:
    """Update the page's newest artifact, or leave a new one where another day has something new to say."""
    key, day = cockpit_key(page), page.day.isoformat()
    latest = server.latest.get(key)
    before = (latest.metadata_ or {}) if latest else {}
    kept = {"fingerprint": page.fingerprint, "day": before.get("day", day)}
    lasts = page.key == FRONT or kept["fingerprint"] == before.get("fingerprint") or kept["day"] == day
    if latest and lasts:
        client.update_artifact(
            latest.latest_id, ArtifactUpdate(data=text, description=described, metadata_=kept)
        )
        return latest.latest_id
    made = client.create_artifact(
        ArtifactCreate(
            key=key,
            type="markdown",
            description=described,
            data=text,
            metadata_={**kept, "day": day},
            flow_run_id=UUID(flow_run.get_id()),
        )
    )
    return made.id


def _top(page: Page, now: datetime, lang: Lang, addresses: _Addresses) -> str:
    as_of = _as_of(now, lang)
    if page.key == FRONT:
        return as_of
    return f"[{say('page.front', lang)}]({addresses(Ref(To.PAGE, FRONT))}) · {as_of}"


def _described(page: Page, now: datetime, lang: Lang) -> str:
    return say("page.described", lang, title=page.title, as_of=_as_of(now, lang))


def _as_of(now: datetime, lang: Lang) -> str:
    return say("page.as_of", lang, year=now.year, month=now.month, day=now.day, time=f"{now:%H:%M}")


def _with_runs(page: Page, server: _Server, office: Office) -> Page:
    """The front page with the last run of each flow."""
    newest = dict(reversed(server.runs))
    rows = tuple(
        (
            Cell(say(f"flow.{entry.name}", office.lang), Ref(To.FLOW, entry.name)),
            *(_run(newest[entry.name], office) if entry.name in newest else (None, None, None)),
        )
        for entry in TIMETABLE
        if entry.name in server.flows
    )
    title, note = say("page_run.title", office.lang), say("page_run.note", office.lang)
    table = Table("runs", ("flow", "newest_run", "run_state", "run_at"), rows, title, note, passing=True)
    return replace(page, blocks=(*page.blocks, table))


def _run(run: FlowRun, office: Office) -> tuple[Cell, str, str]:
    state = run.state.name or "" if run.state else ""
    if state.isascii() and run.state:
        state = say(f"page_run.{run.state.type.value.lower()}", office.lang)
    began = run.start_time.astimezone(office.settings.zone) if run.start_time else None
    return Cell(run.name, Ref(To.RUN, str(run.id))), state, f"{began:%m-%d %H:%M}" if began else ""
