"""The shelf over real HTTP: issued documents whole and unaltered, and nothing else of the home."""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import date
from email.message import Message
from http.client import HTTPConnection
from io import BytesIO
from pathlib import Path
from threading import Event, Thread
from time import monotonic

import pytest
from docx import Document
from sqlalchemy.orm import Session

from models import periods
from models.database import open_database, unit_of_work
from models.migrate import migrate
from models.shelf_place import forget_shelf, note_shelf, shelf_url
from models.tables import Publication
from portal.answers import Shelf, is_loopback
from portal.shelf import ShelfServer
from tasks.issue.bulletin import bulletin_drafts
from tasks.issue.calendar import calendar_drafts
from tasks.issue.draft import Draft
from tasks.issue.publish import Issued
from tasks.issue.slip import slip_drafts
from tasks.issue.slip_numbers import allot_numbers
from tests.integration.documents_bureau import Bureau, instant
from tests.patience import PATIENCE

pytest_plugins = ["tests.integration.documents_bureau"]

ROOT = Path(__file__).resolve().parents[2]
MARCH, H1 = periods.month(2026, 3), periods.half(2026, 1)
TODAY = date(2026, 3, 2)
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


@pytest.fixture
def issued(bureau: Bureau) -> tuple[Issued, ...]:
    """A calendar, a slip and the register of something unannounced; a bulletin that waits for approval."""
    with unit_of_work(bureau.engine) as session:
        bureau.item(session, "40", "开展主题党日活动")
        bureau.item(session, "55", "不打招呼的督查", hidden=True, kind="unscheduled")
        bureau.owe(session, "40", "第一党支部", MARCH, due=date(2026, 3, 20))
        bureau.owe(session, "55", "第一党支部", MARCH, due=date(2026, 3, 27))
    at, settings = instant(TODAY), bureau.settings
    with unit_of_work(bureau.engine) as session:
        allot_numbers(session, MARCH)
    branch = bureau.units["第一党支部"].id

    def month(session: Session) -> list[Draft]:
        head, *register = calendar_drafts(session, settings, bureau.calendar, MARCH, at=at)
        return [head, *slip_drafts(session, settings, MARCH, [branch], at=at), *register]

    calendar = bureau.issue(month, at=at)
    bulletin = bureau.issue(
        lambda session: bulletin_drafts(session, settings, H1, today=TODAY, at=at), at=at, needs_approval=True
    )
    return (*calendar, *bulletin)


@pytest.fixture
def server(bureau: Bureau) -> Iterator[ShelfServer]:
    with ShelfServer(Shelf(bureau.settings, bureau.engine), 0) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


class Read:
    """An answer: status, headers, body."""

    def __init__(self, port: int, path: str, *, method: str = "GET", host: str = "") -> None:
        with closing(HTTPConnection("127.0.0.1", port, timeout=PATIENCE)) as connection:
            connection.putrequest(method, path, skip_host=True)
            connection.putheader("Host", host or f"127.0.0.1:{port}")
            connection.endheaders()
            response = connection.getresponse()
            self.status, self.headers, self.body = response.status, response.headers, response.read()

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def file_name(self) -> str | None:
        message = Message()
        message["Content-Disposition"] = self.headers["Content-Disposition"]
        return message.get_filename()


def test_a_document_comes_as_it_was_issued_under_its_chinese_name(
    server: ShelfServer, issued: tuple[Issued, ...]
) -> None:
    calendar = issued[0]

    read = Read(server.server_port, f"/documents/{calendar.publication_id}/docx")

    assert (read.status, read.headers["Content-Type"]) == (200, DOCX)
    assert read.headers["Content-Length"] == str(len(read.body))
    assert hashlib.sha256(read.body).hexdigest() == calendar.files[0]["sha256"]
    assert "filename=\"document.docx\"; filename*=UTF-8''2026%E5%B9%B4" in read.headers["Content-Disposition"]
    paragraphs = Document(BytesIO(read.body)).paragraphs
    assert any("2026年3月" in one.text for one in paragraphs)


