"""`duban mail status|retry|bounces|unblock` as a coordinator types them when mail does not arrive."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import SqliteDatabases
from tests.processes import Driver, Ended, Home, Job
from tests.returned import report

DAY = "2026-03-25"
#: Nobody listens there.
DEAD_SERVER = {"DUBAN_SMTP_URL": "smtp://127.0.0.1:9?tls=none"}


@dataclass(frozen=True)
class Bureau:
    """A home whose mail server may be down, and the command on it."""

    home: Home
    driver: Driver

    def mail(self, *words: str, lang: str = "zh", **environment: str) -> Ended:
        job = self.home.job("--lang", lang, "mail", *words, day=DAY)
        return self.driver.run(Job(job.words, job.environment | environment))[0]

    def json(self, *words: str, **environment: str) -> Any:  # noqa: ANN401  # whatever the command says
        job = self.home.job("--json", "mail", *words, day=DAY)
        ended = self.driver.run(Job(job.words, job.environment | environment))[0]
        assert (ended.code, ended.err) == (0, "")
        return json.loads(ended.out)


@pytest.fixture
def bureau(sqlite_databases: SqliteDatabases, driver: Driver, tmp_path: Path) -> Bureau:
    """The bureau in force, with much to tell."""
    return Bureau(Home(tmp_path, sqlite_databases.copy("in_force")), driver)


def test_a_dead_server_is_shown_and_used_again_on_demand(bureau: Bureau) -> None:
    refused = bureau.mail("send", **DEAD_SERVER)
    shown = bureau.mail("status")
    status = bureau.json("status")
    back = bureau.json("retry", "--all")
    sent = bureau.json("send")

    assert refused.code == 1
    assert "127.0.0.1" in refused.err
    assert "duban mail retry --all" in refused.err
    assert "127.0.0.1:9" in shown.out
    [server] = status["servers"]
    assert (server["server"], server["failures"]) == ("127.0.0.1:9", 1)
    assert back["servers"] == ["127.0.0.1:9"]
    assert sent["sent"] == len(back["notices"]) > 0
    assert bureau.json("status")["servers"] == []


def test_only_what_is_stuck_can_be_put_back(bureau: Bureau) -> None:
    bureau.mail("send")

    nothing = bureau.mail("retry")
    unknown = bureau.mail("retry", "99999")
    wrong = bureau.mail("retry", "--letter", "love", lang="en")
    sent = bureau.json("retry", "1")

    assert [one.code for one in (nothing, unknown, wrong)] == [1, 1, 1]
    assert "99999" in unknown.err
    assert "love" in wrong.err
    assert sent == {"notices": [], "not_stuck": [1], "servers": []}


def test_a_dead_address_is_shown_and_cleared(bureau: Bureau, tmp_path: Path) -> None:
    bureau.mail("send")
    folder = tmp_path / "returns"
    (folder / "new").mkdir(parents=True)
    arrived = next((tmp_path / "mailbox" / "new").glob("*")).read_bytes()
    address = arrived.split(b"Delivered-To: ")[1].split(b"\r\n")[0].decode()
    (folder / "new" / "1.mx").write_bytes(report(arrived, address, "5.1.1", "550 unknown user"))
    where = {"DUBAN_BOUNCES": f"maildir:{folder}"}

    read = bureau.mail("bounces", "--read", **where)
    again = bureau.json("bounces", "--read", **where)
    status = bureau.json("status")
    cleared = bureau.mail("unblock", address, "--as", "林晓东")
    twice = bureau.mail("unblock", address)

    assert read.code == 0
    assert "收取退信 1 件" in read.out
    assert [(one["email"], one["blocked"], one["status_code"]) for one in again["addresses"]] == [
        (address, True, "5.1.1")
    ]
    assert again["read"]["reports"] == 0
    assert [one["email"] for one in status["blocked"]] == [address]
    assert (cleared.code, twice.code) == (0, 1)
    assert bureau.json("bounces") == {"addresses": [], "read": None}


def test_a_mailbox_of_returns_that_is_not_there_is_said(bureau: Bureau) -> None:
    lost = bureau.mail("bounces", "--read", DUBAN_BOUNCES="maildir:/nowhere/at/all")
    wrong = bureau.mail("bounces", "--read", lang="en", DUBAN_BOUNCES="pop3://u:secret@host")

    assert (lost.code, wrong.code) == (1, 1)
    assert "/nowhere/at/all" in lost.err
    assert "imaps://" in wrong.err
    assert "secret" not in wrong.err
