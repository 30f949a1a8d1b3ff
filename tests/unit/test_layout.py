"""The guard rails of literal top-level packages: names, and who imports Prefect."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = {"commands", "flows", "portal", "tasks", "models", "notifications"}


def test_top_level_names_are_exactly_the_allowed_ones() -> None:
    shipped = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["hatch"]["build"]

    packages = {file.parent.name for file in ROOT.glob("*/__init__.py")}
    modules = {file.name for file in ROOT.glob("*.py")}

    assert packages == PACKAGES
    assert modules == {"cli.py"}
    assert set(shipped["only-include"]) == PACKAGES | {"cli.py"}
    assert shipped["only-include"] == shipped["targets"]["wheel"]["only-include"]


def test_no_flow_is_named_like_something_it_would_shadow() -> None:
    # Prefect puts a flow's folder first on the path when a flow is loaded by its file.
    flows = {file.stem for file in (ROOT / "flows").iterdir()} - {"__init__", "__pycache__"}

    assert not flows & (PACKAGES | {"cli", "prefect"} | sys.stdlib_module_names)


def test_tests_are_no_packages() -> None:
    assert not list((ROOT / "tests").rglob("__init__.py"))


def test_commands_start_without_importing_prefect() -> None:
    script = "import cli, flows.run, flows.follow, flows.server, sys; print('prefect' in sys.modules)"

    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )

    assert done.stdout == "False\n"
