"""The cockpit (督办看板): every page as it stands now, all from one look at the database."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy.orm import Session

from flows.office import Office
from flows.stories.step import Outcome, Step
from models.messages import say
from models.pages import Page
from notifications.mail_page import mail_page
from tasks.cockpit.calendar import calendar
from tasks.cockpit.figures import figures
from tasks.cockpit.index import index
from tasks.cockpit.inspection import inspection
from tasks.cockpit.lights import lights
from tasks.cockpit.matrix import matrix
from tasks.cockpit.view import View
from tasks.cockpit.waiting import waiting


def _mail(view: View) -> Page:
    return mail_page(view.session, view.settings, today=view.today, lang=view.lang)


#: The pages in the order in which the front page lists them.
PAGES: dict[str, Callable[[View], Page]] = {
    "lights": lights,
    "waiting": waiting,
    "calendar": calendar,
    "matrix": matrix,
    "inspection": inspection,
    "figures": figures,
    "mail": _mail,
}
#: The page in front of all, and where Prefect's UI shows it.
FRONT, FRONT_KEY = "index", "cockpit-index"
FRONT_PATH = f"/artifacts/key/{FRONT_KEY}"


def cockpit(step: Step, office: Office) -> Outcome:
    """Draw all pages anew; they are shown where somebody can look at them."""
    pages = step(say("step.cockpit", office.lang), lambda: collect_pages(office))
    title = say("story.cockpit", office.lang, day=office.clock.today().isoformat())
    return Outcome("cockpit", title, [], pages=pages)


def collect_pages(office: Office) -> tuple[Page, ...]:
    """All pages, the front page first, as one moment shows them."""
    with office.read() as session:
        view = _view(office, session)
        pages = [make(view) for make in PAGES.values()]
        return (index(view, pages), *pages)


def collect_page(office: Office, key: str) -> Page:
    """One page by its key."""
    if key == FRONT:
        return collect_pages(office)[0]
    with office.read() as session:
        return PAGES[key](_view(office, session))


def _view(office: Office, session: Session) -> View:
    today = office.clock.today()
    workdays = office.calendar([today.year])
    return View(session, office.settings, workdays, today, office.lang)
