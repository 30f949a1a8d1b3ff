"""Long work in parts shows how far it is: one progress artifact, updated in place by whoever does a part."""

from __future__ import annotations

from uuid import UUID

from prefect.client.orchestration import get_client
from prefect.client.schemas.actions import ArtifactCreate, ArtifactUpdate
from prefect.client.schemas.filters import ArtifactCollectionFilter, ArtifactCollectionFilterKey
from prefect.client.schemas.objects import ArtifactCollection
from prefect.runtime import flow_run

from flows.artifacts import artifact_key
from models.messages import Lang, say


def show_progress(key: str, title: str, done: int, total: int, *, lang: Lang = "zh") -> None:
    """Show that `done` of `total` parts of the work `title` are through; two API calls.

    Several processes may tell of the same work at once: what was told once is never taken back by one
    that comes late, unless the number of parts is another one now. To be called inside a flow run.
    """
    artifact, percent = artifact_key(key), 100.0 * done / total if total else 100.0
    described = say("progress.told", lang, title=title, done=done, total=total)
    kept = {"total": str(total)}
    with get_client(sync_client=True) as client:
        wanted = ArtifactCollectionFilter(key=ArtifactCollectionFilterKey(any_=[artifact]))
        known = client.read_latest_artifacts(artifact_filter=wanted)
        if not known:
            client.create_artifact(
                ArtifactCreate(
                    key=artifact,
                    type="progress",
                    description=described,
                    data=percent,
                    metadata_=kept,
                    flow_run_id=UUID(flow_run.get_id()),
                )
            )
        elif not _is_ahead(known[0], percent, kept):
            update = ArtifactUpdate(data=percent, description=described, metadata_=kept)
            client.update_artifact(known[0].latest_id, update)


def _is_ahead(known: ArtifactCollection, percent: float, kept: dict[str, str]) -> bool:
    """Whether the artifact shows more of the same work already."""
    shown = known.data if isinstance(known.data, int | float) else 0.0
    return known.metadata_ == kept and shown >= percent