@pytest.mark.parametrize(
    ("role", "kind"),
    [("xlsx", "spreadsheetml.sheet"), ("member", "wordprocessingml"), ("ics", "text/calendar")],
)
def test_every_file_of_a_document_has_its_kind(
    server: ShelfServer, issued: tuple[Issued, ...], role: str, kind: str
) -> None:
    read = Read(server.server_port, f"/documents/{issued[0].publication_id}/{role}")

    assert read.status == 200
    assert kind in read.headers["Content-Type"]


def test_the_list_names_what_is_issued_and_nothing_else(
    server: ShelfServer, issued: tuple[Issued, ...]
) -> None:
    read = Read(server.server_port, "/")

    calendar, slip, register, bulletin = issued
    assert (read.status, read.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert calendar.title in read.text
    assert slip.title in read.text
    assert f'<a href="/documents/{slip.publication_id}/docx">文档（Word）</a>' in read.text
    assert read.text.index("<h2>工作行事历</h2>") < read.text.index("<h2>提醒单</h2>")
    assert register.title not in read.text
    assert bulletin.title not in read.text
    assert "<script" not in read.text


def test_what_is_not_issued_is_not_there(
    server: ShelfServer, issued: tuple[Issued, ...], bureau: Bureau
) -> None:
    _, slip, register, bulletin = issued
    assert (register.kind, bulletin.state) == ("register", "draft")
    with unit_of_work(bureau.engine) as session:
        session.get_one(Publication, slip.publication_id).state = "superseded"

    for one in (register, bulletin, slip):
        read = Read(server.server_port, f"/documents/{one.publication_id}/docx")
        assert read.status == 404
        assert "没有这份文书，或者它还没有印发" in read.text


def test_an_altered_file_is_refused(server: ShelfServer, issued: tuple[Issued, ...], bureau: Bureau) -> None:
    file = bureau.settings.home / issued[0].files[0]["path"]
    file.write_bytes(file.read_bytes() + b" ")

    read = Read(server.server_port, f"/documents/{issued[0].publication_id}/docx")

    assert read.status == 409
    assert "与印发时不一致" in read.text


def test_a_file_that_is_gone_is_said_so(
    server: ShelfServer, issued: tuple[Issued, ...], bureau: Bureau
) -> None:
    (bureau.settings.home / issued[0].files[0]["path"]).unlink()

    assert Read(server.server_port, f"/documents/{issued[0].publication_id}/docx").status == 404


@pytest.mark.parametrize("way", ["../duban.toml", "documents/../../duban.toml", "link.docx"])
def test_a_path_that_leads_out_of_the_documents_is_not_followed(
    server: ShelfServer, issued: tuple[Issued, ...], bureau: Bureau, way: str
) -> None:
    home, secret = bureau.settings.home, b"smtp_url = 'smtp://secret'"
    for file in (home / "duban.toml", home.parent / "duban.toml"):
        file.write_bytes(secret)
    (home / "documents" / "link.docx").symlink_to(home / "duban.toml")
    path = f"documents/{way}" if way == "link.docx" else way
    with unit_of_work(bureau.engine) as session:
        sha256 = hashlib.sha256(secret).hexdigest()
        row = session.get_one(Publication, issued[0].publication_id)
        row.files = [{"role": "docx", "path": path, "sha256": sha256}]

    read = Read(server.server_port, f"/documents/{issued[0].publication_id}/docx")

    assert read.status == 404
    assert b"secret" not in read.body


@pytest.mark.parametrize(
    "path",
    [
        "/duban.db",
        "/documents/2026-03/calendar",
        "/documents/1/../../duban.toml",
        "/documents/%2e%2e/docx",
        "/documents/1/evidence",
        "/documents/999999999/docx",
        "/documents/99999999999999999999/docx",
        "/documents/-1/docx",
        "/documents/1/docx/",
    ],
)
@pytest.mark.usefixtures("issued")
def test_nothing_else_is_found(server: ShelfServer, path: str) -> None:
    read = Read(server.server_port, path)

    assert (read.status, read.headers["Content-Type"]) == (404, "text/html; charset=utf-8")


def test_what_is_no_address_is_refused_in_words(server: ShelfServer) -> None:
    read = Read(server.server_port, "http://[here/")

    assert (read.status, "请求无法识别" in read.text) == (400, True)


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS"])
def test_it_is_for_reading_only(server: ShelfServer, method: str) -> None:
    read = Read(server.server_port, "/", method=method)

    assert (read.status, read.headers["Allow"]) == (405, "GET, HEAD")
    assert "这里只能查阅" in read.text


def test_head_tells_what_get_would_send(server: ShelfServer, issued: tuple[Issued, ...]) -> None:
    path = f"/documents/{issued[0].publication_id}/docx"

    head, get = Read(server.server_port, path, method="HEAD"), Read(server.server_port, path)

    assert (head.status, head.body) == (200, b"")
    assert head.headers["Content-Length"] == get.headers["Content-Length"]


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example:80", "localhost.evil:1", "10.0.0.1"]
)
def test_a_strangers_name_for_this_machine_is_refused(
    server: ShelfServer, issued: tuple[Issued, ...], host: str
) -> None:
    for path in ("/", f"/documents/{issued[0].publication_id}/docx"):
        read = Read(server.server_port, path, host=host)
        assert read.status == 421
        assert "不是本机地址" in read.text


