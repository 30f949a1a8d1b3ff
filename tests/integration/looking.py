"""How tests look at the cockpit: pages as one session shows them, and their tables by column."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event

from models.database import reading
from models.messages import Lang
from models.pages import Page
from models.settings import Settings
from models.workdays import load_calendar
from tasks.cockpit.view import View


@contextmanager
def looking(engine: Engine, day: date, *, lang: Lang = "zh", home: Path = Path("nowhere")) -> Iterator[View]:
    """A look at the bureau on the morning of a day."""
    settings = Settings(home=home)
    with reading(engine) as session:
        yield View(session, settings, load_calendar([day.year]), day, lang)


def table(page: Page, key: str) -> list[dict[str, Any]]:
    """The rows of a table by column, links and all as plain values."""
    (block,) = [one for one in page.plain()["blocks"] if one.get("key") == key]
    return [{column: _value(content) for column, content in row.items()} for row in block["rows"]]


def lines(page: Page) -> list[Any]:
    """All lines that stand outside tables."""
    return [_value(one) for block in page.plain()["blocks"] for one in block.get("lines", [])]


def note(page: Page, key: str) -> str:
    """The note below a table."""
    (found,) = [one["note"] for one in page.plain()["blocks"] if one.get("key") == key]
    return str(found)


def _value(content: Any) -> Any:  # noqa: ANN401  # any JSON value
    return content["value"] if isinstance(content, dict) else content


@contextmanager
def counted(engine: Engine) -> Iterator[list[str]]:
    """The statements that are sent meanwhile."""
    sent: list[str] = []

    def note_it(*args: Any) -> None:  # noqa: ANN401  # SQLAlchemy's own
        sent.append(args[2])

    event.listen(engine, "before_cursor_execute", note_it)
    yield sent
    event.remove(engine, "before_cursor_execute", note_it)
