"""Files that cannot be read as they are get one sentence that names the file and what to do."""

from __future__ import annotations

import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path
from time import perf_counter

import pytest
from docx import Document
from openpyxl import Workbook

from models.errors import InputError
from tasks.read_plan.organisation import read_organisation
from tasks.read_plan.plan import read_plan

SHEET = "xl/worksheets/sheet1.xml"
ROWS: list[list[object]] = [
    ["序号", "工作内容", "牵头科室", "完成时限"],
    [1, "召开党建工作会议", "机关党委", "3月"],
]
NAMESPACE = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'


def plan_file(folder: Path, rows: list[list[object]] = ROWS, *, name: str = "plan.xlsx") -> Path:
    book = Workbook()
    for row in rows:
        book.worksheets[0].append(row)
    path = folder / name
    book.save(path)
    return path


def with_member(path: Path, name: str, content: bytes) -> Path:
    """The same archive with one member replaced or added."""
    with zipfile.ZipFile(path) as archive:
        members = {member: archive.read(member) for member in archive.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for member, old in (members | {name: content}).items():
            archive.writestr(member, content if member == name else old)
    return path


def refusal(path: Path, *, limit_mib: int = 64) -> InputError:
    with pytest.raises(InputError) as refused:
        read_plan(path, year=2026, limit_mib=limit_mib)
    return refused.value


def test_a_refusal_names_the_file_and_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "督办清单.xls"
    path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600))

    error = refusal(path)

    assert error.sentence("zh") == (
        "文件 督办清单.xls 是旧版 Office 格式（.xls、.doc、.et 或 .wps）。"
        "请打开后另存为 .xlsx 或 .docx 再导入。"
    )


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("absent.xlsx", None, "read_missing"),
        ("nothing.xlsx", b"", "read_empty"),
        ("setup.xlsx", b"MZ\x90\x00\x03" + bytes(900), "read_not_a_table"),
        ("setup.csv", b"MZ\x90\x00\x03" + bytes(900), "read_not_a_table"),
        ("old.xlsx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "read_old_office"),
        (
            "locked.xlsx",
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(5000) + "EncryptedPackage".encode("utf-16-le"),
            "read_locked",
        ),
        ("list.xlsx", "序号,工作内容\n1,学习\n".encode(), "read_text_inside"),
        ("half.xlsx", b"PK\x03\x04" + bytes(300), "read_broken"),
        ("page.xls", b"<html><table></table></html>", "read_old_office"),
        ("plan.pdf", b"%PDF-1.7", "read_suffix_unknown"),
        ("odd.csv", b"\xff\xff\xff,\x81", "read_encoding_unknown"),
        ("blank.csv", b"\n\n", "read_no_table"),
    ],
)
def test_each_wrong_content_has_its_own_sentence(
    tmp_path: Path, name: str, content: bytes | None, code: str
) -> None:
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)

    error = refusal(path)

    assert error.code == code
    assert name in error.sentence("zh")


def test_a_folder_is_not_a_file(tmp_path: Path) -> None:
    error = refusal(tmp_path)

    assert error.code == "read_missing"


def test_an_archive_cut_short_is_called_damaged(tmp_path: Path) -> None:
    path = plan_file(tmp_path)
    path.write_bytes(path.read_bytes()[:-200])

    error = refusal(path)

    assert error.code == "read_broken"


def test_a_word_file_called_xlsx_is_named_as_such(tmp_path: Path) -> None:
    path = tmp_path / "plan.xlsx"
    Document().save(str(path))

    error = refusal(path)

    assert error.code == "read_word_file"


def test_a_workbook_called_docx_is_no_document(tmp_path: Path) -> None:
    path = plan_file(tmp_path, name="plan.docx")

    error = refusal(path)

    assert error.code == "read_no_document"


def test_any_other_archive_is_no_workbook(tmp_path: Path) -> None:
    path = tmp_path / "photos.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("photo.jpg", b"")

    error = refusal(path)

    assert error.code == "read_no_workbook"


def test_a_password_on_the_archive_is_named(tmp_path: Path) -> None:
    path = plan_file(tmp_path)
    content = path.read_bytes()
    at = content.rfind(b"PK\x01\x02")
    path.write_bytes(content[: at + 8] + b"\x01" + content[at + 9 :])

    error = refusal(path)

    assert error.code == "read_locked"


def test_a_large_file_is_refused_before_it_is_opened(tmp_path: Path) -> None:
    path = tmp_path / "plan.xlsx"
    with path.open("wb") as stream:
        stream.truncate(2 * 1024 * 1024 + 1)

    error = refusal(path, limit_mib=2)

    assert error.code == "read_too_large"


