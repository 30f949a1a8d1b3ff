"""Draw the pictures of the READMEs: `make pictures`.

A rehearsed bureau on a June morning, everything up, seen in a headless Chromium.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from playwright.sync_api import Browser, Page

from benchmarks.bureau import rehearsed
from benchmarks.up import everything_up, wait_for
from flows.api import Api
from models.messages import say
from tests.chromium import find_chromium, open_chromium

#: The day on which the half-year's bulletin waits for its approval.
DAY = date(2026, 6, 1)
HERE = Path(__file__).parent
SIZE = {"width": 1280, "height": 860}


def main() -> int:
    """Draw all; 1 where there is no Chromium."""
    program = find_chromium()
    if program is None:
        sys.stderr.write("Chromium is not installed\n")
        return 1
    with TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        rehearsed(home, DAY).engine.dispose()
        parts = ("server", "worker", "relay", "mail", "shelf")
        with everything_up(home, parts, as_of=DAY.isoformat()) as api, open_chromium(program) as browser:
            _draw(browser, api)
    return 0


def _draw(browser: Browser, api: Api) -> None:
    drawn = wait_for(lambda: _artifacts(api) or None)
    for picture, key in (("cockpit", "cockpit-index"), ("month", "cockpit-calendar")):
        _picture(browser, f"{api.ui}/artifacts/artifact/{drawn[key]}", picture)
    gate = wait_for(lambda: _gate(api))
    _picture(browser, f"{api.ui}/runs/flow-run/{gate}", "gate", _open_form)


def _artifacts(api: Api) -> dict[str, str]:
    """The newest artifacts of the cockpit by key, once the front page is there."""
    found = api.post("/artifacts/latest/filter", {"limit": 200})
    pages = {one["key"]: one["latest_id"] for one in found if one["key"].startswith("cockpit-")}
    return pages if "cockpit-index" in pages else {}


def _gate(api: Api) -> str | None:
    """The run of a gate that waits for its form."""
    paused = {"flow_runs": {"state": {"type": {"any_": ["PAUSED"]}}}}
    return next((one["id"] for one in api.post("/flow_runs/filter", paused)), None)


def _open_form(page: Page) -> None:
    page.get_by_role("button", name="Resume").click()
    page.get_by_text(say("gate_form.opinion", "zh")).wait_for()


def _picture(browser: Browser, url: str, name: str, then: Callable[[Page], Any] = lambda _page: None) -> None:
    page = browser.new_page(viewport=SIZE)  # type: ignore[arg-type]  # a dict of the same form
    page.goto(url)
    page.wait_for_load_state("networkidle")
    then(page)
    page.wait_for_timeout(500)
    page.screenshot(path=HERE / f"{name}.png")
    page.close()


if __name__ == "__main__":
    raise SystemExit(main())
