"""The form of an approval (审批单): who decided what in each step, the whole trail, how to verify it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.oxml.xmlchemy import BaseOxmlElement
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from models.approval.state import FINISHED, Cause, Outcome, Seat, SeatKind, SeatState, StepRun, Verb
from models.files import write_atomically
from models.messages import Lang, say
from models.roles import UnitKind
from models.settings import Settings
from models.tables import Approval, Post, Unit
from tasks.approvals.trail import Row, Trail, trail
from tasks.approvals.trail_words import date_words, verdict
from tasks.issue.office import template_of_home
from tasks.issue.paper import Paper
from tasks.issue.style import SONG_TITLE
from tasks.issue.tables import Cell, Grid, table_element
from tasks.issue.text import clean, file_stem, oneline, shortened

KIND = "approval"
#: Names of definitions that become the name of a form by a plain 单.
_FORMS = ("审批", "审定", "审核", "审签", "签发", "签批", "会签", "确认", "销号")
_HEAD_WIDTHS = (24.0, 54.0, 24.0, 54.0)
_STEP_WIDTHS = (26.0, 21.0, 50.0, 26.0, 33.0)
_TRAIL_WIDTHS = (9.0, 27.0, 22.0, 24.0, 50.0, 24.0)
#: Least height of a row that is signed on paper, in millimetres.
_ROW_HEIGHT = 12.0
#: 六号 for the trail, 小五 below it.
_TRAIL_SIZE, _NOTE_SIZE = 7.5, 9.0
#: Beside more signers than these a step's name would hang between two pages: it stands above them.
_BESIDE = 8
#: Longer opinions stand in full behind the steps, up to the second number.
_OPINION, _FULL = 200, 5000
_LINES, _FULL_LINES = 6, 200
#: What turns the direction of a line: an opinion must not rearrange the form.
_TURNING = re.compile("[\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069]")
#: Tables that touch are one table, which repeats no heads: so much room is between them.
_BETWEEN = 2.0


@dataclass(frozen=True)
class About:
    """What the form says beside the trail: the subject, and whose paper it is."""

    number: int
    title: str
    unit: str
    bureau: str
    zone: ZoneInfo
    template: Path | None = None


def issue_approval_form(
    session: Session,
    settings: Settings,
    number: int,
    *,
    lang: Lang,
) -> Path:
    """Write the form of an approval as it stands under `home/documents/approvals`; gives its path.

    Writing it again while nothing happens changes nothing. Raises NotFoundError for an unknown
    number and UnavailableError where the disk does not take it.
    """
    told = trail(session, number, lang)
    title = session.scalars(select(Approval.title).where(Approval.id == number)).one()
    unit = _unit(session, told.state.initiator, told.entries[0].at.astimezone(settings.zone))
    bureau = settings.bureau or session.scalar(_BUREAU) or ""
    template = template_of_home(settings.home, KIND)
    about = About(number, title, unit, bureau, settings.zone, template)
    content = approval_form(told, about)
    path = settings.home / "documents" / "approvals" / f"{file_stem(_name(told, about))}.docx"
    if not path.exists() or path.read_bytes() != content:
        write_atomically(path, content)
    return path


_BUREAU = select(Unit.name).where(Unit.kind == UnitKind.BUREAU).order_by(Unit.position, Unit.id).limit(1)


def _unit(session: Session, person: int, at: datetime) -> str:
    """Where somebody worked on a day: the department, else the first unit with a post of theirs."""
    day = at.date()
    found = session.scalar(
        select(Unit.name)
        .join(Post, Post.unit_id == Unit.id)
        .where(
            Post.person_id == person,
            or_(Post.starts_on.is_(None), Post.starts_on <= day),
            or_(Post.ends_on.is_(None), Post.ends_on >= day),
        )
        .order_by(Unit.kind != UnitKind.DEPARTMENT, Post.id)
        .limit(1)
    )
    return found or ""


def approval_form(told: Trail, about: About) -> bytes:
    """The form as a docx file; the same trail gives the same bytes."""
    form = _Form(told, about)
    paper = Paper(
        form.title,
        author=about.bureau,
        at=told.last.at.astimezone(about.zone),
        template=about.template,
    )
    if about.bureau:
        paper.line(about.bureau, face=SONG_TITLE, centred=True)
    paper.title(form.title)
    body = paper.document.element.body
    body.insert(len(body) - 1, table_element(_safe(form.head())))
    paper.line("", size=_BETWEEN)
    steps = table_element(_safe(form.steps()))
    _merge_first_column(steps)
    body.insert(len(body) - 1, steps)
    paper.line("", size=_TRAIL_SIZE)
    happened = form.trail()
    form.write_full(paper)
    paper.heading(form.say("trail"), level=2)
    paper.table(_safe(happened))
    for line in form.remarks():
        paper.line(_fit(line), size=_NOTE_SIZE)
    return paper.to_bytes()


def _name(told: Trail, about: About) -> str:
    title, subject = _title(told), shortened(oneline(about.title), 60)
    return say("approval_form.name", told.cast.lang, title=title, number=about.number, subject=subject)


def _title(told: Trail) -> str:
    name = oneline(told.definition.name[told.cast.lang])
    key = "title" if name.endswith(_FORMS) else "title_other"
    return say(f"approval_form.{key}", told.cast.lang, name=name)


@dataclass
class _Form:
    """The form's parts in words. `full` collects what is too long for a table, with who said it when."""

    told: Trail
    about: About
    full: dict[tuple[datetime, str], str] = field(default_factory=dict)

    @property
    def lang(self) -> Lang:
        return self.told.cast.lang

    @property
    def title(self) -> str:
        return _title(self.told)

    def say(self, key: str, /, **facts: object) -> str:
        return say(f"approval_form.{key}", self.lang, **facts)

    def when(self, at: datetime, between: str = " ") -> str:
        """A local day and time."""
        local = at.astimezone(self.about.zone)
        return f"{date_words(local.date(), self.lang)}{between}{local:%H:%M}"

    def head(self) -> Grid:
        """What is decided on, by whose request."""
        told, about = self.told, self.about
        first = told.entries[0].at
        number = self.say("number", year=first.astimezone(about.zone).year, number=about.number)
        label = self._label
        rows = (
            (label("subject"), Cell(shortened(about.title, _OPINION), span=3)),
            (label("kind"), told.definition.name[self.lang], label("reference"), number),
            (label("applicant"), told.cast.name(told.state.initiator), label("unit"), about.unit),
            (label("submitted"), self.when(first), label("status"), self.status()),
        )
        return Grid((), _HEAD_WIDTHS, rows, (0, 2), size=12, height=_ROW_HEIGHT)

    def _label(self, key: str) -> Cell:
        return Cell(self.say(key), bold=True, centred=True)

    def status(self) -> str:
        """How the approval stands."""
        state = self.told.state
        return say(f"trail_status.{'suspended' if state.suspended_on else state.status}", self.lang)

    def steps(self) -> Grid:
        """The rounds of the steps with all who sign in them, and the result."""
        rows = [row for run in self.told.state.steps.values() for row in self._round(run)]
        status = self.status()
        if self.told.state.status in FINISHED:
            status = self.say("conclusion_at", status=status, at=self.when(self._ended_at()))
        rows.append((self._label("conclusion"), Cell(status, span=4, bold=True, centred=True)))
        heads = tuple(self.say("heads").split("|"))
        return Grid(heads, _STEP_WIDTHS, rows, (0, 1, 3, 4), size=10.5, height=_ROW_HEIGHT)

    def _ended_at(self) -> datetime:
        """When the last thing but reading and remarks happened."""
        after = {"read", "copy", "comment"}
        return next(one.at for one in reversed(self.told.entries) if one.verb not in after)

    def _round(self, run: StepRun) -> Iterator[Sequence[str | Cell]]:
        if run.outcome is Outcome.SKIPPED:
            yield (self._step(run), Cell(self.say("skipped"), span=4, centred=True))
            return
        seats = self.told.state.seats_of(run.number)
        if len(seats) > _BESIDE:
            above = self.say("joint").join(
                (*self._step(run).split("\n"), self.say("signers", count=len(seats)))
            )
            yield (Cell(above, span=5, bold=True, centred=True),)
        for place, seat in enumerate(seats):
            label = str(place + 1) if len(seats) > _BESIDE else ("" if place else self._step(run))
            *signed, at = self._seat(seat)
            yield (label, *signed, Cell(at, size=_NOTE_SIZE))

    def _step(self, run: StepRun) -> str:
        """A step's name, how it decides, which round it is and how that ended."""
        step = self.told.definition.by_key.get(run.key)
        parts = [step.name[self.lang] if step else run.key]
        if step and len(self.told.state.votes_of(run.number)) > 1:
            parts.append(say(f"trail_mode.{step.mode}", self.lang))
        if run.round > 1 or not run.live:
            parts.append(self.say("round", round=run.round))
        outcome = say(f"trail_outcome.{run.outcome or 'open'}", self.lang)
        if not run.live and run.outcome is Outcome.APPROVED:
            outcome = self.say("outcome_dropped", outcome=outcome)
        return "\n".join((*parts, outcome))

    def _seat(self, seat: Seat) -> tuple[str, str, str, str]:
        """Signer, opinion, signature and time; the last three are empty until somebody signs."""
        signer = self.told.cast.name(seat.person)
        kind = "added" if seat.added_by and seat.kind is SeatKind.PRINCIPAL else seat.kind
        if kind != SeatKind.PRINCIPAL:
            signer = f"{signer}\n{self.say(f'seat_{kind}')}"
        if seat.state is not SeatState.CLOSED or seat.closed_at is None:
            return signer, "", "", ""
        words, signature = self._verdict(seat), self.told.cast.signature(seat, self.told.state)
        opinion = self._short(seat.opinion, signature, seat.closed_at)
        if opinion:
            words = opinion if opinion.startswith(words) else f"{words}\n{opinion}"
        if seat.verb in {Verb.CANCEL, Verb.COVERED}:
            return signer, words, "", ""
        return signer, words, signature, self.when(seat.closed_at, "\n")

    def _verdict(self, seat: Seat) -> str:
        words = verdict(seat, self.told.definition, self.lang)
        heir = next((one for one in self.told.state.seats.values() if one.replaces == seat.number), None)
        if heir is not None and seat.verb in {Verb.TRANSFER, Verb.REASSIGN}:
            words = say("trail.of", self.lang, what=words, people=self.told.cast.name(heir.person))
        elif heir is not None:
            words = self.say("taken_back", verdict=words)
        if seat.cause is Cause.CARRIED:
            carried = say("trail.carried", self.lang)
            words = say("trail.of", self.lang, what=carried, people=words)
        return words

    def _short(self, words: str, who: str, at: datetime) -> str:
        """Words as they fit into a table; longer ones are kept for the end."""
        text = _fit(words)
        if len(text) <= _OPINION and text.count("\n") < _LINES:
            return text
        self.full.setdefault((at, text), who)
        number = list(self.full).index((at, text)) + 1
        return f"{oneline(text)[: _OPINION // 2]}{self.say('full', number=number)}"

    def write_full(self, paper: Paper) -> None:
        """What was too long for the tables, in running text that pages may cut."""
        if self.full:
            paper.heading(self.say("full_heading"), level=2)
        for number, ((at, text), who) in enumerate(self.full.items(), start=1):
            paper.note(_fit(self.say("full_of", number=number, name=who, at=self.when(at))))
            for line in _cut(text, self.say("full_cut", count=len(text))):
                paper.note(line)

    def trail(self) -> Grid:
        """Everything that happened, in small print."""
        rows = [
            (
                str(number),
                f"{row.at.astimezone(self.about.zone):%Y-%m-%d %H:%M}",
                row.actor,
                self.say("trail_round", step=row.step, round=row.round) if row.round > 1 else row.step,
                self._happening(row),
                f"{row.event} {row.mark}",
            )
            for number, row in enumerate(self.told.rows, start=1)
        ]
        heads = tuple(self.say("trail_heads").split("|"))
        return Grid(heads, _TRAIL_WIDTHS, rows, (0, 1, 2, 3, 5), size=_TRAIL_SIZE)

    def _happening(self, row: Row) -> str:
        text = oneline(self._short(row.opinion, row.actor, row.at))
        if not text or text.startswith(row.what):
            return text or row.what
        return self.say("trail_opinion", what=row.what, opinion=text)

    def remarks(self) -> Iterator[str]:
        """Urging, copies and pauses together, and how the form is verified."""
        told = self.told
        days = [
            self.say("urged", name=one.name, count=one.count, on=date_words(one.last_on, self.lang))
            for one in told.urgings
        ]
        reads = [
            self.say("copied_read", name=one.name, at=self.when(one.read_at))
            if one.read_at
            else self.say("copied_unread", name=one.name)
            for one in told.copies
        ]
        rests = [
            self.say("paused", since=self.when(one.since), until=self.when(one.until))
            if one.until
            else self.say("paused_still", since=self.when(one.since))
            for one in told.pauses
        ]
        for key, parts in (("urges", days), ("copies", reads), ("pauses", rests)):
            if parts:
                yield self.say(key, parts=self.say("joint").join(parts))
        last = told.last
        yield self.say("verify", count=len(told.entries), event=last.id)
        yield " ".join(last.hash[start : start + 8] for start in range(0, len(last.hash), 8))
        yield self.say("verify_how")


