"""An outcome as artifacts in Prefect's UI: one page of Markdown, and its tables."""

from __future__ import annotations

import re

from prefect.artifacts import create_markdown_artifact, create_table_artifact

from flows.page_markdown import grid, plain, plain_lines
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
            # The UI reads each cell as Markdown.
            table=[{name: plain_lines(words) for name, words in row.items()} for row in table.rows],
            key=artifact_key(f"{table.key}-table"),
            description=say("up.table", lang, title=table.title),
        )


def page_of(outcome: Outcome, lang: Lang) -> str:
    """The outcome as Markdown: title, what it waits for, words, files with the place where they lie."""
    parts = [f"# {plain(outcome.title)}"]
    if outcome.waits_for:
        parts.append(f"> **{say('up.waits_for', lang, words=plain(outcome.waits_for))}**")
    if outcome.words:
        parts.append("\n".join(f"- {plain(words)}" for words in outcome.words))
    if outcome.files:
        rows = [(plain(file.name), f"`{file.parent}`") for file in outcome.files]
        parts.append(grid((say("up.file", lang), say("up.place", lang)), rows))
    return "\n\n".join(parts) + "\n"


def artifact_key(words: str) -> str:
    """A key as Prefect wants it: lower-case letters, digits and dashes."""
    return re.sub(r"[^a-z0-9]+", "-", words.lower()).strip("-")
