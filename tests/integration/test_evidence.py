"""Evidence: known by its content, never trusted by its name, and pointed out when it comes back."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pytest
from sqlalchemy import Engine, select, update
from sqlalchemy.orm import Session

from models.database import reading, unit_of_work
from models.errors import DubanError, InputError, NotFoundError, RefusedError
from models.settings import Settings
from models.tables import Evidence, Item, WorkItem
from tasks.contributions import ask_for
from tasks.directory import find_unit
from tasks.evidence import Attached, Kept, attach, evidence_of, keep_file, safe_name
from tasks.work import Hand, cancel
from tests.working import COORDINATOR, NOON, OWNER, do, done, history, now, one, told

TYPES = Settings(home=Path()).evidence_types
PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(32)
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00" + bytes(32)
EXE = b"MZ\x90\x00\x03\x00\x00\x00\x04\x00\x00\x00\xff\xff" + bytes(64)
_COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504)
DOC = _COMPOUND + bytes(6000) + "WordDocument".encode("utf-16-le")
MSI = _COMPOUND + "Property".encode("utf-16-le")


def archive(*names: str) -> bytes:
    content = BytesIO()
    with zipfile.ZipFile(content, "w") as file:
        for name in names:
            # A date of its own would make another test of it each second.
            file.writestr(zipfile.ZipInfo(name), "x")
    return content.getvalue()


DOCX = archive("[Content_Types].xml", "word/document.xml")
XLSX = archive("[Content_Types].xml", "xl/workbook.xml")


def keep(home: Path, name: str, content: bytes, *, limit: int = 1) -> Kept:
    folder = home / "in"
    folder.mkdir(exist_ok=True)
    file = folder / name
    file.write_bytes(content)
    return keep_file(home, file, limit_mib=limit, types=TYPES)


@pytest.mark.parametrize(
    ("name", "content", "media"),
    [
        ("通知.pdf", PDF, "application/pdf"),
        ("照片.PNG", PNG, "image/png"),
        ("照片.jpeg", JPEG, "image/jpeg"),
        # Phones and offices do so: the content is what counts.
        ("照片.png", JPEG, "image/jpeg"),
        ("纪要.doc", DOCX, "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
        ("纪要.docx", DOCX, "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
        ("台账.xlsx", XLSX, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        ("纪要.wps", DOC, "application/vnd.ms-works"),
        ("旧稿.doc", DOC, "application/msword"),
        ("公文.ofd", archive("OFD.xml", "Doc_0/Document.xml"), "application/ofd"),
        ("打包.zip", archive("一.pdf", "二.pdf"), "application/zip"),
        ("记录.txt", "会议记录：一、学习".encode("gb18030"), "text/plain"),
        ("名单.csv", "姓名,支部\nMZ,一\n".encode("utf-8-sig"), "text/csv"),
        ("名单.txt", "MZ 和 BM 都是缩写".encode("utf-16"), "text/plain"),
    ],
)
def test_files_are_known_by_their_content(tmp_path: Path, name: str, content: bytes, media: str) -> None:
    kept = keep(tmp_path, name, content)

    assert (kept.name, kept.size, kept.kind) == (name, len(content), media)
    assert [file.name for file in (tmp_path / "evidence").iterdir()] == [kept.sha256]
    assert (tmp_path / "evidence" / kept.sha256).read_bytes() == content


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("空.pdf", b"", "evidence_empty"),
        ("大.txt", b"a" * ((1 << 20) + 1), "evidence_large"),
        ("程序.exe", EXE, "evidence_type"),
        ("没有后缀", PDF, "evidence_type"),
        ("通知.pdf", EXE, "evidence_mismatch"),
        ("通知.pdf", b"#!/bin/sh\nrm -rf /\n", "evidence_mismatch"),
        ("纪要.doc", MSI, "evidence_mismatch"),
        ("纪要.docx", archive("word/document.xml", "word/vbaProject.bin"), "evidence_mismatch"),
        ("打包.zip", archive("META-INF/MANIFEST.MF", "A.class"), "evidence_mismatch"),
        ("照片.jpg", PDF, "evidence_mismatch"),
        ("纪要.docx", DOCX[:40], "evidence_unknown"),
        ("照片.png", b"\x00\x01\x02\x03" * 20, "evidence_unknown"),
    ],
)
def test_what_is_not_what_it_is_called_is_not_kept(
    tmp_path: Path, name: str, content: bytes, code: str
) -> None:
    with pytest.raises(InputError) as refused:
        keep(tmp_path, name, content)

    assert refused.value.code == code
    assert [*(tmp_path / "evidence").glob("*")] == []
    if code == "evidence_mismatch":
        assert {"suffix", "content", "file"} <= refused.value.facts.keys()


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError):
        keep_file(tmp_path, tmp_path / "没有.pdf", limit_mib=1, types=TYPES)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("签到表.pdf", "签到表.pdf"),
        ("C:\\资料\\签到表.pdf", "签到表.pdf"),
        ("../../etc/签到表.pdf", "签到表.pdf"),
        ("签到\n表\t(1).pdf", "签到表(1).pdf"),
        # Writing backwards hides the true suffix.
        ("附件\u202efdp.exe", "附件fdp.exe"),
        (".hidden.pdf", "hidden.pdf"),
        ("长" * 300 + ".pdf", "长" * 116 + ".pdf"),
    ],
)
def test_names_are_one_line_without_folders(given: str, kept: str) -> None:
    assert safe_name(given) == kept


def adds(kept: Kept) -> Callable[[Session, int, Hand], Attached]:
    return lambda s, n, h: attach(s, n, h, kept)


def test_the_same_evidence_twice_is_one_row(in_force: Engine, tmp_path: Path) -> None:
    number = one(in_force, "38")

    for name in ("签到表.pdf", "签到表(1).pdf"):
        do(in_force, adds(keep(tmp_path, name, PDF)), number, OWNER)

    with reading(in_force) as session:
        (row,) = session.scalars(select(Evidence))
    assert (row.name, row.kind, row.at) == ("签到表.pdf", "application/pdf", NOON)
    assert told(in_force, number) == ["evidence"]


def test_a_file_used_before_is_taken_and_pointed_out(in_force: Engine, tmp_path: Path) -> None:
    march, april = (one(in_force, "42", period=period) for period in ("2026-03", "2026-04"))
    kept = keep(tmp_path, "签到表.pdf", PDF)
    do(in_force, adds(kept), march, OWNER)

    again: Attached = do(in_force, adds(kept), april, OWNER)

    assert [(used.id, used.period, used.at) for used in again.reused] == [(march, "2026-03", NOON)]
    (verb, facts) = history(in_force, april)[-1]
    assert (verb, facts["kind"], facts["size"], facts["name"]) == (
        "evidence",
        "application/pdf",
        len(PDF),
        "签到表.pdf",
    )
    assert [(used["id"], used["period"]) for used in facts["reused"]] == [(march, "2026-03")]
    with reading(in_force) as session:
        (first,), (second,) = evidence_of(session, march), evidence_of(session, april)
    assert [used.id for used in first.reused] == [april]
    assert [used.id for used in second.reused] == [march]


def test_unannounced_inspections_are_not_named_where_others_read(in_force: Engine, tmp_path: Path) -> None:
    secret, open_ = one(in_force, "40", period="2026-03"), one(in_force, "42")
    with unit_of_work(in_force) as session:
        item = session.get_one(WorkItem, secret).item_id
        session.execute(update(Item).where(Item.id == item).values(hidden=True))
    kept = keep(tmp_path, "暗访照片.png", PNG)
    do(in_force, adds(kept), secret, OWNER)

    used: Attached = do(in_force, adds(kept), open_, OWNER)

    assert used.reused == []
    with reading(in_force) as session:
        assert evidence_of(session, open_)[0].reused == []
        assert [one_.id for one_ in evidence_of(session, secret)[0].reused] == [open_]


def test_who_supports_may_attach_and_who_does_not_may_not(in_force: Engine, tmp_path: Path) -> None:
    number = one(in_force, "42")
    kept = keep(tmp_path, "签到表.pdf", PDF)
    with pytest.raises(RefusedError):
        do(in_force, adds(kept), number, "蒋文博")

    do(
        in_force,
        lambda s, n, h: ask_for(s, n, h, unit=find_unit(s, "第二党支部"), words="请提供照片"),
        number,
        OWNER,
    )
    do(in_force, adds(kept), number, "蒋文博")

    assert told(in_force, number) == ["contribution_asked", "evidence"]


def test_closed_work_takes_evidence_and_cancelled_work_does_not(in_force: Engine, tmp_path: Path) -> None:
    closed, number = one(in_force, "42", period="2026-05"), one(in_force, "42")
    do(in_force, done, closed, OWNER)
    do(in_force, adds(keep(tmp_path, "签到表.pdf", PDF)), closed, OWNER)
    do(in_force, lambda s, n, h: cancel(s, n, h, reason="不办"), number, COORDINATOR)

    with pytest.raises(DubanError) as refused:
        do(in_force, adds(keep(tmp_path, "签到表.pdf", PDF)), number, OWNER)

    assert refused.value.code == "work_transition"
    assert (told(in_force, closed)[-1], now(in_force, closed).look_on) == ("evidence", None)
