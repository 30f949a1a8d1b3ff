"""Settings: the file, the environment over it, and one sentence for what is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from models.errors import InputError
from models.settings import Settings, read_settings


def home_with(folder: Path, toml: str) -> Path:
    (folder / "duban.toml").write_text(toml, "utf-8")
    return folder


def test_a_home_without_a_file_has_the_defaults(tmp_path: Path) -> None:
    settings = read_settings(tmp_path, {})

    assert settings == Settings(home=tmp_path)
    assert settings.database == f"sqlite:///{tmp_path}/duban.db"
    assert settings.smtp == f"maildir:{tmp_path}/mailbox"
    assert settings.zone.key == "Asia/Shanghai"


def test_the_environment_comes_before_the_file(tmp_path: Path) -> None:
    home = home_with(tmp_path, 'lang = "en"\ngrace_workdays = 5\nrules = ["dues", "theme-day@临时党支部"]\n')

    settings = read_settings(
        home, {"DUBAN_GRACE_WORKDAYS": "2", "DUBAN_LANG": "zh", "DUBAN_HOME": "/nowhere"}
    )

    assert settings.home == tmp_path
    assert settings.lang == "zh"
    assert settings.grace_workdays == 2
    assert settings.rules == ("dues", "theme-day@临时党支部")


def test_a_list_in_the_environment_is_split_at_commas(tmp_path: Path) -> None:
    settings = read_settings(
        tmp_path, {"DUBAN_RULES": "dues, talks,", "DUBAN_DATABASE_URL": "postgresql://x/y"}
    )

    assert settings.rules == ("dues", "talks")
    assert settings.database == "postgresql://x/y"


@pytest.mark.parametrize(
    ("toml", "code"),
    [
        ("lang =", "settings_unreadable"),
        ('colour = "red"', "setting_unknown"),
        ('home = "/elsewhere"', "setting_unknown"),
        ('lang = "fr"', "setting_wrong"),
        ('report_shift = "sideways"', "setting_wrong"),
        ('timezone = "Asia/Nowhere"', "setting_wrong"),
        ('timezone = "../../etc/passwd"', "setting_wrong"),
        ('grace_workdays = "soon"', "setting_wrong"),
        ("grace_workdays = -1", "setting_wrong"),
        ("grace_workdays = 10000", "setting_wrong"),
        ("grace_workdays = 2.5", "setting_wrong"),
        ("grace_workdays = true", "setting_wrong"),
        ("approver = 7", "setting_wrong"),
        ("rules = 7", "setting_wrong"),
    ],
)
def test_a_wrong_setting_is_named_with_its_file(tmp_path: Path, toml: str, code: str) -> None:
    with pytest.raises(InputError) as refused:
        read_settings(home_with(tmp_path, toml), {})

    assert refused.value.code == code
    assert "duban.toml" in refused.value.sentence("zh")


def test_a_file_that_is_no_text_is_unreadable(tmp_path: Path) -> None:
    (tmp_path / "duban.toml").write_bytes(b'bureau = "\xff\xfe"')

    with pytest.raises(InputError, match=r"duban\.toml"):
        read_settings(tmp_path, {})


def test_a_wrong_variable_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError) as refused:
        read_settings(tmp_path, {"DUBAN_URGE_WORKDAYS": "many"})

    assert refused.value.facts == {"source": "DUBAN_URGE_WORKDAYS", "name": "urge_workdays", "value": "many"}
