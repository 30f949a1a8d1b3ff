"""From a claimed notice to the bytes on the wire."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from email.utils import parseaddr
from functools import cached_property
from pathlib import Path

from models.errors import InputError
from models.secret import Secret, open_secret
from models.settings import Settings
from notifications.address import is_deliverable
from notifications.facts_codes import CODE_LETTER, with_digits
from notifications.finished import finished_letter
from notifications.letters import render
from notifications.mime import Attachment, Message, Party, attach_file, write
from notifications.outbox import Job

#: Letters that a person may ask to get less often; what is official or asks for a decision is always told.
OPTIONAL = frozenset({"digest"})


@dataclass(frozen=True)
class Envelope:
    """What SMTP needs: from whom, to whom, what."""

    sender: str
    recipient: str
    content: bytes


@dataclass
class Composer:
    """Makes the bytes of notices; keeps files that many letters carry encoded for one run."""

    settings: Settings
    _parties: dict[str, Party] = field(default_factory=dict)
    _files: dict[str, Attachment] = field(default_factory=dict)

    def compose(self, job: Job) -> Envelope:
        """The same bytes whenever it is asked: date and Message-ID are the notice's.

        Raises InputError for an address, a file or a secret that cannot be used, and whatever the letter's
        template raises for facts that it cannot use.
        """
        letter = finished_letter(job.facts) or render(job.letter, self.settings.lang, self._facts(job))
        sender = self._sender(job.facts)
        contact = _contact(job.facts)
        message = Message(
            key=job.dedupe,
            date=job.created_at.astimezone(self.settings.zone),
            sender=sender,
            recipient=Party(job.name, job.email),
            subject=letter.subject,
            text=letter.text,
            html=letter.html,
            reply_to=contact,
            thread=job.thread,
            unsubscribe=(contact or sender).address if job.letter in OPTIONAL else "",
            attachments=tuple(self._file(path) for path in job.attachments),
        )
        return Envelope(sender.address, job.email, write(message))

    def _facts(self, job: Job) -> Mapping[str, object]:
        """The notice's facts, with what is kept nowhere and only now put in."""
        return with_digits(self._secret, job.facts) if job.letter == CODE_LETTER else job.facts

    @cached_property
    def _secret(self) -> Secret:
        return open_secret(self.settings.home)

    def _sender(self, facts: Mapping[str, object]) -> Party:
        """Who the settings say sends; the bureau's name where they name nobody."""
        bureau = str(facts.get("bureau", ""))
        if bureau not in self._parties:
            display, address = parseaddr(self.settings.mail_from)
            self._parties[bureau] = Party(display or bureau, address)
        return self._parties[bureau]

    def _file(self, name: str) -> Attachment:
        if name not in self._files:
            self._files[name] = _read(self.settings.home, name)
        return self._files[name]


def _read(home: Path, name: str) -> Attachment:
    """A file of the home; a path that leads out of it is refused."""
    path = (home / name).resolve()
    if not path.is_relative_to(home.resolve()) or not path.is_file():
        raise InputError("attachment_missing", file=name)
    return attach_file(path)


def _contact(facts: Mapping[str, object]) -> Party | None:
    """Where answers go: the coordinator, if there is one who can be reached."""
    coordinator = facts.get("coordinator")
    if not isinstance(coordinator, Mapping) or not is_deliverable(str(coordinator.get("email", ""))):
        return None
    return Party(str(coordinator.get("name", "")), str(coordinator["email"]))
