"""Work as it is typed: reports with their day and pace, contributions, parts, evidence."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.conftest import SqliteDatabases
from tests.patience import PATIENCE

ROOT = Path(__file__).parents[2]


class Said(NamedTuple):
    """What a command answered."""

    code: int
    out: str
    err: str


Duban = Callable[..., Said]


@pytest.fixture
def duban(sqlite_databases: SqliteDatabases, tmp_path: Path) -> Duban:
    """The command in a home whose plan is in force, on 2026-03-30."""
    url = sqlite_databases.copy("in_force")
    kept = {key: value for key, value in os.environ.items() if not key.startswith("DUBAN_")}
    environment = kept | {"DUBAN_DATABASE_URL": url, "PYTHONPATH": str(ROOT), "COLUMNS": "160"}

    def run(*words: str) -> Said:
        command = [sys.executable, "-m", "cli", "--home", str(tmp_path / "home"), "--as-of", "2026-03-30"]
        done = subprocess.run(
            [*command, *words],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE,
        )
        return Said(done.returncode, done.stdout, done.stderr)

    return run


def number(duban: Duban, ref: str, unit: str, period: str) -> str:
    listed = json.loads(duban("--json", "work", "list", "--ref", ref, "--unit", unit).out)
    return next(str(one["id"]) for one in listed if one["period"] == period)


def test_a_report_says_how_the_work_keeps_its_pace(duban: Duban) -> None:
    work = number(duban, "19", "办公室", "2026-03")

    reported = duban(
        "work", "feedback", work, "更新两次", "--quantity", "2", "--on", "2026-03-27", "--as", "曹宇航"
    )
    too_old = duban("work", "feedback", work, "更新", "--on", "2026-03-22", "--as", "曹宇航")

    assert reported.out.splitlines() == [
        f"任务 {work}：已记录反馈，当前状态：已签收，完成数量 2 / 4",
        "  完成 2/4，序时进度 50%，时间已过 91%",
    ]
    assert (too_old.code, too_old.out) == (1, "")
    assert "2026-03-23" in too_old.err


def test_a_lead_splits_asks_and_closes_with_a_reason(duban: Duban, tmp_path: Path) -> None:
    work = number(duban, "47", "第一党支部", "2026-Q2")
    table = tmp_path / "分项.csv"
    table.write_text("题目,责任人,止\n收集,秦慧敏,2026/6/5\n汇总,没有这人,\n", "utf-8")
    photo = tmp_path / "签到表.pdf"
    photo.write_bytes(b"%PDF-1.4")

    wrong = duban("work", "split", work, "--file", str(table), "--as", "吕国平")
    parts = duban(
        "--json",
        "work",
        "split",
        work,
        "--part",
        "收集;秦慧敏;;2026-06-05",
        "--part",
        "汇总;蒋文博",
        "--as",
        "吕国平",
    )
    asked = duban("work", "ask", work, "请提供照片", "--unit", "第二党支部", "--as", "吕国平")
    given = duban("work", "contribute", work, "照片见附件", "--file", str(photo), "--as", "蒋文博")
    refused = duban("work", "finish", work, "--as", "吕国平")
    closed = duban("--json", "work", "finish", work, "--reason", "余下并入三季度", "--as", "吕国平")

    assert wrong.code == 1
    assert all(words in wrong.err for words in ("分项.csv:3", "责任人", "没有这人"))
    assert [(one["ref"], one["owner"], one["due_on"]) for one in json.loads(parts.out)] == [
        ("47-1", "秦慧敏", "2026-06-05"),
        ("47-2", "蒋文博", "2026-06-30"),
    ]
    assert asked.out == f"任务 {work}：已请第二党支部配合，责任人蒋文博\n"
    assert given.out.splitlines() == [
        f"任务 {work}：已记录第二党支部的配合情况",
        "  分项办结 0/2",
        f"任务 {work}：已附 签到表.pdf（8 B），上传时间 2026-03-30 08:30",
    ]
    assert refused.code == 1
    assert "47-1" in refused.err
    facts = json.loads(closed.out)
    assert (facts["state"], facts["cancelled_parts"]) == ("closed", ["47-1", "47-2"])


def test_evidence_is_listed_with_its_upload_and_its_other_uses(duban: Duban, tmp_path: Path) -> None:
    march, april = (number(duban, "42", "第一党支部", period) for period in ("2026-04", "2026-05"))
    photo, fake = tmp_path / "签到表.pdf", tmp_path / "通知.pdf"
    photo.write_bytes(b"%PDF-1.4")
    fake.write_bytes(b"MZ\x90\x00\x03\x00")

    refused = duban("work", "evidence", march, str(fake), "--as", "吕国平")
    duban("work", "evidence", march, str(photo), "--as", "吕国平")
    again = duban("work", "evidence", april, str(photo), "--as", "吕国平")
    listed = json.loads(duban("--json", "work", "evidence", april).out)

    assert refused.code == 1
    assert "pdf" in refused.err
    assert "exe" in refused.err
    assert f"同一文件已用于任务 {march}（2026-04）" in again.out
    (one,) = listed
    assert (one["name"], one["at"], one["by"]) == ("签到表.pdf", "2026-03-30T08:30+08:00", "吕国平")
    assert [used["id"] for used in one["reused"]] == [int(march)]