def _fit(text: str) -> str:
    """What somebody wrote, without what a page cannot hold or what would turn it over."""
    lines = (line.strip() for line in _TURNING.sub("", clean(text)).replace("\t", " ").split("\n"))
    return "\n".join(line for line in lines if line)


def _safe(grid: Grid) -> Grid:
    """A table of which every cell fits on a page; names come from files that somebody wrote too."""
    rows = [
        [replace(one, text=_fit(one.text)) if isinstance(one, Cell) else _fit(one) for one in row]
        for row in grid.rows
    ]
    return replace(grid, rows=rows)


def _cut(text: str, more: str) -> Iterable[str]:
    lines = shortened(text, _FULL).split("\n")
    cut = len(text) > _FULL or len(lines) > _FULL_LINES
    return [*lines[:_FULL_LINES], more] if cut else lines


def _merge_first_column(table: BaseOxmlElement) -> None:
    """Let a step's cell reach down over the rows of its signers, whose first cells are empty."""
    rows = list(table.findall(qn("w:tr")))
    labels = [row.find(qn("w:tc")) for row in rows]
    written = [any(piece.text for piece in cell.iter(qn("w:t"))) for cell in labels]
    for place, cell in enumerate(labels):
        leads = written[place] and place + 1 < len(rows) and not written[place + 1]
        if leads or not written[place]:
            merge = OxmlElement("w:vMerge")
            if leads:
                merge.set(qn("w:val"), "restart")
            cell.find(qn("w:tcPr")).insert_element_before(merge, "w:shd", "w:vAlign")
