"""An outcome as artifacts in Prefect's UI: one page of Markdown, and its tables."""

from __future__ import annotations

import re

from prefect.artifacts import create_markdown_artifact, create_table_artifact

from flows.stories.step import Outcome
from models.messages import Lang, say


def publish_outcome(outcome: Outcome, lang: Lang) -> None:
    """Leave what was done where a manager finds it: each key shows the newest run's page.

    A run that had nothing to do leaves nothing.
    """
    if not (outcome.words or outcome.tables or outcome.files or outcome.waits_for):
        return
    create_markdown_artifact(
        markdown=page_of(outcome, lang), key=artifact_key(outcome.key), description=outcome.title
    )
    for table in outcome.tables:
        create_table_artifact(
            table=[dict(row) for row in table.rows],
            key=artifact_key(f"{table.key}-table"),
            description=say("up.table", lang, title=table.title),
        )


def page_of(outcome: Outcome, lang: Lang) -> str:
    """The outcome as Markdown: title, what it waits for, words, files with the place where they lie."""
    parts = [f"# {outcome.title}"]
    if outcome.waits_for:
        parts.append(f"> **{say('up.waits_for', lang, words=_plain(outcome.waits_for))}**")
    if outcome.words:
        parts.append("\n".join(f"- {_plain(words)}" for words in outcome.words))
    if outcome.files:
        rows = [f"| {_plain(file.name)} | `{file.parent}` |" for file in outcome.files]
        head = f"| {say('up.file', lang)} | {say('up.place', lang)} |"
        parts.append("\n".join([head, "| --- | --- |", *rows]))
    return "\n\n".join(parts) + "\n"


def artifact_key(words: str) -> str:
    """A key as Prefect wants it: lower-case letters, digits and dashes."""
    return re.sub(r"[^a-z0-9]+", "-", words.lower()).strip("-")


def _plain(words: str) -> str:
    """Words that Markdown shows as they are: nobody's title may become a link or a table cell."""
    return re.sub(r"([\\`*_\[\]<>|#])", r"\\\1", " ".join(words.split()))