def test_the_machines_own_names_are_known() -> None:
    for host in ("127.0.0.1", "127.0.0.1:4210", "localhost:80", "LOCALHOST", "[::1]:4210", "[::1]"):
        assert is_loopback(host)
    for host in ("", ":80", "localhost:80:80", "localhost:x", "::1"):
        assert not is_loopback(host)


def test_no_page_may_run_or_load_anything(server: ShelfServer) -> None:
    headers = Read(server.server_port, "/").headers

    policy = headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "frame-ancestors 'none'" in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cache-Control"] == "no-store"
    assert "Set-Cookie" not in headers
    assert "Python" not in headers["Server"]


def test_titles_are_shown_as_they_are(
    server: ShelfServer, issued: tuple[Issued, ...], bureau: Bureau
) -> None:
    with unit_of_work(bureau.engine) as session:
        session.get_one(Publication, issued[0].publication_id).title = '<b>行事历</b> & "其他"'

    assert "&lt;b&gt;行事历&lt;/b&gt; &amp;" in Read(server.server_port, "/").text


def test_a_database_that_does_not_answer_is_said_in_words(bureau: Bureau) -> None:
    nowhere = open_database("postgresql://nobody@127.0.0.1:1/nothing")

    answer = Shelf(bureau.settings, nowhere).answer("/", "localhost")

    assert answer.status == 503
    assert "数据库" in answer.body.decode()


def test_where_the_shelf_answers_is_noted_and_forgotten(tmp_path: Path) -> None:
    assert shelf_url(tmp_path) == ""

    note_shelf(tmp_path, "http://127.0.0.1:4210")
    note_shelf(tmp_path, "http://127.0.0.1:4211")
    forget_shelf(tmp_path, "http://127.0.0.1:4210")
    assert shelf_url(tmp_path) == "http://127.0.0.1:4211"

    forget_shelf(tmp_path, "http://127.0.0.1:4211")
    assert shelf_url(tmp_path) == ""


def test_a_process_serves_until_it_is_stopped(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    engine = open_database(f"sqlite:///{home / 'duban.db'}")
    migrate(engine)
    engine.dispose()
    command = [sys.executable, "-m", "portal.shelf", str(home), "0"]
    child = subprocess.Popen(command, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)})
    try:
        url = eventually_noted(home, child)
        read = Read(int(url.rpartition(":")[2]), "/")
    finally:
        child.send_signal(signal.SIGTERM)
        code = child.wait(PATIENCE)

    assert (read.status, code) == (200, 0)
    assert "还没有印发文书。" in read.text
    assert shelf_url(home) == ""


def eventually_noted(home: Path, child: subprocess.Popen[bytes]) -> str:
    until, never = monotonic() + PATIENCE, Event()
    while not (url := shelf_url(home)):
        assert child.poll() is None
        assert monotonic() < until
        never.wait(0.05)
    return url
