"""A mail server that takes everything and keeps nothing, in a process of its own.

Run as a module it prints its port, then after each line on standard input how many mails it took since
the last one. It answers as fast as Python can: what is measured is the sender.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
_END = b"\r\n.\r\n"
#: What each command is answered with; MAIL and RCPT need no memory here.
_ANSWERS = {
    b"EHLO": b"250-sink\r\n250-PIPELINING\r\n250-SIZE 33554432\r\n250 8BITMIME\r\n",
    b"DATA": b"354 go on\r\n",
    b"QUIT": b"221 bye\r\n",
}


class Talk(asyncio.Protocol):
    """One connection; `taken` counts the mails of all."""

    taken = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Greet."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._read = bytearray()
        self._seen = 0
        self._in_data = False
        self._said: list[bytes] = []
        transport.write(b"220 sink\r\n")

    def data_received(self, data: bytes) -> None:
        """Answer every command or mail that is whole now, all at once."""
        self._read += data
        while self._take_mail() if self._in_data else self._take_line():
            pass
        if self._said:
            self._transport.write(b"".join(self._said))
            self._said.clear()

    def _take_mail(self) -> bool:
        end = self._read.find(_END, max(0, self._seen - len(_END)))
        self._seen = len(self._read) if end < 0 else 0
        if end < 0:
            return False
        del self._read[: end + len(_END)]
        self._in_data = False
        Talk.taken += 1
        self._said.append(b"250 taken\r\n")
        return True

    def _take_line(self) -> bool:
        end = self._read.find(b"\r\n")
        if end < 0:
            return False
        word = bytes(self._read[:4]).upper()
        del self._read[: end + 2]
        self._in_data = word == b"DATA"
        self._said.append(_ANSWERS.get(word, b"250 ok\r\n"))
        return True


@dataclass
class Sink:
    """The other end of the process."""

    process: subprocess.Popen[str]
    port: int

    def taken(self) -> int:
        """How many mails it took since it was asked last."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        return int(self.process.stdout.readline())


@contextmanager
def sink() -> Iterator[Sink]:
    """A running sink, gone afterwards."""
    pipe = subprocess.PIPE
    words = [sys.executable, "-m", "benchmarks.deliver_sink"]
    with subprocess.Popen(words, cwd=ROOT, stdin=pipe, stdout=pipe, text=True) as process:
        assert process.stdout is not None
        yield Sink(process, int(process.stdout.readline()))
        process.communicate()


async def _serve() -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Talk, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    reader = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while await reader.readline():
        print(Talk.taken, flush=True)
        Talk.taken = 0


if __name__ == "__main__":
    asyncio.run(_serve())
