"""deploy/: what it starts is a real command, what it sets is a real setting, and its linters really judge."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import tomllib
from collections.abc import Iterator
from dataclasses import fields
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from cli import app
from flows.upkeep import PARTS
from models.settings import Settings, read_settings

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
#: A line of an environment file, commented out or not.
_VARIABLE = re.compile(r"^#?([A-Z_]+)=(.*)$", re.MULTILINE)
COMPOSE: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text("utf-8"))
EXAMPLE, DOCKERFILE, BACKUP = (
    (DEPLOY / name).read_text("utf-8") for name in ("duban.env.example", "Dockerfile", "backup.sh")
)
LINTERS = ("shellcheck", "systemd-analyze", "check-jsonschema", "hadolint")
_PATH = os.pathsep.join([str(ROOT / ".venv" / "bin"), os.environ["PATH"]])


def commands() -> Iterator[list[str]]:
    """The words after `duban` wherever deploy/ starts it."""
    for unit in sorted((DEPLOY / "systemd").glob("*.service")):
        for line in re.findall(r"^Exec\w+=/opt/duban/bin/duban (.*)", unit.read_text("utf-8"), re.MULTILINE):
            yield shlex.split(line.replace("%i", "2"))
    for service in COMPOSE["services"].values():
        if service.get("image", "").startswith("duban:") and "entrypoint" not in service:
            yield service["command"]
    for words in re.findall(r"\bCMD (\[.*\])", DOCKERFILE):
        yield [word for word in yaml.safe_load(words) if word != "duban"]
    for words in re.findall(r'"\$duban" (.*?)(?: >.*)?(?: ;;.*)?$', BACKUP, re.MULTILINE):
        yield shlex.split(words)


@pytest.mark.parametrize("line", sorted({shlex.join(words) for words in commands()}))
def test_every_command_that_deploy_starts_is_one(line: str) -> None:
    words = shlex.split(line)

    done = CliRunner().invoke(app, [*words, "--help"])

    assert done.exit_code == 0, done.output
    assert {part for word, part in pairwise(words) if word == "--only"} <= set(PARTS)


def test_units_and_containers_of_several_machines_start_every_part_once_but_the_shelf() -> None:
    started = [word for words in commands() for word in words if word in PARTS]

    assert sorted(started) == sorted([part for part in PARTS if part != "shelf"] * 2)


def test_every_variable_of_the_example_is_a_setting() -> None:
    known = {f"DUBAN_{one.name.upper()}" for one in fields(Settings)}
    named = {name for name, _ in _VARIABLE.findall(EXAMPLE)}

    assert {name for name in named if name.startswith("DUBAN_")} <= known
    assert {name.partition("_")[0] for name in named} == {"DUBAN", "PREFECT", "PGPASSWORD"}


def test_the_example_can_be_read_when_everything_in_it_is_switched_on(tmp_path: Path) -> None:
    settings = read_settings(tmp_path, dict(_VARIABLE.findall(EXAMPLE)))

    assert settings.database == "postgresql://duban@10.0.0.5/duban"
    assert settings.prefect_url == "http://10.0.0.5:4200/api"


def test_the_example_holds_no_secret() -> None:
    assert not [line for line in EXAMPLE.splitlines() if line.strip() and not line.startswith("#")]
    assert [value for name, value in _VARIABLE.findall(EXAMPLE) if "PASS" in name or "AUTH" in name] == [
        ""
    ] * 3


def test_images_name_their_version() -> None:
    named = {service["image"] for service in COMPOSE["services"].values()}
    named |= set(re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE))

    assert not [name for name in named if not re.search(r":\d", name)]


def test_all_that_is_shipped_goes_into_the_image() -> None:
    shipped = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["hatch"]["build"]
    lines = re.findall(r"^COPY (?!--from)(?:--\S+ )?(.*) \S+$", DOCKERFILE, re.MULTILINE)
    copied = {name for names in lines for name in names.split()}
    let_through = (ROOT / ".dockerignore").read_text("utf-8").splitlines()

    assert set(shipped["only-include"]) <= copied
    assert {f"!{name}" for name in copied} <= set(let_through)


def test_the_files_as_they_are_satisfy_their_linters() -> None:
    done = _check(DEPLOY)

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.parametrize(
    ("linter", "file", "right", "wrong", "said"),
    [
        ("shellcheck", "backup.sh", 'rm -rf "$old"', "rm -rf $old", "SC2086"),
        ("systemd-analyze", "systemd/duban.service", "NoNewPrivileges", "NoNewPrivilege", "Unknown key"),
        ("systemd-analyze", "systemd/duban-relay.service", "on-failure", "sometimes", "sometimes"),
        ("systemd-analyze", "systemd/duban-worker@.service", "ProtectSystem=strict\n", "", "exposure"),
        ("systemd-analyze", "systemd/duban-backup.timer", "*-*-* 02:30:00", "by night", "calendar"),
        ("check-jsonschema", "compose.yaml", "depends_on: *served", "depend_on: *served", "depend_on"),
        ("check-jsonschema", "compose.yaml", "condition: service_healthy", "condition: healthy", "healthy"),
        ("hadolint", "Dockerfile", "FROM python:3.11-slim-bookworm AS", "FROM python:latest AS", "DL3007"),
        ("hadolint", "Dockerfile", "--no-install-recommends ", "", "DL3015"),
    ],
)
def test_a_mistake_is_found_by_its_linter(
    tmp_path: Path, linter: str, file: str, right: str, wrong: str, said: str
) -> None:
    copy = Path(shutil.copytree(DEPLOY, tmp_path / "deploy"))
    text = (copy / file).read_text("utf-8")
    assert right in text
    (copy / file).write_text(text.replace(right, wrong), "utf-8")

    done = _check(copy, linter)

    assert done.returncode == 1
    assert said in done.stdout + done.stderr


@pytest.mark.parametrize(("environ", "code"), [({}, 0), ({"CI": "true"}, 1)], ids=["here", "in CI"])
def test_a_linter_that_is_missing_is_said_and_is_an_error_in_ci(
    tmp_path: Path, environ: dict[str, str], code: int
) -> None:
    script = shutil.copytree(DEPLOY, tmp_path / "deploy") / "check.sh"
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "dirname").symlink_to(shutil.which("dirname") or "")

    done = subprocess.run(
        ["/bin/sh", script],
        env=environ | {"PATH": str(tmp_path / "bin")},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == code
    assert re.findall(r"(\S+) is missing", done.stderr) == list(LINTERS)


def _check(folder: Path, *linters: str) -> subprocess.CompletedProcess[str]:
    """What the linters say about a folder; skipped where one of those named (or of all) is missing."""
    missing = [name for name in linters or LINTERS if shutil.which(name, path=_PATH) is None]
    if missing and not os.environ.get("CI"):
        pytest.skip(f"not installed: {', '.join(missing)}")
    assert not missing
    return subprocess.run([DEPLOY / "check.sh", folder], capture_output=True, text=True, check=False)
