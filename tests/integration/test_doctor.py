"""The doctor names what is wrong with an installation, and how to mend it."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Sink
from sqlalchemy import Engine

from commands.checks.check import Check, Mark
from commands.checks.database import check_database, check_sqlite
from commands.checks.fonts import check_fonts
from commands.checks.home import check_holidays, check_home, check_settings
from commands.checks.mail import check_mail
from commands.checks.packages import OURS, ROOT, check_shadowing, check_versions
from commands.desk import Desk
from models.settings import Settings

FITTING = {"prefect": "3.8.8", "fastapi": "0.150.0", "sqlalchemy": "2.0.58"}
IN_PLACE = {name: ROOT / name / "__init__.py" for name in OURS}


def desk_of(home: Path, *, url: str = "", smtp: str = "", coordinator: str = "") -> Desk:
    settings = Settings(home, database_url=url, smtp_url=smtp, coordinator=coordinator)
    return Desk(settings, settings.clock().at(date(2026, 6, 1)), "en", json=False)


def marks(checks: Iterable[Check]) -> list[tuple[str, str]]:
    return [(one.name, one.mark.value) for one in checks]


@pytest.mark.parametrize(
    ("name", "version"),
    [("fastapi", "0.155.0"), ("fastapi", "0.151.0"), ("sqlalchemy", "2.1.0"), ("prefect", "3.9.1")],
)
def test_versions_that_do_not_fit_are_named(tmp_path: Path, name: str, version: str) -> None:
    checks = list(check_versions(desk_of(tmp_path), FITTING | {name: version}))

    bad = [one for one in checks if one.mark is Mark.BAD]
    assert len(checks) == 3
    assert [f"{name} is {version}" in one.result for one in bad] == [True]
    assert "pip install -r requirements.lock" in bad[0].remedy


def test_fitting_versions_are_good_and_missing_ones_bad(tmp_path: Path) -> None:
    good = list(check_versions(desk_of(tmp_path), FITTING))
    none = list(check_versions(desk_of(tmp_path), {}))

    assert {one.mark for one in good} == {Mark.GOOD}
    assert {one.mark for one in none} == {Mark.BAD}


def test_a_foreign_package_in_our_place_is_found(tmp_path: Path) -> None:
    desk = desk_of(tmp_path)
    elsewhere = IN_PLACE | {"models": Path("/opt/other/models/__init__.py")}

    assert check_shadowing(desk, IN_PLACE, {"models": ["duban"]}).mark is Mark.GOOD
    assert check_shadowing(desk, IN_PLACE, {"models": ["duban", "othermodels"]}).mark is Mark.WARN
    taken = check_shadowing(desk, elsewhere, {})
    assert (taken.mark, taken.result) == (Mark.BAD, "models → /opt/other/models/__init__.py")


def test_a_wrong_setting_is_named_with_its_file(tmp_path: Path) -> None:
    (tmp_path / "duban.toml").write_text('grace_workdays = "many"\n', "utf-8")

    check = check_settings(desk_of(tmp_path))

    assert check.mark is Mark.BAD
    assert "grace_workdays" in check.result
    assert str(tmp_path / "duban.toml") in check.result


def test_a_home_that_is_not_there_is_bad(tmp_path: Path) -> None:
    assert check_home(desk_of(tmp_path)).mark is Mark.GOOD
    assert check_home(desk_of(tmp_path / "none")).mark is Mark.BAD


def test_a_database_is_there_migrated_and_organised(tmp_path: Path, blank: Engine, organised: Engine) -> None:
    old = desk_of(tmp_path, url=_url(blank))
    ready = desk_of(tmp_path, url=_url(organised))
    nobody = desk_of(tmp_path, url=_url(organised), coordinator="查无此人")

    assert marks(check_database(old))[-1] == ("database", "bad")
    assert marks(check_database(ready))[-3:] == [
        ("database", "good"),
        ("coordinator", "good"),
        ("approver", "good"),
    ]
    assert ("coordinator", "bad") in marks(check_database(nobody))


def test_a_database_that_does_not_answer_is_said(tmp_path: Path) -> None:
    silent = desk_of(tmp_path, url=f"postgresql://duban@127.0.0.1:{_free_port()}/duban?connect_timeout=2")
    missing = desk_of(tmp_path)

    assert marks(check_database(silent)) == [("database", "bad")]
    assert marks(check_database(missing))[-1] == ("database", "bad")


def test_an_old_sqlite_is_only_a_warning(tmp_path: Path) -> None:
    assert check_sqlite(desk_of(tmp_path), (3, 40, 1)).mark is Mark.WARN
    assert check_sqlite(desk_of(tmp_path), (3, 51, 3)).mark is Mark.GOOD


@pytest.fixture
def mail_server() -> Iterator[int]:
    port = _free_port()
    controller = Controller(Sink(), hostname="127.0.0.1", port=port)
    controller.start()
    yield port
    controller.stop()


def test_mail_servers_are_greeted_not_written_to(tmp_path: Path, mail_server: int) -> None:
    greeted = desk_of(tmp_path, smtp=f"smtp://127.0.0.1:{mail_server}?tls=none")
    refused = desk_of(tmp_path, smtp=f"smtp://127.0.0.1:{_free_port()}?tls=none")
    no_tls = desk_of(tmp_path, smtp=f"smtp://127.0.0.1:{mail_server}?tls=starttls")
    wrong = desk_of(tmp_path, smtp="http://127.0.0.1")

    assert check_mail(greeted).mark is Mark.GOOD
    assert check_mail(refused).mark is Mark.BAD
    assert check_mail(no_tls).mark is Mark.BAD
    assert check_mail(wrong).mark is Mark.BAD
    assert check_mail(desk_of(tmp_path)).mark is Mark.GOOD


def test_an_unannounced_year_is_a_warning(tmp_path: Path) -> None:
    assert marks(check_holidays(desk_of(tmp_path))) == [("holidays", "good"), ("holidays", "warn")]

    (tmp_path / "holidays.csv").write_text("2027-02-05,休,春节\n", "utf-8")

    assert marks(check_holidays(desk_of(tmp_path))) == [("holidays", "good"), ("holidays", "good")]


def test_stand_ins_serve_for_missing_typefaces(tmp_path: Path) -> None:
    desk = desk_of(tmp_path)

    stood_in = check_fonts(desk, {"宋体", "仿宋", "黑体", "楷体"})
    missing = check_fonts(desk, {"黑体", "楷体", "宋体"})
    unseen = check_fonts(desk, None)

    assert (stood_in.mark, missing.mark, unseen.mark) == (Mark.GOOD, Mark.WARN, Mark.WARN)
    assert missing.result == "missing here: 仿宋_GB2312"


def test_the_command_ends_with_one_until_all_is_well(tmp_path: Path) -> None:
    before = _duban(tmp_path, "--json", "doctor")
    _duban(tmp_path, "init")
    after = _duban(tmp_path, "doctor")

    assert before.returncode == 1
    assert json.loads(before.stdout)["healthy"] is False
    assert (after.returncode, "✗" in after.stdout) == (0, False)


def test_the_doctor_sees_settings_that_stop_everything_else(tmp_path: Path) -> None:
    (tmp_path / "duban.toml").write_text("nonsense = 1\n", "utf-8")

    stopped = _duban(tmp_path, "rules")
    seen = _duban(tmp_path, "--json", "doctor")

    assert (stopped.returncode, seen.returncode) == (1, 1)
    bad = {one["check"] for one in json.loads(seen.stdout)["checks"] if one["mark"] == "bad"}
    assert "配置" in bad


def _duban(home: Path, *words: str) -> subprocess.CompletedProcess[str]:
    environ = {name: value for name, value in os.environ.items() if not name.startswith("DUBAN_")}
    return subprocess.run(
        [sys.executable, "-m", "cli", "--home", str(home), *words],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        env=environ,
    )


def _url(engine: Engine) -> str:
    return engine.url.render_as_string(hide_password=False)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