def zeros(path: Path) -> Path:
    """200 MiB of a single character inside a file of 200 kB."""
    return with_member(path, SHEET, b" " * (200 * 1024 * 1024))


def three_million_cells(path: Path) -> Path:
    row = b"<row>" + b"<c><v>1</v></c>" * 3000 + b"</row>"
    return with_member(
        path, SHEET, f"<worksheet {NAMESPACE}><sheetData>".encode() + row * 1000 + b"</sheetData></worksheet>"
    )


def many_different_cells(path: Path) -> Path:
    rows = "".join(
        "<row>"
        + "".join(f"<c><v>{(line * 7919 + column * 104729) % 999983}</v></c>" for column in range(600))
        + "</row>"
        for line in range(1000)
    )
    return with_member(
        path, SHEET, f"<worksheet {NAMESPACE}><sheetData>{rows}</sheetData></worksheet>".encode()
    )


def entity_bomb(path: Path) -> Path:
    entities = '<!ENTITY a "ha">' + "".join(
        f'<!ENTITY {letter} "{f"&{before};" * 10}">'
        for before, letter in zip("abcdefgh", "bcdefghi", strict=True)
    )
    return with_member(
        path,
        SHEET,
        f"<!DOCTYPE x [{entities}]><worksheet {NAMESPACE}><sheetData><row>"
        "<c t='inlineStr'><is><t>&i;</t></is></c></row></sheetData></worksheet>".encode(),
    )


def outside_path(path: Path) -> Path:
    return with_member(path, "../../x", b"")


def crowd_of_members(path: Path) -> Path:
    with zipfile.ZipFile(path, "a") as archive:
        for number in range(1100):
            archive.writestr(f"xl/media/{number}.png", b"")
    return path


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (zeros, "read_too_large_inside"),
        (three_million_cells, "read_unsafe"),
        (many_different_cells, "read_too_many_cells"),
        (entity_bomb, "read_unsafe"),
        (outside_path, "read_unsafe"),
        (crowd_of_members, "read_unsafe"),
    ],
)
def test_a_bomb_is_refused_quickly_in_little_memory(
    tmp_path: Path, make: Callable[[Path], Path], code: str
) -> None:
    path = make(plan_file(tmp_path))

    tracemalloc.start()
    started = perf_counter()
    error = refusal(path)
    seconds = perf_counter() - started
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert error.code == code
    assert seconds < 20
    assert peak < 100 * 1024 * 1024


def test_a_directory_that_lies_about_sizes_gains_nothing(tmp_path: Path) -> None:
    path = zeros(plan_file(tmp_path))
    true, claimed = (200 * 1024 * 1024).to_bytes(4, "little"), (1000).to_bytes(4, "little")
    path.write_bytes(path.read_bytes().replace(true, claimed))

    error = refusal(path)

    assert error.code == "read_broken"


def test_twenty_thousand_formatted_empty_rows_cost_next_to_nothing(tmp_path: Path) -> None:
    blank = "".join(
        f'<row r="{row}" s="3" customFormat="1">'
        + "".join(f'<c r="{letter}{row}" s="3"/>' for letter in "ABCDEFGHI")
        + "</row>"
        for row in range(3, 20_003)
    )
    path = plan_file(tmp_path)
    with zipfile.ZipFile(path) as archive:
        sheet = archive.read(SHEET).decode()
    with_member(path, SHEET, sheet.replace("</sheetData>", blank + "</sheetData>").encode())

    started = perf_counter()
    proposal = read_plan(path, year=2026)
    seconds = perf_counter() - started

    assert [item.title for item in proposal.items] == ["召开党建工作会议"]
    assert seconds < 5


def test_missing_headings_are_listed_with_those_found(tmp_path: Path) -> None:
    path = plan_file(tmp_path, [["姓名", "电话"], ["某人", "不详"]])

    error = refusal(path)

    assert error.sentence("zh") == (
        "文件 plan.xlsx 里没有找到工作清单的表头。需要有“工作内容、牵头科室、完成时限”这样的列；"
        "找到的是：姓名、电话。请补上表头后再导入。"
    )


def test_an_organisation_without_people_is_refused(tmp_path: Path) -> None:
    path = plan_file(tmp_path, [["机构名称", "机构类型"], ["办公室", "科室"]], name="org.xlsx")

    with pytest.raises(InputError) as refused:
        read_organisation(path)

    assert refused.value.sentence("zh") == (
        "文件 org.xlsx 里没有找到人员表。这张表需要有列：姓名、邮箱；"
        "找到的表头是：机构名称、机构类型。请补上后再导入。"
    )
