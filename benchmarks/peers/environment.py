"""The peers' own virtual environments, made once in `.venv-peers/`: no part of the product."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
FOLDER = ROOT / ".venv-peers"
_PSYCOPG = ("psycopg==3.3.9", "psycopg-binary==3.3.9", "typing-extensions==4.16.0")
#: What is installed, to the last version; the environment is made again when this changes.
REQUIREMENTS = {
    "viewflow": (
        "django-viewflow==2.4.0",
        "Django==5.2.19",
        "django-filter==26.2",
        "asgiref==3.13.0",
        "sqlparse==0.6.1",
        *_PSYCOPG,
    ),
    "post_office": (
        "django-post_office==3.12.0",
        "Django==5.2.19",
        "asgiref==3.13.0",
        "nh3==0.3.8",
        "sqlparse==0.6.1",
        *_PSYCOPG,
    ),
    "spiff": ("SpiffWorkflow==3.2.0", "lxml==6.1.3", *_PSYCOPG),
}


class MissingPeerError(Exception):
    """A peer that cannot be installed here; its words say why."""


def peer_python(peer: str) -> Path:
    """The interpreter of a peer's environment, made when it is not there.

    Raises MissingPeerError when the packages cannot be had.
    """
    home, wanted = FOLDER / peer, "\n".join(REQUIREMENTS[peer])
    stamp, python = home / "installed.txt", home / "bin" / "python"
    if not stamp.exists() or stamp.read_text("utf-8") != wanted:
        shutil.rmtree(home, ignore_errors=True)
        _do(sys.executable, "-m", "venv", str(home))
        pip = (str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check")
        _do(*pip, "--retries", "1", "--timeout", "30", *REQUIREMENTS[peer])
        stamp.write_text(wanted, "utf-8")
    return python


def _do(*words: str) -> None:
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode:
        raise MissingPeerError((done.stderr.strip() or "no reason given").splitlines()[-1])
