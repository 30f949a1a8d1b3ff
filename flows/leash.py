"""A child process on a leash: it stops by itself when whoever started it is gone.

`python -m flows.leash MODULE ARGUMENTS…` runs a module and watches its standard input, the other end
of which the parent holds: however the parent ends, the child sees the end of it and stops in order.
"""

from __future__ import annotations

import os
import runpy
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

#: How long a child may take to stop in order before it is killed, in seconds.
PATIENCE = 15
#: The variable by which a run knows that a worker of ours started it.
WORKER = "DUBAN_WORKER"


#: Children and what they start find our packages, and nothing of the folder in which they start.
_FINDS_US = {
    "PYTHONPATH": os.pathsep.join(
        filter(None, [str(Path(__file__).resolve().parents[1]), os.environ.get("PYTHONPATH")])
    ),
    "PYTHONSAFEPATH": "1",
}


def start_child(module: str, *arguments: str, environ: dict[str, str], log: Path) -> subprocess.Popen[bytes]:
    """Start a module as a child whose output goes to the end of `log`; `environ` adds to our own.

    The child has a session of its own, so that Ctrl-C reaches the parent alone and the parent
    decides in which order its children stop.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as out:
        return subprocess.Popen(  # noqa: S603  # our own interpreter and modules
            [sys.executable, "-m", "flows.leash", module, *arguments],
            env=os.environ | _FINDS_US | environ,
            stdin=subprocess.PIPE,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


def stop_child(child: subprocess.Popen[bytes]) -> None:
    """Stop a child and everything that it started: asked first, killed when it does not listen."""
    stop_children([child])


def stop_children(children: Sequence[subprocess.Popen[bytes]]) -> None:
    """The same for several, which stop side by side."""
    for child in children:
        child.terminate()
    until = time.monotonic() + PATIENCE
    for child in children:
        with suppress(subprocess.TimeoutExpired):
            child.wait(max(until - time.monotonic(), 0.1))
        with suppress(ProcessLookupError):  # also what one that has ended left behind
            os.killpg(child.pid, signal.SIGKILL)
        child.wait()
        if child.stdin is not None:
            child.stdin.close()


def follow_worker() -> None:
    """Let a run end when its worker is gone: it is a session of its own, so that nothing else ends it.

    Only in processes that a worker of ours started.
    """
    if os.environ.get(WORKER):
        threading.Thread(target=_watch_worker, args=(os.getppid(),), daemon=True).start()


def _watch_worker(worker: int) -> None:
    never = threading.Event()
    while os.getppid() == worker:
        never.wait(1)
    os.kill(os.getpid(), signal.SIGTERM)
    never.wait(PATIENCE)
    os._exit(1)


def _follow_parent() -> None:
    while os.read(0, 1024):
        """Nothing is ever said on the leash: only its end matters."""
    os.kill(os.getpid(), signal.SIGTERM)
    # Whoever is still here then waits for something that is gone too.
    threading.Event().wait(PATIENCE)
    os.killpg(0, signal.SIGKILL)


if __name__ == "__main__":
    threading.Thread(target=_follow_parent, daemon=True).start()
    sys.argv = sys.argv[1:]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
